"""Pin, branch and change options on the way, as a user does in the window."""

from itertools import pairwise

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt

from ptygui.experiment.settings import RunSettings
from ptygui.files.result_run import read_run
from ptygui.files.results import read_result
from ptygui.gui.panels.runs_cells import OPTIONS
from ptygui.gui.views.passes import evaluations_of
from ptygui.methods import AWF, DPS, RPIE

LEFT, CONTROL, SHIFT = (
    Qt.MouseButton.LeftButton,
    *(getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Control", "Shift")),
)


def run_to_end(qtbot, window, method):
    window.request.set_method(method)
    window.run_panel.form.row("device").setValue("cpu")
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        qtbot.keyClick(window, Qt.Key.Key_R, CONTROL)
    qtbot.waitUntil(lambda: window.object.step is window.session.selection.history.last)


def branch(qtbot, window):
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        qtbot.keyClick(window, Qt.Key.Key_R, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: window.curves.run is window.session.selection.run)


@pytest.fixture
def dps(prior_folder):
    return DPS(prior=str(prior_folder), num_steps=8, j=2, zeta=0.01)


@pytest.mark.parametrize(("option", "value"), [("zeta", 0.5), ("j", 3)])
def test_both_branches_are_on_one_plot(qtbot, window, dps, option, value):
    run_to_end(qtbot, window, dps)
    session = window.session
    parent = session.selection.run
    assert parent.outcome == "done"
    session.selection.show_index(parent.history.frames[3].index)
    index = session.selection.step.index
    qtbot.waitUntil(lambda: window.object.step is session.selection.step)
    window.object.canvas.setFocus()
    qtbot.keyClick(window.object.canvas, Qt.Key.Key_K)
    assert parent.history.pins == {index}
    window.method_panel.form.row(option).setValue(value)
    branch(qtbot, window)
    other = session.selection.run
    assert other.outcome == "done", other.error
    assert other.origin == (parent.number, index, parent.name)
    assert getattr(other.method, option) == value
    assert other.evaluations < other.last.nfe  # the parent's are not its own
    qtbot.waitUntil(lambda: f" {other.evaluations} evaluations" in window.run_panel.times.text())
    assert window.curves.others == [parent]
    nrmse = window.curves.plots["nrmse"]
    qtbot.waitUntil(lambda: len(nrmse.line.getData()[0]) == len(other.history))
    own, (behind,) = nrmse.line.getData(), nrmse._others
    theirs = behind.getData()
    shared = own[0] <= index
    np.testing.assert_array_equal(own[1][shared], theirs[1][theirs[0] <= index])
    assert own[1][-1] != theirs[1][-1]
    assert [line.value() for line in nrmse.marks] == [index]
    session.selection.show_run(parent)  # and the other way round
    assert window.curves.others == [other]


def test_the_passes_of_time_travel_are_drawn_as_loops(qtbot, window, dps):
    run_to_end(qtbot, window, dps)
    run = window.session.selection.run
    indices, times = evaluations_of(run)
    assert list(indices) == list(range(1, dps.total + 1))
    recorded = [run.history.numbers[name] for name in ("index", "t")]
    assert [times[k - 1] for k in recorded[0]] == recorded[1]
    assert any(after > before for before, after in pairwise(times))  # back in time
    strip = window.timeline.strip
    assert list(strip.indices) == [frame.index for frame in run.history.frames]
    picture = strip.grab().toImage()
    line = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(2, 12)]
    assert sum(c.blue() > c.red() + 60 for c in line) > 50  # the teeth
    window.method_panel.form.row("j").setValue(0)
    window.session.selection.show_index(1)
    branch(qtbot, window)
    other = window.session.selection.run
    indices, times = evaluations_of(other)
    assert indices[-1] == other.last.index == other.last.total
    assert list(times[-3:]) == [2, 1, 0]
    assert all(after < before for before, after in pairwise(times[1:]))


def held(qtbot, window, method, steps=1):
    window.request.set_method(method)
    window.run_panel.form.row("device").setValue("cpu")
    for step in range(1, steps + 1):
        qtbot.mouseClick(window.run_panel.step, LEFT)
        qtbot.waitUntil(
            lambda step=step: (
                window.session.state == "paused" and window.session.selection.history.last.index == step
            ),
            timeout=20_000,
        )
    return window.session.live_run


def test_pause_change_go_on(qtbot, window):
    said, finished = [], []
    window.session.noted.connect(said.append)
    window.session.run_finished.connect(finished.append)
    run = held(qtbot, window, RPIE(iterations=50), steps=3)
    window.method_panel.form.row("alpha").setValue(0.25)
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        qtbot.mouseClick(window.run_panel.pause, LEFT)
    assert finished == ["done"]  # one run, which never ended in between
    assert list(window.session.runs) == [run]
    assert run.changes == [(3, {"alpha": 0.25})]
    assert any("continues from step 3 with alpha 0.25" in text for text in said)
    table = window.runs_panel.table
    tip = table.index(0, OPTIONS).data(Qt.ItemDataRole.ToolTipRole)
    assert "at 3: alpha 0.25" in tip
    qtbot.waitUntil(lambda: [line.value() for line in window.curves.plots["nrmse"].marks] == [3])
    assert window.curves.plots["nrmse"].marks[0].label.textItem.toPlainText() == "alpha 0.25"


