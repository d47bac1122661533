"""Recovery: unsaved runs in a folder of small projects, one per run, so that little is written twice.

What reads and writes projects is imported inside functions: the window looks for what is kept as it starts.
"""

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.errors import InputError
from ptygui.experiment.run import Run

if TYPE_CHECKING:
    from ptygui.files.project import Project

_SESSION = "session.ptygui"


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
            write_project(_file(folder, run.number), Project([run]))
            marks[run.number] = now
    for path in set(kept(folder)) - {_file(folder, number) for number in numbers}:
        with suppress(OSError):  # tried again the next time
            path.unlink(missing_ok=True)
    for gone in marks.keys() - set(numbers):
        del marks[gone]
    settings = {**project.settings, "order": numbers}
    write_project(folder / _SESSION, replace(project, runs=[], settings=settings))


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
    if project.scan is not None:
        project.scan = shared[project.scan]
    project.notes = (*project.notes, *(note for part in parts for note in part.notes), *notes)
    return project


def _file(folder: Path, number: int) -> Path:
    return folder / f"run-{number:06d}.ptygui"
