"""Wiring of files that say what is to be swept."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.gui.model.sweep_request import SweepRequest, ticked_for
from ptygui.gui.pages import OVERLAP
from ptygui.gui.parts import Parts
from ptygui.methods import Method
from ptygui.physics.probe import PROBES, pupil_of
from ptygui.physics.simulate import simulate
from ptygui.scan import Scan

if TYPE_CHECKING:
    from ptygui.tasks.spec import SweepSpec


def open_spec(w: Parts, path: str) -> None:
    """Set all that a file asks of a sweep, and show the page Overlap."""
    w.jobs.start(f"reading {Path(path).name}", _open(w, path))


async def _open(w: Parts, path: str) -> None:
    spec, keys, kept, scan = await asyncio.to_thread(_read, path)
    if scan is None:
        w.request.open_scan(spec.scan)
        w.request.set_thinning(replace(spec.thinning, overlap=w.request.thinning.overlap))
    else:
        pupil = pupil_of(spec.probe, scan.width) if spec.probe in PROBES else None
        w.request.drop_opening()
        w.simulator.adopt(scan, replace(spec.simulation, overlap=_middle(spec)), None, spec.probe, pupil)
        w.request.set_scan(scan)
    for method in kept:
        w.request.keep(method)
    workers = w.request.sweep.workers
    w.request.set_sweep(SweepRequest(keys, spec.lowest, spec.highest, spec.by, spec.seeds, workers))
    w.recents.add(path, "sweep")
    w.show_page(OVERLAP)


def _read(path: str) -> "tuple[SweepSpec, tuple[str, ...], list[Method], Scan | None]":
    """What a file asks, and a scan at the middle of its overlaps if they are simulated."""
    from ptygui.files.objects import read_object
    from ptygui.files.probes import probe_named
    from ptygui.tasks.spec import SweepSpec

    spec = SweepSpec.of_file(path)
    keys, kept = ticked_for(spec.methods)
    if spec.scan:
        return spec, keys, kept, None
    source, probe = read_object(spec.obj), probe_named(spec.probe, spec.probe_width or None).probe
    options = replace(spec.simulation, overlap=_middle(spec))
    about = {"pixel_size_m": source.pixel_size_m, "wavelength_m": source.wavelength_m}
    named = {"name": source.name, "specimen": source.specimen, "notes": source.notes}
    return spec, keys, kept, simulate(source.obj, probe, options, **about, **named)


def _middle(spec: "SweepSpec") -> float:
    return (spec.lowest + spec.highest) / 2
