"""The arrays of an NPY, NPZ, MAT or HDF5 file: listed by name without reading, read once they are checked."""

import bz2
import io
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import IO, Any, BinaryIO

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files import limits
from ptygui.files.file_type import file_type_of
from ptygui.files.hdf5 import Hdf5, as_complex, attributes, is_complex, open_hdf5
from ptygui.files.limits import check_size, reading

_KINDS = "an NPY, NPZ, MAT or HDF5 file"
_COMPLEX = np.dtype(np.complex64)


@dataclass(frozen=True)
class Entry:
    """An array in a file that has not been read yet."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    load: Callable[[], np.ndarray]

    @property
    def complex(self) -> bool:
        """Whether it holds complex numbers."""
        return self.dtype.kind == "c"

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers at all."""
        return self.dtype.kind in "biufc"

    @property
    def title(self) -> str:
        """Last part of the name, in lower case."""
        return self.name.rsplit("/", 1)[-1].lower()

    def __str__(self) -> str:
        return f"{self.name} ({' x '.join(map(str, self.shape)) or 'one number'} {self.dtype})"


@dataclass(frozen=True)
class Arrays:
    """What a file holds: entries by name, and attributes by (name, attribute); "" is the file's root."""

    path: Path
    content: str
    entries: Mapping[str, Entry]
    attrs: Mapping[str, Mapping[str, Any]]

    def named(self, key: str) -> Entry:
        """The entry of this name, or the only one whose last part is it."""
        key = key.strip("/")
        if key in self.entries:
            return self.entries[key]
        alike = [e for e in self.entries.values() if e.name.rsplit("/", 1)[-1] == key]
        if len(alike) == 1:
            return alike[0]
        raise InputError(f"{self.path} holds no array {key}; it holds {listed(self.entries.values())}")

    def number(self, *names: str) -> float | None:
        """The first of these scalars that is there and finite."""
        for name in names:
            entry = self.entries.get(name)
            if entry is not None and entry.shape in ((), (1,), (1, 1)) and entry.dtype.kind in "iuf":
                value = float(entry.load().reshape(-1)[0])
                if np.isfinite(value):
                    return value
        return None


def listed(entries: Iterable[Entry]) -> str:
    """Entries in words, at most eight of them, the largest first."""
    words = [str(e) for e in sorted(entries, key=lambda e: -math.prod(e.shape)) if math.prod(e.shape) > 1]
    return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "") or "no arrays"


@contextmanager
def open_arrays(path: str | PathLike[str], allow_links: bool = False) -> Iterator[Arrays]:
    """Open a file of arrays; entries can be loaded while the context lasts.

    Raises
    ------
    InputError
        If the file is missing, damaged, holds pickled objects or is of another kind.
    """
    content = file_type_of(path)
    path = Path(path)
    if content in ("npy", "npz", "bz2"):
        with open(path, "rb") as file:
            with reading(path):  # what the caller does with the arrays is not a fault of the file
                arrays = _numpy(path, file, content)
            yield arrays
    elif content == "mat5":
        yield _mat(path)
    elif content in ("hdf5", "mat73"):
        with open_hdf5(path, allow_links) as opened:
            with reading(path):
                arrays = _hdf5(opened, path, content)
            yield arrays
    else:
        what = "an image" if content in ("image", "tiff") else "of no kind that is known"
        raise InputError(f"{path} is {what}: give {_KINDS}")


def unpacked(file: BinaryIO, path: Path) -> io.BytesIO:
    """Decompress bz2, stopping at `limits.LARGEST_UNPACKED`."""
    whole, unpacker = io.BytesIO(), bz2.BZ2Decompressor()
    while block := file.read(2**20):
        while True:
            if unpacker.eof:  # bzip2 files may be several streams one after the other
                block, unpacker = unpacker.unused_data + block, bz2.BZ2Decompressor()
            whole.write(unpacker.decompress(block, 2**24))
            block = b""
            if whole.tell() > limits.LARGEST_UNPACKED:
                raise InputError(
                    f"{path} unpacks to more than {limits.LARGEST_UNPACKED / 2**30:.2g} GiB: "
                    "unpack it with bzip2 and crop it"
                )
            if (unpacker.eof and not unpacker.unused_data) or (not unpacker.eof and unpacker.needs_input):
                break
    if not unpacker.eof:
        raise InputError(f"{path} cannot be read (its bzip2 data ends too soon): copy it again")
    whole.seek(0)
    return whole


