"""Labels of axes: round numbers, as many as have room."""

import numpy as np
import pytest

from ptygui.figures.ticks import in_short, log_ticks, short_and_different


@pytest.mark.parametrize("most", [3, 5, 9, 20])
@pytest.mark.parametrize("span", [0.15, 0.3, 0.59, 0.61, 1.0, 1.3, 2.4, 2.6, 5.0, 13.0])
def test_labels_of_logarithmic_axes_are_clear_of_one_another(span, most):
    for low in np.linspace(-3.2, 2.1, 61):
        ticks = log_ticks(low, low + span, most)
        assert len(ticks) >= 2
        assert all(low - 1e-9 <= tick <= low + span + 1e-9 for tick in ticks)
        assert len({in_short(10**tick) for tick in ticks}) == len(ticks)
        # two that are left alone may be closer, where no round numbers are farther apart
        assert len(ticks) == 2 or min(np.diff(ticks)) >= span / most


def test_a_tenth_does_not_lie_over_nine_hundredths():
    said = [in_short(10**tick) for tick in log_ticks(np.log10(0.028), np.log10(0.108), 5)]
    assert said == ["0.05", "0.1"]
    said = [in_short(10**tick) for tick in log_ticks(np.log10(0.0998), np.log10(0.26), 5)]
    assert said == ["0.1", "0.15", "0.2", "0.25"]
    assert [in_short(10**tick) for tick in log_ticks(-4, 0, 9)] == ["1e-4", "0.001", "0.01", "0.1", "1"]


def test_labels_of_a_narrow_range_differ():
    assert short_and_different([1.1106, 1.1108, 1.111]) == ["1.1106", "1.1108", "1.111"]
    assert short_and_different([0.1, 0.2]) == ["0.1", "0.2"]
