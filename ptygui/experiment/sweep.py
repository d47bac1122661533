"""How low can the overlap go: methods over scans of one object, and the lowest overlap that suffices.

for progress in sweep(plan, device="cpu"):
    if progress is not None:
        print(f"{progress.share:.0%} done, {len(progress.runs)} of {progress.count} runs")
for curve in curves_of(progress.runs):
    print(curve.label, told(curve, NRMSE, 0.1))  # both of `lowest`
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.run import Run, Steps
from ptygui.experiment.settings import RunSettings
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.physics.positions import overlap_text
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan
from ptygui.step import Step

INTERVAL = 0.5  # between progress reports of a live run [s]
RECORD = frozenset(2**k for k in range(25))  # iterates whose numbers are kept, to show how a run converged


@dataclass(frozen=True)
class Planned:
    """A scan of a plan: how many positions it has, its seed counted from the first, and what makes it.

    `make` is given the last step of the plan's reference, if that has one.
    """

    overlap: float
    count: int
    seed: int
    make: Callable[[Step | None], Scan]


class Plan:
    """The plan of a sweep: every method on a scan at every overlap, once per seed.

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
        Further fields of the scans, as for `simulate`.
    number : int
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

    @cached_property
    def scans(self) -> tuple[Planned, ...]:  # noqa: D102
        found: dict[bytes, tuple[Simulation, int]] = {}
        for overlap in sorted(self.overlaps, reverse=True):
            options = replace(self.simulation, overlap=overlap)
            rng = np.random.default_rng(options.seed)
            positions = options.positions(self.obj.shape, self.probe.shape[-1], rng)
            found.setdefault(positions.tobytes(), (options, len(positions)))
        return tuple(
            Planned(options.overlap, count, k, partial(self._simulate, options, k))
            for k in range(self.seeds)
            for options, count in found.values()
        )

    def _simulate(self, options: Simulation, k: int, dense: Step | None) -> Scan:
        name = f"{self.fields.get('name', 'scan')}, {overlap_text(options.overlap)}"
        options = replace(options, seed=options.seed + k)
        return simulate(self.obj, self.probe, options, **self.fields | {"name": name})

    @property
    def nbytes(self) -> int:  # noqa: D102
        pattern = 4 * self.probe.shape[-1] ** 2
        return sum(one.count * pattern + 8 * self.obj.size * len(self.methods) for one in self.scans)


@dataclass(frozen=True, eq=False)
class Progress:
    """The progress of a sweep.

    Attributes
    ----------
    runs : tuple of Run
        All ended runs, in order: nothing is lost if one `Progress` is missed.
    count : int
        Total number of runs.
    share : float
        Share done, counted in positions to reconstruct.
    seconds : float
        Time since the sweep began.
    doing : str
        What is in progress, such as "awf at 43.8 %"; empty at the end.
    """

    runs: tuple[Run, ...]
    count: int
    share: float
    seconds: float
    doing: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Time left at the mean rate so far; None until there is one [s]."""
        return self.seconds * (1 - self.share) / self.share if self.share > 0 else None


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


def sweep(plan: Plan, device: str = "auto") -> Generator[Progress | None, bool | None, None]:
    """Run a plan; yields at every iterate, a `Progress` when there is news. Close it to stop.

    A run that diverges or is refused counts as failed, with the reason; the sweep continues. `InputError` if
    there is no overlap to try.
    """
    if not plan.scans:
        raise InputError("there is no overlap to try that the scan has: lower the overlaps")
    began, done = time.perf_counter(), 0.0
    whole = plan.reference_count + sum(one.count for one in plan.scans)
    runs: list[Run] = []
    dense: Step | None = None

    def progress(doing: str = "", share: float = 0.0) -> Progress:
        return Progress(tuple(runs), plan.count, (done + share) / whole, time.perf_counter() - began, doing)

    with closing(plan.reference(device)) as reference:
        for step in reference:
            dense = step or dense
            part: float = plan.reference_count
            doing = "reconstructing the reference"
            yield None if step is None else progress(doing, part * step.index / step.total)
    done += plan.reference_count
    for one in plan.scans:
        yield progress(f"{plan.making} {overlap_text(one.overlap)}")
        scan, seed = one.make(dense), plan.first_seed + one.seed
        part = one.count / len(plan.methods)
        for method in plan.methods:
            run = Run(0, scan, method, RunSettings(device, seed), sweep=plan.number)
            run.history = History(newest_only=True)
            doing = f"{method.key()} at {overlap_text(run.overlap)}"
            record = RECORD | {round(0.8 * method.total)}  # used to judge whether it is still falling
            with suppress(InputError), closing(run.to_end(interval=INTERVAL, record=record)) as steps:
                for step in steps:
                    yield None if step is None else progress(doing, part * step.index / step.total)
            done += part
            runs.append(run)
            yield progress(doing)
    yield progress()