def _numpy(path: Path, file: BinaryIO, content: str) -> Arrays:
    if content == "bz2":
        file = unpacked(file, path)
        content = "npz" if file.read(2) == b"PK" else "npy"
        file.seek(0)
    return _npz(path, file) if content == "npz" else _npy(path, file)


def _npy(path: Path, file: BinaryIO) -> Arrays:
    room = file.seek(0, io.SEEK_END)
    file.seek(0)
    shape, dtype = _npy_header(path, "array", file, room)

    def load() -> np.ndarray:
        file.seek(0)
        with reading(path):
            return np.lib.format.read_array(file, allow_pickle=False)

    return Arrays(path, "npy", {"array": Entry("array", shape, dtype, load)}, {})


def _npz(path: Path, file: BinaryIO) -> Arrays:
    archive = zipfile.ZipFile(file)
    entries = {}

    def load(member: zipfile.ZipInfo, name: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        check_size(path, name, shape, dtype)
        with reading(path), archive.open(member) as part:
            return np.lib.format.read_array(part, allow_pickle=False)

    for member in archive.infolist():
        if not member.filename.endswith(".npy"):
            continue
        name = member.filename[:-4]
        with archive.open(member) as part:
            shape, dtype = _npy_header(path, name, part, member.file_size)

        entries[name] = Entry(name, shape, dtype, partial(load, member, name, shape, dtype))
    return Arrays(path, "npz", entries, {})


def _npy_header(path: Path, name: str, file: IO[bytes], room: int) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and dtype, once they are found to fit into the bytes that are there."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    check_size(path, name, shape, dtype)
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if needed > room:
        raise InputError(
            f"{path}: {name} says it is {shape} {dtype}, {needed} bytes, but {room} are there: copy it again"
        )
    return shape, dtype


def _mat(path: Path) -> Arrays:
    import scipy.io

    kinds = {"double": "f8", "single": "f4", "logical": "?"}
    with reading(path):
        found = scipy.io.whosmat(path, chars_as_strings=False)
    entries = {}
    for name, shape, kind in found:
        kind = kinds.get(kind, kind)
        if kind not in ("f8", "f4", "?") and not kind.lstrip("u").startswith("int"):
            continue
        # whosmat does not tell real from complex: the largest it may be is what counts for the size
        check_size(path, name, shape, np.dtype(complex))
        array = _load_mat(path, name)
        if array.dtype != object:
            entries[name] = Entry(name, array.shape, array.dtype, partial(np.asarray, array))
    return Arrays(path, "mat5", entries, {})


def _load_mat(path: Path, name: str) -> np.ndarray:
    import scipy.io

    with reading(path):
        return np.asarray(scipy.io.loadmat(path, variable_names=[name])[name])


def _hdf5(opened: Hdf5, path: Path, content: str) -> Arrays:
    matlab = content == "mat73"  # MATLAB stores the last index slowest, h5py shows axes reversed
    entries, attrs = {}, {"": opened.attrs}

    def load(dataset: h5py.Dataset) -> np.ndarray:
        array = as_complex(opened.read(dataset))
        return array.T if matlab else array

    for dataset in opened.datasets():
        if dataset.shape is None:
            continue
        name = dataset.name.strip("/")
        dtype = _COMPLEX if is_complex(dataset.dtype) else dataset.dtype
        shape = dataset.shape[::-1] if matlab else dataset.shape
        entries[name] = Entry(name, shape, dtype, partial(load, dataset))
        attrs[name] = attributes(dataset)
    return Arrays(path, content, entries, attrs)
