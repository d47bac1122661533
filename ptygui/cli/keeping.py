"""Results of hours: the file is brought up to date meanwhile, and written elsewhere where it cannot be."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ptygui.atomic import other_places
from ptygui.cli.output import note, say
from ptygui.errors import InputError, WriteError

EVERY = 180.0  # s between two times that a file is brought up to date
_SHARE = 0.05  # of the time may go into that at most
_Written = TypeVar("_Written")


class Keeper:
    """Brings a file up to date every few minutes.

    Parameters
    ----------
    path : Path
    write : callable
        Writes to a path what it is given.
    """

    def __init__(self, path: Path, write: Callable[[Path, Any], Any]):
        self.path, self._write = path, write
        self._due = time.monotonic() + EVERY
        self._told = False
        self.kept = False  # whether something of this run is in the file

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._due

    def keep(self, what: Any) -> None:
        """Write; where it fails say so once and go on, as there will be room later, or another place."""
        began = time.monotonic()
        try:
            self._write(self.path, what)
            self.kept, self._told = True, False
        except InputError as error:
            if not self._told:
                self._told = True
                note(f"{error}; the work goes on, and it is tried again")
        now = time.monotonic()
        self._due = now + max(EVERY, (now - began) / _SHARE)


def write_somewhere(path: Path, write: Callable[[Path], _Written], what: str) -> tuple[_Written, Path]:
    """Write to a path; where that went bad meanwhile, to another one, and say which.

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
        If there is no place at all.
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
