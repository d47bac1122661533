"""Docks: the panels and views around the pictures, which ones a preset shows, and where they were left."""

from PyQt6.QtCore import QByteArray, QSettings, Qt
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

VERSION = 2  # of the set of docks; a state saved with another is not restored
_Area = Qt.DockWidgetArea
LEFT = _Area.LeftDockWidgetArea
BOTTOM = _Area.BottomDockWidgetArea
# name, title, where at first, and the dock it is tabbed with
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
# what each preset shows; the last of each tabbed group is on top
PRESETS = {
    "explore": (
        "simulate", "scan", "checklist", "method", "run", "runs", "probe", "residual", "log", "curves",
    ),
    "compare": ("method", "run", "curves", "runs"),
    "present": (),
}  # fmt: skip
_SCROLLED = ("scan", "simulate", "method", "checklist")


class Docks:
    """Builds the docks of a window around widgets by the names of `TABLE`."""

    def __init__(self, window: QMainWindow, widgets: dict[str, QWidget], side: int):
        self.window, self._side = window, side
        self.docks: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        for name, title, _, _ in TABLE:
            dock = QDockWidget(title, window, objectName=f"dock {name}")
            dock.setWidget(_scrolled(widgets[name]) if name in _SCROLLED else widgets[name])
            self.docks[name] = dock
        self._place()
        self.show_preset("explore")

    def show_preset(self, preset: str) -> None:
        """Show the docks of a preset, where they are."""
        for name, dock in self.docks.items():
            dock.setVisible(name in PRESETS[preset])
        for name in PRESETS[preset]:
            self.docks[name].raise_()

    def reset(self) -> None:
        """All docks back to where they were at first."""
        self._place()
        self.show_preset("explore")

    def show(self, name: str) -> None:
        """Bring a dock to the front, closed or not."""
        self.docks[name].show()
        self.docks[name].raise_()

    def state(self) -> bytes:
        """The layout."""
        return self.window.saveState(VERSION).data()

    def put_state(self, state: bytes) -> bool:
        """Bring back a layout; whether it fits these docks."""
        return self.window.restoreState(QByteArray(state), VERSION)

    def save(self, settings: QSettings) -> None:
        """Remember the layout."""
        settings.setValue("layout", QByteArray(self.state()))

    def restore(self, settings: QSettings) -> bool:
        """Bring back the layout that was remembered; whether there was a fitting one."""
        state = settings.value("layout")
        return isinstance(state, QByteArray) and self.put_state(state.data())

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
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls take the keys
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
