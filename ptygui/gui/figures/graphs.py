"""Graphs: curves of runs side by side, with axes, units and a legend, as a figure for a paper."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QRectF, Qt

from ptygui.gui.figures.page import MM
from ptygui.gui.figures.sheet import LEFT, POINT, RIGHT, SMALL, Sheet, height_of, width_of
from ptygui.gui.widgets.axis_ticks import even_ticks, in_short, log_ticks

LEAST = 56 * MM  # width of a graph that makes the next one go below
MOST = 100 * MM  # width up to which a graph grows
_GAP, _TICK = 4 * MM, 0.8 * MM
_GREY = "#9a9a9a"
_RING = [
    (1.5 * POINT * math.cos(k * math.pi / 6), 1.5 * POINT * math.sin(k * math.pi / 6)) for k in range(13)
]


@dataclass(frozen=True, eq=False)
class Line:
    """A curve: its numbers, not all of them finite, and its looks; with `dots` each number is marked."""

    x: np.ndarray
    y: np.ndarray
    colour: str
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Graph:
    """Curves in one pair of axes, the first on top; a dashed line is at the values `across`, with words."""

    label: str
    lines: Sequence[Line]
    log_y: bool = False
    across: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, eq=False)
class Graphs:
    """Graphs over one kind of x.

    Attributes
    ----------
    marks : pairs (x, words)
        Where something became different, a dotted line in all graphs.
    legend : pairs (colour, words)
    """

    graphs: Sequence[Graph]
    x_label: str
    log_x: bool = False
    marks: Sequence[tuple[float, str]] = ()
    legend: Sequence[tuple[str, str]] = ()
    caption: str = ""
    title: str = "curves"

    def draw(self, sheet: Sheet) -> float:
        """Draw, and return the height; see `page.Figure`."""
        beside = max(1, min(len(self.graphs), int((sheet.width + _GAP) // (LEAST + _GAP))))
        wide = min((sheet.width - (beside - 1) * _GAP) / beside, MOST)
        y = self._draw_legend(sheet)
        for k in range(0, len(self.graphs), beside):
            for place, graph in enumerate(self.graphs[k : k + beside]):
                box = QRectF(place * (wide + _GAP), y, wide, 0.68 * wide)
                self._draw_graph(sheet, box, graph, named=k + place == 0)
            y += 0.68 * wide + _GAP
        if self.caption:
            y += sheet.lines(0, y - _GAP / 2, self.caption, sheet.width)
        return y - _GAP / 2

    def _draw_legend(self, sheet: Sheet) -> float:
        x, y, dash = 0.0, 0.0, 5 * MM
        for colour, words in self.legend:
            needed = dash + MM + width_of(words) + _GAP
            if x and x + needed > sheet.width:
                x, y = 0.0, y + height_of()
            middle = y + height_of() / 2
            sheet.polyline([(x, middle), (x + dash, middle)], colour, 1.0)
            sheet.text(x + dash + MM, y, words, align=LEFT)
            x += needed
        return y + height_of() + 0.5 * _GAP if self.legend else 0.0

    def _draw_graph(self, sheet: Sheet, box: QRectF, graph: Graph, named: bool) -> None:
        logs = self.log_x, graph.log_y
        (low_x, high_x), (low_y, high_y) = (
            _reach([(line.x, line.y) for line in graph.lines], [v for v, _ in graph.across], logs, axis)
            for axis in (0, 1)
        )
        left = box.left() + 1.2 * height_of() + width_of("0.0000", SMALL)
        plot = QRectF(left, box.top(), box.right() - 1.5 * MM - left, box.height() - 2.6 * height_of())
        place_x = _placing(low_x, high_x, plot.left(), plot.right(), logs[0])
        place_y = _placing(low_y, high_y, plot.bottom(), plot.top(), logs[1])
        for value in _ticks(low_x, high_x, logs[0], plot.width() / (9 * MM)):
            x = place_x(value)
            sheet.polyline([(x, plot.bottom()), (x, plot.bottom() + _TICK)])
            sheet.text(x, plot.bottom() + _TICK, in_short(value), SMALL)
        for value in _ticks(low_y, high_y, logs[1], plot.height() / (5 * MM)):
            y = place_y(value)
            sheet.polyline([(plot.left() - _TICK, y), (plot.left(), y)])
            sheet.text(plot.left() - 1.5 * _TICK, y - height_of(SMALL) / 2, in_short(value), SMALL, RIGHT)
        sheet.text(plot.center().x(), plot.bottom() + _TICK + height_of(SMALL), self.x_label)
        sheet.text(box.left(), plot.center().y(), graph.label, upwards=True)
        drawn = []
        for line in graph.lines:
            good = _drawable(line.x, line.y, logs)
            drawn.append([(place_x(x), place_y(y)) for x, y in zip(line.x[good], line.y[good], strict=True)])
        sheet.clip(plot)
        for x, words in self.marks:
            if self.log_x and x <= 0:
                continue
            at = place_x(x)
            sheet.polyline([(at, plot.top()), (at, plot.bottom())], _GREY, 0.6, Qt.PenStyle.DotLine)
            if named and words:
                right = at + POINT + width_of(words, SMALL) <= plot.right()
                left = at + POINT if right else at - POINT - width_of(words, SMALL)
                free = _free(QRectF(left, plot.top(), width_of(words, SMALL), plot.height()), drawn)
                sheet.text(left, free, words, SMALL, LEFT)
        for value, words in graph.across:
            at = place_y(value)
            sheet.polyline([(plot.left(), at), (plot.right(), at)], _GREY, 0.6, Qt.PenStyle.DashLine)
            sheet.text(plot.right() - POINT, at - height_of(SMALL), words, SMALL, RIGHT)
        for line, points in reversed(list(zip(graph.lines, drawn, strict=True))):
            style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
            sheet.polyline(points, line.colour, 1.0, style)
            for x, y in points if line.dots else ():
                sheet.polyline([(x + dx, y + dy) for dx, dy in _RING], line.colour, 1.0)
        sheet.clip(None)
        sheet.rectangle(plot)


def _free(column: QRectF, curves: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Top edge of a small line of words in a column: as high as no curve goes through it, else at the top."""
    spans = []
    for points in curves:
        x, y = np.array(sorted(points)).reshape(-1, 2).T
        if len(x) and x[0] <= column.right() and x[-1] >= column.left():
            ends = np.clip((column.left(), column.right()), x[0], x[-1])
            within = np.append(y[(x >= ends[0]) & (x <= ends[1])], np.interp(ends, x, y))
            spans.append((within.min() - POINT, within.max() + POINT))  # about the thickness of a line
    high = height_of(SMALL)
    tops = np.arange(column.top() + POINT, column.bottom() - high, high / 2)
    free = (top for top in tops if all(top + high < first or top > last for first, last in spans))
    return float(next(free, column.top() + POINT))


