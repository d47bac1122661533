"""The page Overlap as a user meets it: swept, read, dragged, stepped through, deleted, saved."""

import asyncio
import csv
import os
import re

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QFileDialog

from ptygui.experiment.overlap_limit import NRMSE
from ptygui.gui.pages import OVERLAP, STEPS
from ptygui.gui.panels.runs_cells import STATE, cell_of
from ptygui.methods import AWF, RPIE

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def ready(qtbot, window):
    """The page in front, set to two short methods at three overlaps of the small object."""
    for method in (AWF(iterations=30), RPIE(iterations=9)):
        window.request.set_method(method)
    window.run_panel.form.row("device").setValue("cpu")
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    assert window.pages.currentIndex() == OVERLAP
    panel = window.sweep_panel
    for key, box in panel.boxes.items():
        box.setChecked(key in ("awf", "rpie"))
    for box, value in ((panel.lowest, 25), (panel.highest, 75), (panel.by, 25)):
        box.setValue(value)
    return window


def sweep(qtbot, window):
    with qtbot.waitSignal(window.sweeper.finished, timeout=60_000) as end:
        qtbot.mouseClick(window.sweep_panel.start, LEFT)
    qtbot.waitUntil(lambda: len(window.sweep_view.curves) > 0 and not window.sweeper.live)
    return end.args[0]


def test_before_a_sweep_the_axis_spans_what_scores_may_be(ready):
    view = ready.sweep_view
    for row, (low, high) in enumerate(((-2, 0), (0, 1))):  # powers of ten of the NRMSE; SSIM
        view.score.setCurrentIndex(row)
        found = view.plot.plot.vb.viewRange()[1]
        assert found[0] <= low
        assert found[1] >= high


def test_a_sweep_answers_at_which_overlap_a_method_passes(qtbot, ready, monkeypatch, tmp_path):
    view, session = ready.sweep_view, ready.session
    assert "6 runs, time known after a first run: 3 overlaps of " in ready.sweep_panel.said.text()
    assert sweep(qtbot, ready) == "done"
    qtbot.waitUntil(lambda: sum(len(c.places) for c in view.curves) == 6)
    assert [c.method for c in view.curves] == [AWF(iterations=30), RPIE(iterations=9)]
    assert [run.number for run in session.runs] == [1, 2, 3, 4, 5, 6]
    assert session.runs[0].name == "1 awf 75.0 % sweep 1"
    assert [round(100 * p.overlap) for p in view.curves[0].places] == [25, 50, 75]
    densest = view.curves[0].places[-1].runs[0].last.nrmse
    view.threshold.setValue(round(densest + 0.002, 3))  # as one types it
    assert "linear overlap up" in view.rows.labels[0].text()
    view.plot.line.setValue(-3)  # as one drags it: on a logarithmic axis
    assert view.threshold.value() == pytest.approx(1e-3)
    assert "not below 0.001 up to 75.0 %" in view.rows.labels[0].text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "sweep.csv"), ""))
    qtbot.mouseClick(view.csv, LEFT)
    qtbot.waitUntil((tmp_path / "sweep.csv").exists)
    qtbot.waitUntil(lambda: not len(ready.jobs))
    rows = list(csv.reader((tmp_path / "sweep.csv").read_text().splitlines()))
    assert len(rows) == 7
    assert {row[1] for row in rows[1:]} == {"awf", "rpie"}


def test_the_lowest_point_that_did_not_converge_is_doubted_in_words(qtbot, ready):
    """AWF's 300 iterations are enough at 75 %, not at 50 %, where the score passes all the same."""
    ready.request.set_method(AWF(iterations=300))
    ready.sweep_panel.boxes["rpie"].setChecked(False)
    view = ready.sweep_view
    sweep(qtbot, ready)
    qtbot.waitUntil(lambda: sum(len(c.places) for c in view.curves) == 3)
    scores = [place.runs[0].last.nrmse for place in view.curves[0].places]
    view.threshold.setValue(round(scores[1] + 0.002, 3))
    (label,) = view.rows.labels
    assert " from 50.0 % linear overlap up" in label.text()
    assert (
        "But the run at 50.0 % did not converge: without such runs it passes from 75.0 % up." in label.text()
    )
    assert "did not converge: without such runs" in view.about()  # in the caption of the figure, too
    view.threshold.setValue(round(scores[2] + 0.002, 3))
    assert " from 75.0 % linear overlap up" in label.text()
    assert "But the run" not in label.text()


