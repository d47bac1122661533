"""Follow a reconstruction on the terminal: a progress bar, and the steps that are kept."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptygui.analysis.verdict import chi_square, fall, misfit_text, verdict
from ptygui.cli.keeping import Keeper
from ptygui.cli.output import note
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.scan import Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from tqdm import tqdm

KEPT = 200  # steps of a run that are recorded unless told otherwise
_INTERVAL = 0.5  # between the figures on the bar, and the most that Ctrl-C can lose [s]


@dataclass(frozen=True)
class Run:
    """What became of a run: its history, and what ended it early (Ctrl-C or a signal), if anything did."""

    history: History
    stopped: KeyboardInterrupt | None = None


def follow(
    scan: Scan,
    method: Method,
    *,
    every: int = 0,
    resume: Step | None = None,
    history: History | None = None,
    keeper: Keeper | None = None,
    **settings: Any,
) -> Run:
    """Reconstruct to the end, to Ctrl-C or to a signal to end.

    Which steps are recorded depends on their numbers alone, so that a run written twice is the same twice.

    Parameters
    ----------
    scan, method
    every : int
        Record each so many iterates; 0 makes it about `KEPT` in all.
    resume : Step, optional
        Where to go on.
    history : History, optional
        What was recorded up to there; new steps are added to it.
    keeper : Keeper, optional
        Is given the history so far every few minutes, with the newest step at its end.
    **settings
        As `reconstruct` takes them: `start`, `device`, `seed`.
    """
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.physics.overlap import data_per_unknown

    total = method.total_after(resume.state) if resume else method.total
    every = every or max(1, total // KEPT)
    record = range(every, total + 1, every)
    steps = reconstruct(scan, method, resume=resume, interval=_INTERVAL, record=record, **settings)
    history = History() if history is None else history
    latest: Step | None = None
    stopped: KeyboardInterrupt | None = None
    bar = progress_bar(method.label, total, resume.index if resume else 0)
    try:
        for step in steps:
            if step is None:
                continue
            latest = step
            bar.update(step.index - bar.n)
            bar.set_postfix_str(figures(step, short=True), refresh=False)
            if step.index in record or step.done:
                history.append(step)
            if keeper is not None and keeper.due:
                keeper.keep(_up_to(history, step))
    except KeyboardInterrupt as stop:
        stopped = stop
    finally:
        steps.close()
        bar.close()
    if latest is not None and latest is not history.last:
        history.append(latest)
    if latest is not None and latest.note:
        note(latest.note)
    if latest is not None and latest.done:
        chi = chi_square(latest.misfit, latest.noise_floor)
        numbers = history.numbers
        found = verdict(
            chi, method.diffusion, method.guided, fits=method.fits, data=data_per_unknown(scan),
            falling=fall(numbers["index"], numbers["misfit"]),
        )  # fmt: skip
        note(*([found.text] if found is not None else []))
    return Run(history, stopped)


def _up_to(history: History, step: Step) -> History:
    """A history that ends with a step that is not recorded: which ones are must not depend on the time."""
    if step is history.last:
        return history
    so_far = history.snapshot()
    so_far.append(step)
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
