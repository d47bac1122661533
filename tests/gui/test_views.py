"""Views work alone, from plain data."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import history_of, small_object, step_of
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QStyle, QStyleOptionSlider, QWidget

from ptygui.experiment.run import Run
from ptygui.figures.colours import AMPLITUDE, PHASE, PHASE_RANGE, complex_colours
from ptygui.figures.levels import CIRCLE, visited
from ptygui.figures.ticks import round_below
from ptygui.gui.model.footprints import measured
from ptygui.gui.model.probe_summary import probe_summary
from ptygui.gui.model.quantities import counted
from ptygui.gui.parts import SIDE
from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.colour_bar import HIGH, ColourBar
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.pair import PairGrid
from ptygui.gui.views.picture import Picture
from ptygui.gui.views.probe import ProbeView, faded
from ptygui.gui.views.residual import ResidualView
from ptygui.gui.views.sampling_table import SamplingTable, duration
from ptygui.gui.views.scan import ScanView
from ptygui.gui.views.timeline import TimelineView
from ptygui.gui.widgets.colour_maps import colour_map
from ptygui.history import History
from ptygui.methods import RPIE
from ptygui.physics.overlap import Acquisition
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


@pytest.fixture
def view(qtbot, scan):
    view = ObjectView()
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show()
    view.show_scan(scan)
    return view


def test_shows_amplitude_and_phase_turned_to_the_truth(view, scan):
    view.show_step(step_of(scan, scale=np.exp(1.3j)))
    pictures = {part: view.canvas.panes["estimate", part].image.image for part in ("amplitude", "phase")}
    np.testing.assert_allclose(pictures["amplitude"], np.abs(scan.truth), atol=1e-5)
    np.testing.assert_allclose(pictures["phase"], np.angle(scan.truth), atol=1e-4)
    view.align.click()
    assert not np.allclose(view.canvas.panes["estimate", "phase"].image.image, np.angle(scan.truth), atol=0.1)


def test_the_read_out_is_of_what_is_drawn_and_sums_up_no_image(view, scan, monkeypatch):
    view.show_step(step_of(scan, scale=np.exp(1.3j)))
    drawn = view.canvas.panes["estimate", "phase"].image.image[5, 7]
    monkeypatch.setattr("ptygui.gui.views.object.view_factor", None)  # per move of the mouse: too dear
    assert f", {drawn:+.3f} rad" in view.describe(5, 7)
    view.align.click()
    assert f", {np.angle(view.step.obj[5, 7]):+.3f} rad" in view.describe(5, 7)


def test_levels_are_locked_until_auto(view, scan):
    view.show_step(step_of(scan))
    locked = view.levels()
    view.show_step(step_of(scan, 2, scale=3))
    assert view.levels() == locked
    view.auto.click()
    assert view.levels()[1] == pytest.approx(3 * locked[1], rel=0.01)


def test_without_truth_levels_of_a_live_run_only_widen_unless_far_too_wide(view, scan):
    view.show_scan(replace(scan, truth=None))
    widths = []
    for scale in (1, 1.3, 1.15, 0.1):
        view.show_step(step_of(scan, scale=scale), live="run")
        low, high = view.levels()
        widths.append(high - low)
    assert widths[0] < widths[1] == widths[2]
    assert widths[3] < 0.2 * widths[0]


@pytest.mark.parametrize("known", [True, False])
def test_a_step_looks_the_same_whatever_was_looked_at_before(view, scan, known):
    view.show_scan(scan if known else replace(scan, truth=None))
    view.align.setChecked(False)
    wide, narrow = (replace(step_of(scan), obj=flat_phase(scan, reach)) for reach in (1.9, 1.2))
    view.show_step(wide, live="another run")
    view.show_step(narrow, live="run")
    assert view.levels("phase")[1] < 1.3  # whatever another run had
    view.show_step(wide, live="run")
    widest = view.levels("phase")[1]
    view.show_step(narrow, live="run")
    assert view.levels("phase")[1] == widest  # live, they do not flicker
    view.show_step(narrow, narrow)
    found = view.levels("phase")
    assert found[1] < widest - 0.3
    for step in (wide, narrow):
        view.show_step(step, narrow)
        assert view.levels("phase") == found
        assert tuple(view.canvas.panes["estimate", "phase"].image.levels) == found


def flat_phase(scan, reach):
    """An object of amplitude one whose phase rises from 0 to `reach` along the rows."""
    rows, columns = scan.object_shape
    return np.tile(np.exp(1j * np.linspace(0, reach, columns)), (rows, 1)).astype(np.complex64)


def test_neither_wrapped_pixels_nor_dark_ones_flatten_the_phase(view, scan):
    view.show_scan(replace(scan, truth=None))
    obj = flat_phase(scan, 0.6)
    obj[16, 15:17] *= np.exp(3j)
    where = visited(scan)
    assert 0.3 < where.mean() < 0.9
    obj[~where] *= np.exp(2.5j)
    view.align.setChecked(False)
    view.show_step(replace(step_of(scan), obj=obj))
    low, high = view.levels("phase")
    assert 0 <= low < 0.1
    assert 0.5 < high <= 0.6
    image = view.canvas.panes["estimate", "phase"].image
    assert tuple(image.levels) == (low, high)
    assert image.getColorMap() is not colour_map(PHASE)  # its ends have one colour


def test_phases_all_around_and_those_asked_for_have_cyclic_colours(qtbot, view, scan):
    view.show_scan(replace(scan, truth=None))
    view.show_step(replace(step_of(scan), obj=flat_phase(scan, 2 * np.pi)))
    image = view.canvas.panes["estimate", "phase"].image
    assert view.levels("phase") == CIRCLE
    assert image.getColorMap() is colour_map(PHASE)
    view.show_step(replace(step_of(scan), obj=flat_phase(scan, 0.6)))
    assert view.levels("phase") != CIRCLE
    qtbot.mouseClick(view.circle, Qt.MouseButton.LeftButton, pos=QPoint(6, view.circle.height() // 2))
    assert tuple(image.levels) == view.levels("phase") == CIRCLE
    assert image.getColorMap() is colour_map(PHASE)


def test_phases_beyond_those_of_the_truth_are_told_apart(view, scan):
    view.show_scan(replace(scan, truth=flat_phase(scan, 0.6)))
    before = view.levels("phase")
    assert before[1] - before[0] < 0.6
    obj = flat_phase(scan, 0.6)
    obj[10:22, 10:22] *= np.exp(-0.9j)
    view.align.setChecked(False)
    view.show_step(replace(step_of(scan), obj=obj))
    assert view.levels("phase")[0] < before[0] - 0.3
    assert view.levels("phase")[1] == pytest.approx(before[1])


@pytest.mark.parametrize("size", [100, 700])
def test_where_the_probe_has_been(size):
    truth = np.ones((size, size - 8), np.complex64)
    scan = simulate(truth, make_probe("disk", 20, 12), Simulation(overlap=0.1))
    expected = np.zeros(truth.shape, bool)
    for row, column in scan.corners:
        expected[row + 5 : row + 15, column + 5 : column + 15] = True
    n = -(-size // 256)
    found = visited(scan)
    assert found.shape == expected[::n, ::n].shape
    assert found[expected[::n, ::n]].all()
    assert found.mean() < (1 + 0.25 * (n - 1)) * expected.mean() + 1e-9


def test_truth_or_x_t_beside(view, scan):
    assert [button.isEnabled() for button in view.choices.values()] == [True, False]
    view.set_beside("truth")
    np.testing.assert_allclose(
        view.canvas.panes["beside", "amplitude"].image.image, np.abs(scan.truth), atol=1e-6
    )
    x_t = np.zeros((2, *scan.object_shape), np.float32)
    view.show_step(step_of(scan, x_t=x_t, level=0.5))
    assert view.choices["x_t"].isEnabled()
    view.set_beside("x_t")
    pane = view.canvas.panes["beside", "phase"]
    assert pane.image.image.max() == 0
    assert tuple(pane.image.levels) == (-2.5, 2.5)
    assert pane.title.text == "x_t, phase channel, ±2.5"
    view.show_step(step_of(scan, 2))
    assert pane.image.image is None
    assert pane.title.text == "no x_t in this step"
    view.show_step(step_of(scan, x_t=x_t, level=0.5))
    assert "x_t" in view.describe(3, 4, "beside")


def test_without_a_truth_none_is_drawn_beside(view, scan):
    view.set_beside("truth")
    view.show_scan(replace(scan, truth=None))
    view.show_step(step_of(scan, nrmse=None))
    shown = [pane for pane in view.canvas.panes.values() if pane.scene() is not None]
    assert len(shown) == 2
    assert [panel.title for panel in view.figure().panels] == ["x̂0, amplitude", "x̂0, phase"]
    view.show_scan(scan)  # what was chosen is back with the truth
    assert len([pane for pane in view.canvas.panes.values() if pane.scene() is not None]) == 4


def test_pictures_share_zoom_and_scale(qtbot, view, scan):
    view.set_beside("truth")
    view.show_step(step_of(scan))
    lead = view.canvas.panes["estimate", "amplitude"].vb
    qtbot.waitUntil(lambda: lead.viewRange()[1][0] < 0 and lead.viewRange()[1][1] > 32)
    lead.setRange(xRange=(4, 12), yRange=(8, 16), padding=0)
    lead.sigRangeChangedManually.emit([True, True])
    for pane in view.canvas.panes.values():
        (x0, x1), (y0, y1) = pane.vb.viewRange()
        assert x0 <= 4
        assert x1 >= 12
        np.testing.assert_allclose([(x0 + x1) / 2, (y0 + y1) / 2], [8, 12], atol=1e-6)
    view.fit()
    assert lead.viewRange()[1][1] > 32


def test_read_out_says_where_and_what(qtbot, view, scan):
    view.show_scan(replace(scan, pixel_size_m=1e-6))
    view.show_step(step_of(scan))
    value = scan.truth[5, 7]
    said = view.describe(5, 7)
    for word in ("row 5, column 7 (5, 7 µm)", "x̂0 ", f"{abs(value):.3f}", f"{np.angle(value):+.3f} rad"):
        assert word in said
    assert view.describe(-1, 0) == ""
    qtbot.wait(1)
    pane = view.canvas.panes["estimate", "amplitude"].vb
    at = view.canvas.mapFromScene(pane.mapViewToScene(QPointF(7.5, 5.5)))
    qtbot.mouseMove(view.canvas.viewport(), at + QPoint(1, 1))
    qtbot.mouseMove(view.canvas.viewport(), at)
    qtbot.waitUntil(lambda: "row 5, column 7" in view.readout.text())


def test_the_read_out_is_of_the_step_that_is_shown(qtbot, view, scan):
    view.align.setChecked(False)
    view.show_scan(scan)
    view.show_step(step_of(scan))
    qtbot.wait(1)
    at = view.canvas.mapFromScene(
        view.canvas.panes["estimate", "amplitude"].vb.mapViewToScene(QPointF(7.5, 5.5))
    )
    qtbot.mouseMove(view.canvas.viewport(), at + QPoint(1, 1))
    qtbot.mouseMove(view.canvas.viewport(), at)
    qtbot.waitUntil(lambda: "row 5, column 7" in view.readout.text())
    view.show_step(replace(step_of(scan), obj=0.5 * scan.truth))
    assert f"x̂0 {abs(0.5 * scan.truth[5, 7]):.3f}, " in view.readout.text()
    QApplication.sendEvent(view.canvas.viewport(), QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not view.readout.text())
    assert view.named.isVisible()
    assert all(len(cursor.getData()[0]) == 0 for cursor in view.canvas.linked.cursors)
    view._pointed = (5, 7, "estimate")
    view.show_step(step_of(scan))
    assert view.readout.text()
    view.show_scan(scan)
    assert not view.readout.text()


def test_a_step_needs_no_scan(qtbot, scan):
    alone = ObjectView()
    qtbot.addWidget(alone)
    alone.show_step(step_of(scan))
    assert alone.canvas.panes["estimate", "phase"].image.image.shape == scan.object_shape


def test_only_one_part(view, scan):
    view.show_step(step_of(scan))
    view.set_parts("phase")
    assert view.canvas.panes["estimate", "amplitude"] not in view.canvas.ci.items
    view.set_parts("both")
    assert view.canvas.panes["estimate", "amplitude"] in view.canvas.ci.items


@pytest.mark.parametrize("orientation", ["horizontal", "vertical"])
def test_a_colour_bar_goes_to_the_right_or_upwards_and_rules_its_pictures(qtbot, orientation):
    canvas, image = Canvas(), Picture()
    qtbot.addWidget(canvas)
    bar = ColourBar(AMPLITUDE, (0, 1), orientation)
    canvas.addItem(bar)
    canvas.show()
    qtbot.waitExposed(canvas)
    strip = canvas.mapFromScene(bar._strip.sceneBoundingRect()).boundingRect()
    picture, far = canvas.grab().toImage(), (HIGH + 4, HIGH + 4)
    for share, end in ((0.04, 0.0), (0.96, 1.0)):  # beyond the levels are the colours of their ends
        along = QPoint(round(share * strip.width()), far[1])
        place = along if orientation == "horizontal" else QPoint(far[0], round((1 - share) * strip.height()))
        seen = picture.pixelColor(strip.topLeft() + place).getRgb()
        np.testing.assert_allclose(seen, bar.colours.map(end), atol=12)
    bar.colour([image])
    bar.set_levels((2.0, 5.0))
    assert tuple(image.levels) == (2.0, 5.0)
    assert bar.axis.range[0] < 2.0 < 5.0 < bar.axis.range[1]
    bar.set_colours(colour_map(PHASE_RANGE))
    assert image.getColorMap() is bar.colours is colour_map(PHASE_RANGE)


def test_colours_follow_the_palette(qtbot, view):
    palette = view.palette()
    palette.setColor(palette.ColorRole.Window, QColor("#202020"))
    palette.setColor(palette.ColorRole.WindowText, QColor("#f0f0f0"))
    view.canvas.setPalette(palette)
    assert view.canvas.backgroundBrush().color().name() == "#202020"
    assert view.canvas.bars["phase"].axis.textPen().color().name() == "#f0f0f0"


@pytest.fixture
def timeline(qtbot, scan):
    timeline = TimelineView()
    qtbot.addWidget(timeline)
    timeline.resize(800, 60)
    timeline.add_keys(timeline)
    history = history_of(scan, 30)
    timeline.show_history(history)
    timeline.frame_requested.connect(lambda place: timeline.show_step(history.frames[place]))
    timeline.show_step(history.frames[4])
    timeline.show()
    qtbot.waitExposed(timeline)
    timeline.slider.setFocus()
    return timeline


def test_keys_walk_the_timeline(qtbot, timeline):
    shift = Qt.KeyboardModifier.ShiftModifier
    for key, modifier, place in (
        (Qt.Key.Key_Right, None, 5),
        (Qt.Key.Key_Left, None, 4),
        (Qt.Key.Key_Right, shift, 14),
        (Qt.Key.Key_Left, shift, 4),
        (Qt.Key.Key_Left, shift, 0),
        (Qt.Key.Key_End, None, 29),
        (Qt.Key.Key_Right, None, 29),
        (Qt.Key.Key_Home, None, 0),
    ):
        qtbot.keyClick(timeline.slider, key, *([modifier] if modifier else []))
        assert timeline.place == place
    assert "step 1 of 30" in timeline.label.text()


def test_without_steps_what_is_said_stands_in_the_middle(qtbot, timeline):
    def off() -> float:
        """From the middle of the buttons to that of the words."""
        middles = [w.mapTo(timeline, w.rect().center()).y() for w in (timeline.label, timeline.live)]
        return abs(middles[0] - middles[1])

    assert timeline.memory.isVisible()
    timeline.show_history(History())
    assert timeline.label.text() == "no steps yet"
    qtbot.waitUntil(lambda: off() <= 2)


def test_the_noise_of_a_step_stands_beside_it(timeline, scan, qtbot):
    timeline.show_step(step_of(scan, 3, 30, level=0.0352))
    assert timeline.label.text() == "step 3 of 30  ·  σ 0.0352"
    timeline.show_step(step_of(scan, 3, 30, level=0.21, t=430))
    assert timeline.label.text() == "step 3 of 30  ·  t 430, σ 0.21"
    timeline.show_step(step_of(scan, 30, 30, level=0.0))
    assert timeline.label.text() == "step 30 of 30  ·  σ 0"
    view = ObjectView()
    qtbot.addWidget(view)
    view.show_scan(scan)
    view.show_step(step_of(scan, 3, 30, level=0.0352))
    titles = {part: view.canvas.panes["estimate", part].title.text for part in ("amplitude", "phase")}
    assert titles == {"amplitude": "x̂0, amplitude  ·  σ 0.0352", "phase": "x̂0, phase [rad]"}


def test_space_plays_to_the_end(qtbot, timeline):
    timeline.go(26)
    qtbot.keyClick(timeline.slider, Qt.Key.Key_Space)
    assert timeline.playing
    qtbot.waitUntil(lambda: timeline.place == 29 and not timeline.playing)


def test_l_loops_and_play_goes_on_from_the_first_frame(qtbot, timeline):
    qtbot.keyClick(timeline.slider, Qt.Key.Key_L)
    assert timeline.buttons["loop"].isChecked()
    timeline.go(28)
    seen = []
    timeline.frame_requested.connect(seen.append)
    qtbot.keyClick(timeline.slider, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: seen[:3] == [29, 0, 1])
    qtbot.keyClick(timeline.slider, Qt.Key.Key_L)
    assert not timeline.buttons["loop"].isChecked()
    qtbot.keyClick(timeline.slider, Qt.Key.Key_Space)
    assert not timeline.playing


def test_the_shown_step_stays_when_frames_before_it_are_thinned(qtbot, timeline):
    history = timeline.history
    timeline.go(28)
    shown = history.frames[28].index
    history.shrink(history.nbytes // 3)
    assert len(history.frames) < 28
    timeline.show_history(history)
    assert timeline.place == history.nearest(shown)
    assert timeline.slider.value() == history.frames[timeline.place].index
    assert f"frame {timeline.place + 1}/{len(history.frames)}" in timeline.memory.text()
    held, bound = history.nbytes / 2**20, history.max_bytes / 2**20
    assert timeline.memory.text().endswith(f", {held:.0f} of {bound:.0f} MB")
    with qtbot.waitSignal(timeline.pin_requested) as asked:
        timeline.toggle_pin()
    assert asked.args[0] in [frame.index for frame in history.frames]


def handle_of(slider):
    """Where a slider's handle is drawn: a rectangle of the slider."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(control, option, part, slider)


