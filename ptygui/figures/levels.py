"""How much of a picture is drawn, and between which levels."""

import numpy as np

from ptygui.scan import Geometry

MOST = 1024  # pixels a side that are drawn; the read-out is exact
CIRCLE = (-np.pi, np.pi)
SAMPLE = 256  # pixels a side that levels are found from
_WIDEST = 4.0  # radians from which phases are drawn over the whole circle

Levels = tuple[float, float]


def thinned(picture: np.ndarray, most: int = MOST) -> np.ndarray:
    """Every n-th row and column, so that no picture drawn has more than `most` a side."""
    n = _every(picture.shape, most)
    return picture if n == 1 else picture[..., ::n, ::n]


def visited(scan: Geometry) -> np.ndarray:
    """Where the middle half of the probe's window has been, thinned to 256 a side: bool (H', W')."""
    n, m = _every(scan.object_shape, SAMPLE), scan.width
    shape = tuple(-(-side // n) for side in scan.object_shape)
    first, past = (scan.corners + m // 4) // n, -(-(scan.corners + m - m // 4) // n)
    edges = np.zeros((shape[0] + 1, shape[1] + 1), int)  # of rectangles, summed up below
    for rows, columns, sign in (
        (first[:, 0], first[:, 1], 1), (past[:, 0], past[:, 1], 1),
        (first[:, 0], past[:, 1], -1), (past[:, 0], first[:, 1], -1),
    ):  # fmt: skip
        np.add.at(edges, (rows.clip(0, shape[0]), columns.clip(0, shape[1])), sign)
    return edges.cumsum(0).cumsum(1)[:-1, :-1] > 0


def span(values: np.ndarray, where: np.ndarray | None = None) -> Levels:
    """Levels that all but the outermost half percent at each end lie between.

    Parameters
    ----------
    values : float array, shape (H, W)
    where : bool array, optional
        What counts, such as `visited`; left out of account where it is of another shape, or all False.
    """
    if where is not None and where.shape == values.shape:
        where = thinned(where, SAMPLE)
    values = thinned(values, SAMPLE)
    if where is not None and where.shape == values.shape and where.any():
        values = values[where]
    low, high = (float(x) for x in np.percentile(values, (0.5, 99.5)))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def both(one: Levels, other: Levels) -> Levels:
    """Levels that hold two others."""
    return min(one[0], other[0]), max(one[1], other[1])


def settled(found: Levels, before: Levels | None) -> Levels:
    """Levels that change seldom: wide enough for both, unless those before are more than twice too wide."""
    if before is None:
        return found
    low, high = both(found, before)
    return (low, high) if high - low <= 2 * (found[1] - found[0]) else found


def turned(levels: Levels) -> Levels:
    """Levels of phases [rad]: as they are, or the whole circle where they come near it."""
    low, high = levels
    return CIRCLE if high - low > _WIDEST or low < -np.pi or high > np.pi else levels


def _every(shape: tuple[int, ...], most: int) -> int:
    return -(-max(shape[-2:]) // most)
