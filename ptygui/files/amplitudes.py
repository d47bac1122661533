"""Tells counts from amplitudes: some programs store the square root of what the detector counted."""

import math

import numpy as np

from ptygui.files.stack import Frames, mapped

_LOOKED_AT = 2**20  # values
_SHARE = 0.99  # of values that must be whole


def is_amplitude(patterns: Frames) -> bool | None:
    """Whether values are square roots of whole counts (True) or whole counts (False); None: neither."""
    values = patterns[: max(1, _LOOKED_AT // max(1, math.prod(patterns.shape[1:])))].ravel()
    values = values[np.isfinite(values)].astype(np.float64)
    values = values[values > 0]
    if not values.size:
        return None
    if _whole(values):
        return False
    return True if _whole(np.square(values)) else None


def as_counts(patterns: Frames, default: str = "counts") -> tuple[Frames, str]:
    """Counts, squared where the values are amplitudes; and a note on why.

    Parameters
    ----------
    patterns : array or Stack, shape (K, m, m)
    default : {"counts", "amplitudes"}
        What the format says, used where the values do not show it.
    """
    found = is_amplitude(patterns)
    if found is None:
        squared = default == "amplitudes"
        why = f"values do not show whether they are counts or amplitudes: {default}, as the format says"
    else:
        squared = found
        why = "values are square roots of whole numbers" if found else "values are whole numbers"
        why += ": amplitudes" if found else ": counts"
    if not squared:
        return patterns, why
    return mapped(patterns, squared_counts), f"{why}; they were squared"


def squared_counts(amplitudes: np.ndarray) -> np.ndarray:
    """Counts, float32."""
    return np.square(amplitudes.astype(np.float32))


def _whole(values: np.ndarray) -> bool:
    off = np.abs(values - np.rint(values))
    return bool(np.mean(off < 1e-3 + 1e-6 * values) > _SHARE)
