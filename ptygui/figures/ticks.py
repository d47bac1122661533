"""Positions of labels on axes, colour bars and scale bars."""

import math
from collections.abc import Sequence

import numpy as np


def round_below(value: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not above a positive number."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(digit * power for digit in (5, 2, 1) if digit * power <= value * (1 + 1e-9))


def log_ticks(low: float, high: float, most: float) -> list[float]:
    """Round numbers between 10**low and 10**high, as logarithms: at least two, without overlap.

    Parameters
    ----------
    low, high : float
    most : float
        Number of labels that fill the axis.
    """
    span = high - low
    sets = _DIGITS[0 if span <= 0.6 else 1 if span <= 1.2 else 2 if span <= 2.5 else 3 :]
    apart = max(1, math.ceil(span / max(most, 1e-9)))  # decades
    tries = [_decades(low, high, digits, 1) for digits in sets] if apart == 1 else []
    tries.append(_decades(low, high, (1,), apart))
    if span <= 1:
        tries += [np.log10(even_ticks(10**low, 10**high, least)).tolist() for least in (3, 2)]
    several = [ticks for ticks in tries if len(ticks) > 1]
    clear = [ticks for ticks in several if min(np.diff(ticks)) * most >= span]
    clear.sort(key=lambda ticks: len(ticks) < 3)  # a label at an end may not fit
    ends = [[ticks[0], ticks[-1]] for ticks in several]
    return next(iter(clear), max(ends, key=np.ptp, default=[]))


_DIGITS = tuple(range(1, 10)), (1, 2, 5), (1, 3), (1,)


def _decades(low: float, high: float, digits: tuple[int, ...], apart: int) -> list[float]:
    """These digits in every n-th decade."""
    decades = range(apart * math.floor(low / apart), math.ceil(high) + 1, apart)
    return [v for v in np.log10([d * 10.0**k for k in decades for d in digits]).tolist() if low <= v <= high]


def even_ticks(low: float, high: float, least: int = 3) -> list[float]:
    """Round numbers between two others, with at least this many steps of 1, 2 or 5."""
    step = round_below((high - low) / least)
    return (step * np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)).tolist()


def in_short(value: float) -> str:
    """A number as the text of a label."""
    small = 0 < abs(value) < 1e-3
    return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-") if small else f"{value:.4g}"


def short_and_different(values: Sequence[float]) -> list[str]:
    """Numbers as the texts of labels, with as many digits as tell them apart."""
    texts = [in_short(value) for value in values]
    for digits in range(5, 10):
        if len(set(texts)) == len(set(values)):
            break
        texts = [f"{value:.{digits}g}" for value in values]
    return texts


def linear_ticks(low: float, high: float, most: float) -> list[float]:
    """Round numbers between two others: as many as have room, and at least two.

    Parameters
    ----------
    low, high : float
    most : float
        Number of labels that fill the axis.
    """
    if not high > low:
        return []
    tries = (even_ticks(low, high, least) for least in range(max(2, int(most)), 1, -1))
    fitting = (ticks for ticks in tries if 2 <= len(ticks) <= max(most, 2))
    return next(fitting, even_ticks(low, high, 2))