def test_changed_options_are_exported_and_come_back(qtbot, window, tmp_path):
    run = held(qtbot, window, RPIE(iterations=12), steps=2)
    window.method_panel.form.row("alpha").setValue(0.25)
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        qtbot.mouseClick(window.run_panel.pause, LEFT)
    window.menus.actions["export"].trigger()
    dialog = window.export_dialog
    dialog.folder.setText(str(tmp_path))
    dialog.name.setText("mine")
    for form, box in dialog.forms.items():
        box.setChecked(form == "result")
    with qtbot.waitSignal(window.session.noted, timeout=20_000):
        qtbot.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Save), LEFT)
    result = read_result(tmp_path / "mine.h5")
    assert result.changes == [(2, {"alpha": 0.25})]
    assert result.options["alpha"] == 0.25
    assert read_run(tmp_path / "mine.h5", [run.scan]).changes == run.changes


def test_one_step_takes_a_changed_option_too(qtbot, window):
    run = held(qtbot, window, RPIE(iterations=50), steps=2)
    window.method_panel.form.row("alpha").setValue(0.4)
    qtbot.mouseClick(window.run_panel.step, LEFT)
    qtbot.waitUntil(lambda: run.last.index == 3 and window.session.state == "paused")
    assert run.changes == [(2, {"alpha": 0.4})]
    qtbot.mouseClick(window.run_panel.step, LEFT)
    qtbot.waitUntil(lambda: run.last.index == 4 and window.session.state == "paused")
    assert len(run.changes) == 1


def test_going_on_keeps_options_that_were_not_touched(qtbot, window):
    """A queued run has its own; the form may long be at another."""
    run = held(qtbot, window, RPIE(iterations=60, alpha=0.3))
    qtbot.mouseClick(window.run_panel.pause, LEFT)
    qtbot.waitUntil(lambda: window.session.state != "paused")
    window.session.run(RPIE(iterations=60, alpha=0.3), RunSettings("cpu"), held=True)
    window.request.set_method(RPIE(iterations=60, alpha=0.9))
    qtbot.waitUntil(lambda: window.session.live_run is not run and window.session.state == "paused")
    run = window.session.live_run
    qtbot.mouseClick(window.run_panel.pause, LEFT)
    qtbot.waitUntil(lambda: run.outcome == "done", timeout=20_000)
    assert run.method.alpha == 0.3
    assert run.changes == []


def test_a_click_on_the_map_shows_that_pattern(qtbot, window):
    run_to_end(qtbot, window, RPIE(iterations=20))
    view = window.map
    qtbot.waitUntil(lambda: view._footprints is not None and len(view._footprints.centres) > 7)
    plot = view.panes[0]
    centre = view._footprints.centres[7]
    at = view.mapFromScene(plot.vb.mapViewToScene(QPointF(centre[1] + 0.5, centre[0] - 0.5)))
    qtbot.mouseMove(view.viewport(), at)
    qtbot.mouseClick(view.viewport(), LEFT, pos=at)
    assert window.residual.position.value() == 7
    qtbot.waitUntil(window.residual.isVisible)
    scan, step = window.session.viewed_scan, window.session.selection.step
    pictures = [image.image for image in window.residual.images]
    np.testing.assert_allclose(pictures[0], np.log10(1 + scan.patterns[7]), rtol=1e-5)
    m = scan.width
    row, column = scan.corners[7]
    wave = np.fft.fftshift(np.fft.fft2(step.obj[row : row + m, column : column + m] * step.probe) / m)
    np.testing.assert_allclose(pictures[1], np.log10(1 + np.abs(wave) ** 2), rtol=1e-3, atol=1e-3)
    difference = 2 * (np.sqrt(scan.patterns[7]) - np.abs(wave))
    np.testing.assert_allclose(pictures[2], difference, atol=0.05)


def test_the_map_of_another_overlap_leads_to_the_pattern_at_that_place(qtbot, window):
    """The slider has moved on, and the map with it; the run that is shown is of the scan before."""
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.load_example()
    run_to_end(qtbot, window, AWF(iterations=5))
    shown = window.session.selection.run.scan
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.simulate_panel.overlap.setValue(70)
    assert window.session.viewed_scan is shown
    view = window.map
    qtbot.waitUntil(lambda: len(view._footprints.centres) > len(shown))
    middles = shown.corners + view._footprints.centres[0]  # the first position of both is (0, 0)
    row, column = middles[21] + (2, -3)
    at = view.mapFromScene(view.panes[0].vb.mapViewToScene(QPointF(column, row)))
    qtbot.mouseMove(view.viewport(), at)
    qtbot.mouseClick(view.viewport(), LEFT, pos=at)
    assert window.residual.position.value() == 21
    x, y = view.marked.getData()
    assert (np.mean([y.min(), y.max()]), np.mean([x.min(), x.max()])) == pytest.approx(middles[21], abs=0.1)
