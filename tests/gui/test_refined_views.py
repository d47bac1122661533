"""What a real experiment refines, in the window: probe, positions, weights, background; and its data."""

import csv
import io
import threading
from dataclasses import replace

import numpy as np
import pytest
from conftest import step_of
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtWidgets import QFileDialog

from ptygui.analysis.overview import overview_of
from ptygui.experiment.refined_values import refined_values
from ptygui.figures.colours import coloured
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.probes import read_probe
from ptygui.gui.model.quantities import facts_of
from ptygui.gui.pages import DATA, POSITIONS, PROBE, STEPS
from ptygui.gui.panels.runs_cells import OPTIONS, STATE
from ptygui.gui.views.data import DataView
from ptygui.gui.views.positions import PositionsView
from ptygui.gui.views.probe_modes import ProbeModesView
from ptygui.gui.views.residual import SHORT, ResidualView
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.physics.probe import orthogonal_modes

LEFT = Qt.MouseButton.LeftButton
OTHER_MAP = "viridis"


def refined(scan, **more):
    """A step that moved every position and found weights, modes and the misfit of each pattern."""
    rng = np.random.default_rng(3)
    found = {
        "positions": scan.positions + rng.normal(0, 0.1, (len(scan), 2)),
        "weights": rng.uniform(0.9, 1.1, len(scan)),
        "misfits": rng.uniform(0.9, 1.3, len(scan)).astype(np.float32),
        "weaker_modes": 0.3 * np.roll(scan.modes, 3, -1)[:2] if scan.modes.ndim == 3 else None,
    }
    return replace(step_of(scan), **{**found, **more})


def shown(qtbot, view, scan):
    qtbot.addWidget(view)
    view.resize(900, 450)
    view.show()
    view.show_scan(scan)
    return view


def place_of(view, row, column):
    """Where a point of the map is, in its viewport."""
    point = view.map.mapFromScene(view.map.pane.vb.mapViewToScene(QPointF(column, row)))
    return QPoint(int(point.x()), int(point.y()))


# ---------------------------------------------------------------------- views alone


def test_modes_are_shown_before_and_after_with_their_powers(qtbot, real_scan):
    view = shown(qtbot, ProbeModesView(), real_scan)
    drawn = lambda: {key for key, pane in view.panes.items() if pane.scene() is not None}  # noqa: E731
    assert drawn() == {("given", part, k) for part in ("amplitude", "phase") for k in range(2)}
    assert not view.start.isEnabled()
    assert view.panes["given", "amplitude", 0].title.text == "given 1: 90.0 %"
    turned = replace(step_of(real_scan), probe=real_scan.probe, weaker_modes=2 * real_scan.weaker_modes)
    view.show_step(turned)
    assert len(drawn()) == 8
    assert view.panes["refined", "amplitude", 1].title.text == "refined 2: 30.8 %"  # 4 × 10 of 130
    assert view.start.isEnabled()
    with qtbot.waitSignal(view.start_requested) as asked:
        qtbot.mouseClick(view.start, LEFT)
    assert asked.args == [turned]
    amplitudes = [view.panes[which, "amplitude", 1].image.image.max() for which in ("given", "refined")]
    assert 0.95 < amplitudes[1] < 1.2
    assert amplitudes[0] == pytest.approx(amplitudes[1] / 2, rel=1e-4)  # common levels
    assert [panel.title for panel in view.figure().panels][2:] == [
        "given, mode 2: 10.0 %",
        "refined, mode 2: 30.8 %",
    ]
    view.show_step(step_of(real_scan, weaker_modes=real_scan.weaker_modes))
    assert len(drawn()) == 4
    assert "not refined" in view.facts.text()


