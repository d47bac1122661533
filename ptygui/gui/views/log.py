"""LogView: events, one per line with the time, to read, filter and copy."""

import logging
import time
import warnings
from collections.abc import Callable
from typing import TextIO

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.views.view import View
from ptygui.gui.widgets.certain import certain

MOST = 5000  # lines kept
LEVELS = ("note", "warning", "error")


class LogView(View, QWidget):
    """Keeps the newest `MOST` lines; shows those of a level and above that contain a text.

    Lines are written out only while the view is visible: appending to a text document takes 60 bytes per
    character permanently; setting its whole text takes a tenth of that.
    """

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.lines: list[tuple[str, str]] = []  # level, text with its time
        self._behind = False  # whether there are lines that are not written out
        self.text = QPlainTextEdit(readOnly=True, maximumBlockCount=MOST)
        self.text.setAccessibleName("log")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.filter = QLineEdit(placeholderText="filter", clearButtonEnabled=True)
        self.filter.setAccessibleName("filter the log")
        self.filter.setToolTip("Show only lines that contain this text")
        self.level = QComboBox(toolTip="Show lines of this level and above")
        self.level.setAccessibleName("level of the log")
        self.level.addItems(("everything", "warnings", "errors"))
        self.copy = QPushButton("Copy all", toolTip="Copy all visible lines")
        self.clear = QPushButton("Clear", toolTip="Delete all lines")
        self.filter.textChanged.connect(self._show_all)
        self.level.currentIndexChanged.connect(self._show_all)
        self.copy.clicked.connect(lambda: certain(QApplication.clipboard()).setText(self.text.toPlainText()))
        self.clear.clicked.connect(self._forget)
        row = QHBoxLayout()
        row.addWidget(self.filter, 1)
        for widget in (self.level, self.copy, self.clear):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3, 2, 3, 2)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.text, 1)

    def add(self, text: str, level: str = "note") -> None:
        """Add a line of a level of `LEVELS`."""
        line = (
            f"{time.strftime('%H:%M:%S')}  {'' if level == 'note' else level.upper() + ': '}{text.rstrip()}"
        )
        self.lines.append((level, line))
        del self.lines[:-MOST]
        if self.visibleRegion().isEmpty():  # a tab behind another in its dock counts as visible
            self._behind = True
        elif self._wanted(level, line):
            self.text.appendPlainText(line)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to the lines that arrived while hidden."""
        super().showEvent(event)
        self.come_up(True)

    def come_up(self, front: bool) -> None:
        """The dock came to the front, or went behind another."""
        if front and self._behind:
            self._show_all()
            QTimer.singleShot(0, self._show_newest)  # once lines are broken to the width

    def _wanted(self, level: str, line: str) -> bool:
        high_enough = LEVELS.index(level) >= self.level.currentIndex()
        return high_enough and self.filter.text().lower() in line.lower()

    def _show_all(self) -> None:
        self._behind = False
        self.text.setPlainText("\n".join(line for level, line in self.lines if self._wanted(level, line)))

    def _show_newest(self) -> None:
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _forget(self) -> None:
        self.lines.clear()
        self.text.clear()


class _Teller(logging.Handler):
    """Hands records on, warnings and worse."""

    def __init__(self, tell: Callable[[logging.LogRecord], None]):
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record)


class LogBridge(QObject):
    """Passes Python's log and warnings, from any thread, to the GUI thread as a signal."""

    said = pyqtSignal(str, str)  # text, level

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._handler = _Teller(self._tell)
        self._before: Callable[..., None] | None = None

    def install(self) -> None:
        """Start listening."""
        logging.getLogger().addHandler(self._handler)
        self._before, warnings.showwarning = warnings.showwarning, self._warn

    def remove(self) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self._handler)
        if self._before is not None:
            warnings.showwarning, self._before = self._before, None

    def _tell(self, record: logging.LogRecord) -> None:
        self.said.emit(record.getMessage(), "error" if record.levelno >= logging.ERROR else "warning")

    def _warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        self.said.emit(f"{category.__name__}: {message}", "warning")
