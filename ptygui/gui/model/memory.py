"""Trimmer: gives back to the system what runs that are over leave between what is kept."""

import asyncio
import ctypes
import sys
from functools import cache

from PyQt6.QtCore import QObject, QTimer

from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.session import Session

REST = 3000  # from the end of a run or a change of the list until then [ms]


class MemoryTrimmer(QObject):
    """After runs have ended or gone, and while none is live, hands freed memory back in another thread.

    glibc keeps what is freed for the next to ask for it, and between things that stay it keeps it for good:
    60 to 110 MB after a hundred short runs, more than a run's steps where those are large. To hand it back
    takes 5 to 10 ms; a run that were live would ask for it anew at once.
    """

    def __init__(self, jobs: Jobs, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs, self.session = jobs, session
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._trim)
        session.run_finished.connect(self._ask)
        session.runs_changed.connect(self._ask)

    def close(self) -> None:
        """Begin nothing any more."""
        self._timer.stop()
        self.session.run_finished.disconnect(self._ask)
        self.session.runs_changed.disconnect(self._ask)

    def _ask(self, *_) -> None:
        if not self._timer.isActive():  # not put off by each run of a queue
            self._timer.start()

    def _trim(self) -> None:
        if not self.session.live:  # else its end asks again
            self.jobs.start("", asyncio.to_thread(trim))


def trim() -> bool:
    """Hand freed memory back to the system; whether there was any, and a C library that does it."""
    act = _malloc_trim()
    return act is not None and bool(act(0))


@cache
def _malloc_trim():
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
