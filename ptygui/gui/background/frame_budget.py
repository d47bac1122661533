"""Limits how often new data are drawn, to what the window can afford."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer

SHARE = 0.007  # of one processor at most is used to show a run; with `reconstruct.SPARED` below 3 %
LONGEST = 1.5  # longest time that a picture is held back, however slow to draw [s]


class FrameBudget(QObject):
    """Calls `show` some time after it is asked to: the longer the last redraw took, the longer the wait.

    Drawing in this thread holds the interpreter, which a run in another thread needs for every operation:
    the run waits while the window draws. The cost of a redraw is the processor time of this thread from
    then on, painting included.

    Parameters
    ----------
    show : callable
        Shows everything that has arrived.
    """

    def __init__(self, show: Callable[[], None], parent: QObject | None = None):
        super().__init__(parent)
        self._show = show
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.show_now)
        self._shown, self._spent = 0.0, time.thread_time()

    def ask(self) -> None:
        """Let `show` be called once the budget for the last redraw has been earned."""
        if not self._timer.isActive():
            cost = time.thread_time() - self._spent
            left = self._shown + min(cost / SHARE, LONGEST) - time.perf_counter()
            self._timer.start(max(0, round(1e3 * left)))

    def show_now(self) -> None:
        """Call `show` at once, whether it was requested or not."""
        self._timer.stop()
        self._shown, self._spent = time.perf_counter(), time.thread_time()
        self._show()
