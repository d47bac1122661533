"""The window as a user meets it: buttons, keys, drops, and what can go wrong."""

import errno
import os
import re
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QThread, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QMessageBox,
    QSlider,
    QStyleOptionSlider,
    QToolButton,
    QTreeView,
)

from ptygui.errors import InputError
from ptygui.experiment.example import example_scan
from ptygui.experiment.settings import RunSettings
from ptygui.figures import draw
from ptygui.files.atomic import replacing
from ptygui.files.formats.own_scan import write_scan
from ptygui.gui.files.dialogs import KeyMapDialog
from ptygui.gui.files.exports import TITLES
from ptygui.gui.model.simulator import REST
from ptygui.gui.pages import STEPS
from ptygui.gui.panels.runs_cells import OVERLAP
from ptygui.gui.views import curves as curves_module
from ptygui.gui.widgets.banner import Banner, ErrorHook
from ptygui.gui.widgets.welcome import Tour
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.physics.positions import overlap_ratio, overlap_text

LEFT = Qt.MouseButton.LeftButton
LONG = RPIE(iterations=10_000_000)


def choose(window, method):
    window.request.set_method(method)
    window.run_panel.form.row("device").setValue("cpu")


def click(qtbot, button):
    assert button.isEnabled()
    qtbot.mouseClick(button, LEFT)


def run_to_end(qtbot, window):
    with qtbot.waitSignal(window.session.run_finished, timeout=30_000):
        click(qtbot, window.run_panel.run)
    qtbot.waitUntil(lambda: window.timeline.label.text().startswith("step"))


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    where, action = QPointF(50, 50), Qt.DropAction.CopyAction
    event = QDropEvent(where, action, data, LEFT, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(event)


def test_example_loads(qtbot, window):
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        click(qtbot, window.scan_panel.example)
    qtbot.waitUntil(lambda: "example blood smear" in window.scan_panel.found.text())
    assert "36 of 32 × 32 px" in window.scan_panel.found.text()
    assert window.simulate_panel.overlap.value() == 38
    qtbot.waitUntil(lambda: window.sampling.values["positions"].text() == "36")
    assert len(window.map.centres.data) == 36


def test_progress_waits_for_the_pictures_to_be_painted(qtbot, window):
    """A progress bar paints itself when its value is set, and with that sends the whole window."""
    choose(window, RPIE(iterations=20))
    run_to_end(qtbot, window)
    run, bar, painted = window.session.selection.run, window.run_panel.bar, []

    class Painted(QObject):
        def eventFilter(self, watched, event):
            painted.extend([event.type()] if event.type() == QEvent.Type.Paint else [])
            return False

    watcher = Painted()
    bar.installEventFilter(watcher)
    bar.setValue(0)
    painted.clear()
    window.run_panel.show_progress(run)
    assert painted == []
    qtbot.waitUntil(lambda: len(painted) > 0)
    assert bar.text() == "20 of 20"


def test_patterns_are_modelled_only_while_their_tab_is_in_front(qtbot, window):
    choose(window, RPIE(iterations=20))
    modelled = window.residual.images[1]
    run_to_end(qtbot, window)
    assert modelled.image is None
    window.docks.show("residual")
    qtbot.waitUntil(lambda: modelled.image is not None)
    window.docks.show("curves")
    qtbot.waitUntil(lambda: window.residual.visibleRegion().isEmpty())
    before = modelled.image
    run_to_end(qtbot, window)
    assert modelled.image is None or modelled.image is before
    window.docks.show("residual")
    qtbot.waitUntil(lambda: modelled.image is not None and modelled.image is not before)


def test_awf_runs_to_the_end(qtbot, window):
    choose(window, AWF(iterations=60))
    run_to_end(qtbot, window)
    assert window.session.selection.history.last.index == 60
    qtbot.waitUntil(lambda: window.run_panel.bar.value() == 60)
    assert window.run_panel.bar.text() == "60 of 60"
    assert "done in" in window.run_panel.times.text()
    qtbot.waitUntil(lambda: window.object.step is window.session.selection.history.last)
    assert window.curves.plots["nrmse"].marker.isVisible()
    assert not window.banner.isVisible()


def test_pause_step_resume_stop(qtbot, window):
    choose(window, LONG)
    panel, session = window.run_panel, window.session
    click(qtbot, panel.run)
    qtbot.waitUntil(lambda: session.selection.history.last is not None, timeout=20_000)
    click(qtbot, panel.pause)
    qtbot.waitUntil(lambda: session.state == "paused")
    assert panel.pause.text() == "Resume"
    at = session.selection.history.last.index
    click(qtbot, panel.step)
    qtbot.waitUntil(lambda: session.state == "paused" and session.selection.history.last.index == at + 1)
    click(qtbot, panel.pause)
    qtbot.waitUntil(lambda: session.selection.history.last.index > at + 1)
    with qtbot.waitSignal(session.run_finished) as end:
        click(qtbot, panel.stop)
    assert end.args == ["stopped"]
    assert panel.bar.text() == f"{session.selection.history.last.index} of 10000000, stopped"
    assert "ended after" in panel.times.text()
    assert not panel.stop.isEnabled()
    assert panel.run.isEnabled()


def test_step_alone_makes_the_first_iterate(qtbot, window):
    choose(window, LONG)
    click(qtbot, window.run_panel.step)
    qtbot.waitUntil(lambda: window.session.state == "paused", timeout=20_000)
    assert window.session.selection.history.last.index == 1


def test_keys_run_stop_and_scrub(qtbot, window):
    choose(window, LONG)
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(window.session.selection.history.frames) > 5, timeout=20_000)
    with qtbot.waitSignal(window.session.run_finished):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    pictures, history = window.object.canvas, window.session.selection.history
    assert pictures.hasFocus()
    qtbot.waitUntil(lambda: window.timeline.place == len(history.frames) - 1)
    levels = window.object.levels("phase")
    qtbot.keyClick(pictures, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: window.object.step is history.frames[0])
    assert window.object.levels("phase") == levels
    assert not window.timeline.live.isChecked()
    qtbot.keyClick(pictures, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.object.step is history.frames[1])
    assert window.curves.plots["misfit"].marker.value() == pytest.approx(np.log10(history.frames[1].index))
    click(qtbot, window.timeline.live)
    qtbot.waitUntil(lambda: window.object.step is history.last)
    qtbot.keyClick(pictures, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: window.object.step is history.frames[0])
    qtbot.keyClick(pictures, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: window.object.step is history.last)
    assert window.timeline.live.isChecked()


