"""Curve: a plot of one or two numbers of a run over its steps, with those of other runs behind."""

import math
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, Qt

from ptygui.gui.views.canvas import CURVE, FLOOR, MARKER
from ptygui.gui.views.line_labels import LineLabel, LineLabels
from ptygui.gui.views.title import HEIGHT, Title
from ptygui.gui.widgets.plain import tip

SECOND = FLOOR  # the second number of a plot
MARK = "#9a6fd0"  # where options changed
ROOM = 0.1  # margin above and below the curves, as a share of their height
FURTHER = 0.35  # margin once they have left their range: axes are slow to draw, so few redraws
HEAD = 0.25  # margin above the curves for the labels of marks, as a share of their height
NAMED = 0.5  # of the length of a line that its name is beside
OTHERS = ("#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a3c")  # palette of Okabe and Ito


class Plot(NamedTuple):
    """What one plot draws."""

    short: str  # short title, also of the button
    title: str
    names: tuple[str, ...]  # of the numbers drawn, one or two; the second is dashed
    log_y: bool
    first: bool  # whether it is shown by default
    tip: str
    line_names: tuple[str, ...] = ()  # of two lines, as they are named in the plot
    most: float = math.inf  # greatest value that there can be


class Curve:
    """A plot whose range only grows, so that nothing jumps while a run is live."""

    def __init__(self, plot: pg.PlotItem, about: Plot):
        self.plot, self.about, self.names, self.log_y = plot, about, about.names, about.log_y
        self.title = about.title
        self.brief = False  # whether there is room for the short title only
        self.heading = Title(plot)
        plot.layout.removeItem(plot.titleLabel)
        plot.titleLabel.hide()
        plot.layout.addItem(self.heading, 0, 1)
        plot.layout.setRowFixedHeight(0, HEIGHT)
        plot.vb.disableAutoRange()
        plot.getAxis("left").setWidth(46)
        dashed = pg.mkPen(SECOND, width=1.5, style=Qt.PenStyle.DashLine)
        # without the symbols, fills and thinning of PlotDataItem, updates take a third of the time
        self.lines = [
            pg.PlotCurveItem(pen=pen) for pen in (pg.mkPen(CURVE, width=1.5), dashed)[: len(self.names)]
        ]
        for line in self.lines:
            plot.addItem(line)
        self.marker = pg.InfiniteLine(angle=90, pen=pg.mkPen(MARKER, width=1))
        self.cursor = pg.InfiniteLine(angle=90, pen=pg.mkPen("#808080", width=1, style=Qt.PenStyle.DotLine))
        self.floor = pg.InfiniteLine(angle=0, pen=pg.mkPen(FLOOR, width=1.5, style=Qt.PenStyle.DashLine))
        self.pins = pg.ScatterPlotItem(symbol="t", size=8, pen=None, brush=pg.mkBrush(MARKER))
        for item in (self.marker, self.cursor, self.floor, self.pins):
            item.hide()
            plot.addItem(item, ignoreBounds=True)
        self._others: list[pg.PlotCurveItem] = []
        self._ends: dict[str, LineLabel] = {}  # names of the lines, by line
        self.labels = LineLabels(plot)
        self.marks: list[pg.InfiniteLine] = []
        self._marked: tuple[Any, ...] = ()
        for changed in (plot.vb.sigResized, plot.vb.sigXRangeChanged):
            changed.connect(self._place_words)
        self._head = 0.0
        self.log_x: bool | None = None
        plot.setYRange(-3 if self.log_y else 0, 0 if self.log_y else 1, padding=0.02)
        self.begin((0.5, 2.0), False)

    @property
    def line(self) -> pg.PlotCurveItem:
        """The curve of the first number."""
        return self.lines[0]

    def begin(self, x_range: tuple[float, float], log_x: bool) -> None:
        """Clear the plot; the x axis spans at least `x_range`, y keeps its range until points come."""
        anew, self.log_x, self.floor_value = log_x is not self.log_x, log_x, 0.0
        self.range: tuple[float, float] | None = None
        if anew:  # the axes would be drawn again, which is slow
            self.plot.setLogMode(x=log_x, y=self.log_y)
            self.plot.vb.disableAutoRange()
        self._x_range: tuple[float, float] | None = None
        self._reach(*x_range)
        for line in self.lines:
            line.setData([], [])
        for item in (self.marker, self.cursor, self.floor, self.pins):
            item.hide()
        self.draw_marks([])
        self._ends = {}
        self.labels.show(())
        self._entitle("")

    def draw(self, x: np.ndarray, columns: list[np.ndarray]) -> None:
        """Draw the run: one column of numbers per line; nan for a missing number."""
        if not len(x):
            self.marker.hide()
            self._entitle("")
        for k, (line, y, colour) in enumerate(zip(self.lines, columns, (CURVE, SECOND), strict=False)):
            points = self._drawable(x, y)
            line.setData(*points)
            two = len(columns) > 1 and bool(np.isfinite(columns[1]).any())
            self._name(f"line {k}", self.about.line_names[k] if two else "", colour, *points)
        self._show_labels()

    def _name(self, key: str, text: str, colour: str, x: np.ndarray, y: np.ndarray) -> None:
        """Name a line at its end."""
        self._ends.pop(key, None)
        if text and len(x):
            before = y[x >= x[-1] - NAMED * (x[-1] - x[0])]  # over the width of the name
            falls = bool(before.max() - y[-1] > y[-1] - before.min())
            self._ends[key] = LineLabel(text, colour, float(x[-1]), float(y[-1]), falls)

    def _show_labels(self) -> None:
        ends = self._ends if self.brief is False else {}
        self.labels.show(tuple(ends.values()))

    def draw_others(self, runs: list[tuple[str, str, np.ndarray, np.ndarray]]) -> None:
        """Draw the first number of other runs: (name, colour, x, y) each."""
        self._ends = {key: label for key, label in self._ends.items() if not key.startswith("run ")}
        for item in self._others:
            self.plot.removeItem(item)
        self._others = []
        for name, colour, x, y in runs:
            points = self._drawable(x, y)
            line = pg.PlotCurveItem(*points, pen=pg.mkPen(colour, width=1))
            self._name(f"run {name}", name, colour, *points)
            self.plot.addItem(line)
            line.setZValue(-1)
            self._others.append(line)
        self._show_labels()

    def draw_pins(self, x: np.ndarray, y: np.ndarray) -> None:
        """Mark the pinned steps, if they are drawn."""
        if not len(x) and not self.pins.isVisible():
            return
        x, y = self._drawable(x, y)
        self.pins.setData(x, y)
        self.pins.setVisible(len(x) > 0)

    def draw_marks(self, marks: list[tuple[float, str]], named: bool = True) -> None:
        """Lines where options changed; with `named` the text is next to them, not only in tooltips."""
        if (tuple(marks), named) == self._marked:
            return
        self._marked = tuple(marks), named
        for line in self.marks:
            self.plot.removeItem(line)
        pen = pg.mkPen(MARK, width=1.5, style=Qt.PenStyle.DashDotLine)
        words = {"color": MARK, "position": 1 - HEAD / 3}
        self.marks, self._head = [], HEAD if named and marks else 0.0
        self._show_range()
        for x, text in marks:
            at = np.log10(max(x, 1e-9)) if self.log_x else x
            said = text.replace("{", "{{").replace("}", "}}")  # pyqtgraph formats the position into it
            line = pg.InfiniteLine(at, 90, pen, label=said if named else None, labelOpts=words)
            line.setToolTip(tip(text))
            self.plot.addItem(line, ignoreBounds=True)
            self.marks.append(line)
        self._place_words()

    def show_floor(self, value: float) -> None:
        """A horizontal line, such as the misfit of noise alone."""
        if value != self.floor_value:
            self.floor_value = value
            self.floor.setVisible(value > 0)
            if value > 0:
                self.floor.setValue(np.log10(value))
                self._widen(value, value)
            self._ends.pop("floor", None)
            if value > 0 and self._x_range is not None:
                begin = self._x_range[0]
                begin = float(np.log10(max(begin, 1e-3))) if self.log_x else begin
                self._ends["floor"] = LineLabel("photon noise", FLOOR, begin, float(np.log10(value)))
            self._show_labels()

    def mark(self, x: float, values: list[float | None]) -> None:
        """Mark the shown step, and show its numbers."""
        self.marker.setValue(np.log10(max(x, 1e-9)) if self.log_x else x)
        self.marker.show()
        words = [self._said(value) for value in values if value is not None] or ["none"]
        self._entitle((" " if self.brief else ": ") + " ┄ ".join(words))

    def _said(self, value: float) -> str:
        return f"{value:.{3 if self.brief else 4}g}"

    def point(self, x: float | None) -> None:
        """Show the common cursor, or none."""
        self.cursor.setVisible(x is not None)
        if x is not None:
            self.cursor.setValue(np.log10(max(x, 1e-9)) if self.log_x else x)

    def x_at(self, scene: QPointF) -> float | None:
        """The x value of a point of the scene, if it is in the plot."""
        if self.plot.scene() is None or not self.plot.vb.sceneBoundingRect().contains(scene):
            return None
        x = self.plot.vb.mapSceneToView(scene).x()
        return 10**x if self.log_x else x

    def _entitle(self, text: str) -> None:
        self.heading.set_text((self.about.short if self.brief else self.title) + text)

    def _drawable(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The drawable points of a column, in the scales of the axes."""
        good = np.isfinite(y) & ((y > 0) | (not self.log_y)) & ((x > 0) | (not self.log_x))
        x, y = x[good], y[good]
        if len(y):
            self._reach(x[0], x[-1])
            self._widen(y.min(), y.max())
        return np.log10(x) if self.log_x else x, np.log10(y) if self.log_y else y

    def _reach(self, low: float, high: float) -> None:
        """Widen the x axis."""
        if self._x_range is not None:
            if low >= self._x_range[0] and high <= self._x_range[1]:
                return
            low, high = min(low, self._x_range[0]), max(high, self._x_range[1])
        self._x_range = low, high
        if self.log_x:
            low, high = np.log10(max(low, 1e-3)), np.log10(max(high, 2e-3))
        self.plot.setXRange(low, high, padding=0.02)

    def _widen(self, low: float, high: float) -> None:
        if self.log_y:
            low, high = np.log10(low), np.log10(high)
        least = 0.05 if self.log_y else 0.005
        if self.range is None:
            room = max(ROOM * (high - low), least)
            self.range = low - room, high + room
        else:
            before, after = self.range
            if low >= before and high <= after:
                return
            room = max(FURTHER * (max(high, after) - min(low, before)), least)
            self.range = low - room if low < before else before, high + room if high > after else after
        self.range = self.range[0], min(self.range[1], self.about.most + least)
        self._show_range()

    def _place_words(self, *_: object) -> None:
        """Place labels next to their marks, on a side inside the plot and clear of others, or hide them."""
        box, taken = self.plot.vb, 0.0
        (left, right), marks = box.viewRange()[0], [line for line in self.marks if hasattr(line, "label")]
        places = [(line.value() - left) / (right - left) * box.width() for line in marks]
        for line, at in sorted(zip(marks, places, strict=True), key=lambda pair: pair[1]):
            wide = line.label.boundingRect().width()
            side = 0 if at + wide <= box.width() else 1  # side of the text on which the line is
            begin = at - side * wide
            line.label.anchors = [(side, 0.5), (side, 0.5)]
            line.label.setVisible(bool(begin >= taken))
            if begin >= taken:
                taken = begin + wide

    def _show_range(self) -> None:
        """Set whether there is room above the curves for the labels of marks."""
        if self.range is not None:
            low, high = self.range
            self.plot.setYRange(low, high + self._head * (high - low), padding=0)
