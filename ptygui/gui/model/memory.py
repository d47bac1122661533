"""Trimmer: returns memory that ended runs have freed to the operating system."""

import asyncio
import ctypes
import sys
from collections.abc import Callable
from functools import cache

from PyQt6.QtCore import QObject, QTimer

from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.session import Session

REST = 3000  # delay after the end of a run or a change of the list [ms]


class MemoryTrimmer(QObject):
    """After runs have ended or been deleted, and while none is live, returns freed memory in another thread.

    glibc keeps freed memory for later allocations. Where blocks in use lie between, it never returns it:
    60 to 110 MB after a hundred short runs, more than a run's steps if those are large. Returning it takes
    5 to 10 ms; a live run would allocate it again at once.
    """

    def __init__(self, jobs: Jobs, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs, self.session = jobs, session
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._trim)
        session.run_finished.connect(self._ask)
        session.runs_changed.connect(self._ask)

    def close(self) -> None:
        """Start no further work."""
        self._timer.stop()
        self.session.run_finished.disconnect(self._ask)
        self.session.runs_changed.disconnect(self._ask)

    def _ask(self, *_: object) -> None:
        if not self._timer.isActive():  # not postponed by each run of a queue
            self._timer.start()

    def _trim(self) -> None:
        if not self.session.live:  # otherwise its end asks again
            self.jobs.start("", asyncio.to_thread(trim))


def trim() -> bool:
    """Return freed memory to the system; True if there was any and the C library supports it."""
    act = _malloc_trim()
    return act is not None and bool(act(0))


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
