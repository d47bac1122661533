"""Cell: tasks whose scores are one number of a table; and the scans of patches that they are about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import ceil

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.example import PROCEDURAL
from ptygui.files.objects import read_object
from ptygui.methods.base import Method
from ptygui.options import options_of
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation
from ptygui.tasks.experiments.asked import Asked
from ptygui.tasks.faults import FAULTS
from ptygui.tasks.inputs import Input
from ptygui.tasks.scans import SimulatedScan
from ptygui.tasks.task import Task

FIRST_SEED = 1000  # of procedural objects: no network was trained on these
WIDTH = 32  # of the probe's window [px]


@dataclass(frozen=True)
class Cell:
    """One number of a table.

    Attributes
    ----------
    group : str
        The table that it is in.
    row, column : str
    tasks : tuple of Task
        One for each patch and seed.
    """

    group: str
    row: str
    column: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Patch:
    """A square of an object, from this row and column of the file or drawing that `source` names."""

    obj: Input
    name: str
    specimen: str
    source: str = ""
    corner: tuple[int, int] = (0, 0)


def patches_of(asked: Asked) -> list[Patch]:
    """The patches of an experiment: of procedural smears, or evenly over its objects, which take turns.

    Raises
    ------
    InputError
        If an object cannot be read, or is smaller than a patch.
    """
    if not asked.objects:
        smear, found = PROCEDURAL["smear"], []
        for k in range(FIRST_SEED, FIRST_SEED + asked.patches):
            spec = f"smear:{k}:{asked.size}"
            obj = Input.of_array("object", smear.draw(asked.size, k), spec)
            found.append(Patch(obj, spec, smear.specimen, spec))
        return found
    each = ceil(asked.patches / len(asked.objects))
    whole = [list(_cut(spec, each, asked.size)) for spec in asked.objects]
    in_turn = [patch for patches in zip_longest(*whole) for patch in patches if patch is not None]
    return in_turn[: asked.patches]


def _cut(spec: str, count: int, size: int) -> Iterator[Patch]:
    found = read_object(spec)
    rows, columns = found.obj.shape
    if min(rows, columns) < size:
        raise InputError(f"{spec} has {rows} x {columns} px, less than a patch of {size} px: give --size")
    down, across = rows - size, columns - size
    wide = max(1, ceil(np.sqrt(count * (across + 1) / (down + 1))))
    wide = min(wide, count, across + 1)
    high = min(ceil(count / wide), down + 1)
    wide = ceil(count / high)
    places = [
        (round(row), round(column))
        for row in np.linspace(0, down, high)
        for column in np.linspace(0, across, wide)
    ]
    for row, column in places[:count]:
        name = f"{found.name} {row},{column}"
        patch = found.obj[row : row + size, column : column + size]
        yield Patch(
            Input.of_array("object", patch, f"{spec} {row},{column}"),
            name,
            found.specimen,
            spec,
            (row, column),
        )


def shared(patches: Sequence[Patch], size: int) -> float:
    """In how many patches a pixel is that is in any, on average: 1 where none overlap."""
    total = 0
    for source in dict.fromkeys(patch.source for patch in patches):
        corners = np.array([patch.corner for patch in patches if patch.source == source])
        covered = np.zeros(corners.max(0) + size, bool)
        for row, column in corners:
            covered[row : row + size, column : column + size] = True
        total += int(covered.sum())
    return len(patches) * size**2 / total


def tasks_of(
    patches: Iterable[Patch], method: Method, simulation: Simulation, seeds: int = 1, fault: str = ""
) -> tuple[Task, ...]:
    """A method on a scan of each patch, with each seed."""
    probe = Input.of_array("probe", make_probe("medium", WIDTH), "medium")
    if fault:
        simulation = replace(simulation, **FAULTS[fault].simulated)
    return tuple(
        Task(
            SimulatedScan(
                patch.obj, probe, replace(simulation, seed=seed), patch.name, patch.specimen or "blood smear",
                fault=fault,
            ),
            method,
            seed,
        )
        for patch in patches
        for seed in range(seeds)
    )  # fmt: skip


def in_order(cells: Iterable[Cell]) -> list[Task]:
    """All tasks, a patch of every cell in turn: a table that is stopped has something everywhere.

    Patches are taken in steps of the golden ratio, so that those of a stopped table lie all over the objects.
    """
    tasks = zip_longest(*(_spread(cell.tasks) for cell in cells))
    return list(dict.fromkeys(task for turn in tasks for task in turn if task is not None))


def _spread(tasks: Sequence[Task]) -> list[Task]:
    order = np.argsort(np.arange(len(tasks)) * (5**0.5 - 1) / 2 % 1)
    return [tasks[k] for k in order]


def refined(method: Method, fault: str) -> Method:
    """The method with the options that refine what is wrong, as far as it has them."""
    known = {option.name for option in options_of(method)}
    return replace(method, **{name: value for name, value in FAULTS[fault].refine.items() if name in known})
