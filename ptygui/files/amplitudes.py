"""Tells counts from amplitudes: some programs store the square root of what the detector counted."""

import numpy as np

_LOOKED_AT = 2**20  # values
_SHARE = 0.99  # of values that must be whole


def is_amplitude(patterns: np.ndarray) -> bool | None:
    """Whether values are square roots of whole counts (True) or whole counts (False); None: neither."""
    values = patterns[: max(1, _LOOKED_AT // max(1, patterns[0].size))].ravel()
    values = values[np.isfinite(values)].astype(np.float64)
    values = values[values > 0]
    if not values.size:
        return None
    if _whole(values):
        return False
    return True if _whole(np.square(values)) else None


def as_counts(patterns: np.ndarray, default: str = "counts") -> tuple[np.ndarray, str]:
    """Counts, squared where the values are amplitudes; and a note on why.

    Parameters
    ----------
    patterns : array, shape (K, m, m)
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
    return np.square(patterns.astype(np.float32)), f"{why}; they were squared"


def _whole(values: np.ndarray) -> bool:
    off = np.abs(values - np.rint(values))
    return bool(np.mean(off < 1e-3 + 1e-6 * values) > _SHARE)
