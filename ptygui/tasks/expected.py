"""How long a sweep will take, as far as earlier runs of its methods tell."""

from collections.abc import Callable, Iterable

from ptygui.experiment.run import Run
from ptygui.methods import Method
from ptygui.tasks.plans import Plan, ThinnedPlan


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


def reference_seconds(plan: Plan, runs: Iterable[Run]) -> float | None:
    """Time of the references that a plan makes first [s]; 0 if there are none, None if not known."""
    pace, seconds = _pace(runs), 0.0
    for part in plan.parts:
        if isinstance(part, ThinnedPlan) and part.reference_count:
            each = pace(part.thinning.reference_method)
            if each is None:
                return None
            seconds += each * part.reference_count
    return seconds


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
