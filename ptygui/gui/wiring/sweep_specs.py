"""Wiring of files that say what is to be swept: sweeps, and experiments."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ptygui.gui.model.specimen import NamedProbe, Specimen, recipe_named
from ptygui.gui.model.sweep_request import SweepRequest, ticked_for
from ptygui.gui.pages import OVERLAP
from ptygui.gui.parts import Parts
from ptygui.methods import Method
from ptygui.physics.probe import PROBES, pupil_of
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan

if TYPE_CHECKING:
    from ptygui.tasks.spec import SweepSpec


class _Read(NamedTuple):
    """A file of a sweep: what the page is set to; if it simulates, from what, and a scan of it."""

    spec: "SweepSpec"
    keys: tuple[str, ...]
    kept: list[Method]
    more: str
    simulated: tuple[Scan, Simulation, Specimen, NamedProbe] | None


def open_spec(w: Parts, path: str) -> None:
    """Set all that a file asks of a sweep, and show the page Overlap."""
    w.jobs.start(f"reading {Path(path).name}", _open(w, path))


async def _open(w: Parts, path: str) -> None:
    found = await asyncio.to_thread(_read, path)
    if found is None:
        w.request.set_sweep(replace(w.request.sweep, experiment=str(Path(path).absolute())))
    else:
        _set(w, found)
    w.recents.add(path, "sweep")
    w.show_page(OVERLAP)


def _set(w: Parts, found: _Read) -> None:
    spec = found.spec
    if found.simulated is None:
        w.request.open_scan(spec.scans[0])
        w.request.set_thinning(replace(spec.thinning, overlap=w.request.thinning.overlap))
    else:
        w.request.drop_opening()
        w.simulator.go_on_from(*found.simulated)
        w.request.set_scan(found.simulated[0])
    for method in found.kept:
        w.request.keep(method)
    also = "; ".join((spec.scans or spec.objects)[1:])
    workers = w.request.sweep.workers
    w.request.set_sweep(
        SweepRequest(
            found.keys, spec.lowest, spec.highest, spec.by, spec.seeds, workers, found.more, also,
        )
    )  # fmt: skip


def _read(path: str) -> _Read | None:
    """What a file asks of a sweep; None if it is an experiment, which is checked."""
    from ptygui.files.objects import read_object
    from ptygui.files.probes import probe_named
    from ptygui.tasks.experiments.protocols import asked_of
    from ptygui.tasks.spec import SweepSpec
    from ptygui.tasks.toml import read_toml

    values = read_toml(path)
    if "experiment" in values:
        asked_of(path)
        return None
    spec = SweepSpec.of_file(path)
    keys, kept, more = ticked_for(spec.methods)
    if spec.scans:
        return _Read(spec, keys, kept, more, None)
    source, probe = read_object(spec.objects[0]), probe_named(spec.probe, spec.probe_width or None).probe
    pupil = pupil_of(spec.probe, probe.shape[-1]) if spec.probe in PROBES else None
    options = replace(spec.simulation, overlap=(spec.lowest + spec.highest) / 2)
    lengths = source.pixel_size_m, source.wavelength_m
    specimen = Specimen(
        source.obj, source.name, *lengths, source.notes, recipe_named(spec.objects[0]), source.specimen
    )
    scan = simulate(
        source.obj, probe, options, name=source.name, notes=source.notes, pixel_size_m=lengths[0],
        wavelength_m=lengths[1], specimen=source.specimen,
    )  # fmt: skip
    return _Read(spec, keys, kept, more, (scan, options, specimen, NamedProbe(probe, spec.probe, pupil)))
