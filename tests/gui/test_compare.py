"""The comparison page: chosen, wiped, blinked, read out, cut and correlated as a user does."""

import csv
import re
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PyQt6.QtCore import QEvent, QPointF, QRectF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QToolButton

from ptygui.analysis.align import Alignment
from ptygui.analysis.frc import ring_correlation
from ptygui.experiment.settings import RunSettings
from ptygui.figures.colours import coloured
from ptygui.gui.model.comparable import Choice, choices_of
from ptygui.gui.model.comparer import Comparer
from ptygui.gui.pages import COMPARISON, STEPS
from ptygui.gui.views.compare import CompareView, alignment_text
from ptygui.gui.views.frc import resolution_text
from ptygui.gui.widgets.plain import RICH
from ptygui.methods import AWF, RPIE

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def finish(qtbot, session):
    qtbot.waitUntil(lambda: not session.live and not session.runs.queued, timeout=30_000)


def compared(qtbot, window):
    """Wait until what is drawn is what is chosen."""
    qtbot.waitUntil(lambda: _same(window.compare), timeout=20_000)
    return window.compare.compared


def _same(view):
    now = view.compared
    return now is not None and all(
        got.obj is chosen.obj for got, chosen in zip((now.a, now.b), view._chosen(), strict=True)
    )


def key(qtbot, window, key, modifier=NONE):
    qtbot.keyClick(window.compare.grid, key, modifier)


def scene_to_view(view, name, x, y):
    """Where a point of an image lies in the widget that takes the mouse."""
    pane = view.grid.panes[name]
    return view.grid.mapFromScene(pane.vb.mapViewToScene(QPointF(x, y)))


def drag(view, name, start, end):
    """Hover, press, move in small steps, release: as a hand does."""
    places = [
        scene_to_view(view, name, *np.add(start, share * np.subtract(end, start)))
        for share in np.linspace(0, 1, 8)
    ]
    held = Qt.MouseButton.NoButton
    mouse(view, QEvent.Type.MouseMove, places[0], held, held)
    mouse(view, QEvent.Type.MouseButtonPress, places[0], LEFT, LEFT)
    for place in places:
        mouse(view, QEvent.Type.MouseMove, place, held, LEFT)
    mouse(view, QEvent.Type.MouseButtonRelease, places[-1], LEFT, held)


def mouse(view, kind, place, button, buttons):
    """One event of the mouse over the pictures."""
    port, at = view.grid.viewport(), QPointF(place)
    event = QMouseEvent(kind, at, QPointF(port.mapToGlobal(place)), button, buttons, NONE)
    QApplication.sendEvent(port, event)


