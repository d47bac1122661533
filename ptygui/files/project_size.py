"""How much of the disk a project takes: told, and bounded."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ptygui.experiment.run import Run
from ptygui.files.recovery import lightened

if TYPE_CHECKING:
    from ptygui.files.project import Project

MOST_BYTES = 256 * 2**20  # of the recorded steps of all runs of a project


def bounded(project: "Project", most: int = MOST_BYTES) -> tuple["Project", str]:
    """A project whose recorded steps take no more than a bound, and what was left out for it, in words.

    Beyond the bound, each run keeps its share of it: the first, the newest and the pinned steps, and others
    evenly spaced; only newest and pinned ones with the state that a run continues from. Numbers stay whole.
    """
    whole = sum(run.history.nbytes for run in project.runs)
    if whole <= most:
        return project, ""
    runs = [_within(run, most * run.history.nbytes // whole) for run in project.runs]
    before, after = (sum(len(run.history.frames) for run in these) for these in (project.runs, runs))
    left = sum(run.history.nbytes for run in runs)
    said = (
        f"of {before} recorded steps ({whole / 2**20:.0f} MB) {after} are in it ({left / 2**20:.0f} MB), "
        "pinned and newest ones whole: a run continues from those"
    )
    return replace(project, runs=runs), said


def _within(run: Run, room: int) -> Run:
    """The run, or a copy of it with fewer steps."""
    if not run.history.frames:
        return run
    light = lightened(run, len(run.history.frames), room)
    extra = light.history.nbytes - room  # states of the newest and of pinned steps
    return light if extra <= 0 else lightened(run, len(run.history.frames), max(0, room - extra))
