"""Session: runs without a widget in sight."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.history import History
from ptygui.methods import AWF, RPIE, UNet
from ptygui.scan import Geometry


def test_needs_no_widgets():
    code = (
        "import sys, ptygui.gui.model.session, ptygui.gui.background.step_thread, ptygui.gui.model.simulator;"
        "sys.exit('PyQt6.QtWidgets' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_runs_to_the_end(qtbot, session):
    shown = []
    session.selection.step_shown.connect(shown.append)
    with qtbot.waitSignal(session.run_finished, timeout=20_000) as end:
        session.run(AWF(iterations=30), RunSettings("cpu"))
    assert end.args == ["done"]
    assert session.selection.history.last.index == 30
    assert shown[-1] is session.selection.history.last is session.selection.step
    assert not session.live


def test_what_a_method_has_to_say_is_said_once(qtbot, session, unet_folder):
    said = []
    session.noted.connect(said.append)
    for _ in range(2):
        with qtbot.waitSignal(session.run_finished, timeout=20_000):
            session.run(UNet(network=str(unet_folder), awf_iterations=3), RunSettings("cpu"))
    assert session.selection.history.last.nfe == 1
    assert len(said) == 2
    assert "12 AWF iterations, here there are 3" in said[0]


def test_every_step_of_a_short_diffusion_run_is_kept(qtbot, session):
    from slow_method import Slow

    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(Slow(iterations=12, seconds=0.08), RunSettings("cpu"))
    history = session.selection.history
    assert [frame.index for frame in history.frames] == history.numbers["index"]
    assert history.numbers["index"] == list(range(1, 13))


def test_pause_step_resume_stop(qtbot, session):
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda s: s == "paused", timeout=20_000):
        session.run(RPIE(iterations=10_000_000), RunSettings("cpu"), held=True)
    assert session.selection.history.last.index == 1
    for index in (2, 3):
        with qtbot.waitSignal(session.state_changed, check_params_cb=lambda s: s == "paused"):
            session.step()
        assert session.selection.history.last.index == index
    session.resume()
    qtbot.waitUntil(lambda: session.selection.history.last.index > 3)
    with qtbot.waitSignal(session.run_finished) as end:
        session.stop()
    assert end.args == ["stopped"]
    assert session.state == "idle"


def test_going_on_from_a_step_equals_one_run(qtbot, session):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=12), RunSettings("cpu"))
    at_once = session.selection.history.last
    session.selection.show_frame(0)
    assert not session.selection.follow
    with qtbot.waitSignal(session.run_finished):
        session.go_on(RPIE(iterations=12), RunSettings("cpu"))
    assert session.selection.history.last is not at_once
    np.testing.assert_array_equal(session.selection.history.last.obj, at_once.obj)


def test_going_on_keeps_every_number(qtbot, session):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=12), RunSettings("cpu"))
    history = session.selection.history
    history.shrink(3 * history.last.nbytes)  # so that frames are dropped
    before = {name: list(values) for name, values in history.numbers.items()}
    assert len(history.frames) < len(history)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.go_on(RPIE(iterations=20), RunSettings("cpu"))
    after = session.selection.history.numbers
    for name, values in before.items():
        assert after[name][: len(values)] == values
    assert after["index"][-1] == 20
    assert after["index"] == sorted(set(after["index"]))
    session.selection.show_index(history.frames[1].index)
    index = session.selection.step.index
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.go_on(RPIE(iterations=20), RunSettings("cpu"))
    again, count = session.selection.history.numbers["index"], before["index"].index(index) + 1
    assert again[:count] == before["index"][:count]
    assert again == sorted(set(again))


def test_the_device_is_found_out(qtbot, session):
    import torch

    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(AWF(iterations=3), RunSettings("auto"))
    assert session.selection.run.device == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize(("method", "word"), [(AWF(iterations=9), "rPIE"), (RPIE(iterations=4), "last")])
def test_cannot_go_on_from_the_wrong_step(qtbot, session, method, word):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=4), RunSettings("cpu"))
    with qtbot.waitSignal(session.failed) as caught:
        session.go_on(method)
    assert isinstance(caught.args[0], InputError)
    assert word in str(caught.args[0])


def test_without_a_scan_there_is_a_sentence(qtbot, jobs):
    from ptygui.gui.model.request import Request
    from ptygui.gui.model.session import Session

    session = Session(Request(jobs))
    with qtbot.waitSignal(session.failed) as caught:
        session.run(AWF())
    assert "open one" in str(caught.args[0])


def test_a_scan_that_arrives_in_a_run_is_the_next_ones(qtbot, session, scan):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: session.selection.history.last is not None, timeout=20_000)
    other = replace(scan, name="other", truth=scan.truth.copy())
    session.request.set_scan(other)
    run = session.selection.run
    assert session.request.scan is other
    assert session.viewed_scan is run.scan is scan
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    assert run.history.last is not None
    assert session.selection.run is None
    assert session.viewed_scan is other
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(AWF(iterations=5), RunSettings("cpu"))
    assert session.selection.run.scan is other
    assert session.selection.history.last.index == 5
    assert list(session.runs) == [run, session.selection.run]


def test_steps_that_were_not_shown_yet_are_kept_on_closing(session):
    session.run(AWF(iterations=4), RunSettings("cpu"))
    run, thread = session.live_run, session.driver._thread
    assert thread.wait(30_000)  # it ends while this thread, which would show its steps, is held up
    assert len(run.history) == 0
    session.close()
    assert run.last.index == 4


def test_the_pictures_stay_while_the_object_is_the_same(qtbot, session, scan):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(AWF(iterations=5), RunSettings("cpu"))
    run = session.selection.run
    session.request.set_scan(replace(scan, name="at another overlap"))
    assert session.selection.run is run
    session.request.set_scan(replace(scan, truth=None))
    assert session.selection.run is None
    assert session.selection.step is None
    session.selection.show_run(run)
    assert session.selection.step is run.last


def test_of_two_scans_being_opened_the_newest_is_taken(qtbot, session, scan, monkeypatch):
    import threading

    from ptygui.files import scans

    gates = {name: threading.Event() for name in ("old", "new")}

    def read(path, probe=None):
        gates[path].wait(10)
        return replace(scan, name=path)

    monkeypatch.setattr(scans, "read_scan", read)
    session.request.open_scan("old")
    session.request.open_scan("new")
    with qtbot.waitSignal(session.request.opened, timeout=10_000):
        gates["new"].set()
    gates["old"].set()
    qtbot.waitUntil(lambda: not len(session.request.jobs))
    assert session.request.scan.name == "new"


def finish(qtbot, session, runs):
    qtbot.waitUntil(lambda: not session.live and not session.runs.queued, timeout=30_000)
    assert [run.outcome for run in session.runs] == ["done"] * runs


def test_a_queue_runs_in_order(qtbot, session):
    started = []
    session.run_started.connect(started.append)
    for iterations in (7, 5, 6):
        session.enqueue(AWF(iterations=iterations), RunSettings("cpu"))
    assert [run.outcome for run in session.runs] == ["running", "queued", "queued"]
    session.move(session.runs[2], -1)
    finish(qtbot, session, 3)
    assert [method.iterations for method in started] == [7, 6, 5]
    assert session.selection.run is session.runs[2]


def test_stop_holds_the_queue(qtbot, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    assert session.held
    assert not session.live
    session.start_queue()
    qtbot.waitUntil(lambda: session.runs[1].outcome == "done", timeout=20_000)
    assert not session.held


def test_deleted_runs_come_back(qtbot, session):
    for iterations in (3, 4, 5):
        session.enqueue(AWF(iterations=iterations), RunSettings("cpu"))
    finish(qtbot, session, 3)
    first, second, third = session.runs
    session.delete([first, third])
    assert list(session.runs) == [second]
    assert session.selection.run is second
    session.undelete()
    assert list(session.runs) == [first, second, third]
    assert session.selection.step is third.last


def test_a_live_run_is_stopped_before_it_is_deleted(qtbot, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    qtbot.waitUntil(lambda: session.selection.history.last is not None, timeout=20_000)
    session.delete([session.live_run])
    qtbot.waitUntil(lambda: not len(session.runs), timeout=20_000)
    assert not session.live
    assert session.selection.run is None


def test_the_queue_goes_on_when_the_live_run_is_deleted(qtbot, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    session.delete([session.live_run])
    finish(qtbot, session, 1)
    assert session.selection.run is session.runs[0]


def test_a_stop_does_not_forget_what_is_to_be_done_after_the_run(qtbot, session, scan):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    opened = Run(7, scan, AWF(), outcome="stopped")
    session.end_then(lambda: session.restore([opened]))
    session.stop()
    qtbot.waitUntil(lambda: not session.live, timeout=20_000)
    assert list(session.runs) == [opened]


def test_a_stop_forgets_the_run_that_was_to_follow(qtbot, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.run(AWF(iterations=3), RunSettings("cpu"))
    session.stop()
    qtbot.waitUntil(lambda: not session.live, timeout=20_000)
    assert [run.outcome for run in session.runs] == ["stopped"]


def test_what_is_queued_after_a_held_queue_was_deleted_starts(qtbot, session):
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.enqueue(AWF(iterations=3), RunSettings("cpu"))
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.stop()
    session.delete(list(session.runs))
    session.enqueue(AWF(iterations=4), RunSettings("cpu"))
    finish(qtbot, session, 1)


def test_a_snapshot_does_not_grow_when_a_queued_run_begins(qtbot, session):
    session.run(RPIE(iterations=20), RunSettings("cpu"))
    session.enqueue(AWF(iterations=4), RunSettings("cpu"))
    live, queued = session.runs.snapshot()
    finish(qtbot, session, 2)
    assert len(queued.history) == len(queued.history.frames) == 0
    assert len(live.history) < len(session.runs[0].history)


def test_results_that_are_opened_are_thinned_too(session, scan):
    session.runs.max_bytes = 1
    steps = list(filter(None, reconstruct(scan, AWF(iterations=6), device="cpu", interval=0)))
    for number in (1, 2):
        numbers = {name: [step.numbers()[name] for step in steps] for name in steps[0].numbers()}
        session.add_run(Run(number, scan, AWF(), outcome="done", history=History.of(numbers, steps)))
    first, second = session.runs
    assert [len(run.history.frames) for run in (first, second)] == [2, 2]
    assert len(first.history) == 6


def test_an_automatic_run_takes_the_place_of_the_last(qtbot, session):
    for iterations in (3, 4):
        with qtbot.waitSignal(session.run_finished, timeout=20_000):
            session.run(AWF(iterations=iterations), RunSettings("cpu"), automatic=True)
    (run,) = session.runs
    assert run.method.iterations == 4
    assert not session.runs.can_undelete


def test_options_changed_in_a_pause_are_recorded(qtbot, session):
    with qtbot.waitSignal(session.state_changed, check_params_cb=lambda s: s == "paused", timeout=20_000):
        session.run(RPIE(iterations=30), RunSettings("cpu"), held=True)
    session.resume(RPIE(iterations=30, alpha=0.3))
    run = session.live_run
    finish(qtbot, session, 1)
    assert run.changes == [(1, {"alpha": 0.3})]
    assert run.method.alpha == 0.3
    indices = run.history.numbers["index"]
    assert indices[0] == 1
    assert indices == sorted(set(indices))
    assert indices[-1] == 30


def test_a_branch_says_where_it_comes_from(qtbot, session):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=12), RunSettings("cpu"))
    parent = session.selection.run
    session.selection.show_frame(0)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.go_on(RPIE(iterations=12, alpha=0.2), RunSettings("cpu"))
    branch = session.selection.run
    assert branch.origin[:2] == (parent.number, parent.history.frames[0].index)
    assert parent.last.index == branch.last.index == 12
    session.selection.show_run(parent)
    assert session.selection.step is parent.history.frames[0]  # where it was left


def test_old_runs_are_thinned_first(qtbot, session):
    for _ in range(2):
        with qtbot.waitSignal(session.run_finished, timeout=20_000):
            session.run(RPIE(iterations=40), RunSettings("cpu"))
    old, new = session.runs
    count = len(new.history.frames)
    assert len(old.history.frames) > 3
    session.runs.max_bytes = new.history.nbytes + 2 * old.last.nbytes
    session.runs.bound(keep=(new,))
    assert len(old.history.frames) == 2
    assert len(new.history.frames) == count
    assert len(old.history) > 3


def test_running_again_stops_the_first(qtbot, session):
    outcomes = []
    session.run_finished.connect(outcomes.append)
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))
    session.run(AWF(iterations=5), RunSettings("cpu"))
    qtbot.waitUntil(lambda: outcomes == ["stopped", "done"], timeout=20_000)
    assert session.selection.method == AWF(iterations=5)


def test_a_failing_run_says_why(qtbot, session):
    with (
        qtbot.waitSignal(session.failed, timeout=20_000) as caught,
        qtbot.waitSignal(session.run_finished) as end,
    ):
        session.run(AWF(), RunSettings("tpu"))
    assert "tpu" in str(caught.args[0])
    assert end.args == ["failed"]


def test_scrubbing_leaves_and_finds_the_end(qtbot, session):
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=30), RunSettings("cpu"))
    session.selection.show_index(1)
    assert session.selection.step.index == 1
    assert not session.selection.follow
    session.selection.set_follow(True)
    assert session.selection.step is session.selection.history.last


def test_warming_up_tells_the_device(qtbot):
    from ptygui.gui.background.preload import Preload

    warming = Preload()
    with qtbot.waitSignal(warming.device_found, timeout=60_000) as found:
        warming.start()
    warming.close()
    assert warming.done
    assert found.args[0].startswith(("cpu", "cuda"))


def test_threads_may_import_parts_of_scipy_at_once():
    """Where two begin the package itself, one in three starts failed; in a process of its own."""
    code = """
