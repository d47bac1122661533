"""Bands about the mean of several seeds: its error in units of the seeds' spread, and where the truth lies.

Seeds of annealed diffusion differ less than they err. By how much is measured on objects that are known
(`Calibration`); with that factor the spread becomes a band that holds a stated share of the true values.
"""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis.align import align
from ptygui.analysis.ensemble import Ensemble
from ptygui.scan import Geometry

SMOOTH = 2.0  # px, standard deviation of the window over which variances of few seeds are averaged
LEAST = 1e-6  # spread of seeds that agree


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of a mean over seeds, in the pixels of a region.

    Attributes
    ----------
    amplitude, phase : float32 array, shape (n,)
        Absolute error over the seeds' spread.
    spread : (float, float)
        Mean spread of the amplitude, and of the phase [rad].
    """

    amplitude: np.ndarray
    phase: np.ndarray
    spread: tuple[float, float]

    def within(self, factors: tuple[float, float]) -> tuple[float, float]:
        """Shares of the pixels whose true amplitude, and phase, are within `factors` times the spread."""
        amplitude, phase = factors
        return float((self.amplitude <= amplitude).mean()), float((self.phase <= phase).mean())


def spread_of(found: Ensemble, region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spread of amplitude and of phase, (H, W) each: deviations, their squares averaged over neighbours.

    The variance of a few seeds is itself uncertain, by 80 % for four; that of about 50 px is less so.

    Parameters
    ----------
    found : Ensemble
    region : bool array, shape (H, W)
        Neighbours outside do not count, unless there are none inside.
    """
    from scipy.ndimage import gaussian_filter

    inside = region.astype(float)
    weight = gaussian_filter(inside, SMOOTH)

    def smooth(deviation: np.ndarray) -> np.ndarray:
        total = gaussian_filter(np.square(deviation, dtype=np.float64) * inside, SMOOTH)
        mean = np.divide(total, weight, out=np.square(deviation, dtype=np.float64), where=weight > 1e-3)
        return np.sqrt(mean).clip(LEAST).astype(np.float32)

    return smooth(found.amplitude_deviation), smooth(found.phase_deviation)


def errors_of(found: Ensemble, truth: np.ndarray, region: np.ndarray) -> Errors:
    """Errors of a mean, its global phase aligned to that of the truth."""
    mean = align(found.mean, truth, region).apply(found.mean)[region]
    amplitude, phase = (spread[region] for spread in spread_of(found, region))
    true = truth[region]
    return Errors(
        (np.abs(np.abs(true) - np.abs(mean)) / amplitude).astype(np.float32),
        (np.abs(np.angle(true * mean.conj())) / phase).astype(np.float32),
        (float(amplitude.mean()), float(phase.mean())),
    )


def flux_of(scan: Geometry) -> float:
    """Photons that one pattern brings to a pixel, where its beam is: Σ I² / Σ I of its intensity I."""
    intensity = np.square(np.abs(scan.modes), dtype=np.float64)
    intensity = intensity.sum(0) if intensity.ndim == 3 else intensity
    return float(np.square(intensity).sum() / intensity.sum())
