"""Coverer: where a scan says nothing about the object, found in another thread."""

from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.analysis.coverage import Coverage, coverage_of
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.scan import Geometry
from ptygui.step import Step


class Coverer(QObject):
    """Answers the latest question."""

    found = pyqtSignal(Geometry, Coverage)

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self._finding = Latest(jobs, self)
        self._finding.answered.connect(lambda answer: self.found.emit(*answer))

    def ask(self, scan: Geometry, step: Step) -> None:
        """Find the coverage of a step of a scan."""
        self._finding.ask(partial(_found, scan, step.prior_share))


def _found(scan: Geometry, share: np.ndarray | None) -> tuple[Geometry, Coverage]:
    return scan, coverage_of(scan, share)
