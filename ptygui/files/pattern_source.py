"""The source of a scan's patterns: checks whether a file still holds them, and finds that file again."""

import hashlib
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from ptygui.errors import InputError
from ptygui.files.scans import read_scan
from ptygui.scan import Geometry, Patterns, Scan

_digests: WeakKeyDictionary[Geometry, str] = WeakKeyDictionary()
_given_back: WeakKeyDictionary[Geometry, tuple[tuple[str, int, int], bool]] = WeakKeyDictionary()


def digest(scan: Geometry) -> str:
    """SHA-256 of the patterns of a scan as float32, in hexadecimal; cached. Empty if it has none."""
    if not isinstance(scan, Scan):
        return ""
    found = _digests.get(scan)
    if found is None:
        parts = (pattern for _, chunk in scan.chunks() for pattern in chunk)
        found = _digests[scan] = _sha256(np.dtype(np.float32), tuple(scan.patterns.shape), parts).hex()
    return found


def checksum(array: np.ndarray) -> bytes:
    """SHA-256 of the values, type and shape of an array."""
    return _sha256(array.dtype, array.shape, array)


def _sha256(dtype: np.dtype, shape: tuple[int, ...], parts: Iterable[np.ndarray]) -> bytes:
    total = hashlib.sha256(f"{dtype.str} {shape}".encode())
    for part in parts:
        total.update(np.ascontiguousarray(part).data.cast("B"))
    return total.digest()


def gives_back(path: str | PathLike[str], scan: Geometry) -> bool:
    """Whether a file holds the patterns of this scan; read once, and again after changes of the file."""
    try:
        about = Path(path).stat()
    except OSError:
        return False
    state, known = (str(path), about.st_mtime_ns, about.st_size), _given_back.get(scan)
    if known is None or known[0] != state:
        known = _given_back[scan] = state, find([path], digest(scan)).same
    return known[1]


class Found(NamedTuple):
    """Result of a search: the patterns of a file, whether they are the right ones, or why there are none."""

    path: Path | None = None
    patterns: Patterns | None = None
    same: bool = False
    why: str = ""


def find(candidates: Iterable[str | PathLike[str]], sha256: str) -> Found:
    """The first file that holds patterns of this digest; else the first with other patterns."""
    found = Found()
    for path in dict.fromkeys(map(Path, candidates)):
        if not path.is_file():
            continue
        try:
            scan = read_scan(path, find_probe=False)
        except InputError as error:
            found = found._replace(why=f" ({error})")
            continue
        if digest(scan) == sha256:
            return Found(path, scan.patterns, True)
        if found.patterns is None:
            found = Found(path, scan.patterns)
    return found
