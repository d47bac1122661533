"""The window: lays out panels and views and connects them; the wiring diagram of the program."""

from functools import partial
from pathlib import Path

import pyqtgraph as pg
from PyQt6.QtCore import QSettings, Qt
from PyQt6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMainWindow,
    QMessageBox,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ptygui import __version__
from ptygui.errors import InputError
from ptygui.gui import theme
from ptygui.gui.banner import Banner
from ptygui.gui.dialogs import ExportDialog, KeyMapDialog
from ptygui.gui.footprints import Footprints
from ptygui.gui.icons import window_icon
from ptygui.gui.jobs import Jobs
from ptygui.gui.menus import Menus
from ptygui.gui.panels.method import MethodPanel
from ptygui.gui.panels.run import RunPanel
from ptygui.gui.panels.scan import ScanPanel
from ptygui.gui.panels.simulate import SimulatePanel
from ptygui.gui.session import Session
from ptygui.gui.source import Source
from ptygui.gui.views.curves import CurvesView
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.scan import ScanView
from ptygui.gui.views.timeline import TimelineView

SIDE = 372  # width of the panels [px]
REPAINTS = 30  # a second, at most
SCANS = "Scans (*.h5 *.hdf5 *.cxi *.npz *.bz2);;All files (*)"
PROBES = "Probes (*.npy *.npz *.mat *.h5 *.hdf5 *.cxi *.tif *.tiff);;All files (*)"
OBJECTS = "Objects, images (*.npy *.npz *.mat *.h5 *.hdf5 *.tif *.tiff *.png *.jpg);;All files (*)"


