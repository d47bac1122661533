"""What is not saved outlives the window, its process and a kill."""

import errno
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from conftest import step_of
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files import hdf5, recovery
from ptygui.files.project import Project, read_project, write_project
from ptygui.files.recovery import MOST_FRAMES, keep, kept, lightened, outdated, recover, size_of
from ptygui.gui.model import autosave as module
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import AWF, RPIE

LEFT = Qt.MouseButton.LeftButton


def run_to_end(qtbot, window, scan, method=RPIE(iterations=8)):  # noqa: B008 - frozen
    window.request.set_scan(scan)
    with qtbot.waitSignal(window.session.run_finished, timeout=30_000):
        window.session.run(method, RunSettings("cpu"))


def written(qtbot, window, runs):
    recovery = window.autosave
    qtbot.waitUntil(
        lambda: recovery.folder is not None and len(kept(recovery.folder)) == runs, timeout=20_000
    )
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)


def press(qtbot, window, words):
    (button,) = [b for b in window.banner.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    qtbot.mouseClick(button, LEFT)


def test_each_run_is_kept_and_offered_by_the_next_window(qtbot, new_window, scan, tmp_path):
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    written(qtbot, window, 1)
    run_to_end(qtbot, window, scan, AWF(iterations=4))
    written(qtbot, window, 2)
    first, second = window.session.runs
    folder = window.autosave.folder
    window.session.selection.pin(2)  # of the run that is shown; written when the window closes
    window.close()

    again = new_window(tmp_path / "kept")
    assert again.autosave.search()
    assert again.banner.isVisible()
    assert "without saving 2 runs" in again.banner.label.text()
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        press(qtbot, again, "Restore")
    assert [run.number for run in again.session.runs] == [1, 2]
    assert again.session.runs[1].history.pins == {2}
    for old, new in zip((first, second), again.session.runs, strict=True):
        np.testing.assert_array_equal(old.last.obj, new.last.obj)
    qtbot.waitUntil(lambda: not folder.exists(), timeout=20_000)  # once its successor is written
    assert len(kept(again.autosave.folder)) == 2
    assert again.projects.unsaved == 2


def test_what_is_saved_is_not_kept(qtbot, new_window, scan, tmp_path, monkeypatch):
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    written(qtbot, window, 1)
    window.projects.path = str(tmp_path / "p.ptygui")
    with qtbot.waitSignal(window.projects.saved, timeout=20_000):
        window.menus.actions["save_project"].trigger()
    window.close()
    assert list((tmp_path / "kept").iterdir()) == []
    again = new_window(tmp_path / "kept")
    again.menus.actions["recover"].trigger()
    assert "no unsaved session" in again.banner.label.text()


def test_discard_removes_it_and_offers_the_one_before(qtbot, new_window, scan, tmp_path):
    for _ in range(2):
        window = new_window(tmp_path / "kept")
        run_to_end(qtbot, window, scan)
        window.close()
    again = new_window(tmp_path / "kept")
    again.autosave.search()
    for left in (1, 0):
        press(qtbot, again, "Discard")
        qtbot.waitUntil(lambda left=left: len(list((tmp_path / "kept").iterdir())) == left, timeout=20_000)
    assert not again.banner.isVisible()


def test_two_windows_do_not_take_from_each_other(qtbot, new_window, scan, tmp_path):
    one, two = new_window(tmp_path / "kept"), new_window(tmp_path / "kept")
    run_to_end(qtbot, one, scan)
    run_to_end(qtbot, two, scan, AWF(iterations=3))
    written(qtbot, one, 1)
    written(qtbot, two, 1)
    assert one.autosave.folder != two.autosave.folder
    three = new_window(tmp_path / "kept")
    assert not three.autosave.search()
    one.close()
    assert three.autosave.search()
    assert not two.autosave.search()  # offered by another window


def test_previews_are_not_worth_keeping(qtbot, new_window, scan, tmp_path):
    window = new_window(tmp_path / "kept")
    window.request.set_scan(scan)
    with qtbot.waitSignal(window.session.run_finished, timeout=30_000):
        window.session.run(AWF(iterations=3), RunSettings("cpu"), automatic=True)
    window.close()
    assert not (tmp_path / "kept").exists()


def test_time_keeps_a_run_that_goes_on(qtbot, new_window, scan, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "EVERY", 50)
    window = new_window(tmp_path / "kept")
    window.request.set_scan(scan)
    window.session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.autosave.folder is not None, timeout=20_000)
    qtbot.waitUntil(lambda: len(kept(window.autosave.folder)) > 0, timeout=20_000)
    assert window.session.live


