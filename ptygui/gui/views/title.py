"""Title: one line of text above a picture or plot, which is set with each step."""

import pyqtgraph as pg
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QApplication, QGraphicsItem, QGraphicsSceneResizeEvent, QGraphicsSimpleTextItem

HEIGHT = 30  # of the row above a picture [px]
_POINTS = 9


class Title(pg.GraphicsWidget):
    """Plain text in the middle; where it is longer than the picture is wide, it extends beyond.

    The label of pyqtgraph is a document of rich text: to set it takes ten times as long, and its new size
    asks for a new layout of everything around.
    """

    def __init__(self, parent: pg.GraphicsWidget | None = None):
        super().__init__(parent)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.text, self._line = "", QGraphicsSimpleTextItem(self)
        font = QApplication.font()
        font.setPointSize(_POINTS)
        self._line.setFont(font)

    def set_text(self, text: str) -> None:
        """Show this text; the layout stays as it is."""
        if text != self.text:
            self.text = text
            self._line.setText(text)
            self._centre()

    def set_colour(self, colour: QColor) -> None:
        """Draw in this colour."""
        self._line.setBrush(colour)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent | None) -> None:
        """Stay in the middle."""
        super().resizeEvent(event)
        self._centre()

    def _centre(self) -> None:
        self._line.setPos(self.rect().center() - self._line.boundingRect().center())
