"""The window: what there is and where it lies; `wiring` connects the parts."""

from functools import partial
from pathlib import Path

import pyqtgraph as pg
from PyQt6.QtCore import QSettings, pyqtSignal
from PyQt6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ptygui import __version__
from ptygui.gui import wiring
from ptygui.gui.background.deferred import Deferred
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.preload import Preload
from ptygui.gui.files.dialogs import ExportDialog
from ptygui.gui.files.exporter import Exporter
from ptygui.gui.files.opening import Opening
from ptygui.gui.files.projects import Projects
from ptygui.gui.files.run_exporter import RunExporter
from ptygui.gui.model.autosave import Autosave
from ptygui.gui.model.averager import Averager
from ptygui.gui.model.comparer import Comparer
from ptygui.gui.model.launcher import Launcher
from ptygui.gui.model.memory import MemoryTrimmer
from ptygui.gui.model.recent_files import Recents
from ptygui.gui.model.request import Request
from ptygui.gui.model.session import Session
from ptygui.gui.model.simulator import Simulator
from ptygui.gui.model.summaries import Summaries
from ptygui.gui.model.sweeper import Sweeper
from ptygui.gui.model.undo import Undo
from ptygui.gui.pages import COMPARISON, STEPS, Pages
from ptygui.gui.panels.checklist import ChecklistPanel
from ptygui.gui.panels.method import MethodPanel
from ptygui.gui.panels.probe import ProbePanel
from ptygui.gui.panels.run import RunPanel
from ptygui.gui.panels.runs import RunsPanel
from ptygui.gui.panels.scan import ScanPanel
from ptygui.gui.panels.simulate import SimulatePanel
from ptygui.gui.panels.source import SourceBar
from ptygui.gui.panels.sweep import SweepPanel
from ptygui.gui.views.compare import CompareView
from ptygui.gui.views.curves import CurvesView
from ptygui.gui.views.deviations import DeviationsView
from ptygui.gui.views.log import LogBridge, LogView
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.probe import ProbeView
from ptygui.gui.views.residual import ResidualView
from ptygui.gui.views.sampling_table import SamplingTable
from ptygui.gui.views.scan import ScanView
from ptygui.gui.views.sweep import SweepView
from ptygui.gui.views.timeline import TimelineView
from ptygui.gui.widgets import theme
from ptygui.gui.widgets.banner import Banner
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.docks import Docks
from ptygui.gui.widgets.elided import StatusBar
from ptygui.gui.widgets.icons import window_icon
from ptygui.gui.widgets.menus import Menus
from ptygui.gui.widgets.plain import RICH, Label, MessageBox
from ptygui.gui.widgets.tool_bar import ActionButton, ToolBar
from ptygui.gui.widgets.tooltips import wrap_tips
from ptygui.gui.widgets.welcome import WelcomePage
from ptygui.gui.wiring.projects import leave, project_of
from ptygui.gui.wiring.tour import show_tour
from ptygui.physics.simulate import Simulation

SIDE = 384  # width of the panels [px]


