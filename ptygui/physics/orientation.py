"""The eight ways in which the axes of positions may lie on those of the patterns."""

from dataclasses import dataclass, replace

import numpy as np

from ptygui.errors import InputError
from ptygui.scan import Scan

BEST = "best"  # on command lines: the one that is found by trying all


@dataclass(frozen=True)
class Orientation:
    """How positions are turned before use: axes exchanged first, then reversed.

    To turn the positions is to turn the frames the other way: patterns stay as they are, and the object
    comes out turned. All eight are combinations of these three.
    """

    swap_axes: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def __bool__(self) -> bool:
        return self.swap_axes or self.flip_rows or self.flip_columns

    @classmethod
    def named(cls, name: str) -> "Orientation":
        """The orientation with this `name`.

        Raises
        ------
        InputError
            If there is none.
        """
        for one in ORIENTATIONS:
            if one.name == name:
                return one
        raise InputError(f"orientation is {name!r}, expected {', '.join(NAMES)}")

    @property
    def name(self) -> str:
        """Such as "transpose-flip-rows"; "as-given" if nothing is turned."""
        both = self.flip_rows and self.flip_columns
        flips = "flip-both" if both else "flip-rows" if self.flip_rows else "flip-columns"
        words = (("transpose", self.swap_axes), (flips, self.flip_rows or self.flip_columns))
        return "-".join(word for word, on in words if on) or "as-given"

    @property
    def half_turned(self) -> "Orientation":
        """The one that differs by half a turn: for a probe P(r) it is this one's for conj(P(-r)), exactly."""
        return replace(self, flip_rows=not self.flip_rows, flip_columns=not self.flip_columns)

    def after(self, first: "Orientation") -> "Orientation":
        """The one that turns as another does, and then as this one."""
        point = np.array([[1.0, 2.0]])
        both = self.apply(first.apply(point))
        return next(one for one in ORIENTATIONS if np.array_equal(one.apply(point), both))

    @property
    def note(self) -> str:
        """In words, for the notes of a scan."""
        on = ("swap_axes", self.swap_axes), ("flip_rows", self.flip_rows), ("flip_columns", self.flip_columns)
        return "positions: " + ", ".join(name.replace("_", " ") for name, is_on in on if is_on)

    def apply(self, positions: np.ndarray) -> np.ndarray:
        """The turned positions; their origin changes."""
        if self.swap_axes:
            positions = positions[:, ::-1]
        return positions * [-1 if self.flip_rows else 1, -1 if self.flip_columns else 1]

    def turned(self, scan: Scan) -> Scan:
        """A scan with its positions turned within its object, those of patterns held out as well.

        Truth and reference are of the other orientation: they are left out, and that is noted.
        """
        if not self:
            return scan
        shape = scan.object_shape[::-1] if self.swap_axes else scan.object_shape
        room = np.array(shape, float) - scan.width  # of a patch within the object
        far = np.array([room[0] if self.flip_rows else 0, room[1] if self.flip_columns else 0])

        def moved(part: Scan, held: Scan | None = None) -> Scan:
            return replace(
                part, positions=self.apply(part.positions) + far, object_shape=shape, truth=None,
                reference=None, held_out=held,
            )  # fmt: skip

        known = scan.compared_with
        lost = (f"{known} does not fit transformed positions: omitted",) if known else ()
        held = None if scan.held_out is None else moved(scan.held_out)
        return moved(scan, held).noted(self.note, *lost)


ORIENTATIONS = tuple(
    Orientation(swap, rows, columns)
    for swap in (False, True)
    for rows, columns in ((False, False), (True, False), (False, True), (True, True))
)
NAMES = tuple(one.name for one in ORIENTATIONS)
