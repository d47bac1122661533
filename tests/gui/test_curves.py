"""Curves: drawn from plain runs, with marks, cursor, other runs and a table."""

import csv
import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from conftest import history_of, step_of
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QPainter, QPicture

from ptygui.experiment.run import Origin, Run
from ptygui.figures.ticks import linear_ticks
from ptygui.gui.views.axis import LABEL, WIDE, Axis
from ptygui.gui.views.canvas import Canvas, bare_plot
from ptygui.gui.views.curves import MOST, ROOM, CurvesView
from ptygui.methods import DPS, RPIE


def run_of(scan, count, number=1, **more):
    return Run(number, scan, RPIE(iterations=count), history=history_of(scan, count, **more))


def drawn(curve, line=None):
    """The numbers of a line, the first by default."""
    x, y = (line or curve.line).getData()
    if x is None:
        return [], []
    return 10**x if curve.log_x else x, 10**y if curve.log_y else y


@pytest.fixture
def curves(qtbot):
    curves = CurvesView()
    qtbot.addWidget(curves)
    curves.resize(900, 220)
    curves.show()
    qtbot.waitExposed(curves)
    return curves


def scene_place(qtbot, curves, key, x, y):
    qtbot.wait(1)
    vb = curves.plots[key].plot.vb
    return curves.canvas.mapFromScene(vb.mapViewToScene(QPointF(x, y)))


def test_plots_without_a_run_say_so(curves, scan):
    assert "Run (Ctrl+R)" in curves.canvas.hint.text()
    assert all(plot.plot.scene() is None for plot in curves.plots.values())  # blank ones take no room
    curves.show_run(run_of(scan, 3))
    assert curves.canvas.hint.text() == ""
    curves.show_run(None)
    assert curves.canvas.hint.isVisible()
    curves.show_others([run_of(scan, 3)])  # selected in the list, and drawn without one that is shown
    assert not curves.canvas.hint.isVisible()


def test_shown_step_and_floor_are_marked(curves, scan):
    run = run_of(scan, 10)
    curves.show_run(run)
    curves.show_step(run.history.frames[4])
    misfit = curves.plots["misfit"]
    assert misfit.marker.value() == 5
    assert misfit.floor.isVisible()
    assert misfit.floor.value() == 0  # a log axis, and the misfit is drawn over the noise
    np.testing.assert_allclose(drawn(misfit)[1], 0.1 / np.arange(1, 11) / 0.01)
    np.testing.assert_allclose(drawn(curves.plots["nrmse"])[1], 0.5 / np.arange(1, 11))
    assert misfit.heading.text == "misfit / photon noise: 2"
    curves.show_run(None)
    assert not misfit.marker.isVisible()


def test_axis_gives_way_seldom_and_only_where_it_must(curves, scan):
    """A falling curve is given room below for steps to come, and none above."""
    run = run_of(scan, 1)
    curves.show_run(run)
    plot, widened = curves.plots["nrmse"].plot, []
    top = plot.vb.viewRange()[1][1]
    plot.vb.sigYRangeChanged.connect(widened.append)
    for index in range(2, 61):
        run.history.append(step_of(scan, index, 60))  # an NRMSE of 0.5 / index
        curves.show_history(run.history)
    (low, high), last = plot.vb.viewRange()[1], np.log10(0.5 / 60)
    assert high == pytest.approx(top)
    assert last - 0.4 * (high - low) < low < last
    assert len(widened) < 8


def test_long_runs_stay_light(curves, scan):
    curves.show_run(run_of(scan, 5000))
    assert curves.log_x
    x, _ = drawn(curves.plots["ssim"])
    assert len(x) <= MOST
    assert (x[0], x[-1]) == pytest.approx((1, 5000))


def test_without_noise_the_misfit_is_drawn_by_itself(curves, scan):
    curves.show_run(run_of(scan, 10, noise_floor=0.0))
    curves.show_step(curves.history.frames[4])
    misfit = curves.plots["misfit"]
    assert not misfit.floor.isVisible()
    assert misfit.heading.text == "misfit: 0.02"


