"""SweepView: scores of the runs of sweeps over their overlap, a threshold, and what each curve says of it."""

from collections.abc import Sequence
from functools import partial
from html import escape

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.elided import Elided
from ptygui.gui.paper.graphs import Graphs
from ptygui.gui.runs import verdict_of
from ptygui.gui.views.canvas import CURVE, MARKER, Canvas
from ptygui.gui.views.curve import OTHERS, LogAxis
from ptygui.gui.views.sweep_figure import sweep_figure
from ptygui.lowest import FIGURES, Curve, Place, curves_of, lowest, table_of, told
from ptygui.physics.positions import overlap_text
from ptygui.run import Run

COLOURS = (CURVE, *OTHERS)
NOTHING = (
    "How little overlap is enough? Choose methods and overlaps above, and press Sweep: each point is a run "
    "of a scan simulated at that overlap, with the object, probe and options of “Explore overlap”."
)
# what the points are drawn over: label of the axis, and the value of a place beside the densest count
AXES = {
    "linear overlap": ("linear overlap, as reached [%]", lambda place, most: 100 * place.overlap),
    "positions": ("positions", lambda place, most: place.count),
    "relative dose": (
        "dose and time, over those of the densest scan",
        lambda place, most: place.count / most,
    ),
}
_ROWS = 5  # curves whose sentences are seen without scrolling