def test_of_many_modes_some_are_shown(qtbot, real_scan):
    rng = np.random.default_rng(0)
    many = rng.normal(size=(6, 16, 16, 2)).view(np.complex128)[..., 0].astype(np.complex64)
    view = shown(qtbot, ProbeModesView(), replace(real_scan, probe=many[0], weaker_modes=many[1:]))
    assert view.first.isVisible()
    assert view.panes["given", "amplitude", 3].title.text.startswith("given 4")
    view.first.setValue(3)
    assert view.panes["given", "amplitude", 3].title.text.startswith("given 6")


@pytest.mark.parametrize("page", [ProbeModesView, DataView])
def test_phases_that_fade_are_in_the_chosen_map(qtbot, real_scan, page):
    view = shown(qtbot, page(), real_scan)
    pane = view.panes["given", "phase", 0] if page is ProbeModesView else view.panes["phase"]
    qtbot.waitUntil(lambda: pane.image.image is not None)
    before = pane.image.image.copy()
    view.bars["phase"].display.set_colours(OTHER_MAP)
    after = pane.image.image
    mode = np.angle(orthogonal_modes(real_scan.modes)[0][0])
    assert not np.array_equal(before, after)
    np.testing.assert_array_equal(after[..., :3], coloured(mode, (-np.pi, np.pi), OTHER_MAP))
    np.testing.assert_array_equal(after[..., 3], before[..., 3])


def test_hidden_views_compute_nothing(qtbot, real_scan, monkeypatch):
    monkeypatch.setattr("ptygui.gui.views.probe_modes.orthogonal_modes", None)
    monkeypatch.setattr("ptygui.gui.views.positions.movement", None)
    for view in (ProbeModesView(), PositionsView(), DataView()):
        qtbot.addWidget(view)
        view.show_scan(real_scan)
        view.show_step(refined(real_scan))


def test_positions_have_arrows_misfits_drift_and_weights(qtbot, real_scan):
    view = shown(qtbot, PositionsView(), real_scan)
    qtbot.waitUntil(lambda: view.map.viewport().width() > 100)
    assert view.worst.isHidden()
    assert view.weights.scene() is not None  # those of the scan
    assert view.drift.scene() is None
    misfits = np.ones(len(real_scan), np.float32)
    misfits[[3, 7]] = 5, 9
    step = refined(real_scan, misfits=misfits)
    view.show_step(step)
    assert view.drift.scene() is not None
    moved = step.positions - real_scan.positions
    moved -= moved.mean(0)
    x, y = view.map.arrows.getData()
    tips = np.stack((y[1::6], x[1::6]), 1) - np.stack((y[::6], x[::6]), 1)
    np.testing.assert_allclose(tips, view.map.magnified * moved, atol=1e-5)
    assert f"arrows × {view.map.magnified:g}" in view.facts.text()
    assert view.worst.text().index(">7<") < view.worst.text().index(">3<")
    with qtbot.waitSignal(view.position_requested) as asked:
        view.worst.linkActivated.emit("7")
    assert asked.args == [7]
    assert [graph.label for graph in view.figure().graphs] == ["drift [px]", "weight"]
    header, *rows = csv.reader(io.StringIO(view.table()))
    found = dict(zip(header, np.array(rows, float).T, strict=True))
    np.testing.assert_allclose(found["row [px]"], step.positions[:, 0])
    np.testing.assert_allclose(found["weight"], step.weights)
    np.testing.assert_allclose(found["misfit over noise"], misfits)
    view.show_step(step_of(real_scan))
    assert len(view.map.arrows.getData()[0]) == 0
    assert view.worst.isHidden()


def test_a_click_on_the_map_asks_for_the_nearest_pattern(qtbot, real_scan):
    view = shown(qtbot, PositionsView(), real_scan)
    qtbot.waitUntil(lambda: view.map.viewport().width() > 100)
    point = view.map._points[5]
    with qtbot.waitSignal(view.position_requested) as asked:
        qtbot.mouseClick(view.map.viewport(), LEFT, pos=place_of(view, point[0] + 0.4, point[1] - 0.3))
    assert asked.args == [5]