class Window(QMainWindow):
    """One screen: what is asked on the left, what is seen on the right."""

    def __init__(self, settings: QSettings | None = None):
        super().__init__()
        self.setWindowTitle("ptygui")
        self.setWindowIcon(window_icon())
        self.setAcceptDrops(True)
        self.settings = settings
        self.jobs = Jobs(self)
        self.session = Session(self.jobs, self)
        self.source = Source(self.jobs, self)
        self.scan_panel, self.simulate_panel = ScanPanel(), SimulatePanel()
        self.method_panel, self.run_panel = MethodPanel(), RunPanel()
        self.map, self.object = ScanView(), ObjectView()
        self.curves, self.timeline = CurvesView(), TimelineView()
        self.banner, self.export_dialog = Banner(), ExportDialog(self)
        self.menus = Menus(self)
        self._run_simulated = None  # what to start when the scan that is asked for is simulated
        self.doing, self.device = QLabel(), QLabel("device: …")
        self._lay_out()
        self._connect_scans()
        self._connect_runs()
        self._connect_views()
        self._connect_menus()
        self.simulate_panel.set_options(self.source.options)
        if settings is not None and settings.value("geometry") is not None:
            self.restoreGeometry(settings.value("geometry"))

    def _connect_scans(self) -> None:
        panel, simulate, source, session = self.scan_panel, self.simulate_panel, self.source, self.session
        panel.open_requested.connect(self.ask_scan)
        panel.example_requested.connect(self.load_example)
        panel.probe_file_requested.connect(self.ask_probe)
        panel.probe_requested.connect(self._guarded(source.build_probe))
        panel.apply_requested.connect(lambda: session.open_scan(session.path, source.probe))
        simulate.options_changed.connect(source.set_options)
        simulate.simulate_requested.connect(source.simulate)
        simulate.object_requested.connect(source.make_object)
        simulate.object_file_requested.connect(self.ask_object)
        source.simulated.connect(session.set_scan)
        source.simulated.connect(self._run_waiting)
        source.options_loaded.connect(simulate.set_options)
        source.probe_changed.connect(panel.show_probe)
        source.previewed.connect(self.map.show_footprints)
        source.previewed.connect(simulate.show_footprints)
        source.invalid.connect(simulate.show_problem)
        session.scan_changed.connect(panel.show_scan)
        session.scan_changed.connect(self.object.show_scan)
        session.scan_changed.connect(lambda: self.run_panel.clear())
        session.scan_changed.connect(lambda scan: self.map.show_footprints(Footprints.of(scan)))
        session.scan_opened.connect(source.hold)
        session.scan_opened.connect(self._forget_run)
        session.scan_changed.connect(self.banner.hide_note)
        session.state_changed.connect(lambda state: source.set_live(state != "idle"))
        session.scan_changed.connect(lambda: panel.show_measured(session.path is not None))

    def _connect_runs(self) -> None:
        panel, session = self.run_panel, self.session
        panel.run_requested.connect(self.run)
        panel.pause_requested.connect(session.pause)
        panel.resume_requested.connect(session.resume)
        panel.step_requested.connect(self.step)
        panel.stop_requested.connect(self.stop)
        session.state_changed.connect(panel.show_state)
        session.run_started.connect(lambda method: (panel.begin(method.total), self.banner.hide()))
        session.run_started.connect(lambda method: self.curves.begin(method.total))
        session.run_started.connect(lambda method: self.object.canvas.setFocus())
        session.run_finished.connect(lambda outcome: self.statusBar().showMessage(f"run {outcome}", 10_000))
        session.run_finished.connect(lambda outcome: panel.end(outcome, session.history.last))
        session.run_finished.connect(self._tell_due)
        session.failed.connect(self.banner.show_error)
        session.scan_waits.connect(self.banner.show_note)
        self.jobs.failed.connect(self._show_failure)
        self.jobs.busy.connect(lambda what: self.doing.setText(f"{what} …" if what else ""))
        session.noted.connect(lambda text: self.statusBar().showMessage(text, 15_000))
        session.device_found.connect(lambda device: self.device.setText(f"device: {device}"))

    def _connect_views(self) -> None:
        session = self.session
        slow = partial(pg.SignalProxy, rateLimit=REPAINTS, threadSafe=False)
        self._proxies = [
            slow(session.step_shown, slot=lambda args: self._show_step(*args)),
            slow(session.history_changed, slot=lambda args: self._show_history(*args)),
        ]
        session.follow_changed.connect(self.timeline.show_follow)
        self.timeline.frame_requested.connect(session.show_frame)
        self.timeline.follow_requested.connect(session.set_follow)
        self.curves.index_requested.connect(session.show_index)

    def _connect_menus(self) -> None:
        menus, session, view = self.menus, self.session, self.object
        menus.connect(
            open=self.ask_scan, example=self.load_example,
            open_probe=self.ask_probe, open_object=self.ask_object,
            export=self.ask_export, quit=self.close,
            run=self.run, pause=self.run_panel.pause.click, step=self.step, stop=self.stop,
            go_on=self.go_on, simulate=self.source.simulate,
            auto=view.auto.setChecked, follow=session.set_follow, fit=view.fit,
            keys=lambda: KeyMapDialog(menus.keys(), self).open(), about=self.show_about,
            **{part: partial(_when_on, view.set_parts, part) for part in ("both", "amplitude", "phase")},
            **{what: partial(_when_on, view.set_beside, what) for what in ("nothing", "truth", "x_t")},
            **{name: partial(_when_on, theme.set_scheme, name) for name in theme.SCHEMES},
        )  # fmt: skip
        menus.actions["follow"].setChecked(True)
        session.follow_changed.connect(menus.actions["follow"].setChecked)
        view.auto.toggled.connect(menus.actions["auto"].setChecked)
        view.beside_changed.connect(lambda what: menus.actions[what].setChecked(True))

    def run(self) -> None:
        """Run the chosen method from the beginning, on the scan that the options ask for."""
        self._start_simulated(self.session.run)

    def step(self) -> None:
        """One iterate of the live run, or the first of a new one."""
        if self.session.live:
            self.session.step()
        else:
            self._start_simulated(partial(self.session.run, held=True))

    def stop(self) -> None:
        """End the run; what it has done so far stays."""
        self._forget_run()
        self.session.stop()

    def go_on(self) -> None:
        """Continue from the shown step with the options as they stand."""
        self._start(self.session.go_on)

    def load_example(self) -> None:
        """Load the built-in example."""
        self._forget_run()
        self.source.load_example()

    def open_path(self, path: str) -> None:
        """Open a scan."""
        self.session.open_scan(path)

    def ask_scan(self) -> None:
        """Choose a scan and open it."""
        self._ask_file("Open a scan", SCANS, self.session.open_scan)

    def ask_probe(self) -> None:
        """Choose a probe for simulations."""
        self._ask_file("Open a probe", PROBES, self.source.open_probe)

    def ask_object(self) -> None:
        """Choose an object for simulations."""
        self._ask_file("Open an object", OBJECTS, self.source.open_object)

    def ask_export(self) -> None:
        """Ask what to export."""
        scan, method = self.session.scan, self.session.method
        if scan is None:
            self.banner.show_error(InputError("there is nothing to export yet: open a scan first"))
            return
        done = self.session.history.last is not None
        name = f"{scan.name} {method.key()}" if done else scan.name
        self.export_dialog.offer(name.replace(" ", "_").replace("/", "_"), done)

    def export(self, export) -> None:
        """Write what was asked for."""
        picture = self.object.canvas.grab().toImage() if "picture" in export.forms else None
        self.session.export(export, picture)

    def show_about(self) -> None:
        """Say what this is."""
        box = QMessageBox(self)
        box.setWindowTitle("About ptygui")
        box.setText(
            f"<b>ptygui {__version__}</b>"
            "<p>How little scan overlap can a ptychography experiment live with?</p>"
            "<p>Free software under the GNU General Public License, version 3 or later.</p>"
        )
        box.open()

    def dragEnterEvent(self, event):
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event):
        """Open a scan that is dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_path(paths[0])

    def closeEvent(self, event):
        """End the run and what is being read or written."""
        if self.settings is not None:
            self.settings.setValue("geometry", self.saveGeometry())
        self.hide()  # at once, whatever the thread is importing
        self.session.close()
        self.jobs.cancel()
        super().closeEvent(event)

    def _start_simulated(self, run) -> None:
        if self.source.pending:
            self._run_simulated = run
            self.source.simulate()
        else:
            self._start(run)

    def _run_waiting(self) -> None:
        run, self._run_simulated = self._run_simulated, None
        if run is not None:
            self._start(run)

    def _tell_due(self) -> None:
        if self.source.due and self._run_simulated is None:
            self.banner.show_note(
                "The options of the simulation were changed during this run: Simulate or Run makes that "
                "scan, in place of this one and its reconstruction."
            )

    def _forget_run(self) -> None:
        self._run_simulated = None

    def _show_failure(self, error) -> None:
        self._forget_run()
        self.banner.show_error(error)

    def _start(self, run) -> None:
        try:
            method = self.method_panel.method()
        except InputError as error:
            self.banner.show_error(error)
            return
        run(method, device=self.run_panel.device.currentText(), seed=self.run_panel.seed.value())

    def _show_step(self, step) -> None:
        if step is not self.session.shown:  # another scan or run came in between
            return
        self.timeline.show_history(self.session.history)
        self.object.show_step(step)
        self.curves.show_step(step)
        self.timeline.show_step(step)

    def _show_history(self, history) -> None:
        self.timeline.show_history(history)
        self.curves.show_history(history)
        if history.last is not None:
            self.run_panel.show_progress(history.last)

    def _guarded(self, act):
        def guarded(*args):
            try:
                act(*args)
            except InputError as error:
                self.banner.show_error(error)

        return guarded

    def _ask_file(self, title: str, kinds: str, act) -> None:
        start = self.settings.value("folder", "") if self.settings is not None else ""
        path, _ = QFileDialog.getOpenFileName(self, title, start, kinds)
        if path:
            if self.settings is not None:
                self.settings.setValue("folder", str(Path(path).parent))
            act(path)

    def _lay_out(self) -> None:
        self.simulate_panel.place_map(self.map)
        side = QWidget()
        panels = QVBoxLayout(side)
        panels.setContentsMargins(4, 0, 4, 4)
        panels.setSpacing(2)
        panels.addWidget(self.scan_panel)
        panels.addWidget(self.simulate_panel, 3)
        panels.addWidget(self.method_panel, 4)
        panels.addWidget(self.run_panel)
        scroll = QScrollArea(widgetResizable=True, frameShape=QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(side)
        scroll.setMinimumWidth(SIDE)
        below = QSplitter(Qt.Orientation.Vertical)
        below.addWidget(self.object)
        below.addWidget(self.curves)
        below.setSizes([520, 190])
        below.setStretchFactor(0, 3)
        below.setStretchFactor(1, 1)
        self.centre = QWidget()
        centre = QVBoxLayout(self.centre)
        centre.setContentsMargins(0, 2, 2, 0)
        centre.setSpacing(2)
        centre.addWidget(self.banner)
        centre.addWidget(below, 1)
        centre.addWidget(self.timeline)
        self.timeline.add_keys(self.centre)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(scroll)
        across.addWidget(self.centre)
        across.setSizes([SIDE, 1000])
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        across.setCollapsible(0, False)
        across.setCollapsible(1, False)
        self.setCentralWidget(across)
        self.statusBar().addPermanentWidget(self.doing)
        self.statusBar().addPermanentWidget(self.device)
        self.export_dialog.export_requested.connect(self.export)
        screen = QApplication.primaryScreen().availableSize()
        self.resize(min(1440, screen.width()), min(900, screen.height()))


def _when_on(act, value, on: bool) -> None:
    if on:
        act(value)
