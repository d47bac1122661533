"""What a layout makes of a file, in little: mean pattern, positions, notes, or what is wrong."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Entry
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.read import read_layout
from ptygui.files.layout.sources import open_source
from ptygui.files.limits import reading
from ptygui.files.stack import Stack

FIRST = 64  # frames of a large data set whose mean is shown
LARGEST = 2**29  # bytes of a data set that is loaded for a preview


@dataclass(frozen=True)
class Item:
    """A data set in a file, for a list of what is in it."""

    name: str
    size: str
    kind: str
    about: str  # its attributes, one per line


@dataclass(frozen=True, eq=False)
class Preview:
    """A scan in little.

    Attributes
    ----------
    mean : float32 array, shape (rows, columns), optional
        Mean pattern.
    positions : array, shape (K, 2), optional
        Row and column [px].
    notes : tuple of str
        What was assumed.
    problem : str
        Why the layout cannot be read; empty if it can.
    """

    mean: np.ndarray | None = None
    positions: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""


def items_in(path: Path) -> list[Item]:
    """The data sets of a file, in order."""
    with open_source(path) as arrays:
        return [
            Item(
                entry.name,
                " x ".join(map(str, entry.shape)) or "one",
                str(entry.dtype) if not entry.dtype.hasobject else "text",
                "\n".join(f"{key} = {value}" for key, value in arrays.attrs.get(entry.name, {}).items()),
            )
            for entry in arrays.entries.values()
        ]


def preview(path: Path, layout: Layout, allow_links: bool = False) -> Preview:
    """Read a file by a layout; nothing is raised. Of large patterns only the first are read."""
    try:
        with reading(path):
            found = read_layout(path, layout, allow_links)
            frames, notes = found.patterns, found.notes
            few = frames[:FIRST] if isinstance(frames, Stack) else frames
    except InputError as error:
        return Preview(problem=str(error))
    if isinstance(frames, Stack):
        notes = (*notes, f"the mean pattern here is that of the first {len(few)} of {len(frames)} frames")
    patterns = few.reshape(-1, *few.shape[-2:])
    mean = np.nan_to_num(patterns.mean(0, dtype=np.float64)).astype(np.float32)
    if found.mask is not None and found.mask.shape == mean.shape:
        mean = np.where(found.mask, mean, 0)
    return Preview(mean, found.positions, notes)


def plane_of(path: Path, name: str) -> np.ndarray | None:
    """One plane of a data set as real numbers, the first of a stack; None if there is none."""
    try:
        with open_source(path) as arrays:
            entry = arrays.named(name)
            if not entry.numeric or not entry.shape:
                return None
            if entry_bytes(entry) <= LARGEST:
                array = entry.load()
            elif entry.left is not None and len(entry.shape) > 2:
                last = len(entry.shape) == 3 and entry.shape[0] == entry.shape[1]
                array = np.asarray(entry.left(2 if last else 0)[0])
            else:
                return None
    except InputError:
        return None
    array = np.abs(array) if array.dtype.kind == "c" else array
    if array.ndim == 1:
        array = array[None]
    while array.ndim > 2:
        last = array.ndim == 3 and array.shape[0] == array.shape[1] != array.shape[2]
        array = array[..., 0] if last else array[0]
    return np.nan_to_num(array.astype(np.float32))


def entry_bytes(entry: Entry) -> int:
    """Size of a data set in memory."""
    return math.prod(entry.shape) * entry.dtype.itemsize
