"""Late: acts where an answer takes too long."""

import math
import threading
import time
from collections.abc import Callable


class Late:
    """Calls a function if what has begun does not end in time.

    One thread waits for all questions to a process: to start one for each takes longer than most answers do.

    Parameters
    ----------
    act : callable
        Called in that thread.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act, self._turn = act, threading.Condition()
        self._until = self._wakes = math.inf  # by the monotonic clock [s]; when the thread looks next
        self._over = False
        threading.Thread(target=self._run, name="late answers", daemon=True).start()

    def begin(self, seconds: float) -> None:
        """It may take so long from now on [s]."""
        with self._turn:
            self._until = time.monotonic() + seconds
            if self._until < self._wakes:
                self._turn.notify()

    def end(self) -> None:
        """It has ended."""
        with self._turn:
            self._until = math.inf  # whenever the thread wakes, it looks again

    def close(self) -> None:
        """End the thread."""
        with self._turn:
            self._over = True
            self._turn.notify()

    def _run(self) -> None:
        with self._turn:
            while not self._over:
                left = self._until - time.monotonic()
                if left <= 0:
                    self._until = math.inf
                    self._act()
                    continue
                self._wakes = self._until
                self._turn.wait(None if math.isinf(left) else left)
