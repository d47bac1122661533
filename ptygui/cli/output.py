"""Checks where results may be written, before anything is computed."""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from ptygui.errors import InputError


def output_file(path: str, flag: str, suffixes: tuple[str, ...], inputs: tuple[str | None, ...] = ()) -> Path:
    """The path, if a file can be written there.

    Parameters
    ----------
    path : str
    flag : str
        The flag of this path, for the message.
    suffixes : tuple of str
        Endings that are accepted.
    inputs : tuple of str or None
        Inputs that must not be replaced: files, also with ``::KEY``, ``@R0:R1,C0:C1`` or as ``A+B``.

    Raises
    ------
    InputError
        If the folder is missing or not writable, the suffix is not accepted, or the file is an input.
    """
    out = Path(path)
    if out.suffix.lower() not in suffixes:
        raise InputError(f"{flag} is {path}, expected a name that ends with {' or '.join(suffixes)}")
    if out.is_dir():
        raise InputError(f"{flag} is {path}, which is a folder: give a file name")
    if not out.parent.is_dir():
        raise InputError(f"{flag} is {path}, but the folder {out.parent} does not exist: create it first")
    if not os.access(out.parent, os.W_OK):
        raise InputError(f"{flag} is {path}, but {out.parent} is not writable: choose another folder")
    for source in _files_of(inputs):
        if out.exists() and out.samefile(source):
            raise InputError(f"{flag} is {path}, which is also an input: give another name")
    return out


def _files_of(specs: tuple[str | None, ...]) -> list[Path]:
    """The files that an input refers to; a name that exists literally as a file is that file."""
    found = []
    for spec in filter(None, specs):
        whole = Path(spec)
        plain = re.sub(r"@[-\d:,]*$", "", spec)
        names = [plain, plain.partition("::")[0]]
        names += [part for m in re.finditer(r"\+", plain) for part in (plain[: m.start()], plain[m.end() :])]
        found += [whole] if whole.exists() else [Path(name) for name in names if name and Path(name).exists()]
    return found


def output_folder(path: str, flag: str) -> Path:
    """The path, if the folder exists or can be created; nothing is created yet.

    Raises
    ------
    InputError
        If a file has this name or the parent folder is not writable.
    """
    folder = Path(path)
    above = folder.absolute()
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise InputError(f"{flag} is {path}, but {above} is a file: give a folder")
    if not os.access(above, os.W_OK):
        raise InputError(f"{flag} is {path}, but {above} is not writable: choose another folder")
    return folder


def note(*sentences: str) -> None:
    """Print what was assumed, one line each, on standard error."""
    for sentence in sentences:
        say(f"note: {sentence}")


def say(sentence: str) -> None:
    """Print on standard error; a closed reader is not a reason to end."""
    with suppress(OSError):
        print(sentence, file=sys.stderr)