def test_the_read_out_of_a_pixel_is_whole_in_a_small_window(qtbot, window):
    assert window.width() == 1280
    window.request.set_scan(example_scan())
    choose(window, RPIE(iterations=2))
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        click(qtbot, window.run_panel.run)
    view = window.object
    qtbot.waitUntil(lambda: view.step is window.session.selection.run.last)
    qtbot.keyClick(view.canvas, Qt.Key.Key_T)
    qtbot.wait(50)
    said = view.readout.text
    for which, name in (("estimate", "x̂0"), ("beside", "truth")):
        pane = view.canvas.panes[which, "phase"].vb
        at = view.canvas.mapFromScene(pane.mapViewToScene(QPointF(127.5, 127.5)))
        qtbot.mouseMove(view.canvas.viewport(), at - QPoint(3, 3))
        qtbot.wait(20)  # moves that follow one another at once are dropped
        qtbot.mouseMove(view.canvas.viewport(), at)
        where = r"rad   row 127, column 127 \(58\.6, 58\.6 µm\)"
        share = "   unlit" if which == "estimate" else ""
        qtbot.waitUntil(lambda words=f"{name}.*{where}{share}": bool(re.fullmatch(words, said())))
        assert not view.readout.is_cut()


def test_keys_that_come_faster_than_pictures_are_all_heard(qtbot, window):
    choose(window, RPIE(iterations=12))
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    pictures, frames = window.object.canvas, window.session.selection.history.frames
    qtbot.waitUntil(lambda: window.object.step is frames[-1])
    assert len(frames) > 4
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right):  # none is drawn in between
        qtbot.keyClick(pictures, key)
    qtbot.waitUntil(lambda: window.object.step is not frames[-1])
    assert window.object.step is frames[2]
    qtbot.keyClick(pictures, Qt.Key.Key_Left)
    qtbot.keyClick(pictures, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: window.object.step is frames[1])
    assert list(window.session.selection.history.pins) == [frames[1].index]


def test_scrubbing_in_a_live_run_leaves_following(qtbot, window):
    choose(window, LONG)
    click(qtbot, window.run_panel.run)
    qtbot.waitUntil(lambda: len(window.session.selection.history.frames) > 3, timeout=20_000)
    qtbot.waitUntil(window.timeline.slider.isEnabled)
    qtbot.keyClick(window.object.canvas, Qt.Key.Key_Home)
    first, count = window.session.selection.history.frames[0], len(window.session.selection.history)
    qtbot.waitUntil(lambda: len(window.session.selection.history) > count + 2)
    assert window.session.selection.step is first


def test_continue_from_the_shown_step(qtbot, window):
    choose(window, RPIE(iterations=20))
    run_to_end(qtbot, window)
    choose(window, RPIE(iterations=30))
    with qtbot.waitSignal(window.session.run_finished):
        window.menus.actions["go_on"].trigger()
    assert window.session.selection.history.last.index == 30
    assert window.session.selection.history.frames[0].index == 1


def test_a_branch_that_cannot_be_leaves_the_keyboard_where_it_is(qtbot, window):
    """Though a run is going on: it is not the one that was asked for."""
    run_to_end(qtbot, window)
    window.session.run(LONG, RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.session.selection.step is not None)
    choose(window, AWF(iterations=3))
    seed = window.run_panel.form.editor("seed")
    seed.setFocus()
    window.menus.actions["go_on"].trigger()
    assert "choose it to continue" in window.banner.label.text()
    assert seed.hasFocus()


def load_example(qtbot, window):
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        click(qtbot, window.scan_panel.example)
    qtbot.waitUntil(lambda: window.sampling.values["positions"].text() == "36")


