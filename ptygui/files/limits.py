"""Limits on what a file may request, and uniform errors for unreadable files."""

import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.unreadable import what_is_wrong

LARGEST_ARRAY = 16 * 2**30  # bytes that a file may declare for one array
LARGEST_UNPACKED = 8 * 2**30  # bytes, from one .bz2
MODEST = 128 * 2**20  # bytes that any file may unpack to, however small it is
MOST_PACKED = 1000  # times that data may grow when they are unpacked: deflate packs zeros so well

# Of the process that reads files, see `ptygui.files.reader`:
CPU_SECONDS = 5.0  # for any file, where the system can bound it
SLOWEST = 2e6  # bytes of a file that a decoder unpacks in a second, at least
WALL_FACTOR = 6  # times longer that it may take by the clock, waiting for a disk or a busy processor
READER_ROOM = 192 * 2**20  # bytes of memory for all but the data

_LENGTHS = (1e-15, 1e3)  # m, of pixels, waves and distances

_UNREADABLE = (
    OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError,
    NotImplementedError, SyntaxError, MemoryError, ArithmeticError, struct.error, tokenize.TokenError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def existing(path: str | PathLike[str]) -> Path:
    """The path of an existing file that is not empty, or an `InputError` that says what is wrong."""
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: give a file in it")
        if not path.exists():
            raise InputError(f"{path} does not exist: check the name and the folder")
        if not path.is_file():
            raise InputError(f"{path} is a device or a pipe and not a file: give a file")
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty (0 bytes): was it copied completely?")
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({what_is_wrong(error)}): check the name") from None
    return path


@contextmanager
def reading(path: str | PathLike[str]) -> Iterator[None]:
    """Turn any error of a reader on a broken file into one sentence that names the file."""
    try:
        with np.errstate(all="ignore"):  # values that are not finite are checked where it matters
            yield
    except InputError:
        raise
    except PermissionError:
        raise InputError(f"{path} cannot be read: there is no read permission") from None
    except _UNREADABLE as error:  # libraries raise any of these for a truncated or corrupt file
        raise InputError(
            f"{path} is damaged or incomplete ({what_is_wrong(error)}): copy it again, or write it again"
        ) from error


def check_size(path: str | PathLike[str], name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Refuse an array of objects, and one that is too large, before it is allocated."""
    if dtype.hasobject:
        raise InputError(
            f"{path}: {name} holds Python objects, which are not read: save it as an array of numbers"
        )
    size = math.prod(int(n) for n in shape) * dtype.itemsize
    largest = largest_array()
    if size > largest:
        raise InputError(
            f"{path}: {name} of {' x '.join(map(str, shape))} {dtype} would take {size / 2**30:.1f} GiB, "
            f"more than {largest / 2**30:.0f} GiB: crop or bin the data first"
        )


def check_stored(
    path: str | PathLike[str], name: str, shape: tuple[int, ...], dtype: np.dtype, stored: int
) -> None:
    """Refuse an array that is declared much larger than the bytes stored for it, before it is unpacked."""
    size = math.prod(int(n) for n in shape) * dtype.itemsize
    if size > most_unpacked(stored):
        raise InputError(
            f"{path}: {name} is declared as {' x '.join(map(str, shape))} {dtype}, {size / 2**30:.3g} GiB, "
            f"but the file stores {stored} bytes for it: it is damaged or incomplete, copy it again"
        )


def most_unpacked(stored: int) -> int:
    """How many bytes may come out of so many that are stored."""
    return max(MODEST, MOST_PACKED * stored)


def real_numbers(path: str | PathLike[str], name: str, array: np.ndarray) -> np.ndarray:
    """The array as float64; refuses text, records and complex numbers, of which a part would be lost."""
    if array.dtype.kind not in "biuf":
        raise InputError(f"{path}: {name} holds {array.dtype} values, expected real numbers: is it damaged?")
    return array.astype(np.float64)


def check_length(name: str, value: object) -> float:
    """A plausible length in metres for a scan, or an `InputError` that names it."""
    low, high = _LENGTHS
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not low <= value <= high:
        raise InputError(f"{name} is {value!r}, expected metres above 0, {low:g} to {high:g}")
    return float(value)


def check_object(path: str | PathLike[str], shape: Iterable[float], said: str) -> None:
    """Refuse an object whose shape follows from damaged numbers: it would be too large to compute."""
    if not math.prod(float(n) for n in shape) * 8 <= largest_array() / 4:  # nor NaN or infinity
        raise InputError(f"{path}: {said}")


def largest_array() -> int:
    """`LARGEST_ARRAY`, or half of this machine's memory if that is less [bytes]."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return LARGEST_ARRAY
    return min(LARGEST_ARRAY, memory // 2) if memory > 0 else LARGEST_ARRAY
