"""ColumnsMenu: which columns of the list of runs are shown."""

from collections.abc import Collection
from functools import partial

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu

from ptygui.gui.panels.runs_cells import COLUMNS, NAME
from ptygui.gui.panels.runs_view import RunsView
from ptygui.gui.widgets.certain import certain


class ColumnsMenu(QMenu):
    """Shows and hides columns, all but the names; opens on the titles, too."""

    changed = pyqtSignal(list)  # titles of the hidden columns

    def __init__(self, view: RunsView):
        super().__init__("Columns", view)
        self.by_title: dict[str, QAction] = {}
        for column, (title, tip) in enumerate(COLUMNS):
            if column != NAME:  # which tells the rows apart, and folds them
                action = self.by_title[title] = QAction(title, self, checkable=True, checked=True)
                action.setToolTip(tip)
                action.toggled.connect(partial(view.show_column, column))
                action.toggled.connect(lambda _: self.changed.emit(self.hidden()))
                self.addAction(action)
        header = certain(view.header())
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        header.addActions(self.actions())

    def hidden(self) -> list[str]:
        """Titles of the hidden columns."""
        return [title for title, action in self.by_title.items() if not action.isChecked()]

    def hide_only(self, titles: Collection[str]) -> None:
        """Show all columns but these."""
        for title, action in self.by_title.items():
            action.setChecked(title not in titles)
