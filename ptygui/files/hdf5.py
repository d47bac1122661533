"""Safe HDF5 access: links stay inside the file, sizes are checked, compounds become complex numbers.

For safe writing see `writing_hdf5`.
"""

import io
import math
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import hdf5plugin  # noqa: F401 - registers the filters that detectors compress with, before h5py

import h5py  # isort: skip
import numpy as np

from ptygui.atomic import replacing
from ptygui.errors import InputError
from ptygui.files.hdf5_sources import check_sources, missing_filters, stored_outside
from ptygui.files.limits import check_size, existing, reading
from ptygui.files.units import in_metres

_LINKS_FOLLOWED = 16
# variable-length lists and references are not used, and crash the library if they are damaged
_PLAIN = (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING, h5py.h5t.ENUM)


class Hdf5:
    """An open HDF5 file.

    External links (and data kept in other files) are followed only if `allow_links`, and then only
    into the file's own folder, so that a file from elsewhere cannot read other files.
    """

    def __init__(self, path: Path, file: h5py.File, stack: ExitStack, allow_links: bool, most: float):
        self.path, self.file, self._stack, self._allow_links = path, file, stack, allow_links
        self._left = most
        self._others: dict[Path, h5py.File] = {}

    @property
    def attrs(self) -> Mapping[str, Any]:
        """The root's attributes, text as str."""
        return attributes(self.file)

    def find(self, name: str) -> h5py.Dataset | h5py.Group | None:
        """The dataset or group of this name, through allowed links; None if there is none."""
        return self._walk(self.file, name, _LINKS_FOLLOWED)

    def dataset(self, *names: str) -> h5py.Dataset | None:
        """The first of these names that is a dataset."""
        for name in names:
            found = self.find(name)
            if isinstance(found, h5py.Dataset):
                return found
        return None

    def array(self, *names: str) -> np.ndarray:
        """The values of the first of these datasets; `InputError` if there is none."""
        found = self.dataset(*names)
        if found is None:
            raise InputError(f"{self.path} holds no dataset {' or '.join(names)}; it holds {self._summary()}")
        return self.read(found)

    def read(self, dataset: h5py.Dataset, key: Any = ...) -> np.ndarray:
        """All of a dataset of numbers, or the part that `key` selects.

        Raises
        ------
        InputError
            If it holds text, is too large, or some of its values are in files that are missing.
        """
        with reading(self.path):
            if dataset.shape is None or dataset.dtype.kind in "SU" or h5py.check_string_dtype(dataset.dtype):
                what = "nothing" if dataset.shape is None else "text"
                raise InputError(f"{self.path}: {dataset.name} holds {what}, expected numbers")
            check_compound(self.path, dataset)
            check_size(self.path, dataset.name, dataset.shape or (), dataset.dtype)
            self._left -= dataset.size * dataset.dtype.itemsize if dataset.size else 0
        if self._left < 0:
            raise InputError(f"{self.path} holds more than fits in memory, counted up to {dataset.name}")
        self._check_sources(dataset, _LINKS_FOLLOWED)
        if dataset.external:
            with reading(self.path):
                return as_complex(stored_outside(self.path, dataset, self._check_inside)[key])
        with reading(self.path):
            try:
                return as_complex(np.asarray(dataset[key]))
            except OSError:
                lacking = missing_filters(dataset)
                if not lacking:
                    raise
                raise InputError(
                    f"{self.path}: {dataset.name} is compressed with filter {lacking}, which is not "
                    f"installed: "
                    "install its HDF5 plugin, or rewrite the file with h5repack -f GZIP=4"
                ) from None

    def _check_sources(self, dataset: h5py.Dataset, depth: int) -> None:
        """Refuse values in files that are missing, outside of the folder, or not to be read."""
        if not dataset.external and not dataset.is_virtual:
            return
        if not self._allow_links:
            raise InputError(
                f"{self.path}: {dataset.name} stores its values in other files, which are not read: "
                "copy it into one file (h5repack); for a scan, use --allow-links"
            )
        if depth == 0:
            raise InputError(f"{self.path}: the sources of {dataset.name} form a loop: repair the file")

        def source_of(file_name: str, name: str) -> h5py.Dataset | None:
            other = dataset.file if file_name == "." else self._other(file_name)
            found = self._walk(other, f"/{name.lstrip('/')}", _LINKS_FOLLOWED)
            if not isinstance(found, h5py.Dataset):
                return None
            if found.external:  # HDF5 would look for them in the working directory
                raise InputError(
                    f"{self.path}: {name} of {file_name} stores its values in raw files: copy it into one "
                    "file (h5repack)"
                )
            self._check_sources(found, depth - 1)
            return found

        if dataset.is_virtual:
            with reading(self.path):
                check_sources(self.path, dataset, source_of, self._check_inside)

    def length(self, *names: str) -> float | None:
        """The first of these lengths [m] that is above 0, by its `units`; metres if it has none."""
        for name in names:
            value, found = positive(self.number(name)), self.dataset(name)
            if value is not None and found is not None:
                return float(in_metres(self.path, name, value, attributes(found).get("units")))
        return None

    def lengths(self, dataset: h5py.Dataset) -> np.ndarray:
        """All of a dataset of lengths [m], by its `units`; metres if it has none."""
        values = self.read(dataset).astype(np.float64)
        return np.asarray(in_metres(self.path, dataset.name, values, attributes(dataset).get("units")))

    def names(self, name: str = "/") -> list[str]:
        """The names in a group, links included but not followed; those of numbers in the order of numbers."""
        group = self.find(name)
        found = list(group) if isinstance(group, h5py.Group) else []
        return sorted(found, key=lambda n: (0, int(n), n) if n.isdecimal() else (1, 0, n))

    def number(self, *names: str) -> float | None:
        """The first of these scalars, as 0-d, (1,) or (1, 1); None if there is none or it is not finite."""
        for name in names:
            found = self.dataset(name)
            if found is not None and found.size == 1 and found.dtype.kind in "iuf":
                value = float(self.read(found).reshape(-1)[0])
                if np.isfinite(value):
                    return value
        return None

    def datasets(self) -> list[h5py.Dataset]:
        """Every dataset reached without links."""
        found: list[h5py.Dataset] = []
        with reading(self.path):
            self.file.visititems(
                lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None
            )
        return found

    def _walk(self, group: h5py.Group, name: str, links_left: int) -> h5py.Dataset | h5py.Group | None:
        at = group.file if name.startswith("/") else group
        for part in [p for p in name.split("/") if p not in ("", ".")]:
            if not isinstance(at, h5py.Group):
                return None
            with reading(self.path):
                link = at.get(part, getlink=True)
            if link is None:
                return None
            if isinstance(link, h5py.HardLink):
                with reading(self.path):
                    at = at[part]
                continue
            if links_left == 0:
                raise InputError(f"{self.path}: the links at {name} form a loop: repair the file")
            if isinstance(link, h5py.SoftLink):
                at = self._walk(at, link.path, links_left - 1)
            else:
                at = self._walk(self._other(link.filename), link.path, links_left - 1)
            if at is None:
                return None
        return at

    def _other(self, filename: str) -> h5py.File:
        if not self._allow_links:
            raise InputError(
                f"{self.path} links to another file, {filename}, which is not read: "
                "copy it into one file (h5repack); for a scan, use --allow-links"
            )
        target = self._check_inside(filename)
        if target not in self._others:
            with reading(target), opening(target):
                self._others[target] = self._stack.enter_context(h5py.File(existing(target), "r"))
        return self._others[target]

    def _check_inside(self, filename: str) -> Path:
        target = (self.path.parent / filename).resolve()
        if filename != "." and target.parent != self.path.resolve().parent:
            raise InputError(
                f"{self.path} links to {filename}, outside its own folder: copy that file next to it"
            )
        return target

    def _summary(self) -> str:
        names = [f"{d.name} {d.shape}" for d in self.datasets()]
        return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "nothing"


