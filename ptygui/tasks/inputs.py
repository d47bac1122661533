"""What a task reads, named by its content: an object, a probe, a scan, or the reference of a thinned scan."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from ptygui.atomic import replacing
from ptygui.errors import InputError
from ptygui.scan import Scan
from ptygui.step import Step

_ENDINGS = {"object": ".npz", "probe": ".npz", "reference": ".npz", "scan": ".h5"}
_SHA256 = 64  # hexadecimal digits


@dataclass(frozen=True)
class Input:
    """Something that tasks read.

    Attributes
    ----------
    kind : {"object", "probe", "reference", "scan"}
    sha256 : str
        Of its content; of a scan that is read by its path, of the file; of a reference, of how it is made.
    spec : str
        Where it comes from, for people. Of a scan the path that it is read from, if there is one.
    value : array, Step or Scan, optional
        The content, where this process holds it; not part of the record.
    """

    kind: str
    sha256: str
    spec: str = ""
    value: Any = field(default=None, compare=False, repr=False)

    @classmethod
    def of_array(cls, kind: str, array: np.ndarray, spec: str = "") -> Self:
        """An object (H, W), or a probe (m, m) or (M, m, m)."""
        array = np.ascontiguousarray(array, np.complex64)
        return cls(kind, _digest([array]), spec, array)

    @classmethod
    def of_reference(cls, recipe: Mapping[str, Any], step: Step | None = None) -> Self:
        """What a reference is made from, and its last step, if this process has made it."""
        plain = json.dumps(recipe, sort_keys=True)
        return cls("reference", hashlib.sha256(plain.encode()).hexdigest(), "", step)

    @classmethod
    def of_scan(cls, scan: Scan) -> Self:
        """A scan as this process holds it."""
        mask = np.empty(0) if scan.mask is None else scan.mask
        arrays = (np.ascontiguousarray(part) for _, part in scan.chunks())
        return cls("scan", _digest([scan.positions, scan.modes, mask, *arrays]), "", scan)

    @classmethod
    def of_scan_file(cls, path: str | os.PathLike[str], scan: Scan | None = None) -> Self:
        """A scan in a file that needs no further word; `scan` is its content, if it was read already."""
        return cls("scan", sha256_of(path), str(Path(path).absolute()), scan)

    def record(self) -> dict[str, str]:
        """As plain values, without the content."""
        return {"kind": self.kind, "sha256": self.sha256, "spec": self.spec}

    @classmethod
    def read(cls, record: Any) -> Self:
        """The input of a record; `InputError` if it is none."""
        known = ("kind", "sha256", "spec")
        if not isinstance(record, Mapping) or any(not isinstance(record.get(name), str) for name in known):
            raise InputError(f"an input of the task is {record!r}, expected its kind, sha256 and spec")
        found = cls(*(record[name] for name in known))
        if found.kind not in _ENDINGS or len(found.sha256) != _SHA256 or not found.sha256.isalnum():
            raise InputError(f"an input of the task is a {found.kind} with the hash {found.sha256!r}")
        return found

    def load(self, folder: Path | None) -> Any:
        """The content: held by this process, or read once and kept.

        Raises
        ------
        InputError
            If it is not there, or no longer what it was when the task was planned.
        """
        if self.value is not None:
            return self.value
        if self.kind == "scan" and self.spec:
            return _read(self.kind, self.spec, self.sha256)
        if folder is None:
            raise InputError(f"the {self.kind} {self.spec} of this task lies in no folder: give --out")
        return _read(self.kind, str(self._path(folder)), self.sha256)

    def there(self, folder: Path | None) -> bool:
        """Whether `load` will find it."""
        return self.value is not None or (folder is not None and self._path(folder).is_file())

    def store(self, folder: Path) -> None:
        """Put the content where other processes find it, unless it lies there already."""
        path = self._path(folder)
        if self.value is None or path.is_file() or (self.kind == "scan" and self.spec):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.kind == "scan":
            from ptygui.files.formats.own_scan import write_scan

            write_scan(path, self.value)
            return
        arrays = _beam(self.value) if self.kind == "reference" else {"array": self.value}
        with replacing(path) as scratch, scratch.open("wb") as file:
            np.savez(file, **arrays)

    def _path(self, folder: Path) -> Path:
        return folder / "inputs" / f"{self.sha256}{_ENDINGS[self.kind]}"


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the path") from None


@lru_cache(maxsize=4)  # once a worker: many tasks in a row are of one object or scan
def _read(kind: str, path: str, sha256: str) -> Any:
    from ptygui.files.arrays import open_arrays
    from ptygui.files.scans import read_scan

    if kind == "scan":
        scan = read_scan(path)
        if sha256_of(path) != sha256 and Input.of_scan(scan).sha256 != sha256:
            raise InputError(f"{path} is not the scan that the task was planned with: plan it again")
        return scan
    if not Path(path).is_file():
        raise InputError(
            f"the {kind} of the task is not at {path}: workers must see the sweep's folder under this path"
        )
    with open_arrays(path) as arrays:
        found = {name: entry.load() for name, entry in arrays.entries.items()}
    if kind == "reference":
        rest: dict[str, Any] = {name: found.get(name) for name in ("weaker_modes", "background")}
        return Step(1, 1, 0.0, 0, found["obj"], found["probe"], np.nan, 0.0, **rest)
    if _digest(found.values()) != sha256:
        raise InputError(f"{path} is not the {kind} that the task was planned with: plan it again")
    return np.ascontiguousarray(found["array"], np.complex64)


def _beam(step: Step) -> dict[str, np.ndarray]:
    known = {name: getattr(step, name) for name in ("obj", "probe", "weaker_modes", "background")}
    return {name: array for name, array in known.items() if array is not None}


def _digest(arrays: Iterable[np.ndarray]) -> str:
    """SHA-256 of arrays with their shapes and types."""
    found = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(array.data)
    return found.hexdigest()
