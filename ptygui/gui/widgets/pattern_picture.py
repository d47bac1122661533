"""PatternPicture: a pattern as logarithms, its masked pixels coloured, with the beam and a square."""

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QWidget

from ptygui.figures.colours import FAR_FIELD, coloured
from ptygui.gui.widgets.little import Little, draw_image, image_of

MASKED = (0, 200, 170)  # in no place of the map of patterns
_DECADES = 5  # below the brightest pixel that are shown


class PatternPicture(Little):
    """Counts as logarithms; nothing at first."""

    def __init__(self, caption: str, parent: QWidget | None = None):
        super().__init__(caption, parent)
        self._image: QImage | None = None
        self._centre: tuple[float, float] | None = None
        self._square: tuple[int, int, int] | None = None

    def show_pattern(
        self,
        counts: np.ndarray | None,
        bad: np.ndarray | None = None,
        centre: tuple[float, float] | None = None,
        square: tuple[int, int, int] | None = None,
    ) -> None:
        """Show a pattern, or nothing.

        Parameters
        ----------
        counts : array, shape (rows, columns), optional
        bad : bool array, shape (rows, columns), optional
            Pixels to colour.
        centre : (row, column), optional
            Where to draw a cross.
        square : (row, column, width), optional
            First pixel and width of a square to draw.
        """
        self._centre, self._square, self._image = centre, square, None
        if counts is not None and counts.size:
            bad = np.zeros(counts.shape, bool) if bad is None else bad
            self._image = image_of(pattern_pixels(counts, bad))
        self.update()

    def draw(self, painter: QPainter, box: QRectF) -> None:
        """Draw the pattern and the marks."""
        if self._image is None:
            return
        place = draw_image(painter, self._image, box)
        scale, corner = place.width() / self._image.width(), place.topLeft()
        painter.save()
        painter.setClipRect(place)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._square is not None:
            row, column, side = (scale * n for n in self._square)
            line = 1.6
            square = QRectF(corner.x() + column, corner.y() + row, side, side)
            painter.setPen(QPen(QColor("white"), line))
            painter.drawRect(square.adjusted(line / 2, line / 2, -line / 2, -line / 2))
        if self._centre is not None:
            row, column = (scale * (n + 0.5) for n in self._centre)
            middle = corner + QPointF(column, row)
            for pen in (QPen(QColor("black"), 3), QPen(QColor("white"), 1)):  # seen on bright and dark
                painter.setPen(pen)
                for arm in (QPointF(7, 0), QPointF(0, 7)):
                    painter.drawLine(QLineF(middle - arm, middle + arm))
        painter.restore()


def pattern_pixels(counts: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Counts as logarithms in colours, uint8 (rows, columns, 3); bad pixels in a colour of their own."""
    pixels = np.ascontiguousarray(coloured(*_logarithm(counts, bad), FAR_FIELD))
    pixels[bad] = MASKED
    return pixels


def _logarithm(counts: np.ndarray, bad: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Decades of counts, and the range of good pixels; zero is half of the smallest that is shown."""
    good = counts[~bad & (counts > 0)]
    top = float(good.max()) if good.size else 1.0
    least = max(float(good.min()) if good.size else 0.5, top / 10**_DECADES) / 2
    return np.log10(np.clip(counts, least, top)), (float(np.log10(least)), float(np.log10(top)))
