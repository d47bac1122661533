"""The checklist: true of what it says, and each click fixes the problem next to it."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from ptygui.files.formats.own_scan import write_scan
from ptygui.gui.model.preflight import STOP, WARN, Check, Fix, Situation, checks_of
from ptygui.gui.model.specimen import NamedProbe
from ptygui.gui.panels.checklist import ChecklistPanel
from ptygui.methods import AWF, DAPS, DPS, RPIE, UNet
from ptygui.physics.probe import Pupil, make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Geometry
from tests.conftest import small_object

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def good(scan):
    """A situation that there is nothing to say of."""
    return Situation(scan=scan, method=AWF(), options=Simulation(overlap=0.6), probe_width=16)


def only(situation):
    """The one check of a situation."""
    (check,) = checks_of(situation)
    return check


def test_nothing_to_say(good):
    assert checks_of(good) == []


def test_no_scan():
    check = only(Situation(method=AWF()))
    assert check == Check(STOP, "There is no scan yet.", Fix("Load the example", "example"))


def test_a_result_without_patterns_asks_for_its_scan(good):
    bare = Geometry(positions=good.scan.positions, probe=good.scan.probe)
    check = only(replace(good, scan=bare))
    assert (check.level, check.fix) == (STOP, Fix("Open its scan", "choose", "scan"))


def test_changed_but_not_simulated(good):
    assert only(replace(good, stale=True)).fix.action == "simulate"


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        (Simulation(overlap=0.9, reference_length=8), Fix("Overlap 87 %", "overlap", 87)),
        (Simulation(), Fix("Object of 64 px", "object", 64)),
    ],
)
def test_an_impossible_scan(good, options, fix):
    check = only(replace(good, options=options, invalid="because"))
    assert "because" in check.text
    assert check.fix == fix


def test_few_counts(good):
    scan = simulate(good.scan.truth, make_probe("medium", 16), Simulation(overlap=0.6, photons=12))
    check = only(replace(good, scan=scan, options=Simulation(photons=12)))
    assert "counts: photon noise dominates" in check.text
    assert check.fix.value.photons == 1e5


def test_counts_without_a_photon_scale(good):
    scan = replace(good.scan, patterns=good.scan.patterns / 1000)
    assert any("not integers" in c.text for c in checks_of(replace(good, scan=scan, measured=True)))
    exact = replace(scan, noise="none")
    assert checks_of(replace(good, scan=exact, measured=True)) == []


def test_an_object_that_no_patch_reaches(good):
    options = Simulation(overlap=0.1, layout="centred")
    scan = simulate(small_object(40), make_probe("medium", 16), options)
    found = {check.fix.action: check for check in checks_of(replace(good, scan=scan, options=options))}
    assert "outside all patches" in found["options"].text
    assert found["options"].fix.value.layout == "cover"


def test_too_few_data_without_a_prior(good):
    scan = simulate(small_object(64), make_probe("medium", 16), Simulation(overlap=0.1))
    check = only(replace(good, scan=scan))
    assert "0.78 measured values per real unknown" in check.text
    assert check.fix.value == DAPS()
    (check,) = checks_of(replace(good, scan=scan, method=DAPS()))
    assert check.level == "note"
    assert "The prior is generic" in check.text  # without torch, which is not imported yet


def test_positions_between_pixels_are_nothing_to_speak_of(good):
    scan = replace(good.scan, positions=good.scan.positions * 0.99)
    assert not list(checks_of(replace(good, scan=scan)))


def test_a_probe_cut_off_by_its_window(good):
    pupil = Pupil(radius=0.4, defocus=30)
    scan = simulate(good.scan.truth, pupil.probe(16), Simulation(overlap=0.6))
    check = only(replace(good, scan=scan, pupil=pupil))
    assert "cut off" in check.text
    assert check.fix == Fix("Window of 32 px", "pupil", (pupil, 32))
    assert only(replace(good, scan=scan, measured=True)).fix.action == "dock"


def test_a_refused_option(good):
    check = only(replace(good, method=None, refusal="alpha is 3, expected at most 1"))
    assert "alpha is 3" in check.text
    assert check.fix.action == "reset"


def test_no_cuda(good):
    check = only(replace(good, device="cuda", found="cpu (2 threads)"))
    assert check.fix == Fix("Use auto", "device", "auto")
    assert checks_of(replace(good, device="cuda", found="cuda (card)")) == []


def test_memory(good, monkeypatch):
    from ptygui.experiment import memory

    monkeypatch.setattr(memory.os, "sysconf", lambda name: 2**14)  # 268 MB
    check, _ = checks_of(replace(good, method=DPS()))  # and which prior it uses
    assert "GB" in check.text
    assert check.fix.value == DAPS()


def test_a_missing_prior(good, tmp_path):
    check = only(replace(good, method=DAPS(prior=str(tmp_path / "none"), seeds=3), found="cpu"))
    assert check.level == STOP
    assert str(tmp_path / "none") in check.text
    assert check.fix.value == DAPS(seeds=3)


def test_a_prior_of_another_kind(good, prior_folder):
    method = DAPS(prior=str(prior_folder))  # knows amplitudes of 0.6 to 1 and phases within 0.8 rad
    assert checks_of(replace(good, method=method, found="cpu")) == []
    strong = np.abs(good.scan.truth) ** 4 * np.exp(3j * np.angle(good.scan.truth))
    scan = replace(good.scan, truth=strong.astype(np.complex64))
    check = only(replace(good, scan=scan, method=method, found="cpu"))
    assert "another kind" in check.text
    assert checks_of(replace(good, scan=replace(scan, truth=None), method=method, found="cpu")) == []


def test_a_prior_of_another_domain_is_told_before_the_run(good):
    chip = replace(good.scan, specimen="chip")
    wrong = replace(good, scan=chip, method=DAPS(prior="blood-small", seeds=2), found="cpu")
    check = only(wrong)
    assert check.level == WARN
    assert "of “blood”, the scan is of “chip”" in check.text
    assert check.fix.value == DAPS(seeds=2)
    for prior in ("auto", "chips", "generic"):
        assert not any(
            "the scan is of" in c.text for c in checks_of(replace(wrong, method=DAPS(prior=prior)))
        )
    unknown = replace(wrong, scan=replace(chip, specimen=""))
    assert not any("the scan is of" in c.text for c in checks_of(unknown))


def test_a_unet_of_another_overlap_and_other_iterations(good, unet_folder):
    method = UNet(network=str(unet_folder), awf_iterations=12)
    fits = replace(good, method=method, found="cpu")
    assert checks_of(fits) == []
    wrong = checks_of(replace(fits, method=replace(method, awf_iterations=99)))
    assert wrong[0].fix.value == method
    scan = simulate(small_object(64), make_probe("medium", 16), Simulation(overlap=0.38))
    assert only(replace(fits, scan=scan)).fix.value == replace(method, network="unet-38")
    scan = simulate(small_object(64), make_probe("medium", 16), Simulation(overlap=0.75))
    assert only(replace(fits, scan=scan)).fix == Fix("Overlap 60 %", "overlap", 60)
    assert only(replace(fits, scan=scan, measured=True)).fix.value == AWF()
    broken = replace(fits, method=UNet(network="nowhere"))
    assert only(broken).level == STOP


def test_the_panel_lists_and_asks(qtbot):
    panel = ChecklistPanel()
    qtbot.addWidget(panel)
    panel.show()
    fix = Fix("Use auto", "device", "auto")
    panel.show_checks([Check(STOP, "There is no CUDA device here.", fix), Check("note", "So it is.")])
    (button,) = panel.buttons
    assert button.accessibleName() == "Use auto: There is no CUDA device here."
    with qtbot.waitSignal(panel.fix_requested) as asked:
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert asked.args == [fix]
    panel.show_checks([])
    assert not panel.isVisible()  # there is nothing to say


def fixes(window):
    return {check.fix.action: place for place, check in enumerate(window.checklist.checks or [])}


def test_clicks_fix(qtbot, window, tmp_path):
    """From a window where much is wrong to one that is ready, by the checklist's own buttons."""
    window.docks.show("checklist")
    qtbot.waitUntil(lambda: window.checklist.checks == [])
    marks = lambda: [step.level for step in window.flow.steps.values()]  # noqa: E731
    assert marks() == ["", "", "", "", ""]
    assert not window.checklist.isVisible()

    window.preload.device_found.emit("cpu (2 threads)")
    window.run_panel.form.row("device").setValue("cuda")
    qtbot.waitUntil(lambda: "device" in fixes(window))
    assert marks() == ["", "", "", "", STOP]  # the step that it belongs to
    qtbot.mouseClick(window.checklist.buttons[fixes(window)["device"]], LEFT)
    qtbot.waitUntil(lambda: window.checklist.checks == [])
    assert window.run_panel.form.row("device").value() == "auto"

    window.method_panel.form.row("alpha").setValue(3.0)
    qtbot.waitUntil(lambda: "reset" in fixes(window))
    assert marks() == ["", "", "", STOP, ""]
    qtbot.mouseClick(window.checklist.buttons[0], LEFT)
    qtbot.waitUntil(lambda: window.checklist.checks == [])
    assert window.request.checked_method() == RPIE()

    window.request.set_method(DAPS(prior=str(tmp_path)))
    qtbot.waitUntil(lambda: "method" in fixes(window), timeout=60_000)  # torch may be imported for this
    qtbot.mouseClick(window.checklist.buttons[0], LEFT)
    qtbot.waitUntil(lambda: window.request.checked_method() == DAPS())


