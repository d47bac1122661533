"""Source: the file that a scan was read from, by name and SHA-256."""

import hashlib
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple


class Source(NamedTuple):
    """A file, as results and records name it.

    Attributes
    ----------
    file : str
        Its name, without the folder.
    sha256 : str
        Of its bytes, in hexadecimal; empty for a folder.
    """

    file: str
    sha256: str = ""

    @classmethod
    def read(cls, found: Any) -> "Source | None":
        """Create it from plain values, as stored in JSON; None of anything else."""
        good = isinstance(found, dict) and isinstance(found.get("file"), str)
        return cls(found["file"], str(found.get("sha256", ""))) if good else None


def source_of(path: str | PathLike[str] | None) -> Source | None:
    """The source at a path; None if there is none. Read once, and again after changes of the file."""
    if path is None:
        return None
    path = Path(path)
    try:
        if path.is_dir():
            return Source(path.name)
        about = path.stat()
        return Source(path.name, _sha256(str(path), about.st_mtime_ns, about.st_size))
    except OSError:
        return None


@lru_cache(64)
def _sha256(path: str, changed: int, size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
