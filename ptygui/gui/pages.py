"""Pages: the pictures in the middle of the window."""

from typing import Protocol

from PyQt6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from ptygui.figures.figure import Figure
from ptygui.gui.panels.sweep import SweepPanel
from ptygui.gui.views.compare import CompareView
from ptygui.gui.views.data import DataView
from ptygui.gui.views.deviations import DeviationsView
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.positions import PositionsView
from ptygui.gui.views.probe_modes import ProbeModesView
from ptygui.gui.views.sweep import SweepView
from ptygui.gui.views.timeline import TimelineView

STEPS, COMPARISON, DEVIATIONS, OVERLAP, DATA, PROBE, POSITIONS = range(7)


class _Page(Protocol):
    def about(self) -> str: ...

    def figure(self, caption: str = "") -> Figure | None: ...


class Pages(QTabWidget):
    """The steps of a run over their timeline, the comparison, the deviations, and the overlap sweeps.

    Then the data of a scan, and what a run refines of probe and positions.
    """

    def __init__(
        self,
        pictures: ObjectView,
        timeline: TimelineView,
        compare: CompareView,
        deviations: DeviationsView,
        sweep_panel: SweepPanel,
        sweep_view: SweepView,
        data: DataView,
        probe: ProbeModesView,
        positions: PositionsView,
    ):
        super().__init__(documentMode=True)
        self.pictures, self._grids = pictures, {COMPARISON: compare.grid, DEVIATIONS: deviations.grid}
        self._others: dict[int, _Page] = {
            COMPARISON: compare,
            DEVIATIONS: deviations,
            OVERLAP: sweep_view,
            DATA: data,
            PROBE: probe,
            POSITIONS: positions,
        }
        steps = QWidget()
        column = QVBoxLayout(steps)
        column.setContentsMargins(0, 2, 2, 0)
        column.setSpacing(2)
        column.addWidget(pictures, 1)
        column.addWidget(timeline)
        timeline.add_keys(steps)
        self.addTab(steps, "Steps")
        self.addTab(compare, "Comparison")
        self.addTab(deviations, "Deviations")
        overlap = QWidget()
        column = QVBoxLayout(overlap)
        column.setContentsMargins(0, 0, 2, 0)
        column.setSpacing(2)
        column.addWidget(sweep_panel)
        column.addWidget(sweep_view, 1)
        self.addTab(overlap, "Overlap")
        self.addTab(data, "Data")
        self.addTab(probe, "Probe")
        self.addTab(positions, "Positions")

    def about(self) -> str:
        """What the visible pictures show, in words; empty if it is a step of the run."""
        page = self._others.get(self.currentIndex())
        return page.about() if page else ""

    def zoom(self, factor: float) -> None:
        """Magnify the visible pictures by a factor, about their cursor or their centre."""
        pictures = {STEPS: self.pictures.canvas, **self._grids}
        if self.currentIndex() in pictures:
            pictures[self.currentIndex()].linked.zoom(factor)

    def figure(self, caption: str = "") -> Figure | None:
        """What is visible, as a figure for a paper; None if there is nothing."""
        return (self._others.get(self.currentIndex()) or self.pictures).figure(caption)
