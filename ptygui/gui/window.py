"""The window: what there is, and what its main actions do; `wiring` connects the parts."""

import asyncio
import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QSettings, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from ptygui import __version__
from ptygui.errors import InputError
from ptygui.files.atomic import write_text
from ptygui.gui import theme, wiring
from ptygui.gui.banner import Banner
from ptygui.gui.checks import Mend, Situation
from ptygui.gui.comparer import Comparer
from ptygui.gui.comparing import COMPARISON, STEPS
from ptygui.gui.dialogs import ExportDialog
from ptygui.gui.docks import Docks
from ptygui.gui.icons import icon, window_icon
from ptygui.gui.jobs import Jobs
from ptygui.gui.menus import Menus
from ptygui.gui.opening import Opening
from ptygui.gui.panel_options import panel_options, put_panel_options
from ptygui.gui.panels.checklist import ChecklistPanel
from ptygui.gui.panels.method import MethodPanel
from ptygui.gui.panels.probe import ProbePanel
from ptygui.gui.panels.run import RunPanel
from ptygui.gui.panels.runs import RunsPanel
from ptygui.gui.panels.scan import ScanPanel
from ptygui.gui.panels.simulate import SimulatePanel
from ptygui.gui.projects import Projects
from ptygui.gui.recents import Recents
from ptygui.gui.recovery import Left, Recovery, data_folder
from ptygui.gui.seeds import Averager
from ptygui.gui.session import Session
from ptygui.gui.source import Source
from ptygui.gui.surveys import Surveys
from ptygui.gui.tour import show_tour
from ptygui.gui.undo import Undo
from ptygui.gui.views.compare import CompareView
from ptygui.gui.views.curves import CurvesView
from ptygui.gui.views.deviations import DeviationsView
from ptygui.gui.views.figures import FiguresView
from ptygui.gui.views.log import LogBridge, LogView
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.probe import ProbeView
from ptygui.gui.views.residual import ResidualView, find_worst
from ptygui.gui.views.scan import ScanView
from ptygui.gui.views.timeline import TimelineView
from ptygui.gui.welcome import WelcomePage
from ptygui.methods import DAPS
from ptygui.physics.simulate import Simulation

if TYPE_CHECKING:
    from ptygui.files.project import Project

SIDE = 384  # width of the panels [px]
TOOLS = ("open", "example", "export", None, "undo", "redo", None, "run", "pause", "step", "stop")
ICONS = {"run": "play"}  # where the icon's name is not the action's


