"""Wiring of the inputs of runs: scan, probe and simulation."""

from functools import partial

from ptygui.experiment.run import without_overlap
from ptygui.files.measured import ESTIMATE
from ptygui.gui.model.request import Source
from ptygui.gui.model.simulator import ScanPlan
from ptygui.gui.model.specimen import NamedProbe
from ptygui.gui.pages import DATA
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.files import load_example
from ptygui.gui.wiring.title import show_title
from ptygui.physics.simulate import Simulation


def connect(w: Parts) -> None:
    """Connect scan panel, simulation, probe and map."""
    _scans(w)
    _probe(w)


def _scans(w: Parts) -> None:
    panel, simulate, source, request = w.scan_panel, w.simulate_panel, w.simulator, w.request
    panel.open_requested.connect(partial(w.opening.ask, "scan"))
    panel.example_requested.connect(partial(load_example, w))
    simulate.options_changed.connect(source.set_options)
    simulate.simulate_requested.connect(source.simulate)
    simulate.object_requested.connect(source.make_object)
    simulate.object_file_requested.connect(partial(w.opening.ask, "object"))
    source.simulated.connect(request.set_scan)
    source.simulated.connect(w.launcher.start_waiting)
    source.options_loaded.connect(simulate.set_options)
    source.invalid.connect(simulate.show_problem)
    source.opened.connect(w.recents.add)
    source.planned.connect(partial(_show_plan, w))
    request.acquisition_changed.connect(w.summaries.set_acquisition)
    w.summaries.surveyed.connect(w.map.show_footprints)
    w.summaries.surveyed.connect(w.sampling.show_footprints)
    w.summaries.surveyed.connect(w.simulate_panel.show_reached)
    w.summaries.described.connect(panel.show_scan)
    request.source_changed.connect(partial(_take_source, w))
    request.opened.connect(lambda path: w.docks.show("checklist"))  # what is wrong with it comes first
    request.opened.connect(lambda path: w.show_page(DATA))
    request.opened.connect(lambda path: w.recents.add(path, "scan"))
    simulate.set_options(source.options)
    _thinning(w)
    _name_source(w)


def _thinning(w: Parts) -> None:
    """Thin the opened scan as the slider says; a run waits for it and for its reference."""
    thinner, request = w.thinner, w.request
    w.simulate_panel.thinning_changed.connect(request.set_thinning)
    thinner.planned.connect(w.summaries.thin)
    thinner.ready.connect(partial(_start_thinned, w))
    thinner.progressed.connect(w.run_panel.show_reference)
    request.thinning_changed.connect(lambda _: _show_name(w))
    w.launcher.waiting_changed.connect(w.run_panel.show_waiting_run)


def _start_thinned(w: Parts) -> None:
    if w.launcher.waiting:  # no preview: a measured scan may take long
        w.launcher.start_waiting()


def _show_plan(w: Parts, plan: ScanPlan) -> None:
    if w.request.source.simulated:  # else undo changed a simulation that is not active
        w.summaries.plan(plan)


def _name_source(w: Parts) -> None:
    """Show the name of the active scan across the top and on the Run button."""
    bar, request, source = w.source_bar, w.request, w.simulator
    bar.simulation_requested.connect(lambda: _work_on_simulation(w))
    bar.opened_requested.connect(lambda: _work_on_opened(w))
    for ended in (w.jobs.failed, w.jobs.stopped):
        ended.connect(lambda _: _after_failure(w))
    w.summaries.surveyed.connect(bar.show_footprints)
    for changed in (request.source_changed, source.object_changed):
        changed.connect(lambda _: _show_name(w))
    request.method_changed.connect(lambda _: _show_name(w))
    _show_name(w)


def _show_name(w: Parts) -> None:
    request, specimen, to = w.request, w.simulator.specimen, ""
    name = "" if request.scan is None else request.scan.name
    if request.source.simulated and specimen is not None:
        name = specimen.name
    elif w.thinner.full is not None:
        name = without_overlap(w.thinner.full.name)
        to = request.thinning.text if request.thinning.thins else ""
    elif w.thinner.present.thins:
        name, to = without_overlap(name), w.thinner.present.text
    w.source_bar.setVisible(bool(name))
    short = f"{name}, thinned" if to else name  # the overlap stands behind it
    w.source_bar.show_source(request.source, short, request.opened_source)
    w.run_panel.show_target(request.method.key(), f"{short} to {to}" if to else name)


def _work_on_simulation(w: Parts) -> None:
    if not w.request.source.simulated or w.request.scan is None:
        w.request.drop_opening()
        w.simulator.take_up(w.request.simulated_scan)


def _work_on_opened(w: Parts) -> None:
    request = w.request
    if request.source is request.opened_source:  # a requested simulation is not ready yet
        w.simulator.hold()
        w.launcher.forget_waiting()
        _show_name(w)
        _show_scan_probe(w, request.source)
    request.use_opened()


def _after_failure(w: Parts) -> None:
    """Keep the opened scan active if a simulation cannot replace it."""
    source = w.simulator
    if not w.request.source.simulated and source.automatic and not source.pending:
        source.hold()
        _show_name(w)


def _take_source(w: Parts, source: Source) -> None:
    """Show another active scan in every panel."""
    if not source.simulated:
        w.simulator.hold()
        if source.scan not in (w.thinner.newest, w.watcher.scan):  # else it is what a run waits for
            w.launcher.forget_waiting()
    if source.scan is not None:
        w.summaries.measure(source.scan, w.simulator.options if source.simulated else None)
    w.show_pictures()
    show_title(w)


def _probe(w: Parts) -> None:
    panel, source, request = w.probe_panel, w.simulator, w.request
    panel.file_requested.connect(partial(w.opening.ask, "probe"))
    panel.probe_requested.connect(source.build_probe)
    panel.pupil_requested.connect(source.build_pupil)
    panel.apply_requested.connect(partial(_apply_probe, w))
    panel.estimate_requested.connect(partial(_apply_probe, w, ESTIMATE))
    source.probe_changed.connect(partial(_show_probe, w))
    w.summaries.probe_summarised.connect(w.probe.show_summary)
    request.source_changed.connect(partial(_show_scan_probe, w))
    _show_probe(w, source.named_probe)


def _apply_probe(w: Parts, probe: str = "") -> None:
    """Read the opened scan again, with the chosen probe in place of its own, or made from its patterns."""
    if w.request.path is not None:
        chosen = probe or w.simulator.probe
        w.request.open_scan(w.request.path, **w.request.reading | {"probe": chosen})


def _show_probe(w: Parts, named: NamedProbe) -> None:
    w.probe_panel.show_probe(named.name, named.probe.shape[-1], named.pupil)
    w.summaries.summarise_probe(named.probe, named.name)
    w.simulate_panel.set_width(named.probe.shape[-1])


def _show_scan_probe(w: Parts, source: Source) -> None:
    scan = source.scan
    if scan is None:
        return
    w.probe_panel.show_measured(source.opened and not source.bare)
    w.probe_panel.set_optics(scan.pixel_size_m, scan.wavelength_m)
    w.probe.set_pixel_size(scan.pixel_size_m)
    if source.simulated:
        w.summaries.summarise_probe(w.simulator.probe, w.simulator.named_probe.name)
    else:
        w.summaries.summarise_probe(scan.probe, f"probe of {scan.name}")


def put_simulation(w: Parts, options: Simulation) -> None:
    """Set the options of the simulation from outside their panel."""
    w.simulate_panel.set_options(options)
    w.simulator.set_options(options)
