"""How long a sweep will take, as far as earlier runs of its methods tell."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.methods import Method
from ptygui.scan import Scan
from ptygui.tasks.plans import Plan, ThinnedPlan

_FEW = 16  # positions on which the pace of a reference is tried
_TURNS = 2  # iterations that are timed, after a first one that sets up what all need


def expected_seconds(plan: Plan, runs: Iterable[Run], workers: int = 1) -> float | None:
    """Time of the runs of a plan [s] by that of complete runs, per position; None if not known.

    A method that has only run with other options is expected to take as long per step as with those.

    Parameters
    ----------
    plan : Plan
    runs : iterable of Run
    workers : int
        How many share the work.
    """
    pace, seconds = _pace(runs), 0.0
    for row in plan.rows:
        each = pace(row.method)
        if each is None:
            return None
        seconds += each * row.scan.count
    return seconds / workers


class ReferencePace:
    """How long the references that a plan makes first take, as earlier runs tell, or a short trial."""

    def __init__(self) -> None:
        self._tried: WeakKeyDictionary[Scan, float] = WeakKeyDictionary()  # per position and iteration [s]

    def seconds(self, plan: Plan, runs: Iterable[Run]) -> float | None:
        """Time of the references [s]; 0 if there are none, None if not known."""
        pace, seconds = _pace(runs), 0.0
        for part in _with_reference(plan):
            method, tried = part.thinning.reference_method, self._tried.get(part.scan)
            each = pace(method) or (None if tried is None else tried * method.total)
            if each is None:
                return None
            seconds += each * part.reference_count
        return seconds

    def try_out(self, plan: Plan, device: str) -> None:
        """Run what has not been tried for a few iterations at a few positions: a fraction of a second."""
        for part in _with_reference(plan):
            if part.scan not in self._tried:
                self._tried[part.scan] = _tried(part, device)


def _with_reference(plan: Plan) -> Iterator[ThinnedPlan]:
    return (part for part in plan.parts if isinstance(part, ThinnedPlan) and part.reference_count)


def _tried(part: ThinnedPlan, device: str) -> float:
    """Time of a reference per position and iteration [s]."""
    few = part.scan.subset(slice(0, _FEW))
    method, began = replace(part.thinning.reference_method, iterations=1 + _TURNS), math.inf
    for _ in reconstruct(few, method, device=device, interval=math.inf):
        began = min(began, time.perf_counter())
    return (time.perf_counter() - began) / _TURNS / len(few)


def _pace(runs: Iterable[Run]) -> Callable[[Method], float | None]:
    """Gives the mean time per position of a method's complete runs [s]; None if there are none."""
    found: dict[Method, list[float]] = {}
    of_kind: dict[type[Method], list[float]] = {}  # per position and step
    for run in runs:
        if run.outcome == "done" and run.last is not None and run.origin is None and not run.past:
            each = run.seconds / len(run.scan)
            found.setdefault(run.method, []).append(each)
            of_kind.setdefault(type(run.method), []).append(each / run.method.total)

    def pace(method: Method) -> float | None:
        known, kind = found.get(method), of_kind.get(type(method))
        if known:
            return sum(known) / len(known)
        return sum(kind) / len(kind) * method.total if kind else None

    return pace
