"""Two results beside one another: one laid upon the other, their differences, and how alike they are."""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.align import Alignment, align


@dataclass(frozen=True, eq=False)
class Comparison:
    """Image B as it lies on image A.

    Attributes
    ----------
    a, b : complex arrays, shape (H, W)
        `b` with the alignment applied.
    alignment : Alignment
        What was done to B, for the view only.
    nrmse, ssim : float
        Of B against A over the whole image, as `metrics` has them.
    """

    a: np.ndarray
    b: np.ndarray
    alignment: Alignment
    nrmse: float
    ssim: float

    def difference(self, kind: str) -> np.ndarray:
        """B less A, float32: its "complex" modulus, or that of "amplitude", or of "phase" [rad, ±π]."""
        if kind == "complex":
            return np.abs(self.b - self.a)
        if kind == "amplitude":
            return np.abs(self.b) - np.abs(self.a)
        return np.angle(self.b * self.a.conj())


def compare(
    a: np.ndarray, b: np.ndarray, region: np.ndarray | None = None, ramp: bool = False, shift: bool = False
) -> Comparison:
    """Lay B upon A and measure it: global phase always, ramp and shift where asked for.

    Parameters
    ----------
    a, b : complex arrays, shape (H, W)
    region : bool array, shape (H, W), optional
        Where the alignment is sought; figures are over the whole image.
    """
    found = align(b, a, region, ramp, shift)
    b = found.apply(b)
    return Comparison(a, b, found, metrics.nrmse(b, a), metrics.ssim(b, a))
