"""Where results may be written, looked at before anything is computed."""

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
        What the user typed before it, for the message.
    suffixes : tuple of str
        Endings that are accepted.
    inputs : tuple of str or None
        What is read and must not be replaced: files, with ``::KEY``, ``@R0:R1,C0:C1`` or as ``A+B`` too.

    Raises
    ------
    InputError
        If the folder is missing or closed, the ending is another one, or the file is an input.
    """
    out = Path(path)
    if out.suffix.lower() not in suffixes:
        raise InputError(f"{flag} is {path}, expected a name that ends with {' or '.join(suffixes)}")
    if out.is_dir():
        raise InputError(f"{flag} is {path}, which is a folder: give a file name")
    if not out.parent.is_dir():
        raise InputError(f"{flag} is {path}, but the folder {out.parent} does not exist: make it first")
    if not os.access(out.parent, os.W_OK):
        raise InputError(
            f"{flag} is {path}, but nothing may be written to {out.parent}: choose another folder"
        )
    for source in _files_of(inputs):
        if out.exists() and out.samefile(source):
            raise InputError(f"{flag} is {path}, which is read as well: give another name")
    return out


def _files_of(specs: tuple[str | None, ...]) -> list[Path]:
    """The files behind what was typed as an input; a name that is a file as it stands is that file."""
    found = []
    for spec in filter(None, specs):
        whole = Path(spec)
        plain = re.sub(r"@[-\d:,]*$", "", spec)
        names = [plain, plain.partition("::")[0]]
        names += [part for m in re.finditer(r"\+", plain) for part in (plain[: m.start()], plain[m.end() :])]
        found += [whole] if whole.exists() else [Path(name) for name in names if name and Path(name).exists()]
    return found


def output_folder(path: str, flag: str) -> Path:
    """The path, if a folder is there or can be made; nothing is made yet.

    Raises
    ------
    InputError
        If a file is in the way or the folder above may not be written to.
    """
    folder = Path(path)
    above = folder.absolute()
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise InputError(f"{flag} is {path}, but {above} is a file: give a folder")
    if not os.access(above, os.W_OK):
        raise InputError(f"{flag} is {path}, but nothing may be written to {above}: choose another folder")
    return folder


def note(*sentences: str) -> None:
    """Print what was assumed, one line each, on standard error."""
    for sentence in sentences:
        say(f"note: {sentence}")


def say(sentence: str) -> None:
    """Print on standard error; who read it may be gone, which is no reason to end."""
    with suppress(OSError):
        print(sentence, file=sys.stderr)
