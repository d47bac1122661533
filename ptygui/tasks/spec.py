"""SweepSpec: what is asked of an overlap sweep, as a TOML file for the command line and the window.

methods = ["awf", "daps:setting=preview"]     # as on the command line
object = "smear"                              # or: scan = "scan.h5"
from = 0.2
to = 0.7
by = 0.05
seeds = 3
[simulation]                                  # options of `ptygui simulate`; of a scan: [thinning]
photons = 1e4
"""

import os
from collections.abc import Mapping
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
    obj, probe : str
        As of `ptygui simulate`; `object` in the file.
    probe_width : int
        Window of the probe [px]; 0 for 32, or that of its file.
    scan : str
        A measured scan to thin, rather than simulate some.
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
    obj: str = "smear"
    probe: str = "medium"
    probe_width: int = 0
    scan: str = ""
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

    def plan(self, scan: Scan | None = None, number: int = 1) -> Plan:
        """The plan of the sweep; `scan` is that of the file, if it was read already.

        Raises
        ------
        InputError
            If a file cannot be read, or no overlap is left.
        """
        return self._thinned(scan or read_scan(self.scan), number) if self.scan else self._simulated(number)

    def _simulated(self, number: int) -> SweepPlan:
        source, probe = read_object(self.obj), probe_named(self.probe, self.probe_width or None).probe
        length = self.simulation.reference_length or probe.shape[-1]
        overlaps = reachable(self.lowest, self.highest, self.by, length)
        fields = {"name": source.name, "specimen": source.specimen}
        return SweepPlan(
            source.obj, probe, self.simulation, self.methods, overlaps, self.seeds, self.simulation.seed,
            fields, number,
        )  # fmt: skip

    def _thinned(self, scan: Scan, number: int) -> ThinnedPlan:
        overlaps = overlaps_between(self.lowest, self.highest, self.by)
        seed, path = self.thinning.seed, self.scan if Path(self.scan).is_file() else ""
        plan = ThinnedPlan(scan, self.thinning, self.methods, overlaps, self.seeds, seed, number, path)
        if not plan.scans:
            most = overlap_by(self.thinning.by, scan.positions, scan.probe, scan.object_shape)
            raise InputError(f"{self.scan} has an overlap of {overlap_text(most)}: set --from below it")
        return plan

    def text(self) -> str:
        """As TOML."""
        plain: dict[str, Any] = {"methods": [written(method) for method in self.methods]}
        if self.scan:
            plain |= {"scan": self.scan}
        else:
            plain |= {"object": self.obj, "probe": self.probe, "probe_width": self.probe_width or None}
        plain |= {"from": self.lowest, "to": self.highest, "by": self.by, "seeds": self.seeds}
        used = "thinning" if self.scan else "simulation"
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
        known = {"from": "lowest", "to": "highest", "object": "obj"}
        kinds: dict[str, Any] = {"lowest": float, "highest": float, "by": float, "seeds": int}
        kinds |= {"obj": str, "probe": str, "probe_width": int, "scan": str}
        found: dict[str, Any] = {}
        try:
            for key, value in values.items():
                name = known.get(key, key)
                if key == "methods":
                    found[key] = tuple(method_from(_text(one)) for one in value)
                elif key in _TABLES:
                    found[key] = _TABLES[key][0].read(value)
                elif name not in kinds:
                    raise InputError(f"{key} is not known, expected one of {', '.join((*known, *kinds))}")
                elif kinds[name] is str:
                    found[name] = _text(value)
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
        whole = {name: _whole(getattr(found, name), folder) for name in ("obj", "probe", "scan")}
        return replace(found, obj=whole["obj"], probe=whole["probe"], scan=whole["scan"])

    def settled(self) -> Self:
        """The same with whole paths, so that it holds in any folder."""
        return replace(self, obj=_whole(self.obj), probe=_whole(self.probe), scan=_whole(self.scan))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{value!r} is no text")
    return value


def _whole(spec: str, folder: str = "") -> str:
    """A spec of a file with its whole path; another one as it is."""
    path, colons, key = spec.partition("::")
    where, at, crop = path.partition("@")
    for place in ("", folder):
        if spec and os.path.exists(found := os.path.join(place, where)):
            return f"{os.path.abspath(found)}{at}{crop}{colons}{key}"
    return spec
