"""ScaleBar: a round length drawn in the corner of a picture; in pixels if their size is unknown."""

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from ptygui.figures.scale import scale_bar

_MARGIN, _PAD, _THICK = 8.0, 4.0, 3.0  # px on the screen


class ScaleBar(pg.GraphicsObject):
    """In the lower left corner of the visible part of a picture; white on dark, readable on any picture."""

    def __init__(self, view: pg.ViewBox):
        super().__init__(view)
        self.view, self.text = view, ""
        self.pixel_size_m: float | None = None
        self.shape: tuple[int, int] | None = None
        self.pixels = 0.0  # length in pixels of the object
        self._box, self._width = QRectF(), 0.0
        self.setZValue(100)
        view.sigRangeChanged.connect(self._place)
        view.sigResized.connect(self._place)

    def set_pixel_size(self, metres: float | None) -> None:
        """The side of a pixel [m]."""
        self.pixel_size_m = metres
        self._place()

    def set_shape(self, shape: tuple[int, int] | None) -> None:
        """Rows and columns of the picture; None for no picture, and then no bar."""
        if shape != self.shape:
            self.shape = shape
            self._place()

    def boundingRect(self) -> QRectF:
        """Of bar and words."""
        return self._box

    def paint(self, painter: QPainter, *_: object) -> None:
        """A bar below its text."""
        if self._box.isEmpty():
            return
        painter.fillRect(self._box, QColor(0, 0, 0, 130))
        painter.setPen(QColor("white"))
        words = self._box.adjusted(_PAD, 0, -_PAD, -_THICK - _PAD)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text)
        left = self._box.center().x() - self._width / 2
        painter.fillRect(
            QRectF(left, self._box.bottom() - _PAD - _THICK, self._width, _THICK), QColor("white")
        )

    def _place(self, *_: object) -> None:
        self.prepareGeometryChange()
        self._box = QRectF()
        self.update()
        seen = self._in_sight()
        across = self.view.viewRect().width()
        if seen.isEmpty() or across <= 0:
            return
        scale = self.view.width() / across
        self.pixels, self.text = scale_bar(seen.width() / scale, self.pixel_size_m)
        self._width = self.pixels * scale
        metrics = QFontMetricsF(pg.QtWidgets.QApplication.font())
        wide = max(self._width, metrics.horizontalAdvance(self.text)) + 2 * _PAD
        high = metrics.height() + _THICK + 2 * _PAD
        margin = min(_MARGIN, max(0.0, (seen.width() - wide) / 2))
        self._box = QRectF(seen.left() + margin, seen.bottom() - margin - high, wide, high)

    def _in_sight(self) -> QRectF:
        """The rectangle of the picture in the view."""
        if self.shape is None or self.view.width() <= 0:
            return QRectF()
        rows, columns = self.shape
        ends = (self.view.mapFromView(QPointF(*at)) for at in ((0, 0), (columns, rows)))
        return QRectF(*ends).normalized() & QRectF(0, 0, self.view.width(), self.view.height())