def red_mark(timeline):
    """The column of the strip that is red from top to bottom."""
    picture = timeline.strip.grab().toImage()
    columns = []
    for x in range(picture.width()):
        colours = [picture.pixelColor(x, y) for y in range(8, picture.height())]
        if all(c.red() > c.blue() + 60 for c in colours):
            columns.append(x)
    (column,) = columns
    return column / picture.devicePixelRatio()


@pytest.mark.parametrize("count", [2, 30, 500])
@pytest.mark.parametrize("width", [800, 1311])
def test_handle_and_mark_stand_over_one_another(qtbot, timeline, scan, count, width):
    """At both ends and between, also where frames are not even and the run has gone but a little way."""
    run = Run(1, scan, RPIE(iterations=count))
    run.outcome = "done"
    run.history = history_of(scan, count)
    timeline.resize(width, timeline.height())
    timeline.show_run(run)
    timeline.show_history(run.history)
    shown = {1, 2, count // 3, count - 1, count} & set(range(1, count + 1))
    for index in sorted(shown):
        timeline.show_step(run.history.frames[index - 1])
        assert abs(handle_of(timeline.slider).center().x() - red_mark(timeline)) <= 1
    assert handle_of(timeline.slider).right() >= timeline.slider.width() - 2
    timeline.show_step(run.history.frames[0])
    assert handle_of(timeline.slider).left() <= 1
    run.outcome, run.history = "running", History()
    for k in range(1, count + 1):
        run.history.append(step_of(scan, k, 4 * count))
    timeline.show_history(run.history)
    timeline.show_step(run.history.last)
    at = handle_of(timeline.slider).center().x()
    assert abs(at - red_mark(timeline)) <= 1
    assert at < timeline.slider.width() / 3
    run.outcome = "stopped"
    timeline.show_history(run.history)
    assert handle_of(timeline.slider).right() >= timeline.slider.width() - 2
    assert abs(handle_of(timeline.slider).center().x() - red_mark(timeline)) <= 1


def test_the_mouse_drags_from_frame_to_frame_and_the_wheel_turns_them(qtbot, timeline):
    history, slider = timeline.history, timeline.slider
    history.shrink(history.nbytes // 4)  # uneven
    timeline.show_history(history)
    timeline.go(0)
    start, left = handle_of(slider).center(), Qt.MouseButton.LeftButton
    qtbot.mousePress(slider, left, pos=start)
    seen = set()
    for x in range(start.x(), slider.width() + 20, 3):
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(x, start.y()), slider.mapToGlobal(QPointF(x, start.y())),
            Qt.MouseButton.NoButton, left, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(slider, event)
        seen.add(timeline.place)
        assert slider.value() == history.frames[timeline.place].index
    qtbot.mouseRelease(slider, left, pos=QPoint(slider.width(), start.y()))
    assert seen == set(range(len(history.frames)))
    wheel = QWheelEvent(
        QPointF(5, 5), slider.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, wheel)
    assert timeline.place == len(history.frames) - 1 - QApplication.wheelScrollLines()
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert timeline.place == len(history.frames) - 1
    qtbot.keyClick(slider, Qt.Key.Key_PageDown)
    assert timeline.place == max(0, len(history.frames) - 11)


def test_map_of_footprints_and_redundancy(qtbot, scan):
    view = ScanView()
    qtbot.addWidget(view)
    footprints = measured(scan, Simulation(), Acquisition())
    assert view.bar.opacity() == 0
    assert "No scan yet" in view.hint.text()
    view.show_footprints(footprints)
    assert view.hint.text() == ""
    assert view.bar.opacity() == 1
    assert len(view.centres.data) == len(scan)
    np.testing.assert_array_equal(view.object.image, np.abs(scan.truth))
    np.testing.assert_array_equal(view.redundancy.image, footprints.sampling.counts)
    (words,) = [item for item in view.bar.childItems() if getattr(item, "labelText", "")]
    assert words.labelText == "times lit"
    assert words.label.isVisible()
    assert view.bar.levels == (0, max(2, round(footprints.sampling.counts.max())))
    ticks = view.bar.axis._tickLevels[0]
    assert ticks[0] == (0, "0")
    assert 2 <= len(ticks) <= 6


def test_a_uniform_object_is_not_drawn_black(qtbot, scan):
    view = ScanView()
    qtbot.addWidget(view)
    even = replace(scan, truth=np.ones_like(scan.truth))
    view.show_footprints(measured(even, Simulation(), Acquisition()))
    low, high = view.object.levels
    assert low < 1 < high


@pytest.fixture
def maps(qtbot, scan):
    view = ScanView()
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    qtbot.waitExposed(view)
    view.show_footprints(measured(scan, Simulation(), Acquisition()))
    return view


def test_a_click_on_either_map_names_the_place(qtbot, maps):
    for plot in maps.panes:
        centre = maps._footprints.centres[7]
        at = maps.mapFromScene(plot.vb.mapViewToScene(QPointF(centre[1] + 0.5, centre[0] - 0.5)))
        with qtbot.waitSignal(maps.place_clicked) as clicked:
            qtbot.mouseMove(maps.viewport(), at)
            qtbot.mouseClick(maps.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert clicked.args == pytest.approx([centre[0] - 0.5, centre[1] + 0.5], abs=0.3)


def test_maps_fill_their_places_again_after_sizes_came_and_went(qtbot, scan, maps):
    rows, columns = scan.object_shape

    def filled() -> bool:
        ranges = [plot.vb.viewRange() for plot in maps.panes]
        around = all(x[0] <= 0 and x[1] >= columns and y[0] <= 0 and y[1] >= rows for x, y in ranges)
        return around and all(min(np.ptp(x), np.ptp(y)) < 1.1 * max(rows, columns) for x, y in ranges)

    for size in ((200, 500), (2560, 300), (150, 700), (400, 200)):
        maps.resize(*size)
        qtbot.waitUntil(filled)


@pytest.mark.parametrize("photons", [3.0, 1e4])
def test_the_truth_leaves_in_a_pattern_what_the_residual_expects_of_noise(qtbot, photons):
    scan = simulate(small_object(128), make_probe("medium", 64), Simulation(photons=photons), name="dim")
    view = ResidualView()
    qtbot.addWidget(view)
    view.show()
    view.show_scan(scan)
    view.show_step(step_of(scan))
    for pane in view.panes:
        ranges = pane.vb.viewRange()
        assert all(low <= 0 < scan.width <= high for low, high in ranges)
        assert np.ptp(ranges, axis=1).min() < 1.1 * scan.width
    left, alone = (float(x) for x in re.findall(r"(?:per pixel|alone:) ([\d.]+)", view.facts.text()))
    assert left == pytest.approx(alone, rel=0.2, abs=0.01)
    assert 0 < alone < 0.5  # not one: most pixels are dark


def test_a_pattern_that_is_masked_as_a_whole_has_no_misfit(qtbot, scan):
    mask = np.ones(scan.patterns.shape, bool)
    mask[0] = False
    view = ResidualView()
    qtbot.addWidget(view)
    view.show()
    view.show_scan(replace(scan, mask=mask))
    view.show_step(step_of(scan))
    assert "χ² per pixel 0.00" in view.facts.text()


def test_figures_of_a_single_position_say_what_is_undefined(qtbot, scan):
    view = SamplingTable()
    qtbot.addWidget(view)
    one = replace(scan, patterns=scan.patterns[:1], positions=scan.positions[:1])
    view.show_footprints(measured(one, Simulation(), Acquisition(reference_overlap=0.98)))
    said = {name: label.text() for name, label in view.values.items()}
    assert said["linear"] == said["pairwise"] == said["step"] == "—"
    assert said["positions"] == "1"
    assert said["dose"] == "—"  # a step of 0.3 px


def test_figures_are_whole_in_their_panel_and_say_where_they_are_cut(qtbot, scan):
    """Long ones, in the width that the panel has at first, of which tabs and margins take a little."""
    panel, view = QWidget(), SamplingTable()
    qtbot.addWidget(panel)
    view.setParent(panel)
    view.resize(SIDE - 16, 90)
    panel.show()
    qtbot.waitExposed(panel)
    footprints = measured(scan, Simulation(), Acquisition())
    sampling = replace(footprints.sampling, step=20.0, redundancy=13.25, data_per_unknown=11.25)
    long = replace(footprints, sampling=sampling, pixel_size_m=0.461e-6, seconds=654, dose=0.87)
    view.show_footprints(long)
    qtbot.wait(1)  # the layout
    values = view.values
    assert values["step"].text() == "20 px, 9.22 µm"
    cut = {name for name, value in values.items() if value.sizeHint().width() > value.width()}
    assert cut == set()
    view.resize(SIDE - 70, 90)
    qtbot.waitUntil(values["step"].is_cut)
    assert values["step"].shown().endswith("…")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "0.5 s"), (7.24, "7.2 s"), (72, "72 s"), (150, "2.5 min"), (36_000, "10 h")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (73.54, "73.5"), (999.7, "1000"), (12_340, "12300"), (99_960, "1 × 10⁵"),
     (1.0123e7, "1.01 × 10⁷"), (2.5e-5, "2.5 × 10⁻⁵")],
)  # fmt: skip
def test_counts_have_three_digits_and_no_e(number, text):
    assert counted(number) == text


