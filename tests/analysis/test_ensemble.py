"""Means and deviations of images whose spread was put in by hand."""

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis.ensemble import ensemble


def test_a_spread_that_was_put_in_is_found():
    rng, obj = np.random.default_rng(0), small_object(48)
    amplitude = np.abs(obj) + 0.05 * rng.standard_normal((40, 48, 48))
    turn = np.exp(1j * (np.angle(obj) + 0.2 * rng.standard_normal((40, 48, 48))))
    whole = np.exp(1j * rng.uniform(-3, 3, (40, 1, 1)))  # a global phase each, which is none of the spread
    found = ensemble(list((amplitude * turn * whole).astype(np.complex64)))
    assert found.count == 40
    assert found.amplitude_deviation.mean() == pytest.approx(0.05, rel=0.03)
    assert found.phase_deviation.mean() == pytest.approx(0.2, rel=0.03)
    assert np.corrcoef(np.abs(found.mean).ravel(), np.abs(obj).ravel())[0, 1] > 0.98


def test_equal_images_do_not_deviate():
    obj = small_object(32)
    found = ensemble([obj, obj * np.complex64(1j), obj])
    np.testing.assert_allclose(found.mean, obj, atol=1e-6)
    assert found.amplitude_deviation.max() < 1e-6
    assert found.phase_deviation.max() < 1e-4


def test_phase_deviation_is_circular():
    obj = np.full((16, 16), -1.0 + 0j)  # at ±π, where a plain deviation would be about π
    rng = np.random.default_rng(1)
    turned = [obj * np.exp(0.1j * rng.standard_normal(obj.shape)) for _ in range(30)]
    assert ensemble(turned).phase_deviation.mean() == pytest.approx(0.1, rel=0.1)


def test_ramps_are_taken_out_where_asked():
    obj = small_object(32)
    ramp = np.exp(0.05j * np.arange(32)).astype(np.complex64)
    assert ensemble([obj, obj * ramp]).phase_deviation.max() > 0.3
    assert ensemble([obj, obj * ramp], ramp=True).phase_deviation.max() < 1e-3


def test_a_fair_spread_covers_the_truth():
    rng, obj = np.random.default_rng(2), small_object(48)
    draw = lambda: obj + 0.05 * (rng.standard_normal(obj.shape) + 1j * rng.standard_normal(obj.shape))  # noqa: E731
    found = ensemble([draw() for _ in range(30)])
    everywhere = np.ones(obj.shape, bool)
    assert min(found.covers(obj, everywhere)) > 0.9  # the mean of 30 lies much nearer than two deviations
    assert max(found.covers(np.roll(obj, 9, 0), everywhere)) < 0.7


def test_one_image_has_no_deviation():
    with pytest.raises(ValueError, match="needs two"):
        ensemble([small_object(16)])
