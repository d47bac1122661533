"""Follow a reconstruction on the terminal: a progress bar, and the steps that are kept."""

import os
import sys
from collections.abc import Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.analysis.verdict import misfit_text
from ptygui.cli.keeping import Keeper
from ptygui.cli.output import note
from ptygui.experiment.run import Run, verdict_of
from ptygui.step import Step

if TYPE_CHECKING:
    from tqdm import tqdm

KEPT = 200  # steps of a run that are recorded unless told otherwise
_INTERVAL = 0.5  # between the figures on the bar, and the most that Ctrl-C can lose [s]


def follow(
    run: Run,
    *,
    every: int = 0,
    resume: Step | None = None,
    keeper: Keeper | None = None,
    start: np.ndarray | None = None,
) -> KeyboardInterrupt | None:
    """Carry a run out to the end, to Ctrl-C or to a signal to end; returns what ended it early, if anything.

    Which steps are recorded depends on their numbers alone, so that a run written twice is the same twice.

    Parameters
    ----------
    run : Run
        Its history may hold what was recorded up to `resume`.
    every : int
        Record each so many iterates; 0 makes it about `KEPT` in all.
    resume : Step, optional
        Where to go on.
    keeper : Keeper, optional
        Is given the run so far every few minutes, with the newest step at its end.
    start : complex array, optional
        The object to start from.
    """
    total = run.method.total_after(resume.state) if resume else run.method.total
    every = every or max(1, total // KEPT)
    record = range(every, total + 1, every)
    steps = run.to_end(
        resume,
        keep=lambda step: step.index in record or step.done,
        start=start,
        interval=_INTERVAL,
        record=record,
    )
    latest: Step | None = None
    stopped: KeyboardInterrupt | None = None
    bar = progress_bar(run.method.label, total, resume.index if resume else 0)
    try:
        for step in steps:
            if step is None:
                continue
            latest = step
            bar.update(step.index - bar.n)
            bar.set_postfix_str(figures(step, short=True), refresh=False)
            if keeper is not None and keeper.due:
                keeper.keep(_up_to(run, step))
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        steps.close()
        bar.close()
    if latest is not None and latest.note:
        note(latest.note)
    found = verdict_of(run, [])
    note(*([found.text] if found is not None else []))
    return stopped


def _up_to(run: Run, step: Step) -> Run:
    """A copy whose history ends with a step, recorded or not: which ones are must not depend on the time."""
    so_far = copy(run)
    if step is not run.last:
        so_far.history = run.history.snapshot()
        so_far.history.append(step)
    return so_far


def progress_bar(label: str, total: int | None, done: int = 0, **settings: Any) -> "tqdm[Any]":
    """A tqdm bar with the time left on standard error; silent where that is not a terminal."""
    from tqdm import tqdm

    return tqdm(
        total=total,
        initial=done,
        desc=label,
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
        miniters=1,
        **_width(),
        **settings,
    )


def _width() -> dict[str, Any]:
    """As wide as the terminal, also when that changes; some say that they have no size at all."""
    known = sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns
    return {"dynamic_ncols": True} if known else {"ncols": 100, "nrows": 24}


def figures(step: Step, short: bool = False) -> str:
    """The figures of a step on one line."""
    known = [("NRMSE", step.nrmse), ("SSIM", None if short else step.ssim)]
    words = [f"{name} {value:.4f}" for name, value in known if value is not None]
    return ", ".join([*words, misfit_text(step.misfit, step.noise_floor)])


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows under headings, the first column to the left, the others to the right."""
    cells = [tuple(headings), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def aligned(row: Sequence[str]) -> str:
        return "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()

    return "\n".join(map(aligned, cells))
