"""Training a prior from the window."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QFileDialog

from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.training import begun
from ptygui.gui.wiring.training import take_prior
from ptygui.methods import AWF, DPS, RPIE
from ptygui.physics.smear import smear
from ptygui.training import trainer
from ptygui.training.options import PriorTraining

LEFT = Qt.MouseButton.LeftButton
QUICK = PriorTraining(preset="tiny", minutes=60, batch=1, crop=32, autocast="no")


@pytest.fixture
def dialog(qtbot, window, tmp_path, monkeypatch):
    """The training window with one image of 96 px dropped on it; saving does not measure the guidance."""
    monkeypatch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
    np.save(tmp_path / "mine.npy", smear((96, 96), 0))
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    dialog = window.train_window
    assert dialog.isVisible()
    assert not dialog.start.isEnabled()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "mine.npy"))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    dialog.dropEvent(QDropEvent(QPointF(5, 5), action, data, LEFT, no_key))
    dialog.folder.setText(str(tmp_path / "prior"))
    dialog.form.set_value(QUICK)
    return dialog


def steps(dialog):
    return len(dialog.loss.trained.getData()[0]) if dialog.loss.trained.getData()[0] is not None else 0


def train_a_little(qtbot, window, dialog):
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil(lambda: steps(dialog) > 2, timeout=60_000)
    with qtbot.waitSignal(window.training.model_written, timeout=60_000):
        qtbot.mouseClick(dialog.stop, LEFT)


def test_train_stop_use_and_go_on(qtbot, window, dialog, tmp_path):
    window.request.set_method(DPS())
    train_a_little(qtbot, window, dialog)
    folder = tmp_path / "prior"
    assert begun(folder)
    assert dialog.said.text() == "stopped and saved"
    assert not dialog.sheet.pixmap().isNull()
    assert window.request.checked_method().prior == str(folder)
    assert (str(folder), "prior") in list(window.recents)
    first = int(dialog.bar.text().removeprefix("step ").partition(",")[0])
    assert dialog.start.text() == "Go on &training"
    train_a_little(qtbot, window, dialog)
    assert dialog.loss.trained.getData()[0][0] > first  # it goes on where it was
    assert "left" in dialog.bar.text()
    # and the prior reconstructs
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000) as end:
        window.session.run(DPS(prior=str(folder), num_steps=4, j=0), RunSettings("cpu"))
    assert end.args == ["done"]


def test_reconstruction_goes_on_beside_a_training(qtbot, window, dialog):
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil(lambda: steps(dialog) > 1, timeout=60_000)
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000) as end:
        window.session.run(RPIE(iterations=30), RunSettings("cpu"))
    assert end.args == ["done"]
    at = steps(dialog)
    qtbot.waitUntil(lambda: steps(dialog) > at, timeout=60_000)
    assert window.request.checked_method() == RPIE(iterations=40)  # nothing is pushed aside


def test_closing_the_window_saves_the_training(qtbot, window, dialog, tmp_path):
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil(lambda: steps(dialog) > 1, timeout=60_000)
    thread = window.training._thread
    window.close()
    assert thread.isFinished()
    assert begun(tmp_path / "prior")
    assert (tmp_path / "prior" / "sheet.png").is_file()


def test_an_image_that_is_none_is_told_in_the_dialog(qtbot, window, dialog, tmp_path):
    (tmp_path / "none.png").write_text("no picture")
    dialog.images.clear()
    dialog.add_images([str(tmp_path / "none.png")])
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil(lambda: "none.png" in dialog.said.text(), timeout=60_000)
    qtbot.waitUntil(dialog.start.isEnabled)
    assert not Path(dialog.folder.text()).exists()
    dialog.images.selectAll()
    qtbot.mouseClick(dialog.remove, LEFT)
    assert dialog.images.count() == 0
    assert not dialog.start.isEnabled()


def test_another_method_is_not_pushed_aside(qtbot, window):
    window.request.set_method(AWF())
    take_prior(window, "/somewhere")
    assert isinstance(window.request.checked_method(), AWF)
    assert window.request.kept(DPS).prior == "/somewhere"


def test_files_preset_and_minutes_are_chosen_in_the_dialog(qtbot, window, dialog, tmp_path, monkeypatch):
    """By its buttons and its table, and asked for as they stand there."""
    np.save(tmp_path / "other.npy", smear((96, 96), 1))
    chosen = [str(tmp_path / name) for name in ("other.npy", "mine.npy")]  # the second is there already
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: (chosen, ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path / "elsewhere"))
    asked = []
    dialog.train_requested.disconnect()
    dialog.train_requested.connect(asked.append)
    qtbot.mouseClick(dialog.add, LEFT)
    qtbot.mouseClick(dialog.smears, LEFT)
    qtbot.mouseClick(dialog.choose, LEFT)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.form.tree.setCurrentItem(next(iter(dialog.form.row("minutes").items)))
    line = dialog.form.editor("minutes").lineEdit()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "2.5")
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    dialog.form.editor("preset").setCurrentText("small")
    qtbot.mouseClick(dialog.start, LEFT)
    (request,) = asked
    assert [Path(path).name for path in request.objects] == ["mine.npy", "other.npy", "smear"]
    assert (request.options.preset, request.options.minutes) == ("small", 2.5)
    assert request.folder == tmp_path / "elsewhere"


def test_a_training_ends_by_itself_when_its_minutes_are_over(qtbot, window, dialog, tmp_path):
    window.request.set_method(DPS())
    dialog.form.set_value(replace(QUICK, minutes=0.02))
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil(lambda: dialog.state == "done", timeout=60_000)
    assert "can be chosen in the method panel" in dialog.said.text()
    assert window.request.checked_method().prior == str(tmp_path / "prior")
