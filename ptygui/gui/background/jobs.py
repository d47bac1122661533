"""Short jobs outside the GUI thread: opening, simulating, saving."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal


class Jobs(QObject):
    """Runs coroutines on the window's event loop and reports what is in progress and what failed."""

    busy = pyqtSignal(str)  # what is being done; empty when nothing is
    failed = pyqtSignal(BaseException)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._running: dict[asyncio.Task[Any], str] = {}
        self._over = False

    def __len__(self) -> int:
        return len(self._running)

    def start(self, what: str, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin a job; `what` is shown while it lasts, such as "reading a.h5"; an empty one is not shown."""
        task = asyncio.ensure_future(coroutine)
        self._running[task] = what
        task.add_done_callback(self._end)
        if self._over:
            task.cancel()
            return task
        if what:
            self.busy.emit(what)
        return task

    def cancel(self) -> None:
        """Drop all jobs and accept no more; what runs in a thread ends there, and its result is ignored."""
        self._over = True
        for task in self._running:
            task.cancel()

    def _end(self, task: asyncio.Task[Any]) -> None:
        what = self._running.pop(task)
        if self._over:  # the window may be closed
            return
        if what:
            self.busy.emit(next(filter(None, self._running.values()), ""))
        if not task.cancelled() and task.exception() is not None:
            self.failed.emit(task.exception())
