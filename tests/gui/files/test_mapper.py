"""A file that no format knows: the window asks what is where in it, shows what comes of it, and opens it."""

import re
from dataclasses import fields

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialogButtonBox, QInputDialog

from ptygui.files.layout.layout import Layout
from ptygui.files.layout.recipes import recipe_named
from ptygui.gui.files import mapper


@pytest.fixture(autouse=True)
def quick(tmp_path, monkeypatch):
    """Previews at once, recipes of this test alone."""
    monkeypatch.setattr(mapper, "REST", 10)
    monkeypatch.setattr("ptygui.files.layout.recipes.user_recipes", lambda: tmp_path / "recipes")


@pytest.fixture
def oblong():
    """As the tests of files have it."""
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from tests.conftest import small_object

    return simulate(small_object(56)[:40], make_probe("medium", 16), Simulation(overlap=0.5, jitter=2))


@pytest.fixture
def scan(scan):
    """Fewer frames than a frame has rows, so that axes are not alike."""
    return scan.noted(patterns=scan.patterns[:12], positions=scan.positions[:12])


@pytest.fixture
def strange(tmp_path, scan):
    """Frames last, positions in nanometres whose unit is not said."""
    frames = np.moveaxis(scan.patterns, 0, -1).astype(np.uint32)
    path = tmp_path / "strange.npz"
    np.savez(path, frames=frames, motors=scan.positions[:, ::-1] * 20, start_probe=scan.probe)
    return path


def asked(qtbot, window, path):
    """The dialog, once it has looked at the file and said something."""
    window.request.open_scan(str(path))
    qtbot.waitUntil(lambda: window.mapper.isVisible() and window.mapper.said.text() != "", timeout=20_000)
    return window.mapper


def test_every_field_of_a_layout_is_in_the_form(qtbot, jobs):
    dialog = mapper.MapperDialog(jobs)
    qtbot.addWidget(dialog)
    assert set(dialog.boxes) == {field.name for field in fields(Layout)}
    layout = Layout(**{"patterns": "/a", "axes": "kyx", "mask_good": "zero", "energy": "8keV"})
    dialog.set_value(layout)
    assert dialog.value() == layout


def test_what_is_missing_is_said_and_the_scan_opens(qtbot, window, strange, scan):
    dialog = asked(qtbot, window, strange)
    assert dialog.boxes["patterns"].currentText() == "frames"
    assert dialog.boxes["axes"].currentText() == "yxk"
    assert dialog.boxes["positions"].currentText() == "motors"
    assert "unit of the positions is not said: give “Unit”" in dialog.said.text()
    assert not dialog.open_button.isEnabled()
    dialog.boxes["positions_unit"].setCurrentText("nm")
    qtbot.waitUntil(lambda: "pixel size" in dialog.said.text(), timeout=20_000)
    assert not dialog.open_button.isEnabled()
    dialog.boxes["pixel_size"].setCurrentText("20nm")
    qtbot.waitUntil(dialog.open_button.isEnabled, timeout=20_000)
    assert "pixel size 2e-08 m (typed)" in dialog.said.text()
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    found = window.request.scan
    np.testing.assert_array_equal(found.patterns, scan.patterns)
    np.testing.assert_allclose(found.positions, scan.positions - scan.positions.min(0), atol=1e-4)
    assert found.pixel_size_m == pytest.approx(2e-8)
    assert window.request.reading["layout"].pixel_size == "20nm"  # a new probe reads the file in the same way


