"""Single positions moved with the part of the object about them."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from ptygui.methods.problem import Problem
from ptygui.methods.solvers import patchwise as module
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.patchwise import Patchwise, is_local
from ptygui.physics.forward import misfit
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear


@pytest.fixture(scope="module", params=[1, 2], ids=["one mode", "two modes"])
def scan(request):
    options = Simulation(overlap=0.3, whole_pixels=False, modes=request.param)
    return simulate(smear((96, 96), seed=3), make_probe("medium", 32), options)


def off(forward, scan):
    """Root-mean-square error of positions about their mean [px]."""
    left = forward.positions().numpy() - scan.positions
    return float(np.sqrt(np.square(left - left.mean(0)).sum(1).mean()))


def alone(scan, which=5):
    """One position off by a pixel, the others about right."""
    wrong = torch.zeros(len(scan), 2)
    wrong[which] = torch.tensor([0.8, -0.6])
    return wrong - wrong.mean(0)


def test_a_patch_that_is_off_with_its_part_of_the_object_is_found_by_its_seams(scan):
    problem = Problem.of(scan, "cpu")
    right = Patchwise(problem.forward)
    step = ModulusStep(problem, forward=right.of_model(alone(scan)))
    obj = right.of_object(alone(scan), torch.from_numpy(scan.truth))
    before, bad = off(step.forward, scan), float(misfit(step.forward, obj, problem.amplitudes))
    for _ in range(12):
        patchwise = Patchwise(step.forward)
        found = patchwise.step(step, obj)
        torch.testing.assert_close(found.mean(0), torch.zeros(2), atol=0.05, rtol=0)
        obj = patchwise.of_object(found, obj)
        step.set_forward(patchwise.of_model(found))
    assert off(step.forward, scan) < 0.35 * before
    assert float(misfit(step.forward, obj, problem.amplitudes)) < 0.8 * bad


def test_its_slopes_are_those_of_the_modelled_amplitudes(scan):
    problem = Problem.of(scan, "cpu")
    smooth = gaussian_filter(scan.truth, 3, mode="nearest")  # whose interpolation is exact enough
    forward, obj = problem.forward, torch.from_numpy(smooth)
    patchwise, change = Patchwise(forward), torch.zeros(len(scan), 2)
    change[5] = torch.tensor([0.08, -0.06])
    near, count = patchwise._near, len(scan)
    slopes = module.slopes_of(obj)
    strained, _ = patchwise._strained(forward, slice(None), obj, slopes, problem.amplitudes, None)
    along = torch.cat((change[near, 0], change[near, 1]), -1)  # (K, 2 near)
    foretold = (strained * along.unsqueeze(-1)).sum(1).view(count, 32, 32)
    moved = patchwise.of_model(change)
    seen = moved.modulus(moved.apply(patchwise.of_object(change, obj))) - forward.modulus(forward.apply(obj))
    others = torch.arange(count) != 5  # the window of that one cuts something else
    difference, scale = ((image[others]).flatten(1).norm(dim=1) for image in (foretold - seen, seen))
    assert float((difference / scale.clamp_min(0.1 * scale.max())).max()) < 0.1


def test_without_displacements_nothing_moves(scan):
    forward, obj = Problem.of(scan, "cpu").forward, torch.from_numpy(scan.truth)
    patchwise, none = Patchwise(forward), torch.zeros(len(scan), 2)
    assert torch.equal(patchwise.of_object(none, obj), obj)
    torch.testing.assert_close(patchwise.of_model(none).positions(), forward.positions())


def test_all_of_the_object_moves_where_all_positions_do(scan):
    forward, truth = Problem.of(scan, "cpu").forward, torch.from_numpy(scan.truth)
    moved = Patchwise(forward).of_object(torch.ones(len(scan), 2), truth)
    torch.testing.assert_close(moved[1:, 1:], truth[:-1, :-1], atol=1e-4, rtol=1e-3)


def test_it_is_for_few_data_and_not_too_many_positions(scan, monkeypatch):
    assert is_local(Problem.of(scan, "cpu").forward)
    dense = simulate(smear((96, 96), seed=3), make_probe("medium", 32), Simulation(overlap=0.6))
    forward = Problem.of(dense, "cpu").forward
    assert not is_local(forward)
    assert is_local(forward, torch.arange(32).expand(32, 32) < 8)  # a quarter of its pixels is trusted
    monkeypatch.setattr(module, "MOST_POSITIONS", len(scan) - 1)
    assert not is_local(Problem.of(scan, "cpu").forward)
