"""How long a sweep will take, as far as earlier runs of its methods tell."""

from collections.abc import Iterable

from ptygui.experiment.run import Run
from ptygui.tasks.plans import Plan


def expected_seconds(plan: Plan, runs: Iterable[Run], workers: int = 1) -> float | None:
    """Time of a plan [s] by that of complete runs with the same options, per position; None if not known.

    Parameters
    ----------
    plan : Plan
    runs : iterable of Run
    workers : int
        How many share the work.
    """
    pace: dict[object, list[float]] = {}
    for run in runs:
        if run.outcome == "done" and run.last is not None and run.origin is None and not run.past:
            pace.setdefault(run.method, []).append(run.seconds / len(run.scan))
    if not all(row.method in pace for row in plan.rows):
        return None
    mean = {method: sum(paces) / len(paces) for method, paces in pace.items()}
    return sum(mean[row.method] * row.scan.count for row in plan.rows) / workers
