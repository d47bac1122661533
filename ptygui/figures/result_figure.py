"""A figure of a result file: as the page Steps of the window would draw it."""

from os import PathLike

from ptygui.analysis.coverage import coverage_of
from ptygui.errors import InputError
from ptygui.figures.caption import caption_of
from ptygui.figures.figure import Pictures
from ptygui.figures.levels import turned
from ptygui.figures.step_figure import step_figure, view_factor
from ptygui.figures.step_levels import StepLevels
from ptygui.files.result_run import read_run


def result_figure(result: str | PathLike[str], stripes: bool = False) -> Pictures:
    """Amplitude and phase of the last step of a result, next to the truth if that is known.

    Parameters
    ----------
    result : path
    stripes : bool
        Stripe what no data decide, and tell its share in the caption.

    Raises
    ------
    InputError
        If the result cannot be read, or holds no object.
    """
    run = read_run(result)
    run.number = 1
    scan, step = run.scan, run.last
    if step is None:
        raise InputError(f"{result} holds no object to draw")
    factor, levels = view_factor(step.obj, scan.truth), StepLevels()
    levels.show_scan(scan)
    levels.take(step.obj, factor, alone=False, live=False)
    found = coverage_of(scan, step.prior_share, thin=False) if stripes else None
    shown = ("estimate",) if scan.truth is None else ("estimate", "beside")
    return step_figure(
        step,
        scan,
        {"amplitude": levels.found["amplitude"], "phase": turned(levels.found["phase"])},
        [("amplitude", shown), ("phase", shown)],
        beside="truth",
        factor=factor,
        caption=caption_of(scan, run, step) + (f" Striped: {found.shares}." if found else ""),
        striped=found.uncovered if found else None,
    )
