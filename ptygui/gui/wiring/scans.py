"""The part of the wiring that is about what is run on: the scan, its probe and the simulation."""

from functools import partial


def connect(w) -> None:
    """Connect scan panel, simulation, probe and map."""
    _scans(w)
    _probe(w)


def _scans(w) -> None:
    panel, simulate, source, session = w.scan_panel, w.simulate_panel, w.simulator, w.session
    panel.open_requested.connect(partial(w.opening.ask, "scan"))
    panel.example_requested.connect(w.load_example)
    simulate.options_changed.connect(source.set_options)
    simulate.simulate_requested.connect(source.simulate)
    simulate.object_requested.connect(source.make_object)
    simulate.object_file_requested.connect(partial(w.opening.ask, "object"))
    source.simulated.connect(session.set_scan)
    source.simulated.connect(w.launcher.start_waiting)
    source.options_loaded.connect(simulate.set_options)
    source.invalid.connect(simulate.show_problem)
    source.opened.connect(w.recents.add)
    source.planned.connect(w.summaries.plan)
    simulate.acquisition_changed.connect(w.summaries.set_acquisition)
    w.summaries.surveyed.connect(w.map.show_footprints)
    w.summaries.surveyed.connect(w.figures.show_footprints)
    w.summaries.surveyed.connect(w.simulate_panel.show_reached)
    w.summaries.described.connect(panel.show_scan)
    session.scan_changed.connect(
        lambda scan: w.summaries.measure(scan, None if session.path else source.options)
    )
    session.scan_changed.connect(w.show_pictures)
    session.scan_changed.connect(w.show_title)
    session.scan_opened.connect(source.hold)
    session.scan_opened.connect(w.launcher.forget_waiting)
    session.scan_opened.connect(lambda path: w.docks.show("scan"))
    session.scan_opened.connect(lambda path: w.recents.add(path, "scan"))


def _probe(w) -> None:
    panel, source, session = w.probe_panel, w.simulator, w.session
    panel.file_requested.connect(partial(w.opening.ask, "probe"))
    panel.probe_requested.connect(source.build_probe)
    panel.pupil_requested.connect(source.build_pupil)
    panel.apply_requested.connect(lambda: session.open_scan(session.path, probe=source.probe))
    source.probe_changed.connect(partial(_show_probe, w))
    w.summaries.probe_summarised.connect(w.probe.show_summary)
    session.scan_changed.connect(partial(_show_scan_probe, w))
    _show_probe(w, source.named_probe)


def _show_probe(w, named) -> None:
    w.probe_panel.show_probe(named.name, named.probe.shape[-1], named.pupil)
    w.summaries.summarise_probe(named.probe, named.name)
    w.simulate_panel.set_width(named.probe.shape[-1])


def _show_scan_probe(w, scan) -> None:
    measured = w.session.path is not None
    w.probe_panel.show_measured(measured)
    w.probe_panel.set_optics(scan.pixel_size_m, scan.wavelength_m)
    w.probe.set_pixel_size(scan.pixel_size_m)
    if measured:
        w.summaries.summarise_probe(scan.probe, f"probe of {scan.name}")
