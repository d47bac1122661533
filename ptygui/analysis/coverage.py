"""Coverage: which part of a picture is data and which prior, and where nothing was lit."""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis.metrics import illuminated
from ptygui.scan import Geometry

MOST = 1024  # pixels per side that are kept of a large object
DECIDES = 0.5  # the prior's share of a pixel from which the prior decides it

DEFINITION = (
    "how little a pixel follows a change of the object in this pixel alone, by the Fisher information of the "
    "data and the prior's precision: 0, the data decide; 1, the prior does; NaN where nothing was lit"
)


@dataclass(frozen=True)
class Shares:
    """What a picture is made of, in the area that the patches span.

    Attributes
    ----------
    prior : float, optional
        Mean of the prior's share over the lit pixels; None if it is not known.
    prior_decides : float, optional
        Part of the area where it is at least a half.
    not_covered : float
        Part of the area where nothing was lit.
    """

    prior: float | None
    prior_decides: float | None
    not_covered: float

    def __str__(self) -> str:
        words = [] if not self.prior else [f"prior {_percent(self.prior)}"]
        return ", ".join([*words, f"not lit {_percent(self.not_covered)}"])


@dataclass(frozen=True, eq=False)
class Coverage:
    """Where no data decide.

    Attributes
    ----------
    uncovered : bool array, shape (H', W')
        Where the prior decides or nothing was lit, every n-th pixel of an object with more than 1024 per
        side.
    shares : Shares
    """

    uncovered: np.ndarray
    shares: Shares


def coverage_of(scan: Geometry, share: np.ndarray | None = None, thin: bool = True) -> Coverage:
    """Where the light of a scan does not reach (less than 5 % of its well lit area), or a prior decides.

    Parameters
    ----------
    scan : Geometry
    share : float array, shape (H, W), optional
        The prior's share, see `Step.prior_share`.
    thin : bool
        Keep at most 1024 px per side.
    """
    unlit = ~illuminated(scan.illumination) if share is None else np.isnan(share)
    uncovered = unlit if share is None else unlit | (np.nan_to_num(share) >= DECIDES)
    n = -(-max(uncovered.shape) // MOST) if thin else 1
    outside = np.ones_like(uncovered)
    outside[scan.span] = False
    return Coverage((uncovered | outside)[::n, ::n], _shares(share, unlit, scan.span))


def shares_of(share: np.ndarray) -> Shares:
    """What a picture is made of, from the prior's share (H, W) of the area that the patches span."""
    return _shares(share, np.isnan(share), (slice(None), slice(None)))


def _shares(share: np.ndarray | None, unlit: np.ndarray, span: tuple[slice, slice]) -> Shares:
    not_covered = float(unlit[span].mean())
    if share is None:
        return Shares(None, None, not_covered)
    lit = share[span][~unlit[span]]
    prior = float(lit.mean(dtype=np.float64)) if lit.size else 0.0
    return Shares(prior, float(np.count_nonzero(lit >= DECIDES)) / unlit[span].size, not_covered)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or not share else "under 1 %"
