"""Wiring of the checklist: the inputs of the next run, and the fixes."""

from collections.abc import Callable
from functools import partial

import pyqtgraph as pg

from ptygui.gui.background.latest import Latest
from ptygui.gui.model.preflight import Fix, Situation, checks_of
from ptygui.gui.parts import Parts
from ptygui.gui.wiring import priors
from ptygui.gui.wiring.files import load_example
from ptygui.gui.wiring.scans import put_simulation


def connect(w: Parts) -> None:
    """Update the checklist with the inputs of the next run, and carry out its fixes."""
    source, request = w.simulator, w.request
    checks = Latest(w.jobs, w)
    for changed in (
        request.source_changed, w.preload.device_found, source.planned, source.invalid, source.probe_changed,
        request.method_changed, request.refusal_changed, request.settings_changed,
    ):  # fmt: skip
        changed.connect(lambda *_: w.situation_changed.emit())
    rested = pg.SignalProxy(
        w.situation_changed, delay=0.1, threadSafe=False,
        slot=lambda _: checks.ask(partial(checks_of, situation_of(w))),
    )  # fmt: skip
    w.proxies.append(rested)
    checks.answered.connect(w.checklist.show_checks)
    w.checklist.fix_requested.connect(partial(fix, w))
    checks.answered.connect(w.flow.show_checks)
    w.situation_changed.emit()


def situation_of(w: Parts) -> Situation:
    """The present inputs of the next run."""
    request, source = w.request, w.simulator
    return Situation(
        scan=request.scan, method=None if request.refusal else request.method, refusal=request.refusal,
        settings_refusal=request.settings_refusal, measured=not request.source.simulated,
        options=source.options, invalid=source.problem, stale=source.stale,
        probe_width=source.probe.shape[-1], pupil=source.named_probe.pupil,
        device=request.settings.device, found=w.found_device,
    )  # fmt: skip


def fix(w: Parts, asked: Fix) -> None:
    """Carry out a fix of the checklist."""
    acts: dict[str, Callable[..., object]] = {
        "example": lambda _: load_example(w),
        "simulate": lambda _: w.simulator.simulate(),
        "overlap": lambda percent: w.simulate_panel.ask_overlap(percent / 100),
        "object": w.simulate_panel.object_size.setValue,
        "options": partial(put_simulation, w),
        "pupil": lambda pupil_and_width: w.simulator.build_pupil(*pupil_and_width),
        "method": w.request.set_method,
        "reset": lambda _: w.method_panel.reset.click(),
        "device": lambda device: w.request.change_settings(device=device),
        "choose": partial(_choose, w),
        "prepare": lambda _: w.scan_panel.prepare.click(),
        "orientation": lambda _: w.scan_panel.orient.click(),
        "estimate": lambda _: w.probe_panel.estimate.click(),
        "dock": w.docks.show,
    }
    acts[asked.action](asked.value)


def _choose(w: Parts, kind: str) -> None:
    """Let the user choose a file, or a prior from the list."""
    if kind == "prior":
        priors.show(w)
    else:
        w.opening.ask(kind)