def test_overlap_slider_moves_map_and_scan(qtbot, window):
    load_example(qtbot, window)
    window.simulator._timer.setInterval(60_000)  # map and figures come before any scan is made
    slider, before = window.simulate_panel.slider, window.request.scan
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000) as changed:
        slider.setFocus()
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
        assert window.simulate_panel.overlap.value() == 50.0
        qtbot.waitUntil(lambda: window.sampling.values["positions"].text() == "49")
        assert len(window.map.centres.data) == 49
        assert window.sampling.values["data"].text() == "1.53"
        assert window.request.scan is before
        window.simulator._timer.setInterval(REST)
    assert len(changed.args[0].scan) == len(window.request.scan) == 49


def test_an_impossible_overlap_is_told_inline_and_not_simulated(qtbot, window):
    load_example(qtbot, window)
    with qtbot.waitSignal(window.simulator.probe_changed):
        window.simulator.build_probe("disk", 8)
    window.simulate_panel.overlap.setValue(90)
    assert "at least 1 px" in window.simulate_panel.problem.text()
    assert not window.simulator.pending
    window.simulate_panel.overlap.setValue(50)
    assert window.simulate_panel.problem.isHidden()
    assert window.simulator.pending


def test_what_a_position_costs(qtbot, window):
    load_example(qtbot, window)
    values, cost = window.sampling.values, window.simulate_panel.cost
    assert values["time"].text() == "7.2 s (30 %)"  # 36 of 121 positions, 0.1 s exposed and 0.1 s lost each
    for name, value in (("dwell", 0.5), ("overhead", 1.5), ("reference_overlap", 0.5)):
        cost.row(name).setValue(value)
    qtbot.waitUntil(lambda: values["time"].text() == "72 s (73 %)")
    assert "73 %" == values["dose"].text()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "(30 %)" in values["time"].text())


def test_the_overlap_that_is_reached_stands_beside_the_one_that_was_asked(qtbot, window):
    """The same figure in panel, figures, list of runs and name of the run."""
    load_example(qtbot, window)
    panel, box = window.simulate_panel, window.simulate_panel.overlap
    box.setFocus()
    box.selectAll()
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        qtbot.keyClicks(box, "60")
        qtbot.keyClick(box, Qt.Key.Key_Return)
    said = "59.4 % reached, 42.4 % of D90: step 13 of 32 px"
    qtbot.waitUntil(lambda: panel.reached.text() == said)
    assert "a step of 12.8 px" in " ".join(panel.reached.toolTip().split())
    assert window.sampling.values["linear"].text() == "59.4 %"
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        qtbot.keyClick(box, Qt.Key.Key_Up)  # to the next whole pixel
    assert box.value() == 62.5
    reached = re.compile(r"62\.5 % reached, 4[67]\.\d % of D90: step 12 of 32 px")
    qtbot.waitUntil(lambda: reached.fullmatch(panel.reached.text()) is not None)
    choose(window, AWF(iterations=4))
    run_to_end(qtbot, window)
    assert window.session.selection.run.name == "1 awf 62.5 %"
    assert window.runs_panel.sorted.index(0, OVERLAP).data() == "62.5 %"
    with qtbot.waitSignal(window.simulator.planned):
        window.simulate_panel.form.row("reference_length").setValue(24.0)
    assert panel.slider.maximum() == 24
    assert panel.slider.value() == 9


def test_the_reference_length_counts(qtbot, window):
    load_example(qtbot, window)
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        window.simulate_panel.form.row("reference_length").setValue(25.0)
    linear = window.sampling.values["linear"]
    qtbot.waitUntil(lambda: window.sampling.values["positions"].text() == "64")
    assert abs(float(linear.text().split()[0]) - 38) <= 4  # whole-pixel steps; not 1 - 15.5 / 32


def test_probe_is_built(qtbot, window):
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        click(qtbot, window.scan_panel.example)
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000) as changed:
        window.docks.show("probe")
        window.probe_panel.kind.setFocus()
        qtbot.keyClick(window.probe_panel.kind, Qt.Key.Key_D)
    assert np.count_nonzero(np.abs(changed.args[0].scan.probe) > 1e-3) < 32 * 32 / 2
    qtbot.waitUntil(lambda: window.probe.summary.name == "disk")
    assert "not of this pupil" in window.probe_panel.lens.text()


def test_a_pupil_is_tuned_and_the_change_taken_back(qtbot, window):
    load_example(qtbot, window)
    panel, view = window.probe_panel, window.probe
    assert panel.kind.currentText() == "medium"
    qtbot.waitUntil(lambda: view.summary is not None)
    assert panel.lens.text() == "NA 0.329, 15.8 µm from focus"
    before = view.summary.effective
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000) as changed:
        panel.form.row("defocus").setValue(14.0)
        qtbot.waitUntil(lambda: view.summary.effective > before + 2)  # at once
    assert window.simulator.named_probe.name == "pupil"
    assert panel.kind.currentIndex() == -1
    np.testing.assert_allclose(
        np.abs(np.vdot(changed.args[0].scan.probe, window.simulator.probe)),
        np.linalg.norm(changed.args[0].scan.probe),
        rtol=1e-5,
    )  # the same, in counts
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: view.summary.name == "medium")
    assert panel.form.value().defocus == 8.5
    assert panel.kind.currentText() == "medium"