def test_without_anything_per_frame_there_are_no_curves(qtbot, scan):
    view = shown(qtbot, PositionsView(), scan)
    view.show_step(step_of(scan))
    assert view.curves.isHidden()


def test_the_data_are_shown_before_anything_is_run(qtbot, real_scan):
    mask = np.ones((16, 16), bool)
    mask[2, 3] = False
    scan = replace(real_scan, mask=mask)
    view = DataView()
    with qtbot.waitSignal(view.overview_requested) as asked:
        shown(qtbot, view, scan)
    overview = overview_of(scan)
    np.testing.assert_allclose(overview.totals, np.sum(scan.patterns * mask, (1, 2)), rtol=1e-6)
    view.show_overview(asked.args[0], overview, facts_of(scan))
    mean = view.panes["mean"].image.image
    assert np.isnan(mean[2, 3])
    np.testing.assert_allclose(mean[mask], np.log10(scan.patterns.mean(0)[mask]), rtol=1e-4)
    for word in ("measurements per complex unknown", "of D90", "counts"):
        assert word in view.facts.text()
    qtbot.keyClick(view.slider, Qt.Key.Key_Right)
    assert view.box.value() == 1
    np.testing.assert_allclose(
        view.panes["frame"].image.image[mask], np.log10(1 + scan.patterns[1])[mask], rtol=1e-5
    )
    point = view.map._points[4]
    qtbot.mouseClick(view.map.viewport(), LEFT, pos=place_of(view, *point))
    assert view.box.value() == 4
    assert [panel.title for panel in view.figure().panels] == ["mean pattern", "frame 4"]
    view.show_overview(real_scan, overview, ())  # of another scan: late
    assert "measurements" in view.facts.text()


def test_a_background_that_varies_is_a_picture_and_counts_in_what_is_modelled(qtbot, real_scan):
    mask = np.ones((16, 16), bool)
    mask[:2] = False
    patterns = np.array(real_scan.patterns)
    patterns[:, :2] = 1e6  # hot, and masked
    scan = replace(real_scan, mask=mask, patterns=patterns)
    view = shown(qtbot, ResidualView(), scan)
    assert view.background.scene() is None  # the same everywhere
    step = step_of(scan, weaker_modes=scan.weaker_modes)
    view.show_step(step)
    assert "32 pixels masked" in view.facts.text()
    good = f"background {20 * np.count_nonzero(mask)}"
    assert good in view.facts.text()
    assert np.isnan(view.images[2].image[:2]).all()
    slope = np.tile(np.linspace(0, 40, 16, dtype=np.float32), (16, 1))
    view.show_step(replace(step, background=slope))
    assert view.background.scene() is not None
    assert view.panes[0].title.text == SHORT[0]
    np.testing.assert_array_equal(view.background.image.image, slope)
    view.show_step(step)
    assert view.background.scene() is None


# ---------------------------------------------------------------------- in the window


@pytest.fixture
def opened(qtbot, window, real_scan, tmp_path):
    """A file of a scan with wrong positions and one mode too few, just opened, and rPIE that refines all."""
    rng = np.random.default_rng(0)
    moved = (real_scan.positions + rng.normal(0, 0.3, real_scan.positions.shape)).clip(0, 16)
    scan = replace(real_scan, positions=moved, weaker_modes=None, simulated=False)
    path = write_scan(tmp_path / "real.h5", scan)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.open(str(path))
    method = RPIE(iterations=24, position_update=True, weight_update=True, probe_modes=2)
    window.request.set_method(method)
    window.request.change_settings(device="cpu")
    return window


def run(qtbot, window):
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000) as finished:
        qtbot.mouseClick(window.run_panel.run, LEFT)
    assert finished.args == ["done"]
    return window.session.selection.run


