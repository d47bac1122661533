"""LossView: the progress of a training: its loss, and the error on held-out crops."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from ptygui.gui.views.canvas import CURVE, MARKER, Canvas, bare_plot, loosen_title
from ptygui.gui.widgets.style import SMALL
from ptygui.training.prior import TrainingProgress

LEAST = 0.02  # height of the axis, as a power of ten
MOST = 4000  # maximum number of points drawn; beyond, two of four are kept


class LossView(Canvas):
    """Two curves over the steps; the held-out error is the mean over all noise levels."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__("loss of the training", parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plots = []
        for column, title in enumerate(("training loss", "held-out error, mean over noise levels")):
            plot = bare_plot()
            self.addItem(plot, 0, column)
            loosen_title(plot)
            plot.setTitle(title, size=f"{SMALL}px")
            plot.setLogMode(y=True)
            plot.setLimits(minYRange=LEAST)  # numbers that differ in their fifth digit would not fit
            plot.getAxis("left").setWidth(46)
            plot.setLabel("bottom", "step")
            self.plots.append(plot)
        self.share_columns(len(self.plots), len(self.plots))
        self.trained = self.plots[0].plot(pen=pg.mkPen(CURVE, width=1.5))
        self.held_out = self.plots[1].plot(
            pen=pg.mkPen(MARKER, width=1.5), symbol="o", symbolSize=5, symbolBrush=MARKER, symbolPen=None
        )
        self.clear_curves()
        self.restyle()

    def clear_curves(self) -> None:
        """Clear the curves for another training."""
        self._losses: list[tuple[int, float]] = []
        self._errors: list[tuple[int, float]] = []
        self._draw()

    def add(self, steps: list[TrainingProgress]) -> None:
        """Add further steps."""
        for step in steps:
            if np.isfinite(step.loss):
                self._losses.append((step.step, step.loss))
            if step.validation:
                error = float(np.mean(list(step.validation.values())))
                if not self._errors or self._errors[-1][1] != error:
                    self._errors.append((step.step, error))
        while len(self._losses) > MOST:
            self._losses = halved(self._losses)
        self._draw()

    def _draw(self) -> None:
        self.trained.setData(np.reshape(self._losses, (-1, 2)))
        self.held_out.setData(np.reshape(self._errors, (-1, 2)))


def halved(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Half of the points of a curve: the first, the last, and the extremes of each four between them."""
    kept = points[:1]
    for at in range(1, len(points) - 1, 4):
        four = points[at : min(at + 4, len(points) - 1)]
        ends = {min(four, key=_value), max(four, key=_value)}
        kept += sorted(ends)
    return kept + points[1:][-1:]


def _value(point: tuple[int, float]) -> float:
    return point[1]
