"""Whether frames are images of the sample, as in the near field: then they move with it."""

import numpy as np

from ptygui.prepare.finding import Finding
from ptygui.prepare.survey import mean_of
from ptygui.scan import Patterns

_PAIRS = 24  # of neighbouring positions that are compared
_LIT = 0.05  # share of the largest mean count, above which a pixel is part of the image
_LEAST = 2.0  # px of the detector that the image must move by between neighbours
_TOO_WIDE = 2.0  # times the window of the probe, which a beam in the far field must fit in
_AGREE = 0.7  # share of the pairs that must move as the positions do


def near_field_findings(
    patterns: Patterns, positions: np.ndarray, mean: np.ndarray | None = None
) -> list[Finding]:
    """Whether frames move with the sample, as images of an area that the window of the probe cannot hold.

    A defocused beam in the far field shows moving shadows too, but of an area within the window.

    Parameters
    ----------
    patterns : array or source, shape (K, m, m)
    positions : array, shape (K, 2)
        Row and column [px].
    mean : array, shape (m, m), optional
        Of the patterns, if it is known.
    """
    mean = mean_of(patterns) if mean is None else mean
    motion = image_motion(patterns, positions, mean)
    if motion is None:
        return []
    lit = 2 * np.sqrt(np.count_nonzero(mean > _LIT * mean.max()) / np.pi)
    if lit / motion < _TOO_WIDE * len(mean):
        return []
    text = (
        f"WARNING: frames move with the sample, by {motion:.2g} detector pixels for each object pixel, so "
        f"that the "
        f"beam would be {lit / motion:.0f} px wide and the window is {len(mean)} px: a near-field scan, "
        f"which the "
        "far-field model cannot reconstruct"
    )
    return [Finding("near field", text, applied=False)]


def image_motion(patterns: Patterns, positions: np.ndarray, mean: np.ndarray) -> float | None:
    """Detector pixels by which frames move for each object pixel of the positions; None if they do not.

    Frames are divided by their mean, and those of neighbouring positions are correlated. In the near field
    the place of the highest correlation is a linear function of the distance of the positions; in the far
    field, where a shift is only a phase, it is not.

    Parameters
    ----------
    patterns : array or source, shape (K, m, m)
    positions : array, shape (K, 2)
        Row and column [px].
    mean : array, shape (m, m)
        Of all patterns.
    """
    if len(positions) < 8:
        return None
    from scipy.spatial import cKDTree

    lit = mean > _LIT * mean.max()
    nearest = cKDTree(positions).query(positions, 2)[1][:, 1]
    some = np.unique(np.linspace(0, len(positions) - 1, _PAIRS).astype(int))
    moved = positions[nearest[some]] - positions[some]
    shifts = np.array([_shift(patterns, k, int(nearest[k]), mean, lit) for k in some])
    apart = np.hypot(*moved.T) > 0
    moved, shifts = moved[apart], shifts[apart]
    if len(moved) < 8 or np.median(np.hypot(*shifts.T)) < _LEAST:
        return None
    # robust: a few pairs have nothing in common
    agree = np.ones(len(moved), bool)
    linear = np.zeros((2, 2))
    for _ in range(5):
        if np.count_nonzero(agree) < 6:
            return None
        linear = np.linalg.lstsq(moved[agree], shifts[agree], rcond=None)[0]
        wrong = np.hypot(*(shifts - moved @ linear).T)
        agree = wrong <= max(1.5, float(np.median(wrong)))
    agree = wrong <= 0.15 * np.hypot(*shifts.T) + 1
    if agree.mean() < _AGREE:
        return None
    return float(np.sqrt(abs(np.linalg.det(linear)))) or None


def _shift(patterns: Patterns, k: int, other: int, mean: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """Row and column by which the image in one frame is moved against another's."""
    one, two = (
        np.fft.fft2(np.where(lit, np.asarray(patterns[n : n + 1])[0] / np.maximum(mean, 1e-30) - 1, 0))
        for n in (k, other)
    )
    correlation = np.fft.ifft2(two * np.conj(one)).real
    found = np.array(np.unravel_index(correlation.argmax(), mean.shape))
    return (found + np.array(mean.shape) // 2) % np.array(mean.shape) - np.array(mean.shape) // 2
