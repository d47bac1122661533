"""Unrolled network: Wirtinger-flow steps and learned priors by turns, for one overlap."""

import copy

import numpy as np
import pytest
import torch

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.unrolled import Unrolled
from ptygui.networks.unrolled import UNROLLEDS, load_unrolled, without_mean_phase
from ptygui.paths import MODELS
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear


def steps_of(scan, method, **how):
    return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]


@pytest.fixture
def method(unrolled_folder):
    return Unrolled(network=str(unrolled_folder), awf_iterations=8)


def test_it_is_awf_and_then_all_blocks(scan, method):
    steps, awf = steps_of(scan, method), steps_of(scan, AWF(iterations=8))
    for a, b in zip(steps[:-1], awf, strict=True):
        assert np.array_equal(a.obj, b.obj)
    assert [s.nfe for s in steps] == [0] * 8 + [2]
    assert {s.note for s in steps} == {""}


def test_with_nothing_learned_it_is_wirtinger_flow(scan, unrolled_folder):
    solver = load_unrolled(unrolled_folder)
    network = copy.deepcopy(solver.network)
    network.logit_alpha.fill_(50.0)  # alpha is 1: steps of one length everywhere
    network.log_length.zero_()
    for prior in network.priors:
        prior.last.weight.zero_()
        prior.last.bias.zero_()
    problem = Problem.of(scan, "cpu")
    step, start = ModulusStep(problem), without_mean_phase(problem.start, problem.illumination)
    *_, found = network.iterates(start[None], step.back, step.w, solver.info.channels)
    expected = start
    for _ in range(network.blocks * network.steps):
        expected = step.object(expected)
    torch.testing.assert_close(found[0], expected, atol=1e-5, rtol=0)


def test_a_refined_probe_is_used_by_the_network(real_scan, method):
    from dataclasses import replace

    last = steps_of(real_scan, replace(method, awf_iterations=14, probe_update="yes"))[-1]
    assert last.done
    assert not np.allclose(last.probe, real_scan.probe)


def test_another_overlap_is_said(method):
    scan = simulate(smear((48, 48), 1), make_probe("medium", 16), Simulation(overlap=0.25))
    (note,) = {s.note for s in steps_of(scan, method)}
    assert "the unrolled network was trained for an overlap of 60%, this scan has 25%" in note
    assert [one.severity for one in method.checks(scan)] == ["warn"]


@pytest.fixture(scope="module")
def scores():
    """NRMSE of each shipped network on a smear at its overlap, and at the other's; and of AWF."""
    found = {}
    for overlap in (0.2, 0.5):
        scan = simulate(smear((96, 96), 3), make_probe("medium"), Simulation(overlap=overlap))
        for name in UNROLLEDS.listed():
            *_, before, last = steps_of(scan, Unrolled(network=name))
            found[overlap, name], found[overlap, "awf"] = last.nrmse, before.nrmse
    return found


@pytest.mark.parametrize(("overlap", "own", "other"), [(0.2, "unrolled-20", "unrolled-50")])
def test_a_network_is_for_its_overlap(scores, overlap, own, other):
    assert scores[overlap, own] < 0.7 * scores[overlap, "awf"]
    assert scores[overlap, own] < 0.9 * scores[overlap, other]


def test_the_shipped_networks_are_small_and_carry_a_card():
    assert {one.overlap for one in UNROLLEDS.listed().values()} == {0.2, 0.5}
    for name, info in UNROLLEDS.listed().items():
        assert (MODELS / name / UNROLLEDS.weights).stat().st_size <= 2_000_000
        card = (MODELS / name / "README.md").read_text(encoding="utf-8")
        assert all(data in card for data in info.training["data"])
        assert "Pengming Song and Guoan Zheng" in card
        assert info.training["validation"][-1]["nrmse"] < info.training["validation"][-1]["nrmse_awf"]
