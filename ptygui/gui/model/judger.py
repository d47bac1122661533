"""Judger: measures whether the result of a run can be trusted, when asked, behind the runs."""

from collections.abc import Generator

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.analysis.judged import Judged
from ptygui.experiment.judging import judge
from ptygui.experiment.run import Run
from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread
from ptygui.methods import Imported
from ptygui.methods.base import Method
from ptygui.scan import Scan
from ptygui.step import Step


def why_not(run: Run | None, live: bool) -> str:
    """Why a run cannot be judged now; empty if it can."""
    if run is None or run.last is None or run.outcome not in ("done", "stopped"):
        return "There is no result yet."
    if isinstance(run.method, Imported):
        return "It is of another program, whose method is not known here."
    if not isinstance(run.scan, Scan):
        return "The diffraction patterns of its scan are not open."
    if run.scan.noise == "none":
        return "Its scan has no noise."
    return "Wait until no run is live." if live else ""


class Judger(QObject):
    """Judges one run at a time, in a thread of low priority; what it finds is the run's `judged`."""

    judged = pyqtSignal(Run)  # as more is known of it
    changed = pyqtSignal()  # whether it judges, and how far that is
    failed = pyqtSignal(object)  # Exception

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.run: Run | None = None  # that is being judged
        self._thread: StepThread | None = None
        self._fits = 0

    @property
    def doing(self) -> str:
        """How far it is, in a word; empty if it judges nothing."""
        return f"Judging {self._fits}…" if self.run is not None else ""

    def judge(self, run: Run) -> None:
        """Judge a run now, instead of another."""
        self.stop()
        scan, known = run.scan, run.last if run.seed == 0 and not run.past else None
        if not isinstance(scan, Scan):
            return
        thread = StepThread(lambda: _judged(scan, run.method, run.device, known), self)
        thread.step_ready.connect(lambda: self._take(thread, run))
        thread.failed.connect(self.failed)
        thread.finished.connect(lambda: self._end(thread, run))
        self._thread, self.run, self._fits = thread, run, 1
        self.changed.emit()
        thread.start()

    def stop(self) -> None:
        """End at the next iterate; a run that is not judged to the end keeps what was known before."""
        if self._thread is not None:
            thread, self._thread, self.run = self._thread, None, None
            thread.stop()
            thread.finished.connect(thread.deleteLater)
            self.changed.emit()

    def close(self) -> None:
        """Stop, and wait for the thread."""
        thread = self._thread
        self.stop()
        if thread is not None:
            thread.wait()

    def _take(self, thread: StepThread, run: Run) -> None:
        found = thread.take()
        if found and thread is self._thread:
            newest: Judged = found[-1]
            self._fits = 2 + len(newest.drawn) + len(newest.fits)
            if newest.done:
                run.judged = newest
                self.judged.emit(run)
            self.changed.emit()

    def _end(self, thread: StepThread, run: Run) -> None:
        if thread is self._thread:
            self._take(thread, run)
            self._thread, self.run = None, None
            thread.deleteLater()
            self.changed.emit()


def _judged(
    scan: Scan, method: Method, device: str, known: Step | None
) -> Generator[Judged | None, None, None]:
    load(networks=True)
    return judge(scan, method, device=device, known=known)
