"""ScaleBar: a round length drawn in the corner of a picture; in pixels where their size is not known."""

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF

from ptygui.figures.scale import scale_bar

_MARGIN, _PAD, _THICK = 8.0, 4.0, 3.0  # px on the screen


class ScaleBar(pg.GraphicsObject):
    """Lies in the lower left corner of a picture, as far as that is in sight; white on dark, seen on any."""

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
        """Rows and columns of the picture; None where there is none, and then no bar either."""
        if shape != self.shape:
            self.shape = shape
            self._place()

    def boundingRect(self):
        """Of bar and words."""
        return self._box

    def paint(self, painter, *_):
        """A bar under its words."""
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

    def _place(self, *_) -> None:
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
        """Where the picture lies in the view."""
        if self.shape is None or self.view.width() <= 0:
            return QRectF()
        rows, columns = self.shape
        ends = (self.view.mapFromView(QPointF(*at)) for at in ((0, 0), (columns, rows)))
        return QRectF(*ends).normalized() & QRectF(0, 0, self.view.width(), self.view.height())
