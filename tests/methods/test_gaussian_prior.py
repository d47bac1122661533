"""AWF with a Gaussian prior: the cosine transform, the power law, the step, and what it is good for."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.fft import dctn

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.gaussian_prior import CosineTransform, GaussianPrior, power_law_prior
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.power_law import PowerLaw, fit_power_law
from ptygui.physics.probe import energy_diameter, make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear


def last(scan, method, **how):
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu", **how)
    return step


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def sparse():
    """A blood smear at 20 % overlap."""
    return simulate(smear((96, 96), 3), make_probe("medium"), Simulation(overlap=0.2))


@pytest.mark.parametrize("shape", [(16, 16), (15, 22), (1, 4), (7, 1)])
def test_the_cosine_transform_is_that_of_scipy(shape):
    transform, image = CosineTransform(shape), normal(2, *shape)
    both = [dctn(part, norm="ortho", axes=(-2, -1)) for part in (image.numpy().real, image.numpy().imag)]
    np.testing.assert_allclose(transform.forward(image).numpy(), both[0] + 1j * both[1], atol=1e-5)
    torch.testing.assert_close(transform.back(transform.forward(image)), image, atol=1e-5, rtol=0)


def test_its_frequencies_are_those_of_cosines():
    transform = CosineTransform((24, 32))
    rows, columns = np.arange(24) + 0.5, np.arange(32) + 0.5
    wave = np.cos(np.pi * 6 * rows / 24)[:, None] * np.cos(np.pi * 4 * columns / 32)
    found = transform.forward(torch.from_numpy(wave).to(torch.complex64)).abs()
    assert np.unravel_index(int(found.argmax()), found.shape) == (6, 4)
    assert float(transform.frequency[6, 4]) == pytest.approx(np.hypot(6 / 48, 4 / 64))


@pytest.mark.parametrize(("level", "exponent"), [(0.5, 3.0), (5.0, 5.0)])
def test_a_power_law_is_found_from_few_patterns(level, exponent):
    probe = make_probe("medium") * 300
    true = PowerLaw(level, exponent, 1 / energy_diameter(probe))
    rng = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256))
    white = (rng.normal(size=(256, 256)) + 1j * rng.normal(size=(256, 256))) / np.sqrt(2)
    obj = 0.8 + np.fft.ifft2(np.fft.fft2(white) * np.sqrt(true.at(frequency)))
    total = np.zeros((32, 32))
    for _ in range(25):
        row, column = rng.integers(224, size=2)
        patch = obj[row : row + 32, column : column + 32]
        total += rng.poisson(np.abs(np.fft.fft2(probe * patch, norm="ortho")) ** 2)
    found = fit_power_law(total / 25, probe, 25)
    assert found.exponent == pytest.approx(exponent, abs=0.5)
    assert found.level == pytest.approx(level, rel=0.3)


def test_pixels_that_are_never_measured_do_not_matter(sparse):
    mask = np.ones((32, 32), bool)
    mask[10:13, :5] = False
    patterns = np.where(mask, sparse.patterns, 1e7)
    masked = replace(sparse, patterns=patterns, mask=mask)
    one = power_law_prior(Problem.of(masked, "cpu"))
    other = power_law_prior(Problem.of(replace(sparse, mask=mask), "cpu"))
    torch.testing.assert_close(one._precision, other._precision)


def test_its_step_is_the_minimum():
    prior = _prior((12, 10))
    f, curvature = normal(12, 10), torch.tensor(3.0)
    g = prior.pulled(f, curvature, 0.7)
    torch.testing.assert_close(curvature * (g - f), -prior.gradient(g, 0.7), atol=1e-4, rtol=1e-4)


def test_the_mean_is_free():
    prior = _prior((12, 10))
    constant = torch.full((12, 10), 0.3 - 0.8j)
    assert float(prior.cost(constant, 1.0)) < 1e-9
    torch.testing.assert_close(prior.pulled(constant, torch.tensor(1.0), 1e6), constant, atol=1e-5, rtol=0)


def test_gradient_of_the_cost_by_finite_differences(scan):
    problem = Problem.of(scan, "cpu")
    step, prior = ModulusStep(problem), _prior(scan.object_shape)
    f = problem.start + 0.1 * normal(*scan.object_shape)
    gradient = step.w * f - step.back(f) + prior.gradient(f, 20.0)
    for seed in range(3):
        way = normal(*scan.object_shape, seed=seed + 1)
        high, low = (_cost(problem, step, prior, f + t * way, 20.0) for t in (1e-3, -1e-3))
        assert (high - low) / 2e-3 == pytest.approx(float((gradient.conj() * way).real.sum()), rel=1e-2)


@pytest.mark.parametrize("weight", [0.5, 1.0, 300.0])
def test_a_step_never_raises_the_cost(scan, weight):
    problem = Problem.of(scan, "cpu")
    step, prior = ModulusStep(problem), power_law_prior(problem)
    f, costs = problem.start + 0.3 * normal(*scan.object_shape), []
    for _ in range(40):
        costs.append(_cost(problem, step, prior, f, weight))
        f = prior.pulled(step.object(f), step.w_max, weight)
    assert all(b <= a * (1 + 1e-6) for a, b in pairwise(costs))
    assert costs[-1] < 0.5 * costs[0]


def test_without_weight_it_is_awf(scan):
    *_, plain = AWF(iterations=60).iterates(Problem.of(scan, "cpu").stabilised())
    weak = last(scan, AWF(iterations=60, gaussian_prior="power-law", prior_weight=0.0))
    np.testing.assert_allclose(weak.obj, plain.obj.numpy(), atol=1e-4)


@pytest.mark.parametrize("which", ["power-law", "trained"])
def test_it_is_better_where_data_are_scarce(sparse, which):
    plain = last(sparse, AWF(iterations=120))
    better = last(sparse, AWF(iterations=120, gaussian_prior=which))
    assert better.nrmse < 0.75 * plain.nrmse


def test_its_weight_falls_and_then_stays():
    method = AWF(iterations=100, gaussian_prior="power-law", prior_weight=2.0)
    weights = [method.weight_at(k) for k in range(100)]
    assert all(b < a for a, b in pairwise(weights[:51]))
    assert set(weights[50:]) == {2.0}


def test_a_folder_that_is_no_prior_is_named(scan, tmp_path):
    method = AWF(gaussian_prior="trained", prior=str(tmp_path))
    (finding,) = method.checks(None)
    assert finding.severity == "stop"
    assert finding.remedies[0].method == replace(method, gaussian_prior="power-law")
    with pytest.raises(InputError, match=r"prior\.json is missing"):
        last(scan, method)
    assert list(AWF(prior=str(tmp_path)).checks(None)) == []


def test_results_name_the_weights_of_a_trained_prior(scan):
    assert AWF().weights(scan) == {}
    assert len(AWF(gaussian_prior="trained").weights(scan)["prior sha256"]) == 64


def _prior(shape):
    transform = CosineTransform(shape)
    power = torch.from_numpy(PowerLaw(0.1, 3.0, 0.05).at(transform.frequency.numpy())).float()
    return GaussianPrior(transform, power)


def _cost(problem, step, prior, f, weight):
    """1/2 ||y - |A f| ||² and the prior's term, in double precision."""
    left = problem.amplitudes.double() - problem.forward.apply(f).abs().double()
    return float(left.square().sum() / 2 + prior.cost(f, weight).double())


def test_a_sweep_compares_with_and_without_it():
    made = [replace(AWF(gaussian_prior="trained"), **choice.changes) for choice in AWF.in_sweep()]
    assert [method.gaussian_prior for method in made] == ["none", "power-law"]
    assert [method.data_alone for method in made] == [True, False]
