"""A folder with one file per frame, and a table of positions: its frames in the order of their numbers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Entry, open_arrays
from ptygui.files.images import is_image, read_image
from ptygui.files.layout.quantity import LENGTHS, PIXELS
from ptygui.files.limits import check_size
from ptygui.files.patterns_on_disk import FramesInFiles
from ptygui.files.table import read_table

FRAMES = (".tif", ".tiff", ".npy")
TABLES = (".csv", ".tsv", ".txt", ".dat")
_NUMBER = re.compile(r"(\d+)\D*$")  # the last number of a name
_ROW = re.compile(r"^(y|row)", re.IGNORECASE)


@dataclass(frozen=True)
class First:
    """How much is shown of a folder that grows."""

    folder: Path
    count: int


_first: ContextVar[First | None] = ContextVar("first frames of a folder", default=None)


@contextmanager
def first_files(folder: Path, count: int) -> Iterator[None]:
    """Within it, readers see the first frames of this folder and as many rows of its table only."""
    token = _first.set(First(folder.absolute(), count))
    try:
        yield
    finally:
        _first.reset(token)


def shown_of(path: Path) -> int | None:
    """How many frames, or rows, are shown of a folder or of a table in it; None: all."""
    first = _first.get()
    inside = first is not None and first.folder in (path.absolute(), path.absolute().parent)
    return first.count if first is not None and inside else None


def frames_in(folder: Path, pattern: str = "*") -> list[Path]:
    """The files of the frames, in the order of the last number of their names.

    Parameters
    ----------
    folder : Path
    pattern : str
        What the names are like, such as frame_*.tif; files of other kinds than `FRAMES` are left out.
    """
    found = [
        (int(number[1]), path.name, path)
        for path in folder.iterdir()
        if path.suffix.lower() in FRAMES
        and fnmatchcase(path.name, pattern)
        and (number := _NUMBER.search(path.stem)) is not None
    ]
    return [path for *_, path in sorted(found)][: shown_of(folder)]


def tables_in(folder: Path) -> list[Path]:
    """Files that may be the table of positions."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in TABLES)


def read_frame(path: Path) -> np.ndarray:
    """One frame.

    Returns
    -------
    array, shape (rows, columns)

    Raises
    ------
    InputError
        If the file is not whole, or holds something else.
    """
    if is_image(path):
        planes = read_image(path, exact=True).values
        if len(planes) != 1:
            raise InputError(f"{path} holds {len(planes)} frames, expected one file per frame")
        return planes[0]
    with open_arrays(path) as arrays:
        found = list(arrays.entries.values())
        values = found[0].load() if len(found) == 1 else None
    if values is None or values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InputError(f"{path} is no frame: expected one array of real numbers with rows and columns")
    return values


def stacked(folder: Path, pattern: str) -> Entry:
    """All frames of a folder as one array, read when it is loaded.

    Raises
    ------
    InputError
        If there is none.
    """
    frames = frames_in(folder, pattern or "*")
    if not frames:
        raise InputError(
            f"{folder} holds no frames {pattern}: expected files {', '.join(FRAMES)} with a number"
        )
    first = read_frame(frames[0])
    files = FramesInFiles(frames, first, read_frame)

    def load() -> np.ndarray:
        check_size(folder, "all frames", files.shape, files.dtype)
        return files[:]

    return Entry(pattern or "*", files.shape, files.dtype, load, lambda axis: files)


def described(table: Path) -> dict[str, str]:
    """What the header of a table of positions says, as fields of a `Layout`: which comes first, the unit."""
    _, header = read_table(table)
    said = {"positions": table.name}
    if len(header) == 2:
        said["positions_axes"] = "yx" if _ROW.match(header[0]) else "xy"
        unit = header[0].rpartition("_")[2].strip("()[]")
        if unit in (*LENGTHS, *PIXELS):
            said["positions_unit"] = unit
    return said
