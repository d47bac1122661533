"""An opened scan at a lower overlap, as a user meets it: slid, run, compared, undone, swept, saved."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object
from PyQt6.QtCore import Qt

from ptygui.experiment.thinning import FULL, Thinning
from ptygui.files.project import write_project
from ptygui.files.scans import write_scan
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import AWF
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def measured(tmp_path):
    """A file with a dense scan whose object is not known."""
    options = Simulation(overlap=0.8, jitter=1)
    scan = simulate(small_object(72), make_probe("medium", 16), options, name="real")
    return write_scan(tmp_path / "real.h5", replace(scan, truth=None))


@pytest.fixture
def opened(qtbot, window, measured):
    """The window with that scan opened, and a short method."""
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.open(str(measured))
    window.request.set_method(AWF(iterations=20))
    window.run_panel.form.row("device").setValue("cpu")
    window.simulate_panel.thinning.row("reference").setValue(15)
    qtbot.waitUntil(lambda: not window.thinner.pending, timeout=20_000)
    return window


def slide(qtbot, window, step):
    """Move the slider, and wait for the scan."""
    with qtbot.waitSignal(window.thinner.ready, timeout=20_000):
        window.simulate_panel.slider.setValue(step)


def run(qtbot, window):
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000) as end:
        qtbot.mouseClick(window.run_panel.run, LEFT)
    return end.args[0]


def test_the_slider_thins_the_opened_scan(qtbot, opened):
    full = opened.request.scan
    assert opened.simulate_panel.slider.isEnabled()
    assert not opened.simulate_panel.object_size.isEnabled()
    slide(qtbot, opened, 8)  # of a window of 16 px
    scan = opened.request.scan
    assert opened.request.thinning.overlap == 0.5
    assert len(scan) + len(scan.held_out) == len(full)
    assert scan.patterns.source is full.patterns
    assert opened.thinner.full is full
    qtbot.waitUntil(lambda: f"{len(scan)} kept" in opened.simulate_panel.reached.text(), timeout=20_000)
    assert "of D90" in opened.simulate_panel.reached.text()
    assert len(opened.map.dropped.getData()[0]) == len(scan.held_out)
    assert len(opened.map.centres.getData()[0]) == len(scan)
    assert opened.source_bar.name == "real, thinned"
    assert opened.run_panel.run.text() == "Run awf on real, thinned to 50.0 % of the window"
    slide(qtbot, opened, 0)
    assert opened.request.scan is full


def test_a_run_waits_for_the_reference_and_is_compared_with_it(qtbot, opened):
    slide(qtbot, opened, 8)
    said = []
    opened.thinner.progressed.connect(lambda done, of, seconds: said.append((done, of)))
    assert run(qtbot, opened) == "done"
    made = opened.session.runs[0]
    assert said[-1] == (15, 15)
    assert made.scan is opened.request.scan
    assert made.scan.compared_with == FULL
    assert 0 < made.last.nrmse < 1
    assert made.last.held_out > 0
    said.clear()
    slide(qtbot, opened, 6)  # the same reference
    assert run(qtbot, opened) == "done"
    assert said == []
    assert opened.session.runs[1].scan.reference.obj is made.scan.reference.obj
    assert [round(each.overlap, 1) for each in opened.session.runs] == [0.5, 0.6]
    assert opened.curves.plots["nrmse"].title == "NRMSE against the full scan"


def test_a_chosen_run_brings_its_thinning_and_undo_takes_it_back(qtbot, opened):
    for step in (8, 5):
        slide(qtbot, opened, step)
        assert run(qtbot, opened) == "done"
    opened.runs_panel.run_chosen.emit(opened.session.runs[0])
    assert opened.request.thinning.overlap == 0.5
    assert opened.simulate_panel.overlap.value() == 50.0
    assert opened.request.scan is opened.session.runs[0].scan
    assert not opened.thinner.pending
    opened.undo.undo()
    assert opened.request.scan is opened.session.runs[1].scan
    assert opened.request.thinning.overlap == pytest.approx(1 - 5 / 16)


def test_the_slider_is_undone(qtbot, opened):
    full = opened.request.scan
    slide(qtbot, opened, 8)
    assert opened.undo.undoText() == "thinning"
    with qtbot.waitSignal(opened.thinner.ready, timeout=20_000):
        opened.undo.undo()
    assert opened.request.scan is full
    with qtbot.waitSignal(opened.thinner.ready, timeout=20_000):
        opened.undo.redo()
    assert opened.request.thinning.overlap == 0.5
    assert len(opened.request.scan) < len(full)


def test_the_options_say_which_positions_are_kept(qtbot, opened):
    slide(qtbot, opened, 8)
    regular = opened.request.scan
    form = opened.simulate_panel.thinning
    with qtbot.waitSignal(opened.thinner.ready, timeout=20_000):
        form.row("how").setValue("random")
    assert opened.request.thinning == Thinning(overlap=0.5, how="random", reference=15)
    assert not np.array_equal(opened.request.scan.positions[:5], regular.positions[:5])


def test_waiting_for_a_reference_can_be_stopped(qtbot, opened):
    opened.simulate_panel.thinning.row("reference").setValue(100_000)
    slide(qtbot, opened, 8)
    with qtbot.waitSignal(opened.thinner.progressed, timeout=20_000):
        qtbot.mouseClick(opened.run_panel.run, LEFT)
    assert opened.run_panel.stop.isEnabled()
    qtbot.mouseClick(opened.run_panel.stop, LEFT)
    qtbot.waitUntil(lambda: not opened.thinner.live, timeout=20_000)
    assert not opened.launcher.waiting
    assert len(opened.session.runs) == 0


def test_a_sweep_is_of_the_opened_scan(qtbot, opened):
    panel = opened.sweep_panel
    for key, box in panel.boxes.items():
        box.setChecked(key == "awf")
    for box, value in ((panel.lowest, 30), (panel.highest, 60), (panel.by, 30)):
        box.setValue(value)
    assert panel.said.text() == "up to 2 runs: 2 overlaps of real, thinned"
    opened.show_page(3)
    with qtbot.waitSignal(opened.sweeper.finished, timeout=60_000) as end:
        qtbot.mouseClick(panel.start, LEFT)
    assert end.args[0] == "done"
    runs = list(opened.session.runs)
    assert len(runs) == 2
    assert all(each.scan.compared_with == FULL for each in runs)
    qtbot.waitUntil(lambda: len(opened.sweep_view.curves) == 1)
    opened.sweep_view.score.setCurrentIndex(3)
    assert opened.sweep_view.score.currentText() == "held-out misfit over noise"
    assert len(opened.sweep_view.plot.dots) == 2


def test_a_project_keeps_the_thinned_scan(qtbot, opened, new_window, tmp_path):
    slide(qtbot, opened, 8)
    assert run(qtbot, opened) == "done"
    scan = opened.request.scan
    path = write_project(tmp_path / "p.ptygui", project_of(opened))
    again = new_window()
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        again.open(str(path), "project")
    found = again.request.scan
    np.testing.assert_array_equal(found.positions, scan.positions)
    np.testing.assert_array_equal(found.held_out.patterns[:], scan.held_out.patterns[:])
    assert found.compared_with == FULL
    assert again.request.thinning == opened.request.thinning
    assert not again.thinner.pending
    slide(qtbot, again, 6)  # the whole scan is read again
    assert len(again.request.scan) > len(found)
