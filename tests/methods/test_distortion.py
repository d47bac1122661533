"""Positions and object moved together along a smooth distortion."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import AWF, RPIE
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.distortion import MOST_ORDER, Distortion, order_for, warped
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import Forward, misfit
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear


@pytest.fixture(scope="module")
def scan():
    probe, options = make_probe("medium", 32), Simulation(overlap=0.6, whole_pixels=False)
    return simulate(smear((96, 96), seed=3), probe, options)


def off(forward, scan):
    """Root-mean-square error of positions about their mean [px]."""
    left = forward.positions().numpy() - scan.positions
    return float(np.sqrt(np.square(left - left.mean(0)).sum(1).mean()))


@pytest.mark.parametrize("modes", [1, 2])
def test_what_has_moved_together_is_found_by_the_strain_within_patches(scan, modes):
    if modes == 2:
        probe = make_probe("medium", 32)
        options = Simulation(overlap=0.6, whole_pixels=False, modes=2)
        scan = simulate(smear((96, 96), seed=3), probe, options)
    problem = Problem.of(scan, "cpu")
    right = Distortion(problem.forward, 2)
    wrong = torch.tensor([[0.5, -0.3, 0.1, 0.6, 0.2], [-0.4, 0.2, 0.3, 0.1, -0.2]])
    step = ModulusStep(problem, forward=right.of_model(wrong))
    obj = right.of_object(wrong, torch.from_numpy(scan.truth))
    before, bad = off(step.forward, scan), float(misfit(step.forward, obj, problem.amplitudes))
    for _ in range(4):
        distortion = Distortion(step.forward, 2)
        found = distortion.step(step, obj)
        obj = distortion.of_object(found, obj)
        step.set_forward(distortion.of_model(found))
    assert off(step.forward, scan) < 0.15 * before
    assert float(misfit(step.forward, obj, problem.amplitudes)) < 0.5 * bad


@pytest.mark.parametrize("moves", [False, True])
def test_weights_that_are_off_together_are_found(scan, moves):
    """The object takes up what all weights of a region have in common; with displacements as well, both."""
    problem = Problem.of(scan, "cpu")
    forward = problem.forward.with_weights(torch.ones(len(scan)))
    right = Distortion(forward, 2, moves, gains=True)
    wrong = torch.tensor(
        [[0.5, -0.3, 0.1, 0.6, 0.2], [-0.4, 0.2, 0.3, 0.1, -0.2], [0.1, -0.05, 0.02, 0.08, 0]]
    )
    wrong = wrong if moves else wrong[-1:]
    step = ModulusStep(problem, forward=right.of_model(wrong))
    obj = right.of_object(wrong, torch.from_numpy(scan.truth))
    before = float(step.forward.weights.std())
    assert before > 0.05
    for _ in range(4):
        distortion = Distortion(step.forward, 2, moves, gains=True)
        found = distortion.step(step, obj)
        obj = distortion.of_object(found, obj)
        step.set_forward(distortion.of_model(found))
    assert float(step.forward.weights.std()) < 0.1 * before
    if moves:
        assert off(step.forward, scan) < 0.15 * off(right.of_model(wrong), scan)
    else:
        torch.testing.assert_close(step.forward.positions(), forward.positions(), rtol=0, atol=0)


def test_images_move_by_cubic_splines(scan):
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.normal(size=(2, 20, 31)) + 1j * rng.normal(size=(2, 20, 31)))
    field = torch.from_numpy(2 * rng.normal(size=(20, 31, 2)))
    moved, places = warped(images, field).numpy(), np.mgrid[:20, :31] - field.numpy().transpose(2, 0, 1)
    for image, found in zip(images.numpy(), moved, strict=True):
        expected = map_coordinates(image, places, order=3, mode="mirror")
        np.testing.assert_allclose(found, expected, atol=1e-5)
    row = warped(images[:, :1], torch.zeros(1, 31, 2, dtype=torch.float64))
    torch.testing.assert_close(row, images[:, :1], atol=1e-5, rtol=0)


def test_the_strain_is_the_slope_of_the_displacement(scan):
    distortion = Distortion(Problem.of(scan, "cpu").forward, 4)
    points = torch.tensor([[20.0, 31.0], [70.5, 11.25]], dtype=torch.float64)
    for i, j in ((1, 0), (2, 1), (0, 4)):
        _, slopes = distortion._at(points, i, j)
        for axis in (0, 1):
            ahead = points.clone()
            ahead[:, axis] += 1e-4
            change = (distortion._at(ahead, i, j)[0] - distortion._at(points, i, j)[0]) / 1e-4
            torch.testing.assert_close(slopes[:, axis], change, atol=1e-5, rtol=1e-4)


def test_without_coefficients_nothing_moves(scan):
    forward = Problem.of(scan, "cpu").forward
    distortion, obj = Distortion(forward, 3), torch.from_numpy(scan.truth)
    none = torch.zeros(2, 9)
    torch.testing.assert_close(distortion.of_object(none, obj), obj, atol=1e-5, rtol=0)
    torch.testing.assert_close(distortion.of_model(none).positions(), forward.positions())
    gain = Distortion(forward, 3, moves=False, gains=True)
    assert torch.equal(gain.of_object(none[:1], obj), obj)
    torch.testing.assert_close(gain.of_model(none[:1]).weights, torch.ones(len(scan)))
    both = distortion.of_object(none, torch.stack((obj, 2 * obj)))
    torch.testing.assert_close(both[1], 2 * both[0])


def test_its_order_grows_with_the_probes_that_fit_side_by_side(scan):
    forward = Problem.of(scan, "cpu").forward
    assert order_for(forward) == 4
    large = Forward(forward.probe, forward.corners, (4000, 96))
    assert order_for(large) == MOST_ORDER


@pytest.mark.parametrize("how", ["affine", "yes"])
@pytest.mark.parametrize("method", [AWF(iterations=120), RPIE(iterations=120)], ids=["awf", "rpie"])
def test_a_common_error_of_positions_is_found(scan, method, how):
    """A shear, which the object takes up: by steps of positions with the object held .33 to .5 px remain."""
    shear = np.zeros_like(scan.positions)
    shear[:, 0] = 0.03 * (scan.positions[:, 1] - scan.positions[:, 1].mean())
    given = replace(scan, positions=scan.positions + shear + 2, object_shape=(100, 100), truth=None)
    *_, step = reconstruct(given, replace(method, position_update=how), interval=1e9, device="cpu")

    def error(positions):
        left = positions - scan.positions
        return np.sqrt(np.square(left - left.mean(0)).sum(1).mean())

    assert error(step.positions) < 0.4 * error(given.positions)
