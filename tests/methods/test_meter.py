"""How far prior and data move the estimate at each iterate."""

import numpy as np
import pytest
import torch

from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods import DAPS, DPS, RPIE
from ptygui.networks.checkpoint import load_info
from ptygui.prior.prior import load_prior, model_folder


def steps(scan, method):
    return [step for step in reconstruct(scan, method, device="cpu", interval=0) if step is not None]


def test_daps_tells_both(scan, prior_folder):
    first, *rest = steps(scan, DAPS(prior=str(prior_folder), levels=4, data_steps=5, start_unet=False))
    assert first.prior_step is None
    for step in rest[:4]:
        assert step.prior_step > 0
        assert step.data_step > 0
    assert rest[0].t is None


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