def test_a_dropped_scan_opens_and_is_not_replaced_by_itself(qtbot, window, scan, tmp_path):
    path = tmp_path / "measured.h5"
    write_scan(path, replace(scan, name="measured one"))
    with qtbot.waitSignal(window.request.opened, timeout=10_000):
        drop(window, path)
    qtbot.waitUntil(lambda: "measured one" in window.scan_panel.found.text())
    assert window.probe_panel.apply.isEnabled()
    qtbot.waitUntil(lambda: window.probe.summary.name == "probe of measured one")
    assert not window.simulator.automatic


def test_sliding_during_a_run_keeps_what_is_reconstructed(qtbot, window):
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        click(qtbot, window.scan_panel.example)
    choose(window, LONG)
    before, session = window.request.scan, window.session
    click(qtbot, window.run_panel.run)
    qtbot.waitUntil(lambda: session.selection.history.last is not None, timeout=20_000)
    with qtbot.waitSignal(session.request.source_changed, timeout=10_000):
        window.simulate_panel.overlap.setValue(60)
    assert session.live
    assert session.viewed_scan is before
    with qtbot.waitSignal(session.run_finished):
        click(qtbot, window.run_panel.stop)
    first = session.selection.run
    choose(window, AWF(iterations=5))
    run_to_end(qtbot, window)
    assert len(session.selection.run.scan) > len(before)
    assert list(session.runs) == [first, session.selection.run]
    assert first.history.last is not None
    assert not window.banner.isVisible()


def drag(qtbot, slider, step):
    """Take the handle with the mouse and move it there, a few pixels at a time."""
    style, option = slider.style(), QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = style.subControlRect(
        style.ComplexControl.CC_Slider, option, style.SubControl.SC_SliderHandle, slider
    )
    span = slider.width() - handle.width()
    low, high = slider.minimum(), slider.maximum()  # the low end, the densest scan, is to the right
    first, last = handle.center().x(), (high - step) / (high - low) * span + handle.width() / 2
    y, steps = handle.center().y(), max(2, int(abs(last - first) / 3))
    qtbot.mousePress(slider, LEFT, pos=QPoint(first, y))
    for k in range(1, steps + 1):
        qtbot.mouseMove(slider, QPoint(round(first + (last - first) * k / steps), y))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(round(last), y))


def test_the_preview_follows_a_dragged_slider(qtbot, window, prior_folder, short_previews):
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        window.simulate_panel.object_size.setValue(64)
    session, slider = window.session, window.simulate_panel.slider
    window.simulator._timer.setInterval(400)  # longer than between two moves of the mouse
    started, scans = [], []
    session.run_started.connect(started.append)
    session.request.source_changed.connect(lambda source: scans.append(source.scan))
    window.request.set_weights("prior", str(prior_folder))
    window.request.set_method(RPIE())
    window.run_panel.form.row("device").setValue("cpu")
    window.simulate_panel.auto_preview.setChecked(True)
    for rounds, step in enumerate((10, 24), 1):
        with qtbot.waitSignal(session.run_finished, timeout=60_000) as end:
            drag(qtbot, slider, step)
            assert len(window.jobs) <= 8  # the map, the checks, the scan ...: one of a kind, nothing piles up
        assert end.args == ["done"]
        assert slider.value() == step
        (run,) = session.runs  # the one before has made room
        assert run.automatic
        assert run.method == DAPS(setting="preview", prior=str(prior_folder))
        assert run.scan is session.request.scan is scans[-1]
        assert session.selection.run is run
        assert run.last.nfe > 0
        assert len(started) == len(scans) == rounds  # once it rested, not at each move
        qtbot.waitUntil(lambda run=run: window.object.step is run.last)
    assert len(scans[0]) > len(scans[1])
    qtbot.waitUntil(lambda: not len(window.jobs))


def test_runs_that_begin_by_themselves_leave_the_keyboard_where_it_is(
    qtbot, window, prior_folder, short_previews
):
    """A preview to the slider, a queued run to a field that is typed into."""
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        window.simulate_panel.object_size.setValue(64)
    session, slider, form = window.session, window.simulate_panel.slider, window.method_panel.form
    window.request.set_weights("prior", str(prior_folder))
    choose(window, RPIE(iterations=3))
    qtbot.waitUntil(window.isActiveWindow)
    window.simulate_panel.auto_preview.setChecked(True)
    slider.setFocus()
    for scans in (1, 2):
        with qtbot.waitSignal(session.run_finished, timeout=60_000):
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_PageUp)
        assert slider.hasFocus(), scans
    window.simulate_panel.auto_preview.setChecked(False)
    session.run(LONG, RunSettings("cpu"))
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    field = form.editor("alpha").lineEdit()
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.")
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.start_queue()
    qtbot.keyClicks(QApplication.focusWidget(), "25")
    assert field.text() == "0.25"


def test_a_preview_leaves_a_run_of_the_user_alone(qtbot, window):
    load_example(qtbot, window)
    window.simulate_panel.auto_preview.setChecked(True)
    choose(window, LONG)
    click(qtbot, window.run_panel.run)
    qtbot.waitUntil(lambda: window.session.selection.history.last is not None, timeout=20_000)
    with qtbot.waitSignal(window.request.source_changed, timeout=10_000):
        window.simulate_panel.overlap.setValue(60)
    assert window.session.live
    assert [run.method for run in window.session.runs] == [LONG]


