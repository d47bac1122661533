"""The menus: every action with its shortcut, in one table."""

from collections.abc import Callable

from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow

# menu, name, text, shortcut, group ("" a plain action, "+" a switch, else one of a group)
_TABLE = (
    ("&File", "open", "&Open scan…", "Ctrl+O", ""),
    ("&File", "example", "&Example", "Ctrl+Shift+O", ""),
    ("&File", "open_probe", "Open &probe…", "", ""),
    ("&File", "open_object", "Open o&bject…", "", ""),
    ("&File", "export", "&Export…", "Ctrl+E", ""),
    ("&File", "quit", "&Quit", "Ctrl+Q", ""),
    ("&Run", "run", "&Run", "Ctrl+R", ""),
    ("&Run", "pause", "&Pause or resume", "Ctrl+P", ""),
    ("&Run", "step", "&One step", "Ctrl+Right", ""),
    ("&Run", "stop", "&Stop", "Esc", ""),
    ("&Run", "go_on", "&Continue from the shown step", "Ctrl+Shift+R", ""),
    ("&Run", "simulate", "S&imulate", "Ctrl+M", ""),
    ("&View", "both", "&Both pictures", "B", "parts"),
    ("&View", "amplitude", "&Amplitude", "A", "parts"),
    ("&View", "phase", "&Phase", "P", "parts"),
    ("&View", "nothing", "Estimate o&nly", "N", "beside"),
    ("&View", "truth", "With &truth", "T", "beside"),
    ("&View", "x_t", "With &x_t", "X", "beside"),
    ("&View", "auto", "Auto &levels", "L", "+"),
    ("&View", "follow", "&Follow the run", "F", "+"),
    ("&View", "fit", "Fit to the &object", "0", ""),
    ("&View", "system", "Theme of the &system", "", "theme"),
    ("&View", "light", "L&ight theme", "", "theme"),
    ("&View", "dark", "&Dark theme", "", "theme"),
    ("&Help", "keys", "&Keys", "F1", ""),
    ("&Help", "about", "&About ptygui", "", ""),
)
_TIMELINE_KEYS = [
    ("Home / End", "first / newest frame"),
    ("Left / Right", "frame before / after (in the pictures)"),
    ("Shift+Left / Right", "ten frames"),
    ("Space", "play, halt"),
]


class Menus:
    """Builds a window's menu bar; `actions` by name."""

    def __init__(self, window: QMainWindow):
        self.actions: dict[str, QAction] = {}
        menus, groups = {}, {}
        for menu, name, text, shortcut, group in _TABLE:
            if menu not in menus:
                menus[menu] = window.menuBar().addMenu(menu)
            elif group not in ("", "+") and group not in groups:
                menus[menu].addSeparator()
            action = QAction(text, window)
            if shortcut:
                action.setShortcut(QKeySequence(shortcut))
            if group:
                action.setCheckable(True)
            if group not in ("", "+"):
                if group not in groups:
                    groups[group] = QActionGroup(window)
                    action.setChecked(True)
                groups[group].addAction(action)
            menus[menu].addAction(action)
            self.actions[name] = action

    def connect(self, **slots: Callable) -> None:
        """Connect actions by name; switches hand over their state."""
        for name, slot in slots.items():
            action = self.actions[name]
            (action.toggled if action.isCheckable() else action.triggered).connect(
                slot if action.isCheckable() else lambda _, slot=slot: slot()
            )

    def keys(self) -> list[tuple[str, str]]:
        """Pairs (key, what it does) for the key map."""
        pairs = [
            (
                action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                action.text().replace("&", ""),
            )
            for action in self.actions.values()
            if not action.shortcut().isEmpty()
        ]
        return pairs + _TIMELINE_KEYS
