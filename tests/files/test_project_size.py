"""The disk that a project takes is bounded; what a run continues from stays."""

import numpy as np

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.files.project import Project, read_project, write_project
from ptygui.files.project_size import bounded
from ptygui.methods import AWF, RPIE


def ran(scan, method, number):
    run = Run(number, scan, method, RunSettings("cpu"), outcome="done")
    for step in reconstruct(scan, method, device="cpu", interval=0):
        run.history.append(step)
    return run


def test_a_small_project_is_written_as_it_is(scan):
    project = Project([ran(scan, RPIE(iterations=3), 1)], scan)
    assert bounded(project) == (project, "")


def test_a_large_one_keeps_pinned_and_newest_steps_and_every_number(tmp_path, scan):
    runs = [ran(scan, RPIE(iterations=60), 1), ran(scan, AWF(iterations=30), 2)]
    runs[0].history.pin(17)
    whole = sum(run.history.nbytes for run in runs)
    kept, said = bounded(Project(runs, scan), whole // 4)
    assert sum(run.history.nbytes for run in kept.runs) <= whole // 4
    assert "of 90 recorded steps" in said
    assert [len(run.history.frames) for run in runs] == [60, 30]  # the window still has them
    path = write_project(tmp_path / "p.ptygui", kept, packed=True)
    for before, after in zip(runs, read_project(path).runs, strict=True):
        assert after.history.numbers == before.history.numbers
        np.testing.assert_array_equal(after.last.obj, before.last.obj)
        assert after.last.state.keys() == before.last.state.keys()
        there = {frame.index: frame for frame in after.history.frames}
        assert before.history.frames[0].index in there
        assert before.history.pins <= there.keys()
        assert all(there[index].state for index in before.history.pins)
        assert len(there) > 5
