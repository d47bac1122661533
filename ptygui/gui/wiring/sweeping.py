"""Wiring of overlap sweeps."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pyqtgraph as pg

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.background.imports import load
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.quantities import duration
from ptygui.gui.model.sweep_request import with_part
from ptygui.gui.pages import OVERLAP, STEPS
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.runs import choose
from ptygui.gui.wiring.sweep_plans import note_scans, plan_of
from ptygui.methods import written
from ptygui.tasks.expected import expected_seconds
from ptygui.tasks.plans import Plan, PlannedRun, ThinnedPlan
from ptygui.tasks.progress import Progress
from ptygui.tasks.where import dask_missing, workers_named

if TYPE_CHECKING:
    from ptygui.gui.panels.sweep import SweepPanel
    from ptygui.gui.views.sweep import SweepView


def connect(w: Parts) -> None:
    """Connect the page Overlap."""
    sweeper, session = w.sweeper, w.session
    counted = Latest(w.jobs, w)
    counted.answered.connect(partial(_tell_counted, w))
    tell = partial(_tell, w, counted)
    Parts.sweep_panel.once(w, partial(_panel, w))
    Parts.sweep_panel.once(w, lambda _: tell())
    Parts.sweep_view.once(w, partial(_view, w))
    sweeper.runs_done.connect(partial(_take, w))
    sweeper.progressed.connect(
        lambda progress: w.pages.setTabText(OVERLAP, f"Overlap ({100 * progress.share:.0f} %)")
    )
    sweeper.failed.connect(w.banner.show_error)
    sweeper.noted.connect(session.noted)
    sweeper.finished.connect(partial(_finish, w))
    sweeper.finished.connect(lambda _: tell())
    session.run_finished.connect(lambda _: tell())  # which may say how long a sweep takes
    w.projects.opened.connect(lambda project: sweeper.drop())
    w.menus.connect(overlap_page=partial(w.show_page, OVERLAP), sweep=partial(_show_and_start, w))
    w.menus.actions["stop"].triggered.connect(sweeper.stop)
    w.proxies += [
        pg.SignalProxy(signal, rateLimit=4, threadSafe=False, slot=lambda args: _show(w))
        for signal in (session.runs_changed, session.run_changed)
    ]
    for changed in (
        w.request.sweep_changed, w.simulator.planned, w.simulator.probe_changed, w.request.source_changed,
        w.request.thinning_changed,
    ):  # fmt: skip
        changed.connect(lambda *_: tell())
    w.sweep_sources.arrived.connect(tell)


def _panel(w: Parts, panel: "SweepPanel") -> None:
    panel.sweep_requested.connect(w.banner.guarded(partial(_start, w)))
    panel.stop_requested.connect(w.sweeper.stop)
    panel.method_wanted.connect(partial(_add_method, w))
    panel.files_wanted.connect(partial(_add_files, w))
    w.sweeper.waited.connect(panel.show_waiting)
    w.sweeper.progressed.connect(panel.show_progress)


def _add_method(w: Parts) -> None:
    """Sweep the present method with its options, too."""
    asked = w.request.sweep
    w.request.set_sweep(replace(asked, more=with_part(asked.more, written(w.request.method))))


def _add_files(w: Parts) -> None:
    """Sweep more objects or scans, by their files."""
    kind = "scan" if w.request.source.opened else "object"
    asked = w.request.sweep
    also = asked.also
    for path in w.opening.ask_several(kind):
        also = with_part(also, path)
    w.request.set_sweep(replace(asked, also=also))


def _view(w: Parts, view: "SweepView") -> None:
    view.runs_requested.connect(lambda: _show(w))
    view.show_acquisition(w.request.acquisition)
    w.request.acquisition_changed.connect(view.show_acquisition)
    w.sweeper.progressed.connect(partial(_show_progress, w))
    view.run_chosen.connect(partial(choose, w))
    view.run_chosen.connect(lambda run: w.show_page(STEPS))
    view.delete_requested.connect(w.session.delete)
    view.open_requested.connect(partial(w.opening.ask, "sweep"))
    view.csv_requested.connect(partial(w.exporter.ask_table, "sweep"))
    view.figure_requested.connect(lambda: w.exporter.ask("figure"))


def _show_and_start(w: Parts) -> None:
    w.show_page(OVERLAP)
    w.sweep_panel.start.click()


def _show(w: Parts) -> None:
    """Update the curves, while the page is in front."""
    view = Parts.sweep_view.built(w)
    if view is not None and view.isVisible():
        sweeper = w.sweeper
        rows = sweeper.plan.rows if sweeper.live and sweeper.plan is not None else ()
        view.show_runs(w.session.runs, sweeper.number, rows, sweeper.newest if sweeper.live else None)


def _show_progress(w: Parts, progress: Progress) -> None:
    view = Parts.sweep_view.built(w)
    if view is not None and view.isVisible() and w.sweeper.plan is not None:
        view.show_progress(w.sweeper.plan.rows, progress)


def _take(w: Parts, runs: list[Run], rows: list[PlannedRun]) -> None:
    note_scans(w, runs, rows)
    w.session.add_runs(runs)


def _start(w: Parts) -> None:
    if w.sweeper.live:
        return
    plan = plan_of(w, w.request.sweep)
    if plan is None:
        raise InputError("what the sweep names is still being read: start it in a moment")
    if not plan.overlaps:
        raise InputError("there is no overlap to try: set the lowest below the highest")
    workers = workers_named(w.request.sweep.workers)
    if workers and (missing := dask_missing()):
        raise InputError(missing)
    w.sweep_panel.show_live(True)
    w.sweeper.start(plan, w.request.settings.device, workers)


def _finish(w: Parts, outcome: str) -> None:
    w.sweep_panel.show_live(False)
    w.pages.setTabText(OVERLAP, "Overlap")
    w.session.noted.emit(f"sweep {outcome}")
    w.autosave.keep()
    _show(w)


def _told(w: Parts, plan: Plan, counted: bool = True) -> str:
    """What a plan is; of a thinned one that is not `counted`, its runs at most."""
    if isinstance(plan.parts[0], ThinnedPlan):
        overlaps, of = len(plan.overlaps), f"of {plan.subject}, thinned"
        if not counted:
            runs = overlaps * plan.seeds * len(plan.methods) * len(plan.parts)
            return f"up to {runs} runs: {overlaps} overlaps {of}"
        if not plan.count:
            return f"no runs: {of}, which has none of these overlaps"
        return f"{plan.count} runs{_time(w, plan)}: {overlaps} overlaps {of}"
    scans, size = max(len(part.scans) // part.seeds for part in plan.parts), plan.nbytes / 2**20
    source, of = w.request.source, f"of {plan.subject}"
    if source.scan is not None and not source.simulated:
        of = f"not of {source.scan.name} but of simulations of {plan.subject}"
    return f"{plan.count} runs{_time(w, plan)}: {scans} overlaps {of}, about {size:.0f} MB"


def _time(w: Parts, plan: Plan) -> str:
    """How long the plan takes, as far as that is known."""
    workers = workers_named(w.request.sweep.workers).count
    seconds = expected_seconds(plan, w.session.runs, workers or 1)
    reference = w.reference_pace.seconds(plan, w.session.runs)
    if seconds is None and reference:
        return f" after a {duration(reference)} reference"
    if seconds is None:
        return ", time known after a first run"
    if reference is None:
        return f", about {duration(seconds)} and the reference"
    return f", about {duration(seconds + reference)}"


def _tell(w: Parts, counted: Latest) -> None:
    """Show what a sweep would be; which positions a thinned scan keeps is found in a thread."""
    panel = Parts.sweep_panel.built(w)
    if panel is None:
        return
    try:
        plan = plan_of(w, w.request.sweep)
        text = "reading what it names…" if plan is None else _told(w, plan, counted=False)
        if plan is not None and isinstance(plan.parts[0], ThinnedPlan):
            counted.ask(partial(_counted, w, text, plan, w.request.settings.device))
    except InputError as error:
        text = str(error)
    panel.show_plan(text)


def _counted(w: Parts, text: str, plan: Plan, device: str) -> tuple[str, Plan]:
    """Find the rows of a plan, which it keeps, and how long its reference takes."""
    if plan.rows and w.reference_pace.seconds(plan, list(w.session.runs)) is None:
        load(networks=False)
        w.reference_pace.try_out(plan, device)
    return text, plan


def _tell_counted(w: Parts, answer: tuple[str, Plan]) -> None:
    """Show how many runs a plan has, unless another has come since."""
    text, plan = answer
    panel = Parts.sweep_panel.built(w)
    if panel is not None and panel.said.text() == text:
        panel.show_plan(_told(w, plan))
