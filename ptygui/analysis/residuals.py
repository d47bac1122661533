"""Residuals of the measured patterns: modelled counts, differences, the worst pattern."""

from dataclasses import dataclass

import numpy as np

from ptygui.analysis.metrics import root_error
from ptygui.detector import expected_counts
from ptygui.scan import Scan
from ptygui.step import Step

ANSCOMBE = 0.375  # counts added to make the variance of their square root, and its mean, right (1948)
DEVIATION = 0.5  # standard deviation of the square root of a Poisson count
CHUNK = 128  # patterns modelled at once
MOST = 2000  # positions up to which the worst is searched among all


@dataclass(frozen=True, eq=False)
class Residual:
    """One pattern, measured and modelled, centred.

    Attributes
    ----------
    measured, modelled : float32 array, shape (m, m)
        Counts.
    difference : float32 array, shape (m, m)
        (sqrt(measured) - sqrt(modelled)) over its standard deviation; nan at masked pixels.
    trusted : bool array, shape (m, m)
    chi_square : float
        Mean square of the differences over the trusted pixels.
    expected : float
        Its expectation for photon noise alone.
    """

    measured: np.ndarray
    modelled: np.ndarray
    difference: np.ndarray
    trusted: np.ndarray
    chi_square: float
    expected: float


def residual_of(scan: Scan, step: Step, k: int) -> Residual:
    """The residual of the pattern at position k."""
    measured, trusted = np.asarray(scan.patterns[k], np.float32), mask_of(scan, k)
    modelled = modelled_patterns(scan, step, slice(k, k + 1))[0]
    difference = (np.sqrt(measured) - np.sqrt(modelled)) / DEVIATION
    seen = max(1, np.count_nonzero(trusted))
    return Residual(
        measured,
        modelled,
        np.where(trusted, difference, np.nan).astype(np.float32),
        trusted,
        float(np.square(difference[trusted]).sum() / seen),
        float(root_error(modelled[trusted]).sum() / seen) / DEVIATION**2,
    )


def modelled_patterns(scan: Scan, step: Step, which: slice | np.ndarray) -> np.ndarray:
    """Counts of some positions as a step has them (`expected_counts`), shape (K, m, m), float32.

    Positions, weights and background are those that the run refined, or else those of the scan.
    """
    weights = scan.weights if step.weights is None else step.weights
    counts = expected_counts(
        step.obj,
        step.modes,
        (scan.positions if step.positions is None else step.positions)[which],
        None if weights is None else weights[which],
        scan.background if step.background is None else step.background,
    )
    return counts.astype(np.float32)


def left_beside_noise(
    scan: Scan, step: Step, which: np.ndarray | None = None, added: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """What a step leaves of some patterns, and what photon noise alone leaves if its model is right.

    Parameters
    ----------
    scan : Scan
    step : Step
        Its object, probe and what else it refined predict the patterns.
    which : int array, shape (n,), optional
        Indices of patterns; all by default.
    added : float
        c, counts added before the square roots: with `ANSCOMBE` none predicts dark pixels better than their
        mean; without, a value below it does, because the square root of a low count is too small on average.

    Returns
    -------
    left, expected : float64 arrays, shape (n,)
        Sum of (sqrt(n + c) - sqrt(|A f|² + c))² over the trusted pixels of each, and its expectation.
    """
    which = np.arange(len(scan)) if which is None else which
    left, expected = np.empty(len(which)), np.empty(len(which))
    for begin in range(0, len(which), CHUNK):
        some, part = which[begin : begin + CHUNK], slice(begin, begin + CHUNK)
        modelled = modelled_patterns(scan, step, some).astype(np.float64)
        trusted = np.stack([mask_of(scan, k) for k in some])
        counted = np.asarray(scan.patterns[some], np.float64)
        difference = np.sqrt(counted + added) - np.sqrt(modelled + added)
        left[part] = (np.square(difference) * trusted).sum((-2, -1))
        expected[part] = (root_error(modelled, added) * trusted).sum((-2, -1))
    return left, expected


def find_worst(scan: Scan, step: Step) -> int:
    """The position with the largest mean squared difference of amplitudes, among at most `MOST`."""
    places = np.unique(np.linspace(0, len(scan) - 1, min(len(scan), MOST)).astype(int))
    worst, at = -1.0, 0
    for begin in range(0, len(places), CHUNK):
        some = places[begin : begin + CHUNK]
        measured = np.sqrt(np.asarray(scan.patterns[some], np.float32))
        difference = measured - np.sqrt(modelled_patterns(scan, step, some))
        trusted = np.stack([mask_of(scan, k) for k in some])
        misfit = (np.square(difference) * trusted).sum((-2, -1)) / trusted.sum((-2, -1)).clip(1)
        if misfit.max() > worst:
            worst, at = float(misfit.max()), int(some[misfit.argmax()])
    return at


def mask_of(scan: Scan, k: int) -> np.ndarray:
    """The valid detector pixels at position k, bool (m, m)."""
    if scan.mask is None:
        return np.ones((scan.width, scan.width), bool)
    return scan.mask if scan.mask.ndim == 2 else scan.mask[k]
