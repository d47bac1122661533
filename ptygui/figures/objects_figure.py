"""Several objects in one figure: amplitudes above, phases below, each under its title."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ptygui.errors import InputError
from ptygui.figures.figure import Panel, Pictures
from ptygui.figures.levels import both, span, turned
from ptygui.figures.step_figure import bar_of


def objects_figure(
    objects: Sequence[tuple[np.ndarray, str]], pixel_size_m: float | None = None, title: str = "objects"
) -> Pictures:
    """Draw objects side by side.

    Parameters
    ----------
    objects : sequence of (complex array (H, W), words)
        All of one shape. Amplitudes share one scale, from 0 to the largest 99.8th percentile, and phases
        another, over the whole circle if they nearly span it.
    pixel_size_m : float, optional
        For the scale bar.
    """
    if not objects:
        raise InputError("there is no object to draw")
    top = max(float(np.percentile(np.abs(obj), 99.8)) for obj, _ in objects) or 1.0
    phases = reduce(both, (span(np.angle(obj)) for obj, _ in objects))
    levels = {"amplitude": (0.0, top), "phase": turned(phases)}
    panels = [
        Panel(words, values(obj), bar_of(part, levels))
        for part, values in (("amplitude", np.abs), ("phase", np.angle))
        for obj, words in objects
    ]
    return Pictures(panels, pixel_size_m, title=title)