def test_a_bad_file_is_told_in_the_banner(qtbot, window, tmp_path):
    path = tmp_path / "bad.h5"
    path.write_text("this is no scan")
    drop(window, path)
    qtbot.waitUntil(window.banner.isVisible)
    assert "bad.h5" in window.banner.label.text()
    assert window.request.scan is not None
    click(qtbot, window.banner.close_button)
    assert not window.banner.isVisible()


def test_of_an_opened_scan_its_own_overlap_is_told(qtbot, window, scan, tmp_path):
    """Not that of the scan to simulate, which has another probe."""
    width, shift = scan.width, np.random.default_rng(0).uniform(-0.4, 0.4, scan.positions.shape)
    opened = replace(scan, positions=(scan.positions + shift).clip(0, 16))
    drop(window, write_scan(tmp_path / "mine.h5", opened))
    panel, linear = window.simulate_panel, window.sampling.values["linear"]
    qtbot.waitUntil(lambda: panel.reached.text().startswith(f"all {len(scan)} positions"), timeout=10_000)
    qtbot.waitUntil(lambda: linear.text() == overlap_text(overlap_ratio(opened.positions, width)))
    assert width != 32
    assert panel.reached.text().startswith(f"all {len(scan)} positions: {linear.text()}, ")
    assert panel.reached.text().endswith(" of D90")
    qtbot.waitUntil(lambda: f"{linear.text()} of the window" in window.scan_panel.found.text())
    load_example(qtbot, window)
    qtbot.waitUntil(
        lambda: panel.reached.text().startswith("37.5 % reached, 11.3 % of D90: step 20 of 32 px")
    )


def test_the_keyboard_goes_from_stop_back_to_run(qtbot, window):
    choose(window, LONG)
    window.run_panel.run.setFocus()
    qtbot.keyClick(window.run_panel.run, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.selection.history.last is not None, timeout=20_000)
    window.run_panel.stop.setFocus()
    with qtbot.waitSignal(window.session.run_finished):
        qtbot.keyClick(window.run_panel.stop, Qt.Key.Key_Space)
    assert window.focusWidget() is window.run_panel.run


def test_a_long_warm_start_tells_how_far_it_is(qtbot, window, prior_folder):
    window.session.driver._clock.setInterval(10)
    choose(window, DAPS(prior=str(prior_folder), awf_iterations=1_000_000, levels=3, data_steps=3))
    click(qtbot, window.run_panel.run)
    times = window.run_panel.times

    def done():
        found = re.fullmatch(r"start by AWF, (\d+) of 1000000 iterations · [\d.]+ m?s so far", times.text())
        return int(found[1]) if found else 0

    qtbot.waitUntil(lambda: done() > 0, timeout=20_000)
    before = done()
    qtbot.waitUntil(lambda: done() > before, timeout=20_000)
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        click(qtbot, window.run_panel.stop)
    assert times.text() == "stopped"
    choose(window, DAPS(prior=str(prior_folder), awf_iterations=3, levels=3, data_steps=3))
    run_to_end(qtbot, window)
    assert "a step · done in" in times.text()


def test_a_refused_option_does_not_run(qtbot, window):
    window.method_panel.form.row("alpha").setValue(3.0)
    click(qtbot, window.run_panel.run)
    assert "alpha is 3" in window.banner.label.text()
    assert not window.session.live


def test_a_refused_setting_does_not_run_with_the_one_before(qtbot, window):
    load_example(qtbot, window)
    choose(window, AWF(iterations=3))
    seed = window.run_panel.form.row("seed")
    seed.setValue("many")
    form, run = window.run_panel.form, window.run_panel.run
    qtbot.waitUntil(lambda: form.geometry().bottom() < run.geometry().top())
    assert not form.verticalScrollBar().maximum()  # the reason is in sight
    click(qtbot, run)
    assert "seed is 'many'" in window.banner.label.text()
    assert not window.session.runs
    qtbot.waitUntil(lambda: any("seed is 'many'" in check.text for check in window.checklist.checks or ()))
    window.request.change_settings(seed=0)  # as the choice of a run does; it was 0 before
    assert seed.value() == 0
    run_to_end(qtbot, window)


def test_the_cost_is_set_back_though_what_is_typed_there_is_refused(qtbot, window):
    load_example(qtbot, window)
    dwell = window.simulate_panel.cost.row("dwell")
    dwell.setValue(0.5)
    dwell.setValue("long")
    window.undo.undo()
    assert dwell.value() == 0.1


def test_export_writes_every_form(qtbot, window, tmp_path):
    run_to_end(qtbot, window)
    window.menus.actions["export"].trigger()
    dialog = window.export_dialog
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.name.setText("mine")
    for box in dialog.forms.values():
        box.setChecked(True)
    with qtbot.waitSignal(window.exporter.noted, timeout=20_000) as noted:
        click(qtbot, dialog.buttons.button(dialog.buttons.StandardButton.Save))
    assert os.path.join("mine_tiff", "step_") in noted.args[0]
    written = {path.name for path in (tmp_path / "out").iterdir()}
    expected = {
        "mine.h5",
        "mine_tiff",
        "mine_steps.tif",
        "mine_figure.pdf",
        "mine_curves.pdf",
        "mine_scan.h5",
    }
    expected |= {"mine_product.h5", "mine.cxi", "mine.npz", "mine.ptyd", "mine_curves.csv"}
    expected |= {"mine_positions.csv", "mine_movie.gif", "mine_export.json"}
    assert written >= expected
    assert set(dialog.forms) == set(TITLES)
    from ptygui.files.results import read_result

    np.testing.assert_array_equal(
        read_result(tmp_path / "out" / "mine.h5").obj, window.session.selection.history.last.obj
    )


