"""What a file may ask for, and one way to say that it cannot be read."""

import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError

LARGEST_ARRAY = 16 * 2**30  # bytes, declared by a file for one array
LARGEST_UNPACKED = 8 * 2**30  # bytes, from one .bz2

_LENGTHS = (1e-15, 1e3)  # m, of pixels, waves and distances

_UNREADABLE = (
    OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError,
    NotImplementedError, SyntaxError, MemoryError, ArithmeticError, struct.error, tokenize.TokenError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def existing(path: str | PathLike[str]) -> Path:
    """The path of a file that is there and not empty, or an `InputError` that says what is wrong."""
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: give a file in it")
        if not path.exists():
            raise InputError(f"{path} does not exist: check the name and the folder")
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty (0 bytes): was it copied completely?")
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({_reason(error)}): check the name") from None
    return path


@contextmanager
def reading(path: str | PathLike[str]) -> Iterator[None]:
    """Turn whatever a reader raises on a broken file into one sentence that names the file."""
    try:
        with np.errstate(all="ignore"):  # what is not finite is looked for where it matters
            yield
    except InputError:
        raise
    except PermissionError:
        raise InputError(f"{path} may not be read: ask for read permission") from None
    except _UNREADABLE as error:  # libraries raise any of these on a file that is cut off or garbled
        raise InputError(f"{path} cannot be read ({_reason(error)}): it is damaged or incomplete") from error


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


def check_length(name: str, value: object) -> float:
    """A length in metres that a scan can have, or an `InputError` that names it."""
    low, high = _LENGTHS
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not low <= value <= high:
        raise InputError(f"{name} is {value!r}, expected metres above 0, {low:g} to {high:g}")
    return float(value)


def check_object(path: str | PathLike[str], shape: tuple[int, ...], said: str) -> None:
    """Refuse an object whose shape follows from damaged numbers: nothing could be computed with it."""
    if math.prod(int(n) for n in shape) * 8 > largest_array() / 4:
        raise InputError(f"{path}: {said}")


def largest_array() -> int:
    """`LARGEST_ARRAY`, or half of this machine's memory where that is less [bytes]."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return LARGEST_ARRAY
    return min(LARGEST_ARRAY, memory // 2) if memory > 0 else LARGEST_ARRAY


def _reason(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "not enough memory"
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) < 160 else text[:157] + "..."
