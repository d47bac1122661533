"""How far prior and data move the estimate at each iterate."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import DAPS, DPS, RPIE
from ptygui.networks.checkpoint import load_info
from ptygui.prior.folders import model_folder
from ptygui.prior.prior import load_prior
from ptygui.prior.schedule import Schedule


def steps(scan, method):
    return [step for step in reconstruct(scan, method, device="cpu", interval=0) if step is not None]


def test_daps_tells_both(scan, prior_folder):
    first, *rest = steps(scan, DAPS(prior=str(prior_folder), levels=4, data_steps=5, start_unet=False))
    assert first.prior_step is None
    for step in rest[:4]:
        assert step.prior_step > 0
        assert step.data_step > 0
    assert rest[0].t is None


def test_daps_tells_how_much_the_data_disagree(scan, prior_folder):
    options = {"prior": str(prior_folder), "levels": 3, "data_steps": 3, "start_unet": False}
    first, *rest = steps(scan, DAPS(**options))
    assert first.discrepancy is None  # the start
    assert rest[-1].discrepancy == pytest.approx(rest[-1].state["data_discrepancy"][0])
    assert all(step.discrepancy >= 1 for step in rest)
    assert steps(scan, DAPS(**options, discrepancy=False))[-1].discrepancy is None


def test_dps_tells_both_and_the_time(scan, prior_folder):
    found = steps(scan, DPS(prior=str(prior_folder), num_steps=6, j=2, zeta=0.01))
    assert [step.t for step in found][:3] == [5, 4, 3]
    assert all(np.isfinite([step.prior_step, step.data_step]).all() for step in found)
    assert found[-1].data_step > 0


def test_without_guidance_data_move_nothing(scan, prior_folder):
    found = steps(scan, DPS(prior=str(prior_folder), num_steps=5, j=0, zeta=0))
    assert [step.data_step for step in found] == [0.0] * 5
    twice = steps(scan, DPS(prior=str(prior_folder), num_steps=5, j=0, zeta=0.02))[0].data_step
    once = steps(scan, DPS(prior=str(prior_folder), num_steps=5, j=0, zeta=0.01))[0].data_step
    assert twice == pytest.approx(2 * once, rel=1e-5)


@pytest.mark.parametrize("guidance", ["l1", "l2"])
def test_guidance_in_units_of_the_noise_follows_it_whatever_the_norm_and_the_flux(
    scan, prior_folder, guidance
):
    """The data move x_t by ζ σ̃_t (rms): at every step, with four times the photons, for another ζ."""
    options = {"prior": str(prior_folder), "num_steps": 5, "j": 0, "zeta_units": "sigma_tilde"}
    noise = Schedule.linear(5).sigma_tilde[::-1]
    brighter = replace(scan, patterns=4 * np.asarray(scan.patterns), probe=2 * scan.probe)
    for on, zeta in ((scan, 0.3), (brighter, 0.3), (scan, 1.2)):
        moved = [step.data_step for step in steps(on, DPS(**options, zeta=zeta, guidance=guidance))]
        assert moved == pytest.approx(zeta * noise, rel=1e-4, abs=1e-9)
    assert moved[-1] == 0  # no noise is added at the end


def test_zeta_in_the_wrong_units_is_told_before_a_run(prior_folder):
    method = DPS(prior=str(prior_folder), num_steps=50, j=0, zeta_units="sigma_tilde")
    (found,) = method.checks(None)
    assert "hardly followed" in found.text
    assert not list(found.remedies[0].method.checks(None))
    assert "in jumps" in next(iter(replace(method, zeta=30).checks(None))).text
    assert not list(replace(method, zeta_units="auto").checks(None))


def test_classical_methods_have_no_prior(scan):
    assert steps(scan, RPIE(iterations=2))[-1].prior_step is None


def test_a_prior_that_was_not_measured_errs_alike_at_all_frequencies(prior_folder):
    prior = load_prior(str(prior_folder), "cpu")
    for sigma in (0.1, 1.0, 10.0):
        power = prior.error_power(sigma, torch.linspace(0, 180, 6)[None])
        for channel, spread in zip(power, prior.sigma_data, strict=True):
            assert channel.numpy() == pytest.approx(1 / (1 / spread**2 + 1 / sigma**2))


def test_the_error_is_as_measured():
    """Denoised crops of the shipped prior have, within the spread of crops, the variance that it states."""
    prior = load_prior("blood-small", "cpu")
    for sigma in (0.1, 1.0):
        told = load_info(model_folder("blood-small")).training["validation"][-1]["losses"][str(sigma)]
        assert np.mean(prior.errors.variance(sigma)) == pytest.approx(told, rel=0.35)