def test_a_full_disk_is_told_once(qtbot, new_window, scan, tmp_path, monkeypatch):
    (tmp_path / "kept").write_text("no folder")
    window = new_window(tmp_path / "kept")
    told = []
    window.autosave.failed.connect(told.append)
    run_to_end(qtbot, window, scan)
    qtbot.waitUntil(lambda: len(told) == 1 and not len(window.jobs))
    window.autosave.keep()
    qtbot.waitUntil(lambda: not len(window.jobs))
    assert len(told) == 1
    assert isinstance(told[0], InputError)
    assert "autosaving failed" in window.banner.label.text()
    asked = []
    monkeypatch.setattr(window.projects, "save_at_last", asked.append)
    window.close()
    assert len(asked) == 1  # a last chance to save


def test_a_disk_that_fills_up_takes_neither_the_window_nor_the_runs(
    qtbot, new_window, scan, tmp_path, monkeypatch
):
    full, whole = [True], hdf5._open

    def refusing(path):
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path)

    monkeypatch.setattr(hdf5, "_open", refusing)
    window = new_window(tmp_path / "kept")
    with qtbot.waitSignal(window.autosave.failed, timeout=20_000):
        run_to_end(qtbot, window, scan)
    assert "autosaving failed" in window.banner.label.text()
    assert "the disk is full" in window.banner.label.text()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert [path.name for path in window.autosave.folder.iterdir()] == ["lock"]
    window.projects.path = str(tmp_path / "p.ptygui")
    with qtbot.waitSignal(window.jobs.failed, timeout=20_000):
        window.menus.actions["save_project"].trigger()
    assert "p.ptygui could not be written, the disk is full" in window.banner.label.text()
    assert window.projects.unsaved == 1
    full.clear()
    window.autosave.keep()
    written(qtbot, window, 1)
    with qtbot.waitSignal(window.projects.saved, timeout=20_000):
        window.menus.actions["save_project"].trigger()
    assert len(read_project(tmp_path / "p.ptygui").runs) == 1


def test_a_folder_that_cannot_be_locked_is_not_used(qtbot, new_window, scan, tmp_path, monkeypatch):
    """As on a disk without room for the lock: another window would take the runs for left behind."""
    monkeypatch.setattr(module, "_locked", lambda folder: None)
    window = new_window(tmp_path / "kept")
    with qtbot.waitSignal(window.autosave.failed, timeout=20_000):
        run_to_end(qtbot, window, scan)
    assert "is the disk full?" in window.banner.label.text()
    assert list((tmp_path / "kept").iterdir()) == []
    monkeypatch.undo()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    window.autosave.keep()
    written(qtbot, window, 1)


def test_after_opening_a_project_its_runs_are_kept_though_they_look_alike(qtbot, new_window, scan, tmp_path):
    other = new_window()
    run_to_end(qtbot, other, scan, RPIE(iterations=8, alpha=0.5))
    write_project(tmp_path / "p.ptygui", project_of(other))
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    written(qtbot, window, 1)
    assert recover(window.autosave.folder).runs[0].method.alpha != 0.5
    window.projects.take_over(read_project(tmp_path / "p.ptygui"))  # without a file, so it is kept
    (box,) = window.findChildren(QMessageBox)
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        box.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    (run,) = recover(window.autosave.folder).runs
    assert run.method.alpha == 0.5


