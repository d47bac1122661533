"""The menus: every action with its shortcut, in one table."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.focus import settle

# menu, name, text, shortcut, group ("" a plain action, "+" a switch, else one of a group; "-": line before)
_TABLE = (
    ("&File", "open", "&Open scan…", "Ctrl+O", ""),
    ("&File", "example", "E&xample", "Ctrl+Shift+O", ""),
    ("&File", "example_chip", "Example &chip", "Ctrl+Shift+C", ""),
    ("&File", "follow_file", "Follo&w a scan…", "Ctrl+Alt+F", ""),
    ("&File", "batch", "Batc&h of scans…", "Ctrl+Alt+B", ""),
    ("&File", "open_probe", "Open &probe…", "Ctrl+Shift+P", ""),
    ("&File", "open_object", "Open o&bject…", "Ctrl+Shift+B", ""),
    ("&File", "open_result", "Open res&ult…", "Ctrl+Shift+E", ""),
    ("&File", "open_project", "Open pro&ject…", "Ctrl+Alt+O", "-"),
    ("&File", "save_project", "&Save project", "Ctrl+S", ""),
    ("&File", "save_project_as", "Save project &as…", "Ctrl+Shift+S", ""),
    ("&File", "recover", "Unsa&ved session…", "Ctrl+Alt+S", ""),
    ("&File", "export", "&Export…", "Ctrl+E", "-"),
    ("&File", "export_runs", "Export the selecte&d runs…", "Ctrl+Alt+E", ""),
    ("&File", "figure", "&Figure for a paper…", "Ctrl+Shift+F", ""),
    ("&File", "quit", "&Quit", "Ctrl+Q", "-"),
    ("&Edit", "undo", "&Undo", "Ctrl+Z", ""),
    ("&Edit", "redo", "&Redo", "Ctrl+Shift+Z", ""),
    ("&Edit", "reset_options", "Reset all options to &defaults", "Ctrl+Alt+D", "-"),
    ("&Edit", "reset_settings", "Reset all &settings…", "Ctrl+Alt+Shift+R", ""),
    ("&Run", "run", "&Run", "Ctrl+R", ""),
    ("&Run", "pause", "&Pause or resume", "Ctrl+P", ""),
    ("&Run", "step", "&One step", "Ctrl+Right", ""),
    ("&Run", "stop", "&Stop", "Esc", ""),
    ("&Run", "go_on", "&Branch from the shown step", "Ctrl+Shift+R", "-"),
    ("&Run", "pin", "Pi&n the shown step", "K", ""),
    ("&Run", "queue", "&Queue a run", "Ctrl+Shift+Q", ""),
    ("&Run", "copy_python", "Cop&y as Python", "Ctrl+Alt+Y", "-"),
    ("&Run", "copy_command", "Copy as comman&d", "Ctrl+Alt+X", ""),
    ("&Run", "simulate", "S&imulate", "Ctrl+M", "-"),
    ("&Run", "sweep", "S&weep overlaps", "Ctrl+Shift+M", ""),
    ("&Run", "priors", "&Choose a prior…", "Ctrl+Shift+T", ""),
    ("&Run", "train", "&Train a prior…", "Ctrl+T", ""),
    ("&View", "both", "&Both pictures", "B", "parts"),
    ("&View", "amplitude", "&Amplitude", "A", "parts"),
    ("&View", "phase", "&Phase", "P", "parts"),
    ("&View", "complex", "&Complex", "C", "parts"),
    ("&View", "nothing", "x̂0 o&nly", "N", "beside"),
    ("&View", "truth", "With &truth", "T", "beside"),
    ("&View", "x_t", "With &x_t", "X", "beside"),
    ("&View", "stripes", "Strip&es where no data decide", "U", "+"),
    ("&View", "auto", "Automatic &levels", "V", "+"),
    ("&View", "circle", "Phase over the whole ci&rcle", "R", "+"),
    ("&View", "follow", "&Follow the run", "F", "+"),
    ("&View", "fit", "Fit to the &object", "0", ""),
    ("&View", "zoom_in", "&Zoom in", "Ctrl++", ""),
    ("&View", "zoom_out", "Zoom o&ut", "Ctrl+-", ""),
    ("&View", "system", "Theme of the &system", "Ctrl+F5", "theme"),
    ("&View", "light", "L&ight theme", "Ctrl+F6", "theme"),
    ("&View", "dark", "&Dark theme", "Ctrl+F7", "theme"),
    ("&Compare", "wipe", "&Wipe", "W", "mode"),
    ("&Compare", "blink", "&Blink", "I", "mode"),
    ("&Compare", "side", "&Side by side", "S", "mode"),
    ("&Compare", "difference", "&Difference", "D", "mode"),
    ("&Compare", "swap", "Swap &A and B", "Shift+W", "-"),
    ("&Compare", "ramp", "Remove the &ramp", "M", "+"),
    ("&Compare", "shift", "Remove the s&hift", "Shift+M", "+"),
    ("&Compare", "profile", "Line &profile", "O", "+"),
    ("&Compare", "frc", "&Fourier ring correlation", "G", "+"),
    ("&Window", "explore", "&Explore", "Ctrl+1", ""),
    ("&Window", "compare", "&Compare", "Ctrl+2", ""),
    ("&Window", "present", "&Present", "Ctrl+3", ""),
    ("&Window", "reset_layout", "&Reset the layout", "Ctrl+0", ""),
    ("&Window", "own_layout", "&Back to my layout", "Ctrl+Alt+L", ""),
    ("&Window", "steps_page", "&Steps", "Alt+1", "-"),
    ("&Window", "compare_page", "C&omparison", "Alt+2", ""),
    ("&Window", "seeds_page", "&Deviations", "Alt+3", ""),
    ("&Window", "overlap_page", "O&verlap", "Alt+4", ""),
    ("&Window", "data_page", "D&ata", "Alt+5", ""),
    ("&Window", "probe_page", "Probe", "Alt+6", ""),
    ("&Window", "positions_page", "Pos&itions", "Alt+7", ""),
    ("&Help", "keys", "&Keys", "F1", ""),
    ("&Help", "welcome", "&Welcome page", "Shift+F1", ""),
    ("&Help", "tour", "&Two-minute tour", "Ctrl+F1", ""),
    ("&Help", "doctor", "&System report…", "Ctrl+Alt+F1", ""),
    ("&Help", "about", "&About ptygui", "Alt+F1", ""),
)
# keys that are in no menu: where they work, and pairs (key, what it does)
_ELSEWHERE = (
    (
        "Page Steps, plots and list of runs",
        (
            ("Home / End", "First / newest frame"),
            ("Left / Right", "Previous / next frame"),
            ("Shift+Left / Right", "Ten frames"),
            ("Alt+Arrows", "Move the cursor (Shift: ten px)"),
            ("Space", "Play, pause"),
            ("L", "Play in a loop"),
        ),
    ),
    ("Comparison page", (("Arrows", "Move the cursor"), ("Shift+Arrows", "… by ten pixels"))),
    (
        "List of runs",
        (
            ("Up / Down", "Previous / next run"),
            ("Right / Left", "Unfold / fold a sweep"),
            ("−", "Fold the sweep of a run"),
            ("Alt+Left / Right", "Scroll the columns"),
            ("Alt+PgUp / PgDown", "Sort by the previous / next column"),
            ("Alt+Home", "Reverse the order"),
            ("F2", "Rename"),
            ("Alt+Up / Down", "Earlier / later in the queue"),
            ("Del", "Delete"),
            ("Ctrl+Shift+Del", "Undelete"),
        ),
    ),
)


class Menus:
    """Builds a window's menu bar; `actions` by name."""

    def __init__(self, window: QMainWindow):
        self.actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        self._said: dict[str, list[tuple[str, str]]] = {}  # (key, what it does) by menu, for the key map
        groups: dict[str, QActionGroup] = {}
        for menu, name, text, shortcut, group in _TABLE:
            if menu not in self.menus:
                self.menus[menu] = certain(certain(window.menuBar()).addMenu(menu))
            elif group == "-" or (group not in ("", "+") and group not in groups):
                self.menus[menu].addSeparator()
            action = QAction(text, window)
            action.setShortcut(QKeySequence(shortcut))
            action.setCheckable(group not in ("", "-"))
            if group not in ("", "+", "-"):
                if group not in groups:
                    groups[group] = QActionGroup(window)
                    action.setChecked(True)
                groups[group].addAction(action)
            self.menus[menu].addAction(action)
            self.actions[name] = action
            self._say(menu, action)
        self.recent = QMenu("&Recent", window)
        self.menus["&File"].insertMenu(self.actions["open_project"], self.recent)

    def add_docks(self, toggles: Sequence[QAction]) -> None:
        """List the docks in the Window menu, the first ten with a shortcut Ctrl+Alt+number."""
        menu = self.menus["&Window"]
        menu.addSeparator()
        for place, action in enumerate(toggles):
            if place < 10:
                action.setShortcut(QKeySequence(f"Ctrl+Alt+{(place + 1) % 10}"))
            self.actions[f"dock {action.text()}"] = action
            menu.addAction(action)
            self._say("Show or hide", action)

    def connect(self, **slots: Callable[..., object]) -> None:
        """Connect actions by name; switches pass their state.

        Text being typed is accepted first, except by Stop, whose key also leaves a field.
        """
        for name, slot in slots.items():
            action = self.actions[name]
            if action.isCheckable():
                action.toggled.connect(slot)
            else:
                action.triggered.connect(partial(_act, slot, settled=name != "stop"))

    def keys(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """For the key map: headings, each with pairs (key, what it does) in text that does not change."""
        return [*self._said.items(), *((where, list(pairs)) for where, pairs in _ELSEWHERE)]

    def _say(self, heading: str, action: QAction) -> None:
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self._said.setdefault(heading.replace("&", ""), []).append((key, action.text().replace("&", "")))


def _act(slot: Callable[[], object], _checked: bool, settled: bool) -> None:
    if settled:
        settle()
    slot()


def when_on(act: Callable[[Any], object], value: Any, on: bool) -> None:
    """For one switch of a group: act when it is switched on, not when it is switched off."""
    if on:
        act(value)
