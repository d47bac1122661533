"""SweepSpec: what is asked of an overlap sweep, as a TOML file for the command line and the window.

methods = ["awf", "daps:setting=preview"]     # as on the command line
object = "smear"                              # or: scan = "scan.h5"; several as a list
from = 0.2
to = 0.7
by = 0.05
seeds = 3
[simulation]                                  # options of `ptygui simulate`; of a scan: [thinning]
photons = 1e4
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from ptygui.errors import InputError
from ptygui.experiment.thinning import Thinning
from ptygui.files.objects import read_object
from ptygui.files.probes import probe_named
from ptygui.files.scans import read_scan
from ptygui.methods import method_from, written
from ptygui.methods.base import Method
from ptygui.options import Options
from ptygui.physics.overlap import overlap_by
from ptygui.physics.positions import overlap_text
from ptygui.physics.simulate import Simulation
from ptygui.scan import Scan
from ptygui.tasks.joined import joined
from ptygui.tasks.plans import Plan, SweepPlan, ThinnedPlan, overlaps_between, reachable
from ptygui.tasks.toml import read_toml, toml_text

MOST = 0.98  # overlap
_TABLES: dict[str, tuple[type[Options], tuple[str, ...]]] = {
    "simulation": (Simulation, ("overlap",)),
    "thinning": (Thinning, ("overlap",)),
}


@dataclass(frozen=True)
class SweepSpec:
    """What is asked of a sweep.

    Attributes
    ----------
    methods : tuple of Method
    lowest, highest, by : float
        Overlaps (fractions): `from`, `to` and `by` of the file.
    seeds : int
    objects : tuple of str
        As of `ptygui simulate`; `object` in the file, one or a list.
    probe : str
        As of `ptygui simulate`.
    probe_width : int
        Window of the probe [px]; 0 for 32, or that of its file.
    scans : tuple of str
        Measured scans to thin, rather than simulate some; `scan` in the file, one or a list.
    simulation : Simulation
    thinning : Thinning
        Of a measured scan.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    methods: tuple[Method, ...]
    lowest: float = 0.2
    highest: float = 0.7
    by: float = 0.05
    seeds: int = 1
    objects: tuple[str, ...] = ("smear",)
    probe: str = "medium"
    probe_width: int = 0
    scans: tuple[str, ...] = ()
    simulation: Simulation = field(default_factory=Simulation)
    thinning: Thinning = field(default_factory=Thinning)

    def __post_init__(self) -> None:
        for name, value, good in (
            ("from", self.lowest, 0 <= self.lowest <= MOST), ("to", self.highest, 0 <= self.highest <= MOST),
            ("by", self.by, self.by >= 0), ("seeds", self.seeds, self.seeds >= 1),
        ):  # fmt: skip
            if not good:
                expected = "1 or more" if name == "seeds" else f"0 to {MOST} (44 % is 0.44)"
                raise InputError(f"--{name} is {value}, expected {expected}")
        if not self.methods:
            raise InputError("no method is given: name at least one, such as awf")
        if not (self.objects or self.scans):
            raise InputError("no object is given: name at least one, such as smear, or a scan")

    def plan(self, scans: Sequence[Scan] = (), number: int = 1) -> Plan:
        """The plan of the sweep; `scans` are those of the files, if they were read already.

        Raises
        ------
        InputError
            If a file cannot be read, or no overlap is left.
        """
        if not self.scans:
            return joined(self._simulated(obj, number) for obj in dict.fromkeys(self.objects))
        known = scans or [read_scan(path) for path in self.scans]
        return joined(self._thinned(path, scan, number) for path, scan in zip(self.scans, known, strict=True))

    def _simulated(self, obj: str, number: int) -> SweepPlan:
        source, probe = read_object(obj), probe_named(self.probe, self.probe_width or None).probe
        length = self.simulation.reference_length or probe.shape[-1]
        overlaps = reachable(self.lowest, self.highest, self.by, length)
        fields = {"name": source.name, "specimen": source.specimen}
        return SweepPlan(
            source.obj, probe, self.simulation, self.methods, overlaps, self.seeds, self.simulation.seed,
            fields, number,
        )  # fmt: skip

    def _thinned(self, spec: str, scan: Scan, number: int) -> ThinnedPlan:
        overlaps = overlaps_between(self.lowest, self.highest, self.by)
        seed, path = self.thinning.seed, spec if Path(spec).is_file() else ""
        plan = ThinnedPlan(scan, self.thinning, self.methods, overlaps, self.seeds, seed, number, path)
        if not plan.scans:
            most = overlap_by(self.thinning.by, scan.positions, scan.probe, scan.object_shape)
            raise InputError(f"{spec} has an overlap of {overlap_text(most)}: set --from below it")
        return plan

    def text(self) -> str:
        """As TOML."""
        plain: dict[str, Any] = {"methods": [written(method) for method in self.methods]}
        if self.scans:
            plain |= {"scan": _one_or_list(self.scans)}
        else:
            plain |= {"object": _one_or_list(self.objects), "probe": self.probe}
            plain |= {"probe_width": self.probe_width or None}
        plain |= {"from": self.lowest, "to": self.highest, "by": self.by, "seeds": self.seeds}
        used = "thinning" if self.scans else "simulation"
        table = getattr(self, used).changed()
        return toml_text(plain | {used: {name: table[name] for name in table if name != "overlap"}})

    @classmethod
    def read(cls, values: Mapping[str, Any], said: str = "the spec") -> Self:
        """The spec of a file's values.

        Raises
        ------
        InputError
            If something is not understood; it begins with `said`.
        """
        known = {"from": "lowest", "to": "highest", "object": "objects", "scan": "scans"}
        kinds: dict[str, Any] = {"lowest": float, "highest": float, "by": float, "seeds": int}
        kinds |= {"objects": tuple, "probe": str, "probe_width": int, "scans": tuple}
        said_by = (*known, *(name for name in kinds if name not in known.values()), *_TABLES)
        found: dict[str, Any] = {}
        try:
            for key, value in values.items():
                name = known.get(key, "" if key in known.values() else key)
                if key == "methods":
                    found[key] = tuple(dict.fromkeys(method_from(_text(one)) for one in value))
                elif key in _TABLES:
                    found[key] = _TABLES[key][0].read(value)
                elif name not in kinds:
                    raise InputError(f"{key} is not known, expected one of {', '.join(said_by)}")
                elif kinds[name] is str:
                    found[name] = _text(value)
                elif kinds[name] is tuple:
                    found[name] = tuple(
                        dict.fromkeys(map(_text, value if isinstance(value, list) else [value]))
                    )
                else:
                    found[name] = kinds[name](value)
            return cls(**{"methods": (), **found})
        except InputError as error:
            raise InputError(f"{said}: {error}") from None
        except (TypeError, ValueError) as error:
            raise InputError(f"{said} is not understood ({error})") from None

    @classmethod
    def of_file(cls, path: str | os.PathLike[str]) -> Self:
        """The spec in a file, whose paths are from here or from its folder; `InputError` if it is none."""
        found = cls.read(read_toml(path), str(path))
        folder = os.path.dirname(os.fspath(path))
        return found.settled(folder)

    def settled(self, folder: str = "") -> Self:
        """The same with whole paths, so that it holds in any folder; they are from here or from `folder`."""
        objects, scans = (tuple(whole_spec(one, folder) for one in of) for of in (self.objects, self.scans))
        return replace(self, objects=objects, probe=whole_spec(self.probe, folder), scans=scans)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{value!r} is no text")
    return value


def _one_or_list(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def whole_spec(spec: str, folder: str = "") -> str:
    """A spec of a file with its whole path; another one as it is."""
    path, colons, key = spec.partition("::")
    where, at, crop = path.partition("@")
    for place in ("", folder):
        if spec and os.path.exists(found := os.path.join(place, where)):
            return f"{os.path.abspath(found)}{at}{crop}{colons}{key}"
    return spec