def test_time_and_level_of_x_t_have_curves(qtbot, curves, scan):
    run = run_of(scan, 8, level=0.0, t=4)
    curves.show_run(run)
    for key in ("level", "t"):
        qtbot.mouseClick(curves.boxes[key], Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
    np.testing.assert_allclose(drawn(curves.plots["t"])[1], 4)
    curves.show_step(run.last)
    assert curves.plots["t"].heading.text == "t 4"
    assert curves.plots["level"].heading.text == "σ 0"


@pytest.mark.parametrize(("low", "high"), [(0.011, 0.013), (0.09, 0.105), (0.5, 0.55), (1.9, 2.1)])
def test_a_log_axis_has_two_labels_at_least(qapp, low, high):
    ((_, values),) = Axis("left").logTickValues(np.log10(low), np.log10(high), 90, None)
    assert len(values) >= 2
    assert all(low * 0.999 <= 10**value <= high * 1.001 for value in values)


def test_without_truth_nrmse_takes_no_room(qtbot, curves, scan):
    curves.show_run(run_of(scan, 3, nrmse=None, ssim=None, moved=0.2))
    curves.show_step(curves.history.last)
    shown = {key for key, curve in curves.plots.items() if curve.plot.scene() is not None}
    assert shown == {"misfit", "moved"}
    assert curves.boxes["nrmse"].isHidden()
    for key in shown:
        assert len(drawn(curves.plots[key])[0]) == 3
    wide = curves.canvas.viewport().width()
    qtbot.waitUntil(lambda: curves.plots["misfit"].plot.vb.sceneBoundingRect().width() > 0.35 * wide)
    curves.show_run(run_of(scan, 3))
    assert curves.plots["nrmse"].plot.scene() is not None
    assert curves.plots["moved"].plot.scene() is None


def test_a_click_asks_for_that_step(qtbot, curves, scan):
    curves.show_run(run_of(scan, 10))
    at = scene_place(qtbot, curves, "ssim", 7, 0.5)
    with qtbot.waitSignal(curves.index_requested) as asked:
        qtbot.mouseMove(curves.canvas.viewport(), at)
        qtbot.mouseClick(curves.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked.args == [7]


def test_one_cursor_goes_through_all_plots(qtbot, curves, scan):
    curves.show_run(run_of(scan, 10))
    at = scene_place(qtbot, curves, "nrmse", 4.2, -0.9)
    qtbot.mouseMove(curves.canvas.viewport(), at + QPoint(1, 0))
    qtbot.mouseMove(curves.canvas.viewport(), at)
    qtbot.waitUntil(lambda: "step 4" in curves.readout.text())
    assert "NRMSE 0.125" in curves.readout.text()
    assert "misfit 2.5 × noise" in curves.readout.text()
    for key in ("nrmse", "ssim", "misfit"):
        assert curves.plots[key].cursor.isVisible()
        assert curves.plots[key].cursor.value() == 4
    corner = itertools.cycle((QPoint(1, 1), QPoint(2, 1)))

    def left() -> bool:  # pyqtgraph drops moves that follow one another within 10 ms
        qtbot.mouseMove(curves.canvas.viewport(), next(corner))
        return not curves.plots["ssim"].cursor.isVisible()

    qtbot.waitUntil(left)
    assert "step 4" in curves.readout.text()  # stays while the run is shown
    curves.show_run(run_of(scan, 3))
    assert not curves.readout.text()


def test_lines_are_named_where_they_end(curves, scan):
    run, other = run_of(scan, 10, held_out=1.5), run_of(scan, 7, number=2)
    curves.show_run(run)
    curves.show_others([other])
    misfit = [item.text() for item in curves.plots["misfit"].labels.items if item.isVisible()]
    assert set(misfit) >= {"misfit", "held out", other.name}
    assert other.name in [item.text() for item in curves.plots["nrmse"].labels.items]
    curves.show_others([])
    assert other.name not in [label.text for label in curves.plots["nrmse"].labels._said]


def test_plots_are_high_enough_to_read(qtbot, curves, scan):
    curves.show_run(run_of(scan, 10))
    curves.resize(900, 100)
    qtbot.waitUntil(lambda: curves.plots["ssim"].plot.vb.height() >= 150)


@pytest.mark.parametrize(("low", "high"), [(0.9871, 0.9874), (0.0, 1.0), (-3.0, 250.0), (0.41, 0.44)])
@pytest.mark.parametrize("most", [1.5, 3.0, 9.0])
def test_a_linear_axis_has_two_labels_at_least(low, high, most):
    ticks = linear_ticks(low, high, most)
    assert len(ticks) >= 2
    assert all(low <= tick <= high for tick in ticks)


def test_the_meter_draws_prior_and_data(qtbot, curves, scan):
    run = run_of(scan, 8, prior_step=0.2, data_step=0.05, level=0.3)
    curves.show_run(run)
    for key in ("steps", "level"):
        qtbot.mouseClick(curves.boxes[key], Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
        assert curves.boxes[key].isChecked()
    prior, data = curves.plots["steps"].lines
    np.testing.assert_allclose(drawn(curves.plots["steps"], prior)[1], 0.2)
    np.testing.assert_allclose(drawn(curves.plots["steps"], data)[1], 0.05)
    np.testing.assert_allclose(drawn(curves.plots["level"])[1], 0.3)
    curves.show_step(run.last)
    assert "0.2 ┄ 0.05" in curves.plots["steps"].heading.text


def test_all_plots_fit_a_small_window(qtbot, curves, scan):
    run = run_of(scan, 8, prior_step=0.2, data_step=0.05, level=0.3, t=4, moved=0.1)
    curves.show_run(run)
    curves.show_step(run.last)
    for box in curves.boxes.values():
        box.setChecked(True)
    assert len(curves.plots) > ROOM
    inside = curves.canvas.viewport().width()
    places = lambda: [c.plot.vb.sceneBoundingRect() for c in curves.plots.values()]  # noqa: E731
    qtbot.waitUntil(lambda: max(p.right() for p in places()) <= inside)
    qtbot.waitUntil(lambda: max(p.width() for p in places()) < 1.1 * min(p.width() for p in places()))
    assert curves.plots["steps"].heading.text.startswith("prior ┄ data")


@pytest.mark.parametrize(("axis", "number"), [("seconds", "seconds"), ("evaluations", "nfe")])
def test_other_axes_keep_the_marked_step(qtbot, curves, scan, axis, number):
    run = run_of(scan, 10)
    run.history.numbers["nfe"] = list(range(2, 22, 2))
    curves.show_run(run)
    curves.show_step(replace(run.history.frames[3], nfe=8))
    curves.axis.setFocus()
    qtbot.keyClicks(curves.axis, axis)
    assert curves.axis.currentText() == axis
    np.testing.assert_allclose(drawn(curves.plots["ssim"])[0], run.history.numbers[number])
    assert curves.plots["ssim"].marker.value() == run.history.numbers[number][3]
    qtbot.mouseClick(curves.log, Qt.MouseButton.LeftButton, pos=QPoint(6, 8))
    assert curves.plots["ssim"].marker.value() == pytest.approx(np.log10(run.history.numbers[number][3]))


def test_other_runs_are_drawn_behind_and_named(curves, scan):
    run, other = run_of(scan, 10), run_of(scan, 25, number=2)
    curves.show_run(run)
    assert not curves.legend.isVisible()
    curves.show_others([run, other, Run(3, scan, DPS())])  # itself and one without steps are left away
    assert curves.others == [other]
    (line,) = curves.plots["nrmse"]._others
    np.testing.assert_allclose(drawn(curves.plots["nrmse"], line)[0], np.arange(1, 26))
    assert curves.plots["nrmse"].plot.vb.viewRange()[0][1] >= 25
    assert curves.legend.isVisible()
    assert run.name in curves.legend.text()
    assert other.name in curves.legend.text()
    curves.show_others([])
    assert not curves.plots["nrmse"]._others
    assert not curves.legend.isVisible()


def test_changed_options_and_pins_are_marked(qtbot, curves, scan):
    run = run_of(scan, 20)
    run.origin = Origin(7, 3)
    run.change(11, replace(run.method, alpha=0.25))
    run.history.pin(5)
    curves.show_run(run)
    assert [line.value() for line in curves.plots["nrmse"].marks] == [3, 11]
    words = [line.label.textItem.toPlainText() for line in curves.plots["nrmse"].marks]
    assert words == ["← 7", "alpha 0.25"]
    assert [line.toolTip() for line in curves.plots["misfit"].marks] == words
    curve = curves.plots["nrmse"]
    box = curve.plot.vb

    def clear() -> bool:
        top = curve.line.mapRectToScene(curve.line.boundingRect()).top()
        rects = [line.label.mapRectToScene(line.label.boundingRect()) for line in curve.marks]
        return all(box.sceneBoundingRect().contains(rect) and rect.bottom() <= top + 1 for rect in rects)

    qtbot.waitUntil(clear)
    assert list(curves.plots["ssim"].pins.getData()[0]) == [5]
    curves.log.click()
    assert [line.value() for line in curves.plots["nrmse"].marks] == pytest.approx(np.log10([3, 11]))


def test_the_table_holds_every_number_of_all_runs(qtbot, curves, scan):
    run, other = run_of(scan, 10, level=0.25), run_of(scan, 4, number=2, ssim=None)
    other.given_name = 'the "other", one'
    curves.show_run(run)
    curves.show_others([other])
    with qtbot.waitSignal(curves.csv_requested) as asked:
        qtbot.mouseClick(curves.csv, Qt.MouseButton.LeftButton)
    rows = list(csv.DictReader(io.StringIO(asked.args[0]())))
    assert len(rows) == 14
    assert rows[2]["run"] == run.name
    assert float(rows[2]["nrmse"]) == run.history.numbers["nrmse"][2]
    assert float(rows[2]["level [channels]"]) == 0.25
    assert rows[-1]["run"] == other.given_name
    assert rows[-1]["ssim"] == ""
    assert float(rows[-1]["seconds [s]"]) == step_of(scan, 4).seconds


def test_a_table_is_of_the_moment_it_was_asked_for(qtbot, curves, scan):
    run = run_of(scan, 10)
    curves.show_run(run)
    make = curves.table()
    run.history.append(step_of(scan, 11))
    assert len(make().splitlines()) == 1 + 10


@pytest.mark.parametrize(("side", "room"), [("left", LABEL), ("bottom", WIDE)])
@pytest.mark.parametrize(
    ("low", "high"), [(-1.2, 9.3), (-5.0, 0.1), (-20.0, 20.0), (-0.6, 0.2), (-1.6, -0.97), (-1.3, -0.95)]
)
def test_labels_of_a_log_axis_do_not_overlap(qapp, low, high, side, room):
    ((_, values),) = Axis(side).logTickValues(low, high, 90, None)
    assert len(values) >= 2
    assert np.diff(values).min() * 90 / (high - low) >= room - 1
    assert all(low <= value <= high for value in values)


@pytest.mark.parametrize("size", [(230, 75), (290, 200), (560, 120)])
def test_every_axis_has_two_labels_at_least(qtbot, size):
    canvas, plot = Canvas("curve"), bare_plot()
    qtbot.addWidget(canvas)
    canvas.addItem(plot)
    canvas.resize(*size)
    canvas.show()
    x = np.arange(1, 101)
    plot.plot(x, 0.8 + 0.17 * np.sin(x / 5))
    plot.setXRange(1, 101, padding=0)
    qtbot.waitUntil(lambda: plot.getAxis("left").range[0] > 0.5)
    for side in ("left", "bottom"):
        painter = QPainter(picture := QPicture())
        _, _, texts = plot.getAxis(side).generateDrawSpecs(painter)
        painter.end()
        assert len(texts) >= 2, (side, [text for *_, text in texts], picture)


@pytest.mark.parametrize("wide", [150, 450])
def test_numbers_of_a_horizontal_axis_keep_apart(qapp, wide):
    axis, high = Axis("bottom"), 0.0053
    ((step, ticks),) = axis.tickValues(0.0, high, wide)
    words = axis.tickStrings(ticks, 1.0, step)
    assert len(words) >= 2
    assert max(map(QFontMetrics(QFont()).horizontalAdvance, words)) + 4 < step / high * wide


def test_a_likeness_is_drawn_up_to_one(curves, scan):
    run = run_of(scan, 3, ssim=0.999)
    curves.show_run(run)
    curves.show_history(run.history)
    low, high = curves.plots["ssim"].plot.vb.viewRange()[1]
    assert low < 0.999 < high < 1.01
