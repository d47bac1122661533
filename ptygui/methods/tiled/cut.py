"""Cuts an object into tiles: which pixels and positions are whose, and which pixels go from one to another.

tiling = Tiling.of((2048, 2048), "2x2", width=64)
tiling.owned(0)                 # rows and columns of tile 0
tiling.grown(0, 64)             # the same with 64 px around, within the object
tiling.sent(0, 64)              # what tile 0 sends, so that the others know what is 64 px around theirs
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ptygui.errors import InputError
from ptygui.networks.spectrum import block_lengths
from ptygui.scan import Geometry

_NAMED = re.compile(r"\s*(\d{1,4})\s*[xX]\s*(\d{1,4})\s*")
_MOST = 4096


@dataclass(frozen=True)
class Rect:
    """Rows `top` to `bottom` and columns `left` to `right`, the last ones excluded [px]."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> int:
        """Number of pixels."""
        rows, columns = self.shape
        return max(rows, 0) * max(columns, 0) if rows > 0 and columns > 0 else 0

    def inside(self, other: "Rect") -> tuple[slice, slice]:
        """As slices of an array that holds `other`."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

    def common(self, other: "Rect") -> "Rect":
        """What both hold; its area may be 0."""
        return Rect(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )


@dataclass(frozen=True)
class Tiling:
    """Tiles of an object in rows and columns.

    Their edges are edges of the blocks of cosines (`networks.spectrum.Cosines`), so that every block belongs
    to one tile, and its coefficients are those of the whole object.

    Parameters
    ----------
    shape : (int, int)
        Of the object.
    rows, columns : tuple of int
        Where each row of tiles begins, and the side of the object at the end.
    """

    shape: tuple[int, int]
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @classmethod
    def of(cls, shape: tuple[int, int], named: str) -> "Tiling":
        """The tiling of an object by words such as "2x2", rows and columns.

        Raises
        ------
        InputError
            If it is none, or the object has no room for so many.
        """
        found = _NAMED.fullmatch(named)
        if found is None or not 1 <= int(found[1]) * int(found[2]) <= _MOST:
            raise InputError(
                f"tiles are {named!r}, expected rows x columns such as 2x2, up to {_MOST} in all"
            )
        edges = [_edges(side, int(count)) for side, count in zip(shape, found.groups(), strict=True)]
        return cls((int(shape[0]), int(shape[1])), *edges)

    def __len__(self) -> int:
        return (len(self.rows) - 1) * (len(self.columns) - 1)

    def owned(self, tile: int) -> Rect:
        """The pixels of a tile."""
        row, column = divmod(tile, len(self.columns) - 1)
        return Rect(*self.rows[row : row + 2], *self.columns[column : column + 2])

    def grown(self, tile: int, margin: int) -> Rect:
        """The pixels of a tile, and those up to a margin around, within the object."""
        own, (height, width) = self.owned(tile), self.shape
        return Rect(
            max(own.top - margin, 0),
            min(own.bottom + margin, height),
            max(own.left - margin, 0),
            min(own.right + margin, width),
        )

    def sent(self, tile: int, margin: int) -> tuple[tuple[int, Rect], ...]:
        """Which of its pixels a tile sends to which others, for a margin around theirs."""
        return _overlaps(self, tile, margin, True)

    def received(self, tile: int, margin: int) -> tuple[tuple[int, Rect], ...]:
        """Which pixels in a margin around a tile come from which others."""
        return _overlaps(self, tile, margin, False)

    def positions(self, geometry: Geometry, tile: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the positions whose patches touch a tile, rising, and whether each belongs to it.

        A position belongs to the tile that holds the centre of its patch.
        """
        own, width = self.owned(tile), geometry.width
        low, high = np.array([own.top, own.left]), np.array([own.bottom, own.right])
        corners = geometry.corners
        touching = np.flatnonzero(((corners < high) & (corners + width > low)).all(1))
        centres = corners[touching] + width // 2
        return touching, np.asarray(((centres >= low) & (centres < high)).all(1))

    def check(self, geometry: Geometry) -> None:
        """Refuse tiles that own no position.

        Raises
        ------
        InputError
        """
        for tile in range(len(self)):
            if not self.positions(geometry, tile)[1].any():
                own = self.owned(tile)
                raise InputError(
                    f"no position of {geometry.name} is in tile {tile}, rows {own.top} to {own.bottom} and "
                    f"columns {own.left} to {own.right}: cut it into fewer tiles"
                )

    @cached_property
    def words(self) -> str:
        """Such as "2 x 2 tiles of up to 1024 x 1024 px"."""
        shapes = [self.owned(tile).shape for tile in range(len(self))]
        sides = max(h for h, _ in shapes), max(w for _, w in shapes)
        return f"{len(self.rows) - 1} x {len(self.columns) - 1} tiles of up to {sides[0]} x {sides[1]} px"


@lru_cache(maxsize=256)
def _overlaps(tiling: Tiling, tile: int, margin: int, sent: bool) -> tuple[tuple[int, Rect], ...]:
    found = []
    for other in range(len(tiling)):
        source, target = (tile, other) if sent else (other, tile)
        common = tiling.owned(source).common(tiling.grown(target, margin))
        if other != tile and common.area:
            found.append((other, common))
    return tuple(found)


def _edges(side: int, count: int) -> tuple[int, ...]:
    """Where parts of a side begin, and its end; as equal as whole blocks allow."""
    blocks = block_lengths(side)
    if not 1 <= count <= len(blocks):
        raise InputError(
            f"{count} tiles along {side} px: at most {len(blocks)} of {blocks[0]} px are possible"
        )
    ends = np.concatenate(([0], np.cumsum(blocks)))
    return tuple(int(ends[k]) for k in np.rint(np.linspace(0, len(blocks), count + 1)).astype(int))
