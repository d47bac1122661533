"""Mean and deviation of a score over the rows of a cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ptygui.tasks.experiments.cells import Cell
from ptygui.tasks.row import Row


@dataclass(frozen=True)
class Mean:
    """Mean and standard deviation of a score over so many rows; of none, the mean is nan."""

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
        return short(self.mean) + (f" ± {short(self.deviation)}" if self.count > 1 else "")


def scores_of(cell: Cell, rows: Mapping[str, Row], score: str) -> Mean:
    """A score of a cell, over the rows that are there."""
    done = [rows[task.key] for task in cell.tasks if task.key in rows and rows[task.key].done]
    found = [row.scores.get(score) for row in done]
    return Mean.of([value for value in found if value is not None])


def short(value: float) -> str:
    """Three decimals and no zero before the point; a larger number with three digits."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3g}"
