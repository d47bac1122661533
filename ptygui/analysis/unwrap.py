"""Unwrapping: a phase without its jumps of 2π."""

import numpy as np


def unwrapped(obj: np.ndarray) -> np.ndarray:
    """The phase of an object without jumps of 2π, for looking at it.

    The smooth phase whose gradient comes nearest to that of the object in the mean of squares, by a discrete
    cosine transform, and then each pixel's phase at the branch that is nearest to it (Ghiglia and Romero,
    J. Opt. Soc. Am. A 11, 107, 1994, sections 3 and 6).

    Parameters
    ----------
    obj : complex array, shape (H, W)

    Returns
    -------
    float32 array, shape (H, W)
        Congruent to `angle(obj)` up to whole turns, its median within half a turn of zero [rad].
    """
    from scipy.fft import dctn, idctn

    wrapped = np.angle(obj).astype(np.float32)
    sources = np.zeros_like(wrapped)  # divergence of the gradient, which is 0 across the edges
    for axis in (0, 1):
        steps = _turned(np.diff(wrapped, axis=axis))
        ends = [(1, 1) if k == axis else (0, 0) for k in (0, 1)]
        sources += np.diff(np.pad(steps, ends), axis=axis)
    rows, columns = (2 * np.cos(np.pi * np.arange(n) / n, dtype=np.float32) for n in wrapped.shape)
    curvature = rows[:, None] + columns - 4
    curvature[0, 0] = 1.0  # the mean is free
    smooth = idctn(dctn(sources, type=2) / curvature, type=2)
    smooth += wrapped.mean() - smooth.mean()
    found = wrapped + 2 * np.pi * np.rint((smooth - wrapped) / (2 * np.pi))
    return (found - 2 * np.pi * np.rint(np.median(found) / (2 * np.pi))).astype(np.float32)


def _turned(steps: np.ndarray) -> np.ndarray:
    """Differences of phases within half a turn."""
    return steps - 2 * np.pi * np.rint(steps / (2 * np.pi))
