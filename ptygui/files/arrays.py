"""The arrays of an NPY, NPZ, MAT or HDF5 file: listed by name without loading, loaded after checks."""

import bz2
import io
import math
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, cast

import numpy as np

from ptygui.errors import InputError
from ptygui.files import limits, patterns_on_disk
from ptygui.files.file_type import file_type_of
from ptygui.files.hdf5 import Dataset, Hdf5, as_complex, is_complex, open_hdf5
from ptygui.files.limits import check_size, check_stored, reading, real_numbers
from ptygui.files.patterns_on_disk import OnDisk, left_in
from ptygui.files.progress import SLOW, ToldBytes, tell_bytes
from ptygui.files.reader.process import borrowed
from ptygui.files.stack import Frames, Mapped, Stack

_KINDS = "an NPY, NPZ, MAT or HDF5 file"
_MOST_ARRAYS = 10_000
_COMPLEX = np.dtype(np.complex64)


@dataclass(frozen=True)
class Entry:
    """An array in a file that has not been read yet.

    `left` gives the same as frames that stay in the file, by the axis along which they lie; their other axes
    are in order. None if it must be loaded whole.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    load: Callable[[], np.ndarray]
    left: Callable[[int], Stack] | None = None

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
    """The contents of a file: entries by name, and attributes by (name, attribute); "" is the file's root."""

    path: Path
    content: str
    entries: Mapping[str, Entry]
    attrs: Mapping[str, Mapping[str, Any]]

    def named(self, key: str) -> Entry:
        """The entry of this name, or the only one whose last part is this name."""
        key = key.strip("/")
        if key in self.entries:
            return self.entries[key]
        alike = [e for e in self.entries.values() if e.name.rsplit("/", 1)[-1] == key]
        if len(alike) == 1:
            return alike[0]
        raise InputError(f"{self.path} holds no array {key}; it holds {listed(self.entries.values())}")

    def reals(self, key: str) -> np.ndarray:
        """The values of the entry of this name as float64; `InputError` if they are not real numbers."""
        return real_numbers(self.path, key, self.named(key).load())

    def number(self, *names: str) -> float | None:
        """The first of these scalars that exists and is finite."""
        for name in names:
            entry = self.entries.get(name)
            if entry is not None and entry.shape in ((), (1,), (1, 1)) and entry.dtype.kind in "iuf":
                value = float(entry.load().reshape(-1)[0])
                if np.isfinite(value):
                    return value
        return None


def entry_frames(entry: Entry, axis: int = 0) -> Frames:
    """All frames of an array along an axis: loaded, or left in their file if they are large and can be."""
    if entry.left is None or not patterns_on_disk.large(math.prod(entry.shape)):
        return np.moveaxis(entry.load(), axis, 0)
    return entry.left(axis)


def listed(entries: Iterable[Entry]) -> str:
    """A list of entries as text, at most eight of them, the largest first."""
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
            with reading(path):  # errors of the caller are not errors of the file
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
    """Decompress bz2, stopping at `limits.LARGEST_UNPACKED`, or at more than such a file can hold."""
    whole, unpacker = io.BytesIO(), bz2.BZ2Decompressor()
    most = min(limits.LARGEST_UNPACKED, limits.most_unpacked(file.seek(0, io.SEEK_END)))
    whole_size = file.tell()
    file.seek(0)
    packed = ToldBytes(file, whole_size, SLOW)
    while block := packed.read(SLOW):
        while True:
            if unpacker.eof:  # bzip2 files may consist of several streams
                block, unpacker = unpacker.unused_data + block, bz2.BZ2Decompressor()
            whole.write(unpacker.decompress(block, 2**24))
            block = b""
            if whole.tell() > most:
                raise InputError(
                    f"{path} unpacks to more than {most / 2**30:.2g} GiB: unpack it with bzip2 and crop it"
                )
            if (unpacker.eof and not unpacker.unused_data) or (not unpacker.eof and unpacker.needs_input):
                break
    if not unpacker.eof:
        raise InputError(f"{path} is damaged or incomplete (its bzip2 data ends too soon): copy it again")
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
    shape, fortran, dtype = _npy_header(path, "array", file, room)
    start = file.tell()

    def load() -> np.ndarray:
        check_size(path, "array", shape, dtype)
        file.seek(0)
        with reading(path):
            return np.lib.format.read_array(file, allow_pickle=False)

    def left(axis: int) -> Stack:
        return _NpyOnDisk(path, shape, dtype, start, fortran, axis)

    plain = file_type_of(path) == "npy"
    return Arrays(path, "npy", {"array": Entry("array", shape, dtype, load, left if plain else None)}, {})


