"""Batcher: many scans by one request, in a thread of its own, parallel to any run."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread

if TYPE_CHECKING:
    from ptygui.files.batch import BatchPlan, BatchProgress


class Batcher(QObject):
    """Carries out a plan, and reports its rows."""

    progressed = pyqtSignal(object)  # BatchProgress, imported with the first batch
    finished = pyqtSignal(str)  # "done", "stopped" or "failed"
    failed = pyqtSignal(Exception)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._thread: StepThread | None = None

    @property
    def live(self) -> bool:
        """Whether a batch is running."""
        return self._thread is not None

    def start(self, plan: "BatchPlan") -> None:
        """Begin, unless one is running."""
        if self.live:
            return
        self._thread = thread = StepThread(lambda: _batch(plan), self)
        thread.step_ready.connect(self._take)
        thread.failed.connect(self.failed)
        thread.finished.connect(self._end)
        thread.start()

    def stop(self) -> None:
        """End at once; results that are written stay."""
        if self._thread is not None:
            self._thread.stop()

    def close(self) -> None:
        """End, and wait for the thread."""
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()
            self._thread = None

    def _take(self) -> None:
        items: list[BatchProgress] = self._thread.take() if self._thread is not None else []
        if items:
            self.progressed.emit(items[-1])

    def _end(self) -> None:
        thread = self._thread
        if thread is None:  # closed in the meantime
            return
        self._take()
        self._thread = None
        self.finished.emit(thread.finish())


def _batch(plan: "BatchPlan") -> "Generator[BatchProgress | None, bool | None, None]":
    from ptygui.files.batch import batch

    load(networks=plan.method.learned)
    return batch(plan)