class Window(QMainWindow):
    """The pictures in the middle, what is asked and seen in docks around them."""

    situation_changed = pyqtSignal()  # something that a run would start from

    def __init__(self, settings: QSettings | None = None, recovery: Path | None = None):
        super().__init__()
        self.setWindowIcon(window_icon())
        self.setAcceptDrops(True)
        self.settings = settings
        self.jobs = Jobs(self)
        self.request = request = Request(self.jobs, self)
        self.scan_panel, self.simulate_panel, self.probe_panel = (
            ScanPanel(),
            SimulatePanel(request),
            ProbePanel(),
        )
        self.method_panel, self.run_panel = MethodPanel(request), RunPanel(request)
        self.source_bar, self.runs_panel = SourceBar(), RunsPanel()
        self.map, self.sampling, self.object = ScanView(), SamplingTable(), ObjectView()
        self.probe, self.checklist, self.residual = ProbeView(), ChecklistPanel(), ResidualView()
        self.curves, self.timeline, self.log = CurvesView(), TimelineView(), LogView()
        self.compare, self.deviations = CompareView(), DeviationsView()
        self.sweep_panel, self.sweep_view = SweepPanel(), SweepView()
        self.pages = Pages(
            self.object, self.timeline, self.compare, self.deviations, self.sweep_panel, self.sweep_view
        )
        self.welcome, self.banner, self.export_dialog = WelcomePage(), Banner(), ExportDialog(self)
        self.train_window, self.training = None, None
        self.doing, self.device = Label(), Label("device: …")
        self.found_device = ""  # what "auto" means here, once that is known
        self._begin_work(recovery)
        self.menus = Menus(self)
        self._lay_out()
        self.proxies: list[pg.SignalProxy] = []  # what holds signals back for a moment
        wiring.connect(self)
        self.simulate_panel.set_options(self.simulator.options)
        self._restore()
        wrap_tips(self)

    def _begin_work(self, recovery: Path | None) -> None:
        """What works behind the widgets."""
        jobs, request = self.jobs, self.request
        self.session, self.preload = Session(request, self), Preload(self)
        self.memory = MemoryTrimmer(jobs, self.session, self)
        self.simulator, self.summaries = Simulator(jobs, self), Summaries(jobs, self)
        self.launcher = Launcher(request, self.session, self.simulator, self)
        self.sweeper = Sweeper(self)
        self.comparer, self.averager = Comparer(jobs, self), Averager(jobs, self)
        self.recents, self.deferred = Recents(self.settings, self), Deferred(self)
        self.opening = Opening(jobs, self.recents, self.settings, self)
        self.projects = Projects(jobs, self.session, partial(project_of, self), self)
        self.autosave = Autosave(
            recovery, jobs, partial(project_of, self), lambda: self.projects.unsaved, self
        )
        figures = {"figure": self.pages.figure, "curves": self.curves.figure}
        self.exporter = Exporter(jobs, self.session, self.export_dialog, figures, self.pages.about, self)
        self.run_exporter = RunExporter(jobs, self)
        self.undo, self.bridge = Undo(self), LogBridge(self)

    def show_device(self, device: str) -> None:
        """Tell what "auto" means here."""
        self.found_device = device
        self.device.setText(f"device: {device}")

    def put_simulation(self, options: Simulation) -> None:
        """Set the options of the simulation from elsewhere than their panel."""
        self.simulate_panel.set_options(options)
        self.simulator.set_options(options)

    # ------------------------------------------------------------------ files

    def load_example(self) -> None:
        """Load the built-in example."""
        self.deferred.ask("the example", self._load_example)

    def _load_example(self) -> None:
        self.launcher.forget_waiting()
        self.request.drop_opening()
        self.simulator.load_example()

    def open(self, path: str, kind: str = "scan") -> None:
        """Open a file as what it is said to be; while a project is being read, after that."""
        if kind == "project":
            self.projects.open(path)
        else:
            self.deferred.ask(Path(path).name, partial(self._open, path, kind))

    def _open(self, path: str, kind: str) -> None:
        {
            "scan": lambda: self.request.open_scan(path),
            "probe": lambda: self.simulator.open_probe(path),
            "object": lambda: self.simulator.open_object(path),
            "prior": lambda: self.request.set_weights(kind, path),
            "unet": lambda: self.request.set_weights(kind, path),
            "result": lambda: self.projects.open_result(path),
        }[kind]()

    # ------------------------------------------------------------------ the window itself

    def show_title(self, *_) -> None:
        """How far the live run is, and what is looked at, in the title."""
        parts, live = ["ptygui"], self.session.live_run
        if self.projects.path is not None:
            parts.insert(0, Path(self.projects.path).name)
        elif self.session.viewed_scan is not None:
            parts.insert(0, self.session.viewed_scan.name)
        if live is not None:
            parts.insert(0, live.method.key())
            if live.last is not None:
                parts.insert(0, f"{100 * live.last.index / live.last.total:.0f} %")
        self.setWindowTitle(" · ".join(parts).replace("[*]", "[*][*]"))  # one is Qt's mark of changes

    def show_welcome(self) -> None:
        """Show the first page instead of the pictures."""
        self.middle.setCurrentWidget(self.welcome)

    def show_pictures(self, *_) -> None:
        """Show the pictures instead of the first page."""
        self.middle.setCurrentWidget(self.pages)

    def show_page(self, place: int, *_) -> None:
        """Show a page of the pictures: steps, comparison, deviations, overlap."""
        self.show_pictures()
        self.pages.setCurrentIndex(place)

    def show_preset(self, name: str) -> None:
        """Arrange docks and pages as a preset has them."""
        self.docks.show_preset(name)
        self.show_page(COMPARISON if name == "compare" else STEPS)

    def start_tour(self) -> None:
        """Point at the parts of the window, one after the other."""
        self.show_pictures()
        show_tour(self)

    def set_scheme(self, name: str) -> None:
        """Use light or dark colours, or those of the system, from now on."""
        theme.set_scheme(name)
        self.remember("theme", name)

    def remember(self, key: str, value) -> None:
        """Keep a setting for the next session."""
        if self.settings is not None:
            self.settings.setValue(key, value)

    def ask_reset(self) -> None:
        """Ask whether all settings are to be as at the first start."""
        said = (
            "Layout, theme, recent files and the start page become as they were at the first start. "
            "Runs and files stay."
        )
        box = MessageBox(QMessageBox.Icon.Question, "Reset all settings", said, self)
        box.setStandardButtons(QMessageBox.StandardButton.Reset | QMessageBox.StandardButton.Cancel)
        reset = certain(box.button(QMessageBox.StandardButton.Reset))
        reset.clicked.connect(self.reset_settings)  # its role accepts nothing, so far as Qt is concerned
        box.open()

    def reset_settings(self) -> None:
        """All settings as at the first start."""
        if self.settings is not None:
            self.settings.clear()
        self.recents.clear()
        self.menus.actions["system"].trigger()
        self.docks.reset()
        self.welcome.at_start.setChecked(True)

    def show_about(self) -> None:
        """Say what this is."""
        box = MessageBox(QMessageBox.Icon.NoIcon, "About ptygui", "", self)
        box.setTextFormat(RICH)
        box.setText(
            f"<b>ptygui {__version__}</b>"
            "<p>How little scan overlap can a ptychography experiment live with?</p>"
            "<p>Free software under the GNU General Public License, version 3 or later. "
            "Icons: Lucide, ISC licence.</p>"
        )
        box.open()

    def dragEnterEvent(self, event):
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event):
        """Open what is dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.opening.take(paths)

    def closeEvent(self, event):
        """End the run and what is being read or written; keep what is not saved for the next start."""
        if self.settings is not None:
            self.settings.setValue("geometry", self.saveGeometry())
            self.docks.save(self.settings)
        self.hide()  # at once, whatever the thread is importing
        self.bridge.remove()
        for proxy in self.proxies:  # what they hold back would come to a window that is gone
            proxy.disconnect()
        self.simulator.close()
        self.sweeper.close()
        self.session.close()
        self.preload.close()
        self.memory.close()
        if self.training is not None:
            self.training.close()
        leave(self)
        self.jobs.cancel()
        super().closeEvent(event)

    def _restore(self) -> None:
        settings = self.settings
        if settings is None:
            return
        if settings.value("geometry") is not None:
            self.restoreGeometry(settings.value("geometry"))
        if not self.docks.restore(settings):
            self.docks.reset()
        self.welcome.at_start.setChecked(settings.value("start page", "yes") == "yes")
        scheme = settings.value("theme", "system")
        self.menus.actions[scheme if scheme in theme.SCHEMES else "system"].setChecked(True)

    def _lay_out(self) -> None:
        self.simulate_panel.place(self.map, self.sampling)
        self.probe_panel.place(self.probe)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.pages)
        self.middle.addWidget(self.welcome)
        centre = QWidget()
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.source_bar)
        whole.addWidget(self.banner)
        whole.addWidget(self.middle, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(StatusBar())
        self.addToolBar(ToolBar(self.menus.actions))
        certain(self.statusBar()).addPermanentWidget(ActionButton(self.menus.actions["own_layout"]))
        certain(self.statusBar()).addPermanentWidget(self.doing)
        certain(self.statusBar()).addPermanentWidget(self.device)
        screen = certain(QApplication.primaryScreen()).availableSize()
        self.resize(
            *(min(n, max(least, 5 * n // 6)) for n, least in ((screen.width(), 1440), (screen.height(), 900)))
        )
        self.docks = Docks(self, self.docked(), SIDE)
        self.menus.add_docks([certain(dock.toggleViewAction()) for dock in self.docks.docks.values()])
        self.show_title()

    def docked(self) -> dict[str, QWidget]:
        """The widgets in docks, by the names of `docks.TABLE`."""
        return {
            "scan": self.scan_panel,
            "simulate": self.simulate_panel,
            "method": self.method_panel,
            "checklist": self.checklist,
            "run": self.run_panel,
            "curves": self.curves,
            "runs": self.runs_panel,
            "probe": self.probe_panel,
            "residual": self.residual,
            "log": self.log,
        }
