"""Wiring of overlap sweeps."""

from functools import partial
from typing import TYPE_CHECKING

import pyqtgraph as pg

from ptygui.errors import InputError
from ptygui.gui.model.quantities import duration
from ptygui.gui.model.sweep_request import SweepRequest
from ptygui.gui.pages import OVERLAP, STEPS
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.runs import choose
from ptygui.scan import Scan
from ptygui.tasks.expected import expected_seconds
from ptygui.tasks.plans import Plan, SweepPlan, ThinnedPlan, overlaps_between, reachable
from ptygui.tasks.where import dask_missing, workers_named

if TYPE_CHECKING:
    from ptygui.gui.panels.sweep import SweepPanel
    from ptygui.gui.views.sweep import SweepView


def connect(w: Parts) -> None:
    """Connect the page Overlap."""
    sweeper, session = w.sweeper, w.session
    Parts.sweep_panel.once(w, partial(_panel, w))
    Parts.sweep_view.once(w, partial(_view, w))
    sweeper.runs_done.connect(session.add_runs)
    sweeper.progressed.connect(
        lambda progress: w.pages.setTabText(OVERLAP, f"Overlap ({progress.share:.0%})")
    )
    sweeper.failed.connect(w.banner.show_error)
    sweeper.noted.connect(session.noted)
    sweeper.finished.connect(partial(_finish, w))
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
        changed.connect(lambda *_: _tell(w))


def _panel(w: Parts, panel: "SweepPanel") -> None:
    panel.sweep_requested.connect(w.banner.guarded(partial(_start, w)))
    panel.stop_requested.connect(w.sweeper.stop)
    w.sweeper.progressed.connect(panel.show_progress)
    _tell(w)


def _view(w: Parts, view: "SweepView") -> None:
    view.runs_requested.connect(lambda: _show(w))
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
        view.show_runs(w.session.runs, w.sweeper.number)


def _plan(w: Parts, request: SweepRequest) -> Plan:
    """The requested plan: of the opened scan, or of simulations with object, probe and options."""
    if not request.methods:
        raise InputError("no method is ticked: tick at least one for the sweep")
    if w.request.source.opened and isinstance(w.request.scan, Scan):
        return _thinned_plan(w, request, w.thinner.full or w.request.scan)
    return _simulated_plan(w, request)


def _thinned_plan(w: Parts, request: SweepRequest, scan: Scan) -> ThinnedPlan:
    overlaps = overlaps_between(request.lowest, request.highest, request.by)
    return ThinnedPlan(
        scan, w.request.thinning, request.resolved(w.request.kept), overlaps, request.seeds,
        w.request.settings.seed, _number(w),
    )  # fmt: skip


def _number(w: Parts) -> int:
    """The number of the next sweep."""
    return 1 + max((run.sweep for run in w.session.runs), default=0)


def _simulated_plan(w: Parts, request: SweepRequest) -> SweepPlan:
    source, scan = w.simulator, w.request.scan
    obj, probe, fields = None, source.probe, {}
    if source.specimen is not None:
        obj, known = source.specimen.obj, source.specimen
        fields = {"name": known.name, "pixel_size_m": known.pixel_size_m, "wavelength_m": known.wavelength_m}
        fields["specimen"] = known.kind
    elif scan is not None and scan.truth is not None:
        obj, probe = scan.truth, scan.probe
        fields = {"name": scan.name, "pixel_size_m": scan.pixel_size_m, "wavelength_m": scan.wavelength_m}
        fields["specimen"] = scan.specimen
    if obj is None:
        raise InputError("there is no object to simulate scans of: load the example, or open an object")
    options = source.options
    overlaps = reachable(
        request.lowest, request.highest, request.by, options.reference_length or probe.shape[-1]
    )
    return SweepPlan(
        obj, probe, options, request.resolved(w.request.kept), overlaps, request.seeds,
        w.request.settings.seed, fields, _number(w),
    )  # fmt: skip


def _start(w: Parts) -> None:
    if w.sweeper.live:
        return
    plan = _plan(w, w.request.sweep)
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
    _tell(w)


def _told(w: Parts, plan: Plan) -> str:
    if isinstance(plan, ThinnedPlan):  # which positions are kept takes time to find
        count = len(plan.overlaps)
        runs = count * plan.seeds * len(plan.methods)
        return f"of {plan.scan.name}, thinned: {count} overlaps, up to {runs} runs"
    scans, size = len(plan.scans) // plan.seeds, plan.nbytes / 2**20
    source, name = w.request.source, plan.fields["name"] if isinstance(plan, SweepPlan) else ""
    of = f"of {name}"
    if source.scan is not None and not source.simulated:
        of = f"not of {source.scan.name} but of simulations of {name}"
    return f"{scans} overlaps, {plan.count} runs{_time(w, plan)}: {of}, about {size:.0f} MB"


def _time(w: Parts, plan: Plan) -> str:
    """How long the plan takes, where earlier runs of its methods tell."""
    workers = workers_named(w.request.sweep.workers).count
    seconds = expected_seconds(plan, w.session.runs, workers or 1)
    return "" if seconds is None else f", about {duration(seconds)}"


def _tell(w: Parts) -> None:
    """Show what a sweep would be."""
    panel = Parts.sweep_panel.built(w)
    if panel is None:
        return
    try:
        text = _told(w, _plan(w, w.request.sweep))
    except InputError as error:
        text = str(error)
    panel.show_plan(text)
