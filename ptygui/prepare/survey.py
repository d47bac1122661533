"""One pass over all patterns: what each pixel and each frame counted."""

from dataclasses import dataclass

import numpy as np

from ptygui.scan import CHUNK_VALUES, Patterns

# what all-ones of 31, 32, 63 and 64 bits become as floating point numbers
_ALL_ONES = np.array([2.0**31 - 1, 2.0**31, 2.0**32 - 1, 2.0**32, 2.0**63, 2.0**64])


@dataclass(frozen=True, eq=False)
class Survey:
    """What was counted; values that are no counts (`no_count`) are left out.

    Attributes
    ----------
    mean, low, high : float64 arrays, shape (rows, columns)
        Of all frames.
    lit : int array, shape (rows, columns)
        In how many frames a pixel is above 0.
    unusable : int array, shape (rows, columns)
        In how many frames it holds no count.
    not_finite : int
        How many of these values are not finite.
    totals : float64 array, shape (K,)
        Counts of each frame on good pixels.
    negative : int
        How many values are below 0.
    noise_variance : float
        Mean square of the values below 0: the variance of noise about 0, since that is symmetric.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lit: np.ndarray
    unusable: np.ndarray
    not_finite: int
    totals: np.ndarray
    negative: int
    noise_variance: float


def no_count(values: np.ndarray) -> np.ndarray:
    """Where a value cannot be a count: not finite, or all bits one, as detectors mark gaps and overflow."""
    if values.dtype.kind == "b":
        return np.zeros(values.shape, bool)
    if values.dtype.kind in "iu":
        wrong = values == np.iinfo(values.dtype).max
        return wrong | (values == 2**32 - 1) if values.dtype.itemsize > 4 else wrong
    wrong = ~np.isfinite(values)
    high = values >= _ALL_ONES[0]
    if high.any():
        wrong |= high & np.isin(values, _ALL_ONES)
    return wrong


def chunks(shape: tuple[int, ...]) -> list[slice]:
    """Slices of frames that need little memory at a time."""
    each = max(1, CHUNK_VALUES // max(1, int(np.prod(shape[1:]))))
    return [slice(first, min(first + each, shape[0])) for first in range(0, shape[0], each)]


def mean_of(patterns: Patterns, mask: np.ndarray | None = None) -> np.ndarray:
    """The mean pattern, float64 (rows, columns); pixels that a mask hides count as 0."""
    total = np.zeros(tuple(patterns.shape[1:]))
    for which in chunks(tuple(patterns.shape)):
        total += _masked(patterns, mask, which).sum(0, dtype=np.float64)
    return total / patterns.shape[0]


def totals_of(patterns: Patterns, mask: np.ndarray | None = None) -> np.ndarray:
    """The counts of each frame, float64 (K,), on the pixels that a mask leaves."""
    parts = chunks(tuple(patterns.shape))
    return np.concatenate([_masked(patterns, mask, k).sum((1, 2), dtype=np.float64) for k in parts])


def _masked(patterns: Patterns, mask: np.ndarray | None, which: slice) -> np.ndarray:
    part = np.asarray(patterns[which])
    return part if mask is None else part * (mask if mask.ndim == 2 else mask[which])


def survey(patterns: Patterns, good: np.ndarray | None = None, dark: np.ndarray | None = None) -> Survey:
    """Read all patterns once.

    Parameters
    ----------
    patterns : array or source, shape (K, rows, columns)
    good : bool array, shape (rows, columns) or (K, rows, columns), optional
        True for pixels that count in `totals`, and as negative.
    dark : float array, shape (rows, columns), optional
        Subtracted.
    """
    shape = tuple(patterns.shape[1:])
    total, low, high = np.zeros(shape), np.full(shape, np.inf), np.full(shape, -np.inf)
    lit, unusable = np.zeros(shape, int), np.zeros(shape, int)
    totals, strange, negative, squares = np.zeros(patterns.shape[0]), 0, 0, 0.0
    for which in chunks(tuple(patterns.shape)):
        part = np.asarray(patterns[which])
        wrong = no_count(part)
        if part.dtype.kind == "f":
            strange += int(np.count_nonzero(~np.isfinite(part)))
        values = np.where(wrong, 0, part).astype(np.float32)
        if dark is not None:
            values -= np.where(wrong, 0, dark).astype(np.float32)
        total += values.sum(0, dtype=np.float64)
        low = np.minimum(low, np.where(wrong, np.inf, values).min(0))
        high = np.maximum(high, np.where(wrong, -np.inf, values).max(0))
        lit += np.count_nonzero(values > 0, axis=0)
        unusable += np.count_nonzero(wrong, axis=0)
        if good is not None:
            values *= good if good.ndim == 2 else good[which]
        totals[which] = values.sum((1, 2), dtype=np.float64)
        below = values[values < 0].astype(np.float64)
        negative, squares = negative + below.size, squares + float(below @ below)
    seen = np.maximum(len(totals) - unusable, 1)
    variance = squares / negative if negative else 0.0
    return Survey(total / seen, low, high, lit, unusable, strange, totals, negative, variance)
