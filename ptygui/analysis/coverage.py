"""Coverage: where the light of a scan says nothing about the object."""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis.metrics import illuminated
from ptygui.scan import Geometry

MOST = 1024  # pixels per side that are kept of a large object


@dataclass(frozen=True, eq=False)
class Coverage:
    """Where no data decide: with a diffusion method the prior alone does.

    Attributes
    ----------
    uncovered : bool array, shape (H', W')
        Of the object, every n-th pixel if it has more than 1024 per side.
    share : float
        Of the uncovered pixels among those that the patches span.
    weight : float
        Weight of the prior that counts were compared with; 0 without one.
    """

    uncovered: np.ndarray
    share: float
    weight: float = 0.0


def coverage_of(scan: Geometry, weight: float = 0.0) -> Coverage:
    """Where a scan lights less than 5 % of its well lit area, or fewer counts than the weight of a prior.

    Parameters
    ----------
    scan : Geometry
    weight : float
        ρ of the prior [counts], see `Step.prior_weight`.
    """
    uncovered = ~illuminated(scan.illumination) | (scan.illumination < weight)
    n = -(-max(uncovered.shape) // MOST)
    share = float(uncovered[scan.span].mean())
    outside = np.ones_like(uncovered)
    outside[scan.span] = False
    return Coverage((uncovered | outside)[::n, ::n], share, weight)
