"""The procedural integrated circuit."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.chip import chip


def test_the_same_seed_gives_the_same_object():
    first = chip((40, 60), seed=3)
    assert first.shape == (40, 60)
    assert first.dtype == np.complex64
    np.testing.assert_array_equal(first, chip((40, 60), seed=3))
    assert not np.array_equal(first, chip((40, 60), seed=4))


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (7, 3), (130, 61)])
def test_any_size(shape):
    made = chip(shape, seed=0)
    assert made.shape == shape
    assert np.isfinite(made).all()


def test_phase_and_absorption_follow_one_thickness():
    obj = chip((128, 128), seed=1, phase_per_nm=0.5e-3, absorption=0.05)
    thickness = -np.angle(obj) / 0.5e-3  # no phase beyond pi with so little copper
    np.testing.assert_allclose(np.abs(obj), np.exp(-0.05 * 0.5e-3 * thickness), rtol=1e-5)
    assert thickness.min() > -1e-3
    # the depths of published layouts, thickness of each layer included: 2 to 2.5 micrometres of copper
    assert 1500 < np.percentile(thickness, 99.9) < 3500


def test_wires_run_on_tracks_in_both_directions():
    obj = chip((256, 256), seed=2, pitch=8)
    phase = np.angle(obj) - np.angle(obj).mean()
    for axis in (0, 1):
        power = np.abs(np.fft.rfft(phase, axis=axis)).mean(1 - axis)
        assert power[30:35].max() > 2 * power[24:29].max()  # 32 tracks of 8 px


def test_denser_routing_has_more_copper():
    sparse, dense = (-np.angle(chip((128, 128), seed=1, density=d)).mean() for d in (0.1, 0.6))
    assert dense > 1.2 * sparse


@pytest.mark.parametrize(
    ("shape", "options"), [((0, 5), {}), ((5,), {}), ((9, 9), {"pitch": 1}), ((9, 9), {"density": 2})]
)
def test_what_cannot_be_drawn_is_refused(shape, options):
    with pytest.raises(InputError, match="chip"):
        chip(shape, seed=0, **options)
