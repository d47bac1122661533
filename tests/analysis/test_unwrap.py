import numpy as np

from ptygui.analysis.unwrap import unwrapped


def test_a_smooth_phase_of_several_turns_comes_back_up_to_whole_turns():
    y, x = np.mgrid[-1:1:60j, -1:1:47j]
    phase = 14 * np.exp(-2 * (x**2 + y**2)) + 9 * x - 4 * y
    found = unwrapped(0.3 * np.exp(1j * phase))
    away = (found - phase) / (2 * np.pi)
    np.testing.assert_allclose(away, np.rint(away[0, 0]), atol=1e-4)
    assert abs(np.median(found)) <= np.pi


def test_noise_and_jumps_stay_congruent_to_the_wrapped_phase():
    rng = np.random.default_rng(0)
    obj = np.exp(1j * rng.uniform(-np.pi, np.pi, (20, 30))).astype(np.complex64)
    turns = (unwrapped(obj) - np.angle(obj)) / (2 * np.pi)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-4)
