"""Wiring of scans that are being taken: what is followed, what has come, and the run that goes on with it."""

from functools import partial
from pathlib import Path

from ptygui.experiment.run import Run
from ptygui.gui.model.request import Source
from ptygui.gui.model.watcher import Following
from ptygui.gui.parts import Parts
from ptygui.scan import Scan


def connect(w: Parts) -> None:
    """Connect dialog, bar and watcher."""
    watcher = w.watcher
    w.scan_panel.follow_requested.connect(partial(ask, w))
    follow = w.banner.guarded(partial(_follow, w))
    Parts.follow_dialog.once(w, lambda dialog: dialog.follow_requested.connect(follow))
    w.follow_bar.stop_requested.connect(watcher.stop)
    watcher.told.connect(w.follow_bar.show_arrived)
    watcher.told.connect(lambda arrived: w.session.noted.emit(f"{Path(watcher.path).name}: {arrived.text}"))
    watcher.came.connect(partial(_take, w))
    watcher.ended.connect(partial(_end, w))
    w.request.source_changed.connect(partial(_turn_away, w))
    w.session.run_started.connect(lambda _: _note_run(w))
    w.session.state_changed.connect(lambda _: _hand_over(w))


def ask(w: Parts) -> None:
    """Ask what to follow, beginning with the file that was requested last."""
    w.follow_dialog.ask(Following(scan=w.watcher.path or w.request.asked[0]))


def _follow(w: Parts, following: Following) -> None:
    asked, before = w.request.asked
    reading = following.keywords(before if asked == following.scan else {})
    w.launcher.forget_waiting()
    w.request.drop_opening()
    w.simulator.hold()
    w.watcher.follow(following, reading)
    w.session.growing = following.scan
    w.follow_bar.begin(following.scan)


def _end(w: Parts, why: str) -> None:
    w.follow_bar.hide()
    if w.launcher.waiting and w.watcher.scan is None:
        w.launcher.forget_waiting()
    if why:
        w.session.noted.emit(f"{Path(w.session.growing).name} is not followed any more: {why}")


def _take(w: Parts, scan: Scan, first: bool) -> None:
    """Work on all that has come; a run that waited for it starts, one on the frames before goes on."""
    watcher, request, waits = w.watcher, w.request, w.launcher.waiting
    away = not watcher.wanted if first else request.path != watcher.path
    if away:  # another scan was chosen meanwhile
        _hand_over(w)
        return
    request.set_scan(scan, watcher.path, watcher.reading)
    if first:
        request.opened.emit(watcher.path)
    if waits:
        w.launcher.start_waiting()
        return
    ended = next((run for run in w.session.runs if run.number == watcher.run_number), None)
    if ended is not None and ended.outcome == "done" and not w.session.live:
        _go_on(w, ended)
    else:
        _hand_over(w)


def _turn_away(w: Parts, source: Source) -> None:
    """Another scan was chosen before anything has come."""
    if w.watcher.waits and source.path != w.watcher.path:
        w.watcher.wanted = False
        w.launcher.forget_waiting()


def _note_run(w: Parts) -> None:
    """Remember the run that began on what has come: it goes on with the rest."""
    run = w.session.live_run
    if run is not None and w.watcher.path and run.scan_path == w.watcher.path and not run.automatic:
        w.watcher.run_number = run.number


def _hand_over(w: Parts) -> None:
    """Let the live run go on with what has come, unless it is held: then once it continues."""
    run, newest = w.session.live_run, w.watcher.scan
    if run is None or newest is None or run.number != w.watcher.run_number:
        return
    if w.session.state == "running" and len(run.scan) < len(newest):
        _go_on(w, run)


def _go_on(w: Parts, run: Run) -> None:
    newest = w.watcher.scan
    if newest is not None:
        w.session.go_on_with(run, newest, w.watcher.anew)
        w.watcher.anew = False
