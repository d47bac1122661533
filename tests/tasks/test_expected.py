"""How long a sweep will take, by what has run before."""

import pytest
from conftest import history_of, small_object

from ptygui.experiment.run import Run
from ptygui.experiment.thinning import Thinning
from ptygui.methods import AWF, RPIE
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.tasks.expected import ReferencePace, expected_seconds
from ptygui.tasks.plans import SweepPlan, ThinnedPlan


@pytest.fixture(scope="module")
def dense():

    return simulate(small_object(), make_probe("medium", 16), Simulation(overlap=0.8))


def ran(scan, method, outcome="done"):
    """A run that took as many seconds as its history says; and these, per position."""
    run = Run(1, scan, method, history=history_of(scan, 3), outcome=outcome)
    return run, run.seconds / len(scan)


def test_a_thinned_sweep_takes_what_its_positions_take(dense):
    plan = ThinnedPlan(dense, Thinning(reference=20), (AWF(iterations=5),), (0.3, 0.5), seeds=2)
    assert expected_seconds(plan, []) is None
    assert expected_seconds(plan, [ran(dense, AWF(iterations=5), "stopped")[0]]) is None
    run, each = ran(dense, AWF(iterations=5))
    counts = [row.scan.count for row in plan.rows]
    assert len(counts) == 4
    assert max(counts) < len(dense)
    assert expected_seconds(plan, [run]) == pytest.approx(each * sum(counts))
    assert expected_seconds(plan, [run], workers=2) == pytest.approx(each * sum(counts) / 2)


def test_other_options_of_a_method_tell_by_its_steps(dense):
    plan = ThinnedPlan(dense, Thinning(), (AWF(iterations=40), RPIE(iterations=6)), (0.5,))
    awf, each = ran(dense, AWF(iterations=10))
    assert expected_seconds(plan, [awf]) is None
    rpie, other = ran(dense, RPIE(iterations=3))
    count = plan.scans[0].count
    assert expected_seconds(plan, [awf, rpie]) == pytest.approx((4 * each + 2 * other) * count)


def test_the_reference_is_made_first(dense):
    run, each = ran(dense, RPIE(iterations=10))
    measured = dense.noted(truth=None)
    plan = ThinnedPlan(measured, Thinning(reference=20), (AWF(),), (0.5,))
    paces = ReferencePace()
    assert paces.seconds(plan, []) is None
    assert paces.seconds(plan, [run]) == pytest.approx(2 * each * len(dense))
    with_truth = ThinnedPlan(dense, Thinning(reference=20), (AWF(),), (0.5,))
    simulated = SweepPlan(dense.truth, dense.probe, Simulation(), (AWF(),), (0.5,))
    assert paces.seconds(with_truth, []) == paces.seconds(simulated, []) == 0


def test_a_short_trial_tells_how_long_a_reference_takes(dense):
    measured, paces = dense.noted(truth=None), ReferencePace()
    plans = [ThinnedPlan(measured, Thinning(reference=n), (AWF(),), (0.5,)) for n in (20, 200)]
    paces.try_out(plans[0], "cpu")
    short, long = (paces.seconds(plan, []) for plan in plans)
    assert short > 0
    assert long == pytest.approx(10 * short)
