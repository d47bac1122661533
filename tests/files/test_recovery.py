"""The recovery folder: written in small parts, read as one."""

import numpy as np
import pytest

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.project import Project
from ptygui.files.recovery import keep, kept, recover
from ptygui.history import History
from ptygui.methods import AWF, RPIE


def ran(scan, method, number) -> Run:
    run = Run(number, scan, method, RunSettings("cpu"), outcome="done", history=History())
    for step in reconstruct(scan, method, device="cpu", interval=0):
        run.history.append(step)
    return run


@pytest.fixture
def project(scan):
    runs = [ran(scan, RPIE(iterations=3), 2), ran(scan, AWF(iterations=3), 1)]
    return Project(runs, scan, current=2, index=2, settings={"seed": 5}, layout={"version": 3})


def test_what_was_kept_comes_back_in_order(tmp_path, project):
    keep(tmp_path, project, {})
    back = recover(tmp_path)
    assert [run.number for run in back.runs] == [2, 1]
    assert back.runs[0].scan is back.runs[1].scan is back.scan
    assert (back.current, back.index, back.settings, back.layout) == (2, 2, {"seed": 5}, {"version": 3})
    for one, other in zip(back.runs, project.runs, strict=True):
        np.testing.assert_array_equal(one.last.obj, other.last.obj)
    assert back.notes == ()


def test_only_what_changed_is_written_again(tmp_path, project):
    marks = {}
    keep(tmp_path, project, marks)
    before = {path.name: path.stat().st_mtime_ns for path in kept(tmp_path)}
    project.runs[0].history.pin(2)
    keep(tmp_path, project, marks)
    changed = [path.name for path in kept(tmp_path) if path.stat().st_mtime_ns != before[path.name]]
    assert changed == ["run-000002.ptygui"]
    assert recover(tmp_path).runs[0].history.pins == {2}
    del project.runs[0]
    keep(tmp_path, project, marks)
    assert [run.number for run in recover(tmp_path).runs] == [1]


def test_thinned_steps_are_not_written_over_the_whole(tmp_path, project):
    marks, run = {}, project.runs[0]
    keep(tmp_path, project, marks)
    count = len(run.history.frames)
    run.history.shrink(1)
    assert len(run.history.frames) < count
    keep(tmp_path, project, marks)
    assert len(recover(tmp_path).runs[0].history.frames) == count


def test_runs_of_another_project_take_the_place_of_all(tmp_path, project, scan):
    keep(tmp_path, project, {})
    keep(tmp_path, Project([ran(scan, RPIE(iterations=3, alpha=0.5), 1)], scan), {})
    (run,) = recover(tmp_path).runs
    assert run.method == RPIE(iterations=3, alpha=0.5)


def test_a_file_that_was_cut_off_costs_one_run(tmp_path, project):
    keep(tmp_path, project, {})
    path = kept(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:1000])
    back = recover(tmp_path)
    assert [run.number for run in back.runs] == [2]
    assert path.name in back.notes[0]


def test_without_the_session_file_the_runs_are_there(tmp_path, project):
    keep(tmp_path, project, {})
    (tmp_path / "session.ptygui").unlink()
    assert [run.number for run in recover(tmp_path).runs] == [1, 2]
