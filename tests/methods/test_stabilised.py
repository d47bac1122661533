"""Square roots of few counts: their mean, and what methods with a prior make of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ptygui.analysis.metrics import nrmse, stabilised_error
from ptygui.detector import STABILISING, counts_of, stabilised
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.refinement import Refined, Refinement
from ptygui.physics.forward import misfit
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear
from ptygui.scan import Scan


def dim(photons: float = 100.0, **options) -> Scan:
    """A scan most of whose pixels are dark."""
    simulation = Simulation(overlap=0.5, photons=photons, **options)
    return simulate(smear((64, 64), seed=1), make_probe("medium", 32), simulation)


@pytest.mark.parametrize("rate", [0.1, 0.4, 1.0, 3.0, 20.0])
def test_its_mean_is_that_of_the_model_and_its_variance_a_quarter_at_most(rate):
    n = np.arange(200)
    share = np.exp(n * np.log(rate) - rate - [math.lgamma(k + 1) for k in n])
    y = stabilised(np.sqrt(n))
    mean, plain = (share * y).sum(), (share * np.sqrt(n)).sum()
    assert abs(mean - math.sqrt(rate + STABILISING)) < 0.05
    assert abs(mean - math.sqrt(rate + STABILISING)) < 0.5 * abs(plain - math.sqrt(rate))
    assert (share * (y - mean) ** 2).sum() < 0.27
    assert stabilised_error(np.array([rate])) == pytest.approx(
        (share * (y - math.sqrt(rate + STABILISING)) ** 2).sum(), rel=0.02
    )
    np.testing.assert_allclose(counts_of(y), n, atol=1e-9)


def test_the_truth_leaves_what_noise_is_expected_to_leave_in_dark_pixels_too():
    scan = dim()
    problem = Problem.of(scan, "cpu").stabilised()
    left = misfit(problem.forward, torch.from_numpy(scan.truth), problem.amplitudes)
    assert float(left) == pytest.approx(problem.floor, rel=0.05)
    assert problem.stabilised() is problem


def test_only_counts_are_stabilised():
    exact, scaled = dim(noise="none"), dim()
    scaled = replace(scaled, patterns=scaled.patterns * 0.013)
    for scan in (exact, scaled):
        problem = Problem.of(scan, "cpu")
        assert problem.stabilised() is problem
    masked = replace(dim(), mask=np.arange(32) > 0 * np.ones((32, 1)))
    patterns = masked.patterns.copy()
    patterns[:, :, 0] = 0.5  # no count, but not trusted either
    assert replace(masked, patterns=patterns).counted


def test_a_prior_makes_more_of_few_photons_and_misfits_are_told_as_ever():
    scan = dim()
    method = AWF(iterations=100, gaussian_prior="power-law")
    problem = Problem.of(scan, "cpu")
    *_, plain = method.iterates(replace(problem, counted=False))
    *_, step = reconstruct(scan, method, device="cpu")
    before, now = (nrmse(np.asarray(f), scan.truth, align="complex") for f in (plain.obj, step.obj))
    assert now < 0.9 * before
    assert step.background is None
    roots = misfit(problem.forward, torch.from_numpy(step.obj), problem.amplitudes)
    assert step.misfit == pytest.approx(float(roots), rel=1e-4)


def test_a_background_is_refined_from_counts():
    scan = replace(dim(3000, background=2.0), background=None)
    problem = Problem.of(scan, "cpu").stabilised()
    step = ModulusStep(problem)
    refinement = Refinement(step, problem.forward, Refined(background="constant"))
    for _ in range(5):
        refinement.take(torch.from_numpy(scan.truth))
    assert float(step.forward.background.mean()) == pytest.approx(2.0, abs=0.05)
