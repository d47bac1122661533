"""LineLabels: names at the ends of the lines of a plot, in their colours."""

from collections.abc import Sequence
from typing import NamedTuple

import pyqtgraph as pg
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QGraphicsSimpleTextItem, QStyleOptionGraphicsItem, QWidget

from ptygui.gui.views.title import small_font
from ptygui.gui.widgets import style

_AWAY = 2.0  # px between a line and its label
_VEIL = 210  # how opaque the ground of a label is, under which lines pass, of 255


class LineLabel(NamedTuple):
    """A name, its colour, and the point of the plot that it belongs to."""

    text: str
    colour: str
    x: float
    y: float
    falls: bool = False  # whether the line comes from above: the label is below it then


class NameItem(QGraphicsSimpleTextItem):
    """A text in a colour that can be read on the ground."""

    colour = "#808080"
    _veil = QColor(0, 0, 0, 0)

    def set_ground(self, ground: QColor) -> None:
        """Be readable on this colour."""
        self.setBrush(QColor(style.readable(self.colour, ground.name())))
        self._veil = QColor(ground)
        self._veil.setAlpha(_VEIL)

    def paint(
        self, painter: QPainter | None, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        """The text, on a veil over lines that cross it."""
        if painter is not None:
            painter.fillRect(self.boundingRect(), self._veil)
        super().paint(painter, option, widget)


class LineLabels:
    """Texts to the left of points, above or below them, moved apart where they would cover one another."""

    def __init__(self, plot: pg.PlotItem):
        self._plot, self._said = plot, ()  # type: pg.PlotItem, Sequence[LineLabel]
        self.items: list[NameItem] = []
        for moved in (plot.vb.sigResized, plot.vb.sigRangeChanged):
            moved.connect(self._place)

    def show(self, labels: Sequence[LineLabel]) -> None:
        """Show these labels, and no others."""
        if tuple(labels) == self._said:
            return
        self._said = tuple(labels)
        while len(self.items) < len(labels):
            item = NameItem(self._plot)
            item.setFont(small_font())
            item.setZValue(20)
            self.items.append(item)
        for item, label in zip(self.items, labels, strict=False):
            item.setText(label.text)
            item.colour = label.colour
        self._place()

    def _place(self, *_: object) -> None:
        box, taken = self._plot.vb.geometry(), []  # type: ignore[var-annotated]
        for item in self.items[len(self._said) :]:
            item.hide()
        places = [self._point(label) for label in self._said]
        view = self._plot.getViewWidget()
        if view is not None:
            for item in self.items:
                item.set_ground(view.palette().window().color())
        order = sorted(range(len(places)), key=lambda k: places[k].y())
        for k in order:
            item, at = self.items[k], places[k]
            rect = item.boundingRect()
            left = min(max(at.x() - rect.width() - _AWAY, box.left() + 2), box.right() - rect.width() - 2)
            top = at.y() - rect.height() - _AWAY
            if self._said[k].falls or top < box.top():
                top = at.y() + _AWAY
            for before in taken:
                if top < before:
                    top = before
            top = min(top, box.bottom() - rect.height())
            taken.append(top + rect.height() - 2)
            item.setPos(left, top)
            item.setVisible(box.top() - 1 <= at.y() <= box.bottom() + 1)

    def _point(self, label: LineLabel) -> QPointF:
        return self._plot.vb.mapToParent(self._plot.vb.mapFromView(QPointF(label.x, label.y)))
