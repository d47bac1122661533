"""NRMSE and SSIM of the steps of a run: against the truth, or against a reference where there is none.

A reference is known up to a phase ramp, a shift and a complex factor, as every reconstruction with an unknown
probe is. They are taken out before the comparison, which is restricted to where both scans lit the object.
"""

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.align import RIM, Alignment, align
from ptygui.scan import Geometry, Reference

ENOUGH = 0.01  # change of shift [px], and of phase [rad], below which an alignment is good enough
FAR = 0.5  # NRMSE from which ramp and shift are searched, and not only refined
LIT = 0.1  # of the brightest illumination, from which an object counts as lit


def lit_by(scan: Geometry, fraction: float = LIT) -> np.ndarray:
    """Where a scan lights the object enough to compare it with a reference, bool (H, W)."""
    return scan.illumination > fraction * scan.illumination.max()


class ToTruth:
    """Scores against the truth: NRMSE after a global phase over the whole image, SSIM of magnitudes."""

    def __init__(self, truth: np.ndarray):
        self.distance, self.similarity = metrics.Distance(truth), metrics.Similarity(truth)

    def of(self, obj: np.ndarray) -> tuple[float, float]:
        """NRMSE and SSIM of an object."""
        return self.distance.of(obj), self.similarity.of(obj)


class ToReference:
    """Scores against a reference: without ramp, shift and complex factor, where both scans lit the object.

    Parameters
    ----------
    reference : Reference
    lit : bool array, shape (H, W)
        Where the scan that is scored lights the object.
    """

    def __init__(self, reference: Reference, lit: np.ndarray):
        from scipy.ndimage import binary_erosion

        region = reference.lit & lit
        if not region.any():
            region = reference.lit
        rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
        self._area = (
            slice(max(rows[0] - RIM, 0), rows[-1] + RIM),
            slice(max(columns[0] - RIM, 0), columns[-1] + RIM),
        )
        self.obj, self.region = reference.obj[self._area], region[self._area]
        magnitude = np.abs(self.obj[self.region])
        window = np.ones((metrics.WINDOW, metrics.WINDOW))
        inner = binary_erosion(self.region, window)  # windows there hold no unlit pixel
        self._inner = inner if inner.any() else self.region
        self._energy = float(np.square(magnitude, dtype=np.float64).sum())
        self._similarity = metrics.Similarity(self.obj, float(np.ptp(magnitude)) or 1.0)

    def of(self, obj: np.ndarray) -> tuple[float, float]:
        """NRMSE and SSIM of an object."""
        part = obj[self._area]
        inside = np.square(np.abs(part[self.region]), dtype=np.float64).sum()
        part = part * np.float32(np.sqrt(self._energy / max(inside, 1e-30)))  # alignment fits no scale
        aligned, error = self._aligned(part, Alignment(_phase(part, self.obj, self.region)))
        if error > FAR:  # not near as it is
            aligned, error = min((aligned, error), self._aligned(part, None), key=lambda found: found[1])
        return error, self._similarity.of(aligned, self._inner)

    def _aligned(self, obj: np.ndarray, start: Alignment | None) -> tuple[np.ndarray, float]:
        """The object without ramp, shift and complex factor, and its NRMSE."""
        obj = align(obj, self.obj, self.region, ramp=True, shift=True, start=start, enough=ENOUGH).apply(obj)
        factor = metrics.best_factor(obj[self.region], self.obj[self.region], "complex")
        obj = (obj * factor).astype(np.complex64)
        return obj, metrics.nrmse(obj, self.obj, "none", self.region)


def _phase(obj: np.ndarray, reference: np.ndarray, region: np.ndarray) -> float:
    return float(np.angle(np.sum(obj[region].conj() * reference[region])))


def scores_of(scan: Geometry) -> ToTruth | ToReference | None:
    """What scores the steps of a run on a scan; None if there is nothing to compare with."""
    if scan.truth is not None:
        return ToTruth(scan.truth)
    return None if scan.reference is None else ToReference(scan.reference, lit_by(scan))
