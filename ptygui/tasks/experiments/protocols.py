"""The experiments: which cells each has, with defaults that take minutes, and the paper's protocol."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ptygui.errors import InputError
from ptygui.methods import DAPS, DPS, UNet, method_from
from ptygui.methods.base import Method
from ptygui.physics.positions import overlap_text
from ptygui.physics.simulate import Simulation
from ptygui.tasks.experiments.asked import Asked
from ptygui.tasks.experiments.cells import Cell, Patch, patches_of, refined, tasks_of
from ptygui.tasks.experiments.paper import OVERLAPS, POSITIONS, TABLE_1, TABLE_2, Figures
from ptygui.tasks.faults import FAULTS
from ptygui.tasks.spec import whole_spec
from ptygui.tasks.toml import read_toml

FULL_PATCHES = 50
_POWER_LAW = "awf:gaussian_prior=power-law"
_PAPERS_DPS = "dps:num_steps=1000,j=10"
_FULL = ("rpie:iterations=10000", "awf:iterations=10000", "unet", "daps", _PAPERS_DPS)
_UNETS = tuple(f"unet:network=unet-{round(100 * overlap)}" for overlap in TABLE_2)
_UNROLLED = ("unrolled:network=unrolled-20", "unrolled:network=unrolled-50")
# section 4.2: other positions at the same overlap
_LAYOUTS: dict[str, dict[str, Any]] = {
    "raster of the training": {},
    "evenly, edge to edge": {"layout": "fit"},
    "jitter of 3 px": {"jitter": 3.0},
}
Paper = Callable[[Cell], Figures | None]


@dataclass(frozen=True)
class Experiment:
    """An experiment.

    Attributes
    ----------
    key, title : str
    about : str
        One sentence for the report and the help.
    cells : callable
        What is asked -> the cells.
    defaults : mapping
        Fields of `Asked`, so that it ends within 15 minutes on two processors.
    full : mapping
        The same of the paper's protocol.
    paper : callable
        The paper's figures for a cell, if it has some.
    scores : tuple of str
        Of the rows that the table shows.
    picture : str
        "curves" over the columns, "cost" (accuracy over evaluations and time), or "objects".
    """

    key: str
    title: str
    about: str
    cells: Callable[[Asked], list[Cell]]
    defaults: Mapping[str, Any]
    full: Mapping[str, Any] = field(default_factory=dict)
    paper: Paper = lambda cell: None
    scores: tuple[str, ...] = ("nrmse", "ssim", "nrmse_lit")
    picture: str = "curves"

    def asked(self, full: bool = False, **given: Any) -> Asked:
        """What is asked, where only some is given."""
        protocol = {"patches": FULL_PATCHES, **self.full} if full else {}
        known = {name: value for name, value in given.items() if value is not None}
        return Asked(self.key, **{**self.defaults, **protocol, **known})


def experiment_named(key: str) -> Experiment:
    """The experiment with this key; `InputError` if there is none."""
    found = next((one for one in EXPERIMENTS if one.key == key), None)
    if found is None:
        raise InputError(f"experiment is {key!r}, expected one of {', '.join(e.key for e in EXPERIMENTS)}")
    return found


def asked_of(path: str | os.PathLike[str]) -> Asked:
    """What a TOML file asks for; what it leaves out is as by default, paths are from here or its folder.

    Raises
    ------
    InputError
        If something is not understood, or the experiment is unknown.
    """
    values = read_toml(path)
    asked, folder = Asked.read(values, str(path)), os.path.dirname(os.fspath(path))
    known = {name: getattr(asked, name) for name in values if name != "experiment"}
    known["objects"] = tuple(whole_spec(one, folder) for one in asked.objects) or None
    return experiment_named(asked.experiment).asked(**known)


def _table(asked: Asked) -> list[Cell]:
    """Methods over overlaps."""
    patches = patches_of(asked)
    return [
        Cell(
            "",
            text,
            overlap_text(overlap),
            tasks_of(patches, method_from(text), _at(asked, overlap), asked.seeds),
        )
        for text in asked.methods
        for overlap in asked.overlaps
    ]


def _positions(asked: Asked) -> list[Cell]:
    """Methods at other positions of the same overlap."""
    patches = patches_of(asked)
    return [
        Cell(
            overlap_text(overlap), text, name,
            tasks_of(patches, method_from(text), replace(_at(asked, overlap), **layout), asked.seeds),
        )
        for overlap in asked.overlaps
        for text in asked.methods
        for name, layout in _LAYOUTS.items()
    ]  # fmt: skip


def _dose(asked: Asked) -> list[Cell]:
    """Methods over photons, at each overlap."""
    patches = patches_of(asked)
    return [
        Cell(
            overlap_text(overlap), text, f"{dose:g}",
            tasks_of(patches, method_from(text), replace(_at(asked, overlap), photons=dose), asked.seeds),
        )
        for overlap in asked.overlaps
        for text in asked.methods
        for dose in asked.doses
    ]  # fmt: skip


def _mismatch(asked: Asked) -> list[Cell]:
    """What the description gets wrong, as given and refined, for each method."""
    patches: list[Patch] = patches_of(asked)
    cells = []
    for overlap in asked.overlaps:
        for fault in FAULTS:
            for text in asked.methods:
                given = method_from(text)
                ways: dict[str, Method] = {
                    f"{text}, as given": given,
                    f"{text}, refined": refined(given, fault),
                }
                for column, method in ways.items():
                    tasks = tasks_of(patches, method, _at(asked, overlap), asked.seeds, fault)
                    cells.append(Cell(overlap_text(overlap), fault, column, tasks))
    return cells


def _at(asked: Asked, overlap: float) -> Simulation:
    return Simulation(overlap=overlap, photons=asked.doses[0])


def _table_1(cell: Cell) -> Figures | None:
    """The paper's method is `dps`, and stands beside `daps`, too."""
    method, overlap = cell.tasks[0].method, _overlap_of(cell)
    label = "proposed" if isinstance(method, DPS | DAPS) else method.label
    return TABLE_1.get(label, {}).get(overlap) if not method.changed().get("gaussian_prior") else None


