"""Banner: an error or a note above the pictures, with what to do; and the hook that feeds it."""

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ptygui.errors import InputError
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import Label

ERROR, WARNING, NOTE = "#8c2f2a", "#7a5200", "#2a5a8c"  # background; the text is white


class Banner(QFrame):
    """Shows one error, warning or note until it is closed; never blocks.

    A question that was not answered is shown again when the error or note is closed.
    """

    unexpected = pyqtSignal(str)  # the full report of an error that is not an `InputError`

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, objectName="banner")
        self.details, self.colour = "", ERROR
        self.choices: list[QPushButton] = []
        self._asked: tuple[str, Sequence[tuple[str, Callable[[], None]]]] | None = None  # not answered yet
        self.label = Label(wordWrap=True)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy = QPushButton("Copy details", toolTip="Copy the full report, for a bug report")
        self.copy.clicked.connect(lambda: certain(QApplication.clipboard()).setText(self.details))
        self.close_button = QPushButton("Close", toolTip="Close this message")
        self.close_button.clicked.connect(self._put_away)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.copy)
        layout.addWidget(self.close_button)
        self.hide()

    def show_error(self, error: BaseException) -> None:
        """Show an error: an `InputError` with its own text, anything else as unexpected."""
        self._begin(ERROR)
        self.details = "".join(traceback.format_exception(error))
        if isinstance(error, InputError):
            self.label.setText(str(error))
        else:
            said = str(error) or "no message"
            self.label.setText(
                f"Unexpected {type(error).__name__}: {said}. The program continues; "
                "if this happens again, copy the details into a bug report."
            )
            self.unexpected.emit(self.details)
        self.copy.setVisible(not isinstance(error, InputError))
        self.show()

    def show_warning(self, text: str) -> None:
        """Show why a result is not reliable."""
        self._say(text, WARNING)

    def show_note(self, text: str) -> None:
        """Show what can be done now."""
        self._say(text, NOTE)

    def drop_refusal(self) -> None:
        """Put away an error that was about what was asked for, now that something else is."""
        if self.isVisible() and self.colour == ERROR and not self.copy.isVisible():
            self._put_away()

    def ask(self, text: str, choices: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Show what can be done now, with a button for each choice: its text, and its action."""
        self._asked = text, choices
        self.show_note(text)
        for place, (words, act) in enumerate(choices):
            button = QPushButton(words)
            button.clicked.connect(self._answer)
            button.clicked.connect(act)
            self._row.insertWidget(1 + place, button)
            button.show()
            self.choices.append(button)

    def guarded(self, act: Callable[..., None]) -> Callable[..., None]:
        """Wrap an action so that the errors that it raises are shown here."""

        def guarded(*args: Any) -> None:
            try:
                act(*args)
            except InputError as error:
                self.show_error(error)

        return guarded

    def _answer(self) -> None:
        self._asked = None
        self.hide()

    def _put_away(self) -> None:
        """Close the present message; a question that it covered is shown again."""
        asked = None if self.choices else self._asked
        self._asked = None
        self.hide()
        if asked is not None:
            self.ask(*asked)

    def _say(self, text: str, colour: str) -> None:
        self._begin(colour)
        self.details = ""
        self.label.setText(text)
        self.copy.hide()
        self.show()

    def _begin(self, colour: str) -> None:
        self.colour = colour
        for button in self.choices:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.choices = []
        self.setStyleSheet(f"Banner {{ background: {colour} }} Banner QLabel {{ color: white }}")


class ErrorHook(QObject):
    """Catches uncaught exceptions, in slots and threads, so that the program continues."""

    raised = pyqtSignal(BaseException)

    def install(self) -> None:
        """Become `sys.excepthook` and `threading.excepthook`."""
        sys.excepthook = self._catch
        threading.excepthook = lambda args: self._catch(args.exc_type, args.exc_value, args.exc_traceback)

    def remove(self) -> None:
        """Restore Python's own hooks."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__

    def _catch(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        traceback.print_exception(kind, error, trace, file=sys.stderr)
        self.raised.emit(RuntimeError(kind.__name__) if error is None else error)
