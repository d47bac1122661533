"""Pace: shows what comes in no more often than the window can spare the time."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer

SHARE = 0.007  # of one processor, at most, goes into showing a run; with `reconstruct.SPARED` below 3 %
LONGEST = 1.5  # how long a picture may be held back, however dear [s]


class FrameBudget(QObject):
    """Calls `show` some time after it is asked to: the dearer the last showing, the later.

    Drawing in this thread holds the interpreter, which a run in another thread needs between any two
    operations: what the window spends, the run waits for. What one showing cost is the processor time of
    this thread from then on, painting included.

    Parameters
    ----------
    show : callable
        Shows all that has come in.
    """

    def __init__(self, show: Callable[[], None], parent: QObject | None = None):
        super().__init__(parent)
        self._show = show
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.show_now)
        self._shown, self._spent = 0.0, time.thread_time()

    def ask(self) -> None:
        """Let `show` be called as soon as the last showing is paid for."""
        if not self._timer.isActive():
            cost = time.thread_time() - self._spent
            left = self._shown + min(cost / SHARE, LONGEST) - time.perf_counter()
            self._timer.start(max(0, round(1e3 * left)))

    def show_now(self) -> None:
        """Call `show` at once, asked or not."""
        self._timer.stop()
        self._shown, self._spent = time.perf_counter(), time.thread_time()
        self._show()
