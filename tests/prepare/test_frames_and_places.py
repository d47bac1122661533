"""Frames and positions that are no measurement are left out, each with its reason."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.prepare.frames import bad_frames
from ptygui.prepare.places import bad_positions, overlap_findings
from ptygui.prepare.preparation import Preparation

GRID = np.stack(np.meshgrid(np.arange(8.0), np.arange(7.0), indexing="ij"), -1).reshape(-1, 2) * 6


@pytest.fixture
def patterns():
    """56 frames of 8 x 8 px."""
    return np.random.default_rng(0).poisson(30, (56, 8, 8))


def left_out(patterns):
    keep, told = bad_frames(patterns.sum((1, 2)).astype(float), GRID, patterns)
    return np.flatnonzero(~keep).tolist(), [one.text for one in told]


def test_good_frames_are_kept(patterns):
    assert left_out(patterns) == ([], [])


def test_empty_hot_and_repeated_frames(patterns):
    patterns[[5, 20]], patterns[31] = 0, 1000 * patterns[31]
    patterns[41] = patterns[40]
    which, told = left_out(patterns)
    assert which == [5, 20, 31, 41]
    assert told[0].startswith("2 frames (5, 20) with less than 1% of the usual counts")
    assert told[1].startswith("1 frame (31) with over 10 times")
    assert told[2] == "1 frame (41) equal to the frame before: left out"


def test_a_hot_frame_among_positions_without_end(patterns):
    totals = np.ones(len(GRID))
    totals[5] = 1e4
    keep, _ = bad_frames(totals, GRID * 1e306, patterns)
    assert np.flatnonzero(~keep).tolist() == [5]


def test_a_hole_in_a_dark_sample_is_no_hot_frame(patterns):
    near = np.hypot(*(GRID - GRID[24]).T) < 10
    patterns[near] *= 50
    assert left_out(patterns)[0] == []


def test_many_equal_frames_are_told_and_kept(patterns):
    patterns[10:40] = patterns[10]
    which, told = left_out(patterns)
    assert which == []
    assert "so many were not left out" in told[0]


def test_strays_and_positions_that_are_not_finite():
    positions = GRID.copy()
    positions[3], positions[9] = np.nan, 5000
    keep, told = bad_positions(positions, 32)
    assert np.flatnonzero(~keep).tolist() == [3, 9]
    assert "not finite" in told[0].text
    assert "far from all others" in told[1].text
    assert bad_positions(GRID, 32)[0].all()
    assert bad_positions(GRID * 40, 32)[0].all()  # a scan without overlap has no strays


def test_overlap_is_asked_for():
    assert overlap_findings(GRID, 32) == []
    assert "no overlap" in overlap_findings(GRID * 10, 32)[0].text
    assert "have the same column: did that motor not move" in overlap_findings(GRID * [1, 0], 32)[0].text
    assert overlap_findings(GRID[:8] * [1, 0], 32) == []  # a short line
    assert "one position only" in overlap_findings(GRID[:1], 32)[0].text


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("", range(10)),
        ("2:5", [2, 3, 4]),
        ("::4", [0, 4, 8]),
        ("7,-1,0:2", [0, 1, 7, 9]),
        ("5:", range(5, 10)),
    ],
)
def test_frames_by_range(text, which):
    assert Preparation(frames=text).chosen(10).tolist() == list(which)


@pytest.mark.parametrize("text", ["a", "1:2:3:4", "1.5", "12", "9:2", "::0", "3,,4"])
def test_ranges_that_are_refused(text):
    with pytest.raises(InputError, match="frames is"):
        Preparation(frames=text).chosen(10)
