"""Little pictures for dialogs: an array in colours, and points."""

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from ptygui.figures.colours import FAR_FIELD, coloured

_CAPTION = 18  # px


class Little(QWidget):
    """A square with a caption above."""

    def __init__(self, caption: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.caption = caption
        self.setMinimumSize(150, 150 + _CAPTION)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(caption)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the caption, a frame, and what is in it."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        text = painter.fontMetrics().elidedText(self.caption, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, 0, self.width(), _CAPTION), flags, text)
        side = min(self.width(), self.height() - _CAPTION) - 1
        box = QRectF((self.width() - side) / 2, _CAPTION, side, side)
        painter.fillRect(box, self.palette().base())
        self.draw(painter, box)
        painter.setPen(self.palette().mid().color())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw inside a box."""


class LittlePicture(Little):
    """An array of real numbers; of counts, the logarithm."""

    def __init__(self, caption: str, parent: QWidget | None = None):
        super().__init__(caption, parent)
        self._image: QImage | None = None

    def show_values(self, values: np.ndarray | None) -> None:
        """Show an array of shape (rows, columns), or nothing."""
        self._image = None
        if values is not None and values.size:
            low = float(values.min())
            shown = np.log1p(values) if low >= 0 and values.max() > 20 else values
            levels = float(shown.min()), float(shown.max())
            levels = levels if levels[1] > levels[0] else (levels[0], levels[0] + 1)
            self._image = image_of(coloured(shown, levels, FAR_FIELD))
        self.update()

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw the array."""
        if self._image is not None:
            draw_image(painter, self._image, box)


class LittlePoints(Little):
    """Points at rows and columns, joined in their order."""

    def __init__(self, caption: str, parent: QWidget | None = None):
        super().__init__(caption, parent)
        self._points: np.ndarray | None = None

    def show_points(self, points: np.ndarray | None) -> None:
        """Show points, shape (K, 2) of row and column, or nothing."""
        self._points = points
        self.update()

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw the points within their span, rows downwards."""
        if self._points is None or not len(self._points) or not np.isfinite(self._points).all():
            return
        low, spans = self._points.min(0), np.ptp(self._points, axis=0)
        inner = box.adjusted(8, 8, -8, -8)
        scale = inner.width() / max(spans.max(), 1e-12)
        corner = np.array([inner.center().x(), inner.center().y()]) - scale * spans[::-1] / 2
        where = scale * (self._points - low)[:, ::-1] + corner
        dots = [QPointF(x, y) for x, y in where[:5000]]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().mid().color())
        painter.drawPolyline(dots)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().highlight())
        for dot in dots:
            painter.drawEllipse(dot, 2.2, 2.2)


def image_of(pixels: np.ndarray) -> QImage:
    """Colours, uint8 (rows, columns, 3), as an image of its own."""
    pixels = np.ascontiguousarray(pixels)
    rows, columns, _ = pixels.shape
    return QImage(pixels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


def draw_image(painter: QPainter, image: QImage, box: QRectF) -> QRectF:
    """Draw an image in the middle of a box, as large as fits and not stretched; where it is."""
    size = image.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(0, 0, max(1, size.width()), max(1, size.height()))
    place.moveCenter(box.center())
    painter.drawImage(place, image)
    return place
