"""SweepPlot: scores of the runs of sweeps over their overlap, one dot per run, and a threshold line."""

from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QWidget

from ptygui.experiment.overlap_limit import SCORES, Curve, Place, Score, lowest
from ptygui.experiment.run import Run
from ptygui.gui.views.canvas import MARKER, Canvas, bare_plot


class SweepPlot(Canvas):
    """A line through the means of each curve; hollow dots are doubtful, dotted lines mark crossings.

    The receiver of a dragged threshold draws it; a click on a dot chooses its run. Scores that are better
    when smaller have a logarithmic axis.
    """

    threshold_dragged = pyqtSignal(float)
    run_pointed = pyqtSignal(object)  # Run under the mouse or the ring, or None
    run_chosen = pyqtSignal(Run)

    def __init__(self, parent: QWidget | None = None):
        super().__init__("scores over overlap", parent)
        self.dots: list[tuple[float, float, Run]] = []  # as drawn; the arrow keys go through them
        self._score, self._threshold = SCORES[0], SCORES[0].threshold
        self._curves: Sequence[tuple[str, Curve]] = ()
        self._at: int | None = None
        self._drawn: list[pg.GraphicsObject] = []
        self._lows: list[tuple[pg.InfiniteLine, Curve]] = []
        self.plot = bare_plot()
        self.addItem(self.plot)
        self.plot.getAxis("left").setWidth(52)
        self.line = pg.InfiniteLine(angle=0, movable=True, pen=pg.mkPen(MARKER, width=1.5))
        self.line.setHoverPen(pg.mkPen(MARKER, width=3))
        self.plot.addItem(self.line, ignoreBounds=True)
        self.ring = pg.ScatterPlotItem(symbol="o", size=16, pen=pg.mkPen(MARKER, width=2), brush=None)
        self.plot.addItem(self.ring, ignoreBounds=True)
        self.line.sigPositionChanged.connect(self._drag)

    def show_score(self, score: Score) -> None:
        """Set the scale and name of another score; its curves follow with `show_curves`."""
        self._score = score
        self.plot.setLogMode(y=score.falls)
        self.plot.setLabel("left", score.name + (" of magnitude" if score.name == "SSIM" else ""))

    def show_threshold(self, value: float) -> None:
        """Put the line at a score, and mark where each curve crosses it."""
        self._threshold = value
        self.line.blockSignals(True)
        self.line.setValue(np.log10(value) if self._score.falls else value)
        self.line.blockSignals(False)
        self._mark()

    def show_curves(
        self,
        curves: Sequence[tuple[str, Curve]],
        axis: str,
        x_of: Callable[[Place], float],
        doubtful: Container[Run],
    ) -> None:
        """Draw curves in their colours over an axis, which has a label and a value for each place."""
        for item in self._drawn:
            self.plot.removeItem(item)
        self._drawn, self.dots, self._at, self._lows = [], [], None, []
        self._curves, self._x_of = curves, x_of
        self.ring.setData([], [])
        self.plot.setLabel("bottom", axis)
        for colour, curve in curves:
            self._draw_means(colour, curve)
            self._draw_dots(colour, curve, doubtful)
            low = pg.InfiniteLine(angle=90, pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DotLine))
            self._add(low, ignoreBounds=True)
            self._lows.append((low, curve))
        self._show_range()
        self._mark()
        self.restyle()

    def walk(self, by: int) -> None:
        """Move the ring by a number of dots (negative: backwards), cyclically."""
        if self.dots:
            at = -1 if self._at is None and by > 0 else 0 if self._at is None else self._at
            self._at = (at + by) % len(self.dots)
            x, y, run = self.dots[self._at]
            self.ring.setData([x], [y])
            self.run_pointed.emit(run)

    def choose(self) -> bool:
        """Request the run in the ring; returns whether there is one."""
        if self._at is not None:
            self.run_chosen.emit(self.dots[self._at][2])
        return self._at is not None

    def _drag(self) -> None:
        value = self.line.value()
        self.threshold_dragged.emit(float(10**value if self._score.falls else value))

    def _mark(self) -> None:
        """Mark where each curve crosses the threshold."""
        for item, curve in self._lows:
            place = lowest(curve, self._score, self._threshold).place
            item.setVisible(place is not None)
            if place is not None:
                item.setValue(self._x_of(place))

    def _draw_means(self, colour: str, curve: Curve) -> None:
        """The mean over the seeds, and a band from the minimum to the maximum."""
        scores = [place.values(self._score) for place in curve.places]
        known = np.array([np.isfinite(values).any() for values in scores], dtype=bool)
        if not known.any():
            return
        x = np.array([self._x_of(place) for place in curve.places])[known]
        mean, low, high = (
            np.array([of(values[np.isfinite(values)]) for values, k in zip(scores, known, strict=True) if k])
            for of in (np.mean, np.min, np.max)
        )
        if curve.seeds > 1:
            edges = [pg.PlotDataItem(x, y, pen=None) for y in (low, high)]
            shade = pg.mkColor(colour)
            shade.setAlpha(50)
            for edge in edges:
                self._add(edge)
            self._add(pg.FillBetweenItem(*edges, brush=shade))
        self._add(pg.PlotDataItem(x, mean, pen=pg.mkPen(colour, width=1.8)))

    def _draw_dots(self, colour: str, curve: Curve, doubtful: Container[Run]) -> None:
        dots, log = [], self._score.falls
        for place in curve.places:
            for run, score in zip(place.runs, place.values(self._score), strict=True):
                if np.isfinite(score) and (score > 0 or not log):
                    dots.append((self._x_of(place), float(np.log10(score)) if log else float(score), run))
        spots = pg.ScatterPlotItem(
            x=[d[0] for d in dots], y=[d[1] for d in dots], data=[d[2] for d in dots], symbol="o", size=8,
            pen=pg.mkPen(colour, width=1.8), hoverable=True, hoverSize=12, tip=None,
            brush=[None if d[2] in doubtful else pg.mkBrush(colour) for d in dots],
        )  # fmt: skip
        spots.sigClicked.connect(lambda _, points, *__: self.run_chosen.emit(points[0].data()))
        spots.sigHovered.connect(
            lambda _, points, *__: self.run_pointed.emit(points[0].data() if len(points) else None)
        )
        self._add(spots)
        self.dots += dots

    def _add(self, item: pg.GraphicsObject, **settings: Any) -> None:
        if isinstance(item, pg.PlotDataItem):
            item.setLogMode(False, self._score.falls)
        self.plot.addItem(item, **settings)
        self._drawn.append(item)

    def _show_range(self) -> None:
        """Fit the range to all dots and the threshold, with a margin."""
        y = [dot[1] for dot in self.dots] + [self.line.value()]
        x = [dot[0] for dot in self.dots] or [15.0, 75.0]
        if not self.dots:  # a decade either way, or the whole range of the score
            y += [y[0] - 1, y[0] + 1] if self._score.falls else [0.0, 1.0]
        room = max(0.06 * (max(y) - min(y)), 0.03)
        self.plot.setYRange(min(y) - room, max(y) + room, padding=0)
        self.plot.setXRange(min(x), max(x), padding=0.04)