class Window(QMainWindow):
    """The pictures in the middle, what is asked and seen in docks around them."""

    situation_changed = pyqtSignal()  # something that a run would start from

    def __init__(self, settings: QSettings | None = None, recovery: Path | None = None):
        super().__init__()
        self.setWindowIcon(window_icon())
        self.setAcceptDrops(True)
        self.settings = settings
        self.jobs = Jobs(self)
        self.session = Session(self.jobs, self)
        self.source, self.surveys = Source(self.jobs, self), Surveys(self.jobs, self)
        self.recents = Recents(settings, self)
        self.opening = Opening(self.jobs, self.recents, settings, self)
        self.projects = Projects(self.jobs, self.session, self.project, self)
        self.recovery = Recovery(recovery, self.jobs, self.project, self)
        self.train_window, self.training = None, None
        self.undo = Undo(self)
        self.bridge = LogBridge(self)
        self.scan_panel, self.simulate_panel, self.probe_panel = ScanPanel(), SimulatePanel(), ProbePanel()
        self.method_panel, self.run_panel, self.runs_panel = MethodPanel(), RunPanel(), RunsPanel()
        self.map, self.figures, self.object = ScanView(), FiguresView(), ObjectView()
        self.probe, self.checklist = ProbeView(), ChecklistPanel()
        self.curves, self.timeline, self.log = CurvesView(), TimelineView(), LogView()
        self.residual = ResidualView()
        self.compare, self.comparer = CompareView(), Comparer(self.jobs, self)
        self.deviations, self.averager = DeviationsView(), Averager(self.jobs, self)
        self.welcome, self.banner = WelcomePage(), Banner()
        self.export_dialog = ExportDialog(self)
        self.menus = Menus(self)
        self.doing, self.device = QLabel(), QLabel("device: …")
        self._when_held = None  # the options in the panel when the live run was held
        self.found_device = ""  # what "auto" means here, once that is known
        self._waiting_run = None  # what to start when the scan that is asked for is simulated
        self._lay_out()
        wiring.connect(self)
        self.simulate_panel.set_options(self.source.options)
        self._restore()

    # ------------------------------------------------------------------ running

    def run(self) -> None:
        """Run the chosen method from the beginning, on the scan that the options ask for."""
        self.start_simulated(self.session.run)

    def step(self) -> None:
        """One iterate of the live run, or the first of a new one."""
        if self.session.live:
            self._with_changes(self.session.step)
        else:
            self.start_simulated(partial(self.session.run, held=True))

    def stop(self) -> None:
        """End the run; what it has done so far stays."""
        self.forget_waiting()
        self.session.stop()

    def resume(self) -> None:
        """Let the held run go on, with the options that were changed since it was held."""
        self._with_changes(self.session.resume)

    def note_held(self, state: str) -> None:
        """Remember the options in the panel when a run is held, to know later what was changed."""
        if state not in ("pausing", "paused"):
            self._when_held = None
        elif self._when_held is None:
            with contextlib.suppress(InputError):
                self._when_held = self.method_panel.method()

    def _with_changes(self, act) -> None:
        live, before = self.session.live_run.method, self._when_held
        try:
            now = self.method_panel.method()
            if type(now) is type(before) is type(live):
                changed = {k: v for k, v in now.asdict().items() if v != getattr(before, k)}
                live = replace(live, **changed)
        except InputError as error:
            self.banner.show_error(error)
            return
        self._when_held = now
        act(live)

    def go_on(self) -> None:
        """Branch from the shown step with the options as they stand."""
        self.start(self.session.go_on)

    def queue(self, seeds: int = 1) -> None:
        """Queue the chosen method on the present scan, once for each of so many seeds."""

        def enqueue(method, *, device, seed):
            if seeds > 1 and not method.diffusion:
                text = f"{method.label} does not depend on the seed: choose a diffusion method for deviations"
                self.banner.show_error(InputError(text))
                return
            for k in range(seeds):
                self.session.enqueue(method, device=device, seed=seed + k)

        self.start_simulated(enqueue)

    def start_simulated(self, run) -> None:
        """Start something on the scan that the options ask for, made first where it is not yet."""
        if self.source.pending:
            self._waiting_run = run
            self.source.simulate()
        else:
            self.start(run)

    def start(self, run) -> None:
        """Start something with method, device and seed as the panels have them."""
        try:
            method = self.method_panel.method()
        except InputError as error:
            self.banner.show_error(error)
            return
        run(method, device=self.run_panel.device.currentText(), seed=self.run_panel.seed.value())

    def run_waiting(self) -> None:
        """The scan is there: start what waited for it, or the preview that follows the slider."""
        run, self._waiting_run = self._waiting_run, None
        live = self.session.live_run
        if run is not None:
            self.start(run)
        elif self.simulate_panel.auto_preview.isChecked() and (live is None or live.automatic):
            preview = DAPS(setting="preview", prior=self.method_panel.kept(DAPS).prior)
            self.session.run(preview, device=self.run_panel.device.currentText(), automatic=True)

    def forget_waiting(self) -> None:
        """Start nothing when a scan arrives."""
        self._waiting_run = None

    def show_device(self, device: str) -> None:
        """Tell what "auto" means here."""
        self.found_device = device
        self.device.setText(f"device: {device}")

    def situation(self) -> Situation:
        """What a run would start from as things stand."""
        method, refusal, source = None, "", self.source
        try:
            method = self.method_panel.method()
        except InputError as error:
            refusal = str(error)
        return Situation(
            scan=self.session.scan, method=method, refusal=refusal,
            measured=self.session.path is not None, options=source.options, invalid=source.problem,
            stale=source.stale, probe_width=source.probe.shape[-1], pupil=source.named_probe.pupil,
            device=self.run_panel.device.currentText(), found=self.found_device,
        )  # fmt: skip

    def mend(self, mend: Mend) -> None:
        """Do what mends something on the checklist."""
        {
            "example": lambda _: self.load_example(),
            "simulate": lambda _: self.source.simulate(),
            "overlap": self.simulate_panel.overlap.setValue,
            "object": self.simulate_panel.size.setValue,
            "options": self.put_simulation,
            "pupil": lambda pupil_and_width: self.source.build_pupil(*pupil_and_width),
            "method": self.method_panel.set_method,
            "reset": lambda _: self.method_panel.reset.click(),
            "device": self.run_panel.device.setCurrentText,
            "choose": self.opening.ask,
            "dock": self.docks.show,
        }[mend.action](mend.value)

    def put_simulation(self, options: Simulation) -> None:
        """Set the options of the simulation from elsewhere than their panel."""
        self.simulate_panel.set_options(options)
        self.source.set_options(options)

    # ------------------------------------------------------------------ files

    def load_example(self) -> None:
        """Load the built-in example."""
        self.forget_waiting()
        self.source.load_example()

    def open(self, path: str, kind: str = "scan") -> None:
        """Open a file as what it is said to be."""
        {
            "scan": lambda: self.session.open_scan(path),
            "probe": lambda: self.source.open_probe(path),
            "object": lambda: self.source.open_object(path),
            "prior": lambda: self.method_panel.set_prior(path),
            "unet": lambda: self.method_panel.set_unet(path),
            "result": lambda: self.projects.open_result(path),
            "project": lambda: self.projects.open(path),
        }[kind]()

    def project(self) -> "Project":
        """All that the window works on, safe to be read by a thread."""
        from ptygui.files.project import Project

        session = self.session
        return Project(
            runs=session.runs.snapshot(),
            scan=session.scan,
            scan_path=session.path,
            current=None if session.current is None else session.current.number,
            index=None if session.shown is None else session.shown.index,
            settings=panel_options(self),
            layout=self.docks.state(),
        )

    def put_project(self, project: "Project") -> None:
        """Set panels and docks as a project has them; the session has taken over its runs."""
        self.forget_waiting()
        refused = put_panel_options(self, project.settings)
        self.docks.put_state(project.layout)
        self.undo.clear()
        self.show_pictures()
        said = [*project.notes, *refused]
        if said:
            self.banner.show_note("; ".join(said))

    def ask_for_lost(self, path: str, error: Exception) -> None:
        """A project's scans are not found: offer to look for them."""
        self.banner.ask(
            str(error),
            (
                ("Find…", partial(self.projects.find_lost, path, error)),
                ("Open without", partial(self.projects.read, path, without_lost=True)),
            ),
        )

    def ask_to_recover(self, left: Left) -> None:
        """An earlier session was not saved: offer it."""
        restore = partial(self.recovery.restore, left)
        self.banner.ask(
            left.text,
            (
                ("Restore", partial(self.projects.leave_runs, restore)),
                ("Discard", partial(self.recovery.discard, left)),
            ),
        )

    def recover(self) -> None:
        """Look for sessions that were not saved, and say where there is none."""
        if not self.recovery.look():
            self.banner.show_note("There is no earlier session that was not saved.")

    def show_training(self) -> None:
        """Bring up the window that trains a prior."""
        if self.train_window is None:
            from ptygui.gui.train_window import TrainWindow

            self.train_window = TrainWindow(data_folder() / "priors" / "mine", self)
            wiring.connect_training(self)
        self.train_window.show()
        self.train_window.raise_()
        self.train_window.activateWindow()

    def take_prior(self, folder: str) -> None:
        """A prior was trained: let the diffusion methods use it."""
        self.method_panel.set_prior(folder, show=False)
        self.recents.add(folder, "prior")
        self.session.noted.emit(f"the prior {folder} is chosen in the method panel")

    def ask_export(self) -> None:
        """Ask what to export."""
        scan, method = self.session.viewed_scan, self.session.method
        if scan is None:
            self.banner.show_error(InputError("there is nothing to export yet: open a scan first"))
            return
        done = self.session.history.last is not None
        name = f"{scan.name} {self.session.current.number} {method.key()}" if done else scan.name
        self.export_dialog.offer(name.replace(" ", "_").replace("/", "_"), done)

    def export(self, export) -> None:
        """Write what was asked for."""
        picture = self.object.canvas.grab().toImage() if "picture" in export.forms else None
        self.session.export(export, picture)

    def ask_csv(self, name: str, text: str) -> None:
        """Ask where to, and write a table."""
        path, _ = QFileDialog.getSaveFileName(self, "Write a table", f"{name}.csv", "Tables (*.csv)")
        if path:
            self.jobs.start(f"writing {Path(path).name}", self._write_text(path, text))

    async def _write_text(self, path: str, text: str) -> None:
        await asyncio.to_thread(write_text, path, text)
        self.session.noted.emit(f"written: {path}")

    def find_worst(self) -> None:
        """Show the diffraction pattern that the shown step fits worst."""
        scan, step = self.session.viewed_scan, self.session.shown
        if step is not None:
            self.jobs.start("comparing patterns", self._find_worst(scan, step))

    async def _find_worst(self, scan, step) -> None:
        self.residual.show_position(await asyncio.to_thread(find_worst, scan, step))

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
        self.setWindowTitle(" · ".join(parts))

    def show_welcome(self) -> None:
        """Show the first page instead of the pictures."""
        self.middle.setCurrentWidget(self.welcome)

    def show_pictures(self, *_) -> None:
        """Show the pictures instead of the first page."""
        self.middle.setCurrentWidget(self.pages)

    def show_page(self, place: int, *_) -> None:
        """Show a page of the pictures: steps, comparison, deviations."""
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
        box = QMessageBox(QMessageBox.Icon.Question, "Reset all settings", "", parent=self)
        box.setText(
            "Layout, theme, recent files and the start page become as they were at the first start. "
            "Runs and files stay."
        )
        box.setStandardButtons(QMessageBox.StandardButton.Reset | QMessageBox.StandardButton.Cancel)
        box.accepted.connect(self.reset_settings)
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
        box = QMessageBox(self)
        box.setWindowTitle("About ptygui")
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

    def changeEvent(self, event):
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and hasattr(self, "tools"):
            self._recolour()

    def closeEvent(self, event):
        """End the run and what is being read or written; keep what is not saved for the next start."""
        if self.settings is not None:
            self.settings.setValue("geometry", self.saveGeometry())
            self.docks.save(self.settings)
        self.hide()  # at once, whatever the thread is importing
        self.bridge.remove()
        for proxy in self.proxies:  # what they hold back would come to a window that is gone
            proxy.disconnect()
        self.session.close()
        if self.training is not None:
            self.training.close()
        try:
            self.recovery.close(unsaved=self.projects.unsaved > 0)
        except InputError as error:
            self._unkept(error)
        self.jobs.cancel()
        super().closeEvent(event)

    def _unkept(self, error: InputError) -> None:
        """What is not saved could not be kept either: a last chance to save it by hand."""
        saved = False
        while not saved:
            box = QMessageBox(QMessageBox.Icon.Warning, "Not saved", f"The runs could not be kept: {error}")
            box.setInformativeText("Save them to another place now?")
            box.setStandardButtons(QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Discard)
            if box.exec() != QMessageBox.StandardButton.Save:
                return
            try:
                saved = self.projects.save_at_last()
            except InputError as again:
                error = again

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
        self.simulate_panel.place(self.map, self.figures)
        self.probe_panel.place(self.probe)
        steps = QWidget()
        column = QVBoxLayout(steps)
        column.setContentsMargins(0, 2, 2, 0)
        column.setSpacing(2)
        column.addWidget(self.object, 1)
        column.addWidget(self.timeline)
        self.timeline.add_keys(steps)
        self.pages = QTabWidget(documentMode=True)
        self.pages.addTab(steps, "Steps")
        self.pages.addTab(self.compare, "Comparison")
        self.pages.addTab(self.deviations, "Deviations")
        self.middle = QStackedWidget()
        self.middle.addWidget(self.pages)
        self.middle.addWidget(self.welcome)
        centre = QWidget()
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.banner)
        whole.addWidget(self.middle, 1)
        self.setCentralWidget(centre)
        self._add_tools()
        self.statusBar().addPermanentWidget(self.doing)
        self.statusBar().addPermanentWidget(self.device)
        screen = QApplication.primaryScreen().availableSize()
        self.resize(
            *(min(n, max(least, 5 * n // 6)) for n, least in ((screen.width(), 1440), (screen.height(), 900)))
        )
        self.docks = Docks(self, self.docked(), SIDE)
        self.menus.add_docks([dock.toggleViewAction() for dock in self.docks.docks.values()])
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

    def _add_tools(self) -> None:
        self.tools = QToolBar("Tools", objectName="tools")
        self.tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.tools.setIconSize(self.tools.iconSize() * 0.8)
        for name in TOOLS:
            if name is None:
                self.tools.addSeparator()
            else:
                self.tools.addAction(self.menus.actions[name])
        self.addToolBar(self.tools)
        self._recolour()

    def _recolour(self) -> None:
        colour = self.palette().windowText().color()
        for name in TOOLS:
            if name is not None:
                action = self.menus.actions[name]
                action.setIcon(icon(ICONS.get(name, name), colour))
                key = action.shortcut().toString()
                action.setToolTip(f"{action.text().replace('&', '')} ({key})")