def _drawable(x: np.ndarray, y: np.ndarray, logs: tuple[bool, bool]) -> np.ndarray:
    return np.isfinite(x) & np.isfinite(y) & ((x > 0) | (not logs[0])) & ((y > 0) | (not logs[1]))


def _reach(
    lines: Sequence[tuple[np.ndarray, np.ndarray]], more: Sequence[float], logs: tuple[bool, bool], axis: int
) -> tuple[float, float]:
    """The least and the largest number along an axis, with some room around."""
    values = [pair[axis][_drawable(*pair, logs)] for pair in lines]
    values = np.concatenate([*values, more if axis else []])
    if not len(values):
        return (0.1, 1.0) if logs[axis] else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if logs[axis]:
        room = max(0.05 * math.log10(high / low), 0.02)
        return low / 10**room, high * 10**room
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room


def _placing(low: float, high: float, start: float, end: float, log: bool) -> Callable[[float], float]:
    scale = math.log10 if log else float
    first, last = scale(low), scale(high)
    return lambda value: start + (scale(value) - first) / (last - first) * (end - start)


def _ticks(low: float, high: float, log: bool, most: float) -> list[float]:
    if log:
        return [10**value for value in log_ticks(math.log10(low), math.log10(high), most)]
    return even_ticks(low, high, 5 if most > 5 else 3)