def test_large_objects_are_thinned_but_read_out_exactly(view, scan):
    big = np.tile(scan.truth, (64, 40))
    large = replace(scan, truth=big, object_shape=big.shape)
    view.show_scan(large)
    view.show_step(replace(step_of(scan), obj=big))
    image = view.canvas.panes["estimate", "amplitude"].image
    assert max(image.image.shape) <= 1024
    assert image.mapRectToParent(image.boundingRect()).height() == pytest.approx(64 * 32)
    assert f"{abs(big[2001, 7]):.3f}" in view.describe(2001, 7)
    view.show_scan(scan)
    view.show_step(step_of(scan))
    assert image.mapRectToParent(image.boundingRect()).height() == 32


def test_the_portrait_of_a_probe(qtbot):
    view = ProbeView()
    qtbot.addWidget(view)
    view.show_summary(probe_summary(make_probe("disk", 64, 40), "disk"))
    assert "50 / 90 / 95 % of the energy 28" in view.words.text()
    assert "effective 40" in view.words.text()
    view.set_pixel_size(1e-8)
    assert "effective 40.0 px = 400 nm" in view.words.text() or "399 nm" in view.words.text()
    far = view.panes["far"].image.image
    assert far[32, 32] == 0  # the brightest, in the middle
    assert far.min() >= -4


