"""Title: one line of text above a picture or plot, which is set with each step."""

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PyQt6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsSceneResizeEvent,
    QGraphicsSimpleTextItem,
    QWidget,
)

from ptygui.gui.widgets.plain import tip
from ptygui.gui.widgets.style import SMALL

HEIGHT = 24  # of the row above a picture [px]


class Title(pg.GraphicsWidget):
    """Plain text in the middle; where it is longer than the picture is wide, it extends beyond.

    If something stands at its end, `reserved` pixels wide, it keeps clear of that, and is elided if need be.

    The label of pyqtgraph is a document of rich text: to set it takes ten times as long, and its new size
    asks for a new layout of everything around.
    """

    def __init__(self, parent: pg.GraphicsWidget | None = None, reserved: int = 0):
        super().__init__(parent)
        self._reserved = reserved
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.text, self._line = "", QGraphicsSimpleTextItem(self)
        self._line.setFont(small_font())

    def set_text(self, text: str) -> None:
        """Show this text; the layout stays as it is."""
        if text != self.text:
            self.text = text
            self._centre()

    def set_colour(self, colour: QColor) -> None:
        """Draw in this colour."""
        self._line.setBrush(colour)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent | None) -> None:
        """Stay in the middle."""
        super().resizeEvent(event)
        self._centre()

    @property
    def shown(self) -> str:
        """The text as it is drawn."""
        return self._line.text()

    def _centre(self) -> None:
        self._line.setText(self.text)
        middle, box = self.rect().center(), self._line.boundingRect()
        free = self.rect().width() - self._reserved
        if self._reserved and box.width() > free > 0:
            elided = QFontMetricsF(self._line.font()).elidedText(self.text, Qt.TextElideMode.ElideRight, free)
            self._line.setText(elided)
            box = self._line.boundingRect()
        self.setToolTip(tip(self.text if self._line.text() != self.text else ""))
        left = middle.x() - box.center().x()
        if self._reserved:
            left = max(0.0, min(left, free - box.width()))
        self._line.setPos(left, middle.y() - box.center().y())


def small_font() -> QFont:
    """The font of what stands in pictures and plots."""
    font = QApplication.font()
    font.setPixelSize(SMALL)
    return font


class Dots(pg.GraphicsWidget):
    """Three dots in the corner of a picture: a click opens its menu."""

    def __init__(self, parent: pg.GraphicsWidget):
        super().__init__(parent)
        self.setToolTip("Colours, levels, copy, save (or a right click on the picture)")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setVisible(False)

    def paint(self, painter: QPainter, _option: object, widget: QWidget | None = None) -> None:
        """Three dots, in the colour of the text."""
        if widget is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(widget.palette().windowText())
        centre = self.rect().center()
        for by in (-5, 0, 5):
            painter.drawEllipse(centre + QPointF(by, 0), 1.5, 1.5)
