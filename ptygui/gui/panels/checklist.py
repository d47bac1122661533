"""ChecklistPanel: what to fix before a run, each with a one-click fix; hidden while there is nothing."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from ptygui.gui.model.preflight import Check, Fix
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.fold import MARKS
from ptygui.gui.widgets.plain import Label, keyless
from ptygui.gui.widgets.toned import Toned


class ChecklistPanel(QWidget):
    """Shows checks, the most severe first; requests their fixes."""

    fix_requested = pyqtSignal(Fix)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.checks: list[Check] | None = None
        self.buttons: list[QPushButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(6, 4, 6, 4)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show these instead of the previous checks."""
        checks = list(checks)
        if checks == self.checks:
            return
        self.checks, self.buttons = checks, []
        while self._grid.count():
            certain(certain(self._grid.takeAt(0)).widget()).deleteLater()
        for row, check in enumerate(checks):
            self._add(row, check)
        for row in range(self._grid.rowCount() + 1):
            self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        self.setVisible(bool(checks))

    def _add(self, row: int, check: Check) -> None:
        sign, tone, meaning = MARKS[check.level]
        mark = Toned(tone, sign, toolTip=meaning)
        mark.setAccessibleName(meaning)
        words = _words(check.text)
        for column, label in enumerate((mark, words)):
            label.setContentsMargins(0, 4, 0, 0)  # aligns its first line with the button's
            self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        if check.fix is not None:
            button = QPushButton(keyless(check.fix.label), toolTip="Fix this with one click")
            button.setAccessibleName(f"{check.fix.label}: {check.text}")
            button.clicked.connect(lambda _, fix=check.fix: self.fix_requested.emit(fix))
            self._grid.addWidget(button, row, 2, Qt.AlignmentFlag.AlignTop)
            self.buttons.append(button)


def _words(text: str) -> Label:
    label = Label(text, wordWrap=True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
