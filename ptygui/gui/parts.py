"""Parts: what the window consists of, each part with its type, and where it lies; `wiring` connects them."""

from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pyqtgraph as pg
from PyQt6.QtCore import QSettings, QSize, pyqtSignal
from PyQt6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from ptygui.gui.background.coalesce import Coalesced
from ptygui.gui.background.deferred import Deferred
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.preload import Preload
from ptygui.gui.files.exporter import Exporter
from ptygui.gui.files.opening import Opening
from ptygui.gui.files.projects import Projects
from ptygui.gui.files.run_exporter import RunExporter
from ptygui.gui.late_parts import LateParts
from ptygui.gui.model.autosave import Autosave
from ptygui.gui.model.averager import Averager
from ptygui.gui.model.batcher import Batcher
from ptygui.gui.model.comparer import Comparer
from ptygui.gui.model.coverer import Coverer
from ptygui.gui.model.judger import Judger
from ptygui.gui.model.launcher import Launcher
from ptygui.gui.model.memory import MemoryTrimmer
from ptygui.gui.model.orienter import Orienter
from ptygui.gui.model.preparer import Preparer
from ptygui.gui.model.ranker import Ranker
from ptygui.gui.model.recent_files import Recents
from ptygui.gui.model.request import Request
from ptygui.gui.model.session import Session
from ptygui.gui.model.simulator import Simulator
from ptygui.gui.model.summaries import Summaries
from ptygui.gui.model.sweep_sources import SweepSources
from ptygui.gui.model.sweeper import Sweeper
from ptygui.gui.model.thinner import Thinner
from ptygui.gui.model.undo import Undo
from ptygui.gui.model.watcher import Watcher
from ptygui.gui.pages import COMPARISON, STEPS, Pages
from ptygui.gui.panels.checklist import ChecklistPanel
from ptygui.gui.panels.flow import FlowColumn
from ptygui.gui.panels.follow_bar import FollowBar
from ptygui.gui.panels.method import MethodPanel
from ptygui.gui.panels.probe import ProbePanel
from ptygui.gui.panels.reading_bar import ReadingBar
from ptygui.gui.panels.run import RunPanel
from ptygui.gui.panels.runs import RunsPanel
from ptygui.gui.panels.scan import ScanPanel
from ptygui.gui.panels.simulate import SimulatePanel
from ptygui.gui.panels.source import SourceBar
from ptygui.gui.views.curves import CurvesView
from ptygui.gui.views.header import RunHeader
from ptygui.gui.views.log import LogBridge, LogView
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.probe import ProbeView
from ptygui.gui.views.residual import ResidualView
from ptygui.gui.views.sampling_table import SamplingTable
from ptygui.gui.views.scan import ScanView
from ptygui.gui.views.timeline import TimelineView
from ptygui.gui.views.view import View
from ptygui.gui.widgets.banner import Banner
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.docks import LEFT, Docks, Place
from ptygui.gui.widgets.elided import StatusBar
from ptygui.gui.widgets.icons import window_icon
from ptygui.gui.widgets.menus import Menus
from ptygui.gui.widgets.plain import Label
from ptygui.gui.widgets.tool_bar import ActionButton, ToolBar
from ptygui.gui.widgets.welcome import WelcomePage
from ptygui.tasks.expected import ReferencePace

if TYPE_CHECKING:
    from ptygui.files.project import Project
    from ptygui.gui.model.training import Training
    from ptygui.gui.training_window import TrainWindow
    from ptygui.tasks.plans import Plan

SIDE = 384  # width of the panels [px]
FRAME = QSize(16, 48)  # that the desktop draws around the window, at most: unknown before it is shown


