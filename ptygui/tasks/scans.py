"""How the scan of a task is made: simulated from an object and a probe, or thinned from a measured scan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.thinning import Thinning, reference_scan, thinned
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan
from ptygui.step import Step
from ptygui.tasks.faults import as_described
from ptygui.tasks.inputs import Input


@dataclass(frozen=True)
class SimulatedScan:
    """A scan to simulate.

    Attributes
    ----------
    obj, probe : Input
    simulation : Simulation
    name, specimen, pixel_size_m, wavelength_m
        As in the Scan.
    fault : str
        What its description gets wrong, one of `ptygui.tasks.faults.FAULTS`; nothing by default.
    """

    obj: Input
    probe: Input
    simulation: Simulation
    name: str = "scan"
    specimen: str = ""
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    fault: str = ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it is made from."""
        return self.obj, self.probe

    def record(self) -> dict[str, Any]:
        """As plain values."""
        about = {name: getattr(self, name) for name in _ABOUT}
        made = {"simulation": self.simulation.asdict(), **about}
        return {"object": self.obj.record(), "probe": self.probe.record(), **made}

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """The scan of a record."""
        about: dict[str, Any] = {name: str(record.get(name) or "") for name in ("name", "specimen", "fault")}
        for name in ("pixel_size_m", "wavelength_m"):
            about[name] = None if record.get(name) is None else float(record[name])
        parts = Input.read(record.get("object")), Input.read(record.get("probe"))
        return cls(*parts, Simulation.read(record["simulation"]), **about)

    def true(self, folder: Path | None) -> Scan:
        """The scan as it was taken, whatever its description gets wrong."""
        known = {name: getattr(self, name) for name in _ABOUT if name != "fault"}
        return simulate(self.obj.load(folder), self.probe.load(folder), self.simulation, **known)

    def make(self, folder: Path | None) -> Scan:
        """The scan as its description has it."""
        true = self.true(folder)
        return as_described(true, self.fault, self.simulation.seed) if self.fault else true


_ABOUT = ("name", "specimen", "pixel_size_m", "wavelength_m", "fault")


@dataclass(frozen=True)
class ThinnedScan:
    """Some positions of a measured scan.

    Attributes
    ----------
    full : Input
    thinning : Thinning
    draw : int
        As for `thinned`.
    reference : Input, optional
        What its results are compared with; made by the first task that needs it.
    """

    full: Input
    thinning: Thinning
    draw: int = 0
    reference: Input | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it is made from."""
        return (self.full,) if self.reference is None else (self.full, self.reference)

    def record(self) -> dict[str, Any]:
        """As plain values."""
        reference = None if self.reference is None else self.reference.record()
        made = {"thinning": self.thinning.asdict(), "draw": self.draw, "reference": reference}
        return {"full": self.full.record(), **made}

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """The scan of a record."""
        reference = record.get("reference")
        thinning, draw = Thinning.read(record["thinning"]), int(record.get("draw", 0))
        known = None if reference is None else Input.read(reference)
        return cls(Input.read(record.get("full")), thinning, draw, known)

    def make(self, folder: Path | None) -> Scan:
        """The scan."""
        full = self.full.load(folder)
        return thinned(full, self.thinning, self._dense(full, folder), self.draw)

    def _dense(self, full: Scan, folder: Path | None) -> Step | None:
        if self.reference is None or self.reference.there(folder):
            return None if self.reference is None else self.reference.load(folder)
        *_, last = reconstruct(
            reference_scan(full, self.thinning), self.thinning.reference_method, interval=np.inf
        )
        found = replace(self.reference, value=last)
        if folder is not None:
            found.store(folder)
        return last


TaskScan = SimulatedScan | ThinnedScan


def read_scan_of(record: Any) -> TaskScan:
    """The scan of a task's record.

    Raises
    ------
    InputError
        If it is not one.
    """
    try:
        return SimulatedScan.read(record) if "object" in record else ThinnedScan.read(record)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"the scan of a task cannot be understood ({error}): plan it again") from None


@lru_cache(maxsize=1)  # the tasks of one scan come one after the other, and share it
def made(scan: TaskScan, folder: Path | None) -> Scan:
    """The scan of a task; the same one as last time if it is the same."""
    return scan.make(folder)
