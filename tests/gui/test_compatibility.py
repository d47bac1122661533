"""Projects, recovery folders and results of earlier versions, opened in the window as a user does."""

import shutil

import pytest
from fixtures.v0_1 import FOLDER, expected, fingerprint, now, numbers_now
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QPushButton

from ptygui.gui.pages import COMPARISON, OVERLAP
from ptygui.methods import method_named

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the files; the tiny models are found by the names that the files have for them."""
    folder = tmp_path / "files"
    shutil.copytree(FOLDER, folder)
    monkeypatch.chdir(folder)
    return folder


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), action, data, LEFT, no_key))


def method_of(said):
    return method_named(said["method"])(**now(said["method"], said["options"]))


def assert_runs(runs, said):
    assert [run.number for run in runs] == [one["number"] for one in said]
    for run, one in zip(runs, said, strict=True):
        assert run.method == method_of(one)
        assert (run.given_name, run.outcome, run.sweep) == (one["given_name"], one["outcome"], one["sweep"])
        assert run.origin == (one["origin"] and tuple(one["origin"]))
        assert sorted(run.history.pins) == one["pins"]
        assert run.history.numbers == numbers_now(one["numbers"])
        assert [fingerprint(frame.obj) for frame in run.history.frames] == [f["obj"] for f in one["frames"]]


def test_a_project_opens_as_it_was_left(qtbot, new_window, folder):
    window, said = new_window(), expected("project.ptygui")
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        drop(window, folder / "project.ptygui")
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    session, settings = window.session, said["settings"]
    assert_runs(session.runs, said["runs"])
    assert window.projects.unsaved == 0
    assert session.selection.run.number == said["current"]
    assert session.selection.step.index == said["index"]
    remembered = {method.key(): method for method in window.request.remembered()}
    for key, options in settings["methods"].items():
        assert remembered[key] == method_of({"method": key, "options": options})
    assert window.request.checked_method() == remembered[settings["method"]]
    assert window.request.settings.seed == settings["seed"] == 11
    assert window.request.settings.device == "cpu"
    assert window.object.parts == settings["views"]["pictures"] == "phase"
    sweep = window.sweep_panel.value()
    assert (sweep.methods, sweep.lowest, sweep.highest, sweep.by) == (("awf",), 0.25, 0.5, 0.25)
    assert window.pages.currentIndex() == COMPARISON
    qtbot.waitUntil(lambda: window.compare.compared is not None, timeout=20_000)
    compared = window.compare.compared
    assert [compared.a.key, compared.b.key] == [("run", 3), ("run", 4)]
    assert "is not used" not in window.banner.label.text()
    window.show_page(OVERLAP)
    qtbot.waitUntil(lambda: len(window.sweep_view.curves) == 1, timeout=20_000)


def test_a_session_that_was_not_saved_is_offered_and_restored(qtbot, new_window, folder, tmp_path):
    shutil.copytree(folder / "recovery", folder / "kept" / "session")
    window, said = new_window(folder / "kept"), expected("project.ptygui")
    assert window.autosave.search()
    (restore,) = [b for b in window.banner.findChildren(QPushButton) if b.text() == "Restore"]
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        qtbot.mouseClick(restore, LEFT)
    assert_runs(window.session.runs, [one for one in said["runs"] if one["number"] in (3, 4)])
    assert window.projects.unsaved == 2
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)


@pytest.mark.parametrize("key", ["awf", "rpie", "unet", "daps", "dps"])
def test_a_result_joins_the_runs(qtbot, new_window, folder, key):
    window, said = new_window(), expected(f"{key}.h5")
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        drop(window, folder / "scan.h5")
    drop(window, folder / f"{key}.h5")
    qtbot.waitUntil(lambda: len(window.session.runs) == 1 and not len(window.jobs), timeout=20_000)
    (run,) = window.session.runs
    assert run.method == method_of(said)
    assert run.scan is window.request.scan
    assert run.history.numbers == numbers_now(said["numbers"])
    assert sorted(run.history.pins) == said["pins"]