def export(window, folder, *forms):
    window.menus.actions["export"].trigger()
    dialog = window.export_dialog
    dialog.folder.setText(str(folder))
    dialog.name.setText("mine")
    for form, box in dialog.forms.items():
        box.setChecked(form in forms)
    return dialog, dialog.buttons.button(dialog.buttons.StandardButton.Save)


def test_export_asks_before_it_replaces(qtbot, window, tmp_path):
    run_to_end(qtbot, window)
    (tmp_path / "mine_figure.png").write_text("dear to me")
    dialog, save = export(window, tmp_path, "figure", "result")
    qtbot.keyClicks(dialog.page.kind, "PNG")
    click(qtbot, save)
    assert dialog.isVisible()
    assert "mine_figure.png" in dialog.problem.text()
    assert (tmp_path / "mine_figure.png").read_text() == "dear to me"
    dialog.replace.setChecked(True)
    with qtbot.waitSignal(window.session.noted, timeout=20_000):
        click(qtbot, save)
    assert (tmp_path / "mine_figure.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(("mine", "."))} == {
        "mine_figure.png",
        "mine.h5",
        "mine_export.json",
    }


def test_export_never_replaces_the_scan_that_was_opened(qtbot, window, scan, tmp_path):
    path = tmp_path / "mine.h5"
    write_scan(path, scan)
    with qtbot.waitSignal(window.request.opened, timeout=10_000):
        drop(window, path)
    before = path.read_bytes()
    run_to_end(qtbot, window)
    dialog, save = export(window, tmp_path, "result")
    dialog.replace.setChecked(True)
    click(qtbot, save)
    qtbot.waitUntil(window.banner.isVisible, timeout=10_000)
    assert "read as input" in window.banner.label.text()
    assert path.read_bytes() == before


def test_an_unusable_folder_is_told_in_the_banner(qtbot, window, tmp_path):
    run_to_end(qtbot, window)
    (tmp_path / "file").write_text("no folder")
    _, save = export(window, tmp_path / "file", "figure", "tiff", "scan")
    click(qtbot, save)
    qtbot.waitUntil(window.banner.isVisible, timeout=10_000)
    assert str(tmp_path / "file") in window.banner.label.text()
    assert "Unexpected" not in window.banner.label.text()


def test_a_figure_that_cannot_be_saved_is_told_and_the_rest_written(qtbot, window, tmp_path, monkeypatch):
    @contextmanager
    def full(path):
        with replacing(path) as scratch:
            yield scratch
            raise OSError(errno.ENOSPC, "No space left on device")

    run_to_end(qtbot, window)
    monkeypatch.setattr(draw, "replacing", full)
    dialog, save = export(window, tmp_path, "figure", "scan")
    qtbot.keyClicks(dialog.page.kind, "PNG")
    click(qtbot, save)
    qtbot.waitUntil(window.banner.isVisible, timeout=10_000)
    assert "mine_figure.png could not be written" in window.banner.label.text()
    assert (tmp_path / "mine_scan.h5").exists()
    assert not (tmp_path / "mine_figure.png").exists()


def test_the_export_dialog_says_which_run_and_steps(qtbot, window):
    run_to_end(qtbot, window)
    session, dialog = window.session, window.export_dialog
    session.selection.show_frame(0)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        window.method_panel.form.row("alpha").setValue(0.5)
        window.launcher.go_on()
    window.menus.actions["export"].trigger()
    run, (first, last) = session.selection.run, (session.selection.history.frames[k].index for k in (0, -1))
    assert dialog.about.text() == f"Run {run.name} of small"
    assert dialog.name.text() == "small_2_rpie_62.5_from_1_step_1_alpha_0.5"
    assert f"{first} to {last}" in dialog.details["stack"].text()
    assert "those up to 1 of run 1" in dialog.details["stack"].text()
    assert dialog.details["tiff"].text() == f"step {session.selection.step.index} of 40"
    dialog.reject()


