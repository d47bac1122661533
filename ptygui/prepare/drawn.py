"""A mask drawn by hand: shapes on the detector, as a text that command line, window and recipes share.

    box 10 20 5 8; ellipse 64 64 10 6; brush 3 10 10 20 20; erase box 11 21 1 1

Numbers are pixels of a whole frame as pictures show it, with the zero frequency in the centre, rows before
columns, from 0. A box has its first row and
column, its height and width; an ellipse its centre and half axes; a brush its radius and the points that it
was drawn through. What is drawn is bad; what is erased is good again, whoever called it bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptygui.errors import InputError

KINDS = {"box": 4, "ellipse": 4, "brush": 3}  # and the least count of numbers
_LONGEST = 100_000  # letters
_FAR = 1e5  # px


@dataclass(frozen=True)
class Shape:
    """One shape.

    Attributes
    ----------
    kind : {"box", "ellipse", "brush"}
    numbers : tuple of float
        See the module.
    erases : bool
    """

    kind: str
    numbers: tuple[float, ...]
    erases: bool = False

    def __str__(self) -> str:
        words = ["erase"] * self.erases + [self.kind] + [f"{round(n, 1):g}" for n in self.numbers]
        return " ".join(words)

    def inside(self, shape: tuple[int, int]) -> np.ndarray:
        """The pixels in it: bool array of this shape (rows, columns)."""
        rows, columns = np.ogrid[: shape[0], : shape[1]]
        if self.kind == "box":
            row, column, height, width = self.numbers
            return np.asarray(
                (rows >= row) & (rows < row + height) & (columns >= column) & (columns < column + width)
            )
        if self.kind == "ellipse":
            row, column, down, right = self.numbers
            return np.asarray(((rows - row) / down) ** 2 + ((columns - column) / right) ** 2 <= 1)
        radius, points = self.numbers[0], np.reshape(self.numbers[1:], (-1, 2))
        found = np.zeros(shape, bool)
        for one, other in zip(points, points[1:] if len(points) > 1 else points, strict=False):
            _add_line(found, one, other, radius)
        return found


def shapes_of(text: str) -> tuple[Shape, ...]:
    """The shapes that a text describes.

    Raises
    ------
    InputError
        Naming the shape that is not understood.
    """
    if len(text) > _LONGEST:
        raise InputError(f"drawn has {len(text)} letters, at most {_LONGEST}: use a mask from a file")
    return tuple(_shape(part) for part in text.split(";") if part.strip())


def text_of(shapes: Sequence[Shape]) -> str:
    """The text that describes shapes."""
    return "; ".join(map(str, shapes))


def drawn_over(good: np.ndarray, shapes: Sequence[Shape]) -> np.ndarray:
    """Good pixels, bool (..., rows, columns), after what was drawn and erased, in this order."""
    good = good.copy()
    for one in shapes:
        good[..., one.inside((good.shape[-2], good.shape[-1]))] = one.erases
    return good


def _shape(part: str) -> Shape:
    words = part.split()
    erases = words[0] == "erase"
    kind, *numbers = words[erases:] or [""]
    try:
        values = tuple(float(word) for word in numbers)
    except ValueError:
        values = ()
    least = KINDS.get(kind)
    whole = least is not None and len(values) >= least and (kind == "brush" or len(values) == least)
    if kind == "brush":
        whole = whole and len(values) % 2 == 1
    sizes = values[:1] if kind == "brush" else values[2:]
    if not whole or not all(np.isfinite(values)) or max(map(abs, values)) > _FAR or min(sizes) <= 0:
        raise InputError(
            f"drawn holds {part.strip()!r}, expected box ROW COLUMN HEIGHT WIDTH, ellipse ROW COLUMN "
            "HALF-HEIGHT HALF-WIDTH, or brush RADIUS ROW COLUMN [ROW COLUMN ...], in px, with or without "
            "erase before it"
        )
    return Shape(kind, values, erases)


def _add_line(found: np.ndarray, one: np.ndarray, other: np.ndarray, radius: float) -> None:
    """Mark the pixels near a line between two points."""
    low = np.maximum(np.floor(np.minimum(one, other) - radius), 0).astype(int)
    high = np.ceil(np.maximum(one, other) + radius).astype(int) + 1
    part = found[low[0] : max(high[0], 0), low[1] : max(high[1], 0)]
    rows, columns = (np.arange(n)[:, None] + at for n, at in zip(part.shape, low, strict=True))
    along = other - one
    square = float(along @ along)
    away = rows - one[0], columns.T - one[1]
    share = np.clip((away[0] * along[0] + away[1] * along[1]) / square, 0, 1) if square else 0.0
    part |= (away[0] - share * along[0]) ** 2 + (away[1] - share * along[1]) ** 2 <= radius**2
