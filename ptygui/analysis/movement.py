"""How far refinement has moved positions from where the scan has them."""

import numpy as np

from ptygui.scan import Geometry


def movement(scan: Geometry, positions: np.ndarray) -> np.ndarray:
    """Displacement of each position from that of the scan, without their mean, shape (K, 2) [px].

    A common shift is one of the object: no data tell of it.
    """
    moved = positions - scan.positions
    return np.asarray(moved - moved.mean(0))
