"""Sheet: what figures are drawn with: words, lines and pictures, measured in tenths of a point."""

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from ptygui.gui.widgets.theme import with_hats

POINT = 10  # units in a point: fonts have whole sizes only
SMALL, NORMAL = 6.5, 7.5  # sizes of words [points]
_GROUNDS = {"white": ("#ffffff", "#1a1a1a"), "transparent": (None, "#1a1a1a"), "dark": ("#1b1d20", "#e8e8e8")}
_CRISP = 800  # pixels that the side of a picture is brought towards, so that no viewer blurs its own
_AT_ONCE = 100_000  # pixels: packing them for a PDF takes 20 ms, in which no other thread of Python runs

Align = Qt.AlignmentFlag
CENTRE, LEFT, RIGHT = Align.AlignHCenter, Align.AlignLeft, Align.AlignRight


class Sheet:
    """A painter with the means of figures; without a painter, all is measured and nothing drawn.

    Parameters
    ----------
    painter : QPainter, optional
        Scaled so that a point has `POINT` units.
    width : float
    ground : str
        A key of `page.GROUNDS`.
    """

    def __init__(self, painter: QPainter | None, width: float, ground: str = "white"):
        self.painter, self.width = painter, width
        self.paper, self.ink = _GROUNDS[ground]

    def fill(self, box: QRectF) -> None:
        """Lay the ground."""
        if self.paper is not None:
            self.painter.fillRect(box, QColor(self.paper))

    def text(
        self, x: float, y: float, words: str, size: float = NORMAL, align=CENTRE, colour: str | None = None,
        upwards: bool = False,
    ) -> None:  # fmt: skip
        """Write one line whose top edge is at y, and whose left, middle or right is at x."""
        if self.painter is None or not words:
            return
        font, metrics = font_of(size), QFontMetricsF(font_of(size))
        wide = metrics.horizontalAdvance(words)
        left = {CENTRE: -wide / 2, LEFT: 0.0, RIGHT: -wide}[align]
        self.painter.save()
        self.painter.translate(x, y)
        if upwards:
            self.painter.rotate(-90)
        self.painter.setFont(font)
        self.painter.setPen(QColor(colour or self.ink))
        self.painter.drawText(QPointF(left, metrics.ascent()), words)
        self.painter.restore()

    def lines(self, x: float, y: float, words: str, width: float, size: float = NORMAL) -> float:
        """Write words in as many lines as they need from the left; returns how high they are."""
        rows = wrapped(words, width, size)
        for k, row in enumerate(rows):
            self.text(x, y + k * height_of(size), row, size, LEFT)
        return len(rows) * height_of(size)

    def rectangle(self, box: QRectF, fill: QColor | None = None, width: float = 0.5) -> None:
        """A frame around a box, or, with a colour, the box filled."""
        if self.painter is None:
            return
        if fill is not None:
            self.painter.fillRect(box, fill)
        else:
            self.painter.setPen(QPen(QColor(self.ink), width * POINT))
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.drawRect(box)

    def polyline(
        self, points: Sequence[tuple[float, float]], colour: str | None = None, width: float = 0.5,
        style=Qt.PenStyle.SolidLine,
    ) -> None:  # fmt: skip
        """Lines from point to point."""
        if self.painter is not None and len(points):
            pen = QPen(QColor(colour or self.ink), width * POINT, style)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            self.painter.setPen(pen)
            self.painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))

    def picture(self, box: QRectF, colours: np.ndarray) -> None:
        """A picture, uint8 (H, W, 3), in a box; its pixels stay sharp squares.

        Large ones are drawn in bands, each reaching a row into the next so that no seam shows.
        """
        if self.painter is None:
            return
        times = max(1, _CRISP // max(colours.shape[:2]))
        pixels = np.ascontiguousarray(colours.repeat(times, 0).repeat(times, 1))
        rows, columns = pixels.shape[:2]
        hints = QPainter.RenderHint
        self.painter.setRenderHints(hints.SmoothPixmapTransform | hints.LosslessImageRendering)
        high, step = box.height() / rows, times * max(1, _AT_ONCE // colours.shape[1])
        for first in range(0, rows, step):
            band = pixels[first : first + step + 1]
            image = QImage(band.data, columns, len(band), 3 * columns, QImage.Format.Format_RGB888)
            place = QRectF(box.left(), box.top() + first * high, box.width(), len(band) * high)
            self.painter.drawImage(place, image)

    def clip(self, box: QRectF | None) -> None:
        """Draw within a box only, or anywhere again."""
        if self.painter is not None:
            self.painter.setClipRect(
                box or QRectF(), Qt.ClipOperation.ReplaceClip if box else Qt.ClipOperation.NoClip
            )


def font_of(size: float) -> QFont:
    """The program's font, of so many points."""
    font = QFont()
    font.setPixelSize(round(size * POINT))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return with_hats(font)


def width_of(words: str, size: float = NORMAL) -> float:
    """How wide one line is."""
    return QFontMetricsF(font_of(size)).horizontalAdvance(words)


def height_of(size: float = NORMAL) -> float:
    """How high one line is."""
    return QFontMetricsF(font_of(size)).height()


def wrapped(words: str, width: float, size: float = NORMAL) -> list[str]:
    """Words in lines that are no wider than this, unless a word alone is."""
    rows = [""]
    for word in words.split():
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and width_of(longer, size) > width:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows if rows != [""] else []
