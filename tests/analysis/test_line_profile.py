"""Lines through images whose values along them are known."""

import numpy as np
import pytest

from ptygui.analysis.line_profile import line_profile


def test_a_plane_is_read_exactly_in_any_direction():
    rows, columns = np.mgrid[:20, :30]
    plane = (2.0 * rows + 0.5 * columns + 1j * columns).astype(np.complex64)
    distance, values = line_profile(plane, (3.25, 4.5), (15.25, 20.5))
    share = distance / distance[-1]
    assert distance[-1] == pytest.approx(20)
    assert len(distance) == 21
    np.testing.assert_allclose(values.real, 2 * (3.25 + 12 * share) + 0.5 * (4.5 + 16 * share), rtol=1e-5)
    np.testing.assert_allclose(values.imag, 4.5 + 16 * share, rtol=1e-5)


def test_along_a_row_it_is_the_row():
    row = np.arange(12) * np.exp(1j)
    distance, values = line_profile(np.tile(row, (5, 1)), (2, 0), (2, 11))
    np.testing.assert_allclose(distance, np.arange(12))
    np.testing.assert_allclose(values, row)


def test_a_point_is_one_value_twice():
    distance, values = line_profile(np.ones((4, 4), complex), (1, 1), (1, 1))
    assert list(distance) == [0, 0]
    assert list(values) == [1, 1]
