"""Fourier ring correlation: down to which detail two images agree.

M. van Heel and M. Schatz, Fourier shell correlation threshold criteria, J. Struct. Biol. 151, 250 (2005).
"""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis.align import align

ONE_SEVENTH = 1 / 7  # of Rosenthal and Henderson (2003)
TAPER = 0.5  # share of each side over which the window falls to zero
LEAST = 16  # pixels a side below which rings say nothing


@dataclass(frozen=True, eq=False)
class RingCorrelation:
    """Correlation of two images ring by ring.

    Both thresholds are for images from two halves of the data, whose noise has nothing in common. Two
    results from the same data share its noise and cross later; against the truth 1/2 takes the place of 1/7.

    Attributes
    ----------
    frequency : float array, shape (R,)
        Middle of each ring [1/px], one Fourier pixel apart, without the zero; the last is Nyquist's.
    correlation : float array, shape (R,)
    counts : int array, shape (R,)
        Fourier pixels in each ring. The paper's images are real, so that half of its pixels repeat the
        others; of ours none does, but the window ties neighbours together. Together unrelated noise
        scatters by about 0.8 / sqrt(counts), where the paper takes 1 / sqrt(counts).
    """

    frequency: np.ndarray
    correlation: np.ndarray
    counts: np.ndarray

    @property
    def half_bit(self) -> np.ndarray:
        """Where a Fourier pixel carries half a bit (van Heel and Schatz, equation 17)."""
        root = np.sqrt(self.counts)
        return (0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root)

    @property
    def one_seventh(self) -> np.ndarray:
        """The fixed threshold 1/7."""
        return np.full(len(self.frequency), ONE_SEVENTH)

    def crossing(self, threshold: np.ndarray) -> float | None:
        """Frequency at which the correlation first falls below a threshold [1/px]; None if nowhere."""
        above = self.correlation - threshold
        below = np.flatnonzero(above < 0)
        if not len(below):
            return None
        k = below[0]
        if k == 0:
            return float(self.frequency[0])
        share = above[k - 1] / (above[k - 1] - above[k])
        return float(self.frequency[k - 1] + share * (self.frequency[k] - self.frequency[k - 1]))

    def resolution(self, threshold: np.ndarray) -> float | None:
        """The full period at the crossing [px]; None where they agree down to the pixel."""
        frequency = self.crossing(threshold)
        return None if frequency is None else 1 / frequency


def ring_correlation(a: np.ndarray, b: np.ndarray, region: np.ndarray | None = None) -> RingCorrelation:
    """Correlate two images ring by ring, after phase, ramp and shift are removed.

    Images are cut to the rectangle around the region, less their means, and fall smoothly to zero at its
    edges: an edge in common would count as agreement at every frequency. A ring's correlation is
    ``Re Σ A conj(B) / sqrt(Σ|A|² Σ|B|²)``; rings are one Fourier pixel of the shorter side wide.

    Parameters
    ----------
    a, b : complex arrays, shape (H, W)
    region : bool array, shape (H, W), optional
        Where the images mean something, such as the lit area.

    Raises
    ------
    ValueError
        If fewer than `LEAST` pixels a side are left.
    """
    b = align(b, a, region, ramp=True, shift=True).apply(b)
    if region is not None and region.any():
        box = tuple(slice(lit[0], lit[-1] + 1) for lit in (np.flatnonzero(region.any(k)) for k in (1, 0)))
        a, b = a[box], b[box]
    if min(a.shape) < LEAST:
        raise ValueError(
            f"the images have {a.shape[0]} x {a.shape[1]} px in common; {LEAST} a side are needed"
        )
    window = np.outer(*(_taper(n) for n in a.shape))
    a, b = (np.fft.fft2(window * (f - np.average(f, weights=window))) for f in (a, b))
    rows, columns = (np.fft.fftfreq(n) for n in a.shape)
    side = min(a.shape)
    ring = np.rint(side * np.hypot(rows[:, None], columns)).astype(int)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(ring.ravel(), values.ravel())[1 : side // 2 + 1]

    cross, of_a, of_b = total((a * b.conj()).real), total(np.abs(a) ** 2), total(np.abs(b) ** 2)
    power = np.sqrt(of_a * of_b)
    correlation = np.divide(cross, power, out=np.zeros_like(cross), where=power > 0)
    counts = np.bincount(ring.ravel())[1 : side // 2 + 1]
    return RingCorrelation(np.arange(1, side // 2 + 1) / side, correlation, counts)


def _taper(n: int) -> np.ndarray:
    """One in the middle, half a cosine down at each end (Tukey's window)."""
    from scipy.signal.windows import tukey

    return tukey(n + 2, TAPER)[1:-1]
