"""The pictures of a step as a figure: laid out as on the page Steps, at full resolution and its levels."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from ptygui.analysis.metrics import best_factor
from ptygui.analysis.unwrap import unwrapped
from ptygui.figures.colours import AMPLITUDE, COMPLEX, GREY, PHASE, PHASE_RANGE
from ptygui.figures.figure import Bar, Panel, Pictures
from ptygui.figures.levels import CIRCLE, Levels
from ptygui.figures.ticks import in_short
from ptygui.scan import Geometry
from ptygui.step import Step

Groups = Sequence[tuple[str, Sequence[str]]]  # parts, and of each which of "estimate" and "beside" are drawn


def step_figure(
    step: Step,
    scan: Geometry | None,
    levels: Mapping[str, Levels],
    groups: Groups,
    *,
    beside: str = "nothing",
    factor: complex = 1.0,
    area: tuple[slice, slice] = (slice(None), slice(None)),
    caption: str = "",
    maps: Mapping[str, str] | None = None,
    unwrap: bool = False,
    striped: np.ndarray | None = None,
) -> Pictures:
    """Draw an estimate, and next to it the truth, or the reference of a thinned scan, or x_t.

    Parameters
    ----------
    levels : dict of "amplitude" and "phase" [rad] to levels
    groups : sequence of (part, pictures)
        Which parts ("amplitude", "phase", "complex") are drawn, of "estimate", of "beside", or of both.
    beside : str
        "truth", "x_t" or "nothing".
    factor : complex
        Factor of the estimate, such as `view_factor`.
    area : (slice, slice)
        Visible rows and columns.
    maps : mapping of str to str, optional
        Colour maps of "amplitude" and "phase", if others than those that suit them.
    unwrap : bool
        Whether phases are drawn without their jumps.
    striped : bool array, shape (H, W), optional
        Where no data decide: the estimate is striped there.
    """
    draw, over = partial(_part, unwrap=unwrap), None if striped is None else striped[area]
    known = None if scan is None else scan.compared_obj
    name = "reference" if scan is not None and scan.truth is None else "truth"
    panels = []
    for part, shown in groups:
        bar = bar_of(part, levels, (maps or {}).get(part))
        for which in shown:
            if which == "estimate":
                panels.append(Panel(f"x̂0, {part}", draw(part, step.obj[area] * factor), bar, over))
            elif beside == "truth" and known is not None:
                panels.append(Panel(f"{name}, {part}", draw(part, known[area]), bar))
            elif beside == "x_t" and step.x_t is not None:
                channel = step.x_t[("amplitude", "phase").index(part)][area]
                panels.append(Panel(f"x_t, {part} channel", channel, _channel_bar(step)))
    return Pictures(panels, None if scan is None else scan.pixel_size_m, caption, f"step {step.index}")


def bar_of(part: str, levels: Mapping[str, Levels], colours: str | None = None) -> Bar:
    """The colour bar of "amplitude", "phase" or "complex" between these levels, in colours that suit it."""
    if part == "complex":
        top = levels["amplitude"][1]
        label = f"phase [rad]; brightness: amplitude from 0 to {in_short(round(top, 3))}"
        return Bar(label, (0.0, top), COMPLEX)
    if part == "phase":
        return Bar("phase [rad]", levels[part], colours or phase_colours(levels[part]))
    return Bar(part, levels[part], colours or AMPLITUDE)


def phase_colours(levels: Levels) -> str:
    """The colour map of phases: only the whole circle gets a cyclic one."""
    return PHASE if tuple(levels) == CIRCLE else PHASE_RANGE


def x_t_levels(step: Step) -> Levels:
    """Limits of the channel values of x_t: wider for a noisier one."""
    reach = 1.0 + 3.0 * min(step.level or 0.0, 1.0)
    return -reach, reach


def view_factor(obj: np.ndarray, truth: np.ndarray | None) -> complex:
    """Factor that aligns the global phase of an estimate to the truth, or to a mean of 0 (view only)."""
    if truth is not None and truth.shape == obj.shape:
        return complex(best_factor(obj, truth))
    mean = obj.sum()
    return complex(abs(mean) / mean) if mean else 1.0


def _part(part: str, obj: np.ndarray, unwrap: bool) -> np.ndarray:
    if part == "phase":
        return unwrapped(obj) if unwrap else np.angle(obj)
    return obj if part == "complex" else np.abs(obj)


def _channel_bar(step: Step) -> Bar:
    return Bar("x_t [channels]", x_t_levels(step), GREY)
