import numpy as np
import pytest
import torch

from ptygui.errors import InputError
from ptygui.prior.schedule import Schedule, karras_sigmas

DDPM = Schedule.linear(1000)


def test_it_is_the_chain_of_diffusers():
    from diffusers import DDPMScheduler

    # An independent implementation; float32 there, hence the tolerance.
    oracle = DDPMScheduler(
        1000, beta_start=1e-4, beta_end=0.02, variance_type="fixed_small", clip_sample=False
    )
    np.testing.assert_allclose(DDPM.alpha_bar, oracle.alphas_cumprod, rtol=2e-4)
    generator = torch.Generator().manual_seed(0)
    for t in (999, 500, 20, 1, 0):
        x_t, eps = torch.randn(2, 4, 4, generator=generator, dtype=torch.float64).chunk(2)
        x0_hat = (x_t - np.sqrt(1 - DDPM.alpha_bar[t]) * eps) / np.sqrt(DDPM.alpha_bar[t])
        draw = torch.Generator().manual_seed(1)
        stepped = oracle.step(eps, t, x_t, generator=draw).prev_sample
        noise = torch.randn(x_t.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        ours = DDPM.denoising_mean(x0_hat, x_t, t) + DDPM.sigma_tilde[t] * noise
        # diffusers clamps the variance at 1e-20 and adds none at t = 0.
        torch.testing.assert_close(ours, stepped, rtol=1e-3, atol=1e-3)


def test_known_noise_levels():
    # Method notes, section 1.2.
    np.testing.assert_allclose(DDPM.sigma[[0, 99, 299, 499, 999]], [0.010, 0.34, 1.23, 3.4, 157], rtol=0.02)


def test_the_last_step_is_noise_free():
    assert DDPM.sigma_tilde[0] == 0
    assert DDPM.alpha_bar_at(-1) == 1
    x0, x1 = np.full(3, 0.3), np.full(3, 0.9)
    np.testing.assert_allclose(DDPM.denoising_mean(x0, x1, 0), x0)


def test_noising_in_two_steps_has_the_law_of_one():
    # Coefficients on x multiply, variances add up.
    once = DDPM.noising(1.0, 100, 400, 0.0)
    assert DDPM.noising(DDPM.noising(1.0, 100, 250, 0.0), 250, 400, 0.0) == pytest.approx(once)
    var = DDPM.noising(0.0, 100, 250, 1.0) ** 2 * DDPM.noising(1.0, 250, 400, 0.0) ** 2
    var += DDPM.noising(0.0, 250, 400, 1.0) ** 2
    assert var == pytest.approx(DDPM.noising(0.0, 100, 400, 1.0) ** 2)


def test_noising_from_the_clean_end():
    t = 300
    assert DDPM.noising(1.0, -1, t, 0.0) == pytest.approx(np.sqrt(DDPM.alpha_bar[t]))
    assert DDPM.noising(0.0, -1, t, 1.0) == pytest.approx(np.sqrt(1 - DDPM.alpha_bar[t]))
    assert DDPM.noising(0.7, t, t, 5.0) == 0.7
    with pytest.raises(ValueError, match="later"):
        DDPM.noising(1.0, 5, 4, 0.0)


def test_exact_posterior_of_a_gaussian_chain():
    # With x0 ~ N(0, 1) and the true E[x0 | x_t] the chain keeps x_t ~ N(0, 1) only if mean and noise agree:
    # Var x_{t-1} = var(mean) + sigma_tilde² + what the estimate leaves out.
    for t in (1, 300, 999):
        before, now = DDPM.alpha_bar_at(t - 1), DDPM.alpha_bar_at(t)
        gain = DDPM.denoising_mean(np.sqrt(now), 1.0, t)
        left = DDPM.denoising_mean(1.0, 0.0, t) ** 2 * (1 - now)
        assert gain**2 + left + DDPM.sigma_tilde[t] ** 2 == pytest.approx(1.0)
        assert before > now


@pytest.mark.parametrize("num_steps", [1, 2, 10, 20, 100, 250, 1000, 4000])
def test_any_number_of_steps(num_steps):
    schedule = Schedule.linear(num_steps)
    assert schedule.num_steps == num_steps == len(schedule.alpha_bar)
    assert np.all((schedule.alpha_bar > 0) & (schedule.alpha_bar < 1))
    assert np.all(np.isfinite(schedule.sigma_tilde))
    if 100 <= num_steps:
        assert np.log(schedule.sigma[-1]) == pytest.approx(np.log(DDPM.sigma[-1]), rel=0.15)


def test_the_step_of_a_level():
    assert DDPM.step_of(DDPM.alpha_bar[123]) == pytest.approx(123)
    assert 123 < DDPM.step_of(0.5 * (DDPM.alpha_bar[123] + DDPM.alpha_bar[124])) < 124
    assert DDPM.step_of(1.0) == 0
    assert DDPM.step_of(1e-12) == 999


def test_karras_levels():
    sigmas = karras_sigmas(30, 40, 0.02)
    assert sigmas[0] == pytest.approx(40)
    assert sigmas[-1] == pytest.approx(0.02)
    assert np.all(np.diff(sigmas) < 0)
    assert np.diff(sigmas ** (1 / 7)) == pytest.approx(np.full(29, np.diff(sigmas ** (1 / 7))[0]))
    assert karras_sigmas(1, 2, 0.02) == pytest.approx([2])
    with pytest.raises(InputError, match="sigma_min"):
        karras_sigmas(5, 0.1, 1)


def test_impossible_schedules_are_refused():
    with pytest.raises(InputError, match="num_steps"):
        Schedule.linear(0)
    with pytest.raises(InputError, match="beta"):
        Schedule(np.array([0.1, 1.5]))
    with pytest.raises(ValueError, match="t is 1000"):
        DDPM.alpha_bar_at(1000)
