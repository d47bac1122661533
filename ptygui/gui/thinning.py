"""How much of a picture is drawn, and between which levels."""

import numpy as np

MOST = 1024  # pixels a side that are drawn; the read-out is exact


def thinned(picture: np.ndarray, most: int = MOST) -> np.ndarray:
    """Every n-th row and column, so that no picture drawn has more than `most` a side."""
    n = -(-max(picture.shape) // most)
    return picture if n == 1 else picture[..., ::n, ::n]


def span(amplitude: np.ndarray) -> tuple[float, float]:
    """Levels that all but the outermost half percent at each end lie between."""
    amplitude = thinned(amplitude, 256)
    low, high = (float(x) for x in np.percentile(amplitude, (0.5, 99.5)))
    return (low, high) if high > low else (low - 0.5, high + 0.5)