def test_a_project_that_was_only_opened_is_not_kept(qtbot, new_window, scan, tmp_path):
    other = new_window()
    run_to_end(qtbot, other, scan)
    write_project(tmp_path / "p.ptygui", project_of(other))
    window = new_window(tmp_path / "kept")
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.read(str(tmp_path / "p.ptygui"))
    window.autosave.keep()  # as time does
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert not (tmp_path / "kept").exists()
    window.session.rename(window.session.runs[0], "mine")
    window.autosave.keep()
    written(qtbot, window, 1)
    assert recover(window.autosave.folder).runs[0].given_name == "mine"


@pytest.mark.parametrize("how", ["opened", "saved"])
def test_once_all_is_in_a_file_nothing_is_kept(qtbot, new_window, scan, tmp_path, how):
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    written(qtbot, window, 1)
    path = tmp_path / "p.ptygui"
    if how == "opened":
        write_project(path, project_of(window))
        window.projects.open(str(path))
        (box,) = window.findChildren(QMessageBox)
        with qtbot.waitSignal(window.projects.opened, timeout=20_000):
            box.button(QMessageBox.StandardButton.Discard).click()
    else:
        window.projects.path = str(path)
        with qtbot.waitSignal(window.projects.saved, timeout=20_000):
            window.projects.save()
        window.autosave.keep()  # as time does
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert list((tmp_path / "kept").iterdir()) == []
    run_to_end(qtbot, window, scan, AWF(iterations=3))
    written(qtbot, window, 2)
    window.close()
    assert new_window(tmp_path / "kept").autosave.search()


def test_restored_in_a_run_it_stays_until_its_runs_are_kept_again(qtbot, new_window, scan, tmp_path):
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    window.close()
    again = new_window(tmp_path / "kept")
    again.autosave.search()
    again.request.set_scan(scan)
    again.session.run(AWF(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: again.session.selection.history.last is not None, timeout=20_000)
    (left,) = again.autosave._left
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        again.autosave.restore(left)
        qtbot.waitUntil(lambda: len(again.findChildren(QMessageBox)) == 1, timeout=20_000)
        (box,) = again.findChildren(QMessageBox)  # the live run is not saved
        box.button(QMessageBox.StandardButton.Discard).click()
    assert [run.method for run in again.session.runs] == [RPIE(iterations=8)]
    qtbot.waitUntil(lambda: not left.folder.exists(), timeout=20_000)
    assert [run.method for run in recover(again.autosave.folder).runs] == [RPIE(iterations=8)]


def asked(qtbot, window):
    """The question that is on the screen, once it is."""
    shown = lambda: [box for box in window.findChildren(QMessageBox) if box.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: len(shown()) == 1, timeout=20_000)
    return shown()[0]


def test_a_session_that_is_not_taken_over_after_all_is_offered_again(
    qtbot, new_window, scan, tmp_path, monkeypatch
):
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    window.close()
    again = new_window(tmp_path / "kept")
    again.autosave.search()
    (left,) = again.autosave._left
    again.autosave.restore(left)
    run_to_end(qtbot, again, scan, AWF(iterations=3))  # it comes while the session is read
    box = asked(qtbot, again)
    assert not again.banner.isVisible()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: ("", ""))
    for how in ("Cancel", "Esc", "Save"):  # and no file is chosen
        if how == "Esc":
            qtbot.keyClick(box, Qt.Key.Key_Escape)
        else:
            box.button(QMessageBox.StandardButton[how]).click()
        qtbot.waitUntil(again.banner.isVisible, timeout=20_000)
        assert "without saving 1 run" in again.banner.label.text()
        assert [run.method for run in again.session.runs] == [AWF(iterations=3)]
        assert again.autosave.search()
        press(qtbot, again, "Restore")
        box = asked(qtbot, again)
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        box.button(QMessageBox.StandardButton.Discard).click()
    assert [run.method for run in again.session.runs] == [RPIE(iterations=8)]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_where_the_save_fails_nothing_is_lost_and_the_session_is_offered_again(
    qtbot, new_window, scan, tmp_path, monkeypatch, when
):
    """The run that is not saved was there before Restore is pressed, or comes while the session is read."""
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    window.close()
    again = new_window(tmp_path / "kept")
    if when == "before":
        run_to_end(qtbot, again, scan, AWF(iterations=3))
        written(qtbot, again, 1)
    again.autosave.search()
    press(qtbot, again, "Restore")
    if when == "meanwhile":
        run_to_end(qtbot, again, scan, AWF(iterations=3))

    def question():
        boxes = [box for box in again.findChildren(QMessageBox) if box.isVisible()]
        return boxes[0] if boxes else None

    qtbot.waitUntil(lambda: question() is not None, timeout=20_000)
    nowhere = tmp_path / "gone" / "p.ptygui"
    nowhere.parent.write_text("no folder")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(nowhere), ""))
    question().button(QMessageBox.StandardButton.Save).click()
    qtbot.waitUntil(lambda: str(nowhere) in again.banner.label.text(), timeout=20_000)
    assert [run.method for run in again.session.runs] == [AWF(iterations=3)]
    assert again.projects.unsaved == 1
    press(qtbot, again, "Close")
    assert "without saving 1 run" in again.banner.label.text()
    written(qtbot, again, 1)  # both are kept for the next start, whatever comes
    assert len([f for f in (tmp_path / "kept").iterdir() if kept(f)]) == 2
    press(qtbot, again, "Restore")
    qtbot.waitUntil(lambda: question() is not None, timeout=20_000)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "p.ptygui"), ""))
    with qtbot.waitSignal(again.projects.opened, timeout=20_000):
        question().button(QMessageBox.StandardButton.Save).click()
    assert [run.method for run in again.session.runs] == [RPIE(iterations=8)]
    assert [run.method for run in read_project(tmp_path / "p.ptygui").runs] == [AWF(iterations=3)]


