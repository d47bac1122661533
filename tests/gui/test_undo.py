"""Undo and redo of what the panels ask for, by their keys."""

import pytest
from PyQt6.QtCore import Qt

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

# a control's value, and setting another as a user would
CONTROLS = {
    "overlap": (lambda w: w.source.options.overlap, lambda w: w.simulate_panel.overlap.setValue(61)),
    "photons": (
        lambda w: w.source.options.photons, lambda w: w.simulate_panel.form.row("photons").setValue(12345.0)
    ),
    "dwell": (
        lambda w: w.simulate_panel.cost.value().dwell,
        lambda w: w.simulate_panel.cost.row("dwell").setValue(0.7),
    ),
    "preview": (
        lambda w: w.simulate_panel.auto_preview.isChecked(), lambda w: w.simulate_panel.auto_preview.click()
    ),
    "alpha": (
        lambda w: w.method_panel.method().alpha, lambda w: w.method_panel.form.row("alpha").setValue(0.3)
    ),
    "seed": (lambda w: w.run_panel.seed.value(), lambda w: w.run_panel.seed.setValue(9)),
    "device": (
        lambda w: w.run_panel.device.currentText(), lambda w: w.run_panel.device.setCurrentText("cpu")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTROLS)
def test_each_control_is_taken_back_and_set_again(qtbot, window, name):
    value, change = CONTROLS[name]
    window.undo.clear()
    before = value(window)
    change(window)
    after = value(window)
    assert after != before
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert value(window) == before
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert value(window) == after


def test_changes_of_different_things_are_steps_of_their_own(qtbot, window):
    window.undo.clear()
    names = ("overlap", "photons", "dwell", "preview", "alpha", "seed", "device")
    for name in names:
        CONTROLS[name][1](window)
    for _ in names:
        assert window.menus.actions["undo"].isEnabled()
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not window.menus.actions["undo"].isEnabled()
    assert window.run_panel.seed.value() == 0
    assert window.method_panel.method().alpha == 0.05
    assert not window.simulate_panel.auto_preview.isChecked()


def test_a_drag_is_one_step(qtbot, window):
    window.undo.clear()
    for percent in (61, 62, 63):
        window.simulate_panel.overlap.setValue(percent)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert not window.menus.actions["undo"].isEnabled()
    assert window.source.options.overlap == 0.38
