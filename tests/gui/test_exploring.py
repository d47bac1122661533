"""Explore overlap: what the options beside the slider do to map, figures and scan, as a user sets them."""

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel

from ptygui.files.formats.own_scan import write_scan

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def example(qtbot, window):
    """The example in the window, and its footprints on the map."""
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.load_example()

    def measured():  # not those of the plan, which lie between pixels and come first
        found = window.map._footprints
        if found is None or len(found.centres) != 36:
            return False
        return np.allclose(found.centres - found.centres[0], corners - corners[0])

    corners = window.request.scan.corners
    qtbot.waitUntil(measured)
    return window


def test_each_figure_stands_under_its_name_and_is_what_its_definition_says(example):
    """Of the example: 36 positions about 20 px apart, a probe of 32 px on an object of 128."""
    scan, figures = example.request.scan, example.sampling
    names = {
        label.buddy().objectName(): label.text() for label in figures.findChildren(QLabel) if label.buddy()
    }
    assert names == {
        "linear": "linear overlap", "equivalent": "equivalent linear", "pairwise": "pairwise overlap",
        "redundancy": "areal redundancy", "covered": "object covered", "positions": "positions",
        "step": "step", "data": "data/unknown", "dose": "relative dose", "time": "time at 0.2 s",
        "d90": "of the D90", "complex": "per complex",
    }  # fmt: skip
    said = {name: float(value.text().split()[0]) for name, value in figures.values.items()}
    light = np.abs(scan.probe.astype(complex)) ** 2
    area = light.sum() ** 2 / np.square(light).sum()  # of the disc of the participation ratio
    y, x = np.mgrid[:32, :32]
    middle = [(light * axis).sum() / light.sum() for axis in (y, x)]
    disc = np.hypot(y - middle[0], x - middle[1]) <= np.sqrt(area / np.pi)
    times, lit = np.zeros((128, 128)), np.zeros((128, 128), bool)
    for row, column in scan.corners:
        times[row : row + 32, column : column + 32] += disc
        lit[row : row + 32, column : column + 32] = True
    covered, step = np.count_nonzero(times), 20
    assert said["linear"] == pytest.approx(100 * (1 - step / 32), abs=0.1)
    effective = 1 - np.sqrt(covered / 36) / np.sqrt(4 * area / np.pi)
    assert said["equivalent"] == pytest.approx(100 * effective, abs=2)
    shared = (light[step:] * light[:-step]).sum() / np.square(light).sum()
    assert said["pairwise"] == pytest.approx(100 * shared, abs=1)
    assert said["redundancy"] == pytest.approx(36 * area / covered, abs=0.03)
    assert said["covered"] == pytest.approx(100 * covered / 128**2, abs=2)
    assert said["step"] == step
    assert said["data"] == pytest.approx(36 * 32**2 / (2 * np.count_nonzero(lit)), abs=0.01)
    assert said["complex"] == pytest.approx(2 * said["data"], abs=0.02)
    order = np.argsort(away := np.hypot(y - middle[0], x - middle[1]), axis=None)
    held = np.cumsum(light.ravel()[order]) / light.sum()
    d90 = 2 * np.interp(0.9, held, away.ravel()[order])
    assert said["d90"] == pytest.approx(100 * (1 - step / d90), abs=4)
    assert said["dose"] == round(100 * 36 / 121)
    assert said["time"] == pytest.approx(36 * 0.2)


def test_layout_jitter_and_seed_move_the_positions_at_once(qtbot, example):
    """On the map before any scan is made, and in the scan that follows."""
    form, source, scan = example.simulate_panel.form, example.simulator, example.request.scan
    source._timer.setInterval(60_000)  # no scan follows by itself

    def planned(name, value):
        def found():  # the map of before may still come first
            centres = example.map._footprints.centres
            return len(centres) == 25 and not np.array_equal(centres, before)

        before = example.map._footprints.centres
        form.row(name).setValue(value)
        qtbot.waitUntil(found)
        assert example.request.scan is scan
        return example.map._footprints.centres

    few = planned("layout", "centred")
    assert np.ptp(few[:, 0]) == 4 * 20
    moved = planned("jitter", 3.0)
    assert 0 < np.abs(moved - few).max() <= 3
    again = planned("seed", 1)
    with qtbot.waitSignal(example.request.source_changed, timeout=20_000) as changed:
        source.simulate()
    assert 0 < np.abs(again - few).max() <= 3
    away = changed.args[0].scan.positions - again  # to the middle of the probe
    np.testing.assert_allclose(away, np.broadcast_to(away[0], away.shape))


def test_a_probe_is_applied_to_the_scan_that_was_opened(qtbot, window, scan, tmp_path):
    path = write_scan(tmp_path / "mine.h5", replace(scan, truth=None))
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        window.open(str(path))
    panel, before = window.probe_panel, window.request.scan.probe
    with qtbot.waitSignal(window.simulator.probe_changed, timeout=20_000):
        panel.width_box.setValue(16)
    with qtbot.waitSignal(window.simulator.probe_changed, timeout=20_000):
        panel.form.row("defocus").setValue(3.0)
    assert window.request.scan.probe is before
    assert not window.simulator.pending  # a measured scan is not replaced by a simulated one
    window.docks.show("probe")
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000) as changed:
        qtbot.mouseClick(panel.apply, LEFT)
    asked, got = window.simulator.probe, changed.args[0].scan.probe
    assert np.abs(np.vdot(asked, got)) == pytest.approx(np.linalg.norm(asked) * np.linalg.norm(got), rel=1e-4)
    with qtbot.waitSignal(window.simulator.probe_changed, timeout=20_000):
        panel.width_box.setValue(24)
    for button, said in ((panel.apply, "of 24 x 24 px was cut"), (panel.estimate, "estimated from the mean")):
        with qtbot.waitSignal(window.request.source_changed, timeout=20_000) as changed:
            qtbot.mouseClick(button, LEFT)
        assert any(said in note for note in changed.args[0].scan.notes)
        assert changed.args[0].scan.width == 16


@pytest.mark.parametrize("size", [(1280, 800), (2560, 1440)])
def test_pictures_and_panels_share_every_screen(qtbot, example, size):
    """Nothing is cut off, and the pictures have most of the width."""
    example.resize(*size)
    qtbot.waitUntil(lambda: (example.width(), example.height()) == size)
    flow = example.flow
    panels = {"simulate": example.simulate_panel, "method": example.method_panel, "run": example.run_panel}
    for name, panel in panels.items():  # on a small screen the column scrolls to the step
        flow.open_step(name)
        room = panel.height() if name == "run" else min(panel.height(), flow.area.viewport().height() - 40)
        qtbot.waitUntil(lambda p=panel, r=room: p.visibleRegion().boundingRect().height() >= r)
    assert example.run_panel.visibleRegion().boundingRect().height() == example.run_panel.height()
    flow.open_step("simulate")
    assert example.pages.width() > 0.6 * size[0]
    assert example.map.height() >= 120
    assert example.sampling.isVisible()
    cut = [name for name, value in example.sampling.values.items() if value.is_cut()]
    assert cut == []
