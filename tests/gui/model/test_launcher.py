"""Launcher: what is to start waits for its scan, and is forgotten when that does not come."""

from PyQt6.QtCore import Qt

from ptygui.errors import InputError
from ptygui.gui.model import simulator as module


def press_run(qtbot, window):
    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)


def test_run_waits_for_the_example_that_is_coming(qtbot, new_window):
    window = new_window()
    window.run_panel.form.row("device").setValue("cpu")
    window.load_example()
    with qtbot.waitSignal(window.session.run_started, timeout=20_000):
        press_run(qtbot, window)
    assert window.session.live_run.scan.name == "example blood smear"
    assert window.banner.isHidden()


def test_what_waits_for_a_scan_that_fails_is_forgotten(qtbot, new_window, monkeypatch):
    window = new_window()
    with qtbot.waitSignal(window.simulator.simulated, timeout=20_000):
        window.load_example()

    def refuse(*args, **fields):
        raise InputError("no such scan")

    with monkeypatch.context() as failing:
        failing.setattr(module, "simulate", refuse)
        window.simulate_panel.overlap.setValue(60)
        press_run(qtbot, window)
        qtbot.waitUntil(window.banner.isVisible, timeout=20_000)
    with qtbot.waitSignal(window.simulator.simulated, timeout=20_000):
        window.simulate_panel.overlap.setValue(50)
    qtbot.wait(50)
    assert len(window.session.runs) == 0
