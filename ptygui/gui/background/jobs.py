"""Short jobs outside the GUI thread: opening, simulating, saving."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PyQt6.QtCore import QObject, pyqtSignal

_T = TypeVar("_T")
SOON = 0.4  # after which it is told what is read, even if not how far [s]


class Stopped(Exception):
    """A job was stopped by the user."""


class Jobs(QObject):
    """Runs coroutines on the window's event loop and reports what is in progress and what failed."""

    busy = pyqtSignal(str)  # what is being done; empty when nothing is
    failed = pyqtSignal(BaseException)
    stopped = pyqtSignal(str)  # what was being done
    progressed = pyqtSignal(str, int, int, str)  # what, done, of how much (0: it is over), unit
    lasting = pyqtSignal(str)  # what is read, once that has taken a moment
    _told = pyqtSignal(asyncio.Event, str, int, int, str)  # from a thread; the first says of which reading

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._running: dict[asyncio.Task[Any], str] = {}
        self._over = False
        self._reading: list[asyncio.Event] = []  # set to stop
        self._told.connect(self._tell)

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

    async def in_thread(self, function: Callable[..., _T], *args: Any, **keywords: Any) -> _T:
        """The answer of a function that reads files, called in a thread; `progressed` tells how far it is.

        Raises
        ------
        Stopped
            At once, if `stop` is called meanwhile; the thread ends at the next block of the file.
        """
        from ptygui.files.progress import told_of_reading

        task, halt = asyncio.current_task(), asyncio.Event()
        what = self._running.get(task, "") if task is not None else ""

        def told(done: int, whole: int, unit: str) -> None:
            if halt.is_set() or self._over:
                raise Stopped
            self._told.emit(halt, what, done, whole, unit)

        def work() -> _T:
            with told_of_reading(told):
                return function(*args, **keywords)

        self._reading.append(halt)
        soon = asyncio.get_running_loop().call_later(SOON, self._last, halt, what)
        answer, stop = asyncio.ensure_future(asyncio.to_thread(work)), asyncio.ensure_future(halt.wait())
        try:
            await asyncio.wait((answer, stop), return_when=asyncio.FIRST_COMPLETED)
            if halt.is_set():
                raise Stopped
            return answer.result()
        finally:
            soon.cancel()
            for one in (answer, stop):
                one.cancel()
            self._reading.remove(halt)
            if not self._over and not self._reading:  # else another one reads on
                self.progressed.emit(what, 0, 0, "")

    def stop(self) -> None:
        """Stop what `in_thread` reads now."""
        for halt in self._reading:
            halt.set()

    def cancel(self) -> None:
        """Drop all jobs and accept no more; what runs in a thread ends there, and its result is ignored."""
        self._over = True
        for task in self._running:
            task.cancel()

    def _tell(self, halt: asyncio.Event, what: str, done: int, whole: int, unit: str) -> None:
        if halt in self._reading and not halt.is_set():  # else it was told before, and came after its end
            self.progressed.emit(what, done, whole, unit)

    def _last(self, halt: asyncio.Event, what: str) -> None:
        if what and not self._over and not halt.is_set():
            self.lasting.emit(what)

    def _end(self, task: asyncio.Task[Any]) -> None:
        what = self._running.pop(task)
        if self._over:  # the window may be closed
            return
        if what:
            self.busy.emit(next(filter(None, self._running.values()), ""))
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Stopped):
            self.stopped.emit(what)
        elif error is not None:
            self.failed.emit(error)
