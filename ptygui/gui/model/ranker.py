"""Ranker: measures which prior suits a scan, behind the runs and never beside one."""

from collections.abc import Generator, Sequence
from weakref import WeakKeyDictionary

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from ptygui.experiment.ranking import Ranking, rank_priors
from ptygui.experiment.run import Run
from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread
from ptygui.scan import Scan

QUIET = 2000  # ms without a run before priors are ranked by itself


class Ranker(QObject):
    """Ranks priors on one scan at a time, in a thread of low priority.

    While `automatic`, a scan is ranked once a run with a prior has ended on it and no other has begun for a
    moment. Any run that begins ends the ranking at its next data step; it is measured anew after that run.
    """

    ranked = pyqtSignal(object, object)  # Scan, Ranking so far
    measuring_changed = pyqtSignal(bool)
    failed = pyqtSignal(object)  # Exception

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.automatic = False
        self.priors: Sequence[str] = ()
        self._known: WeakKeyDictionary[Scan, Ranking] = WeakKeyDictionary()
        self._thread: StepThread | None = None
        self._scan: Scan | None = None  # that is ranked, or will be after the rest
        self._device = "auto"
        self._rest = QTimer(self, singleShot=True, interval=QUIET)
        self._rest.timeout.connect(self._measure)

    @property
    def measuring(self) -> bool:
        """Whether a ranking is being measured."""
        return self._thread is not None

    def of(self, scan: object) -> Ranking | None:
        """The newest ranking on a scan, if there is one; it may have been ended early."""
        return self._known.get(scan) if isinstance(scan, Scan) else None

    def set_priors(self, priors: Sequence[str]) -> None:
        """Rank these from now on, by name or folder."""
        self.priors = tuple(priors)

    def measure(self, scan: Scan, device: str = "auto") -> None:
        """Rank priors on a scan now, instead of another."""
        self.stop()
        self._scan, self._device = scan, device
        self._measure()

    def follow(self, run: Run) -> None:
        """Rank priors on the scan of a run that has ended, after a moment, unless known or not wanted."""
        known = self.of(run.scan)
        new = known is None or not known.done
        if self.automatic and new and run.outcome == "done" and run.method.diffusion and not self.measuring:
            if isinstance(run.scan, Scan):
                self._scan, self._device = run.scan, run.device
                self._rest.start()

    def stop(self) -> None:
        """End a ranking at its next data step, and plan none; what it found so far stays."""
        self._rest.stop()
        if self._thread is not None:
            thread, self._thread = self._thread, None
            thread.stop()
            thread.finished.connect(thread.deleteLater)
            self.measuring_changed.emit(False)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        thread = self._thread
        self.stop()
        if thread is not None:
            thread.wait()

    def _measure(self) -> None:
        scan, priors, device = self._scan, self.priors, self._device
        if scan is None or self.measuring:
            return
        thread = StepThread(lambda: _ranked(scan, priors, device), self)
        thread.step_ready.connect(lambda: self._take(thread, scan))
        thread.failed.connect(self.failed)
        thread.finished.connect(lambda: self._end(thread, scan))
        self._thread = thread
        self.measuring_changed.emit(True)
        thread.start()

    def _take(self, thread: StepThread, scan: Scan) -> None:
        found = thread.take()
        if found and thread is self._thread:
            self._known[scan] = found[-1]
            self.ranked.emit(scan, found[-1])

    def _end(self, thread: StepThread, scan: Scan) -> None:
        if thread is self._thread:
            self._take(thread, scan)
            self._thread = None
            thread.deleteLater()
            self.measuring_changed.emit(False)


def _ranked(scan: Scan, priors: Sequence[str], device: str) -> Generator[Ranking | None, None, None]:
    load(networks=True)
    return rank_priors(scan, priors, device=device)
