"""The wiring diagram of the program: which signal of which part goes where."""

from functools import partial

import pyqtgraph as pg

from ptygui.gui import comparing, theme
from ptygui.gui.checks import checks_of
from ptygui.gui.dialogs import KeyMapDialog
from ptygui.gui.menus import when_on
from ptygui.gui.newest import Newest
from ptygui.gui.views.object import PARTS
from ptygui.gui.views.pair import MODES

REPAINTS = 60  # a second, at most


def connect(w) -> None:
    """Connect all parts of a window."""
    _scans(w)
    _probe(w)
    _runs(w)
    _run_list(w)
    _views(w)
    _checklist(w)
    comparing.connect(w)
    _files(w)
    _projects(w)
    _menus(w)
    _undo(w)
    _log(w)


def _scans(w) -> None:
    panel, simulate, source, session = w.scan_panel, w.simulate_panel, w.source, w.session
    panel.open_requested.connect(partial(w.opening.ask, "scan"))
    panel.example_requested.connect(w.load_example)
    simulate.options_changed.connect(source.set_options)
    simulate.simulate_requested.connect(source.simulate)
    simulate.object_requested.connect(source.make_object)
    simulate.object_file_requested.connect(partial(w.opening.ask, "object"))
    source.simulated.connect(session.set_scan)
    source.simulated.connect(w.run_waiting)
    source.options_loaded.connect(simulate.set_options)
    source.invalid.connect(simulate.show_problem)
    source.planned.connect(w.surveys.plan)
    simulate.acquisition_changed.connect(w.surveys.set_acquisition)
    w.surveys.surveyed.connect(w.map.show_footprints)
    w.surveys.surveyed.connect(w.figures.show_footprints)
    w.surveys.described.connect(panel.show_scan)
    session.scan_changed.connect(
        lambda scan: w.surveys.measure(scan, None if session.path else source.options)
    )
    session.scan_changed.connect(w.show_pictures)
    session.scan_changed.connect(w.show_title)
    session.scan_opened.connect(source.hold)
    session.scan_opened.connect(w.forget_waiting)
    session.scan_opened.connect(lambda path: w.docks.show("scan"))
    session.scan_opened.connect(lambda path: w.recents.add(path, "scan"))


def _probe(w) -> None:
    panel, source, session = w.probe_panel, w.source, w.session
    panel.file_requested.connect(partial(w.opening.ask, "probe"))
    panel.probe_requested.connect(source.build_probe)
    panel.pupil_requested.connect(source.build_pupil)
    panel.apply_requested.connect(lambda: session.open_scan(session.path, probe=source.probe))

    def show(named) -> None:
        panel.show_probe(named.name, named.probe.shape[-1], named.pupil)
        w.surveys.portray(named.probe, named.name)

    source.probe_changed.connect(show)
    source.probe_changed.connect(w.undo.watch("probe", source.named_probe, source.set_probe))
    w.surveys.portrayed.connect(w.probe.show_portrait)
    session.scan_changed.connect(lambda scan: _show_scan_probe(w, scan))
    show(source.named_probe)


def _show_scan_probe(w, scan) -> None:
    measured = w.session.path is not None
    w.probe_panel.show_measured(measured)
    w.probe_panel.set_optics(scan.pixel_size_m, scan.wavelength_m)
    w.probe.set_pixel_size(scan.pixel_size_m)
    if measured:
        w.surveys.portray(scan.probe, f"probe of {scan.name}")


def _checklist(w) -> None:
    source, session, method, run = w.source, w.session, w.method_panel.form, w.run_panel
    checks = Newest(w.jobs, w)
    for changed in (
        session.scan_changed, session.device_found, source.planned, source.invalid, source.probe_changed,
        method.value_changed, method.validity_changed, run.device.currentTextChanged,
    ):  # fmt: skip
        changed.connect(lambda *_: w.situation_changed.emit())
    rested = pg.SignalProxy(
        w.situation_changed, delay=0.1, threadSafe=False,
        slot=lambda _: checks.ask(partial(checks_of, w.situation())),
    )  # fmt: skip
    w.proxies.append(rested)
    checks.answered.connect(w.checklist.show_checks)
    w.checklist.mend_requested.connect(w.mend)
    w.checklist.title_changed.connect(w.docks.docks["checklist"].setWindowTitle)
    w.situation_changed.emit()