class Parts(LateParts):
    """The pictures in the middle, panels and views in docks around them, and the model behind; not connected.

    Dialogs and pages that a start does not show are built later, see `LateParts`.

    Parameters
    ----------
    settings : QSettings, optional
        Where layout, theme and recent files are remembered; nowhere if None.
    recovery : Path, optional
        Folder for unsaved runs; they are not kept if None.
    gather : callable
        Everything that these parts work on, as a project: for saving it.
    """

    situation_changed = pyqtSignal()  # an input of the next run has changed

    def __init__(
        self, settings: QSettings | None, recovery: Path | None, gather: "Callable[[Parts], Project]"
    ):
        super().__init__()
        self.setWindowIcon(window_icon())
        self.settings = settings
        self.jobs = Jobs(self)
        self.request = Request(self.jobs, self)
        self._make_widgets()
        self._make_model(recovery, partial(gather, self))
        self.menus = Menus(self)
        self._lay_out()
        self.docks = Docks(self, self.docked(), SIDE, self.flow.open_step)
        docked = self.docks.widgets.values()
        self.views: list[View] = [self.header, self.timeline]
        self.views += [widget for widget in docked if isinstance(widget, View)]
        self.menus.add_docks(list(self.docks.toggles.values()))
        self.proxies: list[pg.SignalProxy | Coalesced] = []  # coalesced signals
        self.kept_options: dict[str, Any] = {}  # of a project, for views that are not built yet
        self.kept_choice: dict[str, Hashable] = {}  # likewise, what is compared
        self.found_device = ""  # what "auto" means here, once known
        self.train_window: TrainWindow | None = None  # created on first use
        self.training: Training | None = None

    def _make_widgets(self) -> None:
        """Create panels and views, each alone."""
        request = self.request
        self.scan_panel, self.simulate_panel = ScanPanel(), SimulatePanel(request)
        self.method_panel, self.run_panel = MethodPanel(request), RunPanel(request)
        self.source_bar, self.runs_panel, self.probe_panel = SourceBar(), RunsPanel(), ProbePanel()
        self.map, self.sampling, self.object = ScanView(), SamplingTable(), ObjectView()
        self.probe, self.checklist, self.residual = ProbeView(), ChecklistPanel(), ResidualView()
        self.header = RunHeader()
        self.curves, self.timeline, self.log = CurvesView(), TimelineView(), LogView()
        self.pages = Pages(self.object, self.timeline, self.build_page)
        self.welcome, self.banner, self.follow_bar = WelcomePage(), Banner(), FollowBar()
        self.reading_bar = ReadingBar()
        self.doing, self.device = Label(), Label("device: …")

    def _make_model(self, recovery: Path | None, gather: "Callable[[], Project]") -> None:
        """Create the objects behind the widgets."""
        jobs, request = self.jobs, self.request
        self.session, self.preload = Session(request, self), Preload(self)
        self.memory = MemoryTrimmer(jobs, self.session, self)
        self.simulator, self.summaries = Simulator(jobs, self), Summaries(jobs, self)
        self.thinner = Thinner(jobs, request, self)
        self.watcher = Watcher(jobs, self)
        self.launcher = Launcher(request, self.session, self.simulator, self.thinner, self.watcher, self)
        self.sweeper, self.ranker, self.orienter = Sweeper(self.jobs, self), Ranker(self), Orienter(self)
        self.sweep_sources, self.reference_pace = SweepSources(jobs, self), ReferencePace()
        self.sweep_origins: WeakKeyDictionary[Plan, Any] = WeakKeyDictionary()  # what scans are made from
        self.judger = Judger(self)
        self.batcher = Batcher(self)
        self.batch_paths: tuple[Path, ...] = ()  # the scans of the next batch
        self.batch_results: Path | None = None  # where it writes, if that was chosen
        self.preparer = Preparer(jobs, self)
        self.coverer = Coverer(jobs, self)
        self.comparer, self.averager = Comparer(jobs, self), Averager(jobs, self)
        self.recents, self.deferred = Recents(self.settings, self), Deferred(self)
        self.opening = Opening(jobs, self.recents, self.settings, self)
        self.projects = Projects(jobs, self.session, gather, self)
        self.autosave = Autosave(recovery, jobs, gather, lambda: self.projects.unsaved, self)
        figures = {"figure": self.pages.figure, "curves": self.curves.figure}
        self.exporter = Exporter(
            jobs, self.session, lambda: self.export_dialog, figures, self.pages.about, self
        )
        self.run_exporter = RunExporter(jobs, lambda: self.runs_dialog, self)
        self.undo, self.bridge = Undo(self), LogBridge(self)

    # ------------------------------------------------------------------ where they lie

    def docked(self) -> dict[Place, QWidget]:
        """What is in docks, and where at first: an entry is all that a new view needs."""
        return {
            Place("flow", "From data to answer", LEFT, None): self.flow,
            Place("curves", "Curves", beside=None): self.curves,
            Place("runs", "Runs"): self.runs_panel,
            Place("residual", "Diffraction patterns"): self.residual,
            Place("log", "Log"): self.log,
        }

    def _lay_out(self) -> None:
        self.simulate_panel.place(self.map, self.sampling)
        self.probe_panel.place(self.probe)
        self.flow = FlowColumn({
            "checklist": [self.checklist],
            "scan": [self.source_bar, self.simulate_panel.object_row, self.scan_panel],
            "probe": [self.probe_panel], "simulate": [self.simulate_panel], "method": [self.method_panel],
            "run": [self.run_panel],
        })  # fmt: skip
        self.middle = QStackedWidget()
        self.middle.addWidget(self.pages)
        self.middle.addWidget(self.welcome)
        centre = QWidget()
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.follow_bar)
        whole.addWidget(self.reading_bar)
        whole.addWidget(self.banner)
        whole.addWidget(self.middle, 1)
        self.setCentralWidget(centre)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self._place_tools(ToolBar(self.menus.actions))
        for widget in (ActionButton(self.menus.actions["own_layout"]), self.doing, self.device):
            self.status.addPermanentWidget(widget)
        screen = certain(QApplication.primaryScreen()).availableSize() - FRAME
        self.resize(
            *(min(n, max(least, 5 * n // 6)) for n, least in ((screen.width(), 1440), (screen.height(), 900)))
        )

    def _place_tools(self, tools: ToolBar) -> None:
        """The icons go into the line of menus, where that is in the window: pictures need the height."""
        line = certain(self.menuBar())
        if line.isNativeMenuBar():
            self.addToolBar(tools)
        else:
            line.setCornerWidget(tools)

    # ------------------------------------------------------------------ what is in front

    def show_welcome(self) -> None:
        """Show the welcome page instead of the pictures."""
        self.middle.setCurrentWidget(self.welcome)

    def show_pictures(self) -> None:
        """Show the pictures instead of the welcome page."""
        self.middle.setCurrentWidget(self.pages)

    def show_page(self, place: int, *_: object) -> None:
        """Show a page of the pictures, such as `STEPS`."""
        self.show_pictures()
        self.pages.setCurrentIndex(place)

    def show_preset(self, name: str) -> None:
        """Arrange docks and pages as in a preset."""
        self.docks.show_preset(name)
        self.show_page(COMPARISON if name == "compare" else STEPS)

    def remember(self, key: str, value: Any) -> None:
        """Keep a setting for the next session."""
        if self.settings is not None:
            self.settings.setValue(key, value)