def _table_2(cell: Cell) -> Figures | None:
    method = cell.tasks[0].method
    if not isinstance(method, UNet):
        return None
    trained = {f"unet-{round(100 * overlap)}": overlap for overlap in TABLE_2}.get(method.network)
    return TABLE_2.get(_overlap_of(cell), {}).get(trained or 0.0)


def _section_4_2(cell: Cell) -> Figures | None:
    method = cell.tasks[0].method
    label = "proposed" if isinstance(method, DPS | DAPS) else method.label
    if label not in POSITIONS or _overlap_of(cell) != 0.2:
        return None
    return POSITIONS[label][cell.column != next(iter(_LAYOUTS))]


def _overlap_of(cell: Cell) -> float:
    scan = cell.tasks[0].scan
    return round(getattr(scan, "simulation", Simulation()).overlap, 4)


EXPERIMENTS = (
    Experiment(
        "table1", "Table 1", "accuracy of the methods over overlap", _table,
        {
            "patches": 3, "overlaps": OVERLAPS,
            "methods": ("rpie:iterations=2000", "awf:iterations=2000", _POWER_LAW, "unet", "daps"),
        },
        {"methods": _FULL}, _table_1,
    ),
    Experiment(
        "table2", "Table 2", "networks that follow AWF, trained at one overlap and tested at others", _table,
        {"patches": 3, "overlaps": tuple(TABLE_2), "methods": (*_UNETS, *_UNROLLED, "daps")}, {}, _table_2,
    ),
    Experiment(
        "positions", "Section 4.2", "other positions than those of the training, at the same overlap",
        _positions,
        {
            "patches": 4, "overlaps": (0.2,),
            "methods": ("awf", "unet:network=unet-20", "unrolled:network=unrolled-20", "daps"),
        },
        {}, _section_4_2,
    ),
    Experiment(
        "figures", "Figures 2 and 3", "reconstructions of one patch, with their errors", _table,
        {"overlaps": OVERLAPS, "methods": ("rpie:iterations=2000", "awf:iterations=2000", "unet", "daps")},
        {"patches": 1, "methods": _FULL}, _table_1, picture="objects",
    ),
    Experiment(
        "dose", "Dose", "accuracy over the photons of the brightest pixel", _dose,
        {
            "patches": 2, "overlaps": (0.2, 0.5), "doses": (1e3, 1e4, 1e5, 1e6),
            "methods": ("awf", _POWER_LAW, "daps"),
        },
        {"overlaps": OVERLAPS},
    ),
    Experiment(
        "mismatch", "Wrong descriptions",
        "probe or positions that the description gets wrong, as given and refined",
        _mismatch,
        {"overlaps": (0.2, 0.5), "methods": ("awf:iterations=600", "daps:setting=preview")},
        {"overlaps": (0.2, 0.5, 0.74), "methods": ("rpie:iterations=600", "awf:iterations=600", "daps")},
        scores=("nrmse_lit_aligned", "nrmse"),
    ),
    Experiment(
        "evaluations", "Evaluations against accuracy", "what each method reaches with how much work", _table,
        {
            "overlaps": (0.2, 0.5),
            "methods": (
                "rpie:iterations=4096", "awf:iterations=4096", _POWER_LAW, "daps:setting=preview", "daps",
                "daps:setting=best", "dps:num_steps=100,j=5",
            ),
        },
        {"methods": (*_FULL, "daps:setting=preview", "daps:setting=best")},
        scores=("nrmse", "nfe", "seconds"), picture="cost",
    ),
    Experiment(
        "calibration", "Calibration",
        "how often the truth lies within the spread of seeds: 68 and 95 % if it is calibrated", _table,
        {"patches": 2, "overlaps": (0.2, 0.38, 0.5, 0.74), "methods": ("daps:setting=preview,seeds=8",)},
        {"methods": ("daps:seeds=8",)},
        scores=("nrmse", "amplitude_within_1", "phase_within_1", "amplitude_within_2", "phase_within_2"),
    ),
)  # fmt: skip
