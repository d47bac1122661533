"""Aberrations of the probe: a basis that neither moves nor tilts it, and steps that find them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.analysis import metrics
from ptygui.analysis.align import align
from ptygui.methods import AWF, RPIE
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.aberrations import Aberrations
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.solvers.refinement import Refined, Refinement
from ptygui.physics.forward import misfit
from ptygui.physics.probe import make_probe, pupil_of
from ptygui.physics.simulate import Simulation, simulate
from tests.methods.test_contract import steps_of


def scan_with(**options):
    return simulate(small_object(48), make_probe("medium", 16), Simulation(**{"overlap": 0.6, **options}))


def error(step, scan):
    """NRMSE of what is lit, without what a refined probe leaves open: factor, ramp and shift."""
    lit = metrics.illuminated(scan.illumination)
    aligned = align(step.obj, scan.truth, lit, ramp=True, shift=True).apply(step.obj)
    return metrics.nrmse(aligned, scan.truth, region=lit, align="complex")


def defocused(scan, by):
    """The scan, whose probe is given with so much more defocus [rad]."""
    pupil = pupil_of("medium", 16)
    probe = replace(pupil, defocus=pupil.defocus + by).probe(16)
    return replace(scan, probe=probe * np.linalg.norm(scan.probe), simulated=False)


@pytest.mark.parametrize("kind", ["medium", "disk", "gaussian"])
def test_the_phases_are_orthonormal_and_neither_constant_nor_linear(kind):
    probe = torch.from_numpy(make_probe(kind, 32))
    power = torch.fft.fft2(probe).abs().square().double()
    power[power < 1e-3 * power.max()] = 0
    power /= power.sum()
    axis = torch.fft.fftfreq(32, dtype=torch.float64)
    low = torch.stack((torch.ones(32, 32), axis[:, None].expand(32, 32), axis.expand(32, 32))).double()
    phases = Aberrations(probe).phases.double()
    count = len(phases)
    assert count == 12 if kind == "medium" else 3 <= count <= 12
    gram = torch.einsum("jab,kab,ab->jk", phases, phases, power)
    torch.testing.assert_close(gram, torch.eye(count).double(), atol=1e-4, rtol=0)
    assert torch.einsum("jab,kab,ab->jk", low, phases, power).abs().max() < 1e-4


def test_an_aberration_keeps_the_energy_and_is_undone_by_its_negative():
    probe = torch.from_numpy(make_probe("medium", 32))
    aberrations = Aberrations(probe)
    c = torch.linspace(-0.4, 0.6, 12)
    there = aberrations.applied(probe, c)
    assert float(there.abs().square().sum()) == pytest.approx(float(probe.abs().square().sum()), rel=1e-5)
    torch.testing.assert_close(aberrations.applied(there, -c), probe, atol=1e-6, rtol=0)


@pytest.mark.parametrize("options", [{}, {"modes": 2}, {"whole_pixels": False, "flicker": 0.05}])
def test_aberrations_are_found_for_the_true_object(options):
    scan = scan_with(noise="none", **options)
    problem, obj = Problem.of(scan, "cpu"), torch.from_numpy(scan.truth)
    aberrations = Aberrations(problem.forward.probe)
    there = aberrations.applied(problem.forward.probe, 0.15 * torch.tensor([1, -1] * 6))
    step = ModulusStep(problem, forward=problem.forward.with_probe(there))
    before = float(misfit(step.forward, obj, problem.amplitudes))
    for _ in range(5):
        step.set_probe(aberrations.applied(step.forward.probe, aberrations.step(step, obj)))
    assert float(misfit(step.forward, obj, problem.amplitudes)) < 1e-4 * before


@pytest.mark.parametrize("method", [AWF(iterations=100), RPIE(iterations=100)], ids=lambda m: m.key())
def test_a_wrong_defocus_is_found_with_the_object(method):
    scan = defocused(scan_with(overlap=0.7), 1.0)
    fixed, refined = (steps_of(scan, replace(method, probe_update=on))[-1] for on in ("no", "yes"))
    assert error(refined, scan) < 0.75 * error(fixed, scan)
    assert refined.misfit < 0.2 * fixed.misfit


def test_a_plane_wave_has_no_aberrations():
    probe = torch.ones(8, 8, dtype=torch.complex64)
    assert len(Aberrations(probe).phases) == 0
    scan = replace(scan_with(), probe=np.ones((16, 16), np.complex64))
    step, obj = ModulusStep(Problem.of(scan, "cpu")), torch.from_numpy(scan.truth)
    refinement = Refinement(step, step.forward, Refined(probe=True))
    refinement.correct_aberrations(obj)
    torch.testing.assert_close(step.forward.probe, torch.from_numpy(scan.probe))


def test_going_back_to_a_model_takes_its_aberrations_back():
    scan = scan_with(overlap=0.7)
    step, obj = ModulusStep(Problem.of(defocused(scan, 1.0), "cpu")), torch.from_numpy(scan.truth)
    refinement = Refinement(step, step.forward, Refined(probe=True))
    before = refinement.model
    refinement.correct_aberrations(obj)
    assert refinement.state["aberrations"].abs().max() > 0.1
    refinement.model = before
    assert refinement.state == {}
    assert step.forward is before.forward


def test_a_held_probe_moves_less_the_stiffer_it_is():
    scan = scan_with(overlap=0.7)
    data, obj = defocused(scan, 1.0), torch.from_numpy(scan.truth)
    moved = []
    for stiffness in (0.0, 1.0, 100.0):
        step = ModulusStep(Problem.of(data, "cpu"))
        given = step.forward.probe
        refinement = Refinement(step, step.forward, Refined(probe=True))
        refinement.hold()
        refinement.take(obj, stiffness)
        moved.append(float(torch.linalg.vector_norm(step.forward.probe - given)))
    assert moved[0] > 1.5 * moved[1] > 20 * moved[2] > 0


@pytest.mark.parametrize("overlap", [0.2, 0.7])
def test_an_exact_probe_is_refined_at_no_cost(overlap):
    scan = scan_with(overlap=overlap)
    fixed, refined = (steps_of(scan, AWF(iterations=120, probe_update=on)) for on in ("no", "yes"))
    assert error(refined[-1], scan) < 1.2 * error(fixed[-1], scan)
    left = [step.misfit for step in refined[20:]]
    assert max(b / a for a, b in pairwise(left)) < 1.5  # once it rose a hundredfold
