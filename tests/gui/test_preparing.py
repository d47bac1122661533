"""The dialog of preparation: what each change comes to is seen, applied, undone, saved and repeated."""

import shlex
from itertools import pairwise

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QFileDialog

from ptygui.cli import main
from ptygui.files.layout.layout import Layout
from ptygui.files.preparation_preview import PreparationPreview
from ptygui.files.scans import read_scan
from ptygui.gui.model.prepare_command import prepare_command
from ptygui.physics.orientation import ORIENTATIONS
from ptygui.prepare.preparation import Preparation
from tests.conftest import small_object
from tests.files.problem_scans import write
from tests.gui.test_accessible import unnamed, untold


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A scan of 24 x 24 px with a gap in row 5 and an empty frame."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    scan = simulate(small_object(56)[:44], make_probe("medium", 24), Simulation(overlap=0.7))
    patterns = scan.patterns.astype("u4")
    patterns[:, 5], patterns[4] = 2**32 - 1, 0
    return str(write(tmp_path_factory.mktemp("raw") / "raw.cxi", scan, patterns))


@pytest.fixture
def dialog(qtbot, window, raw):
    """The dialog of the scan, opened by its button, once it shows something."""
    assert window.scan_panel.prepare.isHidden()
    window.request.open_scan(raw)
    qtbot.waitUntil(lambda: window.request.path == raw, timeout=20_000)
    qtbot.mouseClick(window.scan_panel.prepare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.prepare_dialog.apply.isEnabled, timeout=20_000)
    yield window.prepare_dialog
    window.prepare_dialog.close()


def said(dialog):
    return [dialog.notes.item(k).text() for k in range(dialog.notes.count())]


def put(qtbot, dialog, **options):
    """Type options, and wait for the answer; returns it."""
    for name, value in options.items():
        if name == "crop":
            dialog.crop.setValue(value)
        else:
            dialog.form.row(name).setValue(value)
    qtbot.waitUntil(lambda: dialog._answer.preparation == Preparation(**options), timeout=20_000)
    return dialog._answer


def test_what_was_found_is_said_and_coloured(qtbot, dialog):
    assert any("1 frame (4) with less than" in text for text in said(dialog))
    assert any("all bits set" in text for text in said(dialog))
    view = dialog._answer.view
    assert view.bad[5].all()
    assert not view.bad[6].any()
    assert 4 not in view.frames
    assert dialog.crop.value() == 24
    assert "beam at row 12, column 12" in dialog.beam.text()
    assert f"{view.of - 1} of {view.of} are kept" in dialog.which.text()


def test_changes_show_at_once_and_can_be_refused(qtbot, dialog):
    answer = put(qtbot, dialog, crop=20, frames="::2")
    assert answer.view.mean.shape == (20, 20)
    assert set(answer.view.frames) <= set(range(0, answer.view.of, 2)) - {4}
    dialog.slider.setValue(2)
    qtbot.waitUntil(lambda: dialog.which.text().startswith(f"frame {answer.view.frames[2]} "))
    assert dialog._answer.counts.shape == (20, 20)
    dialog.form.row("bin").setValue(8)
    qtbot.waitUntil(lambda: "leave 2 px" in " ".join(said(dialog)))
    assert not dialog.apply.isEnabled()
    dialog.form.row("bin").reset.click()
    qtbot.waitUntil(dialog.apply.isEnabled)
    dialog.form.row("threshold").setValue(-1.0)  # refused before it is tried
    dialog.slider.setValue(1)
    qtbot.waitUntil(lambda: dialog._answer.place == 1)
    assert not dialog.apply.isEnabled()


def test_what_is_seen_is_what_is_applied(qtbot, window, dialog, raw):
    before = window.request.scan
    answer = put(qtbot, dialog, crop=20, threshold=2.0, frames="1:")
    dialog.slider.setValue(3)
    qtbot.waitUntil(lambda: dialog._answer.place == 3)
    dialog.apply.click()
    qtbot.waitUntil(lambda: window.request.scan is not before, timeout=20_000)
    scan = window.request.scan
    assert "prepared with --frames 1: --threshold 2 --crop 20" in scan.notes
    assert set(answer.view.notes) <= set(scan.notes)
    np.testing.assert_allclose(answer.view.mean, scan.patterns[:].mean(0), rtol=1e-5)
    np.testing.assert_array_equal(answer.view.mask, scan.mask)
    np.testing.assert_array_equal(dialog._answer.counts, scan.patterns[3])
    assert window.request.path == raw
    assert window.request.reading == {"preparation": Preparation(crop=20, threshold=2.0, frames="1:")}
    window.undo.undo()
    assert window.request.scan is before
    assert window.request.reading == {}
    window.undo.redo()
    assert window.request.scan is scan
    assert window.request.reading["preparation"].crop == 20
    dialog.close()
    window.scan_panel.prepare.click()  # begins with what was applied
    qtbot.waitUntil(dialog.apply.isEnabled, timeout=20_000)
    assert dialog.crop.value() == 20
    assert dialog.form.row("threshold").value() == 2


def test_saved_as_the_command_line_does(qtbot, window, dialog, raw, tmp_path, monkeypatch):
    put(qtbot, dialog, crop=16, mask="file")
    dialog.copy.click()
    command = shlex.split(QApplication.clipboard().text())
    assert command[:2] == ["ptygui", "prepare"]
    by_command, by_window = tmp_path / "command.h5", tmp_path / "window.h5"
    command[command.index("--out") + 1] = str(by_command)
    assert main(command[1:]) == 0
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(by_window), ""))
    dialog.save.click()
    qtbot.waitUntil(by_window.exists, timeout=20_000)
    one, two = read_scan(by_command), read_scan(by_window)
    np.testing.assert_array_equal(one.patterns, two.patterns)
    np.testing.assert_array_equal(one.mask, two.mask)
    assert one.notes == two.notes
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (raw, ""))
    with qtbot.waitSignal(window.jobs.failed, timeout=20_000) as failed:
        dialog.save.click()
    assert "choose another name" in str(failed.args[0])