class _NpyOnDisk(OnDisk):
    """Frames of an NPY file, or of one in an archive that is not packed, along an axis."""

    def __init__(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype, start: int, fortran: bool, axis: int
    ):
        super().__init__(path, (shape[axis], *shape[:axis], *shape[axis + 1 :]), dtype)
        self._whole, self._start, self._axis = shape, start, axis
        self._order: Literal["C", "F"] = "F" if fortran else "C"

    def block(self, first: int, stop: int) -> np.ndarray:
        self.check()
        with reading(self.path):
            # mapped for this block alone: pages that were read count as memory of the program
            whole = np.memmap(self.path, self.dtype, "r", self._start, self._whole, self._order)
            return np.array(np.moveaxis(whole, self._axis, 0)[first:stop])


def _npz(path: Path, file: BinaryIO) -> Arrays:
    archive = zipfile.ZipFile(file)
    entries = {}
    members = [one for one in archive.infolist() if one.filename.endswith(".npy")]
    if len(members) > _MOST_ARRAYS:
        raise InputError(f"{path} holds {len(members)} arrays, more than {_MOST_ARRAYS}: is it a scan?")

    def load(member: zipfile.ZipInfo, name: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        check_size(path, name, shape, dtype)
        with reading(path), archive.open(member) as part:
            told = cast(IO[bytes], ToldBytes(part, member.file_size))  # numpy needs no more than to read
            return np.lib.format.read_array(told, allow_pickle=False)

    for member in members:
        name = member.filename[:-4]
        with archive.open(member) as part:
            shape, fortran, dtype = _npy_header(path, name, part, member.file_size)
            header = part.tell()
        check_size(path, name, shape, dtype)
        check_stored(path, name, shape, dtype, member.compress_size)
        begin = None if isinstance(file, io.BytesIO) else _plain(file, member)
        left = None if begin is None else partial(_NpyOnDisk, path, shape, dtype, begin + header, fortran)
        entries[name] = Entry(name, shape, dtype, partial(load, member, name, shape, dtype), left)
    return Arrays(path, "npz", entries, {})


def _plain(file: BinaryIO, member: zipfile.ZipInfo) -> int | None:
    """Where the bytes of a member begin, if the archive holds them as they are, and all of them."""
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
        return None
    file.seek(member.header_offset)
    header = file.read(30)  # of the member: the lengths of its name and of what follows are at its end
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        return None
    begin = member.header_offset + 30 + sum(struct.unpack("<HH", header[26:]))
    return begin if begin + member.file_size <= file.seek(0, io.SEEK_END) else None


def _npy_header(path: Path, name: str, file: IO[bytes], room: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran order, and dtype, after checking that the file has enough bytes."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    check_size(path, name, (), dtype)
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if needed > room:
        check_size(path, name, shape, dtype)
        raise InputError(
            f"{path}: {name} is declared as {shape} {dtype}, {needed} bytes, but has {room}: copy it again"
        )
    return shape, fortran, dtype


def _mat(path: Path) -> Arrays:
    tell_bytes(0, path.stat().st_size)
    with borrowed() as reader:
        names, arrays = reader.ask("mat", path)
    entries = {
        name: Entry(name, array.shape, array.dtype, partial(np.asarray, array))
        for name, array in zip(names, arrays, strict=True)
    }
    return Arrays(path, "mat5", entries, {})


def _hdf5(opened: Hdf5, path: Path, content: str) -> Arrays:
    matlab = content == "mat73"  # MATLAB stores the last index slowest, h5py shows axes reversed
    entries, items = {}, {}

    def load(dataset: Dataset) -> np.ndarray:
        array = as_complex(opened.read(dataset))
        return array.T if matlab else array

    for dataset in opened.datasets():
        if dataset.empty:
            continue
        name = dataset.name.strip("/")
        dtype = _COMPLEX if is_complex(dataset.dtype) else dataset.dtype
        shape = dataset.shape[::-1] if matlab else dataset.shape
        left = None if opened.followed else partial(left_in_hdf5, opened, dataset.name, dataset, matlab)
        entries[name] = Entry(name, shape, dtype, partial(load, dataset), left)
        items[name] = dataset
    return Arrays(path, content, entries, _Attributes(opened, items))


def left_in_hdf5(file: Hdf5, name: str, dataset: Dataset, matlab: bool, axis: int) -> Stack:
    """The frames of a dataset along an axis, which MATLAB counts from the other end."""
    if not matlab:
        return left_in(file, name, dataset, axis)
    found = left_in(file, name, dataset, dataset.ndim - 1 - axis)
    return Mapped(found, lambda block: block.transpose(0, *range(block.ndim - 1, 0, -1)))


class _Attributes(Mapping[str, Mapping[str, Any]]):
    """The attributes of the root, "", of datasets and of groups, read when they are asked for."""

    def __init__(self, opened: Hdf5, items: Mapping[str, Dataset]):
        self._opened, self._items = opened, items

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        found = self._items.get(name) or (self._opened.find(name) if name else None)
        if name and found is None:
            raise KeyError(name)
        return self._opened.attrs if found is None else found.attrs

    def __iter__(self) -> Iterator[str]:
        return iter(("", *self._items))

    def __len__(self) -> int:
        return 1 + len(self._items)
