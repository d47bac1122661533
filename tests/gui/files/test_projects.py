"""Project and result files, as a user saves, opens, drops and closes them."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from ptygui.experiment.settings import RunSettings
from ptygui.files import project as project_files
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.layout.layout import Layout
from ptygui.gui.pages import COMPARISON, STEPS
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import AWF, RPIE
from ptygui.physics import positions
from ptygui.prepare.preparation import Preparation

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def run_to_end(qtbot, window, method=None):
    if method is not None:
        window.request.set_method(method)
    window.run_panel.form.row("device").setValue("cpu")
    with qtbot.waitSignal(window.session.run_finished, timeout=30_000):
        qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)


def save(qtbot, window):
    with qtbot.waitSignal(window.projects.saved, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_S, CTRL)


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), action, data, Qt.MouseButton.LeftButton, no_key))


def press(qtbot, window, words):
    (button,) = [b for b in window.banner.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def choose(monkeypatch, tmp_path):
    """What the file dialogs answer, in this order; and what they were asked."""
    answers = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(answers.pop(0)), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(answers.pop(0)), ""))
    return answers


def test_save_close_open_brings_everything_back(qtbot, window, new_window, choose, tmp_path):
    run_to_end(qtbot, window, RPIE(iterations=12))
    run_to_end(qtbot, window, AWF(iterations=5))
    first, second = window.session.runs
    window.session.selection.show_run(first)
    window.session.selection.show_index(5)
    window.session.selection.pin(5)
    window.session.rename(first, "my first")
    window.run_panel.form.row("seed").setValue(7)
    window.request.set_method(RPIE(iterations=12, alpha=0.2))
    window.menus.actions["phase"].trigger()
    window.object.circle.click()
    window.show_page(COMPARISON)
    window.compare.pick(("run", first.number), ("run", second.number))
    window.docks.docks["log"].hide()
    path = tmp_path / "mine.ptygui"
    choose.append(path.with_suffix(""))
    save(qtbot, window)
    assert window.windowTitle().startswith("mine.ptygui")
    assert window.projects.unsaved == 0
    window.close()

    again = new_window()
    drop(again, path)
    qtbot.waitUntil(lambda: len(again.session.runs) == 2, timeout=20_000)
    session = again.session
    assert session.selection.run.name == "my first"
    assert session.selection.step.index == 5
    assert session.selection.history.pins == {5}
    last = session.selection.run.last
    qtbot.waitUntil(lambda: again.run_panel.bar.text() == f"{last.index} of {last.total}")
    assert again.run_panel.form.row("seed").value() == 7
    assert again.request.checked_method() == RPIE(iterations=12, alpha=0.2)
    assert again.object.parts == "phase"
    assert again.object.circle.isChecked()
    assert again.docks.docks["log"].isHidden()
    assert not again.undo.canUndo()
    assert again.pages.currentIndex() == COMPARISON
    qtbot.waitUntil(lambda: again.compare.compared is not None, timeout=20_000)
    assert [again.compare.compared.a.key, again.compare.compared.b.key] == [("run", 1), ("run", 2)]
    again.show_page(STEPS)
    for old, new in zip((first, second), session.runs, strict=True):
        assert [f.index for f in old.history.frames] == [f.index for f in new.history.frames]
        for one, other in zip(old.history.frames, new.history.frames, strict=True):
            np.testing.assert_array_equal(one.obj, other.obj)
    qtbot.waitUntil(lambda: again.object.step is session.selection.step)
    # the restored step is gone on from bit for bit
    again.request.set_method(RPIE(iterations=12))
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        qtbot.keyClick(again, Qt.Key.Key_R, CTRL | SHIFT)
    assert session.selection.run.origin == (1, 5, "my first")
    np.testing.assert_array_equal(session.selection.run.last.obj, first.last.obj)


def test_a_stopped_run_is_called_so_when_it_is_opened_or_chosen(qtbot, new_window, scan, tmp_path):
    window = new_window()
    window.request.set_scan(scan)
    run_to_end(qtbot, window, RPIE(iterations=5))
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        window.session.run(RPIE(iterations=10_000_000), RunSettings("cpu"), held=True)
        qtbot.waitUntil(lambda: window.session.state == "paused", timeout=20_000)
        window.session.stop()
    path = project_files.write_project(tmp_path / "p.ptygui", project_of(window))
    again = new_window()
    drop(again, path)
    qtbot.waitUntil(lambda: again.run_panel.bar.text() == "1 of 10000000, stopped", timeout=20_000)
    for place, text in ((0, "5 of 5"), (1, "1 of 10000000, stopped")):
        again.session.selection.show_run(again.session.runs[place])
        qtbot.waitUntil(lambda text=text: again.run_panel.bar.text() == text)


def test_a_simulated_scan_goes_on_with_the_slider(qtbot, new_window, choose, tmp_path):
    window = new_window()
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        window.load_example()
    run_to_end(qtbot, window, AWF(iterations=3))
    choose.append(tmp_path / "p.ptygui")
    save(qtbot, window)
    window.close()
    again = new_window()
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        again.open(str(tmp_path / "p.ptygui"), "project")
    assert again.simulate_panel.overlap.value() == 38
    scan = again.request.scan
    assert not again.simulator.pending  # nothing is simulated by opening alone
    with qtbot.waitSignal(again.request.source_changed, timeout=20_000) as changed:
        again.simulate_panel.overlap.setValue(60)
    np.testing.assert_array_equal(changed.args[0].scan.truth, scan.truth)
    assert len(changed.args[0].scan) > len(scan)
    assert again.session.selection.run is not None  # of the same object: the pictures stay


def test_object_and_probe_of_a_simulation_come_back(qtbot, new_window, choose, tmp_path):
    """As the panels have them, so that they can be changed on; also from a project saved once more."""
    window = new_window()
    window.load_example()
    window.simulate_panel.object_size.setValue(64)
    window.simulate_panel.seed.setValue(3)
    window.probe_panel.form.row("defocus").setValue(5.0)
    source = window.simulator
    qtbot.waitUntil(lambda: source.named_probe.name == "pupil" and not source.pending, timeout=20_000)
    qtbot.waitUntil(lambda: source.made(window.request.scan) is not None, timeout=20_000)
    scan = window.request.scan
    for _ in range(2):
        path = project_files.write_project(tmp_path / "p.ptygui", project_of(window))
        window = new_window()
        with qtbot.waitSignal(window.projects.opened, timeout=20_000):
            window.open(str(path), "project")
        simulate, probe = window.simulate_panel, window.probe_panel
        assert (simulate.object_size.value(), simulate.seed.value()) == (64, 3)
        assert probe.form.value() == source.named_probe.pupil
        assert "not of this pupil" not in probe.lens.text()
        assert not window.simulator.pending
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000) as changed:
        probe.form.row("defocus").setValue(8.5)
    np.testing.assert_array_equal(changed.args[0].scan.truth, scan.truth)
    assert not np.array_equal(changed.args[0].scan.probe, scan.probe)


def test_an_object_that_no_panel_could_ask_for_is_refused(qtbot, new_window, tmp_path):
    window = new_window()
    window.load_example()
    qtbot.waitUntil(lambda: window.simulator.made(window.request.scan) is not None, timeout=20_000)
    project, window = project_of(window), new_window()
    for made in (
        {"kind": "smear", "size": 10**6},
        {"kind": "smear", "size": "64"},
        {"kind": "command"},
        {"kind": "file", "path": 3},
    ):
        project.settings["made"]["object"] = made
        path = project_files.write_project(tmp_path / "p.ptygui", project)
        window.banner.hide()
        with qtbot.waitSignal(window.projects.opened, timeout=20_000):
            window.open(str(path), "project")
        assert window.banner.isVisible()
        assert "simulation of the project is not used" in window.banner.label.text()


def test_a_project_on_the_command_line(qtbot, window, new_window, choose, tmp_path, monkeypatch):
    from ptygui.gui import app

    run_to_end(qtbot, window)
    choose.append(tmp_path / "p.ptygui")
    save(qtbot, window)
    monkeypatch.setattr(app, "Window", lambda settings, recovery: new_window(recovery))
    again = app.open_window(str(tmp_path / "p.ptygui"), window.settings)
    qtbot.waitUntil(lambda: len(again.session.runs) == 1, timeout=20_000)
    qtbot.waitUntil(lambda: again.device.text() != "device: …", timeout=60_000)


def test_a_lost_scan_is_asked_for(qtbot, new_window, choose, scan, tmp_path):
    window = new_window()
    path = write_scan(tmp_path / "there" / "scan.h5", scan)
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        drop(window, path)
    run_to_end(qtbot, window, AWF(iterations=3))
    project = tmp_path / "here" / "p.ptygui"
    choose.append(project)
    save(qtbot, window)
    window.close()
    elsewhere = path.rename(tmp_path / "renamed.h5")

    again = new_window()
    drop(again, project)
    qtbot.waitUntil(again.banner.isVisible, timeout=20_000)
    assert "scan.h5 is neither at" in again.banner.label.text()
    assert len(again.session.runs) == 0
    choose.append(elsewhere)
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        press(qtbot, again, "Find…")
    assert again.session.selection.run.scan_path == str(elsewhere)
    assert "was found at" in again.banner.label.text()

    third = new_window()
    drop(third, project)
    qtbot.waitUntil(third.banner.isVisible, timeout=20_000)
    with qtbot.waitSignal(third.projects.opened, timeout=20_000):
        press(qtbot, third, "Open without")
    assert len(third.session.runs) == 0
    assert third.projects.path is None  # Ctrl+S does not write over the file that has the runs
    assert "1 runs were left out" in third.banner.label.text()


def test_runs_given_up_for_a_project_whose_scans_are_lost_are_asked_about_again(
    qtbot, window, new_window, scan, tmp_path
):
    path = write_scan(tmp_path / "scan.h5", scan)
    other = new_window()
    with qtbot.waitSignal(other.session.request.opened, timeout=20_000):
        drop(other, path)
    run_to_end(qtbot, other, AWF(iterations=3))
    project_files.write_project(tmp_path / "p.ptygui", project_of(other))
    path.unlink()
    run_to_end(qtbot, window, AWF(iterations=3))
    window.open(str(tmp_path / "p.ptygui"), "project")
    (box,) = window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(window.banner.isVisible, timeout=20_000)
    window.session.rename(window.session.runs[0], "worked on meanwhile")
    press(qtbot, window, "Open without")
    qtbot.waitUntil(lambda: any(b.isVisible() for b in window.findChildren(QMessageBox)), timeout=20_000)
    (box,) = (b for b in window.findChildren(QMessageBox) if b.isVisible())
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert [run.name for run in window.session.runs] == ["worked on meanwhile"]


@pytest.mark.parametrize("answer", ["Save", "Discard", "Cancel"])
def test_opening_over_unsaved_runs_asks(qtbot, window, new_window, choose, tmp_path, answer):
    run_to_end(qtbot, window)
    choose.append(tmp_path / "first.ptygui")
    save(qtbot, window)
    run_to_end(qtbot, window, AWF(iterations=3))
    assert window.projects.unsaved == 1
    window.open(str(tmp_path / "first.ptygui"), "project")
    (box,) = window.findChildren(QMessageBox)
    assert box.isVisible()
    assert "1 run is not saved" in box.text()
    click = lambda: box.button(QMessageBox.StandardButton[answer]).click()  # noqa: E731
    if answer == "Cancel":
        click()
        assert len(window.session.runs) == 2
        return
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        click()
    assert len(window.session.runs) == (2 if answer == "Save" else 1)


def test_overlaps_of_what_is_opened_are_found_off_the_gui_thread(
    qtbot, window, choose, tmp_path, monkeypatch
):
    run_to_end(qtbot, window)
    choose.append(tmp_path / "p.ptygui")
    save(qtbot, window)
    threads, neighbours = [], positions.neighbours

    def traced(*args):
        threads.append(threading.current_thread())
        return neighbours(*args)

    monkeypatch.setattr(positions, "neighbours", traced)
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.read(str(tmp_path / "p.ptygui"))
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert len(threads) > 0
    assert threading.main_thread() not in threads


def test_a_saved_run_whose_steps_are_thinned_stays_saved(qtbot, window, choose, tmp_path):
    run_to_end(qtbot, window)
    choose.append(tmp_path / "p.ptygui")
    save(qtbot, window)
    history = window.session.selection.history
    count = len(history.frames)
    window.session.runs.max_bytes = 1
    window.session.runs.bound()
    assert len(history.frames) < count
    assert window.projects.unsaved == 0
    window.session.selection.pin(history.frames[0].index)
    assert window.projects.unsaved == 1


def test_a_project_opens_in_a_run(qtbot, window, choose, tmp_path):
    run_to_end(qtbot, window)
    choose.append(tmp_path / "p.ptygui")
    save(qtbot, window)
    window.request.set_method(RPIE(iterations=10_000_000))
    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.session.selection.history) > 2, timeout=20_000)
    window.projects.read(str(tmp_path / "p.ptygui"))
    qtbot.waitUntil(lambda: len(window.findChildren(QMessageBox)) == 1, timeout=20_000)
    (box,) = window.findChildren(QMessageBox)  # the live run is not saved
    box.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: len(window.session.runs) == 1 and not window.session.live, timeout=20_000)
    assert window.session.selection.step.index == 40


def test_a_save_that_ends_after_another_project_was_opened_is_not_its_file(
    qtbot, window, choose, tmp_path, monkeypatch
):
    run_to_end(qtbot, window)
    choose += [tmp_path / "a.ptygui", tmp_path / "b.ptygui"]
    save(qtbot, window)
    gate, write = threading.Event(), project_files.write_project

    def slow(*args, **how):
        gate.wait(20)
        return write(*args, **how)

    monkeypatch.setattr(project_files, "write_project", slow)
    window.projects.save_as()
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.read(str(tmp_path / "a.ptygui"))
    with qtbot.waitSignal(window.projects.saved, timeout=20_000):
        gate.set()
    assert window.projects.path == str(tmp_path / "a.ptygui")


def test_a_broken_project_is_told(qtbot, window, tmp_path):
    path = tmp_path / "broken.ptygui"
    path.write_bytes(b"\x89HDF\r\n\x1a\nnothing more")
    run_to_end(qtbot, window)
    window.projects.read(str(path))
    qtbot.waitUntil(window.banner.isVisible, timeout=20_000)
    assert "broken.ptygui" in window.banner.label.text()
    assert "Unexpected" not in window.banner.label.text()
    assert len(window.session.runs) == 1


def test_options_of_another_version_are_left_and_named(qtbot, window, tmp_path):
    from ptygui.files.project import write_project

    project = project_of(window)
    project.settings["methods"]["awf"] = {"magic": 1}
    project.settings["simulation"] = {"overlap": "much"}
    write_project(tmp_path / "p.ptygui", project)
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.read(str(tmp_path / "p.ptygui"))
    assert "methods of the project is not used" in window.banner.label.text()
    assert "overlap is 'much'" in window.banner.label.text()


# ---------------------------------------------------------------------- results


@pytest.fixture
def result(qtbot, window, tmp_path):
    from ptygui.files.result import Result
    from ptygui.files.results import write_result

    run_to_end(qtbot, window, RPIE(iterations=12))
    run = window.session.selection.run
    made = Result.of(run.scan, run.method, run.history, seed=run.seed, device=run.device)
    return write_result(tmp_path / "mine.h5", made), run


def test_a_dropped_result_is_a_run_of_the_list(qtbot, window, result):
    path, run = result
    drop(window, path)
    qtbot.waitUntil(lambda: len(window.session.runs) == 2, timeout=20_000)
    opened = window.session.runs[1]
    assert window.session.selection.run is opened
    assert (opened.name, opened.outcome, opened.method) == ("mine", "done", run.method)
    assert opened.scan is run.scan
    assert opened.history.numbers == run.history.numbers
    qtbot.waitUntil(lambda: window.object.step is opened.last)
    np.testing.assert_array_equal(opened.last.obj, run.last.obj)
    assert (str(path), "result") in list(window.recents)


def test_a_result_without_its_scan(qtbot, new_window, result, scan):
    path, _ = result
    window = new_window()
    with qtbot.waitSignal(window.session.selection.run_chosen, timeout=20_000):
        window.opening.open(str(path), "result")
    opened = window.session.selection.run
    qtbot.waitUntil(lambda: window.object.step is opened.last)
    window.request.set_method(RPIE(iterations=20))
    qtbot.keyClick(window, Qt.Key.Key_R, CTRL | SHIFT)
    assert "open its scan first" in window.banner.label.text()
    assert window.projects.unsaved == 0  # it is in its file
    window.request.set_scan(replace(scan))  # now it can be gone on from
    assert opened.scan.has_patterns
    assert window.object.scan is window.residual.scan is opened.scan
    assert window.object.step is window.residual.step is opened.last  # which stays in sight
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        qtbot.keyClick(window, Qt.Key.Key_R, CTRL | SHIFT)
    assert window.session.selection.run.last.index == 20


def test_a_result_by_the_dialog(qtbot, window, result, choose):
    choose.append(result[0])
    window.menus.actions["open_result"].trigger()
    qtbot.waitUntil(lambda: len(window.session.runs) == 2, timeout=20_000)


def test_scans_of_other_runs_come_back_with_their_readings(qtbot, window, new_window, choose, scan, tmp_path):
    np.savez(tmp_path / "strange.npz", images=scan.patterns, stage=scan.positions, beam=scan.probe)
    said = {"patterns": "images", "positions": "stage", "positions_axes": "yx", "positions_unit": "px"}
    layout, path = Layout(**said, probe="beam"), str(tmp_path / "strange.npz")
    window.request.open_scan(path, layout=layout)
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    window.request.set_method(RPIE(iterations=2))
    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [run.outcome for run in window.session.runs] == ["done"], timeout=20_000)
    window.request.set_scan(scan)  # the next run is of another one
    choose.append(tmp_path / "kept.ptygui")
    save(qtbot, window)
    other = new_window()
    with qtbot.waitSignal(other.projects.opened, timeout=20_000):
        other.open(str(tmp_path / "kept.ptygui"), "project")
    run = next(iter(other.session.runs))
    other.request.set_scan(run.scan, run.scan_path)
    assert other.request.reading == {"layout": layout}


def test_a_scan_that_was_opened_by_its_layout_comes_back_as_opened(
    qtbot, window, new_window, choose, scan, tmp_path
):
    path = tmp_path / "strange.npz"
    places = scan.positions[:, ::-1]
    np.savez(path, images=scan.patterns, stage=places, beam=scan.probe)
    layout = Layout(patterns="images", positions="stage", positions_unit="px", probe="beam")
    prepared = Preparation(drawn="box 0 0 2 3", turn=5)
    window.request.open_scan(str(path), layout=layout, preparation=prepared, flip_rows=True)
    qtbot.waitUntil(lambda: window.request.path == str(path), timeout=20_000)
    choose.append(tmp_path / "kept.ptygui")
    save(qtbot, window)
    other = new_window()
    other.open(str(tmp_path / "kept.ptygui"), "project")
    qtbot.waitUntil(lambda: other.request.path == str(path), timeout=20_000)
    assert other.request.source.opened
    assert not other.request.scan.mask[:2, :3].any()
    assert other.request.reading == {"layout": layout, "preparation": prepared, "flip_rows": True}
    qtbot.mouseClick(other.scan_panel.prepare, Qt.MouseButton.LeftButton)  # the file is read so again
    qtbot.waitUntil(other.prepare_dialog.apply.isEnabled, timeout=20_000)
    assert other.prepare_dialog.preparation() == prepared
    other.prepare_dialog.close()
