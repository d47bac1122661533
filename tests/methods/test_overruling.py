"""A prior that the scan contradicts does no harm: data held out decide what is left to it."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import overruling_in

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.daps import DAPS
from ptygui.methods.solvers import discrepancy, overruling
from ptygui.methods.solvers.overruling import Overruling, _lowest
from ptygui.networks.checkpoint import store_errors
from ptygui.networks.spectrum import ErrorSpectrum
from ptygui.physics.chip import chip
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


@pytest.fixture(scope="module", autouse=True)
def all_steps():
    """As many as the program takes."""
    with overruling_in(300):
        yield


@pytest.fixture(scope="module")
def scan():
    """A chip of 40 px at 60 % overlap."""
    return simulate(chip((40, 40), seed=3), make_probe("medium", 16), Simulation(overlap=0.6))


@pytest.fixture(scope="module")
def wrong(prior_folder, tmp_path_factory):
    """DAPS with an untrained network that claims small errors."""
    folder = shutil.copytree(prior_folder, tmp_path_factory.mktemp("wrong") / "prior")
    store_errors(folder, ErrorSpectrum((0.1, 1.0), (0.0, 180.0), (((1e-6,) * 2,) * 2, ((1e-4,) * 2,) * 2)))
    return DAPS(prior=str(folder), levels=4, data_steps=6, awf_iterations=60)


def steps(scan, method, **how):
    """All Steps of a run."""
    return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]


@pytest.fixture(scope="module")
def run(scan, wrong):
    """The Steps of a run whose prior is wrong."""
    return steps(scan, wrong)


def test_a_wrong_prior_is_not_worse_than_none(scan, run, wrong):
    plain = [steps(scan, AWF(iterations=150, gaussian_prior=prior))[-1] for prior in ("none", "power-law")]
    trusting = steps(scan, replace(wrong, overrule=False))[-1]
    assert run[-1].nrmse < 1.03 * min(step.nrmse for step in plain)
    assert run[-1].nrmse < trusting.nrmse


def test_it_is_told_with_its_share(run):
    assert not run[0].note
    assert 0 < run[-1].state["overruled"] <= 1
    assert f"{run[-1].state['overruled']:.0%} of the result" in run[-1].note


def test_a_run_that_doubts_its_prior_is_resumed_bit_for_bit(scan, run, wrong):
    middle = next(step for step in run if step.state.get("doubted") and not step.done)
    np.testing.assert_array_equal(steps(scan, wrong, resume=middle)[-1].obj, run[-1].obj)


def test_of_a_measured_scan_the_prior_is_overruled_only_where_its_phase_is_wrong(scan, wrong, monkeypatch):
    measured = replace(scan, simulated=False)
    method = replace(wrong, levels=2, probe_update="no")
    assert steps(measured, method)[-1].state["doubted"]
    monkeypatch.setattr(discrepancy, "WRONG", 1e9)  # of the phase; of amplitude and phase it is as it was
    on, off = (steps(measured, replace(method, overrule=overrule))[-1] for overrule in (True, False))
    assert "doubted" not in on.state
    np.testing.assert_array_equal(on.obj, off.obj)


def test_of_a_measured_scan_the_power_law_gets_half_at_most(scan, wrong, monkeypatch):
    """And as much where little light falls, though pixels held out would give it all."""
    monkeypatch.setattr(overruling, "_lowest", lambda *values: 1.0)
    method, found = replace(wrong, levels=2, probe_update="no"), []
    monkeypatch.setattr(Overruling, "_by_power_law", lambda self, f: found.append(f) or _nothing(2 * f))
    simulated, measured = (steps(replace(scan, simulated=is_so), method)[-1] for is_so in (True, False))
    assert simulated.state["overruled"] == 1
    assert measured.state["overruled"] == 0.5
    assert "50% of the result, half at most, are of a power law" in measured.note
    for step, f, factor in zip((simulated, measured), found, (2.0, 1.5), strict=True):
        np.testing.assert_allclose(step.obj, factor * f[0].numpy(), rtol=1e-5)


def _nothing(result):
    """A generator that yields nothing, and its result."""
    yield from ()
    return result


def test_with_the_probe_refined_and_several_seeds_it_works_as_well(scan, wrong):
    method = replace(wrong, levels=2, seeds=2, probe_update="yes")
    last = steps(scan, method)[-1]
    assert last.state["doubted"]
    assert np.isfinite(last.obj).all()


@pytest.mark.parametrize(("at", "found"), [(0.3, 0.3), (-0.5, 0.0), (1.7, 1.0)])
def test_the_share_is_where_the_parabola_is_lowest(at, found):
    values = [2.0 + 5 * (x - at) ** 2 for x in (0.0, 0.5, 1.0)]
    assert _lowest(*values) == pytest.approx(found)


def test_without_a_minimum_between_the_better_end_is_taken():
    assert _lowest(3.0, 4.0, 2.0) == 1.0
    assert _lowest(2.0, 4.0, 3.0) == 0.0
    assert _lowest(*torch.ones(3).tolist()) == 0.0
