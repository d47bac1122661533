"""Which positions are kept: partitions, overlaps reached, rasters."""

import numpy as np
import pytest

from ptygui.physics.overlap import OVERLAPS, overlap_by
from ptygui.physics.positions import overlap_ratio, raster, step_length
from ptygui.physics.probe import energy_diameter, make_probe
from ptygui.physics.subsets import halves, regular, to_overlap

RASTER = raster((200, 200), 40, 0.9)  # a step of 4 px
JITTERED = RASTER + 2 + np.random.default_rng(0).uniform(-1.5, 1.5, RASTER.shape)


@pytest.mark.parametrize("positions", [RASTER, JITTERED], ids=["raster", "jittered"])
@pytest.mark.parametrize(
    ("how", "wanted"), [("regular", w) for w in (0.8, 0.5, 0.3, -0.2)] + [("random", 0.5)]
)
def test_the_overlap_is_reached_within_a_step_of_the_scan(positions, how, wanted):
    kept = to_overlap(positions, wanted, lambda some: overlap_ratio(some, 40), how)
    assert abs(overlap_ratio(positions[kept], 40) - wanted) <= step_length(positions) / 40 + 1e-9
    assert np.array_equal(kept, np.unique(kept))


def test_of_a_raster_every_nth_row_and_column_is_kept():
    kept = RASTER[to_overlap(RASTER, 0.7, lambda some: overlap_ratio(some, 40))]
    rows, columns = (np.unique(values) for values in kept.T)
    assert np.unique(np.diff(rows)).tolist() == np.unique(np.diff(columns)).tolist() == [12]
    assert len(kept) == len(rows) * len(columns)


def test_without_a_raster_positions_are_spread_evenly():
    rng = np.random.default_rng(1)
    cloud = rng.uniform(0, 200, (2000, 2))
    regular_ones = cloud[to_overlap(cloud, 0.5, lambda some: overlap_ratio(some, 40))]
    random_ones = cloud[rng.permutation(len(cloud))[: len(regular_ones)]]

    def largest_hole(some):
        grid = np.stack(np.meshgrid(np.arange(10, 190, 2.0), np.arange(10, 190, 2.0)), -1).reshape(-1, 2)
        return np.linalg.norm(grid[:, None] - some, axis=-1).min(1).max()

    assert largest_hole(regular_ones) < 0.75 * largest_hole(random_ones)


@pytest.mark.parametrize("how", ["regular", "random"])
def test_each_seed_keeps_others_and_the_same_seed_the_same(how):
    def kept(seed):
        return tuple(to_overlap(JITTERED, 0.5, lambda some: overlap_ratio(some, 40), how, seed))

    assert kept(3) == kept(3)
    assert len({kept(seed) for seed in range(4)}) == 4


@pytest.mark.parametrize("by", OVERLAPS)
def test_any_definition_of_overlap_may_be_asked_for(by):
    probe = make_probe("medium", 40)

    def overlap(some):
        return overlap_by(by, some, probe, (204, 204))

    kept = to_overlap(JITTERED, 0.4, overlap)
    assert overlap(JITTERED[kept]) == pytest.approx(0.4, abs=0.1)


def test_the_d90_of_a_disk_is_known():
    disk = make_probe("disk", 64, diameter=40)
    assert energy_diameter(disk) == pytest.approx(40 * np.sqrt(0.9), abs=0.7)
    some = raster((200, 200), 64, 0.0, reference_length=19)
    assert overlap_by("d90", some, disk, (200, 200)) == pytest.approx(1 - 19 / energy_diameter(disk))


def test_sparse_scans_are_kept_whole():
    assert len(to_overlap(RASTER, 0.95, lambda some: overlap_ratio(some, 40))) == len(RASTER)
    assert to_overlap(RASTER[:2], 0.1, lambda some: overlap_ratio(some, 40)).tolist() == [0, 1]
    assert len(regular(RASTER, 1e6)) == 1


@pytest.mark.parametrize("count", [4, 5, 258])
def test_halves_are_disjoint_and_complete(count):
    one, other = halves(count, seed=7)
    assert sorted([*one, *other]) == list(range(count))
    assert abs(len(one) - len(other)) <= 1
    assert not np.array_equal(one, halves(count, seed=8)[0])
