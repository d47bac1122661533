"""The curves of a sweep as a figure for a paper: dots at the means, the threshold as a dashed line."""

from collections.abc import Callable, Sequence

import numpy as np

from ptygui.experiment.overlap_limit import Curve, Place, Score
from ptygui.figures.figure import Graph, Graphs, Line


def sweep_figure(
    curves: Sequence[tuple[str, Curve]],
    score: Score,
    threshold: float,
    axis: tuple[str, Callable[[Place], float]],
    caption: str = "",
) -> Graphs | None:
    """Curves in their colours over an axis (label, value of a place); None if no score is known."""
    lines, legend = [], []
    label, place_x = axis
    for colour, curve in curves:
        known = [(place_x(place), values) for place, values in _known(curve, score)]
        if known:
            x, values = np.array([x for x, _ in known]), [values for _, values in known]
            lines.append(Line(x, np.array([v.mean() for v in values]), colour, dots=True))
            if curve.seeds > 1:
                lines += [
                    Line(x, np.array([end(v) for v in values]), colour, True) for end in (np.min, np.max)
                ]
            legend.append((colour, curve.name))
    if not lines:
        return None
    across = [(threshold, f"{threshold:g}")]
    return Graphs([Graph(score.name, lines, score.falls, across)], label, False, (), legend, caption, "sweep")


def _known(curve: Curve, score: Score) -> list[tuple[Place, np.ndarray]]:
    """The places with a score that can be drawn, and these scores."""
    found = []
    for place in curve.places:
        values = place.values(score)
        values = values[np.isfinite(values) & ((values > 0) | (not score.falls))]
        if len(values):
            found.append((place, values))
    return found
