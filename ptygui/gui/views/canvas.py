"""Canvas: a graphics area with the colours of the palette, so that it follows the theme."""

from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QGraphicsItem, QVBoxLayout, QWidget

from ptygui.gui.views.title import Title
from ptygui.gui.widgets.plain import Label

CURVE, FLOOR, MARKER = "#3f8fd2", "#c9803a", "#d0524a"  # readable on dark and light backgrounds

ROW = 6  # pixels between the controls of a row; otherwise as little as between rows
BARS = 9  # pixels above and below upright colour bars: half of the number at an end fits there
EDGE = 10  # pixels between and around items: half of a label at the end of an axis fits there


class Canvas(pg.GraphicsLayoutWidget):
    """A pyqtgraph layout in the colours of the window around it; `name` is for screen readers."""

    def __init__(self, name: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName(name)
        self.ci.layout.setContentsMargins(EDGE, 2, EDGE, 6)
        self.ci.layout.setVerticalSpacing(4)
        self.ci.layout.setHorizontalSpacing(EDGE)
        self.hint = Label(objectName="hint", margin=10, wordWrap=True, autoFillBackground=True, visible=False)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        QVBoxLayout(self.viewport()).addWidget(self.hint, 0, Qt.AlignmentFlag.AlignCenter)
        self.restyle()

    def share_columns(self, used: int, most: int) -> None:
        """Let the first columns share the width evenly; columns used before get no width."""
        layout = self.ci.layout
        for column in range(most):
            layout.setColumnStretchFactor(column, int(column < used))
            layout.setColumnPreferredWidth(column, 200 * (column < used))
            layout.setColumnSpacing(column, EDGE * (column < used - 1))

    def settle(self) -> None:
        """Update layout and transforms now: during painting this would cause another repaint."""
        self.ci.layout.activate()
        self.scene().prepareForPaint()

    def say(self, hint: str) -> None:
        """Show a hint in the middle if there is nothing to see; none if empty."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.restyle()

    def restyle(self) -> None:
        """Colour background, axes and labels; call after items were added."""
        if self.scene() is None:  # being deleted
            return
        palette = self.palette()
        text, back = palette.windowText().color(), palette.window().color()
        line = pg.mkColor(text)
        line.setAlpha(140)
        self.setBackground(back)
        for item in self.scene().items():
            if isinstance(item, pg.AxisItem):
                item.setPen(line)
                item.setTextPen(text)
                # a plot repaints with each step, but its axes and grid seldom change
                item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
            elif isinstance(item, pg.LabelItem):
                item.setText(item.text, color=text.name())
            elif isinstance(item, Title):
                item.set_colour(text)


def bare_plot(**options: Any) -> pg.PlotItem:
    """A plot with a faint grid and unscaled numbers, without the menus and buttons of pyqtgraph."""
    plot = pg.PlotItem(enableMenu=False, **options)
    plot.hideButtons()
    for axis in plot.axes.values():
        axis["item"].enableAutoSIPrefix(False)  # no "(x0.001)" in labels, which cost a new layout each time
    plot.showGrid(x=True, y=True, alpha=0.15)
    return plot


def loosen_title(plot: pg.GraphicsWidget) -> None:
    """Let a plot be narrower than its title, which would otherwise push its neighbours out of view."""
    label = plot.titleLabel
    label.updateMin = lambda: label.setMinimumWidth(0)