def test_another_scan_closes_it(qtbot, window, dialog, scan):
    window.request.set_scan(scan)
    assert dialog.isHidden()
    assert window.scan_panel.prepare.isHidden()


def test_every_control_has_a_name_and_says_what_it_does(dialog):
    assert unnamed(dialog) == []
    assert untold(dialog) == []


def test_a_file_that_is_gone(qtbot, window, dialog, raw, tmp_path):
    window.preparer.open(str(tmp_path / "gone.cxi"), {})
    window.preparer.ask(Preparation(), 0)
    qtbot.waitUntil(lambda: "gone.cxi" in " ".join(said(dialog)), timeout=20_000)
    assert not dialog.apply.isEnabled()


def test_a_saturated_frame_has_a_mask_of_its_own(tmp_path, scan):
    patterns = scan.patterns[:].astype("u2")
    patterns[3, 2, 2] = 2**16 - 1
    preview = PreparationPreview(write(tmp_path / "one.cxi", scan, patterns))
    view = preview.view(Preparation())
    assert view.mask.all()
    assert not preview.frame(3)[1][2, 2]
    assert preview.frame(4)[1].all()
    assert view.mean[2, 2] < 2**12


def test_the_command_has_all_that_was_said_on_reading():
    reading = {
        "metadata": "a b.h5", "pixel_size_m": 1e-8, "allow_links": True, "zero_frequency": "corner",
        "swap_axes": True, "flip_rows": False, "flip_columns": True, "probe": np.ones((4, 4)),
        "layout": Layout(patterns="/data", mask="/bad", pixel_size="10nm", rotation="-30deg"),
    }  # fmt: skip
    words = shlex.split(prepare_command("it's.h5", reading, Preparation(frames="-5:")))
    pairs = dict(pairwise(words))
    assert words[:3] == ["ptygui", "prepare", "it's.h5"]
    assert pairs["--metadata"] == "a b.h5"
    assert pairs["--zero-frequency"] == "corner"
    assert pairs["--orientation"] == "transpose-flip-columns"
    assert pairs["--mask-path"] == "/bad"
    assert pairs["--probe"] == "FILE"
    assert float(pairs["--pixel-size"]) == pytest.approx(1e-8)
    assert {"--allow-links", "--rotation=-30deg", "--frames=-5:"} <= set(words)


def test_orientations_follow_one_another():
    points = np.random.default_rng(0).random((5, 2))
    for first in ORIENTATIONS:
        for then in ORIENTATIONS:
            both = then.after(first).apply(points)
            np.testing.assert_array_equal(both, then.apply(first.apply(points)))


def test_a_mask_is_drawn_undone_and_repeated(qtbot, dialog, raw, tmp_path):
    def drag(first, last):
        """From pixel to pixel of the detector, row and column."""
        points = [canvas.mapFromScene(column + 0.5, row + 0.5) for row, column in (first, last)]
        qtbot.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=points[0])
        qtbot.mouseMove(canvas.viewport(), pos=points[1])
        qtbot.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=points[1])

    qtbot.mouseClick(dialog.draw_mask, Qt.MouseButton.LeftButton)
    mask = dialog.mask_dialog
    canvas = mask.canvas
    assert mask.isVisible()
    qtbot.mouseClick(mask.tools["box"], Qt.MouseButton.LeftButton)
    drag((10, 12), (11, 14))
    mask.erase.setChecked(True)
    drag((5, 0), (5, 0))  # the gap that was found
    assert dialog.preparation().drawn == "box 10 12 2 3; erase box 5 0 1 1"
    mask.erase.setChecked(False)
    qtbot.mouseClick(mask.tools["ellipse"], Qt.MouseButton.LeftButton)
    drag((2, 2), (20, 20))
    assert "ellipse 11 11 9 9" in dialog.preparation().drawn
    mask.undo.click()
    assert dialog.preparation().drawn == "box 10 12 2 3; erase box 5 0 1 1"
    qtbot.waitUntil(lambda: dialog._answer.preparation == dialog.preparation(), timeout=20_000)
    bad = dialog._answer.view.bad
    assert np.argwhere(bad[6:]).tolist() == [[r - 6, c] for r in (10, 11) for c in (12, 13, 14)]
    assert any("mask drawn by hand: 6 more bad pixels" in text for text in said(dialog))
    assert "by hand 6" in mask.told.text()
    mask.base_changed.emit("none")
    qtbot.waitUntil(lambda: dialog._answer.preparation.mask == "none", timeout=20_000)
    words = shlex.split(dialog.command.text())
    out = tmp_path / "drawn.h5"
    assert main([*words[1 : words.index("--out")], "--turn", "30", "--out", str(out)]) == 0
    scan = read_scan(out)
    assert not scan.mask[10:12, 12:15].any()
    assert any("--drawn 'box 10 12 2 3; erase box 5 0 1 1'" in note for note in scan.notes)
    step = np.diff(read_scan(raw).positions[:2], axis=0)[0]
    turned = np.diff(scan.positions[:2], axis=0)[0]
    assert np.hypot(*turned) == pytest.approx(np.hypot(*step), abs=0.01)
    assert np.degrees(np.arctan2(*turned) - np.arctan2(*step)) % 360 == pytest.approx(330, abs=0.1)
