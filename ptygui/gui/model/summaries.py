"""Summaries: sampling and facts of planned and measured scans, computed outside the GUI thread."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.analysis.overview import Overview, overview_of
from ptygui.experiment.thinning import Thinning
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.footprints import Footprints, measured, planned, thinned_plan
from ptygui.gui.model.probe_summary import ProbeSummary, probe_summary
from ptygui.gui.model.quantities import facts_of
from ptygui.gui.model.simulator import ScanPlan
from ptygui.physics.overlap import Acquisition
from ptygui.physics.simulate import Simulation
from ptygui.scan import Geometry, Scan


class Summaries(QObject):
    """Footprints and facts of the newest plan or scan, and the summary of a probe."""

    surveyed = pyqtSignal(Footprints)
    described = pyqtSignal(Geometry, tuple)  # scan, its Facts
    probe_summarised = pyqtSignal(ProbeSummary)
    overviewed = pyqtSignal(Scan, Overview, tuple)  # scan, its overview and Facts

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self.acquisition = Acquisition()
        self._survey: Callable[[Acquisition], Footprints] | None = None
        self._footprints, self._facts = Latest(jobs, self), Latest(jobs, self)
        self._footprints.answered.connect(self.surveyed)
        self._facts.answered.connect(lambda answer: self.described.emit(*answer))
        self._overviews = Latest(jobs, self)
        self._overviews.answered.connect(lambda answer: self.overviewed.emit(*answer))
        self._probe: tuple[np.ndarray | None, str] = None, ""  # requested last
        self._probes = Latest(jobs, self)
        self._probes.answered.connect(self.probe_summarised)

    def plan(self, plan: ScanPlan) -> None:
        """Survey a planned scan."""
        specimen = plan.specimen
        self._ask(
            partial(planned, specimen.obj, plan.probe, plan.options, pixel_size_m=specimen.pixel_size_m)
        )

    def thin(self, scan: Geometry, thinning: Thinning) -> None:
        """Survey a scan that is to be thinned."""
        self._ask(partial(thinned_plan, scan, thinning))

    def measure(self, scan: Geometry, options: Simulation | None = None) -> None:
        """Survey an existing scan; `options` are those that it was simulated with."""
        self._ask(partial(measured, scan, options))
        self._facts.ask(lambda: (scan, facts_of(scan)))

    def overview(self, scan: Scan) -> None:
        """Look through all patterns of a scan."""
        self._overviews.ask(lambda: (scan, overview_of(scan), facts_of(scan)))

    def summarise_probe(self, probe: np.ndarray, name: str) -> None:
        """Make pictures of a probe, unless they exist or are being made."""
        if probe is self._probe[0] and name == self._probe[1]:
            return
        self._probe = probe, name
        self._probes.ask(partial(probe_summary, probe, name))

    def set_acquisition(self, acquisition: Acquisition) -> None:
        """Set other costs of a position, or another scan to compare with."""
        if acquisition != self.acquisition:
            self.acquisition = acquisition
            if self._survey is not None:
                self._ask(self._survey)

    def _ask(self, survey: Callable[..., Footprints]) -> None:
        self._survey = survey
        self._footprints.ask(partial(survey, acquisition=self.acquisition))
