"""StepThread: drives a generator in its own thread and hands the newest items to the window."""

import threading
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from PyQt6.QtCore import QObject, QThread, pyqtSignal

from ptygui.priority import yield_to_the_window

SLOTS = 128


class StepThread(QThread):
    """Makes, advances and closes a generator in one thread.

    Items other than None are put into a slot that keeps the newest few, `SLOTS`; older ones that were not
    taken are lost. `step_ready` is emitted only when the slot was empty, so that a slow window is never
    flooded. Before each advance the thread checks whether it should stop or hold.

    Parameters
    ----------
    make : callable
        Returns the generator; called inside the thread. True is sent to it to request an item, whatever its
        own rate.
    counts : callable
        Whether an item is one that the thread may be held at; all by default.
    """

    step_ready = pyqtSignal()
    paused = pyqtSignal()
    failed = pyqtSignal(Exception)

    def __init__(
        self,
        make: Callable[[], Generator[Any, Any, None]],
        parent: QObject | None = None,
        counts: Callable[[Any], bool] = lambda item: True,
    ):
        super().__init__(parent)
        self.outcome = "running"  # then "done", "stopped" or "failed"
        self._make, self._counts = make, counts
        self._slot: deque[Any] = deque(maxlen=SLOTS)
        self._hold, self._single, self._released = False, False, False
        self._waits, self._asked = False, False
        self._changed = threading.Condition()

    def take(self) -> list[Any]:
        """The items since the last call, newest last; for the receiver of `step_ready`."""
        with self._changed:
            items = list(self._slot)
            self._slot.clear()
        return items

    def ask(self) -> None:
        """Request an item, unless one comes by itself."""
        self._asked = True

    def pause(self) -> None:
        """Hold at the next advance, with an item that shows the state there."""
        with self._changed:
            self._hold = True

    def step_once(self) -> None:
        """Hold, after one more advance if held already."""
        with self._changed:
            self._hold, self._single = True, self._hold
            self._changed.notify_all()

    def resume(self) -> None:
        """Continue without holding."""
        with self._changed:
            self._released = self._hold  # seen even if the next pause comes before the thread wakes
            self._hold = self._single = False
            self._changed.notify_all()

    @property
    def held(self) -> bool:
        """Whether it waits and has not been told to continue or step in the meantime."""
        with self._changed:
            return self._waits and not (self._released or self._single)

    def stop(self) -> None:
        """End before the next advance; the generator is closed in its thread."""
        self.requestInterruption()
        with self._changed:
            self._changed.notify_all()

    def finish(self) -> str:
        """Once it has told that it ends: wait for that, and let Qt delete it. Returns the outcome."""
        self.wait()
        self.deleteLater()
        return self.outcome

    def run(self) -> None:
        """Thread body."""
        yield_to_the_window()
        try:
            generator = self._make()
            try:
                self.outcome = self._drive(generator)
            finally:
                generator.close()
        except Exception as error:
            self.outcome = "failed"
            self.failed.emit(error)

    def _drive(self, generator: Generator[Any, Any, None]) -> str:
        wanted: bool | None = None
        while not self.isInterruptionRequested():
            try:
                item = generator.send(wanted)
            except StopIteration:
                return "done"
            counts = item is not None and self._counts(item)
            if item is not None:
                self._leave(item)
            wanted = self._wait(counts)
        return "stopped"

    def _leave(self, item: Any) -> None:
        with self._changed:
            was_empty, self._asked = not self._slot, False
            self._slot.append(item)
        if was_empty:
            self.step_ready.emit()

    def _wait(self, counts: bool) -> bool:
        """Whether to request an item; returns at once unless held."""
        with self._changed:
            if not self._hold:
                self._released = False
                return self._asked
            if not counts:
                return True
            self._waits = True
            if not self._single:
                self.paused.emit()
            self._changed.wait_for(
                lambda: self._released or self._single or self.isInterruptionRequested(),
            )
            self._waits = self._single = self._released = False
            return self._hold
