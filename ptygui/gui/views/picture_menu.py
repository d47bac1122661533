"""The menu of a picture: its colours and levels, copy and save."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QAction, QActionGroup, QIcon, QImage, QPixmap
from PyQt6.QtWidgets import QMenu, QWidget

from ptygui.figures.colours import ALL_MAPS, HUE, colour_table
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.range_box import RangeBox
from ptygui.gui.widgets.certain import certain

_SWATCH = 48, 12  # px


def picture_menu(
    bar: ColourBar | None,
    parent: QWidget,
    at: QPoint,
    copy: Callable[[], None] | None,
    save: Callable[[], None] | None,
) -> QMenu:
    """A menu for pictures of a bar, at a point of the screen; without a bar, or a picture, what is left.

    Parameters
    ----------
    copy, save : callable, optional
        What to do for these entries.
    """
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    if bar is not None:
        _add_colours(menu, bar)
        _add_levels(menu, bar, at)
        menu.addSeparator()
    for text, act in (("&Copy picture", copy), ("&Save this picture…", save)):
        if act is not None:
            certain(menu.addAction(text)).triggered.connect(lambda _checked, act=act: act())
    return menu


def _add_colours(menu: QMenu, bar: ColourBar) -> None:
    display, maps = bar.display, certain(menu.addMenu("Colour &map"))
    group = QActionGroup(maps)
    for name in ("", *ALL_MAPS):
        action = QAction(_words(name), maps, checkable=True, checked=name == display.colours)
        if name:
            action.setIcon(_swatch(name))
        if name == HUE:
            action.setToolTip("Equally light hues, which not everybody tells apart")
        action.triggered.connect(partial(_choose, display.set_colours, name))
        group.addAction(action)
        maps.addAction(action)
    _add_switch(menu, "&Invert the colours", display.inverted, display.set_inverted)
    if display.kind == "phase":
        _add_switch(menu, "&Unwrap the phase", display.unwrapped, display.set_unwrapped)


def _words(name: str) -> str:
    return name[:1].upper() + name[1:] if name else "As suits the picture"


def _choose(act: Callable[[str], None], name: str, _checked: bool = True) -> None:
    act(name)


def _add_switch(menu: QMenu, text: str, on: bool, act: Callable[[bool], None]) -> None:
    action = QAction(text, menu, checkable=True, checked=on)
    action.toggled.connect(act)
    menu.addAction(action)


def _add_levels(menu: QMenu, bar: ColourBar, at: QPoint) -> None:
    display, locked = bar.display, bar.display.locked is not None
    menu.addSeparator()
    group = QActionGroup(menu)
    for text, on, act in (
        ("Levels of the &lit area", not (display.whole or locked), partial(display.set_whole, False)),
        ("Levels of the &whole picture", display.whole and not locked, partial(display.set_whole, True)),
        ("Loc&k the levels as they are", locked, partial(_lock, bar)),
    ):
        action = QAction(text, menu, checkable=True, checked=on)
        action.triggered.connect(lambda _checked, act=act: act())
        group.addAction(action)
        menu.addAction(action)
    certain(menu.addAction("&Type the range…")).triggered.connect(
        lambda: RangeBox(bar, menu.parentWidget()).show_at(at)
    )


def _lock(bar: ColourBar) -> None:
    bar.display.lock(bar.levels)


def _swatch(name: str) -> QIcon:
    pixels = np.repeat(colour_table(name)[None, ::4], _SWATCH[1], 0)
    rows, columns, _ = pixels.shape
    image = QImage(pixels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.scaled(*_SWATCH)))
