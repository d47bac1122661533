"""Frames that are no measurement of the sample: empty, far too bright, repeated."""

import numpy as np

from ptygui.prepare.finding import Finding, frames_text
from ptygui.scan import Patterns

_DIM = 0.01  # share of the median frame, below which the beam was off
_FLASH = 10.0  # times the median of all frames, and the second brightest of the nearest ones
_FEW = 0.25  # share of the frames, above which they are a property of the scan
_LEAST = 20  # counts of the median frame, below which an empty one is chance


def bad_frames(
    totals: np.ndarray, positions: np.ndarray, patterns: Patterns, numbers: np.ndarray | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """Which frames to keep, and why the others are left out.

    Parameters
    ----------
    totals : float array, shape (K,)
        Counts of each frame.
    positions : float array, shape (K, 2)
    patterns : array or source, shape (K, rows, columns)
    numbers : int array, shape (K,), optional
        Of the frames in their file, for the sentences.

    Returns
    -------
    bool array, shape (K,), and findings
    """
    keep, told = np.ones(len(totals), bool), []
    dim = f"with less than {_DIM:.0%} of the usual counts (no photons, beam off)"
    hot = f"with over {_FLASH:g} times the counts of others and of those nearby"
    for kind, text, bad in (
        ("empty frame", dim, _dim(totals)),
        ("hot frame", hot, _flash(totals, positions)),
        ("repeated frame", "equal to the frame before", _repeated(totals, patterns)),
    ):
        bad = bad & keep
        count = int(np.count_nonzero(bad))
        if not count:
            continue
        which = frames_text(np.flatnonzero(bad) if numbers is None else numbers[bad])
        if count > _FEW * len(totals):
            told.append(Finding(kind, f"WARNING: {which} {text}: so many were not left out", applied=False))
            continue
        told.append(Finding(kind, f"{which} {text}: left out"))
        keep &= ~bad
    return keep, told


def _dim(totals: np.ndarray) -> np.ndarray:
    usual = float(np.median(totals))
    return (totals < _DIM * usual) & (usual >= _LEAST)


def _flash(totals: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Frames that outshine all frames and their neighbours: a hole in a dark sample lights those too."""
    bright = totals > _FLASH * np.median(totals)
    if not bright.any() or len(totals) < 4:
        return np.zeros(len(totals), bool)
    from scipy.spatial import cKDTree

    # positions of damaged files may be so large that their distances are not finite, and have no neighbours
    places = positions / max(1.0, float(np.abs(positions).max()))
    tree, count = cKDTree(places), min(9, len(totals))
    for k in np.flatnonzero(bright):
        nearest = tree.query(places[k], count)[1]
        others = np.sort(totals[nearest[nearest != k]])
        bright[k] = totals[k] > _FLASH * others[-2]  # one neighbour may be hot as well
    return bright


def _repeated(totals: np.ndarray, patterns: Patterns) -> np.ndarray:
    """Frames of many counts that equal the one before: with photon noise that cannot be chance."""
    again = np.zeros(len(totals), bool)
    for k in np.flatnonzero((np.diff(totals) == 0) & (totals[1:] >= _LEAST)):
        one, two = np.asarray(patterns[k : k + 2])
        again[k + 1] = np.array_equal(one, two, equal_nan=one.dtype.kind == "f")
    return again
