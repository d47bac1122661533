"""Pages: the pictures in the middle of the window."""

from PyQt6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from ptygui.gui.views.compare import CompareView
from ptygui.gui.views.deviations import DeviationsView
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.timeline import TimelineView

STEPS, COMPARISON, DEVIATIONS = range(3)


class Pages(QTabWidget):
    """The steps of a run over their timeline, two results against one another, and seeds."""

    def __init__(
        self, pictures: ObjectView, timeline: TimelineView, compare: CompareView, deviations: DeviationsView
    ):
        super().__init__(documentMode=True)
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
