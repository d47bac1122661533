"""Safe HDF5 access: links stay inside the folder, sizes are checked, compounds become complex numbers.

A process of its own reads it (`ptygui.files.reader`), so that no file can end the program.

For safe writing see `writing_hdf5`.
"""

import io
import math
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from ptygui.atomic import replacing
from ptygui.errors import InputError
from ptygui.files.limits import check_size, check_stored, existing, reading, real_numbers
from ptygui.files.reader.compound import as_complex, is_complex
from ptygui.files.reader.messages import dtype_of
from ptygui.files.reader.process import Reader, borrowed
from ptygui.files.units import in_metres

__all__ = [
    "Dataset", "Group", "Hdf5", "NotYet", "Sink", "as_complex", "attributes", "finite", "first_frames",
    "is_complex", "open_hdf5", "positive", "writing_hdf5",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Group:
    """A group of an open file: a sequence of the names in it, and its attributes."""

    file: "Hdf5"
    name: str
    item: int | None
    names: Sequence[str] = ()

    @cached_property
    def attrs(self) -> Mapping[str, Any]:
        """Attributes, text as str, single numbers as plain numbers."""
        return self.file.attributes(self.item)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A dataset of an open file, that is not read yet.

    Attributes
    ----------
    shape : tuple of int
    empty : bool
        Whether it has no values at all (HDF5's null space); the shape is () then.
    stored : int, optional
        Bytes that it takes on the disk; None if they are in files that are not to be read.
    most : int, optional
        Length to which its first axis may grow; None if there is no limit.
    """

    file: "Hdf5"
    name: str
    item: int
    shape: tuple[int, ...]
    dtype: np.dtype
    empty: bool = False
    stored: int | None = 0
    chunks: tuple[int, ...] | None = field(default=None, repr=False)
    most: int | None = field(default=0, repr=False)

    @cached_property
    def attrs(self) -> Mapping[str, Any]:
        """Attributes, text as str, single numbers as plain numbers."""
        return self.file.attributes(self.item)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return 0 if self.empty else math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 0


class Hdf5:
    """An open HDF5 file.

    External links (and data kept in other files) are followed only if `allow_links`, and then only
    into the file's own folder, so that a file from elsewhere cannot read other files.
    """

    def __init__(self, path: Path, reader: Reader, allow_links: bool, most: float):
        self.path, self.allow_links, self._reader, self._left = path, allow_links, reader, most
        self._first = first = _first_of(path)
        (self._number, roots, written), _ = reader.ask(
            "hdf5.open", path, allow_links=allow_links, growing=first is not None
        )
        if not self._number:
            raise NotYet(roots)
        self.written: bool = written  # by another program, now
        self._roots = frozenset(roots)
        self._found: dict[str, Dataset | Group | None] = {}

    @cached_property
    def attrs(self) -> Mapping[str, Any]:
        """The root's attributes, text as str."""
        return self.attributes(None)

    def attributes(self, item: int | None) -> dict[str, Any]:
        """The attributes of an item; of the root without."""
        said, arrays = self._ask("attributes", item=item)
        return said["plain"] | dict(zip(said["arrays"], arrays, strict=True))

    def find(self, name: str) -> Dataset | Group | None:
        """The dataset or group of this name, through allowed links; None if there is none."""
        # Formats are told apart by many names, which are the same for several, or are not in this file.
        first = name.strip("/").partition("/")[0]
        if first not in ("", ".") and first not in self._roots:
            return None
        if name not in self._found:
            about, _ = self._ask("find", name=name)
            self._found[name] = None if about is None else self._item(about)
        return self._found[name]

    def dataset(self, *names: str) -> Dataset | None:
        """The first of these names that is a dataset."""
        for name in names:
            found = self.find(name)
            if isinstance(found, Dataset):
                return found
        return None

    def array(self, *names: str) -> np.ndarray:
        """The values of the first of these datasets; `InputError` if there is none."""
        found = self.dataset(*names)
        if found is None:
            raise InputError(f"{self.path} holds no dataset {' or '.join(names)}; it holds {self._summary()}")
        return self.read(found)

    def reals(self, *names: str) -> np.ndarray:
        """The same as float64; `InputError` if they are not real numbers."""
        return real_numbers(self.path, " or ".join(names), self.array(*names))

    def check(self, dataset: Dataset) -> None:
        """Refuse a dataset without numbers, and one declared much larger than what is stored for it."""
        self._check_numbers(dataset)
        if dataset.stored is not None:
            check_stored(self.path, dataset.name, dataset.shape, dataset.dtype, dataset.stored)
            # a chunk is unpacked whole, and may be larger than the dataset
            chunk = f"a chunk of {dataset.name}"
            check_stored(self.path, chunk, dataset.chunks or (), dataset.dtype, dataset.stored)

    def read(self, dataset: Dataset, key: Any = ..., axis: int = 0) -> np.ndarray:
        """All of a dataset, or what `key` selects: a slice along an axis, or rows of the first one.

        Sizes are checked before: only what is read must fit in memory.
        """
        shape = dataset.shape
        if self.followed and dataset.ndim and key is ...:
            key = slice(None)
        if isinstance(key, slice):
            key = slice(*key.indices(shape[axis]))
            wanted: tuple[int, ...] = (*shape[:axis], len(range(shape[axis])[key]), *shape[axis + 1 :])
        else:
            wanted = shape if key is ... else (int(np.size(key)), *shape[1:])
        self._check_numbers(dataset)
        check_size(self.path, dataset.name, wanted, dataset.dtype)
        self.check(dataset)
        expected = math.prod(wanted) * dataset.dtype.itemsize
        self._left -= expected
        if self._left < 0:
            raise InputError(f"{self.path} holds more than fits in memory, counted up to {dataset.name}")
        part: dict[str, Any] = {}
        if isinstance(key, slice):
            part = {"key": [key.start, key.stop, key.step], "axis": axis}
        elif key is not ...:
            part["keys"] = np.asarray(key)
        _, (array,) = self._ask("read", expected, item=dataset.item, **part)
        if array.dtype.kind not in "biufc":
            what = "records" if array.dtype.names else "text"
            raise InputError(
                f"{self.path}: {dataset.name} holds {what}, expected numbers: is it the right file?"
            )
        return array

    def number(self, *names: str) -> float | None:
        """The first of these scalars, as 0-d, (1,) or (1, 1); None if there is none or it is not finite."""
        for name in names:
            found = self.dataset(name)
            if found is not None and found.size == 1 and found.dtype.kind in "iuf":
                value = float(self.read(found).reshape(-1)[0])
                if np.isfinite(value):
                    return value
        return None

    def length(self, *names: str) -> float | None:
        """The first of these lengths [m] that is above 0, by its `units`; metres if it has none."""
        for name in names:
            value, found = positive(self.number(name)), self.dataset(name)
            if value is not None and found is not None:
                return float(in_metres(self.path, name, value, attributes(found).get("units")))
        return None

    def lengths(self, dataset: Dataset) -> np.ndarray:
        """All of a dataset of lengths [m], by its `units`; metres if it has none."""
        values = real_numbers(self.path, dataset.name, self.read(dataset))
        return np.asarray(in_metres(self.path, dataset.name, values, attributes(dataset).get("units")))

    def text(self, *names: str) -> str:
        """The first of these datasets that is one string; "" if there is none."""
        found = self.dataset(*names)
        return "" if found is None else str(self._ask("text", item=found.item)[0])

    def names(self, name: str = "/") -> list[str]:
        """The names in a group, links included but not followed; those of numbers in the order of numbers."""
        group = self.find(name)
        found = list(group) if isinstance(group, Group) else []
        return sorted(found, key=lambda n: (0, int(n), n) if n.isdecimal() else (1, 0, n))

    def datasets(self) -> list[Dataset]:
        """Every dataset reached without links."""
        items = (self._item(about) for about in self._ask("all")[0])
        return [item for item in items if isinstance(item, Dataset)]

    def close(self) -> None:
        """Close it; what is found in it cannot be read any more."""
        if self._reader.usable:
            self._ask("close")

    @property
    def followed(self) -> bool:
        """Whether it is read while it grows: see `first_frames`."""
        return self._first is not None

    def _ask(self, what: str, expected: int = 0, **more: Any) -> tuple[Any, list[np.ndarray]]:
        return self._reader.ask(f"hdf5.{what}", self.path, expected, number=self._number, **more)

    def _item(self, about: Mapping[str, Any]) -> Dataset | Group:
        if "names" in about:
            return Group(self, about["name"], about["item"], about["names"])
        shape, dtype = about["shape"], dtype_of(about["dtype"])
        if self._first is not None and shape and about["name"] in self._first.datasets:
            shape = [min(shape[0], self._first.rows), *shape[1:]]
        return Dataset(
            self,
            about["name"],
            about["item"],
            tuple(shape or ()),
            dtype,
            shape is None,
            about["stored"],
            None if about["chunks"] is None else tuple(about["chunks"]),
            about["most"],
        )

    def _check_numbers(self, dataset: Dataset) -> None:
        if dataset.empty or dataset.dtype.kind in "OSU":
            what = "nothing" if dataset.empty else "text"
            raise InputError(f"{self.path}: {dataset.name} holds {what}, expected numbers")

    def _summary(self) -> str:
        names = [f"{d.name} {d.shape}" for d in self.datasets()]
        return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "nothing"


class NotYet(InputError):
    """A file that grows cannot be read yet: the program that writes it has only begun."""


class _First(NamedTuple):
    path: Path
    rows: int
    datasets: Collection[str]


_first: ContextVar[_First | None] = ContextVar("_first", default=None)


@contextmanager
def first_frames(path: Path, count: int = sys.maxsize, datasets: Collection[str] = ()) -> Iterator[None]:
    """Within it, `open_hdf5` opens this file also while it is written, and shows its first frames only.

    So every reader of a format sees a file that does not change, however it grows in the meantime.

    Parameters
    ----------
    path : Path
    count : int
        Rows that are shown of each of `datasets`.
    datasets : names
        Those with a row per frame, with their whole path in the file.
    """
    token = _first.set(_First(path.absolute(), count, datasets))
    try:
        yield
    finally:
        _first.reset(token)


def _first_of(path: Path) -> _First | None:
    """What is shown of a file, if it is followed."""
    first = _first.get()
    return first if first is not None and first.path == path.absolute() else None


@contextmanager
def open_hdf5(path: str | PathLike[str], allow_links: bool = False, most: float = math.inf) -> Iterator[Hdf5]:
    """Open an HDF5 file for reading; `InputError` if it is not one or is damaged.

    All data read from it may take at most `most` bytes in total.
    """
    path = existing(path)
    with borrowed() as reader:
        file = Hdf5(path, reader, allow_links, most)
        try:
            with reading(path):  # values of invalid bytes make arbitrary errors where they are used
                yield file
        finally:
            file.close()


@contextmanager
def writing_hdf5(
    path: str | PathLike[str], inputs: Iterable[str | PathLike[str]] = (), **settings: Any
) -> Iterator[h5py.File]:
    """Write an HDF5 file, which is moved to `path` at the end: ptygui writes HDF5 only this way.

    HDF5 cannot handle a failed write: closing the file then ends the program with a segmentation fault.
    The bytes therefore go to the disk through `Sink`, which accepts all of them and reports afterwards that
    the disk was full. Apart from HDF5's own buffers (some MB) this uses no memory for files of any size.

    Parameters
    ----------
    path : path
    inputs : paths
        Files that must not be overwritten.
    **settings
        Keywords of `h5py.File`.

    Raises
    ------
    WriteError
        If it could not be written; `path` is unchanged, and no other file is left.
    """
    with _signals_held(), replacing(path, inputs) as scratch, _open(scratch) as raw:
        sink = Sink(raw)
        try:
            with h5py.File(sink, "w", **settings) as file:
                yield file
        finally:
            if sink.error is not None:
                raise sink.error


def _open(path: Path) -> io.RawIOBase:
    return io.FileIO(path, "w+")


class Sink:
    """The file object that HDF5 writes to; it never reports a failed write to HDF5.

    After the first error nothing more is written to the file. Small pieces, including all that HDF5 may
    read again to close its file, are kept in memory instead.

    Attributes
    ----------
    error : OSError, optional
        The first one; its `needed` is the size of the file, or the size that it would have had.
    """

    _SMALL = 2**16  # bytes of a piece that is kept; raw data, which are written only once, may be larger

    def __init__(self, raw: io.RawIOBase):
        self._raw, self._place, self._size = raw, 0, 0
        self._kept: dict[int, bytes] = {}
        self._error: OSError | None = None

    @property
    def error(self) -> OSError | None:  # noqa: D102
        if self._error is not None:
            self._error.needed = self._size  # type: ignore[attr-defined]  # an attribute of our own
        return self._error

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As for a file."""
        self._place = offset + (0, self._place, self._size)[whence]
        return self._place

    def tell(self) -> int:
        """As for a file."""
        return self._place

    def read(self, count: int) -> bytes:
        """As for a file; zeros where nothing was written."""
        data = bytearray(count)
        self.readinto(data)
        return bytes(data)

    def readinto(self, data: bytearray | memoryview) -> int:
        """As for a file; zeros where nothing was written."""
        found = memoryview(data).cast("B")
        self._try(self._fill, found)
        for start, piece in self._kept.items():
            low, high = max(start, self._place), min(start + len(piece), self._place + len(found))
            if low < high:
                found[low - self._place : high - self._place] = piece[low - start : high - start]
        self._place += len(found)
        return len(found)

    def write(self, data: bytes | memoryview) -> int:
        """Accept all bytes."""
        data = memoryview(data).cast("B")
        if self._error is None:
            self._try(self._put, data)
        if self._error is not None and len(data) <= self._SMALL:
            self._kept.pop(self._place, None)  # keeps the newest last
            self._kept[self._place] = bytes(data)
        self._place += len(data)
        self._size = max(self._size, self._place)
        return len(data)

    def truncate(self, size: int) -> int:
        """As for a file."""
        self._size = size
        if self._error is None:
            self._try(self._raw.truncate, size)
        return size

    def flush(self) -> None:
        """Do nothing: there is no buffer."""

    def _put(self, data: memoryview) -> None:
        self._raw.seek(self._place)
        while data:
            data = data[self._raw.write(data) :]

    def _fill(self, data: memoryview) -> None:
        self._raw.seek(self._place)
        while data and (count := self._raw.readinto(data)):
            data = data[count:]

    def _try(self, act: Callable[[Any], Any], argument: Any) -> None:
        try:
            act(argument)
        except OSError as error:
            self._error = self._error or error


@contextmanager
def _signals_held() -> Iterator[None]:
    """Delay Ctrl-C and other signals: raised during a write of HDF5 they would make the write fail."""
    if threading.current_thread() is not threading.main_thread():  # signals arrive only in the main thread
        yield
        return
    came: list[int] = []
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {getattr(signal, name): signal.getsignal(getattr(signal, name)) for name in names}
    before = {number: handler for number, handler in before.items() if callable(handler)}
    try:
        for number in before:
            signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def attributes(item: Group | Dataset | None) -> dict[str, Any]:
    """The attributes of an item; none if there is no item."""
    return {} if item is None else dict(item.attrs)


def finite(value: Any) -> float:
    """A finite number as it is, and 0 for anything else."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)
    return float(value) if known else 0.0


def positive(value: Any) -> float | None:
    """A finite number above 0, or None: many programs write 0 for unknown values."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if np.isfinite(value) and value > 0 else None
