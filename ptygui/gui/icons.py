"""Small icons drawn in the text colour, so that they suit a dark and a light theme."""

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

# shapes on a 16 x 16 grid: polygons, and bars as (x, y, width, height)
_SHAPES = {
    "play": [((4, 2), (13, 8), (4, 14))],
    "pause": [(4, 3, 3, 10), (9, 3, 3, 10)],
    "step": [((3, 2), (10, 8), (3, 14)), (11, 2, 2, 12)],
    "stop": [(3, 3, 10, 10)],
    "first": [(2, 3, 2, 10), ((13, 3), (5, 8), (13, 13))],
    "last": [((3, 3), (11, 8), (3, 13)), (12, 3, 2, 10)],
    "back": [((11, 3), (4, 8), (11, 13))],
    "forward": [((5, 3), (12, 8), (5, 13))],
}


def icon(name: str, colour: QColor) -> QIcon:
    """An icon by name: play, pause, step, stop, first, last, back, forward."""
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(2, 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for shape in _SHAPES[name]:
        if isinstance(shape[0], tuple):
            painter.drawPolygon(QPolygonF([QPointF(*point) for point in shape]))
        else:
            painter.drawRect(QRectF(*shape))
    painter.end()
    return QIcon(pixmap)


def window_icon() -> QIcon:
    """The program's own: overlapping footprints."""
    pixmap = QPixmap(64, 64)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for (x, y), colour in (((4, 4), "#3b82c4"), ((24, 4), "#e0903a"), ((14, 22), "#4aa36b")):
        fill = QColor(colour)
        fill.setAlpha(190)
        painter.setBrush(fill)
        painter.drawEllipse(QRectF(x, y, 36, 36))
    painter.end()
    return QIcon(pixmap)