def test_what_was_asked_comes_back_once_an_error_over_it_is_put_away(qtbot, new_window, scan, tmp_path):
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    window.close()
    again = new_window(tmp_path / "kept")
    again.autosave.search()
    again.open(str(tmp_path / "none.h5"))
    qtbot.waitUntil(lambda: "none.h5" in again.banner.label.text())
    press(qtbot, again, "Close")
    assert "without saving 1 run" in again.banner.label.text()
    press(qtbot, again, "Close")
    assert not again.banner.isVisible()
    again.open(str(tmp_path / "none.h5"))
    qtbot.waitUntil(lambda: "none.h5" in again.banner.label.text())
    press(qtbot, again, "Close")  # an offer that was put away does not come again
    assert not again.banner.isVisible()


def test_where_the_last_save_fails_it_is_asked_again(qtbot, new_window, scan, tmp_path, monkeypatch):
    (tmp_path / "kept").write_text("no folder")
    window = new_window(tmp_path / "kept")
    run_to_end(qtbot, window, scan)
    paths = [str(tmp_path / "kept" / "p"), "", str(tmp_path / "p")]
    said = []

    def answer(box):
        said.append(box.text())
        return QMessageBox.StandardButton.Save

    monkeypatch.setattr(QMessageBox, "exec", answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (paths.pop(0), ""))
    window.close()
    assert len(said) == 3
    assert "p.ptygui" in said[1]
    assert len(read_project(tmp_path / "p.ptygui").runs) == 1