def test_an_opened_scan_fills_the_centre_and_a_run_shows_its_steps(qtbot, opened):
    assert opened.pages.currentIndex() == DATA
    data = opened.data
    qtbot.waitUntil(lambda: data.panes["mean"].image.image is not None, timeout=20_000)
    assert data.map.values is not None
    assert "measurements per complex unknown" in data.facts.text()
    qtbot.keyClick(data.slider, Qt.Key.Key_End)
    assert opened.residual.position.value() == len(data.scan) - 1
    run(qtbot, opened)
    assert opened.pages.currentIndex() == STEPS
    moved = opened.curves.plots["moved"]
    assert moved.plot.scene() is not None
    assert moved.heading.text.startswith("moved")


def test_the_worst_pattern_is_a_click_away(qtbot, opened):
    step = run(qtbot, opened).last
    assert step.misfits.mean() == pytest.approx(step.misfit / step.noise_floor, rel=0.3)
    opened.menus.actions["positions_page"].trigger()
    assert opened.pages.currentIndex() == POSITIONS
    view = opened.positions
    qtbot.waitUntil(lambda: view.map.magnified > 0)
    worst = int(step.misfits.argmax())
    assert view.worst.text().index(f">{worst}</a>") < 60  # the first
    view.worst.linkActivated.emit(str(worst))
    assert opened.residual.position.value() == worst
    assert opened.docks.docks["residual"].isVisible()
    assert "moved" in view.describe(worst)
    offer = opened.pages.figure()
    assert offer.title == f"Positions of {opened.request.scan.name}, step 24"


def test_what_was_refined_stands_below_the_options_that_refine(qtbot, opened):
    form = opened.method_panel.form

    def told():
        notes = {name: row._note for name, row in form._rows.items() if row._note is not None}
        return {name: note.text() for name, note in notes.items() if not note.isHidden()}

    assert not told()
    finished = run(qtbot, opened)
    said = refined_values(finished.scan, finished.last)
    assert {"probe_update", "position_update", "weight_update", "probe_modes"} <= said.keys()
    assert told() == {name: f"run 1: {text}" for name, text in said.items()}
    opened.session.selection.show_frame(0)  # of the step that is shown
    first = refined_values(finished.scan, opened.session.selection.step)
    qtbot.waitUntil(lambda: told() == {name: f"run 1: {text}" for name, text in first.items()})
    opened.request.set_method(AWF())  # whose run this was not
    assert not told()
    opened.request.set_method(finished.method)
    assert told()


def test_a_refined_probe_starts_the_next_run_and_can_be_undone(qtbot, opened):
    first = run(qtbot, opened)
    opened.menus.actions["probe_page"].trigger()
    assert opened.pages.currentIndex() == PROBE
    before = opened.request.scan
    assert opened.modes.panes["refined", "amplitude", 1].scene() is not None
    with qtbot.waitSignal(opened.request.source_changed, timeout=20_000):
        qtbot.mouseClick(opened.modes.start, LEFT)
    scan = opened.request.scan
    np.testing.assert_array_equal(scan.modes, first.last.modes)
    assert refined_values(scan, first.last) == {}  # all of it
    assert {"position_update", "weight_update"} <= refined_values(before, first.last).keys()
    assert scan.notes[-1].startswith(f"begins as step 24 of run {first.name} refined it: probe ")
    assert "; position moved" in scan.notes[-1]
    assert opened.session.selection.run is first  # of the same patterns: it stays in sight
    opened.request.set_method(RPIE(iterations=2, probe_update="no"))
    again = run(qtbot, opened)
    np.testing.assert_array_equal(again.last.modes, first.last.modes)
    opened.undo.undo()
    opened.undo.undo()
    assert opened.request.scan is before


