"""How low can the overlap go: methods over scans of one object, and the lowest overlap that will do.

for progress in sweep(plan, device="cpu"):
    if progress is not None:
        print(f"{progress.share:.0%} done, {len(progress.runs)} of {progress.count} runs")
for curve in curves_of(progress.runs):
    print(curve.label, told(curve, NRMSE, 0.1))  # both of `lowest`
"""

import time
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.physics.positions import overlap_text
from ptygui.physics.simulate import Simulation, simulate

INTERVAL = 0.5  # between the figures of a run that is going on [s]
RECORD = frozenset(2**k for k in range(25))  # iterates whose numbers are kept, to see how a run converged


@dataclass(frozen=True, eq=False)
class SweepPlan:
    """What a sweep tries: every method on a scan at every overlap, once a seed.

    Attributes
    ----------
    obj : complex array, shape (H, W)
    probe : complex array, shape (m, m)
    simulation : Simulation
        How the scans are made; each overlap takes the place of its own.
    methods : tuple of Method
    overlaps : tuple of float
        Linear overlaps to ask for (fractions), see `reachable`.
    seeds : int
        How many: each is a seed of the scan's noise and jitter, counted from that of `simulation`, and of
        the method, counted from `first_seed`.
    first_seed : int
    fields : dict
        Further fields of the scans, as `simulate` takes them.
    number : int
        Of this sweep among others: see `Run.sweep`.
    """

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
    def scans(self) -> tuple[tuple[Simulation, int], ...]:
        """Options and count of positions of each scan: a whole sweep for each seed, from the densest on.

        Overlaps that come to the same positions are one.
        """
        found: dict[bytes, tuple[Simulation, int]] = {}
        for overlap in sorted(self.overlaps, reverse=True):
            options = replace(self.simulation, overlap=overlap)
            rng = np.random.default_rng(options.seed)
            positions = options.positions(self.obj.shape, self.probe.shape[-1], rng)
            found.setdefault(positions.tobytes(), (options, len(positions)))
        return tuple(
            (replace(options, seed=options.seed + k), count)
            for k in range(self.seeds)
            for options, count in found.values()
        )

    @property
    def count(self) -> int:
        """Runs in all."""
        return len(self.scans) * len(self.methods)

    @property
    def nbytes(self) -> int:
        """Memory of all scans and results, about [bytes]."""
        pattern = 4 * self.probe.shape[-1] ** 2
        return sum(count * pattern + 8 * self.obj.size * len(self.methods) for _, count in self.scans)


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a sweep is.

    Attributes
    ----------
    runs : tuple of Run
        All that are over, in order: whoever misses one `Progress` has lost nothing.
    count : int
        Runs in all.
    share : float
        Of the whole, counted in positions to reconstruct.
    seconds : float
        Since the sweep began.
    doing : str
        What is going on, such as "awf at 43.8 %"; empty at the end.
    """

    runs: tuple[Run, ...]
    count: int
    share: float
    seconds: float
    doing: str = ""

    @property
    def seconds_left(self) -> float | None:
        """At the mean rate so far; None until there is one [s]."""
        return self.seconds * (1 - self.share) / self.share if self.share > 0 else None


def reachable(lowest: float, highest: float, by: float, length: float) -> tuple[float, ...]:
    """Linear overlaps from `lowest` to `highest`, moved to where the step is a whole number of pixels.

    Parameters
    ----------
    lowest, highest, by : float
        Fractions; `by` 0 gives every whole step there is between them.
    length : float
        What the overlap is relative to [px].
    """
    lowest, highest = sorted((lowest, highest))
    if by > 0:
        asked = lowest + by * np.arange(int((highest - lowest) / by + 1e-6) + 1)
        steps = {max(1, round((1 - overlap) * length)) for overlap in asked}
    else:
        first, last = (1 - highest) * length, (1 - lowest) * length
        steps = set(range(max(1, int(np.ceil(first - 1e-6))), int(last + 1e-6) + 1))
    return tuple(sorted(1 - step / length for step in steps))


def sweep(plan: SweepPlan, device: str = "auto") -> Generator[Progress | None, bool | None, None]:
    """Run a plan; yields at every iterate, a `Progress` when there is something new. Close it to stop.

    A run that diverges, or is refused, counts as failed and says why; the sweep goes on.
    """
    began, done, whole = time.perf_counter(), 0.0, sum(count for _, count in plan.scans)
    runs: list[Run] = []
    name = plan.fields.get("name", "scan")

    def progress(doing: str = "", share: float = 0.0) -> Progress:
        return Progress(tuple(runs), plan.count, (done + share) / whole, time.perf_counter() - began, doing)

    for options, count in plan.scans:
        yield progress(f"simulating {overlap_text(options.overlap)}")
        at = f"{name}, {overlap_text(options.overlap)}"
        scan = simulate(plan.obj, plan.probe, options, **plan.fields | {"name": at})
        seed = plan.first_seed + options.seed - plan.simulation.seed
        part = count / len(plan.methods)
        for method in plan.methods:
            run = Run(0, scan, method, RunSettings(device, seed), sweep=plan.number)
            run.history = History(newest_only=True)
            doing = f"{method.key()} at {overlap_text(run.overlap)}"
            record = RECORD | {round(0.8 * method.total)}  # whether it still falls is judged from there
            with suppress(InputError), closing(run.to_end(interval=INTERVAL, record=record)) as steps:
                for step in steps:
                    yield None if step is None else progress(doing, part * step.index / step.total)
            done += part
            runs.append(run)
            yield progress(doing)
    yield progress()
