"""Pictures as a user handles them: levels, colours, menus, copy and save, and drawing of large ones."""

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from conftest import history_of, step_of
from PyQt6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication, QMenu

from ptygui.analysis.coverage import coverage_of
from ptygui.experiment.run import Run
from ptygui.export.picture import write_picture
from ptygui.figures.colours import INVERTED
from ptygui.gui.model.display import Display
from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.object import ObjectView
from ptygui.gui.views.pane import Pane
from ptygui.gui.views.picture import Picture
from ptygui.gui.views.range_box import RangeBox, _said
from ptygui.gui.views.rows import best_arrangement
from ptygui.gui.views.timeline import TimelineView
from ptygui.gui.views.title import Dots
from ptygui.methods import AWF


@pytest.fixture
def view(qtbot, scan, monkeypatch):
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)  # events of a test come at once
    view = ObjectView()
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show_scan(scan)
    view.show_step(step_of(scan))
    view.show()
    qtbot.waitExposed(view)
    view.canvas.settle()
    return view


def place_of(canvas, bar, value):
    """Where a value is on the histogram of a bar, in the viewport."""
    strip = bar._strip
    return canvas.mapFromScene(strip.mapToScene(QPointF(strip._at(value), 8)))


def send(canvas, kind, at, button, buttons):
    where = QPointF(at)
    QApplication.sendEvent(
        canvas.viewport(),
        QMouseEvent(kind, where, QPointF(canvas.viewport().mapToGlobal(at)), button, buttons,
                    Qt.KeyboardModifier.NoModifier),
    )  # fmt: skip


def drag(canvas, start, end):
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(canvas, QEvent.Type.MouseMove, start, none, none)
    send(canvas, QEvent.Type.MouseButtonPress, start, left, left)
    for share in (0.3, 0.6, 1.0):
        send(canvas, QEvent.Type.MouseMove, start + (end - start) * share, none, left)
    send(canvas, QEvent.Type.MouseButtonRelease, end, left, none)


def open_menu(canvas, pane):
    at = canvas.mapFromScene(pane.vb.sceneBoundingRect().center())
    right, none = Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
    send(canvas, QEvent.Type.MouseButtonPress, at, right, right)
    send(canvas, QEvent.Type.MouseButtonRelease, at, right, none)
    return next(menu for menu in canvas.findChildren(QMenu) if menu.isVisible() and menu.actions())


def entry(menu, text):
    return next(action for action in menu.actions() if action.text().replace("&", "") == text)


def test_a_level_is_dragged_and_stays_while_steps_come(view, scan):
    bar, image = view.canvas.bars["amplitude"], view.canvas.panes["estimate", "amplitude"].image
    low, high = bar.levels
    middle = (low + high) / 2
    drag(view.canvas, place_of(view.canvas, bar, high), place_of(view.canvas, bar, middle))
    assert bar.levels[0] == low
    assert bar.levels[1] == pytest.approx(middle, abs=0.05 * (high - low))
    assert tuple(image.levels) == bar.levels
    held = bar.levels
    view.show_step(step_of(scan, scale=3.0))
    assert view.levels() == held
    view.auto.click()  # levels of each step: those that were set by hand end
    assert view.levels()[1] > 1.5 * held[1]


def test_what_is_between_the_levels_moves_both(view):
    bar = view.canvas.bars["amplitude"]
    low, high = bar.levels
    wide = high - low
    start = place_of(view.canvas, bar, low + 0.5 * wide)
    drag(view.canvas, start, place_of(view.canvas, bar, low + 0.6 * wide))
    assert bar.levels[0] == pytest.approx(low + 0.1 * wide, abs=0.02 * wide)
    assert bar.levels[1] - bar.levels[0] == pytest.approx(wide)


