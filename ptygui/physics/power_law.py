"""The power spectrum of an object as a power law, from the mean of its diffraction patterns alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ptygui.physics.probe import energy_diameter

_EXPONENTS = np.arange(1.0, 8.25, 0.5)
_UPDATES = 50  # of the two amplitudes per exponent
_LEAST = 1e-12  # of the brightest pixel


@dataclass(frozen=True)
class PowerLaw:
    """S(q) = level / (1 + (q / corner)²)^(exponent / 2), the power of a complex object at a frequency.

    Attributes
    ----------
    level : float
        Power far below the corner: |F (f - mean)|² for the unitary Fourier transform F.
    exponent : float
        Far above the corner S falls as q^-exponent.
    corner : float
        [cycles/px].
    """

    level: float
    exponent: float
    corner: float

    def at(self, frequency: NDArray[np.floating]) -> NDArray[np.float64]:
        """S at frequencies (...) [cycles/px]."""
        return self.level * (1 + (np.asarray(frequency) / self.corner) ** 2) ** (-self.exponent / 2)


def fit_power_law(
    pattern: NDArray[np.floating],
    probe: NDArray[np.complexfloating],
    frames: int,
    background: NDArray[np.floating] | float = 0.0,
) -> PowerLaw:
    """Fit a power law to the mean diffraction pattern of a scan.

    The expected pattern of f = mean + u, u stationary with power spectrum S, under a probe P is::

        E |F P f|²(q) = |mean|² |F P|²(q)  +  sum_q' |F P|²(q - q') S(q')

    so S needs no reconstruction and no overlap of the positions. Patterns of such an object are distributed
    exponentially about it (speckle), hence the fit maximises Whittle's likelihood, the smallest sum over
    pixels of ``ln M + I / M``, I measured and M expected. The corner is one cycle over the probe's
    diameter: below it a patch cannot tell variation from its mean. For each exponent |mean|² and the level
    follow by multiplicative updates, which never raise the sum.

    Parameters
    ----------
    pattern : real array, shape (m, m)
        Mean over the positions [counts], zero frequency in the corner; NaN where never measured.
    probe : complex array, shape (..., m, m)
        Leading axes, if any, are incoherent modes.
    frames : int
        Positions that were averaged; 1 / frames counts are within the noise of the mean.
    background : real array, shape (m, m), or float
        Known counts that the object does not cause; part of M, not taken from I.
    """
    width = pattern.shape[-1]
    modes = probe.reshape(-1, width, width).astype(np.complex128)
    # On a grid twice as fine the transform of |F P|² is the autocorrelation of P, without wrapping.
    spread = np.fft.fft2((np.abs(np.fft.fft2(modes, (2 * width, 2 * width))) ** 2).sum(0))
    frequency = np.fft.fftfreq(2 * width)
    frequency = np.hypot(frequency[:, None], frequency)
    corner = 1 / max(energy_diameter(np.sqrt((np.abs(modes) ** 2).sum(0))), 1.0)
    used = np.isfinite(pattern)
    noise = 1 / frames
    other = noise + np.broadcast_to(background, pattern.shape)[used]
    measured = pattern[used] + noise

    def expected(power: NDArray[np.floating]) -> NDArray[np.float64]:
        blurred = np.fft.ifft2(spread * np.fft.fft2(power)).real[::2, ::2] / (4 * width**4)
        return np.maximum(blurred, _LEAST * blurred.max())[used]

    mean = np.zeros_like(frequency)
    mean[0, 0] = 4 * width**2
    constant = expected(mean)
    best = (np.inf, 0.0, 0.0)
    for exponent in _EXPONENTS:
        varying = expected(PowerLaw(1.0, float(exponent), corner).at(frequency))
        parts = np.stack((constant, varying))
        share = measured.mean() / parts.mean(1) / 2
        for _ in range(_UPDATES):
            model = share @ parts + other
            share = share * np.sqrt((parts @ (measured / model**2)) / (parts @ (1 / model)))
        model = share @ parts + other
        best = min(best, (float((np.log(model) + measured / model).sum()), float(share[1]), float(exponent)))
    return PowerLaw(best[1], best[2], corner)
