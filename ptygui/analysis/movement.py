"""How far refinement has moved positions from where the scan has them."""

import numpy as np

from ptygui.scan import Geometry

_NUMBERS = 6  # of an affine map


def movement(scan: Geometry, positions: np.ndarray) -> np.ndarray:
    """Displacement of each position from that of the scan, without their mean, shape (K, 2) [px].

    A common shift is one of the object: no data tell of it.
    """
    moved = positions - scan.positions
    return np.asarray(moved - moved.mean(0))


def carried(scan: Geometry, positions: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Other positions of the same scan, moved as refinement has moved all of these together.

    By the affine map (shift, scale, rotation, shear) that fits the movement of the scan's positions best, in
    least squares: what is wrong for all of them is wrong for the others, too.

    Parameters
    ----------
    scan : Geometry
        Of K positions.
    positions : float array, shape (K, 2)
        Refined [px].
    others : float array, shape (n, 2)
        As given [px].

    Returns
    -------
    float64 array, shape (n, 2)
        The others as given where K is too small for such a fit, or the scan's positions lie on a line.
    """
    middle = scan.positions.mean(0)
    given = np.column_stack((scan.positions - middle, np.ones(len(scan.positions))))
    if 2 * len(given) <= _NUMBERS:
        return np.array(others, np.float64)
    affine, _, rank, _ = np.linalg.lstsq(given, positions - scan.positions, rcond=1e-6)
    if rank < given.shape[1]:
        return np.array(others, np.float64)
    return np.asarray(others + np.column_stack((others - middle, np.ones(len(others)))) @ affine)