def test_a_first_reconstruction_tells_whether_all_is_where_it_should_be(qtbot, window, strange):
    dialog = asked(qtbot, window, strange)
    dialog.boxes["positions_unit"].setCurrentText("nm")
    dialog.boxes["pixel_size"].setCurrentText("20nm")
    dialog.boxes["probe"].setCurrentText("start_probe")
    assert not dialog.try_button.isEnabled()
    qtbot.waitUntil(dialog.try_button.isEnabled, timeout=20_000)
    qtbot.mouseClick(dialog.try_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.said.text().startswith("a first reconstruction of 12"), timeout=60_000)
    fits = float(re.search(r"misfit ([0-9.]+) × noise", dialog.said.text())[1])
    assert dialog.first._image is not None
    dialog.boxes["positions_axes"].setCurrentText("yx")  # which it is not
    assert dialog.first._image is None
    qtbot.waitUntil(dialog.try_button.isEnabled, timeout=20_000)
    qtbot.mouseClick(dialog.try_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.said.text().startswith("a first reconstruction of 12"), timeout=60_000)
    assert float(re.search(r"misfit ([0-9.]+) × noise", dialog.said.text())[1]) > fits
    dialog.reject()


def test_a_field_that_cannot_be_is_said_at_once(qtbot, window, strange):
    dialog = asked(qtbot, window, strange)
    dialog.boxes["axes"].setCurrentText("kyz")
    qtbot.waitUntil(lambda: "axes are 'kyz'" in dialog.said.text(), timeout=20_000)
    assert not dialog.open_button.isEnabled()


def test_a_recipe_is_kept_and_offered_for_the_next_file(qtbot, window, strange, tmp_path, monkeypatch):
    dialog = asked(qtbot, window, strange)
    dialog.boxes["positions_unit"].setCurrentText("px")
    qtbot.waitUntil(dialog.keep_button.isEnabled, timeout=20_000)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("my stage", True))
    qtbot.mouseClick(dialog.keep_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.recipe.currentText() == "my stage", timeout=20_000)
    assert recipe_named("my stage").layout.positions_unit == "px"
    cancel = dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel)
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    dialog.said.setText("")
    second = tmp_path / "second.npz"
    second.write_bytes(strange.read_bytes())
    again = asked(qtbot, window, second)
    assert again.recipe.currentText() == "my stage"
    qtbot.waitUntil(again.open_button.isEnabled, timeout=20_000)
    assert again.value().positions_unit == "px"


def test_the_list_shows_what_is_in_the_file(qtbot, window, strange):
    dialog = asked(qtbot, window, strange)
    names = [dialog.tree.topLevelItem(k).text(0) for k in range(dialog.tree.topLevelItemCount())]
    assert names == ["frames", "motors", "start_probe"]
    dialog.tree.setCurrentItem(dialog.tree.topLevelItem(2))
    assert "complex64" in dialog.details.text()
    qtbot.waitUntil(lambda: dialog.picture._image is not None, timeout=20_000)


def test_a_dropped_file_of_frames_asks_and_may_be_an_object(qtbot, window, strange):
    from ptygui.gui.files.opening import kinds_of

    assert kinds_of(strange) == ("scan",)
    dialog = asked(qtbot, window, strange)
    with qtbot.waitSignal(window.opening.requested, timeout=20_000) as caught:
        qtbot.mouseClick(dialog.object_button, Qt.MouseButton.LeftButton)
    assert caught.args == [str(strange), "object"]


def test_a_master_file_opens_with_its_linked_frames(qtbot, window, oblong, tmp_path):
    from tests.files.formats.layouts import metres
    from tests.files.formats.test_frames import write_master

    master = write_master(tmp_path / "s_master.h5", oblong)
    np.savetxt(tmp_path / "motors.csv", metres(oblong)[:, ::-1] * 1e6, delimiter=",")
    dialog = asked(qtbot, window, master)
    assert "no positions that are known: give “Positions”" in dialog.said.text()
    dialog.boxes["positions"].setCurrentText("motors.csv")
    dialog.boxes["positions_unit"].setCurrentText("um")
    qtbot.waitUntil(lambda: "tick “Follow links”" in dialog.said.text(), timeout=20_000)
    dialog.links.setChecked(True)
    qtbot.waitUntil(dialog.open_button.isEnabled, timeout=20_000)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(window.request.scan.patterns, oblong.patterns)
