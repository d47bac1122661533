"""PassesStrip: above the timeline's slider: a tick per recorded step, the passes of time travel, the pins."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QWidget

from ptygui.experiment.run import Run
from ptygui.gui.views.canvas import CURVE, MARKER
from ptygui.gui.views.step_slider import StepSlider

HEIGHT = 18
MOST = 200_000  # maximum number of evaluations for which the passes are drawn


class PassesStrip(QWidget):
    """The time t of each evaluation, from left to right: each loop of time travel is a tooth.

    The scale is that of the slider below. Where there are more evaluations than pixels, the range at
    each pixel is filled.
    """

    def __init__(self, slider: StepSlider, parent: QWidget | None = None):
        super().__init__(parent)
        self._slider = slider  # below, of the same width
        self.setFixedHeight(HEIGHT)
        self.setToolTip("Ticks: recorded steps; teeth: passes of time travel; triangles: pinned steps (K)")
        self.evaluations = self.times = np.empty(0)
        self.indices = np.empty(0)
        self.pins: list[int] = []
        self.index: int | None = None
        self._drawn: tuple[Any, ...] | None = None
        self._pixmap = QPixmap()

    def show_run(self, run: Run | None) -> None:
        """The times t of all evaluations in order, for methods that have them."""
        evaluations, times = ([], []) if run is None else evaluations_of(run)
        self.evaluations, self.times = np.asarray(evaluations, float), np.asarray(times, float)
        self._drawn = None
        self.update()

    def show_frames(self, indices: Sequence[int], pins: Iterable[int]) -> None:
        """Set which iterates are recorded, and which of them are pinned."""
        self.indices, self.pins = np.asarray(indices, float), sorted(pins)
        self.update()

    def show_index(self, index: int) -> None:
        """Mark the shown iterate."""
        self.index = index
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Jump to the step that is clicked."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._slider.isEnabled():
            self._slider.jump(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag through the steps."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton and self._slider.isEnabled():
            self._slider.jump(event.position().x())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw; the teeth are kept as a picture until size or plan change."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._teeth())
        ticks = QColor(self.palette().windowText().color())
        ticks.setAlpha(150)
        painter.setPen(QPen(ticks, 1))
        for x in np.unique(np.rint(self._slider.x_of(self.indices))):
            painter.drawLine(int(x), HEIGHT - 4, int(x), HEIGHT)
        if self.index is not None and len(self.indices):
            painter.setPen(QPen(QColor(MARKER), 1))
            x = round(self._slider.x_of(self.index))
            painter.drawLine(x, 0, x, HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(MARKER))
        for pin in self.pins:
            x = self._slider.x_of(pin) + 0.5  # the centre of that pixel
            painter.drawPolygon(QPolygonF([QPointF(x - 4, 0), QPointF(x + 4, 0), QPointF(x, 7)]))

    def _teeth(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        size = self.width(), ratio, self._slider.minimum(), self._slider.maximum()
        if size != self._drawn:
            self._drawn = size
            self._pixmap = QPixmap(int(self.width() * ratio), int(HEIGHT * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            if len(self.times) > 1:
                self._draw_teeth(QPainter(self._pixmap))
        return self._pixmap

    def _draw_teeth(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(CURVE)
        x = self._slider.x_of(self.evaluations)
        back = self.times - np.minimum.accumulate(self.times)
        y = 2 + (HEIGHT - 8) * (1 - back / max(back.max(), 1))
        if len(x) <= 3 * self.width():
            painter.setPen(QPen(colour, 1))
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x, y, strict=True)]))
        else:
            colour.setAlpha(160)
            places, first = np.unique(x.astype(int), return_index=True)  # x never decreases
            tops, bottoms = (extreme.reduceat(y, first) for extreme in (np.minimum, np.maximum))
            for place, top, bottom in zip(places, tops, bottoms, strict=True):
                painter.fillRect(QRectF(place, top, 1, max(1.0, bottom - top)), colour)
        painter.end()


@runtime_checkable
class Planned(Protocol):
    """A method whose network evaluations are planned before it runs, at times t of its chain."""

    def plan(self) -> list[tuple[int, int, bool]]:
        """As `DPS.plan`: t first."""

    def place_after(self, state: dict[str, Any]) -> int:
        """The index in the plan at which a run continues from the state of a step."""


def evaluations_of(run: Run) -> tuple[Sequence[int], Sequence[int]]:
    """Iterates, and the time t of x_t at each: as planned, and as recorded while another plan was in use."""
    method, last = run.method, run.last
    if not isinstance(method, Planned) or method.total > MOST:  # its levels are unknown before it runs
        return [], []
    times = [t for t, _, _ in method.plan()]
    place = method.place_after(last.state) if last is not None and last.state else 0
    if last is None or not place or place == last.index:
        return range(1, len(times) + 1), times
    numbers = run.history.numbers
    recorded = [(k, t) for k, t in zip(numbers["index"], numbers["t"], strict=True) if t is not None]
    indices, before = zip(*recorded, strict=True) if recorded else ((), ())
    rest = range(last.index + 1, run.total + 1)
    return [*indices, *rest], [*before, *times[place:]]
