"""Cropping, recentring and binning keep the forward model: patterns, probe and positions go together."""

import numpy as np
import pytest

from ptygui.detector import expected_counts
from ptygui.errors import InputError
from ptygui.prepare.window import Window, beam_centre, beam_is_off, far_field, near_field, window_about
from tests.conftest import small_object

EVERYWHERE = np.ones((32, 32), bool)


@pytest.fixture
def probe():
    """A probe of 32 px that no orientation leaves alike."""
    from ptygui.physics.probe import make_probe

    return make_probe("medium", 32) * 300


def test_beam_is_found_with_and_without_a_probe(scan, probe):
    mean = expected_counts(small_object(64), probe, np.array([[0, 0], [9, 7], [20, 30]])).mean(0)
    for moved in ((0, 0), (3, -5)):
        there = np.roll(mean, moved, (0, 1))
        np.testing.assert_array_equal(beam_centre(there, EVERYWHERE, probe), (16 + moved[0], 16 + moved[1]))
        centre = beam_centre(there, EVERYWHERE)
        np.testing.assert_allclose(centre, (16 + moved[0], 16 + moved[1]), atol=1.5)
        for known in (probe, None):
            assert beam_is_off(there, EVERYWHERE, known, beam_centre(there, EVERYWHERE, known)) == any(moved)


@pytest.mark.parametrize("shape", [(32, 44), (44, 32), (33, 40)])
def test_a_rectangular_frame_is_cut_about_the_beam(shape):
    frame = np.zeros((1, *shape))
    frame[0, 17, 19] = 1
    window = window_about(shape, np.array([17.2, 18.9]), recentre=True)
    m = min(shape)
    assert np.argwhere(window.of(frame)[0]).tolist() == [[m // 2, m // 2]]
    np.testing.assert_allclose(window.scale, [m / n for n in shape])


def test_what_is_rolled_in_is_masked():
    window = window_about((32, 32), np.array([13.0, 20.0]), recentre=True)
    assert window.roll == (3, -4)
    good = window.of_mask(EVERYWHERE)
    assert not good[:3].any()
    assert not good[:, -4:].any()
    assert good[3:, :-4].all()


def test_the_corner_comes_to_the_middle():
    frame = np.zeros((2, 16, 16))
    frame[:, 0, 0] = 1
    window = window_about((16, 16), np.array([8.0, 8.0]), recentre=False, corner=True)
    assert window.of(frame)[0, 8, 8] == 1
    assert not window.changes


def test_a_cropped_detector_sees_the_probe_coarser(probe):
    """Light within the small window: the same counts, by a probe and positions of larger pixels."""
    window = window_about((32, 32), np.array([16.0, 16.0]), recentre=False, crop=16)
    far = far_field(probe.astype(complex))
    far[np.hypot(*(np.indices((32, 32)) - 16)) > 6] = 0
    narrow = near_field(far)
    small = window.of_probe(narrow)
    seen = np.abs(far_field(small)) ** 2
    np.testing.assert_allclose(window.of(np.abs(far_field(narrow)) ** 2), seen, atol=1e-9 * seen.max())
    np.testing.assert_array_equal(window.scale, (0.5, 0.5))


def test_a_binned_detector_sees_less_of_the_probe(probe):
    """A narrow probe: the pattern is smooth, so that sums over 2 x 2 pixels are its values."""
    small = np.zeros((64, 64), complex)
    small[28:36, 28:36] = np.hanning(10)[1:9, None] * np.hanning(10)[1:9] * np.exp(0.3j * np.arange(8))
    window = Window((64, 64), side=64, bin=2)
    binned = window.of(np.abs(far_field(small)) ** 2)
    seen = np.abs(far_field(window.of_probe(small))) ** 2
    assert np.abs(binned - seen).max() < 0.02 * seen.max()
    without_ramp = np.abs(far_field(small[16:48, 16:48])) ** 2
    assert np.abs(binned - without_ramp).max() > 0.05 * seen.max()


def test_bad_pixels_spoil_what_they_are_summed_to():
    good = np.ones((16, 16), bool)
    good[3, 5] = False
    assert np.argwhere(~Window((16, 16), side=16, bin=2).of_mask(good)).tolist() == [[1, 2]]


def test_windows_that_do_not_fit():
    with pytest.raises(InputError, match="crop is 64 px, the patterns are 32 x 32"):
        window_about((32, 32), np.array([16, 16]), False, crop=64)
    with pytest.raises(InputError, match="leave 4 px, expected at least 8"):
        window_about((32, 32), np.array([16, 16]), False, bin=8)
