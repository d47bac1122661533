"""Docks: the panels and views around the pictures, which ones a preset shows, and their last positions."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from PyQt6.QtCore import QSettings, QSize, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from ptygui.errors import InputError
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.dock_layout import DockLayout, arrange, layout_of

_Area = Qt.DockWidgetArea
LEFT = _Area.LeftDockWidgetArea
BOTTOM = _Area.BottomDockWidgetArea
FLOW = "flow"  # the column of steps
LOW = 110  # px of the docks below the pictures, at first
# the docks that each preset shows, None for all of them, and those in front of the others at their place
PRESETS: dict[str, tuple[Collection[str] | None, Sequence[str]]] = {
    "explore": (None, ("curves",)),
    "compare": (("flow", "curves", "runs"), ("runs",)),
    "present": ((), ()),
}


class Place(NamedTuple):
    """Where a widget is docked at first.

    Attributes
    ----------
    name : str
        In layouts that are stored.
    area : DockWidgetArea
    beside : str, optional
        The dock that it is tabbed with.
    scrolled : bool
        Whether it may be higher than its dock.
    """

    name: str
    title: str
    area: Qt.DockWidgetArea = BOTTOM
    beside: str | None = "curves"
    scrolled: bool = False


class Docks:
    """Builds the docks of a window around widgets, each at its place.

    The layout is the user's own, or a borrowed one that can be replaced by the user's own again, and is
    remembered. Once the user rearranges the docks of a borrowed layout, it becomes the user's own.

    Parameters
    ----------
    steps : callable, optional
        Brings a step of the dock `FLOW` into sight, by its name.
    """

    def __init__(
        self,
        window: QMainWindow,
        widgets: Mapping[Place, QWidget],
        side: int,
        steps: Callable[[str], None] | None = None,
    ):
        self.window, self._side, self._places = window, side, tuple(widgets)
        self._open_step = steps
        self._homes = {place.name: (place.area, place.beside or place.name) for place in widgets}
        self.widgets = {place.name: widget for place, widget in widgets.items()}
        self._own: DockLayout | None = None  # the user's, while a borrowed one is shown
        self._arranged = False  # whether the user has rearranged docks since it was borrowed
        self.docks: dict[str, QDockWidget] = {}
        self.toggles: dict[str, QAction] = {}  # ticked where a dock is open
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        for place, widget in widgets.items():
            dock = QDockWidget(place.title, window, objectName=f"dock {place.name}")
            dock.setWidget(_scrolled(widget) if place.scrolled else widget)
            if place.area == LEFT:  # a window that begins on a small screen would squeeze its texts
                dock.setMinimumWidth(side)
            self.docks[place.name] = dock
            self.toggles[place.name] = toggle = QAction(place.title, window, checkable=True)
            toggle.triggered.connect(partial(self._toggle, place.name))
            dock.visibilityChanged.connect(partial(self._show_toggle, place.name))
            dock.toggleViewAction().toggled.connect(partial(self._show_toggle, place.name))
            for arranged in (dock.topLevelChanged, dock.dockLocationChanged):
                arranged.connect(self._arrange)
        self.reset()

    def _toggle(self, name: str, *_: object) -> None:
        """Open a dock, or bring it to the front; close it only if it is in front already."""
        dock = self.docks[name]
        if dock.isHidden() or dock.visibleRegion().isEmpty():
            self.show(name)
        else:
            dock.hide()
        self._show_toggle(name)
        self._arrange()

    def _show_toggle(self, name: str, *_: object) -> None:
        self.toggles[name].setChecked(not self.docks[name].isHidden())

    def show_preset(self, preset: str) -> None:
        """Show the docks of a preset at their present positions."""
        self._arranged = True
        shown, front = PRESETS[preset]
        for name, dock in self.docks.items():
            dock.setVisible(shown is None or name in shown)
        for name in front:
            self.docks[name].raise_()

    def reset(self) -> None:
        """Move all docks back to their initial positions."""
        size = self.window.size()
        self._place()
        self.show_preset("explore")
        self._narrow(size)

    def _narrow(self, size: QSize) -> None:
        """Give the window back its size: docks that stood beside each other for a moment have widened it."""
        layout = certain(self.window.layout())
        layout.invalidate()
        layout.activate()
        if not self.window.isMaximized():
            self.window.resize(size)

    def show(self, name: str) -> None:
        """Bring a dock to the front, closed or not; a name that is none is a step of the column."""
        if name not in self.docks and self._open_step is not None:
            self._open_step(name)
            name = FLOW
        self.docks[name].show()
        self.docks[name].raise_()

    def state(self) -> dict[str, Any]:
        """The layout as plain values."""
        return self._layout().asdict()

    def borrow(self, state: Any) -> bool:
        """Show the layout of a project, and keep the user's own; returns whether docks have moved.

        If none have, the sizes of the user's own layout are kept too.

        Raises
        ------
        InputError
            If it is not a layout of these docks; they stay where they are.
        """
        borrowed, now = DockLayout.read(state, list(self.docks)), self._layout()
        if borrowed.places() == now.places():
            return False
        self._own = now if self._own is None or self._arranged else self._own
        self._put(borrowed)
        self._arranged = False
        return True

    def give_back(self) -> None:
        """Show the user's own layout again."""
        if self._own is not None:
            self._put(self._own)
            self._own = None

    def save(self, settings: QSettings) -> None:
        """Remember the layout of the user."""
        layout = self._layout() if self._own is None or self._arranged else self._own
        settings.setValue("layout", json.dumps(layout.asdict()))

    def restore(self, settings: QSettings) -> bool:
        """Restore the remembered layout; returns whether there was a valid one."""
        text = settings.value("layout")
        if not isinstance(text, str):  # none, or Qt's bytes from an earlier version
            return False
        try:
            self._put(DockLayout.read(json.loads(text), list(self.docks)))
        except (InputError, ValueError, RecursionError):
            return False
        return True

    def _layout(self) -> DockLayout:
        return layout_of(self.window, self.docks)

    def _put(self, layout: DockLayout) -> None:
        arranged, size = self._arranged, self.window.size()
        self.window.setUpdatesEnabled(False)
        try:
            arrange(self.window, self.docks, layout, self._homes)
            self._narrow(size)
        finally:
            self.window.setUpdatesEnabled(True)
        self._arranged = arranged  # docks that move by this are not moved by the user

    def _arrange(self, *_: object) -> None:
        self._arranged = True

    def _place(self) -> None:
        for place in self._places:
            dock = self.docks[place.name]
            dock.setFloating(False)
            self.window.addDockWidget(place.area, dock)
            if place.beside is not None:
                self.window.tabifyDockWidget(self.docks[place.beside], dock)
        left = [self.docks[place.name] for place in self._places if place.area == LEFT]
        self.window.resizeDocks(
            left, [max(self._side, self.window.width() // 5)] * len(left), Qt.Orientation.Horizontal
        )
        # as low as may be: there are no curves yet, and with them it grows
        self.window.resizeDocks([self.docks["curves"]], [LOW], Qt.Orientation.Vertical)


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea(widgetResizable=True, frameShape=QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls take the focus
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
