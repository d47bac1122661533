"""Values along a straight line through a complex image."""

import numpy as np


def line_profile(
    obj: np.ndarray, start: tuple[float, float], end: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Sample an image along a line, about a pixel apart, linearly between pixels.

    Parameters
    ----------
    obj : complex array, shape (H, W)
    start, end : (float, float)
        Row and column [px]; (0, 0) is the middle of the first pixel. Beyond the image its rim goes on.

    Returns
    -------
    distance : float array, shape (n,)
        From the start [px].
    values : complex array, shape (n,)
    """
    from scipy.ndimage import map_coordinates

    first, along = np.asarray(start, float), np.subtract(end, start, dtype=float)
    length = float(np.hypot(*along))
    share = np.linspace(0, 1, max(int(np.ceil(length)), 1) + 1)
    places = first[:, None] + along[:, None] * share
    real, imaginary = (
        map_coordinates(part, places, order=1, mode="nearest") for part in (obj.real, obj.imag)
    )
    return length * share, real + 1j * imaginary
