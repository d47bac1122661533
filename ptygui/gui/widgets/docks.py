"""Docks: the panels and views around the pictures, which ones a preset shows, and their last positions."""

import json
from typing import Any

from PyQt6.QtCore import QSettings, Qt
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from ptygui.errors import InputError
from ptygui.gui.widgets.dock_layout import DockLayout, arrange, layout_of

_Area = Qt.DockWidgetArea
LEFT = _Area.LeftDockWidgetArea
BOTTOM = _Area.BottomDockWidgetArea
# name, title, initial area, and the dock it is tabbed with
TABLE = (
    ("simulate", "Explore overlap", LEFT, None),
    ("method", "Method", LEFT, None),
    ("scan", "Scan", LEFT, "method"),
    ("checklist", "Checklist", LEFT, "method"),
    ("run", "Run", LEFT, None),
    ("curves", "Curves", BOTTOM, None),
    ("runs", "Runs", BOTTOM, "curves"),
    ("probe", "Probe", BOTTOM, "curves"),
    ("residual", "Diffraction patterns", BOTTOM, "curves"),
    ("log", "Log", BOTTOM, "curves"),
)
# the docks that each preset shows; the last of each tabbed group is on top
PRESETS = {
    "explore": (
        "simulate", "scan", "checklist", "method", "run", "runs", "probe", "residual", "log", "curves",
    ),
    "compare": ("method", "run", "curves", "runs"),
    "present": (),
}  # fmt: skip
_HOMES = {name: (area, name if beside is None else beside) for name, _, area, beside in TABLE}
_SCROLLED = ("scan", "simulate", "method", "checklist")


class Docks:
    """Builds the docks of a window around widgets by the names of `TABLE`.

    The layout is the user's own, or a borrowed one that can be replaced by the user's own again, and is
    remembered. Once the user rearranges the docks of a borrowed layout, it becomes the user's own.
    """

    def __init__(self, window: QMainWindow, widgets: dict[str, QWidget], side: int):
        self.window, self._side = window, side
        self._own: DockLayout | None = None  # the user's, while a borrowed one is shown
        self._arranged = False  # whether the user has rearranged docks since it was borrowed
        self.docks: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        for name, title, _, _ in TABLE:
            dock = QDockWidget(title, window, objectName=f"dock {name}")
            dock.setWidget(_scrolled(widgets[name]) if name in _SCROLLED else widgets[name])
            self.docks[name] = dock
            for arranged in (
                dock.topLevelChanged,
                dock.dockLocationChanged,
                dock.toggleViewAction().triggered,
            ):
                arranged.connect(self._arrange)
        self._place()
        self.show_preset("explore")

    def show_preset(self, preset: str) -> None:
        """Show the docks of a preset at their present positions."""
        self._arranged = True
        for name, dock in self.docks.items():
            dock.setVisible(name in PRESETS[preset])
        for name in PRESETS[preset]:
            self.docks[name].raise_()

    def reset(self) -> None:
        """Move all docks back to their initial positions."""
        self._place()
        self.show_preset("explore")

    def show(self, name: str) -> None:
        """Bring a dock to the front, closed or not."""
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
        arranged = self._arranged
        self.window.setUpdatesEnabled(False)
        try:
            arrange(self.window, self.docks, layout, _HOMES)
        finally:
            self.window.setUpdatesEnabled(True)
        self._arranged = arranged  # docks that move by this are not moved by the user

    def _arrange(self, *_: object) -> None:
        self._arranged = True

    def _place(self) -> None:
        for name, _, area, beside in TABLE:
            dock = self.docks[name]
            dock.setFloating(False)
            self.window.addDockWidget(area, dock)
            if beside is not None:
                self.window.tabifyDockWidget(self.docks[beside], dock)
        column = [self.docks[name] for name in ("simulate", "method", "run")]
        self.window.resizeDocks(
            column, [max(self._side, self.window.width() // 5)] * 3, Qt.Orientation.Horizontal
        )
        self.window.resizeDocks(column, [398, 200, 110], Qt.Orientation.Vertical)
        self.window.resizeDocks(
            [self.docks["curves"]], [max(210, self.window.height() // 5)], Qt.Orientation.Vertical
        )


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea(widgetResizable=True, frameShape=QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls take the focus
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