def test_boxes_stay_while_the_runs_of_their_curves_come(qtbot, ready):
    """Else a click between two of them is lost, and the keyboard goes elsewhere."""
    view = ready.sweep_view
    sweep(qtbot, ready)
    qtbot.waitUntil(lambda: len(view.plot.dots) == 6)
    boxes = list(view.rows.boxes)
    qtbot.waitUntil(ready.isActiveWindow)
    boxes[1].setFocus()
    ready.session.delete([view.plot.dots[0][2]])
    qtbot.waitUntil(lambda: len(view.plot.dots) == 5)
    assert view.rows.boxes == boxes
    assert boxes[1].hasFocus()
    qtbot.keyClick(boxes[1], Qt.Key.Key_Space)
    assert {curve.sweep for curve in view.shown()} == {1}
    assert len(view.shown()) == 1
    qtbot.keyClick(ready, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert boxes[1].isChecked()
    assert len(view.shown()) == 2


def test_a_dot_shows_its_run_by_mouse_and_by_keys(qtbot, ready):
    view, look = ready.sweep_view, ready.session.selection
    sweep(qtbot, ready)
    qtbot.waitUntil(lambda: len(view.plot.dots) == 6)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert "50.0 %, step 8 px, 9 positions" in view.readout.text()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert ready.pages.currentIndex() == STEPS
    assert look.run is view.plot.dots[1][2]
    assert ready.object.named.text() == f"run {look.run.name}"
    qtbot.waitUntil(lambda: ready.object.step is look.run.last)
    ready.show_page(OVERLAP)
    qtbot.waitUntil(lambda: len(view.plot.dots) == 6)
    qtbot.wait(50)  # the plot takes its size
    x, y, run = view.plot.dots[4]
    at = view.plot.mapFromScene(view.plot.plot.vb.mapViewToScene(QPointF(x, y)))
    qtbot.mouseClick(view.plot.viewport(), LEFT, pos=at)
    qtbot.waitUntil(lambda: look.run is run)
    assert ready.object.named.text() == f"run {run.name}"
    ready.session.rename(run, "mine")
    qtbot.waitUntil(lambda: ready.object.named.text() == f"run {run.name}")
    assert "mine" in run.name
    ready.session.delete(list(ready.session.runs))
    assert ready.object.named.text() == ""


def test_a_dot_just_beyond_the_threshold_reads_as_beyond_it(qtbot, ready):
    view = ready.sweep_view
    sweep(qtbot, ready)
    qtbot.waitUntil(lambda: len(view.plot.dots) == 6)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    run = view.plot.dots[0][2]
    below = np.floor(1000 * run.last.nrmse) / 1000  # as close as can be typed
    view.threshold.setValue(below)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert f"run {run.name}, " in view.readout.text()
    assert float(view.readout.text().split("NRMSE ")[1].split(",")[0]) > below


def test_the_curves_of_a_sweep_are_drawn_for_a_paper(qtbot, ready, tmp_path):
    """No run is shown yet: the figure can be had all the same."""
    view = ready.sweep_view
    assert view.figure() is None
    assert not view.paper.isEnabled()
    sweep(qtbot, ready)
    qtbot.waitUntil(lambda: sum(len(c.places) for c in view.curves) == 6)
    assert ready.session.selection.run is None
    view.threshold.setValue(0.25)
    qtbot.mouseClick(view.paper, LEFT)
    dialog = ready.export_dialog
    enabled = {form for form, box in dialog.forms.items() if box.isEnabled()}
    assert enabled == {"figure", "scan", "cxi", "ptyd", "positions-csv"}
    assert dialog.details["figure"].text().startswith("AWF (iterations 30): NRMSE ")
    dialog.folder.setText(str(tmp_path))
    dialog.name.setText("mine")
    dialog.page.kind.setCurrentText("SVG")
    with qtbot.waitSignal(ready.exporter.noted, timeout=20_000):
        qtbot.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Save), LEFT)
    words = re.findall(r"<text[^>]*>([^<]*)", (tmp_path / "mine_figure.svg").read_text("utf-8"))
    legend = {"1: AWF (iterations 30)", "1: rPIE (iterations 9)"}
    assert legend | {"NRMSE", "0.25", "linear overlap, as reached [%]"} <= set(words)
    assert "NRMSE not below 0.25" in " ".join(words) or "linear overlap up" in " ".join(words)
    figure = view.figure()
    for line, curve in zip(figure.graphs[0].lines, view.curves, strict=True):
        assert line.dots
        assert list(line.y) == [place.runs[0].last.nrmse for place in curve.places]
        assert list(line.x) == [100 * place.overlap for place in curve.places]
    view.rows.boxes[0].click()
    assert [words for _, words in view.figure().legend] == ["1: rPIE (iterations 9)"]
    view.score.setCurrentText("SSIM")
    assert not view.figure().graphs[0].log_y


