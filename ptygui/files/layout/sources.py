"""Opens what a layout names: arrays of any file, also TIFF stacks, tables of text and raw frames."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, Entry, left_in_hdf5, listed, open_arrays
from ptygui.files.file_type import file_type_of
from ptygui.files.hdf5 import as_complex, attributes, open_hdf5
from ptygui.files.images import read_image, tiff_stack
from ptygui.files.layout.folder import shown_of, stacked
from ptygui.files.layout.layout import Layout
from ptygui.files.limits import check_size, reading
from ptygui.files.patterns_on_disk import OnDisk
from ptygui.files.stack import Joined, Rows, Stack
from ptygui.files.table import read_table

_TABLES = (".txt", ".csv", ".tsv", ".dat")
_EMPAD = re.compile(r"scan_x(\d+)_y(\d+)\.raw", re.IGNORECASE)
_EMPAD_FRAME = (130, 128)  # of which the last two rows are no pixels


@contextmanager
def open_source(path: str | PathLike[str], allow_links: bool = False) -> Iterator[Arrays]:
    """Open any file of arrays; see `open_arrays`. TIFF, a table and a raw file are one entry, `array`."""
    path, content = Path(path), file_type_of(path)
    if content in ("tiff", "image"):
        yield _tiff(path)
    elif content is None and path.suffix.lower() in _TABLES:
        yield _table(path)
    elif content is None and path.suffix.lower() == ".raw":
        yield _raw(path)
    else:
        with open_arrays(path, allow_links) as arrays:
            yield arrays


def is_empad(path: Path) -> bool:
    """Whether a file is frames of the EMPAD detector, by its name and size."""
    frame = int(np.prod(_EMPAD_FRAME)) * 4
    size = path.stat().st_size
    return path.suffix.lower() == ".raw" and size > 0 and size % frame == 0


class Source:
    """Loads the data sets that a layout names, from its file and from others beside it."""

    def __init__(self, path: Path, allow_links: bool, stack: ExitStack):
        self.path, self.allow_links, self._stack = path, allow_links, stack
        self._opened: dict[Path, Arrays] = {}

    def entry(self, name: str) -> Entry:
        """A data set by name, or `FILE::NAME`; the only one of a file if NAME is left out."""
        path, key = self.place(name)
        if path.is_dir():
            return stacked(path, key)
        if "*" in key:
            return self._joined(path, key)
        if file_type_of(path) in ("hdf5", "mat73") and key:
            linked = self._linked(path, key)
            if linked is not None:
                return linked
        arrays = self._arrays(path)
        if key:
            return arrays.named(key)
        if arrays.content == "table":  # all its columns
            return arrays.named("array")
        numeric = [entry for entry in arrays.entries.values() if entry.numeric]
        if len(numeric) == 1:
            return numeric[0]
        raise InputError(f"{path}: name one of its arrays, FILE::NAME of {listed(arrays.entries.values())}")

    def unit(self, name: str) -> str:
        """The `units` attribute of a data set; empty if it has none."""
        path, key = self.place(name)
        if path.is_dir() or file_type_of(path) not in ("hdf5", "mat73"):
            return ""
        with open_hdf5(path, self.allow_links) as file:
            found = file.dataset(key)
            about = {} if found is None else attributes(found)
        return str(about.get("units") or about.get("unit") or "")

    def attribute(self, name: str) -> float:
        """A number among the attributes of a data set or group, by NAME@ATTRIBUTE."""
        path, key = self.place(name)
        of, _, attribute = key.partition("@")
        value = self._arrays(path).attrs.get(of.strip("/"), {}).get(attribute)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{path}: {of or 'the file'} has no attribute {attribute} that is a number")
        return float(value)

    def _joined(self, path: Path, key: str) -> Entry:
        """Blocks of frames whose names match a pattern, one after the other."""
        group, _, pattern = key.rpartition("/")
        with open_hdf5(path, self.allow_links) as file:
            names = [f"{group}/{name}" for name in file.names(group or "/") if fnmatchcase(name, pattern)]
        parts = [part for name in names if (part := self._linked(path, name)) is not None]
        if not parts:
            raise InputError(f"{path} holds nothing like {key}")
        shapes = {part.shape[1:] for part in parts}
        if len(shapes) > 1:
            raise InputError(f"{path}: {key} are frames of different sizes, {sorted(shapes)}")
        shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])

        def load() -> np.ndarray:
            check_size(path, key, shape, parts[0].dtype)
            whole, first = np.empty(shape, parts[0].dtype), 0
            for part in parts:
                whole[first : first + part.shape[0]] = part.load()
                first += part.shape[0]
            return whole

        def left(axis: int) -> Stack:
            if axis:
                raise InputError(f"{path}: {key} are blocks of frames: --axes must begin with the frame, k")
            return Joined([part.left(0) for part in parts if part.left is not None])

        stays = all(part.left is not None for part in parts)
        return Entry(key, shape, parts[0].dtype, load, left if stays else None)

    def place(self, name: str) -> tuple[Path, str]:
        """The file of a name, and the name in it."""
        first, mark, key = name.partition("::")
        folder = self.path if self.path.is_dir() else self.path.parent
        if not mark:
            beside = folder / name
            if not name.startswith("/") and beside.is_file() and beside != self.path:
                return beside, ""
            return self.path, name
        other = Path(first)
        return (other if other.is_absolute() or other.exists() else folder / other), key

    def _arrays(self, path: Path) -> Arrays:
        if path not in self._opened:
            self._opened[path] = self._stack.enter_context(open_source(path, self.allow_links))
        return self._opened[path]

    def _linked(self, path: Path, key: str) -> Entry | None:
        """A data set that is reached by links, which a list of the file leaves out."""
        with open_hdf5(path, self.allow_links) as file:
            found = file.dataset(key)
            if found is None or found.empty:
                return None
            matlab = file_type_of(path) == "mat73"
            shape = found.shape[::-1] if matlab else found.shape
            load = partial(_load, path, key, self.allow_links, matlab)
            left = None if file.followed else partial(_left, path, key, self.allow_links, matlab)
            return Entry(key, shape, found.dtype, load, left)


def files_named(path: Path, layout: Layout) -> list[Path]:
    """Other files that a layout names."""
    with ExitStack() as stack:
        source = Source(path, False, stack)
        names = [name.strip() for value in layout.asdict().values() for name in value.split(",")]
        return sorted({place for name in names if name and (place := source.place(name)[0]) != path})


def _load(path: Path, key: str, allow_links: bool, matlab: bool) -> np.ndarray:
    with open_hdf5(path, allow_links) as file:
        array = as_complex(file.array(key))
    return array.T if matlab else array


def _left(path: Path, key: str, allow_links: bool, matlab: bool, axis: int) -> Stack:
    with open_hdf5(path, allow_links) as file:
        found = file.dataset(key)
        if found is None:
            raise InputError(f"{path} holds no dataset {key} any more: open it again")
        return left_in_hdf5(file, key, found, matlab, axis)


def _one(path: Path, content: str, array: np.ndarray) -> Arrays:
    entry = Entry("array", array.shape, array.dtype, partial(np.asarray, array))
    return Arrays(path, content, {"array": entry}, {})


def _tiff(path: Path) -> Arrays:
    frames = tiff_stack(path) if file_type_of(path) == "tiff" else None
    if frames is None:
        return _one(path, "tiff", read_image(path, exact=True).values)

    def load() -> np.ndarray:
        check_size(path, "array", frames.shape, frames.dtype)
        return frames[:]

    def left(axis: int) -> Stack:
        if axis:
            raise InputError(f"{path}: its pages are the frames: --axes must begin with the frame, k")
        return frames

    return Arrays(path, "tiff", {"array": Entry("array", frames.shape, frames.dtype, load, left)}, {})


def _table(path: Path) -> Arrays:
    values, header = read_table(path)
    values = values[: shown_of(path)]
    arrays = _one(path, "table", values)
    columns = {
        name: Entry(name, (len(values),), values.dtype, partial(np.asarray, values[:, k]))
        for k, name in enumerate(header)
    }
    return Arrays(path, "table", {**arrays.entries, **columns}, {})


class _EmpadFrames(OnDisk):
    """Frames of a raw file, without their last two rows."""

    def block(self, first: int, stop: int) -> np.ndarray:
        self.check()
        each = int(np.prod(_EMPAD_FRAME))
        with reading(self.path):
            values = np.fromfile(self.path, "<f4", each * (stop - first), offset=4 * each * first)
        return values.reshape(-1, *_EMPAD_FRAME)[:, : _EMPAD_FRAME[1]]


def _raw(path: Path) -> Arrays:
    """Frames of the EMPAD detector: float32, 130 x 128, the scan's size in the name."""
    frame = int(np.prod(_EMPAD_FRAME)) * 4
    size = path.stat().st_size
    named = _EMPAD.search(path.name)
    if size % frame or not size:
        raise InputError(
            f"{path} has {size} bytes, no number of frames of the EMPAD detector ({frame} bytes each): "
            "raw files of other detectors are not read"
        )
    count = size // frame
    columns, rows = (int(named[1]), int(named[2])) if named else (count, 1)
    if rows * columns != count:
        raise InputError(
            f"{path}: its name says {columns} x {rows} positions, it holds {count} frames: is it whole?"
        )
    grid = (rows, columns) if named else (count,)
    shape = (*grid, _EMPAD_FRAME[1], _EMPAD_FRAME[1])

    def load() -> np.ndarray:
        check_size(path, "array", shape, np.dtype(np.float32))
        with reading(path):
            frames = np.fromfile(path, "<f4").reshape(-1, *_EMPAD_FRAME)
        return frames[:, : _EMPAD_FRAME[1]].reshape(shape)

    def left(axis: int) -> Stack:
        frames = _EmpadFrames(path, (count, *shape[-2:]), np.dtype(np.float32))
        return frames if len(grid) == 1 else Rows(frames, grid)

    entry = Entry("array", shape, np.dtype(np.float32), load, left)
    return Arrays(path, "raw", {"array": entry}, {})
