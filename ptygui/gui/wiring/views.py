"""Wiring of the views: the shown run and its step."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ptygui.analysis.residuals import find_worst
from ptygui.experiment.refined_values import refined_values
from ptygui.experiment.run import Run
from ptygui.gui.background.coalesce import Coalesced
from ptygui.gui.late_parts import LATE_VIEWS
from ptygui.gui.parts import Parts
from ptygui.gui.views.view import View
from ptygui.gui.wiring.panel_options import put_view_options
from ptygui.gui.wiring.title import show_title
from ptygui.history import History
from ptygui.scan import Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from ptygui.gui.views.data import DataView
    from ptygui.gui.views.positions import PositionsView

REPAINTS = 60  # per second, at most


def connect(w: Parts) -> None:
    """Connect pictures, timeline, curves and diffraction patterns."""
    session, selection = w.session, w.session.selection
    coalesced = Coalesced(REPAINTS, w)
    coalesced.connect(selection.history_changed, partial(_show_history, w))
    coalesced.connect(selection.step_shown, partial(_show_step, w))
    coalesced.connect(session.run_changed, partial(_show_run, w))
    session.runs_changed.connect(lambda: _show_names(w))
    # what `FrameBudget` has paced already, and what comes once a run: later would be another repaint
    for once in (session.driver.stepped, session.driver.ended, session.runs_changed):
        once.connect(lambda *_: coalesced.flush())
    w.proxies.append(coalesced)
    session.driver.begun.connect(partial(_show_start, w))
    w.object.coverage_requested.connect(w.coverer.ask)
    w.coverer.found.connect(w.object.show_coverage)
    w.request.source_changed.connect(lambda: _show_viewed(w))
    selection.run_chosen.connect(lambda run: _show_viewed(w))
    selection.follow_changed.connect(w.timeline.show_follow)
    w.timeline.frame_requested.connect(selection.show_frame)
    w.timeline.follow_requested.connect(selection.set_follow)
    w.timeline.pin_requested.connect(selection.pin)
    for owner in (w.runs_panel.view, w.map, w.curves.canvas, w.residual.canvas, w.probe.canvas):
        w.timeline.add_keys(owner)
    w.curves.index_requested.connect(selection.show_index)
    w.curves.csv_requested.connect(partial(w.exporter.ask_table, "curves"))
    w.runs_panel.selected_changed.connect(lambda runs: _show_others(w))
    for name, dock in w.docks.docks.items():
        view = w.docks.widgets[name]
        if isinstance(view, View):
            dock.visibilityChanged.connect(view.come_up)
    w.residual.worst_requested.connect(lambda: _ask_worst(w))
    w.residual.place_changed.connect(w.map.mark_place)
    w.map.place_clicked.connect(w.residual.show_nearest)
    w.map.place_clicked.connect(lambda *_: w.docks.show("residual"))
    _positions(w)


def _positions(w: Parts) -> None:
    """Let data, diffraction patterns and map of the positions look at the same pattern."""
    Parts.data.once(w, partial(_data, w))
    Parts.positions.once(w, partial(_moves, w))
    for late in LATE_VIEWS:
        late.once(w, partial(_join, w))
    for page in (Parts.data, Parts.positions):
        page.once(w, lambda view: view.show_position(w.residual.position.value()))


def _data(w: Parts, view: "DataView") -> None:
    view.overview_requested.connect(w.summaries.overview)
    w.summaries.overviewed.connect(view.show_overview)
    view.position_changed.connect(w.residual.show_position)
    w.residual.position_changed.connect(view.show_position)


def _moves(w: Parts, view: "PositionsView") -> None:
    w.residual.position_changed.connect(view.show_position)
    view.csv_requested.connect(partial(w.exporter.ask_table, "positions"))
    view.position_requested.connect(w.residual.show_position)
    view.position_requested.connect(lambda _: w.docks.show("residual"))


def _join(w: Parts, view: View) -> None:
    """Let a view that was built now follow what is shown, from where it is."""
    w.views.append(view)
    session, selection = w.session, w.session.selection
    if session.viewed_scan is not None:
        view.show_scan(session.viewed_scan)
    view.show_run(selection.run)
    if selection.run is not None:
        view.show_history(selection.history)
    if selection.step is not None:
        view.show_step(selection.step)
    put_view_options(w, view.options())


def _show_viewed(w: Parts) -> None:
    """Set the views to the shown run, or to the scan if there is none."""
    session = w.session
    scan, run = session.viewed_scan, session.selection.run
    another = scan is not None and scan is not w.object.scan
    if another or run is not w.curves.run:  # a scan that is opened changes both, one after the other
        for view in (w.object, *w.views):
            if scan is not None and another:
                view.show_scan(scan)
            view.show_run(run)
        _show_others(w)
        if run is None:
            w.run_panel.clear()
        if another and session.selection.step is not None:  # of a result whose scan has just been opened
            _draw_step(w, session.selection.step)
        w.object.show_name("" if run is None else f"run {run.name}")
        _tell_refined(w)
    show_title(w)


def _show_others(w: Parts) -> None:
    """Draw the curves of the selected runs and of the branches behind those of the shown run."""
    run, runs = w.session.selection.run, w.session.runs
    w.curves.show_others(dict.fromkeys([*w.runs_panel.selected(), *(runs.relatives(run) if run else ())]))


def _show_step(w: Parts, step: Step) -> None:
    if step is not w.session.selection.step:  # another scan or run came first
        return
    w.timeline.show_history(w.session.selection.history)
    _draw_step(w, step)


def _show_start(w: Parts, run: Run, step: Step) -> None:
    """Show what a run starts from while it is made; other views wait for the first step."""
    if run is w.session.selection.run and run.last is None:
        w.object.show_step(step, live=run)


def _draw_step(w: Parts, step: Step) -> None:
    run = w.session.selection.run
    if run is not None:
        w.object.show_step(step, run.last, live=run if run.outcome == "running" else None)
    for view in w.views:
        view.show_step(step)
    _tell_refined(w)


def _tell_refined(w: Parts) -> None:
    """Tell below the options what the shown step has refined, and of which run that is."""
    run, step = w.session.selection.run, w.session.selection.step
    if run is None or step is None:
        w.method_panel.show_refined(None, {})
        return
    said = refined_values(run.scan, step)
    notes = {name: f"run {run.number}: {text}" for name, text in said.items()}
    w.method_panel.show_refined(type(run.method), notes)


def _show_history(w: Parts, history: History) -> None:
    run = w.session.selection.run
    if history is not w.session.selection.history:
        return
    for view in w.views:
        view.show_history(history)
    if run is not None and history.last is not None:
        w.run_panel.show_progress(run)


def _show_run(w: Parts, run: Run) -> None:
    w.runs_panel.show_run(run)
    if run is w.session.selection.run:
        w.object.show_name(f"run {run.name}")
        if run.outcome not in ("queued", "running"):
            w.timeline.show_history(run.history)  # which does not change any more
            if w.session.selection.step is not None:
                _draw_step(w, w.session.selection.step)  # at final levels
    if run in w.curves.others:
        w.curves.show_others(w.curves.others)
    show_title(w)


def _show_names(w: Parts) -> None:
    """Update the names of the drawn runs: they include the scan once another scan has runs."""
    run = w.session.selection.run
    w.object.show_name("" if run is None else f"run {run.name}")
    w.curves.show_legend()


def _ask_worst(w: Parts) -> None:
    """Look for the diffraction pattern that the shown step fits worst."""
    scan, step = w.session.viewed_scan, w.session.selection.step
    if step is not None and isinstance(scan, Scan):
        w.jobs.start("comparing patterns", _show_worst(w, scan, step))


async def _show_worst(w: Parts, scan: Scan, step: Step) -> None:
    w.residual.show_position(await asyncio.to_thread(find_worst, scan, step))
