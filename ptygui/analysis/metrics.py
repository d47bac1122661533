"""How close an object is to the truth, and a model to the data.

Sums of products are written out instead of using BLAS: its threads spin for tens of milliseconds after each
call, on the processors that a running reconstruction needs. With a live view scored by `np.linalg.norm`,
network evaluations took twice as long.
"""

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from ptygui.detector import STABILISING, stabilised
from ptygui.errors import InputError
from ptygui.scan import Patterns

WINDOW = 7  # of the structural similarity [px]
_PART_VALUES = 2**22  # counts processed at a time


def best_factor(obj: np.ndarray, truth: np.ndarray, align: str = "phase") -> complex:
    """The factor c that brings `c * obj` nearest to `truth` in the least-squares sense.

    Parameters
    ----------
    obj, truth : complex arrays of one shape
    align : {"phase", "complex", "none"}
        Unit modulus c = exp(i arg<obj, truth>), any complex number <obj, truth>/<obj, obj>, or 1.
    """
    inner = np.sum(obj.conj() * truth)
    if align == "none" or inner == 0:
        return 1.0
    if align == "phase":
        return inner / abs(inner)
    if align == "complex":
        return inner / _energy(obj)
    raise InputError(f"align is {align!r}, expected phase, complex or none")


def nrmse(
    obj: np.ndarray, truth: np.ndarray, align: str = "phase", region: np.ndarray | None = None
) -> float:
    """Root-mean-square error relative to the truth's norm, after the best global factor.

    ``min_c ||c obj - truth|| / ||truth||``; with `align="phase"` (the default, the paper's) c has unit
    modulus, with "complex" it also fits the scale.

    Parameters
    ----------
    obj, truth : complex arrays, shape (H, W)
    align : {"phase", "complex", "none"}
        As for `best_factor`.
    region : bool array, shape (H, W), optional
        Where to compare; the whole image by default.

    Returns
    -------
    float
        A fraction of the truth's norm: 0 is a perfect object.

    Raises
    ------
    InputError
        If the truth is zero in the whole region: the error is relative to its norm.
    """
    if region is not None:
        obj, truth = obj[region], truth[region]
    where = "everywhere" if region is None else f"in all {truth.size} px of the region"
    return Distance(truth, where).of(obj, align)


class Distance:
    """`nrmse` to one truth, which is converted once and reused for every step of a run; for one thread."""

    def __init__(self, truth: np.ndarray, where: str = "everywhere"):
        self._truth = truth.astype(np.complex128)
        self._norm, self._work = _energy(self._truth), np.empty_like(self._truth)
        if self._norm == 0:
            raise InputError(f"the truth is zero {where}, so there is no NRMSE: give another truth, or none")

    def of(self, obj: np.ndarray, align: str = "phase") -> float:
        """The error of an object; the parameters as of `nrmse`."""
        work = self._work
        np.copyto(work, obj)
        factor = best_factor(work, self._truth, align)
        np.multiply(factor, work, out=work)
        work -= self._truth
        parts = work.reshape(-1).view(np.float64)
        parts *= parts
        return float(np.sqrt(np.sum(parts) / self._norm))


def ssim(
    obj: np.ndarray, truth: np.ndarray, data_range: float | None = None, region: np.ndarray | None = None
) -> float:
    """Structural similarity of the magnitudes (Wang 2004, 7-pixel window as scikit-image's default).

    Parameters
    ----------
    obj, truth : complex arrays, shape (H, W)
    data_range : float, optional
        Dynamic range of the magnitudes; by default that of the truth, max - min.
    region : bool array, shape (H, W), optional
        Where the local similarity is averaged; the whole image (less its 3-pixel rim) by default.

    Returns
    -------
    float
        At most 1, which is a perfect magnitude.

    Raises
    ------
    InputError
        If the region is empty.
    """
    if region is not None and not region.any():
        raise InputError("the region holds no pixel, so there is no SSIM: give another, or none")
    return Similarity(truth, data_range).of(obj, region)