def test_the_range_is_typed_and_given_back(qtbot, view):
    bar = view.canvas.bars["phase"]
    before = bar.levels
    view.canvas.type_range(bar, QPoint(300, 300))
    box = view.canvas.findChild(RangeBox)
    qtbot.keyClicks(box.low, "-0.5")
    box.high.selectAll()
    qtbot.keyClicks(box.high, "0.75")
    qtbot.keyClick(box.high, Qt.Key.Key_Return)
    assert bar.levels == (-0.5, 0.75)
    view.canvas.type_range(bar, QPoint(300, 300))
    qtbot.mouseClick(view.canvas.findChildren(RangeBox)[-1].automatic, Qt.MouseButton.LeftButton)
    assert bar.levels == before


@pytest.mark.parametrize("levels", [(-1.5, 1.5), (0.0, 1e6), (1.25e-14, 5e-14), (0.5, 0.5 + 1e-11)])
def test_what_stands_in_the_box_means_the_levels_of_the_picture(levels):
    said = [float(_said(level, levels)) for level in levels]
    assert said == pytest.approx(levels, abs=1e-3 * (levels[1] - levels[0]), rel=1e-15)


@pytest.fixture
def typed(qtbot, view):
    """Opens the box, types two texts and leaves by a way; returns the box."""

    def type_and_leave(low, high, way):
        view.canvas.type_range(view.canvas.bars["phase"], QPoint(300, 300))
        box = view.canvas.findChildren(RangeBox)[-1]
        qtbot.keyClicks(box.low, low)
        qtbot.keyClick(box.low, Qt.Key.Key_Tab)
        assert box.high.hasFocus()
        qtbot.keyClicks(box.high, high)  # typed over, as a field is that Tab comes to
        if way == "click":
            qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(-20, -20))
        else:
            qtbot.keyClick(box.high, way)
        return box

    return type_and_leave


WAYS = [Qt.Key.Key_Return, Qt.Key.Key_Tab, "click"]


@pytest.mark.parametrize("way", WAYS)
def test_a_typed_range_counts_whichever_way_its_box_is_left(view, typed, way):
    bar = view.canvas.bars["phase"]
    box = typed("-0,5", "0.75", way)
    assert bar.levels == bar.display.locked == (-0.5, 0.75)
    assert box.isVisible() == (way == Qt.Key.Key_Tab)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("0.5", "abc", "'abc' is not a number"),
        ("1e999", "2", "'1e999' is not"),
        ("2", "1", "2 to 1 is no range"),
    ],
)
def test_a_range_that_is_refused_says_so_and_leaves_the_levels(qtbot, view, typed, way, low, high, said):
    bar = view.canvas.bars["phase"]
    before = bar.levels
    box = typed(low, high, way)
    assert box.isVisible()
    assert box.refusal.isVisible()
    assert said in box.refusal.text()
    assert bar.levels == before
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()
    assert bar.levels == before


def test_escape_brings_back_the_levels_that_tab_has_changed(qtbot, view, typed):
    bar = view.canvas.bars["phase"]
    before = bar.levels
    box = typed("-0.5", "0.75", Qt.Key.Key_Tab)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert bar.levels == before
    assert bar.display.locked is None


def test_the_menu_of_a_picture_chooses_colours_for_figures_too(view):
    pane = view.canvas.panes["estimate", "amplitude"]
    maps = entry(open_menu(view.canvas, pane), "Colour map").menu()
    entry(maps, "Magma").trigger()
    assert pane.image.getColorMap().name == "magma"
    assert view.canvas.panes["beside", "amplitude"].image.getColorMap().name == "magma"
    entry(open_menu(view.canvas, pane), "Invert the colours").trigger()
    assert view.figure().panels[0].bar.colours == "magma" + INVERTED
    assert view.canvas.bars["phase"].colours.name != "magma"


def test_levels_of_the_whole_picture_and_locked_ones_by_the_menu(view, scan):
    pane, bar = view.canvas.panes["estimate", "amplitude"], view.canvas.bars["amplitude"]
    lit = bar.levels
    view.align.click()
    glow = np.ones(scan.object_shape)
    glow[:2] = 40  # where no light falls
    view.show_step(step_of(scan, scale=glow))
    assert bar.levels == lit
    entry(open_menu(view.canvas, pane), "Levels of the whole picture").trigger()
    assert bar.levels[1] > 5 * lit[1]
    entry(open_menu(view.canvas, pane), "Lock the levels as they are").trigger()
    held = bar.levels
    view.show_step(step_of(scan))
    assert bar.levels == held
    entry(open_menu(view.canvas, pane), "Levels of the lit area").trigger()
    assert bar.levels == lit