def _runs(w) -> None:
    panel, session = w.run_panel, w.session
    panel.run_requested.connect(w.run)
    panel.pause_requested.connect(session.pause)
    panel.resume_requested.connect(w.resume)
    panel.step_requested.connect(w.step)
    panel.stop_requested.connect(w.stop)
    session.state_changed.connect(panel.show_state)
    session.state_changed.connect(w.show_title)
    session.state_changed.connect(w.note_held)
    session.run_started.connect(lambda method: (panel.begin(method.total), w.banner.hide()))
    session.run_started.connect(lambda: _focus_pictures(w))
    session.run_finished.connect(lambda outcome: w.statusBar().showMessage(f"run {outcome}", 10_000))
    session.run_finished.connect(lambda outcome: panel.end(outcome, session.history.last))
    session.failed.connect(w.banner.show_error)
    session.warned.connect(w.banner.show_warning)
    w.jobs.failed.connect(w.forget_waiting)
    w.jobs.failed.connect(w.banner.show_error)
    w.jobs.busy.connect(lambda what: w.doing.setText(f"{what} …" if what else ""))
    session.device_found.connect(w.show_device)
    session.noted.connect(lambda text: w.statusBar().showMessage(text, 15_000))


def _focus_pictures(w) -> None:
    """So that the keys of the timeline work; the list of runs keeps the focus while its queue goes on."""
    focused = w.focusWidget()
    if focused is None or not w.runs_panel.isAncestorOf(focused):
        w.object.canvas.setFocus()


def _run_list(w) -> None:
    panel, session = w.runs_panel, w.session
    session.runs_changed.connect(lambda: panel.show_runs(session.runs))
    session.runs_changed.connect(lambda: panel.show_undelete(session.runs.can_undelete))
    session.current_changed.connect(panel.show_current)
    session.queue_held.connect(panel.show_held)
    panel.run_chosen.connect(session.show_run)
    panel.rename_requested.connect(session.rename)
    panel.rerun_requested.connect(lambda runs: [session.rerun(run) for run in runs])
    panel.edit_requested.connect(w.banner.guarded(lambda run: w.method_panel.set_method(run.method)))
    panel.edit_requested.connect(lambda run: w.run_panel.seed.setValue(run.seed))
    panel.delete_requested.connect(session.delete)
    panel.undelete_requested.connect(session.undelete)
    panel.move_requested.connect(session.move)
    panel.queue_requested.connect(w.queue)
    panel.seeds_requested.connect(w.queue)
    panel.start_queue_requested.connect(session.start_queue)


def _views(w) -> None:
    session = w.session
    slow = partial(pg.SignalProxy, rateLimit=REPAINTS, threadSafe=False)
    w.proxies = [
        slow(session.step_shown, slot=lambda args: _show_step(w, *args)),
        slow(session.history_changed, slot=lambda args: _show_history(w, *args)),
        pg.SignalProxy(session.run_changed, rateLimit=5, threadSafe=False, slot=lambda a: _show_run(w, *a)),
    ]
    session.scan_changed.connect(lambda: _show_viewed(w))
    session.current_changed.connect(lambda run: _show_viewed(w))
    session.follow_changed.connect(w.timeline.show_follow)
    w.timeline.frame_requested.connect(session.show_frame)
    w.timeline.follow_requested.connect(session.set_follow)
    w.timeline.pin_requested.connect(session.pin)
    w.curves.index_requested.connect(session.show_index)
    w.curves.csv_requested.connect(partial(w.ask_csv, "curves"))
    w.runs_panel.selected_changed.connect(lambda runs: _show_others(w))
    w.residual.worst_requested.connect(w.find_worst)
    w.residual.position_changed.connect(w.map.mark_position)
    w.map.position_clicked.connect(w.residual.show_position)
    w.map.position_clicked.connect(lambda k: w.docks.show("residual"))


