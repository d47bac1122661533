"""Wiring of files that say what is to be swept: sweeps, and experiments."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ptygui.gui.model.specimen import recipe_named
from ptygui.gui.model.sweep_request import SweepRequest, ticked_for
from ptygui.gui.pages import OVERLAP
from ptygui.gui.parts import Parts
from ptygui.methods import Method
from ptygui.physics.probe import PROBES, pupil_of
from ptygui.physics.simulate import simulate
from ptygui.scan import Scan

if TYPE_CHECKING:
    from ptygui.tasks.spec import SweepSpec


class _Read(NamedTuple):
    """A file of a sweep: what the page is set to; a scan at the middle of its overlaps if it simulates."""

    spec: "SweepSpec"
    keys: tuple[str, ...]
    kept: list[Method]
    more: str
    scan: Scan | None


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
    spec, scan = found.spec, found.scan
    if scan is None:
        w.request.open_scan(spec.scans[0])
        w.request.set_thinning(replace(spec.thinning, overlap=w.request.thinning.overlap))
    else:
        pupil = pupil_of(spec.probe, scan.width) if spec.probe in PROBES else None
        w.request.drop_opening()
        recipe, options = recipe_named(spec.objects[0]), replace(spec.simulation, overlap=_middle(spec))
        w.simulator.adopt(scan, options, recipe, spec.probe, pupil)
        w.request.set_scan(scan)
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
    options = replace(spec.simulation, overlap=_middle(spec))
    about = {"pixel_size_m": source.pixel_size_m, "wavelength_m": source.wavelength_m}
    named = {"name": source.name, "specimen": source.specimen, "notes": source.notes}
    return _Read(spec, keys, kept, more, simulate(source.obj, probe, options, **about, **named))


def _middle(spec: "SweepSpec") -> float:
    return (spec.lowest + spec.highest) / 2
