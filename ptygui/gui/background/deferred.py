"""Later: what is asked for while something is under way that would undo it, done when that is over."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer, pyqtSignal


class Deferred(QObject):
    """Keeps what is asked for, in its order, until nothing is under way any more."""

    noted = pyqtSignal(str)  # that something waits, and for what

    def __init__(self, parent=None):
        super().__init__(parent)
        self._under_way: list[str] = []
        self._waiting: list[Callable[[], None]] = []

    def begin(self, what: str) -> None:
        """Something has begun, such as "p.ptygui"."""
        self._under_way.append(what)

    def end(self, *_) -> None:
        """One of those that have begun is over, whatever came of it."""
        self._under_way = self._under_way[1:]
        if not self._under_way:
            QTimer.singleShot(0, self._go)  # after what else hears of the end

    def ask(self, what: str, act: Callable[[], None]) -> None:
        """Do something: now, or when all is over."""
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