import sys, threading, ptygui.gui.model.session
assert "scipy" in sys.modules
sys.setswitchinterval(1e-6)
go, errors = threading.Barrier(3), []
def load(name):
    go.wait()
    try:
        __import__(name)
    except Exception as error:
        errors.append(error)
names = "scipy.fft", "scipy.spatial", "scipy.ndimage"
threads = [threading.Thread(target=load, args=(name,)) for name in names]
[t.start() for t in threads]
[t.join() for t in threads]
assert not errors, errors
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_names_say_the_scan_while_there_are_two(session, scan):
    """By what they are of: one at another overlap is of the same object."""
    star = replace(scan, truth=None, name="star")
    first, second = Run(1, scan, AWF()), Run(2, replace(scan, name="small, 50.0 %"), AWF(), sweep=1)
    session.add_runs([first, second])
    assert [run.name for run in session.runs] == ["1 awf 62.5 %", "2 awf 62.5 % sweep 1"]
    third = Run(0, star, AWF())
    session.add_runs([third])
    named = ["1 awf 62.5 % of small", "2 awf 62.5 % of small sweep 1", "3 awf 62.5 % of star"]
    assert [run.name for run in session.runs] == named
    session.delete([third])
    assert first.name == "1 awf 62.5 %"
    session.undelete()
    assert [run.name for run in session.runs] == named
    session.rename(first, f" {first.name} ")  # as it stood in the editor: nothing was typed
    assert first.given_name == ""
    session.restore([second, first])
    assert first.name == "1 awf 62.5 %"


def test_a_result_that_gets_its_scan_is_of_it(session, scan):
    where = Geometry(positions=scan.positions, probe=scan.probe, name="of a file")
    bare = Run(1, where, AWF())
    session.add_runs([bare, Run(0, replace(scan, truth=None, name="star"), AWF())])
    assert bare.name.endswith(" of of a file")
    told = []
    session.runs_changed.connect(lambda: told.append(bare.name))
    session.request.set_scan(scan)
    assert told == ["1 awf 62.5 % of small"]