def test_the_phase_fades_where_there_is_no_light():
    probe = make_probe("disk", 64, 40) * np.exp(0.5j * np.pi)
    summary = probe_summary(probe, "disk")
    picture = faded(summary.amplitude, summary.phase)
    assert picture.dtype == np.uint8
    assert picture[32, 32, 3] == 255
    assert picture[0, 0, 3] == 0
    assert (picture[20:44, 20:44, :3] == picture[32, 32, :3]).all()
    summary = probe_summary(probe * -1, "disk")
    other = faded(summary.amplitude, summary.phase)
    assert (other[32, 32, :3] != picture[32, 32, :3]).any()
    assert probe_summary(make_probe("disk", 512), "wide").amplitude.shape == (256, 256)


def test_complex_colours_are_phase_and_amplitude():
    numbers = np.array([[1, 1j, -1, -1j, 0.5, 0, 2, np.exp(1j * np.pi / 3)]])
    colours = complex_colours(numbers, 1.0)[0].tolist()
    red, cyan = np.array(colours[0]), np.array(colours[2])
    assert red[0] > 1.5 * red[1:].max()
    assert cyan[1:].min() > 1.5 * cyan[0]  # opposite
    assert np.array(colours[4]).max() < red.max()
    assert colours[5] == [0, 0, 0]
    assert colours[6] == colours[0]  # amplitudes beyond the top
    light = np.array([colours[k] for k in range(4)]) @ (0.2126, 0.7152, 0.0722)
    assert np.ptp(light) < 0.2 * light.mean()  # no hue is much lighter than another
    around = complex_colours(np.exp(2j * np.pi * np.arange(720) / 720)[None], 1.0)[0].astype(int)
    assert abs(np.diff(np.vstack([around, around[:1]]), axis=0)).max() <= 5  # no seam at ±π