def test_a_sweep_stops_at_once_and_keeps_what_is_over(qtbot, ready):
    ready.request.set_method(RPIE(iterations=10_000_000))
    for key, box in ready.sweep_panel.boxes.items():
        box.setChecked(key in ("awf", "rpie"))
    qtbot.mouseClick(ready.sweep_panel.start, LEFT)
    qtbot.waitUntil(lambda: len(ready.session.runs) == 1, timeout=30_000)  # AWF comes first
    assert ready.sweep_panel.bar.isVisible()
    view = ready.sweep_view
    view.threshold.setValue(10)
    qtbot.waitUntil(lambda: len(view.curves) == 1)
    assert "linear overlap up" in view.rows.labels[0].text()
    assert "No lower one" not in view.rows.labels[0].text()  # lower ones are to come
    assert view.rows.labels[0].text().startswith("So far (the sweep is running): ")
    with qtbot.waitSignal(ready.sweeper.finished, timeout=5000) as end:
        qtbot.keyClick(ready, Qt.Key.Key_Escape)
    assert end.args == ["stopped"]
    assert [run.outcome for run in ready.session.runs] == ["done"]
    assert "No lower one was tried." in view.rows.labels[0].text()
    assert "So far" not in view.rows.labels[0].text()
    assert ready.sweep_panel.start.isEnabled()


def test_the_keyboard_stays_with_the_buttons_of_a_sweep(qtbot, ready):
    panel, asked = ready.sweep_panel, ready.sweep_panel.value()
    panel.start.setFocus()
    with qtbot.waitSignal(ready.sweeper.finished, timeout=60_000):
        qtbot.keyClick(panel.start, Qt.Key.Key_Space)
        assert ready.focusWidget() is panel.stop
    assert ready.focusWidget() is panel.start
    assert panel.value() == asked
    ready.request.set_method(RPIE(iterations=10_000_000))
    with qtbot.waitSignal(ready.sweeper.finished, timeout=60_000) as end:
        qtbot.keyClick(panel.start, Qt.Key.Key_Space)
        qtbot.keyClick(ready.focusWidget(), Qt.Key.Key_Space)
    assert end.args == ["stopped"]
    panel.lowest.setFocus()
    with qtbot.waitSignal(ready.sweeper.finished, timeout=60_000):
        qtbot.keyClick(ready, Qt.Key.Key_M, CTRL | SHIFT)
        assert ready.focusWidget() is panel.lowest  # who works there is left in peace
        qtbot.keyClick(ready, Qt.Key.Key_Escape)


