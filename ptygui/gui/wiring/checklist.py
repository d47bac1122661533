"""The part of the wiring that is about the checklist: what a run would start from, and what mends it."""

from functools import partial

import pyqtgraph as pg

from ptygui.errors import InputError
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.preflight import Mend, Situation, checks_of


def connect(w) -> None:
    """Let the checklist follow what a run would start from, and mend what it is asked to."""
    source, session, method, run = w.simulator, w.session, w.method_panel.form, w.run_panel
    checks = Latest(w.jobs, w)
    for changed in (
        session.scan_changed, w.preload.device_found, source.planned, source.invalid, source.probe_changed,
        method.value_changed, method.validity_changed, run.device.currentTextChanged,
    ):  # fmt: skip
        changed.connect(lambda *_: w.situation_changed.emit())
    rested = pg.SignalProxy(
        w.situation_changed, delay=0.1, threadSafe=False,
        slot=lambda _: checks.ask(partial(checks_of, situation_of(w))),
    )  # fmt: skip
    w.proxies.append(rested)
    checks.answered.connect(w.checklist.show_checks)
    w.checklist.mend_requested.connect(partial(mend, w))
    w.checklist.title_changed.connect(w.docks.docks["checklist"].setWindowTitle)
    w.situation_changed.emit()


def situation_of(w) -> Situation:
    """What a run would start from as things stand."""
    method, refusal, source = None, "", w.simulator
    try:
        method = w.method_panel.method()
    except InputError as error:
        refusal = str(error)
    return Situation(
        scan=w.session.scan, method=method, refusal=refusal,
        measured=w.session.path is not None, options=source.options, invalid=source.problem,
        stale=source.stale, probe_width=source.probe.shape[-1], pupil=source.named_probe.pupil,
        device=w.run_panel.device.currentText(), found=w.found_device,
    )  # fmt: skip


def mend(w, asked: Mend) -> None:
    """Do what mends something on the checklist."""
    {
        "example": lambda _: w.load_example(),
        "simulate": lambda _: w.simulator.simulate(),
        "overlap": w.simulate_panel.overlap.setValue,
        "object": w.simulate_panel.size.setValue,
        "options": w.put_simulation,
        "pupil": lambda pupil_and_width: w.simulator.build_pupil(*pupil_and_width),
        "method": w.method_panel.set_method,
        "reset": lambda _: w.method_panel.reset.click(),
        "device": w.run_panel.device.setCurrentText,
        "choose": w.opening.ask,
        "dock": w.docks.show,
    }[asked.action](asked.value)