def test_complex_view_with_truth_and_with_x_t(view, scan):
    view.show_step(step_of(scan, scale=np.exp(0.7j), x_t=np.zeros((2, 32, 32), np.float32), level=0.5))
    view.set_parts("complex")
    expected = complex_colours(scan.truth, view.levels()[1])
    np.testing.assert_allclose(
        view.canvas.panes["estimate", "complex"].image.image.astype(int), expected, atol=3
    )
    view.set_beside("truth")
    np.testing.assert_array_equal(view.canvas.panes["beside", "complex"].image.image, expected)
    shown = {key for key, pane in view.canvas.panes.items() if pane in view.canvas.ci.items}
    assert shown == {("estimate", "complex"), ("beside", "complex")}
    assert view.canvas.bars["complex"] in view.canvas.ci.items
    assert view.canvas.bars["complex"].top == view.levels()[1]
    view.set_beside("x_t")
    shown = {key for key, pane in view.canvas.panes.items() if pane in view.canvas.ci.items}
    assert shown == {("estimate", "complex"), ("beside", "amplitude"), ("beside", "phase")}


def test_what_comes_in_sight_is_of_the_shown_step(view, scan):
    view.show_step(step_of(scan))
    view.set_parts("phase")
    view.show_step(step_of(scan, 2, scale=0.5))
    view.set_parts("both")
    np.testing.assert_allclose(
        view.canvas.panes["estimate", "amplitude"].image.image, 0.5 * np.abs(scan.truth), atol=1e-5
    )


