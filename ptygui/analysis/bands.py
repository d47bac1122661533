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
LEAST, MOST = 1e-6, 1e6  # of a spread: of seeds that agree, and where nothing was lit


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


def left_open(scan: Geometry, prior_share: np.ndarray | None, discrepancy: float | None) -> np.ndarray:
    """Deviation that data and prior together leave a pixel, by the local formula of `solvers.prior_share`.

    With the data's information h = 2 w / tau (illumination w, discrepancy tau of the data) and the prior's
    share p = mean of 1 / (1 + h S), the variance that is left, mean of 1 / (h + 1 / S), is (1 - p) / h.

    Parameters
    ----------
    scan : Geometry
    prior_share : float32 array, shape (H, W), optional
        As of a `Step`; without it that of the data alone.
    discrepancy : float, optional
        As of a `Step`; 1 by default.

    Returns
    -------
    float64 array, shape (H, W)
        Of the amplitude; over the amplitude that of the phase [rad]. Infinite where nothing was lit.
    """
    told = 2 * scan.illumination.astype(np.float64) / (discrepancy or 1.0)
    kept = 1.0 if prior_share is None else 1 - np.nan_to_num(prior_share.astype(np.float64))
    return np.sqrt(np.divide(kept, told, out=np.full(told.shape, np.inf), where=told > 0))


def spread_of(
    found: Ensemble, region: np.ndarray, left: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Spread of amplitude and of phase, (H, W) each: that of the seeds, and what data and prior leave open.

    Of the seeds' deviations the squares are averaged over neighbours: the variance of a few seeds is itself
    uncertain, by 80 % for four; that of about 50 px is less so.

    Parameters
    ----------
    found : Ensemble
    region : bool array, shape (H, W)
        Neighbours outside do not count, unless there are none inside.
    left : array, shape (H, W), or float
        As of `left_open`; its square is added.
    """
    from scipy.ndimage import gaussian_filter

    inside = region.astype(float)
    weight = gaussian_filter(inside, SMOOTH)

    def with_left(deviation: np.ndarray, over: np.ndarray | float) -> np.ndarray:
        own = np.square(deviation, dtype=np.float64)
        total = gaussian_filter(own * inside, SMOOTH)
        mean = np.divide(total, weight, out=own, where=weight > 1e-3)
        return np.sqrt(mean + np.square(left / over)).clip(LEAST, MOST).astype(np.float32)

    modulus = np.abs(found.mean).clip(LEAST)
    return with_left(found.amplitude_deviation, 1.0), with_left(found.phase_deviation, modulus)


def errors_of(
    found: Ensemble, truth: np.ndarray, region: np.ndarray, left: np.ndarray | float = 0.0
) -> Errors:
    """Errors of a mean, its global phase aligned to that of the truth, in units of `spread_of`."""
    mean = align(found.mean, truth, region).apply(found.mean)[region]
    amplitude, phase = (spread[region] for spread in spread_of(found, region, left))
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
