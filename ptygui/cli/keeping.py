"""Keeps the results of long runs: updates the file during the run, and writes it elsewhere if that fails."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ptygui.atomic import other_places
from ptygui.cli.output import note, say
from ptygui.errors import InputError, WriteError

EVERY = 180.0  # s between two updates of a file
_SHARE = 0.05  # of the run time at most is spent on updates
_Written = TypeVar("_Written")


class Keeper:
    """Updates a file every few minutes.

    Parameters
    ----------
    path : Path
    write : callable
        Writes the data that it is given to a path.
    """

    def __init__(self, path: Path, write: Callable[[Path, Any], Any]):
        self.path, self._write = path, write
        self._due = time.monotonic() + EVERY
        self._told = False
        self.kept = False  # whether the file holds data of this run

    @property
    def due(self) -> bool:
        """Whether an update is due."""
        return time.monotonic() >= self._due

    def keep(self, what: Any) -> None:
        """Write; report a failure once and continue, as there may be room later, or another place."""
        began = time.monotonic()
        try:
            self._write(self.path, what)
            self.kept, self._told = True, False
        except InputError as error:
            if not self._told:
                self._told = True
                note(f"{error}; the run continues, and writing will be tried again")
        now = time.monotonic()
        self._due = now + max(EVERY, (now - began) / _SHARE)


def write_somewhere(path: Path, write: Callable[[Path], _Written], what: str) -> tuple[_Written, Path]:
    """Write to a path; if that fails, write to another one, and print its name.

    Parameters
    ----------
    path : Path
    write : callable
        Writes to the path that it is given.
    what : str
        For the message, such as "the result".

    Returns
    -------
    What `write` returned, and the path it was written to.

    Raises
    ------
    WriteError
        If no place can be written to.
    """
    try:
        return write(path), path
    except WriteError as error:
        failed = error
    for place in other_places(path, beside=not failed.full):
        with suppress(WriteError):
            found = write(place), place
            say(f"ptygui: error: {failed}; {what} is in {place} instead")
            return found
    raise WriteError(f"{failed}; {what} could be written to no other folder either")
