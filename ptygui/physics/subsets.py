"""Choose some of a scan's positions: as evenly spaced as they allow, at random, or in two halves."""

from collections.abc import Callable

import numpy as np

from ptygui.physics.positions import step_length

LOOKS = 24  # spacings that are tried to reach an overlap
CROWDED = 0.7  # of the lattice's spacing: of two positions that are nearer than this one is dropped
FULL = 0.8  # share of the places of a raster that must be occupied for the positions to count as one
_SAME_LEVEL = 0.25  # of a step: rows of positions that are nearer count as one row of the raster


def regular(positions: np.ndarray, spacing: float, seed: int = 0) -> np.ndarray:
    """The positions nearest to the points of a square lattice; of a raster, every nth row and column.

    Parameters
    ----------
    positions : array, shape (K, 2)
        Row and column [px].
    spacing : float
        Of the lattice [px].
    seed : int
        0 centres the lattice on the positions; others shift it at random.

    Returns
    -------
    int array
        Indices of the positions, in increasing order; at least one.
    """
    raster = _raster(positions)
    rng = np.random.default_rng(seed)
    if raster is not None:
        chosen = np.ones(len(positions), bool)
        for levels, pitch in raster:
            count, every = levels.max() + 1, max(1, round(spacing / pitch))
            first = rng.integers(min(every, count)) if seed else (count - 1) % every // 2
            chosen &= levels % every == first
        return np.flatnonzero(chosen)
    low, high = positions.min(0), positions.max(0)
    axes = []
    for first, last in zip(low, high, strict=True):
        count = round((last - first) / spacing) + 1  # the outer ones may lie a quarter of it beyond the scan
        centre = (first + last) / 2 + (rng.uniform(-spacing / 2, spacing / 2) if seed else 0)
        axes.append(centre + spacing * (np.arange(-1, count + 1) - (count - 1) / 2))
    return _nearest(positions, np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2), spacing)


def to_overlap(
    positions: np.ndarray,
    wanted: float,
    overlap: Callable[[np.ndarray], float],
    how: str = "regular",
    seed: int = 0,
) -> np.ndarray:
    """The subset whose overlap is nearest to a wanted one.

    Parameters
    ----------
    positions : array, shape (K, 2)
        Row and column [px].
    wanted : float
        The overlap (a fraction); all positions are kept if they have no more.
    overlap : callable
        The overlap of some of the positions.
    how : {"regular", "random"}
    seed : int

    Returns
    -------
    int array
        Indices of the positions, in increasing order.
    """
    everything = np.arange(len(positions))
    if len(positions) < 3 or overlap(positions) <= wanted:
        return everything
    if how == "random":
        order = np.random.default_rng(seed).permutation(len(positions))
        return _bisected(lambda n: np.sort(order[: round(n)]), (len(order), 2), wanted, positions, overlap)
    widest = float(np.ptp(positions, axis=0).max())
    spacings = (step_length(positions) / 2, widest)
    return _bisected(lambda d: regular(positions, d, seed), spacings, wanted, positions, overlap)


def halves(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two disjoint halves of so many positions at random, as indices in increasing order."""
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[: count // 2]), np.sort(order[count // 2 :])


def _bisected(
    subset: Callable[[float], np.ndarray],
    between: tuple[float, float],
    wanted: float,
    positions: np.ndarray,
    overlap: Callable[[np.ndarray], float],
) -> np.ndarray:
    """The nearest of the subsets met while bisecting from a dense one to a sparse one."""
    dense, sparse = between
    best, nearest = np.arange(len(positions)), np.inf
    for _ in range(LOOKS):
        middle = (dense + sparse) / 2
        some = subset(middle)
        reached = overlap(positions[some]) if len(some) > 1 else -np.inf
        if abs(reached - wanted) < nearest:
            best, nearest = some, abs(reached - wanted)
        dense, sparse = (middle, sparse) if reached > wanted else (dense, middle)
    return best


def _nearest(positions: np.ndarray, points: np.ndarray, spacing: float) -> np.ndarray:
    """Indices of the positions that are nearest to the points of a lattice, none too near to each other."""
    from scipy.spatial import cKDTree

    away, nearest = cKDTree(positions).query(points)
    order = np.argsort(away)
    order = order[: max(1, np.count_nonzero(away <= spacing / 2))]  # there are no positions beyond the scan
    ranked = nearest[order]
    ranked = ranked[np.sort(np.unique(ranked, return_index=True)[1])]  # the nearest to their points first
    dropped = np.zeros(len(ranked), bool)
    for first, second in sorted(cKDTree(positions[ranked]).query_pairs(CROWDED * spacing)):
        dropped[second] |= not dropped[first]
    return np.sort(ranked[~dropped])


def _raster(positions: np.ndarray) -> list[tuple[np.ndarray, float]] | None:
    """For rows and columns, the line of each position and the distance of lines; None if it is no raster."""
    near = _SAME_LEVEL * step_length(positions)
    axes, places = [], 1
    for values in positions.T:
        order = np.argsort(values)
        new = np.diff(values[order]) > near
        levels = np.empty(len(values), int)
        levels[order] = np.concatenate([[0], np.cumsum(new)])
        places *= int(levels.max()) + 1
        lines = np.bincount(levels, values) / np.bincount(levels)
        axes.append((levels, float(np.median(np.diff(lines))) if len(lines) > 1 else np.inf))
    return axes if len(positions) <= places <= len(positions) / FULL else None
