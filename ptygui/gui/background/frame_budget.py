"""Limits how often a run is drawn, to what window and run can afford."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer

from ptygui.experiment import reconstruct

SHARE = 0.0065  # of one processor at most draws a run; with `reconstruct.SPARED` for its Steps below 3 %
LONGEST = 1.5  # longest time that a picture is held back, however slow to draw [s]


class FrameBudget(QObject):
    """The one throttle between a run and its pictures: a frame is drawn as it comes, once it can be paid.

    Drawing in this thread holds the interpreter, which a run in another thread needs for every operation:
    the run waits while the window draws. So the more a frame costs, the longer is the wait for the next. The
    cost is the processor time of this thread from one frame to the next, painting included. If nothing has
    arrived by then, a frame is asked for, unless making it costs too much. The first frame does not wait.

    Parameters
    ----------
    show : callable
        Shows everything that has arrived; returns what it took to make a part of it, in the run's thread [s].
    ask : callable
        Requests something to show.
    """

    def __init__(self, show: Callable[[], float], ask: Callable[[], None], parent: QObject | None = None):
        super().__init__(parent)
        self._show, self._ask = show, ask
        self._waiting = False  # whether something has arrived that is not shown
        self._drawing = QTimer(self, singleShot=True)  # active until the drawing of a frame is earned
        self._making = QTimer(self, singleShot=True)  # and until the making of one is earned, too
        self._drawing.timeout.connect(self._earn)
        self._making.timeout.connect(self._ask)
        self.begin()

    def begin(self) -> None:
        """Start anew: what arrives next is shown at once."""
        self._drawing.stop()
        self._making.stop()
        self._waiting, self._spent = False, time.thread_time()

    def arrive(self) -> None:
        """Show what has arrived, in this turn of the event loop or once the budget for it is earned."""
        if self._drawing.isActive():
            self._waiting = True
        else:
            self.show_now()

    def show_now(self) -> None:
        """Show what has arrived, whether the budget is earned or not."""
        self._waiting = False
        before, self._spent = self._spent, time.thread_time()
        made = self._show()
        drawing = min((self._spent - before) / SHARE, LONGEST)
        making = min(made / reconstruct.SHARE, reconstruct.LONGEST)
        self._drawing.start(round(1e3 * drawing))
        self._making.start(round(1e3 * max(drawing, making)))

    def _earn(self) -> None:
        if self._waiting:
            self.show_now()