def test_sweeps_lie_over_one_another_and_are_deleted(qtbot, ready):
    view = ready.sweep_view
    ready.sweep_panel.boxes["rpie"].setChecked(False)
    sweep(qtbot, ready)
    ready.request.set_method(AWF(iterations=60))
    ready.sweep_panel.seeds.setValue(2)
    with qtbot.waitSignal(ready.sweeper.finished, timeout=60_000):
        qtbot.keyClick(ready, Qt.Key.Key_M, CTRL | SHIFT)
    qtbot.waitUntil(lambda: [c.sweep for c in view.curves] == [1, 2])
    qtbot.waitUntil(lambda: [len(p.runs) for p in view.curves[1].places] == [2, 2, 2])
    assert view.curves[1].seeds == 2
    view.rows.boxes[0].setFocus()
    qtbot.keyClick(view.rows.boxes[0], Qt.Key.Key_Space)
    assert [c.sweep for c in view.shown()] == [2]
    qtbot.keyClick(ready, Qt.Key.Key_Z, CTRL)
    assert [c.sweep for c in view.shown()] == [1, 2]
    assert all(box.isChecked() for box in view.rows.boxes)
    qtbot.keyClick(ready, Qt.Key.Key_Z, CTRL | SHIFT)
    assert [c.sweep for c in view.shown()] == [2]
    assert [box.isChecked() for box in view.rows.boxes] == [False, True]
    qtbot.mouseClick(view.clear, LEFT)  # those drawn
    qtbot.waitUntil(lambda: [c.sweep for c in view.curves] == [1])
    ready.session.undelete()
    qtbot.waitUntil(lambda: [c.sweep for c in view.curves] == [1, 2])


def test_a_sweep_is_in_the_project(qtbot, ready, tmp_path):
    from ptygui.files.project import read_project, write_project
    from ptygui.gui.wiring.projects import project_of

    sweep(qtbot, ready)
    path = write_project(tmp_path / "a.ptygui.h5", project_of(ready))
    again = read_project(path)
    assert [run.sweep for run in again.runs] == [1] * 6
    assert again.settings["sweep"]["lowest"] == 0.25
    ready.sweep_view.show_runs(again.runs)
    assert len(ready.sweep_view.curves) == 2


def test_a_project_brings_back_which_sweeps_are_open(qtbot, ready, new_window, tmp_path):
    from ptygui.files.project import write_project
    from ptygui.gui.wiring.projects import project_of

    for _ in range(2):
        sweep(qtbot, ready)
    view, panel = ready.runs_panel.view, ready.runs_panel
    assert view.rootIsDecorated()
    assert panel.open_sweeps() == []
    panel.open_only([2])
    path = write_project(tmp_path / "a.ptygui", project_of(ready))
    other = new_window()
    with qtbot.waitSignal(other.projects.opened, timeout=20_000):
        other.open(str(path), "project")
    assert other.runs_panel.open_sweeps() == [2]
    assert not other.banner.isVisible()


def test_without_a_method_nothing_is_swept(qtbot, ready):
    for box in ready.sweep_panel.boxes.values():
        box.setChecked(False)
    qtbot.mouseClick(ready.sweep_panel.start, LEFT)
    assert "no method is ticked" in ready.banner.label.text()
    assert not ready.sweeper.live


def finished(qtbot, coroutine):
    """What a coroutine gives, on the loop that runs."""
    task = asyncio.ensure_future(coroutine)
    qtbot.waitUntil(task.done, timeout=20_000)
    return task.result()


def test_workers_carry_out_a_sweep_with_the_results_of_this_process(
    qtbot, ready, loop, tmp_path, monkeypatch
):
    monkeypatch.setattr(loop, "is_running", lambda: True)  # as it is, outside of tests
    distributed = pytest.importorskip(
        "distributed", reason="dask is not installed: pip install ptygui[cluster]"
    )
    quiet = {"dashboard_address": "127.0.0.1:0", "host": "127.0.0.1", "port": 0}
    worker = {"cls": distributed.Worker, "options": {"nthreads": 1, "memory_limit": 0}}
    scheduler = {"cls": distributed.Scheduler, "options": quiet}

    async def begun():
        return await distributed.SpecCluster({0: worker}, scheduler, asynchronous=True, silence_logs=50)

    cluster = finished(qtbot, begun())
    panel, session = ready.sweep_panel, ready.session
    ready.sweeper.folder = tmp_path / "sweeps"
    panel.workers.setEditText(cluster.scheduler_address)
    panel.workers.chosen.emit()
    assert ready.request.sweep.workers == cluster.scheduler_address
    assert sweep(qtbot, ready) == "done"
    runs = list(session.runs)
    assert sorted((run.method.key(), round(run.overlap, 2)) for run in runs) == [
        (key, overlap) for key in ("awf", "rpie") for overlap in (0.25, 0.5, 0.75)
    ]
    assert all(run.outcome == "done" and run.worker for run in runs)
    assert all(cell_of(run, STATE).startswith("done on ") for run in runs)
    assert all(run.worker.endswith(f":{os.getpid()}") for run in runs)
    finished(qtbot, cluster.close())
    monkeypatch.undo()
    panel.workers.show_value("")  # here, they are the same
    panel.workers.chosen.emit()
    assert sweep(qtbot, ready) == "done"
    here = {(run.method, run.overlap): run.last.obj for run in session.runs[6:]}
    assert len(here) == 6
    assert all(np.array_equal(here[run.method, run.overlap], run.last.obj) for run in runs)


