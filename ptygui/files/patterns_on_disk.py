"""Diffraction patterns that stay in their file: read part by part, as `Scan.chunks` asks for them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.hdf5 import Dataset, Hdf5, open_hdf5
from ptygui.files.limits import check_size
from ptygui.files.measured import Shaped, check_counts, check_patterns
from ptygui.files.stack import LARGEST_BLOCK, Frames, Stack

LARGE = 2**30  # bytes of patterns as float32, from which they stay in the file
_all_left: ContextVar[bool] = ContextVar("all_left", default=False)


def large(values: int) -> bool:
    """Whether so many values of patterns stay in their file."""
    return _all_left.get() or 4 * values >= LARGE


@contextmanager
def left_in_files() -> Iterator[None]:
    """Leave all patterns in their files, however small: others will read them, each its part."""
    before = _all_left.set(True)
    try:
        yield
    finally:
        _all_left.reset(before)


class OnDisk(Stack):
    """Frames of a file, which is opened for each part and closed again: others may move or replace it.

    Raises
    ------
    InputError
        When it is read, if the file is gone or is another one by now.
    """

    def __init__(self, path: Path, shape: Sequence[int], dtype: np.dtype):
        super().__init__(shape, dtype)
        self.path, self._state = path, _state_of(path)

    def check(self) -> None:
        """Refuse a file that was changed since."""
        if _state_of(self.path) != self._state:
            raise InputError(f"{self.path} was changed or moved since it was opened: open it again")


class PatternsOnDisk(OnDisk):
    """Frames of a dataset in an HDF5 file.

    Parameters
    ----------
    path : Path
    name : str
        Of the dataset.
    shape, dtype
        Of the dataset.
    allow_links : bool
        Whether it may lie in other files of the folder.
    axis : int
        Of the frames; it is the first one of the blocks.
    together : int
        How many frames are stored in one chunk of the file: they are unpacked together, and kept until
        others are asked for.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        shape: Sequence[int],
        dtype: np.dtype,
        allow_links: bool = False,
        axis: int = 0,
        together: int = 1,
    ):
        super().__init__(path, (shape[axis], *shape[:axis], *shape[axis + 1 :]), dtype)
        self.name, self.allow_links, self._axis = name, allow_links, axis
        self._together, self._kept = together, (0, np.empty((0, *self.shape[1:]), dtype))
        frame = max(1, self.size // max(1, len(self))) * self.dtype.itemsize
        if together * frame > LARGEST_BLOCK:
            self._together = 1

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        if self._together == 1:
            return self._read(first, stop)
        start, held = self._kept
        if first < start or stop > start + len(held):
            # whole chunks
            start = first // self._together * self._together
            held = self._read(start, min(len(self), -(-stop // self._together) * self._together))
            self._kept = (start, held)
        return held[first - start : stop - start]

    def _read(self, first: int, stop: int) -> np.ndarray:
        self.check()
        with open_hdf5(self.path, self.allow_links) as file:
            dataset = file.dataset(self.name)
            if dataset is None:
                raise InputError(f"{self.path} holds no dataset {self.name} any more: open it again")
            return np.moveaxis(file.read(dataset, slice(first, stop), self._axis), self._axis, 0)


class FramesInFiles(Stack):
    """Frames of one size and type, each in a file of its own.

    Parameters
    ----------
    files : list of Path
    first : array, shape (rows, columns)
        The first one.
    read : function of a path to array
        Reads one.
    """

    def __init__(self, files: Sequence[Path], first: np.ndarray, read: Callable[[Path], np.ndarray]):
        super().__init__((len(files), *first.shape), first.dtype)
        self._files, self._read = files, read

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        found, size = np.empty((stop - first, *self.shape[1:]), self.dtype), self.shape[1:]
        for k, path in enumerate(self._files[first:stop]):
            frame = self._read(path)
            if (frame.shape, frame.dtype) != (size, self.dtype):
                raise InputError(
                    f"{path} is {frame.shape} {frame.dtype}, the first frame is {size} {self.dtype}: "
                    "expected frames of one size and type"
                )
            found[k] = frame
        return found


def patterns_in(file: Hdf5, *names: str, positions: Shaped | None = None) -> Frames:
    """The patterns in the first of these datasets: an array, or left in the file if they are large.

    Parameters
    ----------
    file : Hdf5
    *names : str
    positions : anything with a shape, optional
        Compared with the number of patterns before they are read.
    """
    name = next((name for name in names if file.dataset(name) is not None), names[0])
    dataset = file.dataset(name)
    if dataset is None:
        return file.array(*names)  # says what the file holds instead
    check_patterns(file.path, dataset)
    if positions is not None:
        check_counts(file.path, dataset, positions)
    return frames_of(file, name, dataset)


def frames_of(file: Hdf5, name: str, dataset: Dataset) -> Frames:
    """All of a dataset whose first axis is that of frames: an array, or left in the file if it is large.

    A file that is followed while it grows is read.
    """
    return file.read(dataset) if file.followed or not large(dataset.size) else left_in(file, name, dataset)


def left_in(file: Hdf5, name: str, dataset: Dataset, axis: int = 0) -> PatternsOnDisk:
    """A dataset left in its file, checked: `axis` is that of the frames."""
    file.check(dataset)
    frame = (*dataset.shape[:axis], *dataset.shape[axis + 1 :])
    check_size(file.path, f"a frame of {name}", frame, dataset.dtype)
    chunk = dataset.chunks[axis] if dataset.chunks else 1
    return PatternsOnDisk(file.path, name, dataset.shape, dataset.dtype, file.allow_links, axis, chunk)


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size
