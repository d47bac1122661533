"""Overlap ratios, layouts, and groups of positions that do not touch."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.positions import disjoint_groups, overlap_ratio, raster

OVERLAPS = (0.2, 0.38, 0.44, 0.5, 0.62, 0.66, 0.74)


@pytest.mark.parametrize(
    ("layout", "counts"),
    [  # 32 px probe on 128 px, the paper's seven ratios: counted by hand from step = 32 (1 - overlap)
        ("cover", (25, 36, 49, 49, 81, 100, 169)),
        ("fit", (25, 36, 49, 49, 81, 100, 169)),
        ("centred", (16, 25, 36, 49, 64, 81, 144)),
    ],
)
def test_position_counts_of_the_paper(layout, counts):
    assert tuple(len(raster((128, 128), 32, o, layout=layout)) for o in OVERLAPS) == counts


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_cover_covers_and_keeps_the_overlap(overlap):
    positions = raster((128, 128), 32, overlap)
    lit = np.zeros((128, 128), bool)
    for r, c in positions.astype(int):
        lit[r : r + 32, c : c + 32] = True
    assert lit.all()
    steps = np.diff(np.unique(positions[:, 0]))
    assert np.abs(steps[:-1] - 32 * (1 - overlap)).max() < 1  # whole pixels; the last may be shorter
    assert overlap_ratio(positions, 32) == pytest.approx(overlap, abs=1 / 32 + 0.02)


def test_reference_length():
    assert len(raster((128, 128), 32, 0.5, reference_length=22)) == len(raster((128, 128), 32, 1 - 11 / 32))


def test_jitter_is_seeded_and_stays_inside():
    a, b = (raster((64, 64), 32, 0.5, jitter=3, rng=np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(a, b)
    assert a.min() >= 0
    assert a.max() <= 32
    assert not np.array_equal(a, raster((64, 64), 32, 0.5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((64, 64), 32, 0.99), "step of 0.32 px"),
        (((20, 64), 32, 0.5), "object is 20 px"),
        (((64, 64), 32, 0.5, 0, "spiral"), "layout is 'spiral'"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        raster(*arguments)


@pytest.mark.parametrize("jitter", [0, 6])
@pytest.mark.parametrize("overlap", [0.2, 0.5, 0.74])
def test_disjoint_groups(overlap, jitter):
    corners = raster((128, 128), 32, overlap, jitter=jitter).astype(int)
    groups = disjoint_groups(corners, 32)
    assert sorted(np.concatenate(groups)) == list(range(len(corners)))
    for group in groups:
        gaps = np.abs(corners[group][:, None] - corners[group][None]).max(-1)
        assert (gaps[~np.eye(len(group), dtype=bool)] >= 32).all()
    assert len(groups) < len(corners)


def test_many_positions_have_the_step_of_their_middle():
    positions = raster((2048, 2048), 32, 0.75, layout="centred")
    assert len(positions) > 10_000
    assert overlap_ratio(positions, 32) == 0.75
