"""Wiring of the page Probe: the probe of a step as the start of the next run, and in a file."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PyQt6.QtWidgets import QFileDialog

from ptygui.errors import InputError
from ptygui.gui.parts import Parts
from ptygui.gui.wiring.runs import work_on
from ptygui.scan import Scan
from ptygui.step import Step


def connect(w: Parts) -> None:
    """Connect the buttons of the page."""
    w.modes.start_requested.connect(w.banner.guarded(partial(_start_with, w)))
    w.modes.save_requested.connect(partial(_ask_save, w))


def _start_with(w: Parts, step: Step) -> None:
    """Let the next run start with the probe of a step, in place of that of the active scan."""
    scan, run = w.request.scan, w.session.selection.run
    if not isinstance(scan, Scan):
        raise InputError("there is no scan to use the probe for: open one first")
    if step.probe.shape != scan.probe.shape:
        raise InputError(
            f"the probe is {len(step.probe)} px wide, the patterns of {scan.name} are {scan.width} px: open "
            "the scan that it is of"
        )
    named = f"step {step.index}" + ("" if run is None else f" of run {run.name}")
    w.jobs.start("taking over the probe", _renew(w, scan, step, named))


async def _renew(w: Parts, scan: Scan, step: Step, named: str) -> None:
    """Replace the active scan by one with the probe of a step: to check its patterns takes time."""
    full = w.thinner.full

    def renewed(before: Scan) -> Scan:
        after = replace(before, probe=step.probe, weaker_modes=step.weaker_modes)
        return after.noted(f"the probe is that of {named}")

    used = await asyncio.to_thread(renewed, scan)
    whole = None if full is None or full is scan else await asyncio.to_thread(renewed, full)
    if w.request.scan is not scan:  # another one came first
        return
    with w.undo.as_one(f"probe of {named}", lambda: w.request.source, partial(work_on, w)):
        w.thinner.renew(scan, used, whole)
        w.simulator.renew(scan, used)
        w.request.set_scan(used, w.request.path)
    w.session.noted.emit(f"the next run starts with the probe of {named}")


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
