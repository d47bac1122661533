"""The part of a reconstruction that is worth learning from: where the probe was bright, as a rectangle.

rows, columns = lit_rectangle(scan.illumination, share=0.2)
piece = without_ramp(obj[rows, columns])
learned, held_out = split_off(piece, share=0.2)
"""

import numpy as np

from ptygui.analysis.metrics import illuminated

_FINEST = 512  # points per side of the map on which the rectangle is searched


def lit_rectangle(illumination: np.ndarray, share: float) -> tuple[slice, slice]:
    """The largest rectangle that is lit everywhere: rows and columns, empty if nothing is.

    Parameters
    ----------
    illumination : float array, shape (H, W)
        Summed probe intensity.
    share : float
        Lit is what exceeds this share of the 99th percentile.
    """
    lit = np.asarray(illuminated(illumination, share))
    by = -(-max(lit.shape) // _FINEST)
    rows, columns = (n // by for n in lit.shape)
    whole = lit[: rows * by, : columns * by].reshape(rows, by, columns, by)
    coarse: np.ndarray = np.all(whole, axis=(1, 3))
    best, found = 0, (0, 0, 0, 0)
    height = np.zeros(columns, int)  # of the lit column that ends in this row
    for row in range(rows):
        height = np.where(coarse[row], height + 1, 0)
        for top, left, right in _under(height.tolist()):
            if top * (right - left) > best:
                best, found = top * (right - left), (row + 1 - top, row + 1, left, right)
    first, last, left, right = (by * n for n in found)
    return slice(first, last), slice(left, right)


def _under(heights: list[int]) -> list[tuple[int, int, int]]:
    """The maximal rectangles under a row of bars: height, first bar, and the bar after the last."""
    found: list[tuple[int, int, int]] = []
    standing: list[tuple[int, int]] = []  # first bar and height of rectangles that go on, ever taller
    for at, height in enumerate([*heights, 0]):
        first = at
        while standing and standing[-1][1] >= height:
            first, tall = standing.pop()
            found.append((tall, first, at))
        standing.append((first, height))
    return found


def without_ramp(obj: np.ndarray) -> np.ndarray:
    """An object less its phase ramp, which a probe's spectrum off centre causes and no sample has.

    The ramp is the mean phase between neighbouring pixels, weighted by intensity. Edges of a sample go up as
    often as down, so they hardly count, and nothing needs to be unwrapped.
    """
    turn = np.zeros(obj.shape)
    for axis in (0, 1):
        before, after = (np.delete(obj, end, axis) for end in (-1, 0))
        step = np.angle(np.vdot(before, after))
        turn = turn + step * np.expand_dims(np.arange(obj.shape[axis]), 1 - axis)
    return (obj * np.exp(-1j * (turn - turn.mean()))).astype(obj.dtype)


def split_off(piece: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """An image without the last share of its longer side, and that part."""
    axis = int(piece.shape[1] > piece.shape[0])
    at = round((1 - share) * piece.shape[axis])
    learned, held_out = np.split(piece, [at], axis)
    return learned, held_out