def _show_viewed(w) -> None:
    """Bring the views to the run that is shown, or to the scan where there is none."""
    session = w.session
    scan, run = session.viewed_scan, session.current
    if scan is not None and scan is not w.object.scan:
        w.object.show_scan(scan)
        w.residual.show_scan(scan)
    if run is None:
        w.run_panel.clear()
    w.curves.show_run(run)
    _show_others(w)
    w.timeline.show_run(run)
    w.show_title()


def _show_others(w) -> None:
    """Draw the curves of the runs selected and of the branches beside those of the run that is shown."""
    run, runs = w.session.current, w.session.runs
    w.curves.show_others(dict.fromkeys([*w.runs_panel.selected(), *(runs.relatives(run) if run else ())]))


def _show_step(w, step) -> None:
    if step is not w.session.shown:  # another scan or run came in between
        return
    w.timeline.show_history(w.session.history)
    w.object.show_step(step)
    w.curves.show_step(step)
    w.timeline.show_step(step)
    w.residual.show_step(step)


def _show_history(w, history) -> None:
    if history is not w.session.history:
        return
    w.timeline.show_history(history)
    w.curves.show_history(history)
    if history.last is not None:
        w.run_panel.show_progress(history.last)


def _show_run(w, run) -> None:
    w.runs_panel.show_run(run)
    if run in w.curves.others:
        w.curves.show_others(w.curves.others)
    w.show_title()


def _files(w) -> None:
    w.opening.requested.connect(w.open)
    w.opening.refused.connect(w.banner.show_error)
    w.recents.changed.connect(lambda: _show_recents(w))
    w.welcome.example_requested.connect(w.load_example)
    w.welcome.open_requested.connect(partial(w.opening.ask, "scan"))
    w.welcome.recent_requested.connect(w.opening.open)
    w.welcome.tour_requested.connect(w.start_tour)
    w.welcome.show_at_start_changed.connect(lambda on: w.remember("start page", "yes" if on else "no"))
    w.export_dialog.export_requested.connect(w.export)
    _show_recents(w)


def _projects(w) -> None:
    projects, recovery, session = w.projects, w.recovery, w.session
    projects.opened.connect(w.put_project)
    projects.saved.connect(lambda path: w.recents.add(path, "project"))
    projects.changed.connect(w.show_title)
    projects.noted.connect(session.noted)
    projects.lost.connect(w.ask_for_lost)
    session.run_finished.connect(lambda _: recovery.keep())
    recovery.offered.connect(w.ask_to_recover)
    recovery.restored.connect(projects.take_over)
    projects.opened.connect(recovery.begin_anew)
    recovery.failed.connect(w.banner.show_error)


def connect_training(w) -> None:
    """Connect the window that trains a prior, when it is asked for first."""
    from ptygui.gui.training import Training

    w.training, window = Training(w), w.train_window
    window.train_requested.connect(w.training.start)
    window.stop_requested.connect(w.training.stop)
    w.training.state_changed.connect(window.show_state)
    w.training.progressed.connect(window.show_progress)
    w.training.failed.connect(window.show_error)
    w.training.failed.connect(lambda error: w.log.add(str(error), "error"))
    w.training.model_written.connect(w.take_prior)


def _show_recents(w) -> None:
    w.welcome.show_recents(list(w.recents))
    menu = w.menus.recent
    menu.clear()
    for path, kind in w.recents:
        menu.addAction(f"{path}   ({kind})").triggered.connect(lambda _, p=path, k=kind: w.opening.open(p, k))
    menu.addSeparator()
    menu.addAction("&Clear the list").triggered.connect(w.recents.clear)
    menu.setEnabled(bool(list(w.recents)))


