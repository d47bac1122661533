"""One thing found in measured data, told in a sentence; and where things are, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_LISTED = 4  # places that a sentence lists


@dataclass(frozen=True)
class Finding:
    """Something found in the data.

    Attributes
    ----------
    kind : str
        One word, such as "gap", "saturated", "hot pixel", "dead pixel", "mask", "empty frame".
    text : str
        What, how many, where, and what was done or is suggested: one sentence.
    applied : bool
        Whether it was done; else it is a suggestion.
    """

    kind: str
    text: str
    applied: bool = True


def pixels_text(where: np.ndarray) -> str:
    """Where pixels are: "64 pixels (rows 20-21)", "1 pixel (row 3, column 4)".

    Parameters
    ----------
    where : bool array, shape (rows, columns)
    """
    count = int(np.count_nonzero(where))
    words = f"{count} pixel" + ("s" if count != 1 else "")
    rows, columns = np.flatnonzero(where.all(1)), np.flatnonzero(where.all(0))
    lines = len(rows) * where.shape[1] + len(columns) * where.shape[0] - len(rows) * len(columns)
    if count and lines == count:
        named = (("rows", rows), ("columns", columns))
        return f"{words} ({', '.join(f'{name} {runs_text(n)}' for name, n in named if len(n))})"
    places = np.argwhere(where)[:_LISTED]
    listed = "; ".join(f"row {row}, column {column}" for row, column in places)
    return f"{words} ({listed}{'; ...' if count > _LISTED else ''})"


def frames_text(which: Sequence[int] | np.ndarray) -> str:
    """Which frames, counted from 0: "3 frames (5, 20, 33)"."""
    return f"{len(which)} frame{'s' if len(which) != 1 else ''} ({runs_text(which)})"


def runs_text(numbers: Sequence[int] | np.ndarray) -> str:
    """Increasing whole numbers as runs: "3, 5-7, 12"; a few of them."""
    numbers = np.asarray(numbers)
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    words = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[: 2 * _LISTED]]
    return ", ".join(words) + (", ..." if len(runs) > 2 * _LISTED else "")
