"""Wiring of probes: that of a step, or of optics, as the start of the next run; in a file."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtWidgets import QFileDialog

from ptygui.errors import InputError
from ptygui.experiment.refined_values import refined_values, told_values, with_refined
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.lens import Lens, lens_view
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.runs import work_on
from ptygui.scan import Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from ptygui.gui.panels.optics import OpticsDialog


def connect(w: Parts) -> None:
    """Connect the buttons of the page."""
    start = w.banner.guarded(partial(_start_with, w))
    Parts.modes.once(w, lambda page: page.start_requested.connect(start))
    Parts.modes.once(w, lambda page: page.save_requested.connect(partial(_ask_save, w)))
    Parts.optics_dialog.once(w, partial(_optics, w))
    w.probe_panel.optics_requested.connect(partial(_ask_optics, w))


def _optics(w: Parts, dialog: "OpticsDialog") -> None:
    views = Latest(w.jobs, w)
    views.answered.connect(dialog.show_view)
    dialog.changed.connect(lambda lens: views.ask(partial(lens_view, _scan(w), lens)))
    dialog.apply_requested.connect(w.banner.guarded(partial(_use_optics, w)))


def _scan(w: Parts) -> Scan | None:
    scan = w.request.scan
    return scan if isinstance(scan, Scan) else None


def _start_with(w: Parts, step: Step) -> None:
    """Let the next run start with what a step refined, and with its object where that fits the scan.

    Of a run on other positions of the scan: with its probe and background; on another scan: with its probe.
    """
    scan, run = w.request.scan, w.session.selection.run
    if not isinstance(scan, Scan):
        raise InputError("there is no scan to use the probe for: open one first")
    if step.probe.shape != scan.probe.shape:
        raise InputError(
            f"the probe is {len(step.probe)} px wide, the patterns of {scan.name} are {scan.width} px: open "
            "the scan that it is of"
        )
    named = f"step {step.index}" + ("" if run is None else f" of run {run.name}")

    own = None if run is None or not w.session.in_work(run) else run.scan

    def renewed(before: Scan) -> Scan:
        if own is not None and before.fits(own):
            more = told_values(refined_values(before, step))
            return with_refined(before, step).noted(f"begins as {named} refined it: {more or 'its probe'}")
        after = replace(before, probe=step.probe, weaker_modes=step.weaker_modes)
        if own is None or step.background is None:
            return after.noted(f"the probe is that of {named}")
        return after.noted(f"probe and background are those of {named}", background=step.background)

    fits = own is not None and step.obj.shape == scan.object_shape
    w.jobs.start("taking over the start", _renew(w, scan, renewed, named, step.obj if fits else None))


async def _renew(
    w: Parts, scan: Scan, renewed: Callable[[Scan], Scan], named: str, obj: np.ndarray | None = None
) -> None:
    """Replace the active scan by one with another probe: to check its patterns takes time.

    The next run of it starts with the object, if there is one.
    """
    full = w.thinner.full
    used = await asyncio.to_thread(renewed, scan)
    whole = None if full is None or full is scan else await asyncio.to_thread(renewed, full)
    if w.request.scan is not scan:  # another one came first
        return
    reading = None if w.request.path is None else w.request.reading | {"probe": used.modes}
    with w.undo.as_one(f"probe of {named}", lambda: w.request.source, partial(work_on, w)):
        w.thinner.renew(scan, used, whole)
        w.simulator.renew(scan, used)
        if obj is not None:
            w.launcher.starts[used] = obj
        w.request.set_scan(used, w.request.path, reading)
    what = "the probe" if obj is None else "object and probe"
    w.session.noted.emit(f"the next run starts with {what} of {named}")


def _ask_optics(w: Parts) -> None:
    w.optics_dialog.ask()


def _use_optics(w: Parts, lens: Lens) -> None:
    """Let the next run start with the probe of the optics; its defocus may be searched for."""
    scan = w.request.scan
    if not isinstance(scan, Scan):
        raise InputError("there is no scan to make a probe for: open one first")
    w.optics_dialog.accept()
    w.jobs.start("making the probe of the optics", _made(w, scan, lens))


async def _made(w: Parts, scan: Scan, lens: Lens) -> None:
    from ptygui.files.optics_probe import with_optics

    full = w.thinner.full or scan
    made = await asyncio.to_thread(partial(with_optics, full, **lens.keywords()))
    notes = made.notes[len(full.notes) :]
    await _renew(
        w,
        scan,
        lambda before: replace(before, probe=made.probe, weaker_modes=None).noted(*notes),
        "the optics",
    )


def _ask_save(w: Parts, modes: np.ndarray) -> None:
    from ptygui.files.probe_writer import FORMATS

    kinds = ";;".join(f"{name} ({' '.join(f'*{e}' for e in endings)})" for name, endings in FORMATS.items())
    path, kind = QFileDialog.getSaveFileName(w, "Save the probe", "probe.h5", kinds)
    if path:
        if not Path(path).suffix:
            path += FORMATS[kind.split(" ")[0]][0] if kind else ".h5"
        w.jobs.start(f"writing {Path(path).name}", _save(w, path, modes))


async def _save(w: Parts, path: str, modes: np.ndarray) -> None:
    from ptygui.files.probe_writer import write_probe

    scan, inputs = w.session.viewed_scan, tuple(filter(None, (w.request.path,)))
    lengths = (None, None) if scan is None else (scan.pixel_size_m, scan.wavelength_m)
    await asyncio.to_thread(write_probe, path, modes, *lengths, inputs)
    w.session.noted.emit(f"written: {path}")
