"""Cosines are an orthonormal transform; error spectra are what they say, and are read between their rings."""

import math

import pytest
import torch

from ptygui.networks.spectrum import SIGMAS, Cosines, ErrorSpectrum, error_spectrum

TABLE = ErrorSpectrum((0.1, 1.0), (0.0, 100.0), (((1e-2, 1e-4), (4e-2, 4e-4)), ((1.0, 1e-4), (1.0, 1e-2))))
shapes = pytest.mark.parametrize("shape", [(16, 16), (7, 30), (128, 64), (129, 300), (1, 5)])


@shapes
def test_cosines_are_orthonormal(shape):
    cosines, x = Cosines(*shape), torch.randn(3, 2, *shape)
    coefficients = cosines.forward(x)
    assert cosines.radius.shape == shape
    torch.testing.assert_close(cosines.back(coefficients), x, atol=1e-5, rtol=0)
    torch.testing.assert_close(coefficients.square().sum(), x.square().sum())
    y = torch.randn_like(x)
    torch.testing.assert_close((coefficients * y).sum(), (x * cosines.back(y)).sum(), atol=2e-2, rtol=1e-4)


def test_cosines_are_those_of_scipy():
    from scipy.fft import dctn

    x = torch.randn(20, 35, dtype=torch.float64).float()
    wanted = torch.from_numpy(dctn(x.numpy(), norm="ortho"))
    torch.testing.assert_close(Cosines(20, 35).forward(x), wanted, atol=1e-5, rtol=1e-5)


def test_the_radius_is_in_half_waves_over_128_px():
    """A wave of 32 px is 8 half waves over 128 px, in an image of any size."""
    for side in (64, 128, 256, 320):
        wave = torch.cos(2 * math.pi * (torch.arange(side) + 0.5) / 32).expand(side, side)
        cosines = Cosines(side, side)
        power = cosines.forward(wave).square()
        assert float((power * cosines.radius).sum() / power.sum()) == pytest.approx(8, rel=0.05)


def test_powers_are_interpolated_in_logarithms():
    radius = torch.tensor([[0.0, 100.0, 500.0]])
    torch.testing.assert_close(TABLE.at(0.1, radius)[1], torch.tensor([[4e-2, 4e-4, 4e-4]]))
    torch.testing.assert_close(TABLE.at(math.sqrt(0.1), radius)[0, 0, 0], torch.tensor(0.1))
    between = TABLE.at(1.0, torch.tensor([math.sqrt(101) - 1]))
    torch.testing.assert_close(between, torch.tensor([[1e-2], [1e-1]]), rtol=1e-4, atol=0)


def test_beyond_the_levels_power_falls_with_the_noise_and_stays_above():
    radius = torch.tensor([0.0, 30.0])
    torch.testing.assert_close(TABLE.at(0.01, radius), TABLE.at(0.1, radius) / 100)
    torch.testing.assert_close(TABLE.at(50.0, radius), TABLE.at(1.0, radius))


def test_the_error_of_a_known_denoiser_is_measured():
    """x̂0 = x leaves white noise of σ²; x̂0 = 0 leaves the image itself."""
    torch.manual_seed(0)
    crops = torch.randn(6, 2, 64, 64) * torch.tensor([1.0, 3.0]).view(2, 1, 1)
    white = error_spectrum(lambda x, sigma: x, crops)
    assert white.sigmas == SIGMAS
    fine = torch.tensor([10.0, 60.0, 120.0])
    for sigma in SIGMAS:
        torch.testing.assert_close(white.at(sigma, fine), torch.full((2, 3), sigma**2), rtol=0.2, atol=0)
    assert white.variance(0.2) == pytest.approx((0.04, 0.04), rel=0.1)
    image = error_spectrum(lambda x, sigma: torch.zeros_like(x), crops)
    torch.testing.assert_close(
        image.at(0.2, fine), torch.tensor([[1.0], [9.0]]).expand(2, 3), rtol=0.2, atol=0
    )


def test_small_crops_leave_no_ring_empty():
    spectrum = error_spectrum(lambda x, sigma: x, torch.randn(2, 2, 8, 8))
    assert len(spectrum.radii) == len(spectrum.power[0][0]) >= 2
    assert torch.isfinite(spectrum.at(0.3, Cosines(20, 20).radius)).all()
