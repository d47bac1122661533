"""LogView: what happened, line by line with the time, to read, filter and copy."""

import logging
import time
import warnings
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
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

from ptygui.gui.widgets.certain import certain

MOST = 5000  # lines kept
LEVELS = ("note", "warning", "error")


class LogView(QWidget):
    """Keeps the newest `MOST` lines; shows those of a level and above that hold a text.

    Lines are written out only while the view is in sight: one that is added to a text takes 60 bytes a
    character for good, one of a text that is written anew a tenth of that.
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self.lines: list[tuple[str, str]] = []  # level, text with its time
        self._behind = False  # whether lines came that are not written out
        self.text = QPlainTextEdit(readOnly=True, maximumBlockCount=MOST)
        self.text.setAccessibleName("log")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.filter = QLineEdit(placeholderText="filter", clearButtonEnabled=True)
        self.filter.setAccessibleName("filter the log")
        self.filter.setToolTip("Show lines that hold this text only")
        self.level = QComboBox(toolTip="Show lines of this level and above")
        self.level.setAccessibleName("level of the log")
        self.level.addItems(("everything", "warnings", "errors"))
        self.copy = QPushButton("Copy all", toolTip="Copy every line that is shown")
        self.clear = QPushButton("Clear", toolTip="Forget all lines")
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
        if self.visibleRegion().isEmpty():  # behind another tab of its dock it counts as visible
            self._behind = True
        elif self._wanted(level, line):
            self.text.appendPlainText(line)

    def showEvent(self, event):
        """Catch up with what came while hidden."""
        super().showEvent(event)
        self.come_up(True)

    def come_up(self, front: bool) -> None:
        """The dock came to the front, or went behind another."""
        if front and self._behind:
            self._show_all()
            QTimer.singleShot(0, self._show_newest)  # a line that is too wide brings a scroll bar first

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
    """Hands Python's log and warnings, from whatever thread, to the GUI thread as a signal."""

    said = pyqtSignal(str, str)  # text, level

    def __init__(self, parent=None):
        super().__init__(parent)
        self._handler = _Teller(self._tell)
        self._before = None

    def install(self) -> None:
        """Listen from now on."""
        logging.getLogger().addHandler(self._handler)
        self._before, warnings.showwarning = warnings.showwarning, self._warn

    def remove(self) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self._handler)
        if self._before is not None:
            warnings.showwarning, self._before = self._before, None

    def _tell(self, record: logging.LogRecord) -> None:
        self.said.emit(record.getMessage(), "error" if record.levelno >= logging.ERROR else "warning")

    def _warn(self, message, category, filename, lineno, file=None, line=None) -> None:
        self.said.emit(f"{category.__name__}: {message}", "warning")