PROGRAM = """
    import asyncio, sys
    from pathlib import Path
    from PyQt6.QtCore import QSettings
    from PyQt6.QtWidgets import QApplication
    from qasync import QEventLoop
    from ptygui.files.recovery import kept
    from ptygui.files.formats.own_scan import read_own_scan
    from ptygui.gui.window import Window
    from ptygui.experiment.settings import RunSettings
    from ptygui.methods import RPIE

    folder = Path(sys.argv[1])
    app = QApplication(["ptygui"])
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    window = Window(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat), folder / "kept")
    window.show()
    window.request.set_scan(read_own_scan(folder / "scan.h5"))

    async def work():
        window.session.run(RPIE(iterations=8), RunSettings("cpu"))
        while window.autosave.folder is None or not kept(window.autosave.folder) or len(window.jobs):
            await asyncio.sleep(0.02)
        window.session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))  # killed in the midst of this
        while len(window.session.selection.history) < 5:
            await asyncio.sleep(0.02)
        print("ready", flush=True)
        await asyncio.sleep(600)

    loop.run_until_complete(work())
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_after_a_kill_the_next_start_offers_the_runs(qtbot, new_window, scan, tmp_path):
    from ptygui.files.formats.own_scan import write_scan

    write_scan(tmp_path / "scan.h5", scan)
    code = textwrap.dedent(PROGRAM)
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        other = new_window(tmp_path / "kept")
        assert not other.autosave.search()  # it is alive
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    window = new_window(tmp_path / "kept")
    assert window.autosave.search()
    assert "without saving 1 run" in window.banner.label.text()
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        press(qtbot, window, "Restore")
    (run,) = window.session.runs
    assert (run.outcome, run.last.index, run.method) == ("done", 8, RPIE(iterations=8))
    window.session.run(RPIE(iterations=8), RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.session.runs[1].outcome == "done", timeout=20_000)
    np.testing.assert_array_equal(window.session.runs[1].last.obj, run.last.obj)


def test_a_run_is_kept_soon_after_its_start(qtbot, new_window, scan, tmp_path):
    window = new_window(tmp_path / "kept")
    window.autosave._first.setInterval(1)  # instead of seconds
    window.request.set_scan(scan)
    window.session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: window.session.selection.history.last is not None, timeout=20_000)
    window.autosave.begin_run()
    qtbot.waitUntil(lambda: window.autosave.folder is not None, timeout=20_000)
    qtbot.waitUntil(lambda: len(kept(window.autosave.folder)) > 0, timeout=20_000)
    assert window.session.live


def test_few_frames_are_kept_and_the_newest_goes_on(scan, tmp_path):
    state = {"index": 9, "obj": scan.truth}
    run = Run(1, scan, AWF(iterations=60))
    for index in range(1, 61):
        run.history.append(step_of(scan, index, 60, x_t=np.zeros((2, 32, 32), np.float32), state=state))
    run.history.pin(7)
    light = lightened(run)
    frames = {frame.index: frame for frame in light.history.frames}
    assert len(frames) <= MOST_FRAMES
    assert {1, 7, 60} <= set(frames)
    assert light.history.numbers == run.history.numbers  # every number
    assert frames[60].state
    assert frames[7].state
    assert not frames[1].state
    assert frames[1].x_t is None
    assert len(run.history.frames) == 60  # as it was
    marks = {}
    keep(tmp_path, Project([run]), marks)
    (back,) = recover(tmp_path).runs
    np.testing.assert_array_equal(back.history.last.obj, run.history.last.obj)
    assert size_of(tmp_path) < 0.5 * run.history.nbytes


def test_old_sessions_make_room(tmp_path, monkeypatch):
    folders = [tmp_path / f"{k}" for k in range(8)]
    now = 1e9
    for k, folder in enumerate(folders):
        folder.mkdir()
        file = folder / "run-000001.ptygui"
        file.write_bytes(b"x" * 1000)
        os.utime(file, (now - 86_400 * (8 - k), now - 86_400 * (8 - k)))
    assert set(outdated(folders, now)) == set(folders[:3])  # five are kept
    monkeypatch.setattr(recovery, "MOST_LEFT_BYTES", 2500)
    assert set(outdated(folders, now)) == set(folders[:6])
    assert set(outdated(folders, now + 60 * 86_400)) == set(folders)
