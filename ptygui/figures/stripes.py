"""Stripes over part of a picture: bright and dark lines, to be seen on any colour."""

import numpy as np

_FINE = 900  # pixels of the longer side of a picture's stripes
_EVERY, _WIDE = 18, 3  # pixels from stripe to stripe, and of its bright and of its dark line
_COLOURS = np.array([(0, 0, 0, 0), (255, 255, 255, 200), (0, 0, 0, 140)], np.uint8)


def striped(where: np.ndarray) -> np.ndarray:
    """Diagonal stripes where a mask (H, W) is True, clear elsewhere; uint8 (h, w, 4), as wide as the mask."""
    fine = np.maximum(1, np.rint(_FINE * np.array(where.shape) / max(where.shape))).astype(int)
    rows, columns = (np.arange(n) * side // n for n, side in zip(fine, where.shape, strict=True))
    y, x = np.ogrid[: fine[0], : fine[1]]
    along = (x + y) % _EVERY
    line = np.where(along < _WIDE, 1, np.where(along < 2 * _WIDE, 2, 0))
    return _COLOURS[line * where[rows][:, columns]]
