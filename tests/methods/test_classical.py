"""AWF and rPIE: known solutions and the identities they rest on."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.rpie import RPIE
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


@pytest.fixture(scope="module")
def dense():
    options = Simulation(overlap=0.75, noise="none")
    return simulate(small_object(48), make_probe("medium", 16), options)


def last(scan, method, **how):
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu", **how)
    return step


@pytest.mark.parametrize(
    "method",
    [AWF(iterations=400), RPIE(iterations=400), RPIE(iterations=150, form="sequential", alpha=0.3)],
    ids=["awf", "summed", "sequential"],
)
def test_finds_the_object_from_exact_data(dense, method):
    step = last(dense, method)
    inside = (slice(6, -6), slice(6, -6))
    from ptygui.analysis.metrics import nrmse

    assert nrmse(step.obj[inside], dense.truth[inside]) < 0.02
    assert step.misfit < 1e-4


def test_the_truth_stays(dense):
    for method in (AWF(iterations=3), RPIE(iterations=3), RPIE(iterations=3, form="sequential")):
        assert last(dense, method, start=dense.truth).nrmse < 1e-4


def test_plain_flow_never_increases_the_misfit(scan):
    steps = [s for s in reconstruct(scan, AWF(iterations=40, momentum=False), interval=0, device="cpu")]
    misfits = [s.misfit for s in steps]
    assert all(b <= a * (1 + 1e-6) for a, b in pairwise(misfits))


def test_sequential_equals_one_position_after_another(scan):
    """Groups of disjoint positions, in the drawn order, are the same as a loop over positions."""
    from ptygui.physics.positions import disjoint_groups

    method = RPIE(iterations=2, form="sequential", alpha=0.4)
    problem = Problem.of(scan, "cpu", seed=9)
    obj = problem.start.numpy().copy()
    groups = disjoint_groups(scan.corners, scan.width)
    generator = torch.Generator().manual_seed(9)
    probe, y = scan.probe, problem.amplitudes.numpy()
    weight = probe.conj() / ((1 - 0.4) * abs(probe) ** 2 + 0.4 * (abs(probe) ** 2).max())
    for _ in range(2):
        for g in torch.randperm(len(groups), generator=generator).tolist():
            for k in groups[g]:
                r, c = scan.corners[k]
                window = (slice(r, r + 16), slice(c, c + 16))
                wave = np.fft.fft2(probe * obj[window], norm="ortho")
                new = np.fft.ifft2(y[k] * np.exp(1j * np.angle(wave)), norm="ortho")
                obj[window] += weight * (new - probe * obj[window])
    np.testing.assert_allclose(last(scan, method, seed=9).obj, obj, atol=2e-4)


@pytest.mark.parametrize("method", [RPIE, AWF])
def test_probe_is_refined(dense, method):
    rng = np.random.default_rng(0)
    blur = 1 + 0.15 * rng.standard_normal(dense.probe.shape)
    wrong = replace(dense, probe=(dense.probe * blur).astype(np.complex64))
    fixed = last(wrong, method(iterations=150))
    refined = last(wrong, method(iterations=150, probe_update=True))
    assert refined.misfit < 0.1 * fixed.misfit


def test_many_positions_are_taken_in_chunks(scan, monkeypatch):
    whole = last(scan, AWF(iterations=5)).obj
    monkeypatch.setattr("ptygui.physics.forward.CHUNK_BYTES", 8 * 16 * 16 * 3)
    problem = Problem.of(scan, "cpu")
    assert len(ModulusStep(problem)._chunks) == -(-len(scan) // 3)
    np.testing.assert_allclose(last(scan, AWF(iterations=5)).obj, whole, atol=1e-5)


def test_seeds_run_side_by_side(scan):
    problem = Problem.of(scan, "cpu")
    step = ModulusStep(problem)
    f = torch.randn(3, *scan.object_shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(step.back(f)[1], step.back(f[1]))