@contextmanager
def open_hdf5(path: str | PathLike[str], allow_links: bool = False, most: float = math.inf) -> Iterator[Hdf5]:
    """Open an HDF5 file for reading; `InputError` if it is not one or is damaged.

    All data read from it may take at most `most` bytes in total.
    """
    path = existing(path)
    with ExitStack() as stack:
        with reading(path), opening(path):
            file = stack.enter_context(h5py.File(path, "r"))
        with reading(path):  # h5py reads at any access, and raises arbitrary errors for invalid bytes
            yield Hdf5(path, file, stack, allow_links, most)


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Say of a file that is not damaged why it cannot be opened: somebody writes it, or did not finish."""
    try:
        yield
    except OSError as error:
        said = str(error)
        if "unable to lock file" in said:
            raise InputError(
                f"{path} is open in another program that writes to it: close it there, or wait until it is "
                f"done"
            ) from None
        if "already open for" in said or "consistency flags" in said:
            raise InputError(
                f"{path} is marked as being written (SWMR): wait until the acquisition is done; if its "
                f"program "
                "ended without closing the file, clear the mark with `h5clear -s`"
            ) from None
        raise


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


def as_complex(array: np.ndarray) -> np.ndarray:
    """A compound of real and imaginary part (whatever their names) as complex numbers."""
    names = array.dtype.names
    if names is None:
        return array
    return array[names[0]] + 1j * array[names[1]] if is_complex(array.dtype) else array


def check_compound(path: Path, dataset: h5py.Dataset) -> None:
    """Refuse a compound whose members overlap or leave it: the HDF5 library would write out of bounds."""
    kind = dataset.id.get_type()
    if not isinstance(kind, h5py.h5t.TypeCompoundID):
        return
    end = 0
    for k in range(kind.get_nmembers()):
        first, member = kind.get_member_offset(k), kind.get_member_type(k)
        scalar = member.get_class() in (h5py.h5t.INTEGER, h5py.h5t.FLOAT)
        fits = scalar and member.dtype.itemsize == member.get_size()
        if not fits or first < end or first + member.get_size() > kind.get_size():
            raise InputError(
                f"{path}: {dataset.name} has a type that is not a pair of numbers: expected real, imaginary"
            )
        end = first + member.get_size()


def is_complex(dtype: np.dtype) -> bool:
    """Whether a dtype is complex, or a compound that stands for it."""
    if dtype.names is None:
        return dtype.kind == "c"
    return tuple(n.lower() for n in dtype.names) in (("r", "i"), ("re", "im"), ("real", "imag"))


def attributes(item: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    """The attributes of an item: text as str, one number as a plain number; unreadable ones left out."""
    found: dict[str, Any] = {}
    for name in item.attrs:
        try:
            if item.attrs.get_id(name).get_type().get_class() not in _PLAIN:
                continue
            value = item.attrs[name]
        except (OSError, TypeError, ValueError, KeyError):
            continue
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(-1)[0]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        found[name] = value.item() if isinstance(value, np.generic) else value
    return found


def positive(value: Any) -> float | None:
    """A finite number above 0, or None: many programs write 0 for unknown values."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if np.isfinite(value) and value > 0 else None
