"""Complex numbers as colours: hue for phase, brightness for amplitude; and the wheel that explains them."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage

_HUES = 360
_SIDE, _WORDS = 48, 190  # px of the wheel, and of the words beside it


def _hues() -> np.ndarray:
    """Red at 0, yellow, green, cyan at half a turn, blue, magenta: HSV at full saturation."""
    turn = np.arange(_HUES) / _HUES * 6
    return 255 * np.clip(np.stack([abs(turn - 3) - 1, 2 - abs(turn - 2), 2 - abs(turn - 4)], 1), 0, 1)


_COLOURS = _hues().astype(np.float32)


def complex_colours(obj: np.ndarray, top: float) -> np.ndarray:
    """Colours of complex numbers, uint8 of shape (H, W, 3); amplitudes from `top` on are fully bright."""
    hue = np.rint(np.angle(obj) * (_HUES / (2 * np.pi))).astype(np.int32) % _HUES
    value = np.clip(np.abs(obj) / max(top, 1e-12), 0, 1).astype(np.float32)
    return (_COLOURS[hue] * value[..., None]).astype(np.uint8)


class ColourWheel(pg.GraphicsWidget):
    """The legend of complex colours: phase around, amplitude outwards."""

    def __init__(self):
        super().__init__()
        self.top = 1.0
        self.setFixedHeight(_SIDE + 6)
        self.setToolTip("Hue: phase, counter-clockwise from 0 at the right; brightness: amplitude")
        y, x = np.mgrid[1 : -1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
        colours = complex_colours(x + 1j * y, 1.0)
        inside = (np.clip((1 - np.hypot(x, y)) * _SIDE / 2, 0, 1) * 255).astype(np.uint8)
        self._pixels = np.ascontiguousarray(np.dstack([colours, inside]))
        self._image = QImage(self._pixels.data, _SIDE, _SIDE, 4 * _SIDE, QImage.Format.Format_RGBA8888)

    def set_levels(self, levels: tuple[float, float]) -> None:
        """The amplitudes that are dark and fully bright, as colour bars have it; dark is always 0."""
        self.top = levels[1]
        self.update()

    def paint(self, painter, _option, widget=None):
        """The wheel, and words beside it."""
        middle = self.rect().center()
        left, top = middle.x() - (_SIDE + _WORDS) / 2, middle.y() - _SIDE / 2
        painter.drawImage(QRectF(left, top, _SIDE, _SIDE), self._image)
        if widget is not None:
            painter.setPen(widget.palette().windowText().color())
        words = QRectF(left + _SIDE + 6, top, _WORDS, _SIDE)
        text = f"hue: phase, 0 right, +π/2 up\nbright: amplitude {self.top:.3g}"
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
