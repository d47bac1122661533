"""Ring correlation against cases with a known answer."""

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis.frc import RingCorrelation, ring_correlation


def band_limited(size, limit, rng):
    """A complex field whose spectrum is flat up to `limit` [1/px] and zero beyond."""
    q = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size))
    spectrum = rng.standard_normal((2, size, size)) * (q <= limit)
    field = np.fft.ifft2(spectrum[0] + 1j * spectrum[1])
    return field / field.std()


def test_of_equal_images_is_one():
    obj = small_object(64)
    frc = ring_correlation(obj, obj * np.complex64(np.exp(2j)))
    np.testing.assert_allclose(frc.correlation, 1, atol=1e-4)
    assert frc.frequency[-1] == 0.5
    assert frc.crossing(frc.half_bit) is None
    assert frc.resolution(frc.one_seventh) is None


@pytest.mark.parametrize("limit", [0.12, 0.2, 0.31])
def test_two_noisy_copies_part_at_the_band_limit(limit):
    rng = np.random.default_rng(3)
    field = band_limited(128, limit, rng)
    level = (20 * np.pi * limit**2) ** -0.5  # a tenth of the field's power within its band
    noise = lambda: level * (rng.standard_normal(field.shape) + 1j * rng.standard_normal(field.shape))  # noqa: E731
    frc = ring_correlation(field + noise(), field + noise())
    for threshold in (frc.half_bit, frc.one_seventh):
        crossing = frc.crossing(threshold)
        assert crossing == pytest.approx(limit, abs=3 / 128)  # the window blurs by about two
        assert frc.resolution(threshold) == 1 / crossing


def test_noise_alone_does_not_correlate():
    rng = np.random.default_rng(0)
    a, b = (band_limited(128, 1, rng) for _ in range(2))
    assert abs(ring_correlation(a, b).correlation[20:]).max() < 0.25


def test_noise_scatters_as_the_half_bit_threshold_takes_it_to():
    """In small rings and large ones: van Heel and Schatz take it to be 1 / sqrt(counts)."""
    rng = np.random.default_rng(1)
    found = [ring_correlation(*(band_limited(64, 1, rng) for _ in range(2))) for _ in range(30)]
    scatter = np.std([frc.correlation for frc in found], axis=0) * np.sqrt(found[0].counts)
    for rings in (slice(0, 4), slice(4, 16), slice(16, 32)):
        assert 0.65 < np.sqrt(np.mean(scatter[rings] ** 2)) < 1


def test_an_edge_in_common_counts_for_nothing():
    """Unrelated noise upon one slope: without the window its step from edge to edge would correlate."""
    rng = np.random.default_rng(0)
    slope = np.linspace(-20, 20, 96)[:, None]
    a, b = (slope + band_limited(96, 1, rng) for _ in range(2))
    assert abs(ring_correlation(a, b).correlation[10:]).mean() < 0.2


def test_half_bit_is_half_a_bit():
    """For many pixels, the two halves taken together carry log2(1 + SNR) = 1/2 at the threshold."""
    counts = np.array([8, 100, 10**4, 10**14])
    half_bit = RingCorrelation(*[np.zeros(4)] * 2, counts).half_bit
    correlation = half_bit[-1]  # of two halves, each of a signal-to-noise ratio SNR / 2
    assert np.log2(1 + 2 * correlation / (1 - correlation)) == pytest.approx(0.5, abs=1e-4)
    assert (np.diff(half_bit) < 0).all()
    assert half_bit.max() < 1


def test_rings_of_a_region_are_of_its_rectangle():
    region = np.zeros((64, 96), bool)
    region[10:42, 20:80] = True
    obj = np.tile(small_object(32), (2, 3))
    frc = ring_correlation(obj, obj, region)
    assert len(frc.frequency) == 16
    with pytest.raises(ValueError, match="8 x 60 px"):
        ring_correlation(obj, obj, region & (np.arange(64)[:, None] < 18))
