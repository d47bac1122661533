"""Pages: the pictures in the middle of the window."""

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar, runtime_checkable

from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from ptygui.figures.figure import Figure
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.panes import PaneGrid
from ptygui.gui.views.timeline import TimelineView
from ptygui.gui.widgets.certain import certain

TITLES = ("Steps", "Comparison", "Deviations", "Overlap", "Data", "Probe", "Positions")
STEPS, COMPARISON, DEVIATIONS, OVERLAP, DATA, PROBE, POSITIONS = range(len(TITLES))

Content = TypeVar("Content", bound=QWidget)


@runtime_checkable
class _Pictures(Protocol):
    def about(self) -> str: ...

    def figure(self, caption: str = "") -> Figure | None: ...


class Page(QWidget):
    """One page; what is on it is built when the page is first shown."""

    def __init__(self, build: Callable[[], object]):
        super().__init__()
        self._build: Callable[[], object] | None = build
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Build what is on it, once."""
        super().showEvent(event)
        if self._build is not None:
            build, self._build = self._build, None
            build()
            certain(self.layout()).activate()  # nothing is drawn at another place first


class Pages(QTabWidget):
    """The steps of a run over their timeline, the comparison, the deviations, and the overlap sweeps.

    Then the data of a scan, and what a run refines of probe and positions.

    Parameters
    ----------
    pictures : ObjectView
    timeline : TimelineView
    build : callable
        Takes a number of a page other than the first; fills this page.
    """

    def __init__(self, pictures: ObjectView, timeline: TimelineView, build: Callable[[int], object]):
        super().__init__(documentMode=True)
        self.pictures = pictures
        self._filled: dict[int, _Pictures] = {}
        steps = QWidget()
        column = QVBoxLayout(steps)
        column.setContentsMargins(0, 2, 2, 0)
        column.setSpacing(2)
        column.addWidget(pictures, 1)
        column.addWidget(timeline)
        timeline.add_keys(steps)
        self.addTab(steps, TITLES[STEPS])
        for place in range(COMPARISON, len(TITLES)):
            self.addTab(Page(partial(build, place)), TITLES[place])

    def fill(self, place: int, content: Content) -> Content:
        """Put something on a page, below what is there; returns it."""
        page = certain(self.widget(place)).layout()
        if isinstance(page, QVBoxLayout):
            page.addWidget(content, int(isinstance(content, _Pictures)))
        if isinstance(content, _Pictures):
            self._filled[place] = content
        return content

    def about(self) -> str:
        """What the visible pictures show, in words; empty if it is a step of the run."""
        page = self._filled.get(self.currentIndex())
        return page.about() if page else ""

    def zoom(self, factor: float) -> None:
        """Magnify the visible pictures by a factor, about their cursor or their centre."""
        page = self._filled.get(self.currentIndex())
        grid = getattr(page, "grid", None)
        if page is None:
            self.pictures.canvas.linked.zoom(factor)
        elif isinstance(grid, PaneGrid):
            grid.linked.zoom(factor)

    def figure(self, caption: str = "") -> Figure | None:
        """What is visible, as a figure for a paper; None if there is nothing."""
        return (self._filled.get(self.currentIndex()) or self.pictures).figure(caption)
