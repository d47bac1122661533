"""Wiring of runs: starting and holding them, their list, their progress."""

from functools import partial

from ptygui import methods
from ptygui.experiment.run import Run
from ptygui.gui.model.request import Source
from ptygui.gui.pages import DATA, STEPS
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.title import show_title
from ptygui.scan import Scan


def connect(w: Parts) -> None:
    """Connect run panel, launcher, session and the list of runs."""
    _running(w)
    _list(w)


def _running(w: Parts) -> None:
    panel, session, launcher = w.run_panel, w.session, w.launcher
    panel.run_requested.connect(launcher.run)
    panel.pause_requested.connect(session.pause)
    panel.resume_requested.connect(launcher.resume)
    panel.step_requested.connect(launcher.step)
    panel.stop_requested.connect(launcher.stop)
    session.state_changed.connect(panel.show_state)
    session.state_changed.connect(lambda _: show_title(w))
    session.state_changed.connect(launcher.note_state)
    session.run_started.connect(lambda method: panel.begin(method.total))
    launcher.started.connect(lambda: _leave_data(w))
    launcher.started.connect(lambda: _focus_pictures(w))
    session.waited.connect(partial(_show_waiting, w))
    session.run_finished.connect(lambda outcome: panel.end(outcome, session.selection.run))
    w.preload.device_found.connect(partial(_show_device, w))
    for ended in (w.jobs.failed, w.jobs.stopped):
        ended.connect(launcher.forget_waiting)


def _show_waiting(w: Parts, run: Run, seconds: float) -> None:
    """Say what is done before the first step, in the panel, the header and the row of the run."""
    w.run_panel.show_waiting(run.doing, seconds)
    w.header.show_doing(run)
    w.runs_panel.show_run(run)


def _show_device(w: Parts, device: str) -> None:
    """Show which device "auto" means."""
    w.found_device = device
    w.device.setText(f"device: {device}")


def _leave_data(w: Parts) -> None:
    """Show the steps of a run that begins while the data are looked at."""
    if w.pages.currentIndex() == DATA:
        w.show_page(STEPS)


def _focus_pictures(w: Parts) -> None:
    """Give the focus to the pictures so that the timeline keys work; they also work in the list of runs."""
    focused = w.focusWidget()
    if focused is None or not w.runs_panel.isAncestorOf(focused):
        w.object.canvas.setFocus()


def _list(w: Parts) -> None:
    panel, session = w.runs_panel, w.session
    session.runs_changed.connect(lambda: panel.show_runs(session.runs))
    session.runs_changed.connect(lambda: panel.show_undelete(session.runs.can_undelete))
    session.selection.run_chosen.connect(panel.show_current)
    session.queue_held.connect(panel.show_held)
    panel.run_chosen.connect(partial(choose, w))
    panel.run_clicked.connect(partial(_choose_again, w))
    panel.rename_requested.connect(session.rename)
    panel.rerun_requested.connect(partial(_rerun, w))
    panel.edit_requested.connect(w.banner.guarded(partial(_take_options, w)))
    panel.export_requested.connect(w.run_exporter.ask)
    panel.delete_requested.connect(session.delete)
    panel.undelete_requested.connect(session.undelete)
    panel.move_requested.connect(session.move)
    panel.queue_requested.connect(w.launcher.queue)
    panel.seeds_requested.connect(w.launcher.queue)
    panel.start_queue_requested.connect(session.start_queue)


def _rerun(w: Parts, runs: list[Run]) -> None:
    for run in runs:
        w.session.rerun(run)


def choose(w: Parts, run: Run) -> None:
    """Show a run, and make its scan and options the active ones, so that all panels agree."""
    w.session.selection.show_run(run)
    with w.undo.as_one(f"choice of run {run.number}", lambda: w.request.source, partial(work_on, w)):
        _take_options(w, run)


def _choose_again(w: Parts, run: Run) -> None:
    """A row that is selected was clicked: another scan, or overlap, may have become active since."""
    if run is not w.session.selection.run or run.scan is not w.request.scan:
        choose(w, run)


def _take_options(w: Parts, run: Run) -> None:
    """Copy method, seed and scan of a run to the panels, to run with changes."""
    request, source = w.request, w.simulator
    if type(run.method) in methods.METHODS:  # results of other programs have no method of ours
        request.set_method(run.method)
        request.change_settings(seed=run.seed)
    if run.scan is not request.scan or not source.rests_on(run.scan):
        work_on(w, Source(run.scan, run.scan_path))


def work_on(w: Parts, source: Source) -> None:
    """Make an existing scan the active one."""
    if source.scan is None:
        return
    w.launcher.forget_waiting()
    w.request.drop_opening()
    if isinstance(source.scan, Scan) and source.simulated:
        w.simulator.go_back(source.scan)
    w.request.set_scan(source.scan, source.path)
