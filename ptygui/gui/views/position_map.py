"""PositionMap: the positions of a scan as dots in the colours of a number, with arrows where they moved."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QWidget

from ptygui.figures.colours import AMPLITUDE, coloured
from ptygui.figures.levels import Levels
from ptygui.figures.ticks import round_below
from ptygui.gui.views.canvas import BARS, EDGE, MARKER, Canvas
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.pane import Pane

SHADES = 64  # colours of the dots
SMALLEST, LARGEST = 3.0, 15.0  # diameters of a dot [px of the screen]
FILLED = 0.55  # diameter of a dot over the distance of neighbours
ARROW = "#e0407a"  # readable on dark and light backgrounds, and over the colours of the dots
REACH = 0.8  # length of a long arrow over the distance of neighbours
HEAD = 0.3  # length of the strokes of an arrow's head over that of the arrow


class PositionMap(Canvas):
    """Dots at the probe's centre, row 0 on top; needs no window. A click asks for the nearest pattern.

    Attributes
    ----------
    magnified : float
        Length of an arrow over the distance that it stands for.
    """

    position_clicked, position_hovered = pyqtSignal(int), pyqtSignal(int)  # hovered: -1 for none

    def __init__(self, name: str, label: str, parent: QWidget | None = None):
        self._points, self._spacing, self._zoomed = np.empty((0, 2)), 1.0, False  # used while Qt sets up
        super().__init__(name, parent)
        self.magnified = 0.0
        self.values: np.ndarray | None = None
        self.pane = Pane()
        self.bar = ColourBar(AMPLITUDE, (0, 1), "vertical", label=label)
        table = coloured(np.arange(SHADES)[None], (0, SHADES - 1), AMPLITUDE)[0]
        self._brushes = np.array([pg.mkBrush(*colour.tolist()) for colour in table], object)
        self.dots = pg.ScatterPlotItem(size=SMALLEST, pen=None)
        self.arrows = pg.PlotCurveItem(pen=pg.mkPen(ARROW, width=1.5), connect="pairs")
        self.marked = pg.ScatterPlotItem(symbol="o", size=18, pen=pg.mkPen(MARKER, width=2), brush=None)
        for item in (self.dots, self.arrows, self.marked):
            self.pane.vb.addItem(item, ignoreBounds=True)
        self.ci.layout.setContentsMargins(EDGE, BARS, EDGE, BARS)
        self.addItem(self.pane, 0, 0)
        self.addItem(self.bar, 0, 1)
        self.pane.vb.sigRangeChanged.connect(self._fit_dots)
        self.pane.vb.sigRangeChangedManually.connect(self._keep_zoom)
        self.scene().sigMouseClicked.connect(self._clicked)
        self._moved = pg.SignalProxy(
            self.scene().sigMouseMoved, rateLimit=30, slot=self._hovered, threadSafe=False
        )
        self.restyle()

    def show_points(self, points: np.ndarray) -> None:
        """Show positions, (K, 2) rows and columns [px]."""
        self._points, self._spacing, self.values = points, _spacing(points), None
        self.dots.setData(points[:, 1], points[:, 0], brush=self._brushes[SHADES // 2])
        self.arrows.setData([], [])
        self.marked.setData([], [])
        self.magnified = 0.0
        self._fit()

    def show_values(self, values: np.ndarray | None, levels: Levels = (0, 1)) -> None:
        """Colour the dots by a number each, between these levels; all alike if there is none."""
        self.values = values
        self.bar.setOpacity(values is not None)  # a hidden item gets no place in the layout
        if values is None:
            self.dots.setBrush(self._brushes[SHADES // 2])
            return
        self.bar.set_levels(levels)
        shades = (values - levels[0]) / (levels[1] - levels[0]) * (SHADES - 1)
        self.dots.setBrush(self._brushes[np.nan_to_num(shades).clip(0, SHADES - 1).round().astype(int)])

    def show_arrows(self, moved: np.ndarray | None) -> None:
        """Draw how far positions moved, (K, 2) [px], magnified so that most arrows reach no neighbour."""
        if moved is None or not len(moved):
            self.arrows.setData([], [])
            self.magnified = 0.0
            return
        long = float(np.percentile(np.hypot(*moved.T), 95))
        self.magnified = max(1.0, round_below(REACH * self._spacing / long)) if long else 0.0
        begin, along = self._points, self.magnified * moved
        across = np.stack((-along[:, 1], along[:, 0]), 1)
        end = begin + along
        wings = [end - HEAD * (along + side * 0.6 * across) for side in (1, -1)]
        strokes = np.stack((begin, end, end, wings[0], end, wings[1]), 1).reshape(-1, 2)
        self.arrows.setData(strokes[:, 1], strokes[:, 0])

    def mark(self, place: int | None) -> None:
        """Encircle a position."""
        at = self._points[:0] if place is None else self._points[place : place + 1]
        self.marked.setData(at[:, 1], at[:, 0])

    def nearest(self, row: float, column: float) -> int:
        """Index of the position nearest to a point."""
        return int(np.hypot(*(self._points - (row, column)).T).argmin())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep all positions in view, unless the user zoomed."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self._refit)  # after the layout is done

    def _refit(self) -> None:
        if self.isVisible() and not self._zoomed:  # after closing, its pane no longer exists
            self._fit()

    def _fit(self) -> None:
        self._zoomed = False
        if len(self._points):
            low, high = self._points.min(0) - self._spacing, self._points.max(0) + self._spacing
            self.pane.show_range((low[1], high[1]), (low[0], high[0]))
            self._fit_dots()

    def _fit_dots(self, *_: object) -> None:
        """Let the dots leave room between neighbours at the present zoom."""
        pixel = self.pane.vb.viewPixelSize()[0]
        size = min(max(FILLED * self._spacing / max(pixel, 1e-9), SMALLEST), LARGEST)
        if len(self._points) and abs(size - self.dots.opts["size"]) > 0.3:
            self.dots.setSize(size)

    def _keep_zoom(self) -> None:
        self._zoomed = True

    def _at(self, scene: Any) -> int | None:
        if not len(self._points) or not self.pane.vb.sceneBoundingRect().contains(scene):
            return None
        point = self.pane.vb.mapSceneToView(scene)
        return self.nearest(point.y(), point.x())

    def _clicked(self, event: Any) -> None:
        place = self._at(event.scenePos())
        if place is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self._fit()
        self.position_clicked.emit(place)

    def _hovered(self, event: Any) -> None:
        place = self._at(event[0])
        self.position_hovered.emit(-1 if place is None else place)


def _spacing(points: np.ndarray) -> float:
    """About the distance of neighbours, by the area that the points fill or the length of their line [px]."""
    spans = np.ptp(points, 0)
    return max(float(np.sqrt(spans.prod() / len(points))), float(spans.max()) / len(points), 1.0)
