"""Training a prior from the window."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QFileDialog, QToolButton

from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.new_priors import score
from ptygui.gui.model.training import begun
from ptygui.gui.wiring.training import offer_prior
from ptygui.methods import AWF, DAPS, DPS, RPIE
from ptygui.networks import spectrum
from ptygui.networks.checkpoint import load_info
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear
from ptygui.training import own, trainer
from ptygui.training.dense_scan import DenseScan
from ptygui.training.options import PriorTraining
from ptygui.training.prior import train_prior

LEFT = Qt.MouseButton.LeftButton
QUICK = PriorTraining(preset="tiny", minutes=60, batch=1, crop=32, bfloat16="no")


@pytest.fixture
def dialog(qtbot, window, tmp_path, monkeypatch):
    """The training window with one image of 96 px dropped on it; saving measures little."""
    monkeypatch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
    monkeypatch.setattr(spectrum, "SIGMAS", (0.1, 1.0))
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
    assert window.request.checked_method().prior == DPS().prior
    press(qtbot, window, "Use for dps")
    assert window.request.checked_method().prior == str(folder)
    assert (str(folder), "prior") in list(window.recents)
    first = int(dialog.bar.text().removeprefix("step ").partition(",")[0])
    assert dialog.start.text() == "Continue &training"
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


@pytest.fixture
def trained(prior_folder, tmp_path):
    """A prior as a training leaves it: with the losses of two saves."""
    folder = tmp_path / "mine"
    shutil.copytree(prior_folder, folder)
    losses = ({"0.3": 0.9}, {"0.1": 0.5, "0.3": 0.0033})
    describe(folder, {"validation": [{"step": 9, "losses": each} for each in losses]})
    return folder


def describe(folder, training):
    path = folder / "prior.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"training": training}))


def press(qtbot, window, words):
    (button,) = (button for button in window.banner.choices if button.text() == words)
    qtbot.mouseClick(button, LEFT)


def prior_menu(window):
    return window.method_panel.form.row("prior").findChild(QToolButton, "list of prior").menu()


def priors_of(window):
    return [window.request.kept(cls).prior for cls in (DAPS, DPS)]


def test_nothing_changes_while_a_prior_is_trained(qtbot, window, dialog, tmp_path):
    window.request.set_method(DPS())
    dialog.form.set_value(replace(QUICK, save_every=0.01))
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil((tmp_path / "prior" / "prior.json").exists, timeout=60_000)
    at = steps(dialog)
    qtbot.waitUntil(lambda: steps(dialog) > at + 1, timeout=60_000)
    assert priors_of(window) == [DAPS().prior, DPS().prior]
    assert not window.banner.isVisible()
    with qtbot.waitSignal(window.training.model_written, timeout=60_000):
        qtbot.mouseClick(dialog.stop, LEFT)
    assert window.request.checked_method() == DPS()
    text = window.banner.label.text()
    assert (
        "Training of prior was stopped. Held-out error at σ = 0.3: prior no held-out score, generic" in text
    )
    press(qtbot, window, "Keep")
    assert priors_of(window) == [DAPS().prior, DPS().prior]
    assert not window.banner.isVisible()


@pytest.mark.parametrize(
    ("words", "used"), [("daps", [True, False]), ("dps", [False, True]), ("both", [True, True])]
)
def test_a_new_prior_is_offered_with_its_score_and_the_old_ones(qtbot, window, trained, words, used):
    window.request.set_method(AWF())
    offer_prior(window, str(trained), "done")
    text = window.banner.label.text()
    assert "Training of mine has finished. Held-out error at σ = 0.3: mine 0.0033, generic (daps) 0.0" in text
    assert "generic (dps) 0.0" in text
    assert [b.text() for b in window.banner.choices] == [
        "Use for daps",
        "Use for dps",
        "Use for both",
        "Keep",
    ]
    assert priors_of(window) == [DAPS().prior, DPS().prior]
    press(qtbot, window, f"Use for {words}")
    assert [prior == str(trained) for prior in priors_of(window)] == used
    assert window.request.checked_method() == AWF()  # the method that is shown is not pushed aside


def test_a_prior_that_a_method_uses_already_is_offered_to_the_other(qtbot, window, trained):
    window.request.set_method(DAPS(prior=str(trained)))
    offer_prior(window, str(trained), "stopped")
    assert [button.text() for button in window.banner.choices] == ["Use for dps", "Keep"]
    assert "daps" not in window.banner.label.text()
    press(qtbot, window, "Use for dps")
    offer_prior(window, str(trained), "done")
    assert not window.banner.isVisible()
    assert "all methods use it already" in window.statusBar().currentMessage()


@pytest.mark.parametrize(
    "training",
    [
        {},
        {"validation": []},
        {"validation": [{"losses": {}}]},
        {"validation": [{"losses": {"0.1": 0.5}}]},
        {"validation": [{"losses": {"0.3": "<b>small</b>"}}]},
        {"validation": [{"losses": {"0.3": True}}]},
        {"validation": {"losses": 3}},
        {"validation": [3, {"losses": [1]}]},
    ],
)
def test_a_prior_without_a_held_out_score_says_so(trained, training):
    describe(trained, training)
    assert score(str(trained)) == "no held-out score"
    assert score(str(trained / "gone")) == "not found"


def test_a_prior_that_was_kept_back_can_be_chosen_from_the_list_of_the_option(qtbot, window, trained):
    window.request.set_method(DPS())
    offer_prior(window, str(trained), "done")
    press(qtbot, window, "Keep")
    menu = prior_menu(window)
    names = [action.text() for action in menu.actions()]
    assert names[-1] == str(trained)
    assert {"blood-compact", "blood-small"} < set(names)
    menu.actions()[-1].trigger()
    assert priors_of(window) == [DAPS().prior, str(trained)]
    window.request.set_method(DAPS())
    assert prior_menu(window).actions()[-1].text() == str(trained)  # the table is another now


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
    assert "choose the prior in the method panel" in dialog.said.text()
    assert window.request.checked_method().prior == DPS().prior
    press(qtbot, window, "Use for both")
    assert priors_of(window) == [str(tmp_path / "prior")] * 2


# ------------------------------------------------------------------ from one's own dense scan


@pytest.fixture
def from_scan(qtbot, window, dialog, monkeypatch, tmp_path):
    """The training window with a tiny model to begin with, and a scan of 64 px active."""
    monkeypatch.setattr(trainer, "save_sheet", lambda *sheet: None)
    start = tmp_path / "start"
    options = replace(QUICK, minutes=0, steps=1)
    list(train_prior({"a": smear((48, 48), 1)}, options, start))
    monkeypatch.setattr("ptygui.gui.model.training.train_own", partial(own.train_own, start=str(start)))
    scan = simulate(smear((64, 64), 2), make_probe("medium", 16), Simulation(overlap=0.6), name="my scan")
    window.request.set_scan(scan)
    return dialog


def subjects(dialog):
    dialog.own.menu().aboutToShow.emit()
    return {action.text(): action for action in dialog.own.menu().actions()}


def test_a_prior_is_trained_on_the_active_scan_and_offered(qtbot, window, from_scan, tmp_path):
    dialog = from_scan
    subjects(dialog)["the scan my scan, reconstructed first"].trigger()
    assert dialog.dense.isVisible()
    assert not dialog.images.isVisible()
    assert dialog.dense.subject.text() == "Learns from the scan my scan, reconstructed first"
    assert dialog.form.value().minutes == 10
    assert Path(dialog.folder.text()) == tmp_path / "my-scan"
    dialog.form.set_value(QUICK)
    dialog.dense.form.set_value(DenseScan(iterations=5, held_out=0))
    train_a_little(qtbot, window, dialog)
    assert (tmp_path / "my-scan" / "dense.h5").is_file()
    assert load_info(tmp_path / "my-scan").training["data"][0].startswith("my scan, ")
    press(qtbot, window, "Use for daps")
    assert window.request.kept(DAPS).prior == str(tmp_path / "my-scan")
    qtbot.mouseClick(dialog.dense.images, LEFT)
    assert dialog.images.isVisible()
    assert dialog.start.isEnabled()  # the image that was there still is


def test_a_prior_is_trained_on_a_run(qtbot, window, from_scan, tmp_path):
    dialog = from_scan
    with qtbot.waitSignal(window.session.run_finished, timeout=60_000):
        window.session.run(AWF(iterations=4), RunSettings("cpu"))
    (words,) = (text for text in subjects(dialog) if text.startswith("run "))
    subjects(dialog)[words].trigger()
    assert not dialog.dense.form.row("iterations").isEnabled()
    dialog.form.set_value(QUICK)
    dialog.dense.form.set_value(DenseScan(held_out=0))
    train_a_little(qtbot, window, dialog)
    said = load_info(dialog.folder.text()).training
    assert "by AWF, 4 iterations" in said["notice"]
    assert not (Path(dialog.folder.text()) / "dense.h5").exists()  # nothing was reconstructed again


def test_a_stop_while_the_scan_is_reconstructed_saves_nothing(qtbot, window, from_scan):
    dialog = from_scan
    subjects(dialog)["the scan my scan, reconstructed first"].trigger()
    dialog.form.set_value(QUICK)
    dialog.dense.form.set_value(DenseScan(iterations=1_000_000))
    qtbot.mouseClick(dialog.start, LEFT)
    qtbot.waitUntil(lambda: dialog.said.text() == "reconstructing the scan …", timeout=60_000)
    assert dialog.bar.format().endswith(" of 1000000")
    qtbot.mouseClick(dialog.stop, LEFT)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=60_000)
    assert dialog.said.text() == "stopped before there was anything to save"
    assert not Path(dialog.folder.text()).exists()


def test_without_scan_and_run_there_is_nothing_to_learn_from(qtbot, window, dialog):
    dialog.subjects = list
    (action,) = subjects(dialog).values()
    assert not action.isEnabled()