def _menus(w) -> None:
    menus, session, view = w.menus, w.session, w.object
    menus.connect(
        open=partial(w.opening.ask, "scan"), example=w.load_example,
        open_probe=partial(w.opening.ask, "probe"), open_object=partial(w.opening.ask, "object"),
        open_result=partial(w.opening.ask, "result"), open_project=partial(w.opening.ask, "project"),
        save_project=w.projects.save, save_project_as=w.projects.save_as, recover=w.recover,
        train=w.show_training,
        export=w.ask_export, quit=w.close, undo=w.undo.undo, redo=w.undo.redo,
        reset_options=w.method_panel.reset.click, reset_settings=w.ask_reset,
        run=w.run, pause=w.run_panel.pause.click, step=w.step, stop=w.stop,
        go_on=w.go_on, pin=w.timeline.toggle_pin, queue=w.queue, simulate=w.source.simulate,
        auto=view.auto.setChecked, follow=session.set_follow, fit=view.fit,
        explore=partial(w.show_preset, "explore"), compare=partial(w.show_preset, "compare"),
        present=partial(w.show_preset, "present"), reset_layout=w.docks.reset,
        steps_page=partial(w.show_page, comparing.STEPS),
        compare_page=partial(w.show_page, comparing.COMPARISON),
        seeds_page=partial(w.show_page, comparing.DEVIATIONS), swap=w.compare.swap,
        keys=lambda: KeyMapDialog(menus.keys(), w).open(), welcome=w.show_welcome,
        tour=w.start_tour, about=w.show_about,
        **{part: partial(when_on, view.set_parts, part) for part in PARTS},
        **{what: partial(when_on, view.set_beside, what) for what in ("nothing", "truth", "x_t")},
        **{name: partial(when_on, w.set_scheme, name) for name in theme.SCHEMES},
        **{mode: partial(when_on, w.compare.set_mode, mode) for mode in MODES},
    )  # fmt: skip
    menus.actions["follow"].setChecked(True)
    session.follow_changed.connect(menus.actions["follow"].setChecked)
    view.auto.toggled.connect(menus.actions["auto"].setChecked)
    view.beside_changed.connect(lambda what: menus.actions[what].setChecked(True))
    for name in ("undo", "redo"):
        menus.actions[name].setEnabled(False)
    w.undo.canUndoChanged.connect(menus.actions["undo"].setEnabled)
    w.undo.canRedoChanged.connect(menus.actions["redo"].setEnabled)
    w.undo.undoTextChanged.connect(lambda text: menus.actions["undo"].setText(f"&Undo {text}".rstrip()))
    w.undo.redoTextChanged.connect(lambda text: menus.actions["redo"].setText(f"&Redo {text}".rstrip()))


def _undo(w) -> None:
    """Every option and slider can be taken back."""
    method, simulate, run, undo = w.method_panel, w.simulate_panel, w.run_panel, w.undo
    method.form.value_changed.connect(undo.watch("method", method.form.value(), method.set_method))
    simulate.acquisition_changed.connect(
        undo.watch("acquisition", simulate.cost.value(), simulate.cost.set_value)
    )
    changed = undo.watch("simulation", w.source.options, w.put_simulation)
    simulate.options_changed.connect(changed)
    w.source.options_loaded.connect(changed)
    preview = simulate.auto_preview
    preview.toggled.connect(undo.watch("preview", preview.isChecked(), preview.setChecked))
    run.seed.valueChanged.connect(undo.watch("seed", run.seed.value(), run.seed.setValue))
    device = undo.watch("device", run.device.currentText(), run.device.setCurrentText)
    run.device.currentTextChanged.connect(device)


def _log(w) -> None:
    log, session = w.log, w.session
    session.noted.connect(log.add)
    session.warned.connect(lambda text: log.add(text, "warning"))
    session.failed.connect(lambda error: log.add(str(error), "error"))
    w.jobs.failed.connect(lambda error: log.add(str(error), "error"))
    session.run_started.connect(lambda method: log.add(f"run of {method.key()} started"))
    session.run_finished.connect(lambda outcome: log.add(f"run {outcome}"))
    w.banner.unexpected.connect(lambda details: (log.add(details, "error"), w.docks.show("log")))
    w.bridge.said.connect(log.add)
    w.bridge.install()
