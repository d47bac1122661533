"""Ambiguities put in by hand are found and taken out."""

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis.align import Alignment, align, shifted
from ptygui.analysis.comparison import compare

INNER = (slice(8, -8), slice(8, -8))  # where nothing came in from outside


def noisy(obj, rng, level=0.02):
    noise = rng.standard_normal((2, *obj.shape)) @ np.eye(obj.shape[1])
    return (obj + level * (noise[0] + 1j * noise[1])).astype(np.complex64)


@pytest.mark.parametrize("seed", range(5))
def test_a_random_global_phase_vanishes(seed):
    obj, phase = small_object(48, seed), np.random.default_rng(seed).uniform(-np.pi, np.pi)
    found = align(obj * np.complex64(np.exp(1j * phase)), obj)
    assert np.exp(1j * (found.phase + phase)) == pytest.approx(1, abs=1e-5)
    assert found.ramp == found.shift == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_ramp_and_shift_are_recovered_together(seed):
    rng = np.random.default_rng(seed)
    obj = small_object(64, seed)
    put_in = Alignment(rng.uniform(-3, 3), tuple(rng.uniform(-0.3, 0.3, 2)), tuple(rng.uniform(-2.5, 2.5, 2)))
    found = align(noisy(obj, rng), put_in.apply(obj), ramp=True, shift=True)
    assert found.ramp == pytest.approx(put_in.ramp, abs=2e-3)
    assert found.shift == pytest.approx(put_in.shift, abs=0.05)
    np.testing.assert_allclose(found.apply(obj)[INNER], put_in.apply(obj)[INNER], atol=0.02)


def test_a_ramp_alone_is_recovered_between_bins():
    obj = small_object(64)
    found = align(obj, Alignment(0.4, (0.021, -0.113)).apply(obj), ramp=True)
    assert found.ramp == pytest.approx((0.021, -0.113), abs=1e-5)
    assert found.phase == pytest.approx(0.4, abs=1e-4)


def test_a_shift_alone_is_recovered_within_a_hundredth():
    obj = small_object(64)
    found = align(obj, Alignment(shift=(0.37, -1.62)).apply(obj), shift=True)
    assert found.shift == pytest.approx((0.37, -1.62), abs=0.01)


def test_whole_pixels_move_as_roll_does():
    obj = small_object(32)
    np.testing.assert_allclose(shifted(obj, (3, -2))[INNER], np.roll(obj, (3, -2), (0, 1))[INNER], atol=1e-5)


def test_only_the_region_counts():
    obj = small_object(64)
    wrong, region = Alignment(0.7, (0.05, 0.02)).apply(obj), np.zeros(obj.shape, bool)
    region[16:48, 16:48] = True
    wrong[~region] = 5.0
    found = align(obj, wrong, region, ramp=True)
    assert found.ramp == pytest.approx((0.05, 0.02), abs=1e-4)


def test_unlike_images_are_never_made_worse():
    a, b = small_object(32, 1), small_object(32, 2)
    plain, all_of_it = (np.linalg.norm(align(a, b, ramp=r, shift=r).apply(a) - b) for r in (False, True))
    assert all_of_it <= plain + 1e-6


def test_a_comparison_is_free_of_what_was_put_in():
    obj = small_object(64)
    moved = Alignment(1.1, (0.03, -0.02), (1.4, -1.3)).apply(obj)
    plain, whole = compare(obj, moved), compare(obj, moved, ramp=True, shift=True)
    assert plain.nrmse > 0.2
    assert whole.nrmse < 0.03
    assert whole.ssim > 0.98
    for kind in ("complex", "amplitude", "phase"):
        assert np.abs(whole.difference(kind)[INNER]).max() < 0.02
        assert np.abs(plain.difference(kind)[INNER]).max() > 0.05


def test_a_comparison_with_itself_is_zero():
    obj = small_object(32)
    same = compare(obj, obj * np.complex64(1j))
    assert same.nrmse == pytest.approx(0, abs=1e-6)
    assert same.ssim == pytest.approx(1)
