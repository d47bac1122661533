"""Refinement of beam and detector: each closed form lowers the misfit, and finds what was given wrongly."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.detector import shifted
from ptygui.methods import AWF, DAPS, RPIE, method_named
from ptygui.methods.dps import REFINED_BELOW
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.refinement import Refined, Refinement, begun, in_gauge
from ptygui.physics.forward import misfit
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate, with_modes
from tests.methods.test_contract import SHORT, steps_of

ROUNDS = 40


def scan_with(**options):
    options = Simulation(**{"overlap": 0.6, "noise": "none", **options})
    return simulate(small_object(), make_probe("medium", 16), options)


def refined(scan, what, obj=None, rounds=ROUNDS):
    """The model after some steps for a given object, and the misfits on the way."""
    problem = Problem.of(scan, "cpu")
    step, obj = ModulusStep(problem), torch.from_numpy(scan.truth if obj is None else obj)
    refinement, left = Refinement(step, problem.forward, what), []
    for _ in range(rounds):
        left.append(float(misfit(step.forward, obj, problem.amplitudes)))
        refinement.take(obj)
    return step.forward, [*left, float(misfit(step.forward, obj, problem.amplitudes))]


def falls(left, to):
    assert all(b <= a * (1 + 1e-4) + 1e-9 for a, b in pairwise(left))
    assert left[-1] < to * left[0]


def test_a_wrong_probe_is_found_for_the_true_object():
    scan = scan_with()
    noise = np.random.default_rng(0).normal(size=(2, 16, 16)) * 0.05 * np.abs(scan.probe).max()
    forward, left = refined(replace(scan, probe=scan.probe + noise[0] + 1j * noise[1]), Refined(probe=True))
    falls(left, 0.02)
    given = torch.from_numpy(scan.probe)
    found = in_gauge(forward.probe, given)
    assert (found - given).abs().square().sum() < 0.1 * np.square(noise).sum()


def test_modes_that_were_not_given_are_found():
    scan = scan_with(modes=2, mode_power=0.1)
    coherent = replace(scan, weaker_modes=None)
    problem = Problem.of(coherent, "cpu")
    forward, _ = begun(problem, modes=2)
    assert forward.modes == 2
    step, obj = ModulusStep(problem, forward=forward), torch.from_numpy(scan.truth)
    before = float(misfit(problem.forward, obj, problem.amplitudes))
    refinement = Refinement(step, forward, Refined(probe=True))
    for _ in range(4 * ROUNDS):
        refinement.take(obj)
    assert float(misfit(step.forward, obj, problem.amplitudes)) < 0.1 * before
    powers = torch.linalg.svdvals(step.forward.probe.flatten(1)).square()
    assert float(powers[1] / powers.sum()) == pytest.approx(0.1, abs=0.05)


def test_the_flicker_of_the_beam_is_found():
    scan = scan_with(flicker=0.1)
    forward, left = refined(replace(scan, weights=None), Refined(weights=True))
    falls(left, 1e-3)
    np.testing.assert_allclose(forward.weights.numpy(), scan.weights, rtol=1e-3)


@pytest.mark.parametrize("kind", ["constant", "pixels"])
def test_a_background_is_found(kind):
    scan = scan_with(background=20.0)
    forward, left = refined(replace(scan, background=None), Refined(background=kind))
    assert left[-1] < 1e-2 * left[0]
    assert forward.background.shape == (16, 16)
    assert float(forward.background.mean()) == pytest.approx(20, rel=0.05)


def test_without_a_background_none_is_found():
    forward, _ = refined(scan_with(), Refined(background="constant"))
    assert float(forward.background.max()) < 0.1


@pytest.mark.parametrize(("away", "share"), [(0.2, 0.05), (0.5, 0.4)])
def test_positions_are_found(away, share):
    scan = scan_with(whole_pixels=False)
    room = replace(  # so that no position leaves the object
        scan, positions=scan.positions + 4, object_shape=(40, 40), truth=np.pad(scan.truth, 4, mode="edge")
    )
    errors = np.random.default_rng(1).normal(size=scan.positions.shape) * away
    errors -= errors.mean(0)  # all moved together is the object moved
    scan, wrong = room, room.positions + errors
    forward, left = refined(replace(scan, positions=wrong), Refined(positions="yes"))
    assert left[-1] < share * left[0]
    there = forward.positions().numpy() - scan.positions
    assert np.square(there).mean() < share * np.square(errors).mean()


def test_positions_stay_within_reach():
    scan = scan_with()
    wrong = scan.positions.copy()
    wrong[len(scan) // 2] = np.clip(wrong[len(scan) // 2] + 5, 0, 16)
    forward, _ = refined(replace(scan, positions=wrong), Refined(positions="yes", reach=1.0))
    assert float(forward.shifts.abs().max()) <= 1.0 + 1e-6


def test_the_gauge_is_that_of_the_given_probe():
    given = torch.from_numpy(make_probe("medium", 32))
    moved = torch.from_numpy(shifted(given.numpy(), np.array([[0.4, -0.7]]))[0])
    x = torch.arange(32) / 32
    tilted = moved * torch.polar(torch.ones(32, 32), 2 * torch.pi * (0.3 * x[:, None] - 0.2 * x) + 0.5)
    torch.testing.assert_close(
        in_gauge(tilted.to(torch.complex64), given.to(torch.complex64)), given.to(torch.complex64),
        atol=1e-2, rtol=0,
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 5])
def test_weak_modes_are_orthogonal_and_share_the_power(count):
    probe = make_probe("medium", 16)
    modes = with_modes(probe, count, 0.2).reshape(count, -1)
    powers = np.square(np.abs(modes)).sum(1)
    assert powers.sum() == pytest.approx(np.square(np.abs(probe)).sum() * (1 if count > 1 else 0.8), rel=1e-5)
    gram = modes.conj() @ modes.T
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-6)
    assert list(powers) == sorted(powers, reverse=True)


WRONG = ("probe_update", "position_update", "weight_update")


@pytest.mark.parametrize("method", [AWF(iterations=150), RPIE(iterations=150)], ids=lambda m: m.key())
def test_a_run_refines_what_is_wrong_and_says_so(real_scan, method):
    errors = np.random.default_rng(1).normal(size=real_scan.positions.shape) * 0.3
    limit = np.array(real_scan.object_shape) - real_scan.width
    wrong = replace(
        real_scan, positions=np.clip(real_scan.positions + errors, 0, limit), weights=None, background=None,
        weaker_modes=None, simulated=False,
    )  # fmt: skip
    plain = steps_of(wrong, replace(method, probe_update="no"))[-1]
    auto = steps_of(wrong, method)[-1]
    whole = replace(
        method, position_update=True, weight_update=True, background_update="constant", probe_modes=2
    )
    steps = steps_of(wrong, whole)
    last = steps[-1]
    assert auto.misfit < plain.misfit
    assert last.misfit < 0.5 * auto.misfit
    assert last.resolved == {"probe_update": "yes"}
    assert auto.resolved == {"probe_update": "yes", "probe_modes": 1}
    assert last.modes.shape == (2, 16, 16)
    assert (last.weights.shape, last.background.shape) == ((len(wrong),), (16, 16))
    assert not np.array_equal(last.positions, wrong.positions)
    again = steps_of(wrong, whole, resume=steps[len(steps) // 2])[-1]
    assert np.array_equal(again.obj, last.obj)
    assert np.array_equal(again.positions, last.positions)


def test_daps_refines_and_resumes(real_scan, prior_folder):
    method = method_named("daps")(
        **SHORT["daps"], prior=str(prior_folder), probe_update=True, position_update=True, weight_update=True,
        background_update="pixels", probe_modes=3,
    )  # fmt: skip
    steps = steps_of(real_scan, method, seed=3)
    last = steps[-1]
    assert last.modes.shape == (3, 16, 16)
    again = steps_of(real_scan, method, seed=3, resume=steps[2])[-1]
    for name in ("obj", "modes", "positions", "weights", "background"):
        assert np.array_equal(getattr(again, name), getattr(last, name)), name


@pytest.mark.parametrize("travel", ["repaint", "literal"])
def test_dps_refines_and_resumes(real_scan, prior_folder, travel):
    method = method_named("dps")(
        num_steps=16, j=2, zeta=1e-4, prior=str(prior_folder), time_travel=travel, probe_update=True,
        position_update=True, weight_update=True, background_update="pixels", probe_modes=3,
    )  # fmt: skip
    steps = steps_of(real_scan, method, seed=3)
    last, low = steps[-1], [step for step in steps if step.level < REFINED_BELOW]
    assert last.modes.shape == (3, 16, 16)
    assert len(low) > 4
    assert not np.array_equal(low[0].probe, last.probe)
    again = steps_of(real_scan, method, seed=3, resume=low[2])[-1]
    for name in ("obj", "modes", "positions", "weights", "background"):
        assert np.array_equal(getattr(again, name), getattr(last, name)), name


def test_dps_is_guided_by_the_refined_model(scan, prior_folder):
    method = method_named("dps")(num_steps=16, j=0, zeta=1e-2, prior=str(prior_folder))
    plain, refined = (steps_of(scan, replace(method, probe_update=on), seed=3) for on in ("no", "yes"))
    first = next(k for k, step in enumerate(plain) if step.level < REFINED_BELOW)
    assert np.array_equal(plain[first].obj, refined[first].obj)  # the probe takes its first step for this one
    assert not np.array_equal(plain[-1].obj, refined[-1].obj)


@pytest.mark.parametrize("given", [True, "yes", "on"])
def test_switches_take_what_files_of_before_say(given):
    assert AWF(probe_update=given).probe_update == "yes"
    assert AWF(probe_update="auto") == AWF()
    assert RPIE(probe_update=False).asdict()["probe_update"] == "no"
    assert DAPS().asdict()["probe_update"] == "auto"


def test_a_simulated_scan_is_not_refined_unless_asked(scan):
    assert steps_of(scan, AWF(iterations=20))[-1].resolved["probe_update"] == "no"
    measured = replace(scan, simulated=False)
    assert steps_of(measured, AWF(iterations=20))[-1].resolved["probe_update"] == "yes"


def test_a_probe_that_the_prior_makes_worse_is_given_back(scan, prior_folder):
    problem = Problem.of(scan, "cpu")
    method = DAPS(prior=str(prior_folder), probe_update="yes")
    solver = method.solver(problem, method.plan(problem))
    given, wrong = solver.step.forward, problem.forward.with_probe(1.5 * problem.forward.probe)
    truth = torch.from_numpy(scan.truth)
    solver.excess = 2.0
    list(solver.refined_by_prior(truth.abs(), truth.angle(), 0.1))
    assert solver.step.forward is not given
    solver.step.set_forward(wrong)  # of which the fit is far worse than before
    list(solver.refined_by_data(*[truth.unsqueeze(0)] * 2, 0.1))
    assert solver.step.forward is given
    refined = [len(list(solver.refined_by_prior(truth.abs(), truth.angle(), 0.1))) for _ in range(3)]
    assert refined[0] == 0 < refined[1]  # it waits for a level


def test_a_model_that_fits_without_a_prior_is_not_refined_by_it(scan, prior_folder):
    problem = Problem.of(scan, "cpu")
    method = DAPS(prior=str(prior_folder), probe_update="yes")
    solver = method.solver(problem, method.plan(problem))
    truth = torch.from_numpy(scan.truth)
    solver.excess = 2.0
    solver.alone = 0.9 * solver.limit
    assert not list(solver.refined_by_prior(truth.abs(), truth.angle(), 0.1))
    solver.alone = 2 * solver.limit
    assert list(solver.refined_by_prior(truth.abs(), truth.angle(), 0.1))


def test_a_model_that_plenty_of_data_have_found_stays_in_the_levels(prior_folder):
    scan = simulate(small_object(32), make_probe("medium", 16), Simulation(overlap=0.7))
    noise = np.random.default_rng(0).normal(size=(2, 16, 16)) * 0.05 * np.abs(scan.probe).max()
    given = replace(scan, probe=(scan.probe + noise[0] + 1j * noise[1]).astype(np.complex64))
    method = DAPS(**SHORT["daps"] | {"awf_iterations": 300}, prior=str(prior_folder), probe_update="yes")
    first, *_, last = steps = steps_of(given, method)
    assert last.state["settled"]
    assert np.array_equal(first.probe, last.probe)
    wrong = [np.linalg.norm(probe - scan.probe) for probe in (last.probe, given.probe)]
    assert wrong[0] < 0.5 * wrong[1]
    again = steps_of(given, method, resume=steps[1])[-1]
    assert np.array_equal(again.obj, last.obj)
    few = simulate(small_object(32), make_probe("medium", 16), Simulation(overlap=0.4))
    first, *_, last = steps_of(few, replace(method, awf_iterations=20))
    assert not last.state["settled"]
    assert not np.array_equal(first.probe, last.probe)
