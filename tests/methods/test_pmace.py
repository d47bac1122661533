"""PMACE: the published iteration, written out position by position, and what it must find."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.pmace import PMACE
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.consensus import Consensus
from ptygui.physics.forward import Forward
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


@pytest.fixture(scope="module")
def dense():
    options = Simulation(overlap=0.75, noise="none")
    return simulate(small_object(48), make_probe("medium", 16), options)


def last(scan, method, **how):
    *_, step = reconstruct(scan, method, interval=1e9, device="cpu", **how)
    return step


def published(scan, start, alpha, rho, kappa, iterations):
    """Zhai et al. 2023, one position after another in double precision, with their P^-1."""
    m, probe = scan.width, scan.probe.astype(np.complex128)
    amplitudes = np.sqrt(np.fft.ifftshift(scan.patterns, axes=(-2, -1)).astype(float))
    windows = [(slice(r, r + m), slice(c, c + m)) for r, c in scan.corners]
    share = np.abs(probe) ** kappa

    def average(patches):
        total, weights = np.zeros(scan.object_shape, complex), np.zeros(scan.object_shape)
        for window, patch in zip(windows, patches, strict=True):
            total[window] += share * patch
            weights[window] += share
        return total / weights

    v = [start[window].astype(np.complex128) for window in windows]
    for _ in range(iterations):
        w = []
        for patch, y in zip(v, amplitudes, strict=True):
            wave = np.fft.fft2(probe * patch, norm="ortho")
            fitted = np.fft.ifft2(y * wave / np.abs(wave), norm="ortho")
            w.append((1 - alpha) * patch + alpha * np.conj(probe) / np.abs(probe) ** 2 * fitted)
        z = average([2 * a - b for a, b in zip(w, v, strict=True)])
        v = [patch + 2 * rho * (z[window] - a) for patch, window, a in zip(v, windows, w, strict=True)]
    return average(w)


def test_the_iteration_is_the_published_one(scan):
    problem = Problem.of(scan, "cpu")
    asked = {"alpha": 0.7, "rho": 0.4, "kappa": 1.25, "iterations": 3}
    expected = published(scan, problem.start.numpy(), **asked)
    lit = (problem.illumination > 1e-2 * problem.illumination.max()).numpy()  # P^-1 raises rounding elsewhere
    assert lit.mean() > 0.7
    np.testing.assert_allclose(last(scan, PMACE(**asked)).obj[lit], expected[lit], atol=2e-3)


def test_finds_the_object_from_exact_data(dense):
    from ptygui.analysis.metrics import nrmse

    step = last(dense, PMACE(iterations=400))
    inside = (slice(6, -6), slice(6, -6))
    assert nrmse(step.obj[inside], dense.truth[inside]) < 0.02
    assert step.misfit < 1e-4


def test_the_truth_stays(dense):
    assert last(dense, PMACE(iterations=3), start=dense.truth).nrmse < 1e-4


@pytest.mark.parametrize("modes", [3])
def test_modes_of_exact_data(modes):
    options = Simulation(overlap=0.75, noise="none", modes=modes, mode_power=0.1)
    scan = simulate(small_object(48), make_probe("medium", 16), options)
    assert last(scan, PMACE(iterations=3), start=scan.truth).nrmse < 1e-4
    coherent = last(replace(scan, weaker_modes=None), PMACE(iterations=150))
    assert last(scan, PMACE(iterations=150)).misfit < 0.1 * coherent.misfit


def test_a_wrong_probe_is_refined(dense):
    blur = 1 + 0.15 * np.random.default_rng(0).standard_normal(dense.probe.shape)
    wrong = replace(dense, probe=(dense.probe * blur).astype(np.complex64))
    fixed, refined = (last(wrong, PMACE(iterations=150, probe_update=on)) for on in ("no", "yes"))
    assert refined.misfit < 0.1 * fixed.misfit


def test_positions_flicker_and_background_are_refined(real_scan):
    poorer = replace(real_scan, background=None, weights=None)
    plain = last(poorer, PMACE(iterations=60))
    asked = PMACE(iterations=60, weight_update=True, background_update="constant", position_update=True)
    assert last(poorer, asked).misfit < 0.7 * plain.misfit


def test_pixels_that_no_position_sees_keep_the_start():
    corners = torch.tensor([[0, 0], [0, 8]])
    probe = torch.from_numpy(make_probe("medium", 16))
    forward = Forward(probe, corners, (20, 24))
    obj = torch.from_numpy(small_object(24)[:20])
    problem = Problem(forward, forward.apply(obj).abs(), None, None, torch.Generator(), {})
    agents = Consensus(problem, forward, 0.5, 1.5)
    _, after, _, _ = agents.advance(forward.patches(obj), obj, 0.5)
    torch.testing.assert_close(after, obj, atol=1e-4, rtol=0)


def test_many_positions_are_taken_in_chunks(scan, monkeypatch):
    whole = last(scan, PMACE(iterations=5)).obj
    monkeypatch.setattr("ptygui.physics.forward.CHUNK_BYTES", 8 * 16 * 16 * 3)
    np.testing.assert_allclose(last(scan, PMACE(iterations=5)).obj, whole, atol=1e-5)
