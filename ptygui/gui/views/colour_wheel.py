"""ColourWheel: the legend of complex numbers in colours, hue for phase and brightness for amplitude."""

from functools import cache

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QStyleOption, QWidget

from ptygui.figures.colours import complex_colours

_SIDE, _WORDS = 48, 190  # px of the wheel, and of the text next to it


class ColourWheel(pg.GraphicsWidget):
    """The legend of complex colours: phase around, amplitude outwards."""

    def __init__(self) -> None:
        super().__init__()
        self.levels, self.top = (0.0, 1.0), 1.0
        self.setFixedHeight(_SIDE + 6)
        self.setToolTip("Hue: phase, counter-clockwise from 0 at the right; brightness: amplitude")

    def set_levels(self, levels: tuple[float, float]) -> None:
        """Set the amplitudes that are dark and fully bright, as for colour bars; dark is always 0."""
        self.levels, self.top = levels, levels[1]
        self.update()

    def paint(self, painter: QPainter, _option: QStyleOption, widget: QWidget | None = None) -> None:
        """The wheel, and text next to it."""
        middle = self.rect().center()
        left, top = middle.x() - (_SIDE + _WORDS) / 2, middle.y() - _SIDE / 2
        painter.drawImage(QRectF(left, top, _SIDE, _SIDE), _wheel())
        if widget is not None:
            painter.setPen(widget.palette().windowText().color())
        words = QRectF(left + _SIDE + 6, top, _WORDS, _SIDE)
        text = f"hue: phase, 0 right, +π/2 up\nbright: amplitude {self.top:.3g}"
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


@cache
def _wheel() -> QImage:
    """The colours of all phases around, and of amplitudes from 0 to 1 outwards."""
    y, x = np.mgrid[1 : -1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    colours = complex_colours(x + 1j * y, 1.0)
    inside = (np.clip((1 - np.hypot(x, y)) * _SIDE / 2, 0, 1) * 255).astype(np.uint8)
    pixels = np.ascontiguousarray(np.dstack([colours, inside]))
    return QImage(pixels.tobytes(), _SIDE, _SIDE, 4 * _SIDE, QImage.Format.Format_RGBA8888).copy()