@pytest.fixture(autouse=True)
def every_move():
    """Let no move of the mouse be left out for coming too soon after the last."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture
def page(qtbot, window):
    """The page in front, with an AWF and an rPIE run of the small scan."""
    for method in (AWF(iterations=40), RPIE(iterations=15, alpha=0.3)):
        window.session.enqueue(method, RunSettings("cpu"))
    finish(qtbot, window.session)
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert window.compare.isVisible()
    compared(qtbot, window)
    return window.compare


@pytest.fixture
def alone(qtbot, jobs):
    """The page without a window."""
    view = CompareView()
    comparer = Comparer(jobs, view)
    view.comparison_requested.connect(comparer.compare)
    comparer.compared.connect(view.show_compared)
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show()
    return view


def offer(qtbot, view, scan, a, b):
    """Give a page two images to compare, and wait for the comparison."""
    view.show_choices([Choice("a", "one", scan, a), Choice("b", "other", scan, b)])
    view.pick("a", "b")
    qtbot.waitUntil(lambda: _same(view), timeout=20_000)


def test_opens_on_the_current_run_against_its_truth(page, window):
    last = window.session.selection.run.last
    assert page.compared.a.obj is window.session.selection.run.scan.truth
    assert page.b.currentText() == window.session.selection.run.name
    assert page.badge.isVisible()
    assert f"NRMSE {last.nrmse:.4f}" in page.badge.text()
    assert f"SSIM {last.ssim:.4f}" in page.badge.text()
    assert "for the view only" in page.legend.text()


def test_any_two_are_chosen_by_keyboard_and_swapped(qtbot, page, window):
    page.a.setFocus()
    qtbot.keyClick(page.a, Qt.Key.Key_Down)
    chosen = page.a.currentText()
    page.a.activated.emit(page.a.currentIndex())  # what Enter in the open list does
    now = compared(qtbot, window)
    assert now.a.label == chosen == window.session.runs[0].name
    key(qtbot, window, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    swapped = compared(qtbot, window)
    assert (swapped.a.label, swapped.b.label) == (now.b.label, now.a.label)


def test_the_run_list_compares_two_selected_runs(qtbot, page, window):
    panel = window.runs_panel
    window.docks.show("runs")
    panel.view.setFocus()
    panel.view.selectAll()
    panel.actions_by_name["compare"].trigger()
    now = compared(qtbot, window)
    assert [now.a.key, now.b.key] == [("run", 1), ("run", 2)]


def test_wipe_is_dragged_and_moved_by_keys(qtbot, page):
    pictures = page.compared.pictures
    shown = lambda: page.grid.panes["amplitude a"].image.image  # noqa: E731
    np.testing.assert_array_equal(shown()[:, :16], pictures["amplitude a"][:, :16])
    np.testing.assert_array_equal(shown()[:, 16:], pictures["amplitude b"][:, 16:])
    drag(page, "phase a", (16, 10), (24, 12))
    assert page.wipe.value() == pytest.approx(750, abs=40)
    at = round(page.wipe.value() / 1000 * 32)
    np.testing.assert_array_equal(shown()[:, :at], pictures["amplitude a"][:, :at])
    np.testing.assert_array_equal(shown()[:, at:], pictures["amplitude b"][:, at:])
    before = page.wipe.value()
    page.wipe.setFocus()
    qtbot.keyClick(page.wipe, Qt.Key.Key_Left)
    assert page.wipe.value() == before - 20
    assert page.grid.wipes["amplitude"].value() == pytest.approx(page.wipe.value() / 1000 * 32)


def test_blinking_keeps_levels_and_never_flashes(qtbot, page, window):
    page.period.setValue(0.1)
    key(qtbot, window, Qt.Key.Key_I)
    assert page.modes.currentText() == "blink"
    image = page.grid.panes["amplitude a"].image
    levels, seen, brightness = page.grid.bars["amplitude"].levels, set(), []
    back = page.palette().window().color().lightness()

    def watch():
        seen.add(page.grid.shows_b)
        expected = page.compared.pictures[f"amplitude {'ab'[page.grid.shows_b]}"]
        assert np.array_equal(image.image, expected)
        assert tuple(image.levels) == levels
        at = scene_to_view(page, "amplitude a", 16, 16)
        brightness.append(page.grid.grab().toImage().pixelColor(at).lightness())
        return len(brightness) > 12 and seen == {True, False}

    qtbot.waitUntil(watch, timeout=5000)
    assert abs(back - np.array(brightness)).min() > 20  # the window behind never shows through
    key(qtbot, window, Qt.Key.Key_S)
    assert not page.grid.timer.isActive()


def test_blinking_rests_while_another_page_is_in_front(qtbot, page, window):
    key(qtbot, window, Qt.Key.Key_I)
    assert page.grid.timer.isActive()
    window.pages.setCurrentIndex(STEPS)
    assert not page.grid.timer.isActive()
    window.pages.setCurrentIndex(COMPARISON)
    assert page.grid.timer.isActive()
    shown = page.grid.shows_b
    qtbot.waitUntil(lambda: page.grid.shows_b != shown)


def test_side_by_side_zooms_and_points_together(qtbot, page, window):
    key(qtbot, window, Qt.Key.Key_S)
    shown = [name for name, pane in page.grid.panes.items() if pane.scene() is not None]
    assert shown == ["amplitude a", "amplitude b", "phase a", "phase b"]
    qtbot.waitUntil(lambda: page.grid.panes["phase b"].vb.viewRange()[0][1] > 30)
    vb = page.grid.panes["amplitude a"].vb
    before = np.ptp(vb.viewRange()[0])
    vb.scaleBy((0.5, 0.5))
    vb.sigRangeChangedManually.emit([True, True])
    for name in shown:
        box = page.grid.panes[name].vb.viewRange()
        np.testing.assert_allclose(np.mean(box, axis=1), np.mean(vb.viewRange(), axis=1), atol=0.5)
        assert np.ptp(box[0]) == pytest.approx(before / 2)

    def pointed():
        held = Qt.MouseButton.NoButton
        mouse(page, QEvent.Type.MouseMove, scene_to_view(page, "phase b", 17.5, 12.5), held, held)
        return page.grid.linked.at == (12, 17)

    qtbot.waitUntil(pointed)
    for cursor in page.grid.linked.cursors:
        assert (cursor.data["x"][0], cursor.data["y"][0]) == (17.5, 12.5)
    key(qtbot, window, Qt.Key.Key_0)
    assert np.ptp(page.grid.panes["phase a"].vb.viewRange()[0]) > 30


def test_read_out_has_both_images_and_the_place(qtbot, page, window):
    page.grid.setFocus()
    key(qtbot, window, Qt.Key.Key_Down)
    key(qtbot, window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    row, column = page.grid.linked.at
    assert (row, column) == (17, 26)
    found = page.compared.comparison
    for name, obj in (("A", found.a), ("B", found.b)):
        assert f"{name} {abs(obj[17, 26]):.3f}, {np.angle(obj[17, 26]):+.3f} rad" in page.readout.text()
    assert page.readout.text().startswith("row 17, column 26 ")


def test_pictures_are_zoomed_by_keys(qtbot, page, window):
    box, control = page.grid.panes["phase a"].vb, Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(lambda: box.viewRange()[0][1] > 30)
    whole = np.ptp(box.viewRange()[0])
    key(qtbot, window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    for _ in range(3):
        key(qtbot, window, Qt.Key.Key_Plus, control)
    assert np.ptp(box.viewRange()[0]) == pytest.approx(whole / 1.5**3, rel=0.01)
    key(qtbot, window, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    key(qtbot, window, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert page.grid.linked.at == (16, 6)
    assert box.viewRange()[0][0] <= 6 < box.viewRange()[0][1]


def test_the_read_out_tells_lengths(qtbot, alone, scan):
    scan = replace(scan, pixel_size_m=5e-9)
    offer(qtbot, alone, scan, scan.truth, scan.truth * np.complex64(1j))
    assert alone.describe(4, 20).startswith("row 4, column 20 (20, 100 nm)   A ")


def test_differences_are_of_aligned_images(qtbot, page, window):
    key(qtbot, window, Qt.Key.Key_D)
    found = page.compared.comparison
    pictures = {
        kind: page.grid.panes[f"difference {kind}"].image for kind in ("complex", "amplitude", "phase")
    }
    np.testing.assert_allclose(pictures["complex"].image, np.abs(found.b - found.a), rtol=1e-5)
    assert pictures["phase"].levels[0] == -pictures["phase"].levels[1]
    assert np.linalg.norm(found.b - found.a) / np.linalg.norm(found.a) == pytest.approx(found.nrmse, rel=0.02)
    key(qtbot, window, Qt.Key.Key_P)
    assert page.grid.panes["difference complex"].scene() is None
    assert page.grid.panes["difference phase"].scene() is not None


def test_ramp_and_shift_are_taken_out_for_the_view_only(qtbot, alone, scan):
    moved = Alignment(0.8, (0.04, -0.03), (0.3, 0.2)).apply(scan.truth)
    kept = moved.copy()
    offer(qtbot, alone, scan, scan.truth, moved)
    plain = alone.compared.comparison
    for box in (alone.ramp, alone.shift):
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "ramp" in alone.legend.text() and "moved" in alone.legend.text(), timeout=10_000)
    found = alone.compared.comparison
    assert found.nrmse < 0.2 * plain.nrmse
    assert found.alignment.ramp == pytest.approx((-0.04, 0.03), abs=2e-3)
    assert found.alignment.shift == pytest.approx((-0.3, -0.2), abs=0.02)
    np.testing.assert_array_equal(moved, kept)


def test_the_legend_says_what_was_done():
    assert alignment_text(Alignment(0.5)) == "B turned by +0.500 rad: for the view only"
    assert alignment_text(Alignment(0.5), ["ramp", "shift"]).endswith("(no ramp or shift improves the match)")
    assert "improves" not in alignment_text(Alignment(0.5, (0.01, 0)), ["ramp", "shift"])
    text = alignment_text(Alignment(0.5, (0.01, 0), (0.25, -1)))
    assert "ramp +0.0100, +0.0000 rad/px" in text
    assert "moved +0.25, -1.00 px" in text


def test_in_a_low_page_the_plots_stand_beside_the_pictures(qtbot):
    view = CompareView()
    qtbot.addWidget(view)
    for box in (view.profile_box, view.frc_box):
        box.setChecked(True)
    view.show()
    for height, beside in ((400, True), (900, False), (420, True)):
        view.resize(900, height)
        qtbot.waitUntil(lambda beside=beside: (view.plots.x() > view.grid.width() // 2) == beside)
        assert view.grid.height() > 0.4 * height


def test_profile_follows_the_handles_and_is_written(qtbot, page, window, tmp_path, monkeypatch):
    key(qtbot, window, Qt.Key.Key_S)
    key(qtbot, window, Qt.Key.Key_O)
    qtbot.waitUntil(page.profile.isVisible)
    qtbot.waitUntil(lambda: page.grid.panes["phase b"].vb.viewRange()[0][1] > 30)
    start = page.line.handles[0][0].pos()
    drag(page, "amplitude a", (start.x(), start.y()), (5.5, 8.5))
    assert page.line.start == pytest.approx((8, 5), abs=0.8)
    assert page.line.handles[1][0].pos() == page.line.handles[0][0].pos()
    assert page.profile.boxes[0].value() == pytest.approx(page.line.start[0], abs=0.06)
    page.profile.boxes[0].setFocus()
    for box, value in zip(page.profile.boxes, (3, 2, 3, 30), strict=True):
        box.selectAll()
        qtbot.keyClicks(box, str(value))
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert (page.line.start, page.line.end) == ((3, 2), (3, 30))
    found = page.compared.comparison
    _, drawn = page.profile._curves["amplitude b"].getData()
    np.testing.assert_allclose(drawn, np.abs(found.b[3, 2:31]), rtol=1e-5)
    path = tmp_path / "line.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    with qtbot.waitSignal(window.session.noted, timeout=10_000):
        page.profile.csv_requested.emit(page.profile.table())
    header, *rows = csv.reader(path.read_text().splitlines())
    assert header[:2] == ["distance [px]", "amplitude of truth of small"]
    table = np.array(rows, dtype=float)
    np.testing.assert_allclose(table[:, 0], np.arange(29))
    np.testing.assert_allclose(table[:, 1], np.abs(found.a[3, 2:31]), rtol=1e-5)
    np.testing.assert_allclose(np.exp(1j * table[:, 4]), np.exp(1j * np.angle(found.b[3, 2:31])), atol=1e-5)


def test_frc_is_drawn_with_its_resolution(qtbot, page, window, tmp_path, monkeypatch):
    key(qtbot, window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: page.frc.frc is not None, timeout=10_000)
    assert page.frc.isVisible()
    scan, run = window.request.scan, window.session.selection.run
    expected = ring_correlation(scan.truth, run.last.obj, _lit(scan))
    np.testing.assert_allclose(page.frc.curve.getData()[1], expected.correlation, atol=1e-6)
    assert page.frc.facts.textFormat() == page.profile.facts.textFormat() == RICH  # they have coloured marks
    assert "½ bit" in page.frc.facts.text()
    low = replace(expected, correlation=np.linspace(1, -0.3, len(expected.correlation)))
    page.frc.show_frc(low, None)
    assert page.frc.plot.vb.viewRange()[1][0] < -0.3  # no point lies out of sight
    page.frc.show_frc(expected, None)
    assert page.frc.plot.vb.viewRange()[1] == pytest.approx([-0.05, 1.02], abs=0.1)
    lines = page.frc.table().splitlines()
    assert len(lines) == 1 + len(expected.frequency)
    assert float(lines[1].split(",")[1]) == pytest.approx(expected.correlation[0], abs=1e-6)
    one, other = window.session.runs  # and of two runs, to a table
    page.pick(("run", one.number), ("run", other.number))
    between = ring_correlation(one.last.obj, other.last.obj, _lit(scan)).correlation
    qtbot.waitUntil(lambda: np.allclose(page.frc.curve.getData()[1], between, atol=1e-6), timeout=10_000)
    path = tmp_path / "frc.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    (button,) = (b for b in page.frc.findChildren(QToolButton) if "CSV" in b.accessibleName())
    with qtbot.waitSignal(window.session.noted, timeout=10_000):
        qtbot.mouseClick(button, LEFT)
    assert float(path.read_text().splitlines()[1].split(",")[1]) == pytest.approx(between[0], abs=1e-6)


def _lit(scan):
    from ptygui.analysis.metrics import illuminated

    return illuminated(scan.illumination)


def test_resolutions_in_words():
    assert resolution_text(4.0, 5e-9) == "at 4.00 px = 20 nm"
    assert resolution_text(4.0, None) == "at 4.00 px"
    assert "pixel" in resolution_text(None, 5e-9)


def test_results_of_two_sizes_are_refused_in_words(qtbot, alone, scan):
    offer(qtbot, alone, scan, scan.truth, scan.truth)
    small = Choice("small", "small", scan, scan.truth[:20, :20])
    alone.show_choices([alone.choices[0], small])
    alone.pick("a", "small")
    assert "A is 32 × 32 px, B is 20 × 20 px" in alone.grid.hint.text()
    assert not alone.badge.isVisible()
    offer(qtbot, alone, scan, scan.truth, scan.truth)
    assert alone.badge.isVisible()


def test_one_result_alone_asks_for_another(alone, scan):
    alone.show_choices([Choice("a", "one", replace(scan, truth=None), scan.truth)])
    assert "run another method, or pin a step" in alone.grid.hint.text()
    assert alone.a.currentIndex() == -1
    assert alone.b.currentText() == "one"
    alone.swap()


def test_pinned_and_shown_steps_can_be_chosen(qtbot, page, window):
    session = window.session
    session.selection.show_index(session.selection.history.frames[1].index)
    session.selection.pin(session.selection.history.frames[0].index)
    labels = [c.label for c in choices_of(session.runs, session.selection.run, session.selection.step)]
    name = session.selection.run.name
    assert labels == [
        "truth of small",
        f"shown: {name}, step {session.selection.history.frames[1].index}",
        session.runs[0].name,
        name,
        f"{name}, step {session.selection.history.frames[0].index}",
    ]
    qtbot.waitUntil(lambda: page.b.count() == 5)
    page.pick("shown", ("pin", session.selection.run.number, session.selection.history.frames[0].index))
    now = compared(qtbot, window)
    assert now.a.obj is session.selection.step.obj
    assert now.b.obj is session.selection.history.frames[0].obj


def test_follows_a_live_run(qtbot, page, window):
    window.session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    seen = []  # comparisons, not their text: a run that has converged says the same again

    def several():
        if page.compared is not None and page.compared not in seen:
            seen.append(page.compared)
        return len(seen) > 2

    qtbot.waitUntil(several, timeout=20_000)
    assert page.compared.b.key == ("run", 3)
    with qtbot.waitSignal(window.session.run_finished):
        window.session.stop()
    qtbot.waitUntil(
        lambda: f"{window.session.selection.run.last.nrmse:.4f}" in page.badge.text(), timeout=10_000
    )


def test_a_deleted_run_leaves_the_page_usable(qtbot, page, window):
    page.pick(("run", 1), ("run", 2))
    compared(qtbot, window)
    window.session.delete([window.session.runs[0]])
    qtbot.waitUntil(lambda: page.a.count() == 2, timeout=5000)
    assert compared(qtbot, window).a.label == "truth of small"
    window.session.delete(list(window.session.runs))
    qtbot.waitUntil(lambda: page.compared is None, timeout=5000)
    assert "Run one or two methods" in page.grid.hint.text()


def test_without_runs_the_page_says_what_to_do(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert "Run one or two methods" in window.compare.grid.hint.text()
    assert window.compare.grid.hint.isVisible()
    assert window.compare.a.count() == 0
    window.compare.swap()


def test_fits_a_small_screen_with_all_plots(qtbot, page, window):
    key(qtbot, window, Qt.Key.Key_O)
    key(qtbot, window, Qt.Key.Key_G)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.width() == 1280)
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 800


def test_a_stopped_run_is_offered_with_the_step_that_it_is_at(qtbot, window):
    window.session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.session.selection.history.last is not None, timeout=20_000)
    with qtbot.waitSignal(window.session.run_finished):
        window.session.stop()
    (run,) = window.session.runs
    labels = [choice.label for choice in choices_of([run], run, run.last)]
    assert labels == ["truth of small", f"{run.name}, step {run.last.index}"]


def save_figure(qtbot, window, folder, kind):
    """Ask for a figure by its keys, and save it."""
    qtbot.keyClick(
        window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    dialog = window.export_dialog
    assert dialog.isVisible()
    dialog.folder.setText(str(folder))
    dialog.name.setText("mine")
    dialog.page.kind.setCurrentText(kind)
    save = dialog.buttons.button(dialog.buttons.StandardButton.Save)
    with qtbot.waitSignal(window.exporter.noted, timeout=20_000):
        qtbot.mouseClick(save, LEFT)
    return dialog.details["figure"].text(), folder / f"mine_figure.{kind.lower()}"


def test_the_figure_is_of_the_two_that_are_compared(qtbot, page, window, tmp_path):
    page.pick(("run", 1), ("run", 2))
    compared(qtbot, window)
    key(qtbot, window, Qt.Key.Key_S)
    detail, path = save_figure(qtbot, window, tmp_path, "SVG")
    words = re.findall(r"<text[^>]*>([^<]*)", path.read_text("utf-8"))
    for title in ("A, amplitude", "B, amplitude", "A, phase", "B, phase"):
        assert title in words
    assert "x̂0, amplitude" not in words
    first, second = window.session.runs
    assert detail.startswith(f"A: {first.name}; B: {second.name}, turned by ")
    assert f"{page.compared.comparison.nrmse:.4f}" in detail
    assert f"{detail}." in " ".join(words)


def test_a_figure_has_the_colours_and_the_zoom_of_the_page(qtbot, page, window):
    low, high = page.grid.bars["amplitude"].levels
    found = page.compared.comparison
    key(qtbot, window, Qt.Key.Key_I)  # paper does not blink: both are drawn
    panels = page.figure().panels
    assert [panel.title for panel in panels] == ["A, amplitude", "B, amplitude", "A, phase", "B, phase"]
    for panel, obj in zip(panels, (found.a, found.b), strict=False):
        expected = coloured(np.abs(obj), (low, high), page.grid.bars["amplitude"].colours.name)
        np.testing.assert_array_equal(panel.colours, expected)
    assert panels[0].bar == panels[1].bar != panels[2].bar
    key(qtbot, window, Qt.Key.Key_D)
    assert [panel.title for panel in page.figure().panels] == ["|B − A|", "|B| − |A|", "phase of B − A"]
    lead = page.grid.panes["difference complex"].vb
    lead.setRange(QRectF(4, 6, 12, 12), padding=0)
    lead.sigRangeChangedManually.emit([True, True])
    rows, columns = page.figure().panels[1].colours.shape[:2]
    assert 12 <= rows < 32
    assert 12 <= columns < 32


def test_without_a_comparison_there_is_no_figure(alone):
    assert alone.figure() is None