def test_the_fix_of_a_simulation_leaves_the_opened_scan_as_it_is(qtbot, window, scan, tmp_path):
    """The slider is for the opened scan: the fix is not, and is undone as the slider's changes are."""
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.load_example()
    window.simulator.set_probe(NamedProbe(make_probe("disk", 8), "disk"))
    window.simulate_panel.overlap.setValue(90)
    path = write_scan(tmp_path / "measured.h5", scan)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.request.open_scan(str(path))
    window.undo.setClean()  # else what follows within a second is one step with what was typed
    opened, thinning = window.request.scan, window.request.thinning
    assert window.simulator.options.overlap == 0.9
    window.docks.show("checklist")
    qtbot.waitUntil(lambda: "overlap" in fixes(window), timeout=10_000)
    qtbot.mouseClick(window.checklist.buttons[fixes(window)["overlap"]], LEFT)
    assert window.simulator.options.overlap == 0.87
    assert not window.simulator.problem
    assert (window.request.scan, window.request.thinning) == (opened, thinning)
    assert window.simulate_panel.overlap.value() == 100
    window.undo.undo()
    assert window.simulator.options.overlap == 0.9


def test_a_scan_that_was_not_simulated_is_reported_and_fixed(qtbot, window, scan, tmp_path):
    write_scan(tmp_path / "measured.h5", scan)
    with qtbot.waitSignal(window.request.opened, timeout=10_000):
        window.request.open_scan(str(tmp_path / "measured.h5"))
    window.simulator.set_options(replace(window.simulator.options, overlap=0.7))  # as undo may
    window.docks.show("checklist")
    qtbot.waitUntil(lambda: "simulate" in fixes(window), timeout=10_000)
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        qtbot.mouseClick(window.checklist.buttons[fixes(window)["simulate"]], LEFT)
    qtbot.waitUntil(lambda: "simulate" not in fixes(window), timeout=10_000)
    assert window.request.path is None


def test_what_will_not_show_the_sample_comes_first(good):
    scan = good.scan.noted("WARNING: the name says near field, and far field is assumed: it is not")
    guessed = scan.noted(
        "the file holds no probe: guessed from the mean pattern, in focus; give one with --probe"
    )
    found = checks_of(replace(good, scan=guessed, measured=True, device="cuda", found="cpu"))
    assert found[0].level == STOP  # what cannot run at all
    first, second = found[1:3]
    assert first.text == "The name says near field, and far field is assumed: it is not."
    assert (first.step, second.step) == ("scan", "probe")
    assert second.fix.action == "estimate"
    assert all(check.misleads for check in (first, second))
    assert not any(check.misleads for check in checks_of(replace(good, scan=scan)))  # of a simulation: known
