"""Orienter: tries the orientations of a scan's positions, in a thread of its own."""

from collections.abc import Generator

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.experiment.orientation import Orientations, orientations
from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread
from ptygui.scan import Scan


class Orienter(QObject):
    """Tries all orientations of one scan at a time."""

    found = pyqtSignal(Orientations)  # so far
    searching_changed = pyqtSignal(bool)
    failed = pyqtSignal(object)  # Exception

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.scan: Scan | None = None  # that was tried last, or is being tried
        self._thread: StepThread | None = None

    @property
    def searching(self) -> bool:
        """Whether orientations are being tried."""
        return self._thread is not None

    def search(self, scan: Scan, device: str = "auto") -> None:
        """Try them on this scan now, instead of another."""
        self.stop()
        self.scan = scan
        thread = StepThread(lambda: _tried(scan, device), self)
        thread.step_ready.connect(lambda: self._take(thread))
        thread.failed.connect(self.failed)
        thread.finished.connect(lambda: self._end(thread))
        self._thread = thread
        self.searching_changed.emit(True)
        thread.start()

    def stop(self) -> None:
        """End the search at its next sweep."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            thread.stop()
            thread.finished.connect(thread.deleteLater)
            self.searching_changed.emit(False)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        thread = self._thread
        self.stop()
        if thread is not None:
            thread.wait()

    def _take(self, thread: StepThread) -> None:
        found = thread.take()
        if found and thread is self._thread:
            self.found.emit(found[-1])

    def _end(self, thread: StepThread) -> None:
        if thread is self._thread:
            self._take(thread)
            self._thread = None
            thread.deleteLater()
            self.searching_changed.emit(False)


def _tried(scan: Scan, device: str) -> Generator[Orientations | None, None, None]:
    load(networks=False)
    return orientations(scan, device)
