"""Follow a reconstruction on the terminal: a progress bar, and the recorded steps."""

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.analysis.verdict import misfit_text
from ptygui.cli.keeping import Keeper
from ptygui.cli.output import note, say
from ptygui.experiment.run import Run
from ptygui.scan import Geometry
from ptygui.step import Step

if TYPE_CHECKING:
    from tqdm import tqdm

KEPT = 200  # default number of recorded steps of a run
KEPT_ALIGNED = 50  # the same if each has to be aligned with a reference, which takes longer
_LINES_EVERY = 30.0  # between lines that stand for a bar where there is no terminal, and before the first [s]
_INTERVAL = 0.5  # between updates of the bar, and the maximum that Ctrl-C can lose [s]


def follow(
    run: Run,
    *,
    every: int = 0,
    resume: Step | None = None,
    keeper: Keeper | None = None,
    start: np.ndarray | None = None,
    label: str = "",
) -> KeyboardInterrupt | None:
    """Carry out a run to its end, Ctrl-C or a signal; returns what ended it early, if anything.

    Which steps are recorded depends only on their numbers, so that a repeated run gives the same file.

    Parameters
    ----------
    run : Run
        Its history may hold what was recorded up to `resume`.
    every : int
        Record every this many iterates; 0 records about `KEPT` in all.
    resume : Step, optional
        The step to continue from.
    keeper : Keeper, optional
        Gets the run so far every few minutes, with the newest step at its end.
    start : complex array, optional
        The object to start from.
    label : str
        Of the progress bar; by default the method's.
    """
    total = run.method.total_after(resume.state) if resume else run.method.total
    to_reference = run.scan.truth is None and run.scan.reference is not None
    keep, how = kept_steps(total, every, KEPT_ALIGNED if to_reference else KEPT)
    steps = run.to_end(resume, keep=keep, start=start, **how)
    latest: Step | None = None
    stopped: KeyboardInterrupt | None = None
    bar = progress_bar(label or run.method.label, total, resume.index if resume else 0)
    try:
        for step in steps:
            if step is None:
                continue
            latest = step
            bar.update(step.index - bar.n)
            bar.set_postfix_str(figures(step, run.scan, short=True), refresh=False)
            if keeper is not None and keeper.due:
                keeper.keep(up_to(run, step))
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        steps.close()
        bar.close()
    told(latest)
    return stopped


def kept_steps(
    total: int, every: int = 0, count: int = KEPT
) -> tuple[Callable[[Step], bool], dict[str, Any]]:
    """Which of so many steps are recorded, and the keywords of `Run.steps` that make them."""
    every = every or max(1, total // count)
    record = range(every, total + 1, every)
    return lambda step: step.index in record or step.done, {"interval": _INTERVAL, "record": record}


def told(latest: Step | None) -> None:
    """Print what the method notes at the end."""
    if latest is not None and latest.note:
        note(latest.note)


def up_to(run: Run, step: Step) -> Run:
    """A copy whose history ends with a step; the step need not be one of those to record."""
    so_far = copy(run)
    if step is not run.last:
        so_far.history = run.history.snapshot()
        so_far.history.append(step)
    return so_far


def progress_bar(label: str, total: int | None, done: int = 0, **settings: Any) -> "tqdm[Any]":
    """A tqdm bar with the time left on standard error; a line now and then if that is not a terminal."""
    from tqdm import tqdm

    settings = {"desc": label, "total": total, "initial": done, "miniters": 1, **_width(), **settings}
    if sys.stderr.isatty():
        return tqdm(file=sys.stderr, **settings)
    return tqdm(file=_Lines(), mininterval=_LINES_EVERY, delay=_LINES_EVERY, ascii=True, **settings)


def restart(bar: "tqdm[Any]", total: int | None, unit: str = "it") -> None:
    """Let a bar begin anew; the next line of a log stays due when it was."""
    if sys.stderr.isatty():
        bar.reset(total)
    else:
        bar.total, bar.n, bar.last_print_n = total, 0, 0
    bar.unit = unit


class _Lines(io.StringIO):
    """What a bar draws over and over, as lines of a log."""

    def write(self, text: str) -> int:
        """A line, unless it is blank, as the bar is wiped."""
        if line := text.strip():
            say(line)
        return len(text)


def _width() -> dict[str, Any]:
    """The width of the terminal, also when it changes; some terminals report no size."""
    known = sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns
    return {"dynamic_ncols": True} if known else {"ncols": 100, "nrows": 24}


def figures(step: Step, scan: Geometry | None = None, short: bool = False) -> str:
    """The numbers of a step on one line; with the scan also what they compare with, if not the truth."""
    known = [("NRMSE", step.nrmse), ("SSIM", None if short else step.ssim)]
    words = [f"{name} {value:.4f}" for name, value in known if value is not None]
    if words and scan is not None and scan.truth is None and not short:
        words[-1] += f" against {scan.compared_with}"
    words.append(misfit_text(step.misfit, step.noise_floor))
    if step.held_out is not None:
        words.append(f"held out {step.held_out:.3g} × noise")
    return ", ".join(words)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows under headings, the first column left-aligned, the others right-aligned."""
    cells = [tuple(headings), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def aligned(row: Sequence[str]) -> str:
        return "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()

    return "\n".join(map(aligned, cells))
