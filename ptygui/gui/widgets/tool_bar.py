"""Tools: the tool bar, a few actions of the menus as icons."""

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QToolBar, QToolButton

from ptygui.gui.widgets.icons import icon

ORDER = ("open", "example", "export", None, "undo", "redo", None, "run", "pause", "step", "stop")
_ICONS = {"run": "play"}  # if the icon's name is not the action's


class ActionButton(QToolButton):
    """A button for an action, visible only while the action is enabled."""

    def __init__(self, action: QAction):
        super().__init__(visible=False)
        self.setDefaultAction(action)
        self.setMaximumHeight(self.fontMetrics().height() + 3)  # fits into a status bar at any time
        action.changed.connect(lambda: self.setVisible(action.isEnabled()))


class ToolBar(QToolBar):
    """Shows actions by their names in the menus; icons take the colour of the theme's text."""

    def __init__(self, actions: dict[str, QAction]):
        super().__init__("Tools", objectName="tools")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setIconSize(self.iconSize() * 0.8)
        self._named = {name: actions[name] for name in ORDER if name is not None}
        for name in ORDER:
            if name is None:
                self.addSeparator()
            else:
                self.addAction(actions[name])
        self._recolour()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "_named"):
            self._recolour()

    def _recolour(self) -> None:
        colour = self.palette().windowText().color()
        for name, action in self._named.items():
            action.setIcon(icon(_ICONS.get(name, name), colour))
            action.setToolTip(f"{action.text().replace('&', '')} ({action.shortcut().toString()})")
