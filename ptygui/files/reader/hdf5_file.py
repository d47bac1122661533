"""HDF5 in the reading process: what is at a name, its attributes, its values."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import hdf5plugin  # noqa: F401 - registers the filters that detectors compress with, before h5py

import h5py  # isort: skip
import numpy as np

from ptygui.errors import InputError
from ptygui.files.limits import existing, reading
from ptygui.files.reader.compound import as_complex
from ptygui.files.reader.links import check_sources, inside, stored_elsewhere
from ptygui.files.reader.messages import described, empty

_LINKS_FOLLOWED = 16
_MOST_ITEMS = 100_000
_LONGEST_TEXT = 2**16  # characters
_MARKED = "already open for", "consistency flags"  # by a writer, in the words of HDF5
# variable-length lists and references are not used, and crash the library if they are damaged
_PLAIN = (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING, h5py.h5t.ENUM)

Item: TypeAlias = h5py.Dataset | h5py.Group
Answer = tuple[Any, Sequence[np.ndarray]]


@dataclass
class _Open:
    path: Path
    file: h5py.File
    allow_links: bool
    stack: ExitStack
    items: list[tuple[Path, Item]] = field(default_factory=list)
    checked: set[int] = field(default_factory=set)


_open: dict[int, _Open] = {}


def open_file(path: Path, allow_links: bool, growing: bool = False) -> Answer:
    """Open a file: the number by which it is asked about, the names in its root, whether it is being written.

    `growing`: open it also while another program writes it (SWMR). Where that is not possible yet, the number
    is 0, and the second value says why.
    """
    # HDF5 looks for raw data of a relative name, and for sources, in the working directory.
    os.chdir(path.parent)
    stack = ExitStack()
    with reading(path), _opening(path):
        if growing:
            file = _growing(path)
            if file is None:
                why = f"{path} is locked by the program that writes it, which has not begun SWMR"
                return (0, why, True), ()
        else:
            file = h5py.File(path, "r")
        written = bool(file.swmr_mode)
        stack.enter_context(file)
        names = [name for name in file if isinstance(name, str)]
    number = max(_open, default=0) + 1
    _open[number] = _Open(path, file, allow_links, stack)
    return (number, names, written), ()


def _growing(path: Path) -> h5py.File | None:
    """A file that another program may be writing, never locked: that would keep the other from opening it."""
    if _is_locked(path):
        return None
    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        if not any(mark in str(error) for mark in _MARKED):
            raise
    try:
        return h5py.File(path, "r", swmr=True, locking=False)
    except OSError:  # it is open for writing, and not by SWMR
        return None


def _is_locked(path: Path) -> bool:
    """Whether a writer holds the lock of HDF5, which it gives up as it begins SWMR."""
    try:
        import fcntl
    except ImportError:  # Windows: a locked file cannot be opened there
        return False
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a disk without locks
            return False
    return False


def close_file(path: Path, number: int) -> Answer:
    """Close it, and the files that it links to."""
    opened = _open.pop(number)
    opened.items.clear()
    with reading(path):
        opened.stack.close()
    return None, ()


def find(path: Path, number: int, name: str) -> Answer:
    """What is at a name, through allowed links: None if nothing is."""
    opened = _open[number]
    found = _walk(opened, opened.path, opened.file, name, _LINKS_FOLLOWED)
    return (None if found is None else _about(opened, *found)), ()


def all_datasets(path: Path, number: int) -> Answer:
    """Every dataset reached without links."""
    opened, found = _open[number], []

    def add(_: str, item: Item) -> bool | None:
        if isinstance(item, h5py.Dataset):
            found.append(_about(opened, path, item))
        return True if len(found) >= _MOST_ITEMS else None

    with reading(path):
        opened.file.visititems(add)
    return found, ()


def attributes_of(path: Path, number: int, item: int | None) -> Answer:
    """The attributes of an item: text and single numbers in the answer, the others as arrays."""
    opened = _open[number]
    at = opened.file if item is None else opened.items[item][1]
    plain: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    with reading(path):
        for name, value in _attributes(at):
            if isinstance(value, np.ndarray):
                arrays[name] = value
            else:
                plain[name] = value
    return {"plain": plain, "arrays": list(arrays)}, list(arrays.values())


def read(
    path: Path, keys: np.ndarray | None = None, *, number: int, item: int, key: Any = None, axis: int = 0
) -> Answer:
    """The values of a dataset, or a part: `key` is [start, stop, step] along an axis, or `keys` are rows."""
    opened = _open[number]
    at, dataset = opened.items[item]
    os.chdir(opened.path.parent)
    with reading(path):
        _check_compound(at, dataset)
        if stored_elsewhere(dataset) and not opened.allow_links:
            raise InputError(
                f"{path}: {dataset.name} stores its values in other files, which are not read: "
                "copy it into one file (h5repack); for a scan, use --allow-links"
            )
        if item not in opened.checked:
            check_sources(at, dataset)
            opened.checked.add(item)
        if key is None and keys is None and dataset.dtype.kind in "biufc" and dataset.ndim:
            whole = empty(dataset.shape, dataset.dtype)
            dataset.read_direct(whole)
            return None, (whole,)
        if key is not None:
            which: Any = (*axis * (slice(None),), slice(*key))
        else:
            which = ... if keys is None else _rows(keys)
        return None, (as_complex(np.asarray(dataset[which])),)


def text(path: Path, number: int, item: int) -> Answer:
    """The text in a dataset of one string; "" if it holds none."""
    dataset = _open[number].items[item][1]
    with reading(path):
        if not isinstance(dataset, h5py.Dataset) or dataset.size != 1 or dataset.dtype.kind not in "OS":
            return "", ()
        if dataset.id.get_type().get_class() != h5py.h5t.STRING or stored_elsewhere(dataset):
            return "", ()
        value = np.asarray(dataset[...]).reshape(-1)[0]
    said = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return said[:_LONGEST_TEXT], ()


def _rows(keys: np.ndarray) -> Any:
    """Indices as h5py takes them."""
    return int(keys) if keys.ndim == 0 else keys.tolist()


def _about(opened: _Open, at: Path, item: Item) -> dict[str, Any]:
    """An item in plain values; it is kept under its number."""
    opened.items.append((at, item))
    about: dict[str, Any] = {"item": len(opened.items) - 1, "name": str(item.name)}
    if isinstance(item, h5py.Group):
        return about | {"names": [n for n in item if isinstance(n, str)][:_MOST_ITEMS]}
    with reading(at):
        elsewhere = stored_elsewhere(item)
        stored: int | None = item.id.get_storage_size()
        if elsewhere:
            stored = check_sources(at, item) if opened.allow_links else None
        return about | {
            "shape": item.shape,
            "dtype": described(item.dtype),
            "stored": stored,
            "chunks": item.chunks,
            "most": item.maxshape[0] if item.maxshape else 0,
        }


def _walk(opened: _Open, path: Path, group: h5py.Group, name: str, left: int) -> tuple[Path, Item] | None:
    at = group.file if name.startswith("/") else group
    for part in [p for p in name.split("/") if p not in ("", ".")]:
        if not isinstance(at, h5py.Group):
            return None
        with reading(path):
            link = at.get(part, getlink=True)
        if link is None:
            return None
        if isinstance(link, h5py.HardLink):
            with reading(path):
                at = at[part]
            continue
        if left == 0:
            raise InputError(f"{path}: the links at {name} form a loop: repair the file")
        if isinstance(link, h5py.SoftLink):
            found = _walk(opened, path, at, link.path, left - 1)
        elif isinstance(link, h5py.ExternalLink):
            target = _other(opened, path, link.filename)
            with reading(target), _opening(target):
                other = opened.stack.enter_context(h5py.File(target, "r"))
            found = _walk(opened, target, other, link.path, left - 1)
        else:
            raise InputError(f"{path}: {part} is a link of an unknown kind: repair the file")
        if found is None:
            return None
        path, at = found
    return path, at


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Say of a file that is not damaged why it cannot be opened: somebody writes it, or did not finish."""
    try:
        yield
    except OSError as error:
        said = str(error)
        if "unable to lock file" in said:
            raise InputError(
                f"{path} is open in another program that writes to it: close it there, or wait until it is "
                "done"
            ) from None
        if any(mark in said for mark in _MARKED):
            raise InputError(
                f"{path} is marked as being written (SWMR): wait until the acquisition is done; if its "
                "program ended without closing the file, clear the mark with `h5clear -s`"
            ) from None
        raise


def _other(opened: _Open, path: Path, filename: str) -> Path:
    if not opened.allow_links:
        raise InputError(
            f"{path} links to another file, {filename}, which is not read: "
            "copy it into one file (h5repack); for a scan, use --allow-links"
        )
    return existing(inside(path, filename))


def _attributes(item: Item) -> Iterator[tuple[str, Any]]:
    """Text as str, one real number as a plain number; unreadable and other ones are left out."""
    for name in item.attrs:
        value: Any = None
        with suppress(OSError, TypeError, ValueError, KeyError, RuntimeError):
            if item.attrs.get_id(name).get_type().get_class() not in _PLAIN:
                continue
            value = item.attrs[name]
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(-1)[0]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, np.ndarray) and value.dtype.kind in "OSU":
            value = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in value.flat]
        of_numbers = isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
        if of_numbers or isinstance(value, bool | int | float | str | list):
            yield name, value


def _check_compound(path: Path, dataset: h5py.Dataset) -> None:
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