def test_workers_that_cannot_be_are_refused(qtbot, ready):
    ready.sweep_panel.workers.setEditText("many")
    ready.sweep_panel.workers.chosen.emit()
    qtbot.mouseClick(ready.sweep_panel.start, LEFT)
    assert "workers are 'many'" in ready.banner.label.text()
    assert not ready.sweeper.live


def test_the_map_has_every_score_and_opens_runs(qtbot, ready):
    view, look = ready.sweep_view, ready.session.selection
    assert "6 runs, time known after a first run: 3 overlaps of " in ready.sweep_panel.said.text()
    ready.sweep_panel.seeds.setValue(2)
    sweep(qtbot, ready)
    qtbot.waitUntil(lambda: sum(len(p.runs) for c in view.curves for p in c.places) == 12)
    assert re.search(r"12 runs, about [\d.]+ (s|min): 3 overlaps of ", ready.sweep_panel.said.text())
    view.look.setCurrentText("map")
    table = view.map
    assert [table.horizontalHeaderItem(k).text() for k in range(3)] == ["25.0 %", "50.0 %", "75.0 %"]
    assert [table.verticalHeaderItem(k).text() for k in range(2)] == [curve.name for curve in view.curves]
    for row, curve in enumerate(view.curves):
        for column, place in enumerate(curve.places):
            shown = table.item(row, column).text().removesuffix(" ○")
            assert float(shown.removesuffix(" ✓")) == pytest.approx(place.values(NRMSE).mean(), rel=0.01)
            assert shown.endswith("✓") == bool((place.values(NRMSE) <= view.threshold.value()).all())
    best = view.curves[0].places[2]
    view.threshold.setValue(round(max(best.values(NRMSE)) + 0.002, 3))
    assert "✓" in table.item(0, 2).text()
    at = table.visualItemRect(table.item(1, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=at)
    qtbot.waitUntil(lambda: look.run in view.curves[1].places[0].runs)
    assert look.run.last.nrmse == max(view.curves[1].places[0].values(NRMSE))
    assert ready.pages.currentIndex() == STEPS


def test_a_file_says_what_to_sweep_and_three_clicks_make_a_figure(qtbot, window, monkeypatch, tmp_path):
    (tmp_path / "mine.toml").write_text(
        'methods = ["awf:iterations=7", "rpie:iterations=5"]\nobject = "smear:2:64"\nprobe_width = 16\n'
        "from = 0.5\nto = 0.75\nby = 0.25\n[simulation]\nphotons = 1e4\n"
    )
    window.run_panel.form.row("device").setValue("cpu")
    window.show_page(OVERLAP)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "mine.toml"), ""))
    qtbot.mouseClick(window.sweep_view.open, LEFT)
    qtbot.waitUntil(lambda: window.request.sweep.methods == ("awf", "rpie"), timeout=20_000)
    assert window.simulator.options.photons == 1e4
    assert window.request.scan.name == "smear 2"
    assert window.request.scan.width == 16
    said = window.sweep_panel.said.text()
    assert "4 runs, time known after a first run: 2 overlaps of smear 2" in said
    assert sweep(qtbot, window) == "done"
    qtbot.waitUntil(lambda: sum(len(c.places) for c in window.sweep_view.curves) == 4)
    assert [c.method for c in window.sweep_view.curves] == [AWF(iterations=7), RPIE(iterations=5)]
    qtbot.mouseClick(window.sweep_view.paper, LEFT)
    assert window.export_dialog.forms["figure"].isEnabled()
