"""What ends, closes or is asked for at an awkward moment."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QMessageBox
from slow_method import Slow

from ptygui.experiment.settings import RunSettings
from ptygui.files import project as project_files
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.result import Result
from ptygui.files.results import write_result
from ptygui.gui.files import exporter as exporter_module
from ptygui.gui.files.exports import Export
from ptygui.gui.wiring.projects import project_of
from ptygui.methods import AWF, RPIE
from ptygui.methods.base import Iterate

LEFT = Qt.MouseButton.LeftButton


class Failing(Slow):
    """Fails at its second iterate."""

    def iterates(self, problem):
        yield Iterate(problem.start, 1)
        raise RuntimeError("it broke")


def run_to_end(qtbot, window, method=RPIE(iterations=8)):  # noqa: B008 - frozen
    with qtbot.waitSignal(window.session.run_finished, timeout=30_000):
        window.session.run(method, RunSettings("cpu"))


def question(qtbot, window):
    """The question that is on the screen, once it is."""
    shown = lambda: [box for box in window.findChildren(QMessageBox) if box.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: len(shown()) == 1, timeout=20_000)
    return shown()[0]


def answer(box, name):
    box.button(QMessageBox.StandardButton[name]).click()


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), action, data, LEFT, no_key))


def over(session):
    """Wait until the thread of the live run has ended, while the window hears nothing of it."""
    assert session.driver._thread.wait(20_000)


@pytest.fixture
def gate(monkeypatch):
    """Holds writing and reading of projects back until it is set."""
    gate = threading.Event()

    def held(act):
        def wait(*args, **settings):
            gate.wait(20)
            return act(*args, **settings)

        return wait

    for name in ("write_project", "read_project"):
        monkeypatch.setattr(project_files, name, held(getattr(project_files, name)))
    yield gate
    gate.set()


# ---------------------------------------------------------------------- runs


def test_a_stop_at_the_very_end_leaves_the_run_done(qtbot, session):
    with qtbot.waitSignal(session.run_finished, timeout=20_000) as end:
        session.run(RPIE(iterations=8), RunSettings("cpu"))
        over(session)
        session.stop()
        assert session.state == "stopping"
    assert end.args == ["done"]


def test_a_run_stopped_at_its_last_step_is_done(qtbot, session):
    def stop(run, steps):
        if steps[-1].index == 3:
            session.stop()

    session.driver.stepped.connect(stop)
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda s: s == "paused", timeout=20_000):
        session.run(Slow(iterations=3, seconds=0.0), RunSettings("cpu"), held=True)
    with qtbot.waitSignal(session.run_finished, timeout=20_000) as end:
        session.step()
        qtbot.waitUntil(lambda: session.state in ("paused", "idle"), timeout=20_000)
        session.step()  # the third and last, held before the generator says so
    assert session.runs[0].last.index == 3
    assert end.args == ["done"]


def test_a_run_that_goes_on_further_is_stopped_not_done(qtbot, session):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=8), RunSettings("cpu"))
    with qtbot.waitSignal(session.run_finished, timeout=20_000) as end:
        session.go_on(RPIE(iterations=10_000_000), RunSettings("cpu"))
        session.stop()
    assert end.args == ["stopped"]


def test_going_on_before_the_pause_was_heard_of(qtbot, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"), held=True)
    thread = session.driver._thread
    heard = threading.Event()
    thread.paused.connect(heard.set, Qt.ConnectionType.DirectConnection)
    assert heard.wait(20)
    session.resume()  # the signal still waits for the window
    count = len(session.runs[0].history)
    qtbot.waitUntil(lambda: len(session.runs[0].history) > count + 2, timeout=20_000)
    assert session.state == "running"


def test_a_pause_that_is_over_is_not_taken_for_the_next(qtbot, session):
    gate = threading.Event()

    class Gated(Slow):
        def iterates(self, problem):
            yield Iterate(problem.start, 1)
            gate.wait(20)
            yield Iterate(problem.start, 2)

    session.run(Gated(), RunSettings("cpu"), held=True)
    heard = threading.Event()
    session.driver._thread.paused.connect(heard.set, Qt.ConnectionType.DirectConnection)
    assert heard.wait(20)
    session.resume()
    session.pause()
    QApplication.processEvents()  # brings the first pause; the thread works meanwhile
    assert session.state == "pausing"
    gate.set()
    qtbot.waitUntil(lambda: session.state == "paused", timeout=20_000)
    assert session.runs[0].last.index == 2


def test_stopping_before_the_pause_was_heard_of(qtbot, session):
    states = []
    session.state_changed.connect(states.append)
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"), held=True)
    heard = threading.Event()
    session.driver._thread.paused.connect(heard.set, Qt.ConnectionType.DirectConnection)
    assert heard.wait(20)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    assert states == ["pausing", "stopping", "idle"]


@pytest.mark.parametrize(("method", "outcome"), [(RPIE(iterations=5), "done"), (Failing(), "failed")])
def test_closing_after_the_thread_ended_tells_how(qtbot, session, method, outcome):
    session.run(method, RunSettings("cpu"))
    over(session)
    session.close()
    qtbot.wait(20)  # what the thread said arrives now
    assert session.runs[0].outcome == outcome


def test_a_job_begun_after_the_window_closed_does_nothing(qtbot, jobs):
    done = []

    async def act():
        done.append("act")

    jobs.cancel()
    task = jobs.start("too late", act())
    qtbot.waitUntil(task.done)
    assert done == []
    assert isinstance(task, asyncio.Task)


# ---------------------------------------------------------------------- files


def test_closing_in_a_save_waits_for_it(qtbot, new_window, scan, tmp_path, gate, monkeypatch):
    window = new_window(tmp_path / "kept")
    window.request.set_scan(scan)
    run_to_end(qtbot, window)
    qtbot.waitUntil(lambda: window.autosave._task is not None)
    window.projects.path = str(tmp_path / "p.ptygui")
    with qtbot.waitSignal(window.jobs.busy, check_params_cb=lambda what: "saving" in what):
        window.projects.save()
    qtbot.waitUntil(window.projects._turn.locked, timeout=20_000)
    finish = window.projects.finish
    monkeypatch.setattr(window.projects, "finish", lambda: (gate.set(), finish()))  # not before it closes
    window.close()
    assert (tmp_path / "p.ptygui").exists()
    assert window.projects.unsaved == 0
    assert not new_window(tmp_path / "kept").autosave.search()


def test_the_example_is_not_replaced_by_a_scan_asked_for_before(qtbot, new_window, scan, monkeypatch):
    from ptygui.files import scans

    gate = threading.Event()
    monkeypatch.setattr(scans, "read_scan", lambda path: gate.wait(20) and scan)
    window = new_window()
    window.open("slow.h5", "scan")
    with qtbot.waitSignal(window.simulator.simulated, timeout=20_000):
        window.load_example()
    gate.set()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert window.request.scan.name == "example blood smear"
    assert window.request.path is None


@pytest.mark.parametrize("what", ["scan", "object", "probe"])
def test_an_opened_project_is_not_replaced_by_what_was_asked_for_before(
    qtbot, new_window, scan, tmp_path, monkeypatch, what
):
    from ptygui.files import objects, probes, scans
    from ptygui.files.objects import ObjectFile
    from ptygui.files.probes import ProbeFile

    window = new_window()
    with qtbot.waitSignal(window.simulator.simulated, timeout=20_000):
        window.load_example()
    project_files.write_project(tmp_path / "p.ptygui", project_of(window))
    gate = threading.Event()
    late = {
        "scan": (scans, "read_scan", scan),
        "object": (objects, "read_object", ObjectFile(scan.truth, name="late")),
        "probe": (probes, "read_probe", ProbeFile(scan.probe, "late")),
    }
    module, name, found = late[what]
    monkeypatch.setattr(module, name, lambda path: gate.wait(20) and found)
    window.open("late.h5", what)
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        window.projects.read(str(tmp_path / "p.ptygui"))
    opened = window.request.scan
    gate.set()
    qtbot.waitUntil(lambda: not len(window.jobs) and not window.simulator.pending, timeout=20_000)
    assert window.request.scan is opened
    assert window.request.path is None
    assert not window.undo.canUndo()


@pytest.mark.parametrize("how", ["open", "drop", "example", "object", "result"])
def test_what_is_asked_for_while_a_project_is_read_comes_after_it_and_that_is_said(
    qtbot, window, scan, tmp_path, gate, monkeypatch, how
):
    run_to_end(qtbot, window)
    gate.set()
    project_files.write_project(tmp_path / "p.ptygui", project_of(window))
    window.projects.path = str(tmp_path / "p.ptygui")
    with qtbot.waitSignal(window.projects.saved, timeout=20_000):
        window.projects.save()
    gate.clear()
    late = tmp_path / "late.h5"
    if how in ("open", "drop"):
        write_scan(late, replace(scan, name="late one"))
    elif how == "result":
        write_result(late, Result.of_run(window.session.runs[0]))
    elif how == "object":
        late = tmp_path / "late.npy"
        np.save(late, scan.truth[:30, :30])
    window.projects.open(str(tmp_path / "p.ptygui"))
    if how == "example":
        window.menus.actions["example"].trigger()
    elif how in ("drop", "result", "object"):
        drop(window, late)
    else:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(late), ""))
        window.menus.actions["open"].trigger()
    name = "the example" if how == "example" else late.name
    waits = f"{name} follows once p.ptygui is open"
    qtbot.waitUntil(lambda: window.statusBar().currentMessage() == waits, timeout=20_000)
    assert len(window.session.runs) == 1
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        gate.set()
    there = {
        "open": lambda: window.request.scan.name == "late one",
        "drop": lambda: window.request.scan.name == "late one",
        "example": lambda: window.request.scan.name == "example blood smear",
        "object": lambda: window.simulator.specimen is not None and window.simulator.specimen.name == "late",
        "result": lambda: [run.given_name for run in window.session.runs] == ["", "late"],
    }
    qtbot.waitUntil(there[how], timeout=20_000)
    assert window.session.runs[0].method == RPIE(iterations=8)  # of the project


def test_what_is_asked_for_is_done_where_the_project_cannot_be_read(qtbot, window, scan, tmp_path, gate):
    (tmp_path / "p.ptygui").write_bytes(b"no project")
    write_scan(tmp_path / "late.h5", replace(scan, name="late one"))
    window.projects.open(str(tmp_path / "p.ptygui"))
    window.open(str(tmp_path / "late.h5"))
    assert "late.h5 follows once" in window.statusBar().currentMessage()
    gate.set()
    qtbot.waitUntil(lambda: window.request.scan.name == "late one", timeout=20_000)
    assert "p.ptygui" in window.banner.label.text()


def test_of_two_projects_being_opened_the_newest_is_taken(qtbot, window, tmp_path, monkeypatch):
    paths = [tmp_path / f"{name}.ptygui" for name in ("first", "second")]
    for seed, path in enumerate(paths):
        window.run_panel.form.row("seed").setValue(seed)
        project_files.write_project(path, project_of(window))
    gate, read = threading.Event(), project_files.read_project

    def first_is_slow(path, *args):
        if "first" in str(path):
            gate.wait(20)
        return read(path, *args)

    monkeypatch.setattr(project_files, "read_project", first_is_slow)
    for path in paths:
        window.projects.read(str(path))
    qtbot.waitUntil(lambda: window.projects.path == str(paths[1]), timeout=20_000)
    gate.set()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert window.projects.path == str(paths[1])
    assert window.run_panel.form.row("seed").value() == 1


@pytest.mark.parametrize("answer", ["Discard", "Cancel"])
def test_a_run_that_ends_while_a_project_is_read_is_asked_about(qtbot, window, tmp_path, gate, answer):
    path = tmp_path / "p.ptygui"
    gate.set()
    project_files.write_project(path, project_of(window))
    gate.clear()
    window.open(str(path), "project")  # nothing is unsaved yet
    run_to_end(qtbot, window)
    gate.set()
    qtbot.waitUntil(lambda: len(window.findChildren(QMessageBox)) == 1, timeout=20_000)
    (box,) = window.findChildren(QMessageBox)
    assert "1 run is not saved" in box.text()
    assert len(window.session.runs) == 1
    box.button(QMessageBox.StandardButton[answer]).click()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert len(window.session.runs) == (0 if answer == "Discard" else 1)
    assert (window.projects.path is None) == (answer == "Cancel")


def test_a_run_that_ends_while_others_are_saved_is_asked_about(qtbot, window, tmp_path, gate):
    opened, saved = tmp_path / "opened.ptygui", tmp_path / "saved.ptygui"
    gate.set()
    project_files.write_project(opened, project_of(window))
    run_to_end(qtbot, window)
    gate.clear()
    window.projects.path = str(saved)
    window.open(str(opened), "project")
    (box,) = window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Save).click()
    qtbot.waitUntil(window.projects._turn.locked, timeout=20_000)
    run_to_end(qtbot, window)
    gate.set()
    qtbot.waitUntil(
        lambda: any(each.isVisible() for each in window.findChildren(QMessageBox)), timeout=20_000
    )
    (box,) = (each for each in window.findChildren(QMessageBox) if each.isVisible())
    assert "1 run is not saved" in box.text()
    assert len(window.session.runs) == 2
    box.button(QMessageBox.StandardButton.Cancel).click()


@pytest.fixture
def warm(monkeypatch):
    """Holds the first step of rPIE back until it is set, as many iterations before it do."""
    warm, iterates = threading.Event(), RPIE.iterates
    warm.awaited = threading.Event()  # a run that is stopped before it comes there has no step at all

    def held(*args):
        warm.awaited.set()
        warm.wait(20)
        yield from iterates(*args)

    monkeypatch.setattr(RPIE, "iterates", held)
    yield warm
    warm.set()


@pytest.mark.parametrize("ends", ["by itself", "when it is stopped"])
def test_a_run_that_had_no_step_when_others_were_given_up_is_asked_about(
    qtbot, window, tmp_path, gate, warm, ends
):
    path = tmp_path / "p.ptygui"
    gate.set()
    project_files.write_project(path, project_of(window))
    run_to_end(qtbot, window, AWF(iterations=3))
    gate.clear()
    session = window.session
    session.run(RPIE(iterations=8), RunSettings("cpu"))
    run = session.live_run
    qtbot.waitUntil(warm.awaited.is_set, timeout=20_000)
    window.open(str(path), "project")
    box = question(qtbot, window)
    assert "1 run is not saved" in box.text()
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        answer(box, "Discard")
        if ends == "by itself":
            warm.set()
            over(session)
        else:
            gate.set()
            qtbot.waitUntil(lambda: session.state == "stopping", timeout=20_000)
            warm.set()
    gate.set()
    box = question(qtbot, window)
    assert "1 run is not saved" in box.text()
    assert run.last is not None
    answer(box, "Cancel")
    assert run in list(session.runs)


def test_a_run_that_had_no_step_when_others_were_saved_is_saved_too(qtbot, window, tmp_path, gate, warm):
    opened, saved = tmp_path / "opened.ptygui", tmp_path / "saved.ptygui"
    gate.set()
    project_files.write_project(opened, project_of(window))
    run_to_end(qtbot, window, AWF(iterations=3))
    gate.clear()
    window.projects.path = str(saved)
    session = window.session
    session.run(RPIE(iterations=8), RunSettings("cpu"))
    run = session.live_run
    qtbot.waitUntil(warm.awaited.is_set, timeout=20_000)
    window.open(str(opened), "project")
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        answer(question(qtbot, window), "Save")
        warm.set()
    gate.set()
    qtbot.waitUntil(lambda: window.projects.path == str(opened), timeout=20_000)
    kept = project_files.read_project(saved).runs[-1]
    assert (kept.number, kept.last.index) == (run.number, run.last.index)


def test_a_live_run_is_saved_with_its_last_steps_before_another_project_is_opened(qtbot, window, tmp_path):
    opened, saved = tmp_path / "opened.ptygui", tmp_path / "saved.ptygui"
    project_files.write_project(opened, project_of(window))
    window.projects.path = str(saved)
    session = window.session
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    run = session.live_run
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    qtbot.waitUntil(lambda: len(run.history) > 2, timeout=20_000)
    window.open(str(opened), "project")
    answer(question(qtbot, window), "Save")
    qtbot.waitUntil(lambda: window.projects.path == str(opened), timeout=20_000)
    first, second = project_files.read_project(saved).runs
    assert (first.outcome, first.last.index) == ("stopped", run.last.index)
    assert second.outcome == "queued"


@pytest.mark.parametrize("fails", [False, True])
def test_a_save_that_comes_to_nothing_gives_up_no_run(qtbot, window, tmp_path, monkeypatch, fails):
    path = tmp_path / "p.ptygui"
    project_files.write_project(path, project_of(window))
    run_to_end(qtbot, window)
    (tmp_path / "file").write_text("no folder")
    name = str(tmp_path / "file" / "q.ptygui") if fails else ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (name, ""))
    window.open(str(path), "project")
    answer(question(qtbot, window), "Save")
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert window.projects.path is None
    window.projects.read(str(path))  # as a banner that is still there does
    answer(question(qtbot, window), "Cancel")
    assert len(window.session.runs) == 1


def test_runs_are_asked_about_again_where_a_project_could_not_be_opened(qtbot, window, tmp_path):
    run_to_end(qtbot, window)
    path = tmp_path / "broken.ptygui"
    path.write_bytes(b"nothing")
    for _ in range(2):
        window.open(str(path), "project")
        (box,) = (each for each in window.findChildren(QMessageBox) if each.isVisible())
        box.button(QMessageBox.StandardButton.Discard).click()
        qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert len(window.session.runs) == 1


def test_what_is_exported_is_what_was_shown_when_it_was_asked_for(qtbot, window, tmp_path, monkeypatch):
    run_to_end(qtbot, window)
    first, written = window.session.selection.run, []
    monkeypatch.setattr(
        exporter_module, "write_exports", lambda export, scan, run, *rest: written.append(run) or []
    )
    window.exporter.export(Export(tmp_path, "x", ("result",)))
    window.session.delete([first])
    qtbot.waitUntil(lambda: len(written) == 1, timeout=20_000)
    assert written[0].number == first.number


def test_a_sweep_does_not_add_its_runs_to_a_project_that_is_opened(qtbot, new_window, tmp_path):
    window = new_window()
    with qtbot.waitSignal(window.simulator.simulated, timeout=20_000):
        window.load_example()
    path = tmp_path / "p.ptygui"
    project_files.write_project(path, project_of(window))
    window.request.set_method(AWF(iterations=200))
    window.run_panel.form.row("device").setValue("cpu")
    window.menus.actions["sweep"].trigger()
    qtbot.waitUntil(lambda: len(window.session.runs) > 0, timeout=60_000)
    assert window.sweeper.live
    window.open(str(path), "project")
    (box,) = window.findChildren(QMessageBox)
    with qtbot.waitSignal(window.projects.opened, timeout=20_000):
        box.button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: not window.sweeper.live, timeout=60_000)
    assert len(window.session.runs) == 0
    assert window.sweep_panel.start.isEnabled()
