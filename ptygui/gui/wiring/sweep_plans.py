"""The plan of a sweep, from what is active and what else it names; and how its scans came about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ptygui.errors import InputError
from ptygui.experiment.overlap_limit import APART
from ptygui.experiment.run import Run
from ptygui.gui.model.specimen import NamedProbe, Specimen, recipe_named
from ptygui.gui.model.sweep_request import SweepRequest
from ptygui.gui.model.sweep_sources import Source
from ptygui.gui.parts import Parts
from ptygui.methods import Method
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation
from ptygui.scan import Scan
from ptygui.tasks.joined import joined, numbered
from ptygui.tasks.plans import Plan, PlannedRun, SweepPlan, ThinnedPlan, overlaps_between, reachable


class Opened(NamedTuple):
    """Where a scan was read, and how; the scan itself."""

    path: str
    reading: dict[str, Any]
    scan: Scan


Origin = tuple[Specimen, NamedProbe] | Opened  # what the scans of a plan are made from


def plan_of(w: Parts, request: SweepRequest) -> Plan | None:
    """The requested plan; None while something that it names is being read.

    Raises
    ------
    InputError
        If there is none; the message says what to do.
    """
    w.sweep_sources.name(_named(w, request))
    if request.experiment:
        found = w.sweep_sources.get("experiment", request.experiment)
        return None if found is None else numbered(found, _number(w))
    methods = request.resolved(w.request.kept)
    if not methods:
        raise InputError("no method is ticked: tick at least one for the sweep")
    if _thins(w):
        return _thinned(w, request, methods)
    return _simulated(w, request, methods)


def note_scans(w: Parts, runs: Sequence[Run], rows: Sequence[PlannedRun]) -> None:
    """Remember how the scans of runs were made, so that they can be copied."""
    for run, row in zip(runs, rows, strict=True):
        origin, how = w.sweep_origins.get(row.part) or _of_experiment(row.part), row.scan.how
        if isinstance(origin, Opened) and origin.path and not isinstance(how, Simulation):
            run.scan_path = origin.path
            w.request.note_readings({run.scan: origin.reading})
            if not (how.halves and row.scan.seed):  # which another seed would split differently
                w.thinner.note(run.scan, origin.scan, replace(how, seed=how.seed + row.scan.seed))
        elif isinstance(how, Simulation) and origin is not None and not isinstance(origin, Opened):
            w.simulator.note(run.scan, how, *origin)


def _named(w: Parts, request: SweepRequest) -> list[Source]:
    if request.experiment:
        return [("experiment", request.experiment)]
    kind = "scan" if _thins(w) else "object"
    return [(kind, name) for name in request.sources]


def _thins(w: Parts) -> bool:
    return w.request.source.opened and isinstance(w.request.scan, Scan)


def _number(w: Parts) -> int:
    """The number of the next sweep."""
    return 1 + max((run.sweep for run in w.session.runs), default=0)


def _thinned(w: Parts, request: SweepRequest, methods: tuple[Method, ...]) -> Plan | None:
    active = w.thinner.full or w.request.scan
    assert isinstance(active, Scan)
    origins = [Opened(w.request.source.path or "", dict(w.request.reading), active)]
    for path in request.sources:
        found = w.sweep_sources.get("scan", path)
        if found is None:
            return None
        origins.append(Opened(path, {}, found))
    overlaps = overlaps_between(request.lowest, request.highest, request.by)
    plans = []
    for origin in origins:
        plan = ThinnedPlan(
            origin.scan, w.request.thinning, methods, overlaps, request.seeds, w.request.settings.seed,
            _number(w),
        )  # fmt: skip
        w.sweep_origins[plan] = origin
        plans.append(plan)
    return joined(plans)


def _simulated(w: Parts, request: SweepRequest, methods: tuple[Method, ...]) -> Plan | None:
    specimens, named = [_active(w)], _probe(w)
    for name in request.sources:
        found = w.sweep_sources.get("object", name)
        if found is None:
            return None
        lengths = found.pixel_size_m, found.wavelength_m
        recipe = recipe_named(name)
        specimens.append(Specimen(found.obj, found.name, *lengths, recipe=recipe, kind=found.specimen))
    options, plans = w.simulator.options, []
    length = options.reference_length or named.probe.shape[-1]
    overlaps = reachable(request.lowest, request.highest, request.by, length)
    for one in specimens:
        fields = {"name": one.name, "pixel_size_m": one.pixel_size_m, "wavelength_m": one.wavelength_m}
        fields["specimen"] = one.kind
        plan = SweepPlan(
            one.obj, named.probe, options, methods, overlaps, request.seeds, w.request.settings.seed, fields,
            _number(w),
        )  # fmt: skip
        w.sweep_origins[plan] = one, named
        plans.append(plan)
    return joined(plans)


def _active(w: Parts) -> Specimen:
    """The object that is active: of the simulation, else the truth of the scan."""
    known, scan = w.simulator.specimen, w.request.scan
    if known is not None:
        return known
    if scan is not None and scan.truth is not None:
        return Specimen(scan.truth, scan.name, scan.pixel_size_m, scan.wavelength_m, kind=scan.specimen)
    raise InputError("there is no object to simulate scans of: load the example, or open an object")


def _probe(w: Parts) -> NamedProbe:
    """The probe to simulate with: of the simulation, else that of the scan."""
    scan = w.request.scan
    if w.simulator.specimen is None and scan is not None and scan.truth is not None:
        return NamedProbe(scan.probe, f"of {scan.name}")
    return w.simulator.named_probe


def _of_experiment(plan: Plan) -> Origin | None:
    """What the scans of an experiment are made from, where that is a procedural object."""
    if not isinstance(plan, SweepPlan) or plan.fault:
        return None
    name, width = plan.subject.partition(APART)[0], plan.probe.shape[-1]
    recipe = recipe_named(name)
    if recipe is None or recipe.path:
        return None
    probe = NamedProbe(make_probe("medium", width), "medium")
    return Specimen(plan.obj, name, recipe=recipe, kind=str(plan.fields.get("specimen", ""))), probe
