"""Write beside the target, then rename: a reader never finds half a file, a failure leaves nothing."""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from ptygui.errors import InputError


def check_target(path: str | PathLike, inputs: Iterable[str | PathLike] = ()) -> Path:
    """Make sure that a file can be written, before the long work that fills it; make its folder.

    Raises
    ------
    InputError
        If `path` is a folder, cannot be written, or is one of `inputs`.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: give a file name in it")
        for source in inputs:
            if path.exists() and Path(source).exists() and os.path.samefile(path, source):
                raise InputError(f"{path} is read as input and would be overwritten: choose another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise InputError(f"{path.parent} may not be written: choose another folder")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place") from None
    return path


@contextmanager
def replacing(path: str | PathLike, inputs: Iterable[str | PathLike] = ()) -> Iterator[Path]:
    """Give a temporary name beside `path`; what was written there takes its place at the end.

    The temporary file goes away if the block fails, and whatever was at `path` stays as it was.
    """
    path = check_target(path, inputs)
    scratch = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield scratch
        _flush(scratch)
        os.replace(scratch, path)
    except OSError as error:
        raise InputError(
            f"{path} could not be written ({error.strerror or error}): is the disk full?"
        ) from error
    finally:
        scratch.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """See to it that the bytes are on the disk: else a power cut may leave the name without them."""
    if path.is_file():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def write_text(path: str | PathLike, text: str) -> Path:
    """Write a text file, UTF-8."""
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
    return Path(path)