def test_no_histogram_is_left_of_a_picture_that_is_gone(view, scan):
    bar = view.canvas.bars["amplitude"]
    view.canvas.grab()  # it is counted when it is painted
    assert bar.extent is not None
    view.show_scan(replace(scan, name="another"))
    view.canvas.grab()
    assert bar.extent is None


def test_a_phase_is_unwrapped_by_the_menu(view, scan):
    ramp = np.exp(0.5j * np.arange(32)) / scan.truth  # 16 rad across
    view.show_step(step_of(scan, scale=ramp))
    pane = view.canvas.panes["estimate", "phase"]
    entry(open_menu(view.canvas, pane), "Unwrap the phase").trigger()
    steps = np.diff(pane.image.image, axis=1)
    np.testing.assert_allclose(steps, 0.5, atol=1e-3)
    low, high = view.canvas.bars["phase"].levels
    assert high - low > 2 * np.pi


def test_a_picture_is_copied_and_saved_with_all_pixels(qtbot, view, scan, tmp_path):
    import tifffile

    pane = view.canvas.panes["estimate", "phase"]
    entry(open_menu(view.canvas, pane), "Copy picture").trigger()
    copied = QApplication.clipboard().image()
    assert (copied.height(), copied.width()) == scan.object_shape
    with qtbot.waitSignal(view.canvas.save_requested) as asked:
        entry(open_menu(view.canvas, pane), "Save this picture…").trigger()
    (saved,) = asked.args
    written = write_picture(tmp_path / "phase.tif", saved.values, saved.colours, 2e-8)
    np.testing.assert_allclose(tifffile.imread(written), np.angle(view.step.obj * view.factor), atol=1e-6)
    assert write_picture(tmp_path / "phase", saved.values, saved.colours, None).suffix == ".png"


def test_a_magnified_part_of_a_large_object_is_drawn_with_all_its_pixels(qtbot):
    big = np.random.default_rng(0).normal(size=(1600, 1600)).astype(np.float32)
    plot, picture = pg.GraphicsView(), Picture()
    qtbot.addWidget(plot)
    plot.resize(200, 200)
    box = pg.ViewBox(lockAspect=True, invertY=True)
    plot.setCentralItem(box)
    box.addItem(picture)
    picture.setImage(big[::2, ::2], autoLevels=False, levels=(-3, 3))
    picture.set_detail(lambda rows, columns: big[rows, columns], big.shape)
    picture.setRect(0, 0, 1600, 1600)
    box.setRange(xRange=(400, 420), yRange=(700, 720), padding=0)
    plot.show()
    qtbot.waitExposed(plot)
    plot.grab()
    (_, detailed, *_), drawn, _ = picture._drawn
    assert detailed
    assert drawn.height() < 60  # only what is in sight
    box.setRange(xRange=(0, 1600), yRange=(0, 1600), padding=0)
    plot.grab()
    assert max(picture._drawn[1].width(), picture._drawn[1].height()) <= 800


def test_choices_are_remembered_and_damaged_ones_ignored(tmp_path):
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    one, other = Display("phase"), Display("phase")
    one.set_colours("inferno")
    one.set_inverted(True)
    one.set_unwrapped(True)
    one.lock((1.0, 2.0))
    settings.setValue("x", one.kept())
    other.restore(settings.value("x"))
    assert (other.colours, other.inverted, other.unwrapped) == ("inferno", True, True)
    assert other.locked is None
    for damaged in (None, "{", "[]", '{"colours": "no map"}', 3):
        Display("phase").restore(damaged)