class Similarity:
    """`ssim` to one truth, whose terms are computed once and reused for every step of a run."""

    def __init__(self, truth: np.ndarray, data_range: float | None = None):
        self._truth = np.abs(truth).astype(np.float64)
        if data_range is None:
            data_range = float(np.ptp(self._truth)) or 1.0
        if min(truth.shape) < WINDOW:
            raise InputError(
                f"the truth is {' x '.join(map(str, truth.shape))} px; SSIM needs {WINDOW} per side"
            )
        biased = 1 - 1 / WINDOW**2  # ratio of the mean square deviation to the unbiased variance
        self._c = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2 * biased
        self._parts = self._parts_of(self._truth)

    def of(self, obj: np.ndarray, region: np.ndarray | None = None) -> float:
        """The similarity of an object; the parameters as of `ssim`."""
        obj = np.abs(obj).astype(np.float64)
        if region is None:
            return float(self._local(obj, self._parts).mean())
        obj, truth = (np.pad(image, WINDOW // 2, "symmetric") for image in (obj, self._truth))
        return float(self._local(obj, self._parts_of(truth))[region].mean())

    def _parts_of(self, truth: np.ndarray) -> tuple[np.ndarray, ...]:
        """Terms of the truth for `_local`: twice itself, twice its mean, its part of both denominators."""
        flat, width, (c1, c2) = truth.ravel(), truth.shape[1], self._c
        mean = _local_mean(flat, width)
        return 2 * flat, 2 * mean, mean * mean + c1, _local_mean(flat * flat, width) - mean * mean + c2

    def _local(self, obj: np.ndarray, parts: tuple[np.ndarray, ...]) -> np.ndarray:
        """The similarity within each window, (H, W) -> (H - 6, W - 6)."""
        (twice, twice_mean, squares, variances), (c1, c2) = parts, self._c
        flat, (rows, width) = obj.ravel(), obj.shape
        mean = _local_mean(flat, width)
        means, square = twice_mean * mean, mean * mean
        covariance = _local_mean(twice * flat, width)
        variance = _local_mean(flat * flat, width)
        local = np.zeros((rows - WINDOW + 1) * width)
        # (means + c1) (covariance - means + c2) / ((square + squares) (variance - square + variances)),
        # in place: memory costs more than the sums
        covariance -= means
        covariance += c2
        variance -= square
        variance += variances
        means += c1
        means *= covariance
        square += squares
        square *= variance
        np.divide(means, square, out=local[: mean.size])
        return local.reshape(-1, width)[:, : 1 - WINDOW]


def _local_mean(flat: np.ndarray, width: int) -> np.ndarray:
    """Means within the windows that start at each pixel, for an image as one row after another.

    Windows too close to the end of a row reach into the next and are meaningless. On one long line this
    is three times as fast as a filter of SciPy.
    """
    mean = _sevens(_sevens(flat, width), 1)
    mean *= WINDOW**-2
    return mean


def _sevens(flat: np.ndarray, apart: int) -> np.ndarray:
    """Sums of seven numbers at this distance: four, two and one, in four additions."""
    twos = flat[:-apart] + flat[apart:]
    fours = twos[: -2 * apart] + twos[2 * apart :]
    sums = fours[: -3 * apart]
    sums += twos[4 * apart : -apart]
    sums += flat[6 * apart :]
    return sums


def _energy(z: np.ndarray) -> float:
    """Sum of |z|²."""
    parts = np.ravel(z).view(z.real.dtype)
    return np.sum(parts * parts)


def illuminated(illumination: np.ndarray, fraction: float = 0.05) -> np.ndarray:
    """The illuminated area: where the summed probe intensity exceeds `fraction` of its 99th percentile."""
    return illumination > fraction * np.percentile(illumination, 99)


def noise_floor(patterns: Patterns, mask: np.ndarray | None = None) -> float:
    """The misfit of the true object due to Poisson noise alone, estimated from the counts.

    ``sum E(sqrt(n) - sqrt(λ))² / sum n``, see `root_error`; λ is taken from the mean pattern scaled to
    each frame's total, since single low counts say little about their mean.
    """
    errors, counts = noise_errors(patterns, mask)
    return float(errors.sum() / max(counts.sum(), 1e-30))


def noise_errors(patterns: Patterns, mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The terms of the two sums of `noise_floor` for each pattern, shape (K,) each [counts]."""
    total, counts = np.zeros(patterns.shape[1:]), []
    for part in _parts(patterns, mask):
        total += part.sum(0)
        counts.append(part.sum((-2, -1)))
    found = np.concatenate(counts)
    return expected_errors(total, found, root_error), found


def expected_errors(
    total: np.ndarray, counts: np.ndarray, error: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """What noise leaves of each pattern, (K,), from the sum of all (m, m) and the counts of each (K,).

    The sum over pixels of an `error` of λ, such as `root_error`; λ as in `noise_floor`.
    """
    mean = total / max(float(total.sum()), 1e-30)
    each = max(1, _PART_VALUES // total.size)
    parts = [counts[k : k + each, None, None] * mean for k in range(0, len(counts), each)]
    return np.concatenate([error(rates).sum((-2, -1)) for rates in parts])


def _parts(patterns: Patterns, mask: np.ndarray | None) -> Iterator[np.ndarray]:
    """Trusted counts as float64, some patterns at a time: large files are never loaded completely."""
    each = max(1, _PART_VALUES // (patterns.shape[-2] * patterns.shape[-1]))
    for first in range(0, patterns.shape[0], each):
        part = np.asarray(patterns[first : first + each], np.float64)
        yield part if mask is None else part * (mask if mask.ndim == 2 else mask[first : first + each])


def root_error(rate: np.ndarray, added: float = 0.0) -> np.ndarray:
    """E(sqrt(n + c) - sqrt(λ + c))² of Poisson counts n of mean λ, with c = `added`.

    1/4 for bright pixels; for dark ones, without c, about 2 λ.
    """
    return np.interp(rate, *_error_table(added))


def stabilised_error(rate: np.ndarray) -> np.ndarray:
    """E(y - sqrt(λ + 1/4))² of Poisson counts of mean λ, y as `detector.stabilised` has it.

    1/4 for bright pixels; for dark ones about λ / 2.
    """
    return np.interp(rate, *_error_table(None))


@cache
def _error_table(added: float | None) -> tuple[np.ndarray, np.ndarray]:
    """`root_error` over a grid of λ, by summing the distribution; `stabilised_error` for None."""
    rates, n = np.geomspace(1e-3, 60, 200), np.arange(200)
    factorials = np.array([math.lgamma(k + 1) for k in n])
    share = np.exp(n * np.log(rates[:, None]) - rates[:, None] - factorials)
    measured = stabilised(np.sqrt(n)) if added is None else np.sqrt(n + added)
    modelled = np.sqrt(rates + (STABILISING if added is None else added))
    errors = (share * (measured - modelled[:, None]) ** 2).sum(1)
    return np.array([0.0, *rates, 1e9]), np.array([0.0, *errors, 0.25])
