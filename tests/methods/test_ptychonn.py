"""PtychoNN: patterns to patches, stitched; refused or warned of where it does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.problem import Problem
from ptygui.methods.ptychonn import PtychoNN, stitched
from ptygui.networks.ptychonn import PTYCHONN, seen
from ptygui.physics.chip import chip
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.physics.smear import smear


def last_of(scan, method, **how):
    *_, last = reconstruct(scan, method, interval=1e9, device="cpu", **how)
    return last


def found(scan, method):
    return [(one.severity, one.text) for one in method.checks(scan)]


@pytest.fixture
def method(ptychonn_folder):
    return PtychoNN(network=str(ptychonn_folder))


def test_right_patches_make_the_right_object(real_scan):
    problem = Problem.of(real_scan, "cpu")
    patches = problem.forward.patches(torch.from_numpy(real_scan.truth))
    answers = iter([patches])
    *_, obj = stitched(problem, lambda *shown: next(answers))
    lit = problem.illumination > 1e-3 * problem.illumination.max()
    np.testing.assert_allclose(obj[lit], real_scan.truth[lit], atol=1e-5)


def test_pixels_without_light_keep_the_start(method):
    options = Simulation(overlap=0.2, layout="centred")
    scan = simulate(small_object(40), make_probe("medium", 16), options)
    start = np.full(scan.object_shape, 0.25 + 0.5j, np.complex64)
    last = last_of(scan, method, start=start)
    assert last.obj[0, 0] == start[0, 0]
    assert last.obj[20, 20] != start[20, 20]


def test_the_empty_beam_is_nothing_and_a_masked_pixel_is_not_seen(scan):
    probe = torch.from_numpy(scan.probe)
    empty = torch.fft.fft2(probe, norm="ortho").abs()[None]
    assert seen(empty, probe).abs().max() < 1e-4
    mask = torch.ones(16, 16, dtype=torch.bool)
    mask[3, 4] = False
    broken = empty.clone()
    broken[:, 3, 4] = 1e4
    assert seen(broken, probe, mask).abs().max() < 1e-3


def test_awf_goes_on_from_the_network(scan, method):
    alone = last_of(scan, method)
    awf = last_of(scan, AWF(iterations=5), start=alone.obj)
    both = last_of(scan, replace(method, awf_iterations=5))
    np.testing.assert_allclose(both.obj, awf.obj, atol=1e-6)
    assert both.nfe == 1


def test_patterns_of_another_width_are_refused(method):
    other = simulate(small_object(), make_probe("medium", 8), Simulation(overlap=0.5))
    ((severity, text),) = found(other, method)
    assert severity == "stop"
    assert "patterns of 16 px, the scan has them of 8 px" in text
    with pytest.raises(InputError, match="--probe-width 8"):
        last_of(other, method)


def test_another_probe_and_modes_are_told(scan, real_scan, method):
    assert found(scan, method) == []
    other = simulate(small_object(), make_probe("focused", 16), Simulation(overlap=0.6))
    assert [severity for severity, _ in found(other, method)] == ["warn"]
    assert any("has modes" in text for _, text in found(real_scan, method))


def test_a_missing_network_is_named(scan):
    nowhere = PtychoNN(network="nowhere")
    with pytest.raises(InputError, match="there is no PtychoNN 'nowhere'"):
        last_of(scan, nowhere)
    assert found(scan, nowhere)[0][0] == "stop"


@pytest.fixture(scope="module")
def shipped():
    """NRMSE of the shipped network and of AWF on a smear and on a chip that neither has seen."""
    scores = {}
    for name, obj in {"smear": smear((96, 96), 3), "chip": chip((96, 96), 3)}.items():
        scan = simulate(obj, make_probe("medium"), Simulation(overlap=0.5))
        scores[name] = last_of(scan, PtychoNN()), last_of(scan, AWF(iterations=100))
    return scores


def test_the_shipped_network_sees_smears_and_hallucinates_on_chips(shipped):
    (smears, _), (chips, awf) = shipped["smear"], shipped["chip"]
    assert smears.nrmse < 0.2
    assert chips.nrmse > 2 * smears.nrmse
    assert chips.nrmse > 1.5 * awf.nrmse
    assert "hallucinates" in chips.note


def test_the_shipped_networks_are_small_and_carry_a_card():
    from ptygui.paths import MODELS

    for name, info in PTYCHONN.listed().items():
        assert (MODELS / name / PTYCHONN.weights).stat().st_size <= 2_000_000
        card = (MODELS / name / "README.md").read_text(encoding="utf-8")
        assert all(data in card for data in info.training["data"])
        assert "Pengming Song and Guoan Zheng" in card
