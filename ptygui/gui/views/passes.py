"""PassesStrip: above the timeline's slider, a tick a recorded step, the passes of time travel, the pins."""

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QWidget

from ptygui.gui.views.canvas import CURVE, MARKER

HEIGHT = 18


class PassesStrip(QWidget):
    """The time t of each evaluation falls from left to right; each loop back in time is a tooth of it.

    Where there are more evaluations than pixels, the range of t at each pixel is filled.
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setToolTip("Ticks: recorded steps; teeth: passes of time travel; triangles: pinned steps (K)")
        self.times = np.empty(0)
        self.indices = np.empty(0)
        self.pins: list[int] = []
        self.index: int | None = None
        self.total = 1
        self._drawn: tuple | None = None
        self._pixmap = QPixmap()

    def show_plan(self, times: Sequence[int], total: int) -> None:
        """The times t of all evaluations in order; empty for methods without."""
        self.times, self.total = np.asarray(times, float), max(total, 1)
        self._drawn = None
        self.update()

    def show_frames(self, indices: Sequence[int], pins: Sequence[int]) -> None:
        """Which iterates are recorded, and which of them are pinned."""
        self.indices, self.pins = np.asarray(indices, float), sorted(pins)
        self.update()

    def show_index(self, index: int) -> None:
        """Mark the iterate that is shown."""
        self.index = index
        self.update()

    def x_of(self, index: float) -> float:
        """Where an iterate lies [px]."""
        return 4 + (self.width() - 8) * index / self.total

    def paintEvent(self, event):
        """Draw; the teeth are kept as a picture until size or plan change."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._teeth())
        ticks = QColor(self.palette().windowText().color())
        ticks.setAlpha(150)
        painter.setPen(QPen(ticks, 1))
        for x in np.unique(np.rint(self.x_of(self.indices))):
            painter.drawLine(int(x), HEIGHT - 4, int(x), HEIGHT)
        if self.index is not None and len(self.indices):
            painter.setPen(QPen(QColor(MARKER), 1))
            x = int(self.x_of(self.index))
            painter.drawLine(x, 0, x, HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(MARKER))
        for pin in self.pins:
            x = self.x_of(pin)
            painter.drawPolygon(QPolygonF([QPointF(x - 4, 0), QPointF(x + 4, 0), QPointF(x, 7)]))

    def _teeth(self) -> QPixmap:
        key = (self.width(), len(self.times), self.total, self.devicePixelRatioF())
        if key != self._drawn:
            self._drawn = key
            ratio = self.devicePixelRatioF()
            self._pixmap = QPixmap(int(self.width() * ratio), int(HEIGHT * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            if len(self.times) > 1:
                self._draw_teeth(QPainter(self._pixmap))
        return self._pixmap

    def _draw_teeth(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(CURVE)
        x = self.x_of(np.arange(1, len(self.times) + 1))
        y = 2 + (HEIGHT - 8) * (1 - self.times / max(self.times.max(), 1))
        if len(x) <= 3 * self.width():
            painter.setPen(QPen(colour, 1))
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x, y, strict=True)]))
        else:
            colour.setAlpha(160)
            column = x.astype(int)
            for place in np.unique(column):
                inside = y[column == place]
                painter.fillRect(QRectF(place, inside.min(), 1, max(1.0, np.ptp(inside))), colour)
        painter.end()