def test_no_white_flash_in_the_dark(qtbot, view, scan):
    palette = view.palette()
    palette.setColor(palette.ColorRole.Window, QColor("#202020"))
    palette.setColor(palette.ColorRole.WindowText, QColor("#f0f0f0"))
    view.canvas.setPalette(palette)
    view.show_step(step_of(scan, x_t=np.zeros((2, 32, 32), np.float32), level=0.5))
    seen = []

    def white():
        picture = view.canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(picture.bits().asarray(picture.sizeInBytes()), np.uint8)
        seen.append(float((rows > 250).mean()))

    for parts in ("amplitude", "complex", "both"):
        view.set_parts(parts)
        for beside in ("truth", "x_t", "nothing"):
            white()
            view.set_beside(beside)
            white()
            qtbot.wait(1)
            white()
    assert len(seen) == 27
    assert max(seen) < 0.02  # a few letters


def test_one_cursor_in_all_pictures(qtbot, view, scan):
    view.set_beside("truth")
    view.show_step(step_of(scan))
    qtbot.wait(1)
    vb = view.canvas.panes["beside", "phase"].vb
    at = view.canvas.mapFromScene(vb.mapViewToScene(QPointF(20.5, 9.5)))
    qtbot.mouseMove(view.canvas.viewport(), at + QPoint(1, 1))
    qtbot.mouseMove(view.canvas.viewport(), at)
    qtbot.waitUntil(lambda: "row 9, column 20" in view.readout.text())
    assert {tuple(float(v[0]) for v in cursor.getData()) for cursor in view.canvas.linked.cursors} == {
        (20.5, 9.5)
    }
    assert all(cursor.isVisible() for cursor in view.canvas.linked.cursors)
    corner = itertools.cycle((QPoint(1, 1), QPoint(2, 1)))

    def left() -> bool:  # pyqtgraph drops moves that follow one another within 10 ms
        qtbot.mouseMove(view.canvas.viewport(), next(corner))
        return not view.readout.text()

    qtbot.waitUntil(left)
    assert not any(cursor.isVisible() for cursor in view.canvas.linked.cursors)


