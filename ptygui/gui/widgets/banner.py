"""Banner: an error or a note across the top of the pictures, with what to do; and the hook that feeds it."""

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QSizePolicy

from ptygui.errors import InputError
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import Label

ERROR, WARNING, NOTE = "#8c2f2a", "#7a5200", "#2a5a8c"  # background; the text is white


class Banner(QFrame):
    """Shows one error, warning or note until it is put away; never blocks.

    What was asked before and is not answered is asked again when that is put away.
    """

    unexpected = pyqtSignal(str)  # the full report of an error that is no `InputError`

    def __init__(self, parent=None):
        super().__init__(parent, objectName="banner")
        self.details, self.colour = "", ERROR
        self.choices: list[QPushButton] = []
        self._asked: tuple[str, Sequence[tuple[str, Callable[[], None]]]] | None = None  # and not answered
        self.label = Label(wordWrap=True)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy = QPushButton("Copy details", toolTip="Copy the full report, for a bug report")
        self.copy.clicked.connect(lambda: certain(QApplication.clipboard()).setText(self.details))
        self.close_button = QPushButton("Close", toolTip="Put this away")
        self.close_button.clicked.connect(self._put_away)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.copy)
        layout.addWidget(self.close_button)
        self.hide()

    def show_error(self, error: BaseException) -> None:
        """Say what is wrong: an `InputError` in its own words, anything else as unexpected."""
        self._begin(ERROR)
        self.details = "".join(traceback.format_exception(error))
        if isinstance(error, InputError):
            self.label.setText(str(error))
        else:
            said = str(error) or "no message"
            self.label.setText(
                f"Unexpected {type(error).__name__}: {said}. The program goes on; "
                "if this comes again, copy the details into a bug report."
            )
            self.unexpected.emit(self.details)
        self.copy.setVisible(not isinstance(error, InputError))
        self.show()

    def show_warning(self, text: str) -> None:
        """Say why a result is not to be trusted as it is."""
        self._say(text, WARNING)

    def show_note(self, text: str) -> None:
        """Say what can be done now."""
        self._say(text, NOTE)

    def ask(self, text: str, choices: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Say what can be done now, with a button for each choice: its words, and what it does."""
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
        """An act that shows here what it refuses."""

        def guarded(*args) -> None:
            try:
                act(*args)
            except InputError as error:
                self.show_error(error)

        return guarded

    def _answer(self) -> None:
        self._asked = None
        self.hide()

    def _put_away(self) -> None:
        """What is asked goes with its text; an error or a note that lay over it makes room for it."""
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
    """Catches exceptions that nobody caught, in slots and threads, so that the program goes on."""

    raised = pyqtSignal(object)

    def install(self) -> None:
        """Become `sys.excepthook` and `threading.excepthook`."""
        sys.excepthook = self._catch
        threading.excepthook = lambda args: self._catch(args.exc_type, args.exc_value, args.exc_traceback)

    def remove(self) -> None:
        """Put Python's own hooks back."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__

    def _catch(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        traceback.print_exception(kind, error, trace, file=sys.stderr)
        self.raised.emit(error)
