"""How wrong prior and data are, estimated from a scan: found where they are, and 1 where they are not."""

import shutil
from dataclasses import replace

import pytest
import torch

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.daps import DAPS
from ptygui.methods.solvers import discrepancy
from ptygui.methods.solvers.discrepancy import _TOLD, Discrepancy
from ptygui.networks.checkpoint import store_errors
from ptygui.networks.spectrum import Cosines, ErrorSpectrum

SIDE = 128


def last(scan, method):
    """The last Step of a run."""
    return [step for step in reconstruct(scan, method, interval=0, device="cpu") if step is not None][-1]


def converged(true, told, excess=1.0, values=10_000, **which):
    """Factors after many steps, with pulls drawn for a prior whose error is `true` times as large.

    One number for both channels, or a tensor (2, 1, 1).
    """
    radius = Cosines(SIDE, SIDE).radius
    found = Discrepancy(radius, values, **which)
    power = 1e-2 / (1 + radius / 20).square().expand(2, SIDE, SIDE)
    told = torch.full((2, SIDE, SIDE), told)
    draw = torch.randn(2, 1, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    noise = 1 / (_TOLD * told)
    wrong = (true * power).sqrt() * draw[0] + noise.sqrt() * draw[1]  # what the data say of x̂0's error
    for _ in range(30):
        trusted = found.inflated(power)
        pulled = wrong * trusted / (trusted + noise / found.data)
        found.update(pulled, power, told, torch.tensor(excess))
    return found


@pytest.mark.parametrize("true", [1.0, 4.0, 100.0])
def test_a_prior_is_as_wrong_as_its_errors_are_larger(true):
    found = converged(true, told=1e4, data=False).prior
    torch.testing.assert_close(found[:, 3:], torch.full_like(found[:, 3:], true), rtol=0.2, atol=0)


def test_a_prior_better_than_expected_is_not_trusted_more():
    assert (converged(0.1, told=1e4, data=False).prior == 1).all()


def test_where_data_tell_nothing_the_prior_stays_as_it_was():
    radius = Cosines(SIDE, SIDE).radius
    factors = Discrepancy(radius, 1).prior * 3
    kept = Discrepancy(radius, 1, resume={"prior_discrepancy": factors})
    nothing = torch.zeros(2, SIDE, SIDE)
    kept.update(nothing[None], nothing + 1e-2, nothing, torch.tensor(0.0))
    torch.testing.assert_close(kept.prior, factors)
    assert kept.data == 1


@pytest.mark.parametrize("variance", [1.0, 5.0])
def test_the_misfit_that_no_object_mends_is_of_the_data(variance):
    values, unknowns = 80_000, 2 * SIDE**2  # well told, so that the fit uses them all up
    left = variance * (1 - unknowns / values)
    found = converged(1.0, told=1e9, excess=left, values=values)
    assert float(found.data) == pytest.approx(variance, rel=0.02)


def test_what_is_not_estimated_stays_one():
    found = converged(50.0, told=1e4, excess=9.0, prior=False, data=False)
    assert (found.prior == 1).all()
    assert found.data == 1
    assert found.state == {}


@pytest.mark.parametrize(("excess", "gain"), [(1.0, 0.9), (8.0, 0.9), (1000.0, 0.3)])
def test_what_is_wrong_in_an_estimate_is_left_out(excess, gain):
    """Of an object 4 times as strong as the prior's error, whose estimate holds the object and more."""
    radius = Cosines(SIDE, SIDE).radius
    power = 1e-2 / (1 + radius / 20).square().expand(2, SIDE, SIDE)
    draw = torch.randn(2, 1, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    true, more = draw * power.sqrt() * torch.tensor([4.0, excess]).sqrt().view(2, 1, 1, 1, 1)
    run = Discrepancy(radius, 1, wary=True)
    run.prior = torch.full_like(run.prior, 1 + excess)
    wrong = run.wrong(true + more, run.variation(true + more, power))
    varies = radius > 0
    error, before, least = (
        float((each * varies / power.sqrt()).square().mean()) for each in (more - wrong, more, true)
    )
    best = excess * least / (excess + least)  # of a linear estimate
    assert error < gain * before
    assert error < 1.05 * best or excess > 100  # there a share of it is kept nevertheless
    assert (wrong[..., 0, 0] == 0).all()
    of_simulated = Discrepancy(radius, 1, resume={"prior_discrepancy": run.prior})
    assert (of_simulated.wrong(true + more, run.variation(true + more, power)) == 0).all()


def test_no_more_of_the_amplitude_is_left_out_than_errors_of_the_phase_tell():
    """An error of the amplitude alone may be that of the probe."""
    radius = Cosines(SIDE, SIDE).radius
    power, clean = torch.full((2, SIDE, SIDE), 1e-2), torch.ones(1, 2, SIDE, SIDE)
    run = Discrepancy(radius, 1, wary=True)

    def left_out(amplitude, phase):
        run.prior = torch.tensor([[amplitude], [phase]]).expand_as(run.prior).clone()
        return run.wrong(clean, run.variation(clean, power)).amax((0, 2, 3))

    assert left_out(60.0, 1.0).tolist() == [0, 0]
    torch.testing.assert_close(left_out(60.0, 5.0), left_out(5.0, 5.0))
    assert left_out(5.0, 5.0)[0] > left_out(2.0, 5.0)[0] > 0


def test_of_an_estimate_by_a_right_prior_nothing_is_left_out():
    radius = Cosines(SIDE, SIDE).radius
    power, clean = torch.full((2, SIDE, SIDE), 1e-2), torch.ones(1, 2, SIDE, SIDE)
    run = Discrepancy(radius, 1, wary=True)
    assert (run.wrong(clean, run.variation(clean, power)) == 0).all()
    run.prior = torch.full_like(run.prior, 2.0)
    nothing = torch.zeros_like(clean)
    assert (run.wrong(nothing, run.variation(nothing, power)) == 0).all()


def test_a_prior_too_sure_of_itself_no_longer_spoils_the_object(scan, prior_folder, tmp_path):
    """An untrained network that claims small errors: without the estimate the object is what it says."""
    sure = shutil.copytree(prior_folder, tmp_path / "sure")
    store_errors(sure, ErrorSpectrum((0.1, 1.0), (0.0, 180.0), (((1e-6,) * 2,) * 2, ((1e-4,) * 2,) * 2)))
    method = DAPS(prior=str(sure), levels=6, data_steps=10)
    wary, trusting = (last(scan, replace(method, discrepancy=on)).nrmse for on in (True, False))
    assert wary < 0.5 * trusting


def test_a_variance_that_is_given_is_kept(scan, prior_folder):
    method = DAPS(prior=str(prior_folder), levels=2, data_steps=2, data_variance=2.0)
    assert last(scan, method).state["data_discrepancy"] == 1


def test_of_a_measured_scan_an_error_of_the_amplitude_alone_is_not_the_prior_s():
    def factors(amplitude, phase):
        true = torch.tensor([amplitude, phase]).view(2, 1, 1)
        return converged(true, told=1e4, data=False, wary=True).prior[:, 3:]

    assert (factors(100.0, 1.0) == 1).all()
    assert (factors(100.0, 2.0) == 1).all()
    torch.testing.assert_close(factors(1.0, 100.0)[1], torch.full((5,), 100.0), rtol=0.2, atol=0)
    torch.testing.assert_close(factors(30.0, 100.0)[0], torch.full((5,), 30.0), rtol=0.2, atol=0)


def test_a_prior_that_was_blamed_stays_so_in_a_run_that_is_resumed():
    radius = Cosines(SIDE, SIDE).radius
    power, told = torch.full((2, SIDE, SIDE), 1e-2), torch.full((2, SIDE, SIDE), 1e4)
    pulled = (power * torch.tensor([2.0, 9.0]).view(2, 1, 1)).sqrt()[None]
    run = Discrepancy(radius, 10_000, wary=True)
    run.update(pulled, power, told, torch.tensor(1.0))
    assert (run.prior > 1).all()
    resumed = Discrepancy(radius, 10_000, wary=True, resume=run.state)
    for each in (run, resumed):
        each.update(pulled / 2, power, told, torch.tensor(1.0))  # by now far less than the limit
        assert (each.prior[1] > 2).all()
    torch.testing.assert_close(run.prior, resumed.prior)


def test_a_measured_scan_may_doubt_its_prior(scan, prior_folder, monkeypatch):
    """An untrained network is wrong in phase as well; up to a limit that it does not reach it counts."""
    method = DAPS(prior=str(prior_folder), levels=2, data_steps=2, probe_update="no")
    measured = replace(scan, simulated=False)
    assert (last(measured, method).state["prior_discrepancy"] > 1).any()
    monkeypatch.setattr(discrepancy, "WRONG", 1e9)
    assert (last(measured, method).state["prior_discrepancy"] == 1).all()
    assert (last(scan, method).state["prior_discrepancy"] > 1).any()