class SweepView(QWidget):
    """One curve a method and sweep: a dot a run, a line through the means; hollow dots are to be doubted.

    The threshold is dragged or typed; a click on a dot, or Return at the one that the arrows chose, asks to
    show that run.
    """

    runs_requested = pyqtSignal()  # the page comes to the front
    run_chosen = pyqtSignal(object)  # Run
    delete_requested = pyqtSignal(list)  # of Run
    asked_changed = pyqtSignal(object)  # see `asked`
    hidden_changed = pyqtSignal(object)  # frozenset, see `hidden`
    figure_requested = pyqtSignal()
    csv_requested = pyqtSignal(object)  # makes the table, in another thread if need be

    def __init__(self, parent=None):
        super().__init__(parent)
        self.curves: list[Curve] = []
        self._live = 0  # number of the sweep that goes on
        self.boxes: list[QCheckBox] = []
        self.labels: list[QLabel] = []
        self._hidden: set[tuple] = set()  # curves that were unticked
        self._dots: list[tuple[float, float, Run]] = []  # what the arrows go through
        self._at: int | None = None
        self._drawn: list = []
        self._doubtful: dict[int, bool] = {}
        self._tools()
        self.canvas = Canvas("scores over overlap")
        self.plot = self.canvas.addPlot(axisItems={"left": LogAxis("left")})
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.getAxis("left").setWidth(52)
        self.plot.getAxis("left").enableAutoSIPrefix(False)
        self.line = pg.InfiniteLine(angle=0, movable=True, pen=pg.mkPen(MARKER, width=1.5))
        self.line.setHoverPen(pg.mkPen(MARKER, width=3))
        self.plot.addItem(self.line, ignoreBounds=True)
        self.ring = pg.ScatterPlotItem(symbol="o", size=16, pen=pg.mkPen(MARKER, width=2), brush=None)
        self.plot.addItem(self.ring, ignoreBounds=True)
        self._lay_out()
        self.score.currentIndexChanged.connect(self._other_figure)
        self.axis.currentIndexChanged.connect(self._draw)
        self.threshold.valueChanged.connect(self._typed)
        self.line.sigPositionChanged.connect(self._dragged)
        self._other_figure()
        self.show_runs([])

    # ------------------------------------------------------------------ what is shown

    def show_runs(self, runs: Sequence[Run], live: int = 0) -> None:
        """Take over the runs of all sweeps; `live` is the number of the one that goes on."""
        runs, self._live = list(runs), live
        self.curves = curves_of(runs)
        verdicts = {run: verdict_of(run, runs) for run in runs if run.sweep}
        self._doubtful = {id(run): found is not None and found.doubtful for run, found in verdicts.items()}
        self.clear.setEnabled(bool(self.curves))
        self.csv.setEnabled(bool(self.curves))
        self.paper.setEnabled(bool(self.curves))
        self._list()
        self._draw()

    def asked(self) -> tuple[int, float]:
        """Which of `FIGURES` is drawn, and the threshold of it."""
        return self.score.currentIndex(), self.threshold.value()

    def ask(self, asked: tuple[int, float]) -> None:
        """Draw a score with a threshold, as `asked` gives them."""
        score, threshold = asked
        self.score.setCurrentIndex(score)
        self.threshold.setValue(threshold)

    def hidden(self) -> frozenset[tuple]:
        """Sweep and method of the curves that were unticked."""
        return frozenset(self._hidden)

    def hide_curves(self, hidden: frozenset[tuple]) -> None:
        """Untick these curves, and tick the others."""
        self._hidden = set(hidden)
        self._list()
        self._draw()
        self.hidden_changed.emit(self.hidden())

    def shown(self) -> list[Curve]:
        """The curves that are ticked."""
        return [curve for curve in self.curves if _key(curve) not in self._hidden]

    def about(self) -> str:
        """What the curves say, in words: for the caption of the figure."""
        said = [f"{curve.label}: {self._told(curve)}" for curve in self.shown()]
        return " ".join(said).removesuffix(".") or "sweeps"

    def figure(self, caption: str = "") -> Graphs | None:
        """The curves that are ticked, to be drawn on paper; None where there are none."""
        shown = [
            (_colour(row), curve) for row, curve in enumerate(self.curves) if _key(curve) not in self._hidden
        ]
        axis = AXES[self.axis.currentText()][0], self._x
        return sweep_figure(shown, self._figure(), self.threshold.value(), axis, caption)

    def keyPressEvent(self, event):
        """Arrows walk from run to run, Return shows one."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(event.key())
        if step is not None and self._dots:
            at = -1 if self._at is None and step > 0 else 0 if self._at is None else self._at
            self._point((at + step) % len(self._dots))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at is not None:
            self.run_chosen.emit(self._dots[self._at][2])
        else:
            super().keyPressEvent(event)

    def showEvent(self, event):
        """Catch up with what came while hidden."""
        super().showEvent(event)
        self.runs_requested.emit()

    # ------------------------------------------------------------------ inside

    def _figure(self):
        return FIGURES[self.score.currentIndex()]

    def _log(self) -> bool:
        return self._figure().falls

    def _other_figure(self) -> None:
        """Another score: its own threshold, scale and name."""
        figure = self._figure()
        self.threshold.blockSignals(True)
        self.threshold.setValue(figure.threshold)
        self.threshold.blockSignals(False)
        self.plot.setLogMode(y=self._log())
        self.plot.setLabel("left", figure.name + (" of magnitude" if figure.name == "SSIM" else ""))
        self._typed(figure.threshold)
        self._draw()

    def _typed(self, value: float) -> None:
        self.line.blockSignals(True)
        self.line.setValue(np.log10(value) if self._log() else value)
        self.line.blockSignals(False)
        self._tell()
        self.asked_changed.emit(self.asked())

    def _dragged(self) -> None:
        value = self.line.value()
        self.threshold.blockSignals(True)
        self.threshold.setValue(10**value if self._log() else value)
        self.threshold.blockSignals(False)
        self._tell()
        self.asked_changed.emit(self.asked())

    def _list(self) -> None:
        """One row a curve: its name and what it says."""
        for widget in (*self.boxes, *self.labels):
            widget.deleteLater()
        self.boxes, self.labels = [], []
        for row, curve in enumerate(self.curves):
            box = QCheckBox(f"{curve.sweep}: {curve.label}", checked=_key(curve) not in self._hidden)
            palette, font = QPalette(), box.font()  # no style sheet: it would keep the colours of one theme
            palette.setColor(QPalette.ColorRole.WindowText, QColor(_colour(row)))
            font.setBold(True)
            box.setPalette(palette)
            box.setFont(font)
            box.setToolTip(f"Draw this curve of sweep {curve.sweep}")
            box.toggled.connect(lambda on, curve=curve: self._tick(curve, on))
            label = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(f"what {curve.label} says")
            self.rows.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
            self.rows.addWidget(label, row, 1)
            self.boxes.append(box)
            self.labels.append(label)
        self.nothing.setVisible(not self.curves)
        self.scroll.setVisible(bool(self.curves))
        high = 2 * self.fontMetrics().height() + 4
        self.scroll.setMaximumHeight(high * min(max(len(self.curves), 1), _ROWS) + 6)
        self._tell()

    def _tick(self, curve: Curve, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(_key(curve))
        self._draw()
        self.hidden_changed.emit(self.hidden())

    def _told(self, curve: Curve) -> str:
        return told(curve, self._figure(), self.threshold.value(), over=curve.sweep != self._live)

    def _tell(self) -> None:
        figure, threshold = self._figure(), self.threshold.value()
        for curve, label in zip(self.curves, self.labels, strict=True):
            text = self._told(curve)
            doubtful = sum(self._doubtful[id(run)] for place in curve.places for run in place.runs)
            failed = sum(run.outcome == "failed" for place in curve.places for run in place.runs)
            if doubtful:
                text += f" ○ {doubtful} did not converge or fit: see the list of runs."
            if failed:
                text += f" {failed} failed."
            label.setText(escape(text))
        for item, curve in getattr(self, "_lows", ()):
            place = lowest(curve, figure, threshold).place
            item.setVisible(place is not None)
            if place is not None:
                item.setValue(self._x(place))

    def _x(self, place: Place) -> float:
        most = max((p.count for curve in self.shown() for p in curve.places), default=1)
        return float(AXES[self.axis.currentText()][1](place, most))

    def _draw(self) -> None:
        """Draw the curves that are ticked."""
        for item in self._drawn:
            self.plot.removeItem(item)
        self._drawn, self._dots, self._at, self._lows = [], [], None, []
        self.ring.setData([], [])
        self.plot.setLabel("bottom", AXES[self.axis.currentText()][0])
        figure, log = self._figure(), self._log()
        for row, curve in enumerate(self.curves):
            if _key(curve) in self._hidden:
                continue
            colour, dots = _colour(row), []
            x = np.array([self._x(place) for place in curve.places])
            values = [place.values(figure) for place in curve.places]
            for at, place, scores in zip(x, curve.places, values, strict=True):
                for run, score in zip(place.runs, scores, strict=True):
                    if np.isfinite(score) and (score > 0 or not log):
                        dots.append((at, float(np.log10(score)) if log else float(score), run))
            known = np.array([np.isfinite(scores).any() for scores in values], dtype=bool)
            if known.any():
                means, low, high = (
                    np.array([f(s[np.isfinite(s)]) for s, k in zip(values, known, strict=True) if k])
                    for f in (np.mean, np.min, np.max)
                )
                pen = pg.mkPen(colour, width=1.8)
                if curve.seeds > 1:
                    edges = [pg.PlotDataItem(x[known], y, pen=None) for y in (low, high)]
                    shade = pg.mkColor(colour)
                    shade.setAlpha(50)
                    for edge in edges:
                        self._add(edge)
                    self._add(pg.FillBetweenItem(*edges, brush=shade))
                self._add(pg.PlotDataItem(x[known], means, pen=pen))
            spots = pg.ScatterPlotItem(
                x=[d[0] for d in dots], y=[d[1] for d in dots], data=[d[2] for d in dots], symbol="o", size=8,
                pen=pg.mkPen(colour, width=1.8), hoverable=True, hoverSize=12, tip=None,
                brush=[None if self._doubtful[id(d[2])] else pg.mkBrush(colour) for d in dots],
            )  # fmt: skip
            spots.sigClicked.connect(lambda _, points, *__: self.run_chosen.emit(points[0].data()))
            spots.sigHovered.connect(lambda _, points, *__: self._hover(points))
            self._add(spots)
            mark = pg.InfiniteLine(angle=90, pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DotLine))
            self._add(mark, ignoreBounds=True)
            self._lows.append((mark, curve))
            self._dots += dots
        self._show_range()
        self._tell()
        self.canvas.restyle()

    def _add(self, item, **settings) -> None:
        if isinstance(item, pg.PlotDataItem):
            item.setLogMode(False, self._log())
        self.plot.addItem(item, **settings)
        self._drawn.append(item)

    def _show_range(self) -> None:
        """All dots and the threshold, with some room."""
        y = [dot[1] for dot in self._dots] + [self.line.value()]
        x = [dot[0] for dot in self._dots] or [15.0, 75.0]
        room = max(0.06 * (max(y) - min(y)), 0.03)
        self.plot.setYRange(min(y) - room, max(y) + room, padding=0)
        self.plot.setXRange(min(x), max(x), padding=0.04)

    def _hover(self, points) -> None:
        self.readout.setText(self._words(points[0].data()) if len(points) else "")

    def _point(self, at: int) -> None:
        self._at = at
        x, y, run = self._dots[at]
        self.ring.setData([x], [y])
        self.readout.setText(self._words(run))

    def _words(self, run: Run) -> str:
        """A run in one line."""
        place = Place((run,))
        scores = [(figure.name, figure.of(run)) for figure in FIGURES]
        numbers = [f"{name} {value:.3g}" for name, value in scores if value is not None]
        where = f"{overlap_text(run.overlap)}, step {place.step:.3g} px, {place.count} positions"
        return f"run {run.name}, seed {run.seed}: {where}; {', '.join(numbers)}"

    def _tools(self) -> None:
        self.score = QComboBox(toolTip="Which score; without a truth there is the misfit alone")
        self.score.setAccessibleName("score")
        self.score.addItems([figure.name for figure in FIGURES])
        self.axis = QComboBox(toolTip="What the scores are drawn over")
        self.axis.setAccessibleName("axis of the sweep")
        self.axis.addItems(AXES)
        self.threshold = QDoubleSpinBox(minimum=0.001, maximum=1000, decimals=3, singleStep=0.01, value=0.1)
        self.threshold.setAccessibleName("threshold")
        self.threshold.setToolTip("What is good enough; or drag the line in the plot")
        self.readout = Elided(objectName="readout")
        self.csv = QToolButton(text="CSV…", toolTip="Write every run of the curves drawn to a table")
        self.csv.setAccessibleName("sweeps to CSV")
        self.csv.clicked.connect(lambda: self.csv_requested.emit(partial(table_of, self.shown())))
        self.paper = QToolButton(
            text="Figure…", toolTip="Draw these curves for a paper: PDF, SVG, PNG or TIFF"
        )
        self.paper.setAccessibleName("figure of the sweeps")
        self.paper.clicked.connect(self.figure_requested)
        self.clear = QToolButton(
            text="Delete", toolTip="Take the runs of the curves drawn out of the list; Undelete there"
        )
        self.clear.setAccessibleName("delete the curves drawn")
        self.clear.clicked.connect(
            lambda: self.delete_requested.emit([r for c in self.shown() for p in c.places for r in p.runs])
        )

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(6, 0, 6, 0)
        for widget in (self.score, QLabel("over"), self.axis, QLabel("  threshold"), self.threshold):
            tools.addWidget(widget)
        tools.addStretch(1)
        tools.addWidget(self.csv)
        tools.addWidget(self.paper)
        tools.addWidget(self.clear)
        self.nothing = QLabel(NOTHING, wordWrap=True)
        self.nothing.setContentsMargins(8, 4, 8, 4)
        inner = QWidget()
        self.rows = QGridLayout(inner)
        self.rows.setContentsMargins(6, 0, 6, 0)
        self.rows.setVerticalSpacing(2)
        self.rows.setColumnStretch(1, 1)
        self.scroll = QScrollArea(widgetResizable=True, frameShape=QScrollArea.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(tools)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.nothing)
        layout.addWidget(self.scroll)


def _key(curve: Curve) -> tuple:
    return curve.sweep, curve.method


def _colour(row: int) -> str:
    return COLOURS[row % len(COLOURS)]
