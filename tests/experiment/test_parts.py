"""Parts of a scan share no position and stay on the same object."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.parts import part_of, positions_of
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Geometry
from tests.conftest import small_object


@pytest.fixture(scope="module")
def scan():
    return simulate(small_object(64), make_probe("medium", 16), Simulation(overlap=0.6))


def places(scan):
    return {tuple(position) for position in scan.positions}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("left", "right"),
        ("top", "bottom"),
        (":,:20", ":,20:"),
        ("0:50%,:", "50%:100%,:"),
        (":,:30.5", ":,30.5:"),
    ],
)
def test_two_sides_share_no_position_and_have_all_of_them(scan, one, other):
    parts = [part_of(scan, place) for place in (one, other)]
    assert not places(parts[0]) & places(parts[1])
    assert places(parts[0]) | places(parts[1]) == places(scan)
    assert all(part.object_shape == scan.object_shape for part in parts)


def test_left_is_where_the_columns_are_small_and_top_where_the_rows_are(scan):
    left, top = part_of(scan, "left"), part_of(scan, "top")
    assert (left.positions[:, 1] + 8).max() < 32
    assert np.ptp(left.positions[:, 0]) == np.ptp(scan.positions[:, 0])
    assert (top.positions[:, 0] + 8).max() < 32


def test_a_part_keeps_the_patterns_of_its_positions(scan):
    part = part_of(scan, "16:40,8:40")
    for position, pattern in zip(part.positions, part.patterns[:], strict=True):
        (at,) = np.flatnonzero((scan.positions == position).all(1))
        np.testing.assert_array_equal(pattern, scan.patterns[at])
    assert part.notes[-1] == f"{len(part)} of {len(scan)} positions: the patches centred in 16:40,8:40"


def test_patches_a_window_apart_share_no_pixel(scan):
    left, right = part_of(scan, ":,:24"), part_of(scan, ":,40:")
    assert not ((left.illumination > 0) & (right.illumination > 0)).any()


def test_a_stretch_is_a_slice_in_the_order_of_the_scan(scan):
    np.testing.assert_array_equal(positions_of(scan, "3:10").positions, scan.positions[3:10])
    np.testing.assert_array_equal(positions_of(scan, ":-5").positions, scan.positions[:-5])
    one, other = positions_of(scan, "::2"), positions_of(scan, "1::2")
    assert not places(one) & places(other)
    assert len(one) + len(other) == len(scan)


def test_a_part_of_a_result_without_patterns(scan):
    bare = Geometry(positions=scan.positions, probe=scan.probe, object_shape=scan.object_shape)
    np.testing.assert_array_equal(part_of(bare, "left").positions, part_of(scan, "left").positions)


def test_the_whole_is_the_scan_itself(scan):
    assert part_of(scan, ":,:") is scan
    assert positions_of(scan, ":") is scan


@pytest.mark.parametrize("place", ["", "middle", "1:2", "0:10,0:x", "-3:9,:", "1:2:3,:", "5%%:,:"])
def test_what_is_no_place_is_refused(scan, place):
    with pytest.raises(InputError, match=r"expected left, right, top, bottom or R0:R1,C0:C1"):
        part_of(scan, place)


@pytest.mark.parametrize("stretch", ["", "5", "a:b", "0:10:0", "0:10:-1", "1:2:3:4"])
def test_what_is_no_stretch_is_refused(scan, stretch):
    with pytest.raises(InputError, match=r"expected A:B or A:B:STEP"):
        positions_of(scan, stretch)


def test_a_place_without_positions_is_refused(scan):
    with pytest.raises(InputError, match=r"none of the \d+ positions is among the patches centred in 0:2,:"):
        part_of(scan, "0:2,:")
    with pytest.raises(InputError, match=r"is among positions 500:"):
        positions_of(scan, "500:")
