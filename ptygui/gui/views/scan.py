"""ScanView: the probe's footprints on the object, and how often each point is lit."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QWidget

from ptygui.figures.colours import GREY, REDUNDANCY
from ptygui.figures.levels import span, thinned
from ptygui.gui.model.footprints import Footprints
from ptygui.gui.views.canvas import CURVE, MARKER, Canvas
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.pane import Pane
from ptygui.gui.widgets.colour_maps import colour_map

OUTLINES = 500  # positions up to which each footprint is outlined
POINTS = 5000  # positions up to which each centre is marked
DROPPED = "#c9803a"  # positions held out
SIDE = 384  # pixels drawn per side of the object
NO_SCAN = "No scan yet: the probe's footprints are drawn here, and how often each point is lit."


class ScanView(Canvas):
    """First the object under discs of the probe's effective area, then their number over each point."""

    place_clicked = pyqtSignal(float, float)  # row and column of a click [px]

    def __init__(self, parent: QWidget | None = None):
        self._shape: tuple[int, int] | None = None
        self._zoomed = False
        super().__init__("footprints and redundancy map", parent)
        self.ci.layout.setContentsMargins(2, 7, 2, 7)  # room for the first and last number of the colour bar
        self.outlines = pg.PlotCurveItem(pen=pg.mkPen(CURVE, width=1), connect="finite")
        self.centres = pg.ScatterPlotItem(size=3, pen=None, brush=pg.mkBrush(CURVE))
        self.dropped = pg.ScatterPlotItem(size=4, pen=None, brush=pg.mkBrush(DROPPED))
        self.marked = pg.PlotCurveItem(pen=pg.mkPen(MARKER, width=2))
        self.panes = first, second = Pane(colour_map(GREY)), Pane()
        self.object, self.redundancy = first.image, second.image
        for column, pane in enumerate(self.panes):
            pane.vb.sigRangeChangedManually.connect(self._keep_zoom)
            self.addItem(pane, 0, column)
        for item in (self.dropped, self.outlines, self.centres, self.marked):
            first.vb.addItem(item)
        second.vb.setXLink(first.vb)
        second.vb.setYLink(first.vb)
        self.bar = ColourBar(REDUNDANCY, (0, 1), "vertical", label="times lit")
        self.bar.colour([self.redundancy])
        self.bar.setOpacity(0)  # until there is a map; a hidden item gets no place in the layout
        self.addItem(self.bar, 0, 2)
        self._stacked = False
        self._drawn_object: np.ndarray | None = None
        self._footprints: Footprints | None = None
        self.scene().sigMouseClicked.connect(self._clicked)
        self.setToolTip(
            "Discs of the probe's effective area over the object, and how many of them cover each point, "
            "dark where there is none; orange dots are positions that a thinned scan holds out. A click "
            "shows the nearest diffraction pattern, a double click the whole object"
        )
        self.say(NO_SCAN)
        self.restyle()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Put the maps side by side, or stacked if that makes them larger."""
        super().resizeEvent(event)
        stacked = self.height() > self.width()
        if self.isVisible() and stacked != self._stacked:
            self._stacked = stacked
            for item in (self.panes[1], self.bar):
                self.ci.removeItem(item)
            self.addItem(self.panes[1], *((1, 0) if stacked else (0, 1)))
            self.addItem(self.bar, *((0, 1, 2, 1) if stacked else (0, 2)))
        if not self._zoomed:  # after the layout is done; otherwise linked views of fixed aspect only grow
            QTimer.singleShot(0, self._refit)

    def show_footprints(self, footprints: Footprints) -> None:
        """Draw a set of positions."""
        f = self._footprints = footprints
        self.say("")
        self.marked.clear()
        self._show_object(f.obj)
        counts = f.sampling.counts
        most = max(2, round(float(counts.max())))
        self.redundancy.setImage(counts, autoLevels=False, levels=(0, most))
        self.redundancy.setRect(0, 0, f.shape[1], f.shape[0])
        self.bar.setOpacity(1)
        self.bar.set_levels((0, most))
        self.bar.axis.setTicks([[(n, str(n)) for n in _whole_ticks(most)]])
        points = f.centres if len(f.centres) <= POINTS else f.centres[:0]
        self.centres.setData(points[:, 1], points[:, 0])
        points = f.dropped if len(f.dropped) <= POINTS else f.dropped[:0]
        self.dropped.setData(points[:, 1], points[:, 0])
        outlined = f.centres if len(f.centres) <= OUTLINES else f.centres[:0]
        self.outlines.setData(*_circles(outlined, f.sampling.diameter / 2))
        if f.shape != self._shape:
            self._shape = f.shape
            self._fit()

    def mark_place(self, row: float, column: float) -> None:
        """Outline the footprint of a probe with this centre [px]."""
        if self._footprints is not None:
            x, y = _circles(np.array([[row, column]]), self._footprints.sampling.diameter / 2)
            self.marked.setData(x[:-1], y[:-1])

    def _fit(self) -> None:
        self._zoomed = False
        if self._shape is not None:
            rows, columns = self._shape
            for pane in self.panes:
                pane.show_range((0, columns), (0, rows), padding=0.02)

    def _refit(self) -> None:
        if self.isVisible() and not self._zoomed:  # after closing, its panes no longer exist
            self._fit()

    def _keep_zoom(self) -> None:
        self._zoomed = True

    def _clicked(self, event: Any) -> None:
        f = self._footprints
        if f is None or event.button() != Qt.MouseButton.LeftButton:
            return
        for pane in self.panes:
            if pane.vb.sceneBoundingRect().contains(event.scenePos()):
                if event.double():
                    self._fit()
                point = pane.vb.mapSceneToView(event.scenePos())
                self.place_clicked.emit(point.y(), point.x())

    def _show_object(self, obj: np.ndarray | None) -> None:
        if obj is self._drawn_object:
            return
        self._drawn_object = obj
        if obj is None:
            self.object.clear()
            return
        picture = np.abs(thinned(obj, SIDE)).astype(np.float32)
        self.object.setImage(picture, autoLevels=False, levels=span(picture))
        self.object.setRect(0, 0, obj.shape[1], obj.shape[0])


def _whole_ticks(most: int) -> range:
    """About five whole numbers from 0 on."""
    return range(0, most + 1, next(s for s in (1, 2, 5, 10, 20, 50, 100, most) if most / s <= 5))


def _circles(centres: np.ndarray, radius: float, points: int = 25) -> tuple[np.ndarray, np.ndarray]:
    angle = np.append(np.linspace(0, 2 * np.pi, points), np.nan)
    x = centres[:, 1, None] + radius * np.cos(angle)
    y = centres[:, 0, None] + radius * np.sin(angle)
    return x.ravel(), y.ravel()
