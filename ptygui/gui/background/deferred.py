"""Deferred: keeps requests until the file that is being opened is loaded."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer, pyqtSignal


class Deferred(QObject):
    """Keeps requests in order until nothing is in progress that would undo them."""

    noted = pyqtSignal(str)  # that a request waits, and for what

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._under_way: list[str] = []
        self._waiting: list[Callable[[], None]] = []

    def begin(self, what: str) -> None:
        """Note that something has begun, such as "p.ptygui"."""
        self._under_way.append(what)

    def end(self, *_: object) -> None:
        """Note that one of those that have begun has ended, with or without success."""
        self._under_way = self._under_way[1:]
        if not self._under_way:
            QTimer.singleShot(0, self._go)  # after the other slots that are called at the end

    def ask(self, what: str, act: Callable[[], None]) -> None:
        """Carry out a request: now, or when nothing is in progress any more."""
        if self._under_way:
            self._waiting.append(act)
            self.noted.emit(f"{what} follows once {self._under_way[-1]} is open")
        else:
            act()

    def _go(self) -> None:
        if not self._under_way:
            waiting, self._waiting = self._waiting, []
            for act in waiting:
                act()
