"""Runs: what they are called, where they branch off, and which options held when."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import history_of, step_of

from ptygui.experiment.run import Run, several_subjects
from ptygui.experiment.settings import RunSettings
from ptygui.methods import RPIE
from ptygui.scan import Geometry


@pytest.fixture
def parent(scan):
    return Run(3, scan, RPIE(iterations=30, alpha=0.05), history=history_of(scan, 21))


def branch(run, number, step, **options):
    made = run.branch(
        number, run.history.frames[step - 1], replace(run.method, **options), RunSettings("cpu")
    )
    for k in range(step + 1, step + 4):
        made.history.append(step_of(run.scan, k, 30, nfe=2 * k))
    return made


def test_a_branch_is_called_after_what_it_is(parent):
    other = branch(parent, 7, 21, alpha=0.002)
    assert parent.name == "3 rpie 62.5 %"
    assert other.name == "7 rpie 62.5 % ← 3 @ step 21, alpha 0.002"
    assert other.marks == [(21, "← 3: alpha 0.002")]
    assert branch(parent, 8, 4).name == "8 rpie 62.5 % ← 3 @ step 4"
    other.given_name = "mine"
    assert other.name == "mine"


def test_options_changed_in_a_pause_are_in_the_name(parent):
    parent.change(5, replace(parent.method, alpha=0.3))
    assert parent.name == "3 rpie 62.5 % alpha 0.3 from step 6"
    assert parent.marks == [(5, "alpha 0.3")]
    for step in (7, 9):
        parent.change(step, replace(parent.method, alpha=step / 10))
    assert parent.name == "3 rpie 62.5 % options changed 3 times"


def test_each_step_knows_its_options(parent):
    parent.change(5, replace(parent.method, alpha=0.3))
    other = branch(parent, 7, 10, alpha=0.7)
    early = branch(parent, 8, 3, alpha=0.9)
    assert [other.method_at(k).alpha for k in (1, 5, 6, 10, 11, 13)] == [0.05, 0.05, 0.3, 0.3, 0.7, 0.7]
    assert [early.method_at(k).alpha for k in (3, 4)] == [0.05, 0.9]
    assert other.changes == [(5, {"alpha": 0.3}), (10, {"alpha": 0.7})]
    again = branch(other, 9, 12, alpha=0.01)
    assert again.origin.run == 7
    assert [step for step, _ in again.changes] == [5, 10, 12]
    assert parent.method.alpha == 0.3


def test_a_branch_costs_what_it_did_itself(parent):
    other = branch(parent, 7, 10)
    assert other.last.nfe == 26
    assert other.evaluations == 26 - parent.history.numbers["nfe"][9]
    assert other.seconds == pytest.approx(0.3)
    assert parent.seconds == pytest.approx(2.1)
    assert Run(1, parent.scan, parent.method).evaluations == 0


def test_another_scan_in_its_place_has_figures_of_its_own(scan, parent):
    """A result opened without its scan gets it later, masked or not."""
    bare = Geometry(positions=scan.positions, probe=scan.probe, object_shape=scan.object_shape)
    other = replace(parent, scan=bare)
    assert other.data_per_unknown == parent.data_per_unknown
    mask = np.ones(scan.probe.shape, bool)
    mask[:, ::2] = False
    other.scan = replace(scan, mask=mask)
    assert other.data_per_unknown == parent.data_per_unknown / 2
    assert other.overlap == parent.overlap
    other.scan = replace(scan, patterns=scan.patterns[:1], positions=scan.positions[:1])
    assert other.overlap == 0


def test_runs_of_one_object_at_two_overlaps_are_of_one_thing(scan):
    """A sweep adds the overlap to the name, an example that is loaded again is another array."""
    swept = replace(scan, name="small, 50.0 %")
    copied = replace(scan, truth=scan.truth.copy())
    runs = [Run(1, scan, RPIE()), Run(2, swept, RPIE(), sweep=1), Run(3, copied, RPIE())]
    assert [run.subject for run in runs] == ["small"] * 3
    assert not several_subjects(runs)
    called_otherwise = replace(scan, name="as exported")  # with the truth of the first
    assert not several_subjects([*runs, Run(4, called_otherwise, RPIE())])
    star = replace(scan, truth=None, name="star")
    assert several_subjects([*runs, Run(5, star, RPIE())])
    assert several_subjects([Run(1, star, RPIE()), Run(2, replace(star, name="gold"), RPIE())])


def test_a_run_says_what_it_is_of_among_others(parent):
    parent.among_others = True
    assert parent.name == "3 rpie 62.5 % of small"
    other = branch(parent, 7, 21, alpha=0.002)
    other.among_others = True
    assert other.name == "7 rpie 62.5 % of small ← 3 @ step 21, alpha 0.002"
    assert other.name_beside_scan == "7 rpie 62.5 % ← 3 @ step 21, alpha 0.002"
    assert other.origin.name == "3 rpie 62.5 %"  # kept in files, whatever else is in the list
    parent.scan = replace(parent.scan, name="a\nlong name of a scan " * 9)
    assert parent.subject.startswith("a long name")
    assert len(parent.subject) == 32
    parent.given_name = "mine"
    assert parent.name == "mine"


def test_the_pace_leaves_the_first_step_out(scan):
    run = Run(1, scan, RPIE(iterations=10))
    assert run.pace is None
    run.history.append(replace(step_of(scan, 1), seconds=5.0))
    assert run.pace is None
    run.history.append(replace(step_of(scan, 1), seconds=5.1))  # shown again, as where a run is held
    assert run.pace is None
    run.history.append(replace(step_of(scan, 3), seconds=5.5))
    assert run.pace == pytest.approx(0.25, abs=0.06)
    assert run.start_seconds == pytest.approx(5, abs=0.3)
