"""Bad pixels: each kind is found where it is, and good data have none."""

import numpy as np
import pytest

from ptygui.prepare.finding import pixels_text, runs_text
from ptygui.prepare.pixels import checked_mask, saturation, suspicious_pixels
from ptygui.prepare.survey import no_count, survey

EVERYWHERE = np.ones((32, 32), bool)


@pytest.fixture
def patterns():
    """Speckled counts about the middle of 32 x 32 px, dark at the edges; 40 frames."""
    rng = np.random.default_rng(0)
    distance = np.hypot(*(np.indices((32, 32)) - 16))
    return rng.poisson(400 * np.exp(-((distance / 6) ** 2)) * rng.gamma(4, 0.25, (40, 1, 1))).astype(np.int32)


def kinds(patterns, good=EVERYWHERE):
    seen, told = suspicious_pixels(survey(patterns), good)
    return seen, {one.kind: one for one in told}


def test_good_patterns_have_no_bad_pixels(patterns):
    good, told = kinds(patterns)
    assert good.all()
    assert not told
    assert saturation(survey(patterns), patterns, EVERYWHERE) is None


def test_counts_that_are_few_are_not_called_dead_or_saturated():
    few = np.random.default_rng(0).poisson(0.05, (40, 32, 32))
    good, told = kinds(few)
    assert good.all()
    assert not told
    assert saturation(survey(few), few, EVERYWHERE) is None


def test_a_gap_marked_by_a_negative_value(patterns):
    patterns[:, 20:22] = -1
    good, told = kinds(patterns)
    assert np.flatnonzero(~good.all(1)).tolist() == [20, 21]
    assert told["gap"].text.startswith("64 pixels (rows 20-21) with the same value below 0")


def test_dead_pixels_rows_and_a_beam_stop_within_the_light(patterns):
    patterns[:, 13, 11] = patterns[:, 14:18, 14:18] = 0
    good, told = kinds(patterns)
    expected = np.ones((32, 32), bool)
    expected[13, 11] = expected[14:18, 14:18] = False
    np.testing.assert_array_equal(good, expected)
    assert told["dead pixel"].applied
    patterns[:, 12] = 0
    lit = patterns.any(0)
    good, _ = kinds(patterns)
    assert not good[12][lit[11] & lit[13] & (np.abs(np.arange(32) - 16) < 6)].any()


def test_where_light_ends_pixels_are_not_dead():
    disc = np.hypot(*(np.indices((32, 32)) - 16)) < 9
    lit = np.random.default_rng(0).poisson(50 * disc, (40, 32, 32))
    assert kinds(lit)[0].all()


def test_hot_pixels_but_not_the_direct_beam(patterns):
    patterns[:, 3, 4] += 900
    patterns[:, 16, 16] += 100_000
    good, told = kinds(patterns)
    assert np.argwhere(~good).tolist() == [[3, 4]]
    assert "row 3, column 4" in told["hot pixel"].text


def test_a_stuck_pixel(patterns):
    patterns[:, 15, 15] = 7
    good, told = kinds(patterns)
    assert np.argwhere(~good).tolist() == [[15, 15]]
    assert "stuck pixel" in told


def test_saturation_is_found_at_the_limit(patterns):
    assert saturation(survey(np.minimum(patterns, 300)), np.minimum(patterns, 300), EVERYWHERE) == 300


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "u8", "i4", "f4", "f8"])
def test_values_with_all_bits_set_are_no_counts(kind):
    top = 2.0**32 - 1 if kind[0] == "f" else np.iinfo(kind).max
    values = np.array([0, 1, 100, top], kind)
    assert no_count(values).tolist() == [False, False, False, True]


def test_what_is_not_finite_is_no_count():
    assert no_count(np.array([np.nan, np.inf, -np.inf, 65504], np.float16)).tolist() == [True] * 3 + [False]


def test_an_inverted_mask_is_turned_and_a_nearly_full_one_told(patterns):
    bad = np.zeros((32, 32), bool)
    bad[5:7] = True
    mean = patterns.mean(0) * ~bad
    good, told = checked_mask(bad, mean)
    np.testing.assert_array_equal(good, ~bad)
    assert "inverted" in told[0].text
    few = np.zeros((32, 32), bool)
    few[14:19, 14:19] = True
    good, told = checked_mask(few, mean)
    np.testing.assert_array_equal(good, few)
    assert "is it the right mask?" in told[0].text
    assert checked_mask(~bad, mean)[1] == []


def test_places_in_words():
    assert runs_text([3, 5, 6, 7, 12]) == "3, 5-7, 12"
    assert pixels_text(np.eye(3, dtype=bool)[:, :2]) == "2 pixels (row 0, column 0; row 1, column 1)"
