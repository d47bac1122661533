"""Mean and deviation of a score over the patches of a cell, each the mean of its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ptygui.tasks.experiments.cells import Cell
from ptygui.tasks.row import Row
from ptygui.tasks.scans import SimulatedScan, TaskScan


@dataclass(frozen=True)
class Mean:
    """Mean and standard deviation of a score over so many patches; of none, the mean is nan."""

    mean: float
    deviation: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Mean":
        """Of values; the deviation has K - 1 in its denominator, and is 0 for one value."""
        known = np.array(values, float)
        if not len(known):
            return cls(float("nan"), 0.0, 0)
        return cls(float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0, len(known))

    @property
    def text(self) -> str:
        """Such as ".116 ± .048"; a dash if there is none."""
        if not self.count:
            return "–"
        return short(self.mean) + (f" ± {short(self.deviation, like=self.mean)}" if self.count > 1 else "")


def scores_of(cell: Cell, rows: Mapping[str, Row], score: str) -> Mean:
    """A score of a cell, over the rows that are there: of each patch the mean of its seeds."""
    found: dict[TaskScan, list[float]] = {}
    for task in cell.tasks:
        row = rows.get(task.key)
        value = row.scores.get(score) if row is not None and row.done else None
        if value is not None:
            found.setdefault(_without_seed(task.scan), []).append(value)
    return Mean.of([float(np.mean(values)) for values in found.values()])


def _without_seed(scan: TaskScan) -> TaskScan:
    if not isinstance(scan, SimulatedScan):
        return scan
    return replace(scan, simulation=replace(scan.simulation, seed=0))


def short(value: float, like: float | None = None) -> str:
    """Three decimals, four below 0.1, and no zero before the point; a larger number with three digits.

    With `like`, as many decimals as that number has.
    """
    size = abs(value if like is None else like)
    if size >= 1:
        return f"{value:.3g}"
    return f"{value:.{3 if round(size, 3) >= 0.1 else 4}f}".replace("0.", ".", 1)
