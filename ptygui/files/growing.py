"""A scan that grows while it is taken, in an HDF5 file or a folder: what is complete, and the scan of it."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.probe_search import ENOUGH
from ptygui.experiment.watching import QUIET, Arrived
from ptygui.files import formats
from ptygui.files.file_type import file_type_of
from ptygui.files.growing_folder import GrowingFolder
from ptygui.files.hdf5 import Dataset, Hdf5, NotYet, first_frames, open_hdf5
from ptygui.files.layout.layout import Layout
from ptygui.files.measured import NO_PROBE
from ptygui.files.recognise import recognise, scan_format
from ptygui.scan import Scan

_BLOCK = 64  # frames that are looked at together
_HOW = (
    "give a CXI file, a ptygui scan, any HDF5 file with --patterns and --positions, or a folder of frames "
    "with a table of positions"
)


class GrowingScan:
    """Follows a file, one `look` at a time; a folder of frames by a `GrowingFolder`.

    A frame is complete when its pattern and its position are there. While the file is written, frames of
    zeros and positions that are zero or not finite at its end are not there yet: files have them where
    nothing was written, and a new length may be seen before the values.

    Parameters
    ----------
    path : path
        It need not exist yet.
    read : callable
        Reads the scan by `files.scans.read_scan`, with whatever the user said of the file. It gets whether to
        search for a probe that the file does not hold: once, as soon as there are enough frames.
    layout : Layout, optional
        What is where in a file of an unknown layout.
    allow_links : bool
    expected : int
        How many frames there will be; 0: as many as the file has room for, if it is limited.
    quiet : float
        Where nothing says how many there will be: the scan is complete if nothing has come for so long since
        its writer closed the file, or since all rows of the table of a folder have their frames [s].
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[bool], Scan],
        layout: Layout | None = None,
        allow_links: bool = False,
        expected: int = 0,
        quiet: float = QUIET,
    ):
        self._quiet, self._as_before, self._since = quiet, (0, 0), -math.inf
        self.path, self._read, self._layout = path, read, layout
        self._allow_links, self._given = allow_links, expected
        self._frames = 0
        self._expected: int | None = expected or None
        self._seen_written = False
        self._folder = GrowingFolder(path, read, layout, expected)

    def look(self) -> Arrived:
        """What is there now; with the scan if that is more than at the last look.

        Raises
        ------
        InputError
            If the file cannot be followed, or holds no scan and is not written any more.
        """
        found = self._folder.look() if self.path.is_dir() else self._look()
        if not (found.complete and found.guessed):
            return found
        state = found.frames, found.expected or 0
        if state != self._as_before:
            self._as_before, self._since = state, time.monotonic()
        if time.monotonic() - self._since >= self._quiet:
            return found
        return replace(found, complete=False, why=f"complete if nothing comes for {self._quiet:g} s")

    def _look(self) -> Arrived:
        if not self.path.exists() or (self.path.is_file() and not self.path.stat().st_size):
            return self._waiting(f"{self.path} {'is empty' if self.path.exists() else 'does not exist yet'}")
        if file_type_of(self.path) != "hdf5":
            raise InputError(f"{self.path} is no HDF5 file, so it cannot be watched: {_HOW}")
        try:
            with first_frames(self.path), open_hdf5(self.path, self._allow_links) as file:
                written, found = file.written, self._growing_in(file)
                count = self._complete(file, found)
        except NotYet as error:
            return self._waiting(str(error))
        self._expected = self._given or _room(found[:2])
        closed_early = not written and self._seen_written
        self._seen_written |= written
        scan, search, anew = None, self._frames < ENOUGH, False
        if count > self._frames:
            try:
                with first_frames(self.path, count, {one.name for group in found for one in group}):
                    scan = self._read(search)
            except InputError as error:
                if not written and count >= self._given:  # else more is to come, or it was opened again
                    raise
                return self._waiting(str(error))
            anew = search and self._frames > 0 and any(NO_PROBE in note for note in scan.notes)
            self._frames = count
        known = self._expected is not None
        full = known and count >= (self._expected or 0)
        complete = full or closed_early or not (known or written)
        why = "" if count else "no frame yet"
        return Arrived(count, self._expected, complete and count > 0, scan, anew, why, guessed=not full)

    def _waiting(self, why: str) -> Arrived:
        return Arrived(self._frames, self._expected, False, why=why)

    def _growing_in(self, file: Hdf5) -> list[list[Dataset]]:
        """The data sets with a row per frame: patterns, positions, others."""
        found = []
        for k, names in enumerate(self._names()):
            group = [item for name in names if (item := file.dataset(*name)) is not None]
            if k < 2 and len(group) < len(names):
                what = ("patterns", "positions")[k]
                raise InputError(f"{self.path} holds no {what} ({names[0][0]}), so it cannot be watched")
            # a mask of two axes is the same for all frames
            found.append([item for item in group if k < 2 or item.ndim != 2])
        if any(item.ndim != 3 for item in found[0]):
            raise InputError(f"{self.path}: only patterns with the axes frame, row, column can be watched")
        if any(item.ndim > 2 or (item.ndim == 2 and item.shape[1] not in (2, 3)) for item in found[1]):
            raise InputError(f"{self.path}: only positions with one row per frame can be watched")
        return found

    def _names(self) -> list[list[tuple[str, ...]]]:
        """For patterns, positions and others: the data sets, each by the names that it may have."""
        layout = self._layout
        if layout and recognise(self.path, self._allow_links) == "arrays":
            sets = [layout.patterns.split(","), layout.positions.split(","), layout.mask.split(",")]
            names: list[list[tuple[str, ...]]] = [
                [(name.strip(),) for name in some if name.strip()] for some in sets
            ]
            elsewhere = any("::" in n or "*" in n for some in names for (n, *_) in some)
            if not names[0] or not names[1] or elsewhere or layout.axes not in ("", "kyx", "kxy"):
                raise InputError(
                    f"{self.path} can be watched only with --patterns and --positions, names of data sets in "
                    "it, and the frame as the first axis"
                )
            return names
        one = scan_format(self.path, self._allow_links)
        if not one.grows:
            titles = ", ".join(other.title for other in formats.FORMATS if other.grows)
            raise InputError(f"{self.path} is a {one.title}, which cannot be watched (only {titles}): {_HOW}")
        patterns, positions, *others = one.grows
        return [[patterns], [positions], list(others)]

    def _complete(self, file: Hdf5, found: list[list[Dataset]]) -> int:
        """How many frames are complete."""
        count = min(len(item) for group in found for item in group)
        if not file.written or not count:
            return count
        columns = [file.read(item, slice(0, count)).reshape(count, -1) for item in found[1]]
        places = np.concatenate(columns, axis=1)
        there = np.flatnonzero(np.isfinite(places).all(1) & places.any(1))
        count = int(there[-1]) + 1 if len(there) else 0
        while count > self._frames:
            first = max(self._frames, count - _BLOCK)
            lit = np.flatnonzero(file.read(found[0][0], slice(first, count)).any((1, 2)))
            if len(lit):
                return first + int(lit[-1]) + 1
            count = first
        return count


def _room(found: list[list[Dataset]]) -> int | None:
    """The number of frames that a file has room for; None if it may grow without limit."""
    limits = [item.most for group in found for item in group if item.most is not None]
    return min(limits) if limits else None