def test_a_refined_probe_serves_a_thinned_scan_and_the_slider_after(qtbot, opened):
    step = run(qtbot, opened).last
    full = opened.request.scan
    with qtbot.waitSignal(opened.thinner.ready, timeout=20_000):
        opened.simulate_panel.slider.setValue(12)
    assert len(opened.request.scan) < len(full)
    opened.session.selection.show_run(opened.session.runs[0])
    opened.show_page(PROBE)
    with qtbot.waitSignal(opened.request.source_changed, timeout=20_000):
        qtbot.mouseClick(opened.modes.start, LEFT)
    assert opened.request.thinning.thins
    with qtbot.waitSignal(opened.thinner.ready, timeout=20_000):
        opened.simulate_panel.slider.setValue(11)
    np.testing.assert_array_equal(opened.request.scan.modes, step.modes)
    assert len(opened.thinner.full) == len(full)
    assert refined_values(opened.thinner.full, step) == {}


def test_a_probe_of_a_simulation_can_be_used_too(qtbot, window, real_scan):
    window.simulator.load_example()
    qtbot.waitUntil(lambda: window.request.scan is not None and window.request.scan.name != "small")
    window.request.set_method(RPIE(iterations=3, probe_update="yes", probe_update_start=0))
    window.request.change_settings(device="cpu")
    step = run(qtbot, window).last
    window.show_page(PROBE)
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        qtbot.mouseClick(window.modes.start, LEFT)
    used = window.request.scan
    np.testing.assert_array_equal(used.probe, step.probe)
    assert not window.simulator.pending
    assert run(qtbot, window).scan is used


def test_a_probe_is_saved(qtbot, opened, tmp_path, monkeypatch):
    step = run(qtbot, opened).last
    opened.show_page(PROBE)
    for ending in (".h5", ".cxi", ".tif"):
        path = tmp_path / f"probe{ending}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))
        with qtbot.waitSignal(
            opened.session.noted, check_params_cb=lambda text, path=path: str(path) in text
        ):
            qtbot.mouseClick(opened.modes.save, LEFT)
        np.testing.assert_array_equal(read_probe(path).probe, step.probe)


def test_the_start_of_a_run_is_shown_live_and_left_out_of_its_pace(qtbot, window, prior_folder, monkeypatch):
    release, made = threading.Event(), AWF.iterates

    def iterates(self, problem):
        for found in made(self, problem):
            yield found
        while not release.is_set():
            yield found

    monkeypatch.setattr(AWF, "iterates", iterates)
    seen = []
    window.session.driver.begun.connect(lambda run, step: seen.append((run, step)))
    window.request.change_settings(device="cpu")
    method = DAPS(prior=str(prior_folder), awf_iterations=3, levels=3, data_steps=3)
    window.request.set_method(replace(method, start_unet=False, start_gaussian=False))
    qtbot.mouseClick(window.run_panel.step, LEFT)  # held at the first step, not within the start
    qtbot.waitUntil(lambda: bool(seen), timeout=60_000)
    live, step = seen[0]
    assert live is window.session.selection.run
    assert step.index == 0
    assert window.object.step.index == 0
    assert window.object.canvas.hint.isHidden()
    assert window.object.canvas.panes["estimate", "amplitude"].title.text.endswith("the start")
    assert window.session.selection.step is None  # nothing to branch from
    assert window.session.state == "pausing"
    said = "start by AWF, 3 of 3 iterations"
    qtbot.waitUntil(lambda: said in window.run_panel.times.text(), timeout=20_000)
    assert window.header.about.text().endswith(said)
    row = window.runs_panel.table.index_of(live)
    assert [row.siblingAtColumn(column).data() for column in (STATE, OPTIONS)] == ["starting", said]
    release.set()
    qtbot.waitUntil(lambda: window.session.state == "paused", timeout=60_000)
    assert live.history.numbers["index"] == [1]
    assert "step after" in window.run_panel.times.text()
    assert row.siblingAtColumn(STATE).data() == "running"
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        qtbot.mouseClick(window.run_panel.pause, LEFT)
    numbers = live.history.numbers
    assert numbers["index"][0] == 1
    assert live.pace == pytest.approx((numbers["seconds"][-1] - numbers["seconds"][0]) / 3)
    assert live.start_seconds == pytest.approx(max(numbers["seconds"][0] - live.pace, 0))
