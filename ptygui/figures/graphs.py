"""How graphs are laid out: side by side under one legend, with axes, units, and a caption."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ptygui.figures.figure import Graph, Graphs
from ptygui.figures.sheet import MM, NORMAL, SMALL, TICK, Sheet, height_of, spelled, width_of, wrapped
from ptygui.figures.ticks import even_ticks, log_ticks, short_and_different

LEAST = 56 * MM  # minimum width of a graph; below this the next one starts a new row
MOST = 100 * MM  # width up to which a graph grows
_GAP = 4 * MM
_BELOW = TICK + 2.5 + height_of(SMALL) + height_of(NORMAL)  # space below a graph: tick labels and axis label
_GREY = "#9a9a9a"


def draw_graphs(sheet: Sheet, figure: Graphs) -> float:
    """Draw, and return the height."""
    beside = max(1, min(len(figure.graphs), int((sheet.width + _GAP) // (LEAST + _GAP))))
    wide = min((sheet.width - (beside - 1) * _GAP) / beside, MOST)
    high, top = 0.68 * wide, _draw_legend(sheet, figure.legend)
    top += height_of(SMALL) if figure.marks else 1.0
    for k, graph in enumerate(figure.graphs):
        left = k % beside * (wide + _GAP)
        _draw_graph(sheet, figure, graph, left, top + k // beside * (high + _GAP), wide, high)
    top += math.ceil(len(figure.graphs) / beside) * (high + _GAP) - _GAP / 2
    return top + sheet.lines(top, figure.caption)


def _draw_legend(sheet: Sheet, legend: Sequence[tuple[str, str]]) -> float:
    x, top, dash = 0.0, 0.0, 5 * MM
    for colour, words in legend:
        rows = wrapped(words, sheet.width - dash - MM)
        needed = dash + MM + max(map(width_of, rows), default=0.0) + _GAP
        if x and x + needed > sheet.width:
            x, top = 0.0, top + height_of()
        sheet.add(Line2D((x, x + dash), [top + height_of() / 2] * 2, color=colour))
        for k, row in enumerate(rows):
            top += height_of() if k else 0.0
            sheet.text(x + dash + MM, top, row)
        x += needed
    return top + height_of() + _GAP / 2 if legend else 0.0


def _draw_graph(
    sheet: Sheet, figure: Graphs, graph: Graph, left: float, top: float, wide: float, high: float
) -> None:
    high -= _BELOW
    label = wrapped(graph.label, high)
    before = len(label) * height_of() + width_of("0.0000", SMALL) + TICK + 2.0
    wide -= before + 1.5 * MM
    axes = sheet.axes(left + before, top, wide, high)
    logs = figure.log_x, graph.log_y
    axes.set(xscale=("linear", "log")[logs[0]], yscale=("linear", "log")[logs[1]])
    for line in reversed(graph.lines):
        x, y = line.x, line.y
        drawn = np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not logs[0])) & ((y > 0) | (not logs[1]))
        axes.plot(
            x[drawn], y[drawn], color=line.colour, linestyle="--" if line.dashed else "-",
            marker="o" if line.dots else "", markersize=3, markerfacecolor="none",
        )  # fmt: skip
    for value, words in graph.across:
        axes.axhline(value, color=_GREY, linewidth=0.6, linestyle="--", zorder=1)
        at: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "bottom"}
        axes.text(0.99, value, spelled(words), size=SMALL, **at)
    low, reach = axes.get_xlim()
    marks = sorted((place, words) for place, words in figure.marks if low < place < reach)
    for place, _ in marks:
        axes.axvline(place, color=_GREY, linewidth=0.6, linestyle=":", zorder=1)
    if graph is figure.graphs[0]:
        _name_marks(axes, marks, wide)
    for axis, log, ends, most in (
        (axes.xaxis, logs[0], (low, reach), wide / (9 * MM)),
        (axes.yaxis, logs[1], axes.get_ylim(), high / (5 * MM)),
    ):
        ticks = _ticks(*ends, log, most)
        axis.set_ticks(ticks, short_and_different(ticks))
        axis.set_ticks([], minor=True)
    axes.set_xlabel(figure.x_label)
    axes.set_ylabel("\n".join(label), linespacing=1.0)
    axes.yaxis.set_label_coords((len(label) * height_of() - before) / wide, 0.5)


def _name_marks(axes: Axes, marks: Sequence[tuple[float, str]], wide: float) -> None:
    """Place text above the curves, on the side of its mark with enough room, or omit it."""
    place, taken = axes.transScale + axes.transLimits, 0.0
    for x, words in marks:
        at = wide * float(place.transform((x, axes.get_ylim()[0]))[0])
        long = width_of(words, SMALL)
        left = at if at + long <= wide else at - long
        if left >= taken:
            where: dict[str, Any] = {"transform": axes.transAxes, "va": "bottom"}
            axes.text(left / wide, 1.0, spelled(words), size=SMALL, **where)
            taken = left + long + SMALL


def _ticks(low: float, high: float, log: bool, most: float) -> list[float]:
    """The ticks of an axis with room for this many numbers, as on the screen."""
    if log:
        return [10**value for value in log_ticks(math.log10(low), math.log10(high), most)]
    return even_ticks(low, high, 5 if most > 5 else 3)
