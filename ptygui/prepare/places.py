"""Positions that cannot be those of a scan: not finite, far away, all the same."""

import numpy as np

from ptygui.prepare.finding import Finding, frames_text

_FEW = 0.1  # share of the positions, above which outliers are a property of the scan
_MANY = 16  # positions on one line, from which the other motor is asked about
_LONELY = 5.0  # times the usual distance of the nearest position


def rotated(positions: np.ndarray, degrees: float) -> np.ndarray:
    """Positions, row and column, turned about their middle: counter-clockwise where rows run downwards."""
    if not degrees:
        return positions
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    middle = positions.mean(0)
    return (positions - middle) @ np.array([[cosine, sine], [-sine, cosine]]) + middle


def bad_positions(
    positions: np.ndarray, window: float, numbers: np.ndarray | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """Which positions to keep, and why the others are left out.

    Parameters
    ----------
    positions : float array, shape (K, 2)
        Row and column [px].
    window : float
        Width of a patch [px]: what is nearer overlaps.
    numbers : int array, shape (K,), optional
        Of the frames in their file, for the sentences.
    """
    numbers = np.arange(len(positions)) if numbers is None else numbers
    keep, told = np.isfinite(positions).all(1), []
    if not keep.all():
        lost = frames_text(numbers[~keep])
        told.append(Finding("position", f"{lost} with a position that is not finite: left out"))
    where = np.flatnonzero(keep)
    if len(where) < 4:
        return keep, told
    from scipy.spatial import cKDTree

    nearest = cKDTree(positions[where]).query(positions[where], 2)[0][:, 1]
    far = (nearest > window) & (nearest > _LONELY * np.median(nearest))
    # two strays beside each other have a neighbour: what matters is the distance from the crowd
    middle = np.median(positions[where], axis=0)
    away = np.abs(positions[where] - middle).max(1)
    most = np.quantile(away, 0.9)
    far |= away > 10 * most + 2 * window
    if far.any() and far.mean() <= _FEW:
        lost, apart = frames_text(numbers[where[far]]), float(away[far].max())
        text = f"{lost} with a position far from all others (up to {apart:.4g} px from the middle): left out"
        told.append(Finding("outlier", text))
        keep[where[far]] = False
    return keep, told


def overlap_findings(positions: np.ndarray, window: float) -> list[Finding]:
    """Whether there is anything to overlap: one position only, or windows that do not touch."""
    if len(positions) == 1:
        text = "WARNING: there is one position only: nothing overlaps, so the phase is not determined"
        return [Finding("overlap", text, applied=False)]
    from scipy.spatial import cKDTree

    found = _still(positions)
    nearest = float(np.median(cKDTree(positions).query(positions, 2)[0][:, 1]))
    if nearest < window:
        return found
    text = (
        f"WARNING: no overlap: positions are {nearest:.4g} px apart and a window is {window:g} px wide; "
        f"check "
        "pixel size and unit of the positions"
    )
    return [*found, Finding("overlap", text, applied=False)]


def _still(positions: np.ndarray) -> list[Finding]:
    """Whether many positions have the same row or column: of a motor that was not recorded, most often."""
    for same, axis in zip(np.ptp(positions, axis=0) == 0, ("row", "column"), strict=True):
        if same and len(positions) >= _MANY:
            text = (
                f"WARNING: all {len(positions)} positions have the same {axis}: did that motor not move, or "
                "was it not recorded?"
            )
            return [Finding("position", text, applied=False)]
    return []