def test_the_cursor_is_moved_and_the_pictures_zoomed_by_keys(qtbot, window, scan):
    window.object.show_step(step_of(scan))
    canvas, alt = window.object.canvas, Qt.KeyboardModifier.AltModifier
    box = canvas.panes["estimate", "phase"].vb
    canvas.setFocus()
    whole = np.ptp(box.viewRange()[0])
    qtbot.keyClick(canvas, Qt.Key.Key_Up, alt)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, alt | Qt.KeyboardModifier.ShiftModifier)
    assert canvas.linked.at == (15, 26)
    obj = step_of(scan).obj * window.object.factor
    assert f"x̂0 {abs(obj[15, 26]):.3f}" in window.object.readout.text()
    for _ in range(3):
        qtbot.keyClick(canvas, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert np.ptp(box.viewRange()[0]) == pytest.approx(whole / 1.5**3, rel=0.01)
    for _ in range(2):
        qtbot.keyClick(canvas, Qt.Key.Key_Left, alt | Qt.KeyboardModifier.ShiftModifier)
    assert canvas.linked.at == (15, 6)
    assert box.viewRange()[0][0] <= 6 < box.viewRange()[0][1]  # the pictures have moved along
    qtbot.keyClick(canvas, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert np.ptp(box.viewRange()[0]) == pytest.approx(whole / 1.5**2, rel=0.01)
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert np.ptp(box.viewRange()[0]) == pytest.approx(whole, rel=0.01)


def test_scale_bar_is_a_round_length_in_the_unit_known(qtbot, view, scan):
    view.show_step(step_of(scan))
    scale = view.canvas.scales["amplitude"]
    qtbot.waitUntil(lambda: scale.text == "5 px")
    view.show_scan(replace(scan, pixel_size_m=461e-9))
    assert scale.boundingRect().isEmpty()  # nothing to measure
    view.show_step(step_of(scan))
    assert scale.text == "2 µm"
    assert scale.pixels == pytest.approx(2e-6 / 461e-9)
    bar = scale._width / scale.view.width() * scale.view.viewRect().width()
    assert bar == pytest.approx(scale.pixels)
    lead = view.canvas.panes["estimate", "amplitude"].vb
    lead.setRange(xRange=(4, 8), yRange=(8, 12), padding=0)
    assert scale.text == "500 nm"
    view.set_parts("phase")
    assert not view.canvas.scales["amplitude"].isVisible()
    assert view.canvas.scales["phase"].isVisible()


@pytest.mark.parametrize("size", [(1200, 300), (420, 700), (260, 260)])
def test_the_scale_bar_lies_on_the_picture(qtbot, view, scan, size):
    view.resize(*size)
    view.show_step(step_of(scan))
    scale, image = view.canvas.scales["amplitude"], view.canvas.panes["estimate", "amplitude"].image

    def inside():
        bar, picture = scale.sceneBoundingRect(), image.sceneBoundingRect()
        return not bar.isEmpty() and picture.contains(bar)

    qtbot.waitUntil(inside)
    assert scale._width <= 0.3 * image.sceneBoundingRect().width() * 1.001


@pytest.mark.parametrize(("value", "expected"), [(9.9, 5), (10, 10), (0.0021, 0.002), (1e-6, 1e-6), (4, 2)])
def test_round_lengths(value, expected):
    assert round_below(value) == pytest.approx(expected)


@pytest.mark.parametrize("view", [ScanView, ObjectView, PairGrid])
def test_a_view_can_be_made_with_a_parent(qtbot, view):
    above = QWidget()
    qtbot.addWidget(above)
    assert view(above).parent() is above
