"""Recovery: unsaved runs in a folder of small projects, one per run, so that little is written twice.

What reads and writes projects is imported inside functions: the window looks for what is kept as it starts.
"""

from collections.abc import Hashable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.files.kept_frames import thinned
from ptygui.history import History

if TYPE_CHECKING:
    from ptygui.files.project import Project

_SESSION = "session.ptygui"
MOST_FRAMES, MOST_BYTES = 12, 64 * 2**20  # of a run that are kept: what a crash must not cost, no film of it
MOST_LEFT, MOST_LEFT_BYTES = 5, 2**30  # earlier sessions that are kept, and their size together
OLDEST = 30 * 86_400.0  # age of what is kept [s]


def mark(run: Run) -> Hashable:
    """The state of a run that decides whether it must be written again.

    It ignores frames that were thinned since: the file has more of them than the memory.
    """
    steps = (len(run.history), frozenset(run.history.pins))
    return run.given_name, run.outcome, len(run.past), run.scan.has_patterns, steps


def keep(folder: Path, project: "Project", marks: dict[int, Hashable]) -> None:
    """Write the runs that changed since the last time; `marks`, by their numbers, are kept up to date."""
    from ptygui.files.project import Project, write_project

    numbers = [run.number for run in project.runs]
    for run in project.runs:
        now = mark(run)
        if marks.get(run.number) != now:
            reading = project.readings.get(run.scan)
            readings = {} if reading is None else {run.scan: reading}
            write_project(
                _file(folder, run.number), Project([lightened(run)], readings=readings), packed=True
            )
            marks[run.number] = now
    for path in set(kept(folder)) - {_file(folder, number) for number in numbers}:
        with suppress(OSError):  # tried again the next time
            path.unlink(missing_ok=True)
    for gone in marks.keys() - set(numbers):
        del marks[gone]
    settings = {**project.settings, "order": numbers}
    write_project(folder / _SESSION, replace(project, runs=[], settings=settings))


def lightened(run: Run, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES) -> Run:
    """A run with few of its frames: only the newest and pinned ones have what a run continues from."""
    history = run.history
    frames = thinned(history.frames, history.pins, most_frames, most_bytes)
    whole = {*history.pins, *(frame.index for frame in frames[-1:])}
    frames = [
        frame if frame.index in whole else replace(frame, state={}, x_t=None, samples=None)
        for frame in frames
    ]
    light = copy(run)
    pins = history.pins & {frame.index for frame in frames}
    light.history = History.of(history.numbers, frames, pins)
    return light


def size_of(folder: Path) -> int:
    """Bytes that a folder takes on the disk."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def outdated(folders: Sequence[Path], now: float) -> list[Path]:
    """Sessions that are not worth their room: beyond 5, beyond 1 GiB together, or over 30 days old.

    Parameters
    ----------
    folders : sequence of Path
        From the oldest to the newest, which always stays unless it is too old.
    now : float
        Seconds since 1970.
    """
    gone, room = [], MOST_LEFT_BYTES
    for place, folder in enumerate(reversed(folders)):
        size, written = size_of(folder), max(path.stat().st_mtime for path in kept(folder))
        room -= size
        if now - written > OLDEST or (place > 0 and (place >= MOST_LEFT or room < 0)):
            gone.append(folder)
    return gone


def kept(folder: Path) -> list[Path]:
    """The files of the runs in a folder."""
    return sorted(folder.glob("run-*.ptygui"))


def recover(folder: Path) -> "Project":
    """Reassemble what was kept; damaged files are left out and named in the notes."""
    from ptygui.files.project import Project, read_project, sharing

    notes: list[str] = []

    def read(path: Path) -> Project:
        try:
            return read_project(path, without_lost=True)
        except InputError as error:
            notes.append(str(error))
            return Project([])

    project = read(folder / _SESSION)
    parts = [read(path) for path in kept(folder)]
    runs = {run.number: run for part in parts for run in part.runs}
    order = {number: place for place, number in enumerate(project.settings.pop("order", ()))}
    project.runs = sorted(runs.values(), key=lambda run: order.get(run.number, len(order) + run.number))
    shared = sharing([*(run.scan for run in project.runs), *([project.scan] if project.scan else [])])
    for run in project.runs:
        run.scan = shared[run.scan]
    found = [item for each in (project, *parts) for item in each.readings.items()]
    project.readings = {shared[scan]: reading for scan, reading in found if scan in shared}
    if project.scan is not None:
        project.scan = shared[project.scan]
    project.notes = (*project.notes, *(note for part in parts for note in part.notes), *notes)
    return project


def _file(folder: Path, number: int) -> Path:
    return folder / f"run-{number:06d}.ptygui"
