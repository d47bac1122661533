"""Plans of overlap sweeps: every method on a scan at every overlap, once per seed."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Steps
from ptygui.experiment.thinning import Thinning, dense_positions, kept, reference_scan
from ptygui.methods.base import Method
from ptygui.physics.positions import overlap_text
from ptygui.physics.simulate import Simulation
from ptygui.scan import Scan
from ptygui.step import Step
from ptygui.tasks.inputs import Input
from ptygui.tasks.scans import SimulatedScan, TaskScan, ThinnedScan
from ptygui.tasks.task import Task

INTERVAL = 0.5  # between progress reports of a live run [s]


@dataclass(frozen=True)
class Planned:
    """A scan of a plan: its overlap, number of positions, seed counted from the first, and how it is made."""

    overlap: float
    count: int
    seed: int
    how: Simulation | Thinning


class PlannedRun(NamedTuple):
    """A run of a plan: its scan, method and seed, and the plan of its object or scan."""

    scan: Planned
    method: Method
    seed: int
    part: "Plan"


class Plan:
    """The plan of a sweep.

    Attributes
    ----------
    methods : tuple of Method
    overlaps : tuple of float
        To request (fractions).
    seeds, first_seed : int
        How many seeds, and the method's in runs of the first.
    number : int
        The number of this sweep: see `Run.sweep`.
    making : str
        What is done to make a scan: "simulating" or "thinning to".
    """

    methods: tuple[Method, ...]
    overlaps: tuple[float, ...]
    seeds: int
    first_seed: int
    number: int
    making: ClassVar[str]

    @property
    def scans(self) -> tuple[Planned, ...]:
        """All overlaps for each seed, the densest first; overlaps of the same positions count as one."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """What is scanned."""
        raise NotImplementedError

    @property
    def parts(self) -> "tuple[Plan, ...]":
        """The plans of one object or scan each that this one consists of."""
        return (self,)

    @cached_property
    def rows(self) -> tuple[PlannedRun, ...]:
        """All runs, in the order of `tasks`."""
        return tuple(
            PlannedRun(one, method, part.first_seed + one.seed, part)
            for part in self.parts
            for one in part.scans
            for method in part.methods
        )

    def tasks(self, device: str = "auto", reference: Step | None = None) -> Generator[tuple[Planned, Task]]:
        """All runs as tasks, scan by scan.

        Parameters
        ----------
        device : str
        reference : Step, optional
            The last step of the plan's reference, if that has one.
        """
        for one, scan in zip(self.scans, self._scans(reference), strict=True):
            for method in self.methods:
                yield one, Task(scan, method, self.first_seed + one.seed, device)

    @property
    def reference_count(self) -> int:
        """Number of positions that a reference is reconstructed from first; 0 for none."""
        return 0

    def reference(self, device: str) -> Steps:
        """The steps of the reference."""
        yield from ()

    @property
    def count(self) -> int:
        """Total number of runs."""
        return len(self.scans) * len(self.methods)

    @property
    def nbytes(self) -> int:
        """Approximate memory of all scans and results [bytes]."""
        raise NotImplementedError

    def _scans(self, reference: Step | None) -> Generator[TaskScan]:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class SweepPlan(Plan):
    """The plan of a sweep over simulated scans of an object.

    Attributes
    ----------
    obj : complex array, shape (H, W)
    probe : complex array, shape (m, m)
    simulation : Simulation
        Options of the scans; each overlap replaces the one in it.
    methods : tuple of Method
    overlaps : tuple of float
        Linear overlaps to request (fractions), see `reachable`.
    seeds : int
        How many: each is a seed of the scan's noise and jitter, counted from that of `simulation`, and of
        the method, counted from `first_seed`.
    first_seed : int
    fields : dict
        Further fields of the scans: `name`, `specimen`, `pixel_size_m`, `wavelength_m`.
    number : int
    fault : str
        What the description of the scans gets wrong, see `SimulatedScan`.
    """

    making: ClassVar[str] = "simulating"

    obj: np.ndarray
    probe: np.ndarray
    simulation: Simulation
    methods: tuple[Method, ...]
    overlaps: tuple[float, ...]
    seeds: int = 1
    first_seed: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    number: int = 1
    fault: str = ""

    @property
    def subject(self) -> str:  # noqa: D102
        return str(self.fields.get("name", "scan"))

    @cached_property
    def scans(self) -> tuple[Planned, ...]:  # noqa: D102
        found: dict[bytes, tuple[Simulation, int]] = {}
        for overlap in sorted(self.overlaps, reverse=True):
            options = replace(self.simulation, overlap=overlap)
            rng = np.random.default_rng(options.seed)
            positions = options.positions(self.obj.shape, self.probe.shape[-1], rng)
            found.setdefault(positions.tobytes(), (options, len(positions)))
        return tuple(
            Planned(options.overlap, count, k, replace(options, seed=options.seed + k))
            for k in range(self.seeds)
            for options, count in found.values()
        )

    def _scans(self, reference: Step | None) -> Generator[TaskScan]:
        parts = Input.of_array("object", self.obj), Input.of_array("probe", self.probe)
        for one in self.scans:
            name = f"{self.subject}, {overlap_text(one.overlap)}"
            assert isinstance(one.how, Simulation)
            yield SimulatedScan(*parts, one.how, **self.fields | {"name": name, "fault": self.fault})

    @property
    def nbytes(self) -> int:  # noqa: D102
        pattern = 4 * self.probe.shape[-1] ** 2
        return sum(one.count * pattern + 8 * self.obj.size * len(self.methods) for one in self.scans)


@dataclass(frozen=True, eq=False)
class ThinnedPlan(Plan):
    """The plan of a sweep over the overlaps of a measured scan, which is thinned to each of them.

    Attributes
    ----------
    scan : Scan
    thinning : Thinning
        How it is thinned; each overlap replaces the one in it. The reference is made once, first.
    methods : tuple of Method
    overlaps : tuple of float
        Overlaps to thin to, as `thinning.by` counts them; those that the scan does not have are left out.
    seeds : int
        How many: each is another choice of positions, and a seed of the method, counted from `first_seed`.
    first_seed, number : int
    path : str
        The file that holds exactly this scan, if there is one: workers read it there.
    """

    making: ClassVar[str] = "thinning to"

    scan: Scan
    thinning: Thinning
    methods: tuple[Method, ...]
    overlaps: tuple[float, ...]
    seeds: int = 1
    first_seed: int = 0
    number: int = 1
    path: str = ""

    @property
    def subject(self) -> str:  # noqa: D102
        return self.scan.name

    @cached_property
    def scans(self) -> tuple[Planned, ...]:  # noqa: D102
        found: dict[bytes, tuple[Thinning, int]] = {}
        for overlap in sorted(self.overlaps, reverse=True):
            thinning = replace(self.thinning, overlap=overlap)
            which = kept(self.scan, thinning)
            if len(which) < len(self.scan):  # there must be some to test with
                found.setdefault(which.tobytes(), (thinning, len(which)))
        return tuple(
            Planned(thinning.overlap, count, k, thinning)
            for k in range(self.seeds)
            for thinning, count in found.values()
        )

    def _scans(self, reference: Step | None) -> Generator[TaskScan]:
        full = Input.of_scan_file(self.path, self.scan) if self.path else Input.of_scan(self.scan)
        dense = None
        if self._needs_reference:
            plain = self.thinning.asdict()
            how = {name: plain[name] for name in ("halves", "seed", "reference")}
            dense = Input.of_reference({"scan": full.sha256} | how, reference)
        for one in self.scans:
            assert isinstance(one.how, Thinning)
            yield ThinnedScan(full, one.how, one.seed, dense)

    @property
    def reference_count(self) -> int:  # noqa: D102
        return len(dense_positions(self.scan, self.thinning)) if self._needs_reference else 0

    def reference(self, device: str) -> Steps:  # noqa: D102
        if self._needs_reference:
            method = self.thinning.reference_method
            dense = reference_scan(self.scan, self.thinning)
            yield from reconstruct(dense, method, device=device, interval=INTERVAL)

    @property
    def nbytes(self) -> int:  # noqa: D102
        return self.count * 8 * int(np.prod(self.scan.object_shape))  # patterns are those of the scan

    @property
    def _needs_reference(self) -> bool:
        return self.thinning.reference > 0 and not self.scan.compared_with


def reachable(lowest: float, highest: float, by: float, length: float) -> tuple[float, ...]:
    """Linear overlaps from `lowest` to `highest`, moved to where the step is a whole number of pixels.

    Parameters
    ----------
    lowest, highest, by : float
        Fractions; `by` 0 gives every whole step between them.
    length : float
        Length that the overlap is relative to [px].
    """
    lowest, highest = sorted((lowest, highest))
    if by > 0:
        asked = lowest + by * np.arange(int((highest - lowest) / by + 1e-6) + 1)
        steps = {max(1, round((1 - overlap) * length)) for overlap in asked}
    else:
        first, last = (1 - highest) * length, (1 - lowest) * length
        steps = set(range(max(1, int(np.ceil(first - 1e-6))), int(last + 1e-6) + 1))
    return tuple(sorted(1 - step / length for step in steps))


def overlaps_between(lowest: float, highest: float, by: float) -> tuple[float, ...]:
    """Overlaps from `lowest` to `highest` at an interval, a twentieth if it is 0."""
    lowest, highest = sorted((lowest, highest))
    by = by or 0.05
    return tuple(lowest + by * np.arange(int((highest - lowest) / by + 1e-6) + 1))
