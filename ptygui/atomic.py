"""Every file goes this way: written beside the target, then renamed.

A reader never finds half a file, a failure leaves the old one and nothing else, and says in one sentence
what there was no room for. It lies below all that writes: networks, training and files.
"""

import errno
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from ptygui.errors import InputError, WriteError

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_ALMOST_FULL = 2**16  # bytes left, below which an error without a number is taken for a full disk


def check_target(path: str | PathLike[str], inputs: Iterable[str | PathLike[str]] = ()) -> Path:
    """Make sure that a file can be written, before the long work that fills it; make its folder.

    Raises
    ------
    WriteError
        If `path` is a folder, or cannot be written.
    InputError
        If it is one of `inputs`.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise WriteError(f"{path} is a folder: give a file name in it")
        for source in inputs:
            if path.exists() and Path(source).exists() and os.path.samefile(path, source):
                raise InputError(f"{path} is read as input and would be overwritten: choose another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise WriteError(f"{path.parent} may not be written: choose another folder")
    except OSError as error:
        raise WriteError(f"{path} cannot be written ({error.strerror}): choose another place") from None
    return path


@contextmanager
def replacing(path: str | PathLike[str], inputs: Iterable[str | PathLike[str]] = ()) -> Iterator[Path]:
    """Give a temporary name beside `path`; what was written there takes its place at the end.

    The temporary file goes away if the block fails, and whatever was at `path` stays as it was.

    Raises
    ------
    WriteError
        If `path` cannot be written, and for any `OSError` of the block. Where the disk is full it says how
        much room is left, and how much is needed: the attribute `needed` of that error, where it has one.
    InputError
        If `path` is one of `inputs`.
    """
    path = check_target(path, inputs)
    scratch = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield scratch
        _flush(scratch)
        os.replace(scratch, path)
    except OSError as error:
        raise _told(path, scratch, error) from error
    finally:
        with suppress(OSError):  # the folder may be gone, or closed by now
            scratch.unlink(missing_ok=True)


@contextmanager
def replacing_in(folder: str | PathLike[str]) -> Iterator[Path]:
    """Give a temporary folder in `folder`, made if need be; the files in it take their places at the end.

    Each in one step, all after the last is whole. Raises as `replacing` does.
    """
    folder = Path(folder)
    scratch = folder / f".saving-{secrets.token_hex(4)}"
    try:
        scratch.mkdir(parents=True)
        yield scratch
        written = sorted(scratch.iterdir())
        for file in written:
            _flush(file)
        for file in written:
            os.replace(file, folder / file.name)
    except OSError as error:
        raise _told(folder, scratch, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def other_places(path: Path, beside: bool = True) -> Iterator[Path]:
    """Free names for what cannot be written to `path`: beside it, at home, among temporary files."""
    folders = [path.absolute().parent] if beside else []
    with suppress(RuntimeError):  # there is no home
        folders.append(Path.home())
    folders.append(Path(tempfile.gettempdir()))
    stem = f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    for folder in folders:
        names = (f"{stem}{more}{path.suffix}" for more in ("", *(f"-{k}" for k in range(2, 100))))
        with suppress(OSError):
            yield next(folder / name for name in names if not (folder / name).exists())


def write_text(path: str | PathLike[str], text: str) -> Path:
    """Write a text file, UTF-8."""
    with replacing(path) as scratch:
        put(scratch, text.encode())
    return Path(path)


def put(scratch: Path, content: bytes | bytearray) -> None:
    """Write what is in memory to a temporary name, so that an error can say how much room it needs."""
    try:
        scratch.write_bytes(content)
    except OSError as error:
        error.needed = len(content)  # type: ignore[attr-defined]  # an attribute of our own
        raise


def _flush(path: Path) -> None:
    """See to it that the bytes are on the disk: else a power cut may leave the name without them."""
    if path.is_file():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _told(path: Path, scratch: Path, error: OSError) -> WriteError:
    """An error of writing as one sentence: the room needed and left, or what the system says."""
    left = _left(scratch)
    if error.errno in _FULL or (error.errno is None and left is not None and left < _ALMOST_FULL):
        needed = getattr(error, "needed", None)
        room = [] if needed is None else [f"it needs {_size(needed)}"]
        room += [] if left is None else [f"{_size(left)} are left"]
        said = f"{path} could not be written, the disk is full"
        said += f": {', '.join(room)}" if room else ""
        return WriteError(f"{said}; free some room or choose another place", full=True)
    return WriteError(f"{path} could not be written ({error.strerror or error}): choose another place")


def _left(scratch: Path) -> int | None:
    """Bytes that are free once a temporary file or folder is gone; None where the system does not say."""
    try:
        left = shutil.disk_usage(scratch.parent).free
    except OSError:
        return None
    with suppress(OSError):
        for file in scratch.iterdir() if scratch.is_dir() else [scratch]:
            found = file.stat()
            left += 512 * found.st_blocks if hasattr(found, "st_blocks") else found.st_size
    return left


def _size(count: float) -> str:
    """Bytes in words."""
    if count < 1000:
        return f"{count:.0f} bytes"
    units = ("kB", "MB", "GB", "TB")
    power = next((k for k in range(1, len(units)) if count < 1000 ** (k + 1)), len(units))
    return f"{count / 1000**power:.3g} {units[power - 1]}"