def test_nan_is_transparent_and_a_bar_counts_what_is_finite(qtbot):
    bar, picture = ColourBar("viridis", (0, 1)), Picture()
    bar.colour([picture])
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    values[0, 0] = np.nan
    picture.setImage(values, autoLevels=False)
    seen = picture.painted(values)
    assert seen[0, 0, 3] == 0
    assert (seen.reshape(-1, 4)[1:, 3] == 255).all()
    bar._strip._count()
    assert bar._strip._counts.sum() == 63


def test_stripes_lie_where_no_data_decide_and_their_share_is_told(qtbot, view, scan):
    coverage = coverage_of(scan)
    assert 0 < coverage.shares.not_covered < 0.9
    with qtbot.waitSignal(view.coverage_changed):
        view.show_coverage(scan, coverage)
    assert view.covered.text() == f"not lit {100 * coverage.shares.not_covered:.0f} %"
    qtbot.wait(1)  # the zoom is fitted to the new layout in a later turn
    striped = view.canvas.grab().toImage()
    qtbot.mouseClick(view.covered, Qt.MouseButton.LeftButton)
    bare = view.canvas.grab().toImage()
    box = view.canvas.panes["estimate", "amplitude"].vb
    changed = np.zeros(scan.object_shape, bool)
    for row, column in np.ndindex(scan.object_shape):
        for by in np.linspace(0.1, 0.9, 5):
            at = view.canvas.mapFromScene(box.mapViewToScene(QPointF(column + by, row + 0.5)))
            changed[row, column] |= striped.pixel(at) != bare.pixel(at)
    inner = changed[2:-6, 2:-2]  # without the scale bar
    assert (inner == coverage.uncovered[2:-6, 2:-2]).mean() > 0.9
    assert view.canvas.stripes["estimate", "amplitude"].isVisible() is False


def test_the_prior_s_share_is_told_of_the_picture_and_of_a_pixel(qtbot, view, scan):
    share = np.full(scan.object_shape, 0.2, np.float32)
    share[:, :20], share[:8, :] = 0.7, np.nan
    step = replace(step_of(scan), prior_share=share)
    view.coverage_requested.connect(
        lambda of, shown: view.show_coverage(of, coverage_of(of, shown.prior_share))
    )
    view.show_step(step)
    coverage = coverage_of(scan, share)
    np.testing.assert_array_equal(coverage.uncovered[scan.span], ~(share < 0.5)[scan.span])
    assert view.covered.text() == str(coverage.shares)
    assert view.describe(20, 30).endswith("prior 20 %")
    assert view.describe(2, 30).endswith("unlit")
    (first, *_) = view.figure().panels
    np.testing.assert_array_equal(first.striped, coverage.uncovered)
    view.covered.setChecked(False)
    assert view.figure().panels[0].striped is None


@pytest.mark.parametrize(
    ("widths", "size", "way"),
    [
        ([2, 2], (1000, 300), (1, False)), ([2, 2], (700, 700), (2, True)), ([2, 2], (300, 900), (2, False)),
        ([1, 1], (890, 290), (1, True)), ([1, 1], (600, 480), (1, False)),
    ],
)  # fmt: skip
def test_pictures_take_the_arrangement_in_which_they_are_largest(widths, size, way):
    assert best_arrangement(widths, size, (64, 64)) == way


def test_low_pictures_have_their_colour_bars_beside_them(qtbot, view):
    """Below them a bar takes a third of the height; levels, colours and angles are the same in both."""
    view.resize(1100, 700)
    bar, pane = view.canvas.bars["amplitude"], view.canvas.panes["estimate", "amplitude"]
    wheel = view.canvas.bars["phase"]
    view.circle.setChecked(True)
    view.canvas.settle()
    assert bar.sceneBoundingRect().top() >= pane.sceneBoundingRect().bottom()
    levels = bar.levels
    view.resize(1100, 320)
    view.canvas.settle()
    assert bar.sceneBoundingRect().left() >= pane.sceneBoundingRect().right()
    assert pane.vb.sceneBoundingRect().height() > 220
    assert bar.levels == levels
    assert wheel.axis._tickLevels
    assert wheel.axis.orientation == "right"
    strip, high = bar._strip, bar.levels[1]
    place = view.canvas.mapFromScene(strip.mapToScene(QPointF(8, strip._at(high))))
    drag(view.canvas, place, place + QPoint(0, 30))
    assert bar.levels[1] < high  # a handle is dragged along the bar
    view.show_scan(replace(view.scan))  # nothing is drawn: a hint would cover a bar that stands
    view.canvas.settle()
    assert bar.sceneBoundingRect().top() >= pane.sceneBoundingRect().bottom()
    assert wheel.axis.orientation == "bottom"
    view.show_step(step_of(view.scan))
    assert wheel.axis.orientation == "right"


