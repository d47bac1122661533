"""Where the axes of curves are labelled."""

import math

import numpy as np


def round_below(value: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not above a positive number."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(digit * power for digit in (5, 2, 1) if digit * power <= value * (1 + 1e-9))


def log_ticks(low: float, high: float, most: float) -> list[float]:
    """At most about so many round numbers between 10**low and 10**high, two at least; as logarithms."""
    span = high - low
    digits = (1,) if span > 2.5 else (1, 3) if span > 1.2 else (1, 2, 5) if span > 0.6 else range(1, 10)
    apart = max(1, math.ceil(span / max(most, 1e-9)))  # decades
    first = apart * math.floor(low / apart)
    decades = range(first, math.ceil(high) + 1, apart)
    ticks = [v for v in np.log10([d * 10.0**k for k in decades for d in digits]).tolist() if low <= v <= high]
    return ticks if len(ticks) > 1 else np.log10(even_ticks(10**low, 10**high, 2)).tolist()


def even_ticks(low: float, high: float, least: int = 3) -> list[float]:
    """Round numbers between two others, so many steps of 1, 2 or 5 at least."""
    step = round_below((high - low) / least)
    return (step * np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)).tolist()


def in_short(value: float) -> str:
    """A number as labels have it."""
    return f"{value:.0e}".replace("e-0", "e-") if 0 < abs(value) < 1e-3 else f"{value:.4g}"
