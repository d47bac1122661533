"""Preload: imports slow modules in the background, so that the first run starts at once."""

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.gui.background.imports import import_all
from ptygui.gui.background.step_thread import StepThread


class Preload(QObject):
    """Imports in a thread, and reports the device that it finds."""

    device_found = pyqtSignal(str)  # what "auto" means here
    failed = pyqtSignal(Exception)
    finished = pyqtSignal()  # all is imported

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._thread: StepThread | None = None
        self._closed = False

    @property
    def done(self) -> bool:
        """Whether all is imported."""
        return self._thread is not None and self._thread.isFinished()

    def start(self) -> None:
        """Begin."""
        self._thread = thread = StepThread(import_all, self)
        thread.step_ready.connect(lambda: self.device_found.emit("".join(thread.take())))
        thread.failed.connect(self.failed)
        thread.finished.connect(self._end)
        thread.start()

    def _end(self) -> None:
        if not self._closed:
            self.finished.emit()

    def close(self) -> None:
        """Wait until the thread ends, at the next thing to import."""
        self._closed = True
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()
