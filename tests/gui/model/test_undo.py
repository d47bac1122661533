"""Undo and redo of what the panels ask for, by their keys."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from ptygui.experiment.run import Run
from ptygui.files.project import write_project
from ptygui.gui.model import undo as undo_module
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import METHODS, RPIE
from ptygui.options import options_of

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

# a control's value, and setting another as a user would
CONTROLS = {
    "overlap": (lambda w: w.simulator.options.overlap, lambda w: w.simulate_panel.overlap.setValue(61)),
    "photons": (
        lambda w: w.simulator.options.photons,
        lambda w: w.simulate_panel.form.row("photons").setValue(12345.0)
    ),
    "dwell": (
        lambda w: w.simulate_panel.cost.value().dwell,
        lambda w: w.simulate_panel.cost.row("dwell").setValue(0.7),
    ),
    "preview": (
        lambda w: w.simulate_panel.auto_preview.isChecked(), lambda w: w.simulate_panel.auto_preview.click()
    ),
    "alpha": (
        lambda w: w.request.checked_method().alpha, lambda w: w.method_panel.form.row("alpha").setValue(0.3)
    ),
    "seed": (lambda w: w.request.settings.seed, lambda w: w.run_panel.form.row("seed").setValue(9)),
    "device": (lambda w: w.request.settings.device, lambda w: w.run_panel.form.row("device").setValue("cpu")),
    "ticked for a sweep": (
        lambda w: w.sweep_panel.value().methods, lambda w: next(iter(w.sweep_panel.boxes.values())).click()
    ),
    "pictures": (lambda w: w.object.parts, lambda w: w.menus.actions["phase"].trigger()),
    "beside": (lambda w: w.object.beside, lambda w: w.object.choices["truth"].click()),
    "auto levels": (lambda w: w.object.auto.isChecked(), lambda w: w.object.auto.click()),
    "whole circle": (lambda w: w.object.circle.isChecked(), lambda w: w.object.circle.click()),
    "align phase": (lambda w: w.object.align.isChecked(), lambda w: w.object.align.click()),
    "mode": (lambda w: w.compare.modes.currentIndex(), lambda w: w.menus.actions["difference"].trigger()),
    "wipe": (lambda w: w.compare.wipe.value(), lambda w: w.compare.wipe.setValue(12)),
    "ramp": (lambda w: w.compare.ramp.isChecked(), lambda w: w.menus.actions["ramp"].trigger()),
    "loop": (
        lambda w: w.timeline.buttons["loop"].isChecked(),
        lambda w: w.timeline.buttons["loop"].setChecked(True),
    ),
    "playing speed": (
        lambda w: w.timeline.speed.currentText(), lambda w: w.timeline.speed.setCurrentIndex(0)
    ),
    "number of seeds": (lambda w: w.runs_panel.count.value(), lambda w: w.runs_panel.count.setValue(7)),
    "time shown": (lambda w: w.compare.period.value(), lambda w: w.compare.period.setValue(0.3)),
    "plots": (lambda w: w.curves.boxes["level"].isChecked(), lambda w: w.curves.boxes["level"].click()),
    "axis": (lambda w: w.curves.axis.currentText(), lambda w: w.curves.axis.setCurrentIndex(1)),
    "log x": (lambda w: w.curves.log_x, lambda w: w.curves.log.click()),
    "score": (lambda w: w.sweep_view.score.currentText(), lambda w: w.sweep_view.score.setCurrentIndex(1)),
    "axis of the sweep": (
        lambda w: w.sweep_view.axis.currentText(), lambda w: w.sweep_view.axis.setCurrentIndex(2)
    ),
    "threshold": (lambda w: w.sweep_view.threshold.value(), lambda w: w.sweep_view.threshold.setValue(0.2)),
    "threshold as dragged": (
        lambda w: w.sweep_view.plot.line.value(), lambda w: w.sweep_view.plot.line.setValue(-2)
    ),
}  # fmt: skip


def test_each_control_is_taken_back_and_set_again(qtbot, window):
    for name, (value, change) in CONTROLS.items():
        window.undo.clear()
        before = value(window)
        change(window)
        after = value(window)
        assert after != before, name
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
        assert value(window) == before, name
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
        assert value(window) == after, name
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)  # the next finds the window as it was


def other(option):
    """A value that is valid and not the default."""
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    if option.type in (int, float):
        room = option.max is None or option.default < option.max - 1
        return option.default + 1 if room else ((option.min or 0) + option.max) / 2
    return not option.default if option.type is bool else "another"


def test_each_option_of_each_table_is_taken_back(qtbot, window):
    """Of all methods, of the simulation and its cost; and the method itself."""
    window.simulator.hold()  # nothing is simulated meanwhile
    panel, simulate = window.method_panel, window.simulate_panel
    tables = [(simulate.form, lambda: None), (simulate.cost, lambda: None)]
    for place, method in enumerate(METHODS):
        show = partial(panel.choice.setCurrentIndex, place)
        show()
        window.request.set_method(method())
        tables.append((panel.form, show))
    count = 0
    for form, show in tables:
        show()
        before = form.value()
        for option in options_of(before):
            if option.name not in form._rows:
                continue
            value = other(option) if getattr(before, option.name) == option.default else option.default
            window.undo.clear()
            form.row(option.name).setValue(value)
            assert getattr(form.value(), option.name) == value, option.name
            qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
            assert form.value() == before, option.name
            count += 1
    assert count > 40
    window.undo.clear()
    panel.choice.setCurrentIndex(0)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert type(window.request.method) is METHODS[-1]
    assert panel.choice.currentIndex() == len(METHODS) - 1


def test_a_project_brings_each_control_back(qtbot, window, new_window, tmp_path):
    window.simulator.hold()  # nothing is simulated meanwhile
    for _, change in CONTROLS.values():
        change(window)
    asked = {name: value(window) for name, (value, _) in CONTROLS.items()}
    path = write_project(tmp_path / "p.ptygui", project_of(window))
    again = new_window()
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        again.open(str(path), "project")
    assert {name: value(again) for name, (value, _) in CONTROLS.items()} == asked
    assert not again.banner.isVisible()
    assert again.menus.actions["difference"].isChecked()


def test_the_example_is_nothing_to_take_back_but_where_it_changed_the_probe(qtbot, new_window, monkeypatch):
    monkeypatch.setattr(undo_module, "MERGE_SECONDS", 0)
    window = new_window()
    undo, example = window.menus.actions["undo"], window.menus.actions["example"]
    for _ in range(2):
        with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
            example.trigger()
        assert not undo.isEnabled()
    window.simulator.build_pupil(replace(window.simulator.named_probe.pupil, radius=0.3), 32)
    qtbot.waitUntil(lambda: window.simulator.named_probe.name == "pupil", timeout=10_000)
    assert undo.text() == "&Undo probe"
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        example.trigger()
    assert window.simulator.named_probe.name == "medium"
    undo.trigger()
    assert window.simulator.named_probe.name == "pupil"


def test_changes_of_different_things_are_steps_of_their_own(qtbot, window):
    window.undo.clear()
    names = ("overlap", "photons", "dwell", "preview", "alpha", "seed", "device")
    for name in names:
        CONTROLS[name][1](window)
    for _ in names:
        assert window.menus.actions["undo"].isEnabled()
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not window.menus.actions["undo"].isEnabled()
    assert window.run_panel.form.row("seed").value() == 0
    assert window.request.checked_method().alpha == 0.05
    assert not window.simulate_panel.auto_preview.isChecked()


def test_a_drag_is_one_step(qtbot, window):
    window.undo.clear()
    for percent in (61, 62, 63):
        window.simulate_panel.overlap.setValue(percent)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not window.menus.actions["undo"].isEnabled()
    assert window.simulator.options.overlap == 0.38


def test_another_score_and_its_threshold_are_taken_back_each(qtbot, window, monkeypatch):
    monkeypatch.setattr(undo_module, "MERGE_SECONDS", 0)
    view = window.sweep_view
    window.undo.clear()
    view.threshold.setValue(0.25)
    view.score.setCurrentText("SSIM")
    assert view.threshold.value() == 0.9
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert (view.score.currentText(), view.threshold.value()) == ("NRMSE", 0.25)
    assert view.plot.line.value() == pytest.approx(np.log10(0.25))
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert view.threshold.value() == 0.1
    assert not window.menus.actions["undo"].isEnabled()


def test_a_logarithmic_axis_is_taken_back_whatever_the_run_set_before(qtbot, window, scan):
    log = window.curves.log
    run = Run(1, scan, RPIE(iterations=1000))
    window.curves.show_run(run)  # sets the box, which is nothing to take back
    assert log.isChecked()
    window.undo.clear()
    log.click()
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert log.isChecked()
    assert window.curves.log_x
    assert not window.menus.actions["undo"].isEnabled()


def object_of(qtbot, window, name, size):
    """Wait for an object; the scan of it follows."""
    source = window.simulator
    qtbot.waitUntil(
        lambda: source.specimen is not None and source.specimen.name == name and not source.pending,
        timeout=20_000,
    )
    assert source.specimen.obj.shape == (size, size)


def test_size_and_seed_of_the_object_are_taken_back(qtbot, window, monkeypatch):
    monkeypatch.setattr(undo_module, "MERGE_SECONDS", 0)  # else the two are one step
    window.load_example()
    object_of(qtbot, window, "example blood smear", 128)
    panel = window.simulate_panel
    window.undo.clear()
    panel.object_size.setValue(96)
    object_of(qtbot, window, "blood smear 0", 96)
    panel.seed.setValue(5)
    object_of(qtbot, window, "blood smear 5", 96)
    for size, seed, name in ((96, 0, "blood smear 0"), (128, 0, "example blood smear")):
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
        object_of(qtbot, window, name, size)
        assert (panel.object_size.value(), panel.seed.value()) == (size, seed)
    assert not window.menus.actions["undo"].isEnabled()
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    object_of(qtbot, window, "blood smear 5", 96)
    assert (panel.object_size.value(), panel.seed.value()) == (96, 5)


def test_the_object_of_a_file_comes_back(qtbot, window, tmp_path):
    path = tmp_path / "cells.npy"
    np.save(path, np.full((64, 64), 1j, np.complex64))
    window.simulator.open_object(str(path))
    object_of(qtbot, window, "cells", 64)
    window.simulate_panel.seed.setValue(4)
    object_of(qtbot, window, "blood smear 4", 128)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    object_of(qtbot, window, "cells", 64)
    np.testing.assert_array_equal(window.simulator.specimen.obj, np.load(path))
