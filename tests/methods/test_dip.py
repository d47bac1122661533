"""The deep image prior: the gradient of its weights, what it starts from, and what it finds."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import AWF, DIP
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.untrained import Adam, Untrained
from ptygui.physics.forward import misfit
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


def last(scan, method, **how):
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu", **how)
    return step


def test_it_begins_with_the_start_and_seeds_differ(scan):
    problem = Problem.of(scan, "cpu", seed=1)
    network = Untrained(problem, 8)
    torch.testing.assert_close(
        network.image(problem.randn(1, 2, 32, 32)).obj, problem.start, atol=1e-5, rtol=0
    )
    other = Untrained(Problem.of(scan, "cpu", seed=2), 8)
    assert not torch.equal(network.weights, other.weights)
    assert torch.equal(network.weights, Untrained(Problem.of(scan, "cpu", seed=1), 8).weights)


def test_the_gradient_agrees_with_finite_differences(scan):
    """Of 1/2 ||y - |A f(θ)| ||² / max(w), along random directions of the weights."""
    problem = Problem.of(scan, "cpu")
    network, step, z = Untrained(problem, 8), ModulusStep(problem), problem.randn(1, 2, 32, 32)
    begun = network.weights + 0.02 * problem.randn(*network.weights.shape)
    energy = float(problem.amplitudes.square().sum())

    def loss(weights):
        network.weights = weights
        obj = network.image(z).obj
        return 0.5 * energy * float(misfit(step.forward, obj, problem.amplitudes)) / float(step.w_max)

    loss(begun)
    image = network.image(z)
    gradient = image.gradient(image.obj - step.object(image.obj))
    for _ in range(3):
        direction = problem.randn(*begun.shape) + 30 * gradient / gradient.std()
        direction /= direction.norm()
        difference = (loss(begun + 1e-3 * direction) - loss(begun - 1e-3 * direction)) / 2e-3
        assert float((gradient * direction).sum()) == pytest.approx(difference, rel=0.03)


def test_adam_is_the_published_one():
    generator = torch.Generator().manual_seed(0)
    ours = torch.randn(20, generator=generator)
    theirs = torch.nn.Parameter(ours.clone())
    reference = torch.optim.Adam([theirs], lr=0.01, betas=(0.9, 0.99))
    adam = Adam({}, ours)
    for k in range(1, 6):
        gradient = torch.randn(20, generator=generator)
        ours = adam.step(ours, gradient, k, 0.01)
        theirs.grad = gradient.clone()
        reference.step()
    torch.testing.assert_close(ours, theirs.detach())


def test_it_beats_the_data_alone_where_they_are_scarce():
    """A smooth object at 20 % overlap: the network prefers it to what AWF makes of the same data."""
    scan = simulate(small_object(48, 3), make_probe("medium", 16), Simulation(overlap=0.2))
    found = last(scan, DIP(iterations=250, width=16, learning_rate=0.006))
    assert found.nrmse < 0.75 * last(scan, AWF(iterations=300)).nrmse


def test_a_wrong_probe_is_refined(scan):
    blur = 1 + 0.2 * np.random.default_rng(0).standard_normal(scan.probe.shape)
    wrong = replace(scan, probe=(scan.probe * blur).astype(np.complex64))
    asked = DIP(iterations=120, width=8, learning_rate=0.01, probe_update_start=20)
    fixed, refined = (last(wrong, replace(asked, probe_update=on)) for on in ("no", "yes"))
    assert refined.misfit < 0.5 * fixed.misfit
