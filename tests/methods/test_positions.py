"""Refinement of positions: scale, rotation and shear of all, then each; corners follow."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.errors import InputError
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.positions import affine_part
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from tests.methods.test_contract import SHORT, steps_of

ROTATED = np.array([[0.0, -0.0087], [0.0087, 0.0]])  # by half a degree
LARGER = np.array([[0.02, 0.0], [0.0, 0.02]])


@pytest.fixture(scope="module")
def dense():
    """A scan of whole-pixel positions, with room about them."""
    obj = np.pad(small_object(64), 4, mode="edge")
    scan = simulate(obj, make_probe("medium", 16), Simulation(overlap=0.6, whole_pixels=False))
    inside = ((scan.positions >= 4) & (scan.positions <= 52)).all(1)
    return scan.subset(inside)


def distorted(scan, matrix):
    """The scan with positions that are (1 + A) times the true ones, about their mean."""
    x = scan.positions - scan.positions.mean(0)
    return replace(scan, positions=scan.positions + x @ matrix.T)


def left(scan, step):
    """Root-mean-square error of positions, apart from their mean [px]."""
    away = step.positions - scan.positions
    return np.sqrt(np.square(away - away.mean(0)).mean())


def test_four_numbers_are_found_in_spite_of_outliers():
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.uniform(-50, 50, (60, 2)))
    x = x - x.mean(0)
    matrix = torch.tensor([[0.01, -0.02], [0.03, 0.005]], dtype=torch.float64)
    change = x @ matrix.mT + 0.01 * torch.from_numpy(rng.normal(size=(60, 2)))
    change[:6] += 5.0
    torch.testing.assert_close(affine_part(x, change), matrix, atol=5e-3, rtol=0)
    line = x * torch.tensor([1.0, 0.0])  # a single row says nothing of the other axis
    assert torch.isfinite(affine_part(line, line @ matrix.mT)).all()
    assert torch.equal(affine_part(x[:1] * 0, x[:1] * 0), torch.zeros(2, 2, dtype=torch.float64))


def test_of_models_that_take_each_other_s_place_one_keeps_its_shifted_probes(dense):
    problem = Problem.of(dense, "cpu")
    step, obj = ModulusStep(problem), torch.from_numpy(dense.truth)
    given, back = problem.forward, step.back(obj)
    step.set_forward(given.at(given.positions() + 0.3))
    assert given._made is None
    assert step.forward._made is not None
    step.set_forward(given)
    torch.testing.assert_close(step.back(obj), back, rtol=0, atol=0)


def test_a_model_at_other_positions_takes_the_nearest_corners(dense):
    problem = Problem.of(dense, "cpu")
    forward, obj = problem.forward, torch.from_numpy(dense.truth)
    moved = forward.at(forward.positions() + torch.tensor([1.2, -0.7]))
    torch.testing.assert_close(
        moved.positions(), forward.positions() + torch.tensor([1.2, -0.7]), rtol=0, atol=1e-4
    )
    assert float(moved.shifts.abs().max()) <= 0.5 + 1e-6
    back = moved.at(forward.positions())
    assert torch.equal(back.corners, forward.corners)
    waves = forward.apply(obj)
    torch.testing.assert_close(back.apply(obj), waves, rtol=1e-3, atol=1e-3 * float(waves.abs().max()))
    out = forward.at(forward.positions() - 100)  # no patch leaves the object
    assert int(out.corners.min()) == 0
    here = forward.chunks(64)[0][0]
    assert torch.equal(here.positions(), forward.positions()[: len(here)])


@pytest.mark.parametrize("matrix", [ROTATED, LARGER], ids=["rotated", "larger"])
@pytest.mark.parametrize("method", [AWF(iterations=250), RPIE(iterations=250)], ids=lambda m: m.key())
def test_scale_and_rotation_are_mended(dense, method, matrix):
    wrong = distorted(dense, matrix)
    plain = steps_of(wrong, method)[-1]
    found = steps_of(wrong, replace(method, position_update="affine"))[-1]
    before = left(dense, replace(found, positions=wrong.positions))
    assert left(dense, found) < 0.2 * before
    assert found.misfit < 0.4 * plain.misfit
    x = wrong.positions - wrong.positions.mean(0)
    moved = found.positions - wrong.positions
    fitted = x @ np.linalg.lstsq(x, moved, rcond=None)[0]
    np.testing.assert_allclose(moved - moved.mean(0), fitted, atol=1e-3)  # nothing but four numbers


def test_a_sequential_sweep_follows_corners_that_move(dense):
    wrong = distorted(dense, 3 * LARGER)
    method = RPIE(iterations=60, form="sequential", alpha=0.5, position_update="affine")
    last = steps_of(wrong, method)[-1]
    assert not np.array_equal(np.rint(last.positions), wrong.corners)
    assert last.misfit < steps_of(wrong, replace(method, position_update="no"))[-1].misfit


def test_daps_leaves_right_positions_alone(scan, prior_folder):
    method = DAPS(**SHORT["daps"], prior=str(prior_folder), position_update="yes")
    last = steps_of(scan, method)[-1]
    assert np.array_equal(last.obj, steps_of(scan, replace(method, position_update="no"))[-1].obj)


def test_daps_goes_on_where_it_found_positions(dense, prior_folder):
    wrong = distorted(dense, ROTATED)
    method = DAPS(**SHORT["daps"] | {"awf_iterations": 100}, prior=str(prior_folder), position_update="yes")
    steps = steps_of(wrong, method, seed=1)
    assert steps[-1].state["located"]
    assert left(dense, steps[-1]) < 0.7 * left(dense, replace(steps[-1], positions=wrong.positions))
    again = steps_of(wrong, method, seed=1, resume=steps[2])[-1]
    assert np.array_equal(again.positions, steps[-1].positions)
    assert np.array_equal(again.obj, steps[-1].obj)


@pytest.mark.parametrize(
    ("given", "means"), [(True, "yes"), (False, "no"), ("affine", "affine"), ("on", "yes")]
)
def test_options_of_before_are_read(given, means):
    assert AWF(position_update=given).position_update == means


def test_other_words_are_refused():
    with pytest.raises(InputError, match="position_update is 'sideways', expected no, affine or yes"):
        AWF(position_update="sideways")
