"""Carry out a task: its row, and its result file where that is to be kept."""

from dataclasses import replace
from pathlib import Path

from ptygui.analysis import metrics
from ptygui.analysis.ensemble import ensemble
from ptygui.experiment.run import Run
from ptygui.step import Step
from ptygui.tasks.faults import lit_error
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.row import Row
from ptygui.tasks.scans import SimulatedScan
from ptygui.tasks.task import Task


def carried_out(task: Task, folder: TaskFolder | None = None, keep: bool = False) -> Row:
    """The row of a task; nothing is computed if the folder has it already.

    A method that refuses or diverges gives a row that says why: it does not raise.

    Parameters
    ----------
    task : Task
    folder : TaskFolder, optional
        Where its inputs are, and rows are written.
    keep : bool
        Write the result file, too.
    """
    there = None if folder is None else folder.row(task.key, keep)
    if there is not None:
        return there
    path = None if folder is None else folder.path
    run, last = None, None
    try:
        run = task.run(path)
        for step in run.to_end(interval=float("inf"), record=task.recorded):
            last = step or last
        row = row_of(task, run, last, path)
    except Exception as error:  # of any kind: one task must not end the others
        row = Row.failed(task.key, task.record(), error, run)
    if folder is not None:
        folder.put(row, run if keep and row.done else None)
    return row


def row_of(task: Task, run: Run, last: Step | None, folder: Path | None = None) -> Row:
    """The row of a run that has ended; `last` is its last step, with its samples."""
    row = Row.of(task.key, task.record(), run)
    if last is None or not row.done or run.scan.truth is None:
        return row
    lit = metrics.illuminated(run.scan.illumination)
    more = {"nrmse_lit": metrics.nrmse(last.obj, run.scan.truth, region=lit)}
    if isinstance(task.scan, SimulatedScan) and task.scan.fault:
        more["nrmse_lit_aligned"] = lit_error(last.obj, task.scan.true(folder))
    if last.samples is not None and len(last.samples) > 1:
        spread = ensemble(list(last.samples), lit)
        for reach in (1, 2):
            shares = spread.covers(run.scan.truth, lit, reach)
            more |= {f"amplitude_within_{reach}": shares[0], f"phase_within_{reach}": shares[1]}
    return replace(row, scores=row.scores | more)
