"""Line: two handles with a line between them, the same in every picture."""

from collections.abc import Iterable
from functools import partial

import pyqtgraph as pg
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from ptygui.gui.views.pane import Pane

COLOUR = "#ff40c0"


class Line(QObject):
    """A line from `start` to `end`, each row and column of a pixel's centre; its handles can be dragged."""

    changed = pyqtSignal()

    def __init__(self, panes: Iterable[Pane], parent: QWidget | None = None):
        super().__init__(parent)
        self.start, self.end = (0.0, 0.0), (0.0, 0.0)
        self.handles, self._curves, self._moving = [], [], False
        for pane in panes:
            pair = [pg.TargetItem(size=11, symbol="o", pen=COLOUR, hoverPen="#ffffff") for _ in range(2)]
            curve = pg.PlotCurveItem(pen=pg.mkPen(COLOUR, width=1.5))
            for place, handle in enumerate(pair):
                handle.sigPositionChanged.connect(partial(self._dragged, place))
                pane.vb.addItem(handle, ignoreBounds=True)
            pane.vb.addItem(curve, ignoreBounds=True)
            self.handles.append(pair)
            self._curves.append(curve)
        self.set_visible(False)

    def set_visible(self, on: bool) -> None:
        """Show it in all pictures, or in none."""
        for pair, curve in zip(self.handles, self._curves, strict=True):
            for item in (*pair, curve):
                item.setVisible(on)

    def set_ends(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw it from one point to another in all pictures."""
        if (start, end) == (self.start, self.end):
            return
        self.start, self.end, self._moving = start, end, True
        x, y = ([point[k] + 0.5 for point in (start, end)] for k in (1, 0))
        for pair, curve in zip(self.handles, self._curves, strict=True):
            curve.setData(x, y)
            for handle, *at in zip(pair, x, y, strict=True):
                handle.setPos(*at)
        self._moving = False
        self.changed.emit()

    def _dragged(self, place: int, handle: pg.TargetItem) -> None:
        if not self._moving:
            at = (handle.pos().y() - 0.5, handle.pos().x() - 0.5)
            self.set_ends(*((at, self.end) if place == 0 else (self.start, at)))