def test_the_buttons_of_pictures_and_curves_ask_for_their_figures(qtbot, window, tmp_path):
    run_to_end(qtbot, window)
    dialog = window.export_dialog
    click(qtbot, window.curves.drawn)
    assert [form for form, box in dialog.forms.items() if box.isChecked()] == ["curves"]
    assert dialog.page.isEnabled()
    dialog.reject()
    qtbot.keyClick(
        window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert [form for form, box in dialog.forms.items() if box.isChecked()] == ["figure"]
    dialog.folder.setText(str(tmp_path))
    dialog.name.setText("mine")
    qtbot.keyClicks(dialog.page.kind, "SVG")
    dialog.page.unit.setCurrentText("inch")
    assert dialog.page.wide.value() == pytest.approx(180 / 25.4, abs=0.01)
    dialog.page.columns.setCurrentIndex(1)
    dialog.page.columns.activated.emit(1)
    assert dialog.page.value().width_mm == pytest.approx(88, abs=0.2)
    with qtbot.waitSignal(window.session.noted, timeout=20_000):
        click(qtbot, dialog.buttons.button(dialog.buttons.StandardButton.Save))
    assert "NRMSE" in (tmp_path / "mine_figure.svg").read_text("utf-8")


def test_the_table_of_curves_is_made_off_the_gui_thread(qtbot, window, tmp_path, monkeypatch):
    window.run_panel.form.row("device").setValue("cpu")
    run_to_end(qtbot, window)
    path, threads = tmp_path / "curves.csv", []
    made = curves_module.table_of

    def table_of(runs):
        threads.append(threading.current_thread())
        return made(runs)

    monkeypatch.setattr(curves_module, "table_of", table_of)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    click(qtbot, window.curves.csv)
    qtbot.waitUntil(path.exists, timeout=10_000)
    assert len(path.read_text().splitlines()) == 1 + len(window.session.selection.history)
    assert threads != [threading.main_thread()]
    assert len(threads) == 1


def test_without_a_run_only_the_scan_can_be_exported(qtbot, window):
    window.menus.actions["export"].trigger()
    enabled = {form for form, box in window.export_dialog.forms.items() if box.isEnabled()}
    assert enabled == {"scan", "cxi", "ptyd", "positions-csv"}
    window.export_dialog.reject()


def test_closing_in_mid_run_leaves_no_thread(qtbot, window):
    choose(window, LONG)
    click(qtbot, window.run_panel.run)
    qtbot.waitUntil(lambda: window.session.selection.history.last is not None, timeout=20_000)
    thread = window.session.driver._thread
    assert isinstance(thread, QThread)
    window.close()
    assert thread.isFinished()
    assert thread.outcome == "stopped"
    assert not window.session.live


def test_a_failing_slot_is_shown_and_the_program_lives(qtbot, window):
    hook, before = ErrorHook(), sys.excepthook
    hook.raised.connect(window.banner.show_error)
    hook.install()
    try:
        window.menus.actions["fit"].triggered.connect(lambda: [][0])
        window.menus.actions["fit"].trigger()
    finally:
        sys.excepthook = before
    qtbot.waitUntil(window.banner.isVisible)
    assert "Unexpected IndexError" in window.banner.label.text()
    assert "IndexError" in window.banner.details
    run_to_end(qtbot, window)
    assert not window.banner.isVisible()


def test_an_error_of_a_thread_that_has_no_value_is_shown_by_its_kind(qtbot):
    banner, hook = Banner(), ErrorHook()
    qtbot.addWidget(banner)
    hook.raised.connect(banner.show_error)
    hook.install()
    try:
        threading.excepthook(threading.ExceptHookArgs((ValueError, None, None, None)))
    finally:
        hook.remove()
    assert "ValueError" in banner.label.text()


def test_banner_words(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_error(InputError("the probe is zero: give another"))
    assert banner.label.text() == "the probe is zero: give another"
    assert banner.copy.isHidden()


def test_keys_and_menus(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    (dialog,) = window.findChildren(KeyMapDialog)
    assert dialog.isVisible()
    dialog.reject()
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert window.object.beside == "truth"
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert window.object.parts == "phase"
    qtbot.keyClick(window, Qt.Key.Key_V)
    assert window.object.auto.isChecked()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_theme(qtbot, window, scheme):
    from ptygui.gui.widgets import theme

    try:
        window.menus.actions[scheme].trigger()
        qtbot.waitUntil(lambda: theme.is_dark(window.palette()) == (scheme == "dark"))
        back = window.object.canvas.backgroundBrush
        qtbot.waitUntil(lambda: (back().color().lightness() < 128) == (scheme == "dark"))
    finally:
        theme.set_scheme("system")


def test_settings_are_reset_once_that_is_confirmed(qtbot, window, tmp_path):
    window.remember("start page", "no")
    window.welcome.at_start.setChecked(False)
    window.recents.add(str(tmp_path / "a.h5"), "scan")
    window.docks.show_preset("compare")
    for answer in ("Cancel", "Reset"):
        window.menus.actions["reset_settings"].trigger()
        (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
        click(qtbot, box.button(getattr(QMessageBox.StandardButton, answer)))
        reset = answer == "Reset"
        assert window.welcome.at_start.isChecked() is reset
        assert bool(window.settings.value("recents")) is not reset
        assert window.docks.docks["log"].isVisible() is reset


def test_the_title_tells_how_far_a_run_is(qtbot, window):
    idle = window.windowTitle()
    choose(window, LONG)
    click(qtbot, window.run_panel.run)
    qtbot.waitUntil(lambda: "% · " in window.windowTitle(), timeout=20_000)
    assert LONG.key() in window.windowTitle()
    click(qtbot, window.run_panel.stop)
    qtbot.waitUntil(lambda: window.windowTitle() == idle, timeout=20_000)


def test_everything_fits_a_small_screen(qtbot, window, scan):
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.width() == 1280)
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 800
    window.request.set_scan(scan, "measured.h5")
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert window.run_panel.visibleRegion().boundingRect().height() == window.run_panel.height()
    for name, panel in (("probe", window.probe_panel), ("method", window.method_panel)):
        window.docks.show(name)  # the column is scrolled to what is asked for
        seen = lambda panel=panel: panel.visibleRegion().boundingRect().height()  # noqa: E731
        qtbot.waitUntil(lambda panel=panel, seen=seen: seen() >= min(200, panel.height()), timeout=20_000)
        assert not panel.form.verticalScrollBar().maximum()
    assert not window.flow.area.horizontalScrollBar().maximum()
    window.simulate_panel.tabs.setCurrentWidget(window.simulate_panel.stack)
    form = window.simulate_panel.thinning
    qtbot.waitUntil(form.isVisible)
    assert not form.verticalScrollBar().maximum()  # all options at once
    tabs = window.simulate_panel.tabs.tabBar()
    assert tabs.sizeHint().width() <= tabs.width()  # none is cut short
    run = window.run_panel
    assert run.form.geometry().bottom() < run.run.geometry().top()
    assert not run.form.verticalScrollBar().maximum()
    window.docks.show("scan")
    qtbot.waitUntil(
        lambda: window.scan_panel.visibleRegion().boundingRect().height() == window.scan_panel.height()
    )


def test_geometry_is_remembered(qtbot, window):
    window.resize(1300, 850)
    window.close()
    assert window.settings.value("geometry") is not None


def test_one_key_runs_the_overlap_that_was_just_chosen(qtbot, window):
    load_example(qtbot, window)
    choose(window, AWF(iterations=4))
    slider, session = window.simulate_panel.slider, window.session
    slider.setFocus()
    with qtbot.waitSignal(session.run_finished, timeout=30_000):
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
        qtbot.keyClick(slider, Qt.Key.Key_PageUp)
        qtbot.keyClick(slider, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)  # no scan of it yet
    assert len(session.selection.run.scan) == 49
    assert session.selection.run.method == AWF(iterations=4)


def test_keys_take_over_what_is_being_typed(qtbot, window):
    """Without Return or Tab: of a form, of the overlap, and of the seed."""
    load_example(qtbot, window)
    choose(window, RPIE(iterations=4))
    session, form, control = window.session, window.method_panel.form, Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(window.isActiveWindow)
    fields = (
        (form.editor("alpha").lineEdit(), "0.2"), (window.simulate_panel.overlap, "50"),
        (window.run_panel.form.editor("seed").lineEdit(), "7"),
    )  # fmt: skip
    for field, text in fields:
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        with qtbot.waitSignal(session.run_finished, timeout=30_000):
            qtbot.keyClick(field, Qt.Key.Key_R, control)
    window.docks.show("runs")
    field = window.simulate_panel.overlap
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "60")
    with qtbot.waitSignal(session.run_finished, timeout=30_000):
        queue = window.runs_panel.actions_by_name["queue"]
        (button,) = (b for b in window.runs_panel.findChildren(QToolButton) if b.defaultAction() is queue)
        click(qtbot, button)
    first, second, third, fourth = session.runs
    assert first.method == RPIE(iterations=4, alpha=0.2)
    assert [len(run.scan) for run in (first, second)] == [36, 49]
    assert third.seed == 7
    assert len(fourth.scan) > 49


def test_controls_of_the_docks_have_names(window):
    """A label or an accessible name, for all that has a value; tables name their rows themselves."""
    labelled = {label.buddy() for label in window.findChildren(QLabel)}
    for name in ("simulate", "method", "scan", "run", "probe"):
        dock = window.flow.steps[name]
        trees = dock.findChildren(QTreeView)
        for kind in (QAbstractSpinBox, QComboBox, QSlider, QTreeView):
            for control in dock.findChildren(kind):
                if not any(tree.isAncestorOf(control) for tree in trees):
                    assert control.accessibleName() or control in labelled, f"{name}: {control.toolTip()}"


def test_empty_pictures_say_what_to_do_with_the_key_that_does_it(qtbot, new_window, scan):
    window = new_window()
    window.show_page(STEPS)
    hint = window.object.canvas.hint
    assert hint.isVisible()
    for name in ("open", "example"):
        assert f"({window.menus.actions[name].shortcut().toString()})" in hint.text()
    window.request.set_scan(scan)
    qtbot.waitUntil(lambda: f"Run ({window.menus.actions['run'].shortcut().toString()})" in hint.text())
    choose(window, AWF(iterations=5))
    run_to_end(qtbot, window)
    assert not hint.isVisible()


def test_a_window_closed_while_the_slider_rests_simulates_nothing(qtbot, window):
    window.load_example()
    qtbot.waitUntil(lambda: window.simulator.specimen is not None and not len(window.jobs), timeout=20_000)
    window.simulate_panel.overlap.setValue(33)
    assert window.simulator.pending
    window.close()
    assert not window.simulator.pending


def test_the_tour_visits_every_part_of_exploring(qtbot, window):
    window.menus.actions["tour"].trigger()
    (tour,) = window.findChildren(Tour)
    shown = []
    for place in range(len(tour.stops)):
        assert tour.place == place
        shown += [name for name, step in window.flow.steps.items() if step.visibleRegion().boundingRect()]
        at = tour.next.mapTo(window, tour.next.rect().center())
        assert window.childAt(at) is tour.next, f"stop {place} lies under what it speaks of"
        click(qtbot, tour.next)
    assert {"scan", "simulate", "probe", "method", "run"} <= set(shown)
    assert not tour.isVisible()
