"""Stacks of frames that stay in their file: read block by block, and changed on the way.

A large scan is never in memory as a whole: what a reader does to its frames (transpose, square, select) is
done to each block when it is read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from ptygui.files.progress import listened, tell, told_of_reading

_SPARSE = 8  # of frames that are asked for, one in so many: fewer are read singly, more with those between
LARGEST_BLOCK = 2**27  # bytes of frames that are kept because they are stored together


class Stack(ABC):
    """Frames of a scan that are read when they are asked for.

    Parameters
    ----------
    shape : tuple of int
        (K, rows, columns), or (scan rows, scan columns, rows, columns) of a grid.
    dtype : dtype
    """

    def __init__(self, shape: Sequence[int], dtype: np.dtype):
        self.shape: tuple[int, ...] = tuple(int(n) for n in shape)
        self.dtype = np.dtype(dtype)

    @abstractmethod
    def block(self, first: int, stop: int) -> np.ndarray:
        """Frames `first` to `stop`, along the first axis."""

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape, dtype=object))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: Any) -> np.ndarray:
        """Some of the frames, by an integer, a slice, or an array of integers in any order."""
        if isinstance(which, slice) and which.indices(len(self))[2] == 1:
            first, stop, _ = which.indices(len(self))
            return self._told(first, max(first, stop))
        wanted = np.arange(len(self))[which]
        if wanted.ndim == 0:
            return self._told(int(wanted), int(wanted) + 1)[0]
        found = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        order = np.argsort(wanted, kind="stable")
        for part in _runs(wanted[order]):
            places = order[part]
            first, last = int(wanted[places[0]]), int(wanted[places[-1]])
            found[places] = self._told(first, last + 1)[wanted[places] - first]
        return found

    def _told(self, first: int, stop: int) -> np.ndarray:
        if stop <= first or not listened():
            return self.block(first, stop)
        with told_of_reading(None):  # not by the stacks that this one is made of
            found = self.block(first, stop)
        tell(stop, len(self))
        return found


Frames: TypeAlias = np.ndarray | Stack


def _runs(ordered: np.ndarray) -> Iterator[slice]:
    """Parts of increasing indices that are read at once, with what lies between them."""
    first = 0
    for k in range(1, len(ordered) + 1):
        if k == len(ordered) or ordered[k] - ordered[k - 1] > _SPARSE:
            yield slice(first, k)
            first = k


class Mapped(Stack):
    """Another stack, of which each block is changed; `change` keeps the number of frames."""

    def __init__(self, source: Stack, change: Callable[[np.ndarray], np.ndarray]):
        like = change(np.empty((0, *source.shape[1:]), source.dtype))
        super().__init__((len(source), *like.shape[1:]), like.dtype)
        self._source, self._change = source, change

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        return self._change(self._source[first:stop])


class Chosen(Stack):
    """Some frames of another stack, in any order."""

    def __init__(self, source: Stack, which: np.ndarray):
        super().__init__((len(which), *source.shape[1:]), source.dtype)
        self._source, self._which = source, which

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        return self._source[self._which[first:stop]]


class Joined(Stack):
    """Stacks of frames of one size, one after the other."""

    def __init__(self, parts: Sequence[Frames]):
        count = sum(len(part) for part in parts)
        super().__init__((count, *parts[0].shape[1:]), np.result_type(*(part.dtype for part in parts)))
        self._parts = parts

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        found, at = np.empty((stop - first, *self.shape[1:]), self.dtype), 0
        for part in self._parts:
            low, high = max(first, at), min(stop, at + len(part))
            if low < high:
                found[low - first : high - first] = part[low - at : high - at]
            at += len(part)
        return found


class Flat(Stack):
    """The frames of a grid of scan rows and columns, row by row."""

    def __init__(self, grid: Stack):
        rows, columns, *frame = grid.shape
        super().__init__((rows * columns, *frame), grid.dtype)
        self._grid, self._columns = grid, columns

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        if stop <= first:
            return np.empty((0, *self.shape[1:]), self.dtype)
        row = first // self._columns
        rows = self._grid[row : -(-stop // self._columns)].reshape(-1, *self.shape[1:])
        return rows[first - row * self._columns : stop - row * self._columns]


class Rows(Stack):
    """A grid (scan rows, scan columns, rows, columns) of frames in a list, row by row."""

    def __init__(self, frames: Stack, grid: tuple[int, int]):
        super().__init__((*grid, *frames.shape[1:]), frames.dtype)
        self._frames, self._columns = frames, grid[1]

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        return self._frames[first * self._columns : stop * self._columns].reshape(-1, *self.shape[1:])


def mapped(frames: Frames, change: Callable[[np.ndarray], np.ndarray]) -> Frames:
    """Frames changed: at once if they are an array, else block by block."""
    return Mapped(frames, change) if isinstance(frames, Stack) else change(frames)


def chosen(frames: Frames, which: np.ndarray) -> Frames:
    """Some of the frames, in this order."""
    return Chosen(frames, which) if isinstance(frames, Stack) else frames[which]


def joined(parts: Sequence[Frames]) -> Frames:
    """All frames of the parts, one after the other."""
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate([part[:] for part in parts])
    return Joined(parts)


def flattened(frames: Frames) -> Frames:
    """Frames (K, rows, columns) of a grid (scan rows, scan columns, rows, columns)."""
    return Flat(frames) if isinstance(frames, Stack) else frames.reshape(-1, *frames.shape[2:])
