"""Sweeper: one overlap sweep, in its own thread, parallel to any run."""

from collections.abc import Generator

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.experiment.reconstruct import pick_device
from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread
from ptygui.tasks.plans import Plan
from ptygui.tasks.sweep import Progress, sweep


class Sweeper(QObject):
    """Runs a plan, hands out each run that has ended, and reports progress."""

    started = pyqtSignal()
    runs_done = pyqtSignal(list)  # of Run, without numbers
    progressed = pyqtSignal(Progress)
    finished = pyqtSignal(str)  # "done", "stopped" or "failed"
    failed = pyqtSignal(Exception)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._thread: StepThread | None = None
        self._number = 0
        self._handed = 0  # number of runs handed out
        self._dropped = False  # whether its runs are no longer wanted

    @property
    def live(self) -> bool:
        """Whether a sweep is running."""
        return self._thread is not None

    @property
    def number(self) -> int:
        """Number of the running sweep, see `Run.sweep`; 0 for none."""
        return self._number if self.live else 0

    def start(self, plan: Plan, device: str) -> None:
        """Begin a sweep, unless one is running."""
        if self.live:
            return
        self._number, self._handed, self._dropped = plan.number, 0, False
        self._thread = thread = StepThread(lambda: _sweep(plan, device), self)
        thread.step_ready.connect(self._take)
        thread.failed.connect(self.failed)
        thread.finished.connect(self._end)
        thread.start()
        self.started.emit()

    def stop(self) -> None:
        """End at once; ended runs are kept."""
        if self._thread is not None:
            self._thread.stop()

    def drop(self) -> None:
        """End at once, and hand out no more runs: the window works on other runs."""
        self._dropped = True
        self.stop()

    def close(self) -> None:
        """End and wait for the thread; hand out the ended runs."""
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()
            self._take()
            self._thread = None

    def _take(self) -> None:
        items: list[Progress] = self._thread.take() if self._thread is not None else []
        if items and not self._dropped:
            last = items[-1]
            new = list(last.runs[self._handed :])
            self._handed = len(last.runs)
            if new:
                self.runs_done.emit(new)
            self.progressed.emit(last)

    def _end(self) -> None:
        thread = self._thread
        if thread is None:  # closed in the meantime
            return
        self._take()
        self._thread = None
        self.finished.emit(thread.finish())


def _sweep(plan: Plan, device: str) -> Generator[Progress | None, bool | None, None]:
    load(networks=any(method.learned for method in plan.methods))
    return sweep(plan, pick_device(device))
