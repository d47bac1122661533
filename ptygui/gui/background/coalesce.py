"""Coalesces signals: their slots are called in one turn of the event loop, so that one repaint suffices."""

import time
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtBoundSignal

Slot = Callable[..., object]


class Coalesced(QObject):
    """Calls slots with the newest arguments of their signals, all pending ones in one turn of the event loop.

    Signals that are throttled one by one arrive in different turns, and the window is painted between any
    two of them.

    Parameters
    ----------
    rate : float
        Maximum number of calls per second.
    """

    def __init__(self, rate: float, parent: QObject | None = None):
        super().__init__(parent)
        self._slots: list[Slot] = []
        self._asked: dict[Slot, tuple[Any, ...]] = {}
        self._least, self._called = 1.0 / rate, 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._call)

    def connect(self, signal: pyqtBoundSignal, slot: Slot) -> None:
        """Let a slot be called after a signal; those connected first are called first."""
        self._slots.append(slot)
        signal.connect(lambda *arguments: self._ask(slot, arguments))

    def disconnect(self) -> None:
        """Make no further calls."""
        self._slots, self._asked = [], {}
        self._timer.stop()

    def flush(self) -> None:
        """Call now what waits: for what is paced already, as the steps of a run are."""
        if self._timer.isActive():
            self._timer.stop()
            self._call()

    def _ask(self, slot: Slot, arguments: tuple[Any, ...]) -> None:
        self._asked[slot] = arguments
        if not self._timer.isActive():
            wait = self._called + self._least - time.perf_counter()
            self._timer.start(max(0, round(1e3 * wait)))

    def _call(self) -> None:
        self._called = time.perf_counter()
        asked, self._asked = self._asked, {}
        for slot in self._slots:
            if slot in asked:
                slot(*asked[slot])
