"""Surveys: what planned and measured scans come to, found out off the GUI thread."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.gui.facts import facts_of
from ptygui.gui.footprints import Footprints, measured, planned
from ptygui.gui.jobs import Jobs
from ptygui.gui.newest import Newest
from ptygui.gui.portrait import portrait
from ptygui.gui.source import Plan
from ptygui.physics.overlap import Acquisition
from ptygui.physics.simulate import Simulation
from ptygui.scan import Scan


class Surveys(QObject):
    """Footprints and facts of the newest plan or scan, and the portrait of a probe."""

    surveyed = pyqtSignal(object)  # Footprints
    described = pyqtSignal(object, object)  # Scan, Facts
    portrayed = pyqtSignal(object)  # Portrait

    def __init__(self, jobs: Jobs, parent=None):
        super().__init__(parent)
        self.acquisition = Acquisition()
        self._survey: Callable[[Acquisition], Footprints] | None = None
        self._footprints, self._facts = Newest(jobs, self), Newest(jobs, self)
        self._footprints.answered.connect(self.surveyed)
        self._facts.answered.connect(lambda answer: self.described.emit(*answer))
        self._portraits = Newest(jobs, self)
        self._portraits.answered.connect(self.portrayed)

    def plan(self, plan: Plan) -> None:
        """Survey a scan that could be simulated."""
        specimen = plan.specimen
        self._ask(
            partial(planned, specimen.obj, plan.probe, plan.options, pixel_size_m=specimen.pixel_size_m)
        )

    def measure(self, scan: Scan, options: Simulation | None = None) -> None:
        """Survey a scan that is there; `options` are those that it was simulated with."""
        self._ask(partial(measured, scan, options))
        self._facts.ask(lambda: (scan, facts_of(scan)))

    def portray(self, probe: np.ndarray, name: str) -> None:
        """Make pictures of a probe."""
        self._portraits.ask(partial(portrait, probe, name))

    def set_acquisition(self, acquisition: Acquisition) -> None:
        """Other costs of a position, or another scan to compare with."""
        if acquisition != self.acquisition:
            self.acquisition = acquisition
            if self._survey is not None:
                self._ask(self._survey)

    def _ask(self, survey: Callable[..., Footprints]) -> None:
        self._survey = survey
        self._footprints.ask(partial(survey, acquisition=self.acquisition))
