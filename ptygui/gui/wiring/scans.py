"""Wiring of the inputs of runs: scan, probe and simulation."""

from functools import partial


def connect(w) -> None:
    """Connect scan panel, simulation, probe and map."""
    _scans(w)
    _probe(w)


def _scans(w) -> None:
    panel, simulate, source, request = w.scan_panel, w.simulate_panel, w.simulator, w.request
    panel.open_requested.connect(partial(w.opening.ask, "scan"))
    panel.example_requested.connect(w.load_example)
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
    request.opened.connect(lambda path: w.docks.show("scan"))
    request.opened.connect(lambda path: w.recents.add(path, "scan"))
    _name_source(w)


def _show_plan(w, plan) -> None:
    if w.request.source.simulated:  # else undo changed a simulation that is not active
        w.summaries.plan(plan)


def _name_source(w) -> None:
    """Show the name of the active scan across the top and on the Run button."""
    bar, request, source = w.source_bar, w.request, w.simulator
    bar.simulation_requested.connect(lambda: _work_on_simulation(w))
    bar.opened_requested.connect(lambda: _work_on_opened(w))
    w.jobs.failed.connect(lambda _: _after_failure(w))
    w.summaries.surveyed.connect(bar.show_footprints)
    for changed in (request.source_changed, source.object_changed):
        changed.connect(lambda _: _show_name(w))
    request.method_changed.connect(lambda _: _show_name(w))
    _show_name(w)


def _show_name(w) -> None:
    request, specimen = w.request, w.simulator.specimen
    name = "" if request.scan is None else request.scan.name
    if request.source.simulated and specimen is not None:
        name = specimen.name
    w.source_bar.setVisible(bool(name))
    w.source_bar.show_source(request.source, name, request.opened_source)
    w.run_panel.show_target(request.method.key(), name)


def _work_on_simulation(w) -> None:
    if not w.request.source.simulated or w.request.scan is None:
        w.request.drop_opening()
        w.simulator.take_up(w.request.simulated_scan)


def _work_on_opened(w) -> None:
    request = w.request
    if request.source is request.opened_source:  # a requested simulation is not ready yet
        w.simulator.hold()
        w.launcher.forget_waiting()
        _show_name(w)
        _show_scan_probe(w, request.source)
    request.use_opened()


def _after_failure(w) -> None:
    """Keep the opened scan active if a simulation cannot replace it."""
    source = w.simulator
    if not w.request.source.simulated and source.automatic and not source.pending:
        source.hold()
        _show_name(w)


def _take_source(w, source) -> None:
    """Show another active scan in every panel."""
    if not source.simulated:
        w.simulator.hold()
        w.launcher.forget_waiting()
    w.summaries.measure(source.scan, w.simulator.options if source.simulated else None)
    w.show_pictures()
    w.show_title()


def _probe(w) -> None:
    panel, source, request = w.probe_panel, w.simulator, w.request
    panel.file_requested.connect(partial(w.opening.ask, "probe"))
    panel.probe_requested.connect(source.build_probe)
    panel.pupil_requested.connect(source.build_pupil)
    panel.apply_requested.connect(lambda: request.open_scan(request.path, probe=source.probe))
    source.probe_changed.connect(partial(_show_probe, w))
    w.summaries.probe_summarised.connect(w.probe.show_summary)
    request.source_changed.connect(partial(_show_scan_probe, w))
    _show_probe(w, source.named_probe)


def _show_probe(w, named) -> None:
    w.probe_panel.show_probe(named.name, named.probe.shape[-1], named.pupil)
    w.summaries.summarise_probe(named.probe, named.name)
    w.simulate_panel.set_width(named.probe.shape[-1])


def _show_scan_probe(w, source) -> None:
    scan = source.scan
    w.probe_panel.show_measured(source.opened and not source.bare)
    w.probe_panel.set_optics(scan.pixel_size_m, scan.wavelength_m)
    w.probe.set_pixel_size(scan.pixel_size_m)
    if source.simulated:
        w.summaries.summarise_probe(w.simulator.probe, w.simulator.named_probe.name)
    else:
        w.summaries.summarise_probe(scan.probe, f"probe of {scan.name}")
