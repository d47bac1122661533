"""A scan whose frames come one file each into a folder: how many are whole, and the scan of those."""

from collections.abc import Callable
from pathlib import Path

from ptygui.errors import InputError
from ptygui.experiment.probe_search import ENOUGH
from ptygui.experiment.watching import Arrived
from ptygui.files.formats.frames import FEWEST, folder_layout
from ptygui.files.layout.folder import FRAMES, first_files, frames_in, read_frame, tables_in
from ptygui.files.layout.layout import Layout
from ptygui.files.measured import NO_PROBE
from ptygui.files.table import read_table
from ptygui.scan import Scan

_State = tuple[int, int]  # size and time of a file


class GrowingFolder:
    """Follows a folder, one `look` at a time.

    A frame is there when its file is whole and its row is in the table of positions. The newest file, and
    the last row, are whole when they are as at the look before; others when more came after them. A table
    that has rows for frames that have not come says how many there will be.

    Parameters
    ----------
    path : Path
    read : callable
        As of `GrowingScan`.
    layout : Layout, optional
        What is where: names like frame_*.tif as patterns, the table as positions.
    expected : int
        How many frames there will be; 0: as many as the table has rows for, if it was written beforehand.
    """

    def __init__(
        self, path: Path, read: Callable[[bool], Scan], layout: Layout | None = None, expected: int = 0
    ):
        self.path, self._read, self._layout, self._given = path, read, layout or Layout(), expected
        self._frames, self._planned, self._table_grows = 0, 0, False
        self._before: dict[Path, _State] = {}

    def look(self) -> Arrived:
        """What is there now; with the scan if that is more than at the last look.

        Raises
        ------
        InputError
            If it is not said where the positions are, or a file is none of a frame.
        """
        known = self._layout.over(folder_layout(self.path))
        frames = frames_in(self.path, known.patterns)
        table = self._table(known)
        if not frames or table is None:
            return self._waiting(f"no {'frame' if not frames else 'table of positions'} in {self.path} yet")
        states = {path: _state(path) for path in (frames[-1], table)}
        settled = {path for path, state in states.items() if self._before.get(path) == state}
        self._before = states
        rows = _rows(table, table in settled)
        if self._planned and rows > self._planned:
            self._planned, self._table_grows = 0, True  # it is written while the frames come
        elif table in settled and rows > len(frames) + 1 and not self._table_grows:
            self._planned = rows
        whole = len(frames) if frames[-1] in settled or rows > len(frames) else len(frames) - 1
        count = min(whole, rows)
        if count > self._frames and count == len(frames) and not _readable(frames[-1]):
            count -= 1
        count = count if count >= FEWEST else 0  # as many make a scan
        expected = self._given or self._planned or None
        scan, search, anew = None, self._frames < ENOUGH, False
        if count > self._frames:
            with first_files(self.path, count):
                scan = self._read(search)
            anew = search and self._frames > 0 and any(NO_PROBE in note for note in scan.notes)
            self._frames = count
        complete = expected is not None and count >= expected
        why = "" if count else f"fewer than {FEWEST} whole frames yet"
        return Arrived(count, expected, complete, scan, anew, why, guessed=not self._given)

    def _waiting(self, why: str) -> Arrived:
        return Arrived(self._frames, self._given or None, False, why=why)

    def _table(self, known: Layout) -> Path | None:
        """The table of positions; None if it has not come yet."""
        if not known.positions:
            tables = tables_in(self.path)
            if len(tables) > 1:
                names = ", ".join(table.name for table in tables[:5])
                raise InputError(
                    f"{self.path} holds several tables ({names}): say with --positions which one"
                )
            return tables[0] if tables else None
        if "," in known.positions or "::" in known.positions:
            raise InputError(
                f"positions are {known.positions!r}: to follow a folder of frames ({', '.join(FRAMES)}), "
                "name one table of text in it"
            )
        table = self.path / known.positions
        return table if table.is_file() and table.stat().st_size else None


def _state(path: Path) -> _State:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def _rows(table: Path, settled: bool) -> int:
    """Whole rows of a table; the last line counts if its end is there, or nothing is added to it."""
    try:
        rows = len(read_table(table)[0])
    except InputError:  # the last line has too few numbers, or none is there
        return 0
    with open(table, "rb") as file:
        file.seek(-1, 2)
        ended = file.read(1) in b"\r\n"
    return rows if ended or settled else rows - 1


def _readable(path: Path) -> bool:
    try:
        read_frame(path)
    except InputError:
        return False
    return True
