"""Stripes: diagonal lines over part of a picture, as wide on the screen at every magnification."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QImage, QPainter

_EVERY, _LIGHT, _DARK = 9, 2, 2  # px of the screen: from stripe to stripe, and of its bright and dark line
_COLOURS = np.array([0x00000000, 0xC8C8C8C8, 0x8C000000], np.uint32)  # premultiplied: nothing, bright, dark


class Stripes(pg.GraphicsObject):
    """Drawn where a mask is True; the mask may be thinned, and spans an object of some shape."""

    def __init__(self, view: pg.ViewBox):
        super().__init__()
        self._mask: np.ndarray | None = None
        self._shape = (0, 0)
        self.setZValue(50)
        view.addItem(self, ignoreBounds=True)
        self.hide()

    def show_mask(self, mask: np.ndarray | None, shape: tuple[int, int]) -> None:
        """Take over a mask, shape (H', W'), of an object of a shape; None for none."""
        self.prepareGeometryChange()
        self._mask = mask if mask is not None and mask.any() else None
        self._shape = shape
        self.update()

    def boundingRect(self) -> QRectF:
        """Of the object."""
        return QRectF(0, 0, self._shape[1], self._shape[0])

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the stripes pixel by pixel of the screen: a brush would move with the object."""
        if self._mask is None:
            return
        seen, to_screen = self.boundingRect(), painter.worldTransform()
        box = self.getViewBox()
        if box is not None:
            seen &= box.viewRect()
        device = painter.device()
        ratio = 1.0 if device is None else device.devicePixelRatioF()  # pixels of the device for one of Qt
        area = to_screen.mapRect(seen)
        place = QRectF(area.topLeft() * ratio, area.size() * ratio).toAlignedRect()
        if place.isEmpty():
            return
        y, x = np.ogrid[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
        rows = self._places(y / ratio, to_screen.dy(), to_screen.m22(), 0)
        columns = self._places(x / ratio, to_screen.dx(), to_screen.m11(), 1)
        mask = self._mask[rows, columns]
        along = (x + y) % _EVERY
        kind = np.where(along < _LIGHT, 1, np.where(along < _LIGHT + _DARK, 2, 0)) * mask
        pixels = _COLOURS[kind]
        wide, high = place.width(), place.height()
        image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied)
        painter.save()
        painter.resetTransform()
        painter.drawImage(QRectF(QPointF(place.topLeft()) / ratio, place.size().toSizeF() / ratio), image)
        painter.restore()

    def _places(self, on_screen: np.ndarray, begin: float, scale: float, axis: int) -> np.ndarray:
        """Rows or columns of the mask at pixels of the screen."""
        if self._mask is None:
            return np.zeros(0, int)
        size, whole = self._mask.shape[axis], max(self._shape[axis], 1)
        places = (on_screen - begin) / (scale or 1.0) * (size / whole)
        return places.astype(int).clip(0, size - 1)
