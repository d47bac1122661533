"""Comparison of two results: alignment, differences, and scores."""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.align import Alignment, align


@dataclass(frozen=True, eq=False)
class Comparison:
    """Image B aligned to image A.

    Attributes
    ----------
    a, b : complex arrays, shape (H, W)
        `b` with the alignment applied.
    alignment : Alignment
        The transformation of B, for the view only.
    nrmse, ssim : float
        Of B against A over the whole image, as in `metrics`.
    """

    a: np.ndarray
    b: np.ndarray
    alignment: Alignment
    nrmse: float
    ssim: float

    def difference(self, kind: str) -> np.ndarray:
        """B − A, float32: modulus of the "complex" difference, or that of "amplitude" or "phase" [rad]."""
        if kind == "complex":
            return np.abs(self.b - self.a)
        if kind == "amplitude":
            return np.abs(self.b) - np.abs(self.a)
        return np.angle(self.b * self.a.conj())


def compare(
    a: np.ndarray, b: np.ndarray, region: np.ndarray | None = None, ramp: bool = False, shift: bool = False
) -> Comparison:
    """Align B to A and score it: global phase always, ramp and shift on request.

    Parameters
    ----------
    a, b : complex arrays, shape (H, W)
    region : bool array, shape (H, W), optional
        Where the alignment is fitted; scores are over the whole image.
    """
    found = align(b, a, region, ramp, shift)
    b = found.apply(b)
    return Comparison(a, b, found, metrics.nrmse(b, a), metrics.ssim(b, a))