def test_the_truth_is_a_button_and_the_pictures_fill_the_area(qtbot, view):
    view.resize(700, 760)
    qtbot.mouseClick(view.choices["truth"], Qt.MouseButton.LeftButton)
    panes = view.canvas.panes
    qtbot.waitUntil(lambda: panes["beside", "phase"].scene() is not None)
    view.canvas.settle()
    top, bottom = (panes["estimate", part].sceneBoundingRect() for part in ("amplitude", "phase"))
    assert top.bottom() <= bottom.top()
    assert panes["beside", "amplitude"].sceneBoundingRect().left() >= top.right()
    qtbot.mouseClick(view.choices["truth"], Qt.MouseButton.LeftButton)
    assert view.beside == "nothing"


def test_the_timeline_jumps_where_it_is_clicked(qtbot, scan):
    timeline = TimelineView()
    qtbot.addWidget(timeline)
    timeline.resize(900, 60)
    timeline.show()
    history = history_of(scan, 10)
    timeline.show_history(history)
    timeline.show_step(history.frames[0])
    asked = []
    timeline.frame_requested.connect(asked.append)
    for widget, step in ((timeline.slider, 7), (timeline.strip, 4)):
        at = QPoint(round(timeline.slider.x_of(step)), widget.height() // 2)
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
        assert history.frames[asked[-1]].index == step


def test_live_is_told_by_a_word_and_a_colour(qtbot, scan):
    timeline, run = TimelineView(), Run(1, scan, AWF())
    qtbot.addWidget(timeline)
    assert timeline.live.text() == "no run"
    run.outcome = "running"
    timeline.show_run(run)
    assert timeline.live.text() == "● live"
    green = timeline.live.palette().buttonText().color()
    timeline.show_follow(False)
    assert timeline.live.text() == "○ not live"
    assert timeline.live.palette().buttonText().color() != green


def test_the_read_out_follows_the_parts_that_are_shown(view):
    view._point((3, 4, "estimate"))
    assert "rad" in view.readout.text()
    view.set_parts("amplitude")
    assert "rad" not in view.readout.text()
    assert "row 3, column 4" in view.readout.text()
    view.set_parts("phase")
    assert "rad" in view.readout.text()


def test_a_hint_never_covers_the_truth(qtbot, view, scan):
    view.set_beside("truth")
    view.show_scan(replace(scan))
    hint, canvas = view.canvas.hint, view.canvas
    assert hint.isVisible()
    for part in ("amplitude", "phase"):
        shown = canvas.mapFromScene(canvas.panes["beside", part].vb.sceneBoundingRect()).boundingRect()
        assert not hint.geometry().intersects(shown)
    view.show_step(step_of(scan))
    assert not hint.isVisible()


@pytest.mark.parametrize("width", [60, 130, 400])
def test_a_title_keeps_clear_of_the_dots(qtbot, width):
    canvas, pane = Canvas("picture"), Pane()
    qtbot.addWidget(canvas)
    canvas.addItem(pane)
    canvas.resize(width, 200)
    canvas.show()
    pane.entitle("refined, mode 1: 94.9 %")
    qtbot.waitUntil(lambda: 0 < pane.title.rect().width() <= width)
    line, (dots,) = pane.title._line, [item for item in pane.childItems() if isinstance(item, Dots)]
    assert line.sceneBoundingRect().right() <= dots.sceneBoundingRect().left() + 1
    cut = pane.title.shown != pane.title.text
    assert cut == (width < 150)
    assert bool(pane.title.toolTip()) == cut
