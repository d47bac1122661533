"""Canvas: a graphics area with the colours of the palette, so that it follows the theme."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QPointF, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QResizeEvent
from PyQt6.QtWidgets import QApplication, QGraphicsItem, QWidget

from ptygui.gui.views.axis import Axis
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.line_labels import NameItem
from ptygui.gui.views.pane import Pane, area_of
from ptygui.gui.views.picture_menu import picture_menu
from ptygui.gui.views.range_box import RangeBox
from ptygui.gui.views.rows import Arrangement, in_rows
from ptygui.gui.views.title import Title
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import Label
from ptygui.gui.widgets.style import BARS, CURVE, EDGE, FLOOR, MARKER, ROW

__all__ = ["BARS", "CURVE", "EDGE", "FLOOR", "MARKER", "ROW", "Canvas", "bare_plot", "loosen_title"]


PictureGroup = tuple[Sequence[Pane], pg.GraphicsWidget | None]  # pictures, and the colour bar they share


class Saved(NamedTuple):
    """A picture to be saved: its values, or colours if it has no values, and those colours."""

    title: str
    values: np.ndarray
    colours: np.ndarray  # uint8 (H, W, 3 or 4)


class Canvas(pg.GraphicsLayoutWidget):
    """A pyqtgraph layout in the colours of the window around it; `name` is for screen readers.

    Its pictures have a menu: a right click on one or on its colour bar, or the dots in its title.
    """

    save_requested = pyqtSignal(Saved)

    def __init__(self, name: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._lines = self._columns = 0
        self.setAccessibleName(name)
        self.ci.layout.setContentsMargins(EDGE, 2, EDGE, 6)
        self.ci.layout.setVerticalSpacing(4)
        self.ci.layout.setHorizontalSpacing(EDGE)
        self.hint = Label(objectName="hint", margin=10, wordWrap=True, autoFillBackground=True, visible=False)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.setParent(self.viewport())
        self.scene().sigMouseClicked.connect(self._open_menu)
        self.restyle()

    def share_columns(self, used: int, most: int, fixed: Collection[int] = ()) -> None:
        """Let the first columns share the width evenly; columns used before get no width.

        Those that are `fixed` have the width of what is in them.
        """
        layout = self.ci.layout
        for column in range(most):
            shares = column < used and column not in fixed
            layout.setColumnStretchFactor(column, int(shares))
            layout.setColumnPreferredWidth(column, 200 * shares if column not in fixed else -1)
            layout.setColumnSpacing(column, EDGE * (column < used - 1))
        self.ci.setGeometry(self.range)  # an empty layout has shrunk

    def lay_out(self, groups: Sequence[PictureGroup], way: Arrangement) -> None:
        """Lay out pictures, with the colour bar of each group below it or beside."""
        layout, used, fixed = self.ci, 0, set[int]()
        for item in list(layout.items):
            layout.removeItem(item)
        for line, row in enumerate(in_rows(groups, way.rows)):
            column = 0
            for panes, bar in row:
                for pane in panes:
                    layout.addItem(pane, 2 * line, column)
                    column += 1
                if isinstance(bar, ColourBar):
                    bar.stand(way.upright)
                if bar is not None and way.upright:
                    layout.addItem(bar, 2 * line, column)
                    fixed.add(column)
                    column += 1
                elif bar is not None:
                    layout.addItem(bar, 2 * line + 1, column - len(panes), 1, len(panes))
            used = max(used, column)
        self._columns = max(used, self._columns)
        self.share_columns(used, self._columns, fixed)
        self.share_lines(way.rows)

    def share_lines(self, used: int) -> None:
        """Let so many rows of pictures, each above its colour bars, share the height evenly."""
        for line in range(max(used, self._lines)):
            self.ci.layout.setRowStretchFactor(2 * line, int(line < used))
            self.ci.layout.setRowPreferredHeight(2 * line, 200 * (line < used))
        self._lines = used

    def settle(self) -> None:
        """Update layout and transforms now: during painting this would cause another repaint."""
        self.ci.layout.activate()
        self.scene().prepareForPaint()

    def say(self, hint: str) -> None:
        """Show a hint where there is nothing to see; none if empty."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self._place_hint()

    def empty_area(self) -> QRect:
        """Where there is nothing to see while there is a hint: all of it, unless a subclass knows better."""
        return self.viewport().rect()

    def _place_hint(self) -> None:
        if self.hint.text():
            area = self.empty_area()
            wide = min(self.hint.sizeHint().width(), max(area.width() - 8, 80))
            high = max(self.hint.heightForWidth(wide), self.hint.minimumSizeHint().height())
            place = QRect(0, 0, wide, high)
            place.moveCenter(area.center())
            self.hint.setGeometry(place)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the hint in its place."""
        super().resizeEvent(event)
        if hasattr(self, "hint"):  # pyqtgraph resizes while it sets up
            self._place_hint()

    def picture_at(self, place: QPointF) -> Pane | None:
        """The pane at a point of the scene."""
        items = self.scene().items(place)
        return next((item for item in items if isinstance(item, Pane)), None)

    def copy_picture(self, pane: Pane) -> None:
        """Put what a pane shows on the clipboard, in its colours."""
        saved = self._saved(pane)
        if saved is not None:
            certain(QApplication.clipboard()).setImage(_image_of(saved.colours))

    def save_picture(self, pane: Pane) -> None:
        """Request that what a pane shows is saved."""
        saved = self._saved(pane)
        if saved is not None:
            self.save_requested.emit(saved)

    def type_range(self, bar: ColourBar, at: Any) -> None:
        """Let the levels of a bar be typed, at a point of the screen."""
        RangeBox(bar, self).show_at(at)

    def _saved(self, pane: Pane) -> Saved | None:
        """What a pane shows, with every pixel of the object."""
        picture = pane.image
        if picture.image is None:
            return None
        shape = picture.image.shape[:2] if picture.detail is None else picture.full
        rect = picture.mapRectToParent(picture.boundingRect())
        shown = area_of(pane.vb, (round(rect.height()), round(rect.width())))
        whole = shape == (round(rect.height()), round(rect.width()))
        values = picture.whole(shown if whole else (slice(None), slice(None)))
        return None if values is None else Saved(pane.title.text, values, picture.painted(values))

    def _open_menu(self, event: Any) -> None:
        """Open the menu of the picture or bar that was clicked."""
        place, items = event.scenePos(), self.scene().items(event.scenePos())
        at = event.screenPos().toPoint()
        right = event.button() == Qt.MouseButton.RightButton
        bar = next((item for item in items if isinstance(item, ColourBar)), None)
        if bar is not None and event.button() == Qt.MouseButton.LeftButton and event.double():
            self.type_range(bar, at)
            return
        pane = self.picture_at(place)
        if bar is None and (pane is None or not (right or pane.on_dots(place))):
            return
        if bar is not None and not right:
            return
        acts: list[Callable[[], None] | None] = [None, None]
        if pane is not None and pane.image.image is not None:
            acts = [partial(self.copy_picture, pane), partial(self.save_picture, pane)]
        if bar is None and pane is not None and isinstance(pane.image.bar, ColourBar):
            bar = pane.image.bar
        if bar is not None or acts[0] is not None:
            event.accept()
            picture_menu(bar, self, at, *acts).popup(at)

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
            elif isinstance(item, NameItem):
                item.set_ground(back)
            elif isinstance(item, ColourBar):
                item.update()


def bare_plot(**options: Any) -> pg.PlotItem:
    """A plot with a faint grid and round numbers, without the menus and buttons of pyqtgraph."""
    axes = {side: Axis(side) for side in ("left", "bottom")}
    plot = pg.PlotItem(enableMenu=False, axisItems=axes | options.pop("axisItems", {}), **options)
    plot.hideButtons()
    for axis in plot.axes.values():
        axis["item"].enableAutoSIPrefix(False)  # no "(x0.001)" in labels, which cost a new layout each time
    plot.showGrid(x=True, y=True, alpha=0.15)
    return plot


def loosen_title(plot: pg.GraphicsWidget) -> None:
    """Let a plot be narrower than its title, which would otherwise push its neighbours out of view."""
    label = plot.titleLabel
    label.updateMin = lambda: label.setMinimumWidth(0)


def _image_of(colours: np.ndarray) -> QImage:
    """Colours, uint8 (H, W, 3 or 4), as an image of its own."""
    colours = np.ascontiguousarray(colours)
    rows, columns, depth = colours.shape
    kind = QImage.Format.Format_RGB888 if depth == 3 else QImage.Format.Format_RGBA8888
    return QImage(colours.tobytes(), columns, rows, depth * columns, kind).copy()
