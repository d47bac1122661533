"""CurvesView: the numbers of a run, a marker at the step that is shown, a cursor through all plots."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.analysis.verdict import misfit_text
from ptygui.experiment.run import Run
from ptygui.figures.figure import Graph, Graphs, Line
from ptygui.gui.model.numbers_table import table_of
from ptygui.gui.views.canvas import CURVE, Canvas, bare_plot
from ptygui.gui.views.curve import OTHERS, Curve, Plot
from ptygui.gui.views.view import View, ViewOption, checked, choice
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import RICH, Label
from ptygui.history import History
from ptygui.step import Step

NO_RUN = "No run is shown: its error and misfit are drawn here.\nRun (Ctrl+R)"
NO_STEP = "The curves begin with the first step"
HIGH = 206  # px of the canvas at least: 150 of a plot between its title and axis
LOW = 44  # px of it while there is nothing to draw: two lines of words
MOST = 600  # maximum number of points drawn per curve
LOG_FROM = 300  # number of iterations from which the axis is logarithmic
ROOM = 3  # number of plots side by side up to which full titles fit


AGAINST = "Against the truth, or against the reference of a thinned scan, which the title then names"

PLOTS = {
    "nrmse": Plot(
        "NRMSE", "NRMSE (less global phase)", ("nrmse",), True, True, AGAINST,
    ),
    "ssim": Plot("SSIM", "SSIM of magnitude", ("ssim",), False, True, AGAINST, most=1.0),
    "misfit": Plot(
        "misfit", "misfit / photon noise", ("misfit", "held_out"), True, True,
        "Σ (y − |A x̂0|)² over Σ y², relative to photon noise alone, as in Runs: about 1 is a fit. "
        "The plain misfit if the noise is not known. Dashed: that of patterns which a thinned scan holds out",
        ("misfit", "held out"),
    ),
    "moved": Plot(
        "moved", "positions moved, rms [px]", ("moved",), True, True,
        "How far refinement has moved the positions from those given, about their mean: flat once it has "
        "converged. Only of runs that refine them",
    ),
    "steps": Plot(
        "prior ┄ data", "prior ┄ data [channels]", ("prior_step", "data_step"), True, False,
        "How far the prior and the data move x̂0 at each step: which of them dominates",
        ("prior", "data"),
    ),
    "level": Plot(
        "σ", "noise level σ [channels]", ("level",), True, False, "From noise to the image, where σ is 0",
    ),
    "t": Plot(
        "t", "time t of x_t", ("t",), False, False,
        "Time in the chain of noise levels, down to 0, which time travel raises again; many methods lack it",
    ),
}  # fmt: skip
MISFIT_HELD_OUT = "misfit ┄ held out"
AXES = {"step": "index", "seconds": "seconds", "evaluations": "nfe"}
_NAMES = {
    "nrmse": "NRMSE",
    "ssim": "SSIM",
    "held_out": "held out",
    "level": "σ",
    "prior_step": "prior",
    "data_step": "data",
}


class _Plots(dict[str, Curve]):
    """The plots by name, each made when it is first needed: a start draws none."""

    def __missing__(self, key: str) -> Curve:
        curve = self[key] = Curve(bare_plot(), PLOTS[key])
        return curve


class CurvesView(View, QWidget):
    """Plots side by side, which ones is chosen; a click asks for the step nearest to it."""

    index_requested = pyqtSignal(int)
    csv_requested = pyqtSignal(object)  # makes the table, in another thread if need be
    figure_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.run: Run | None = None
        self.history = History()
        self.others: list[Run] = []
        self.log_x = False
        self._step: Step | None = None
        self._with_numbers: set[str] = set()  # plots that there are numbers for
        self._front = True  # whether the dock is: behind another it asks for no height
        self.canvas = Canvas("curves of the run")
        self.canvas.setMinimumHeight(LOW)
        self.plots = _Plots()
        self._tools()
        self._arrange()
        self.canvas.say(NO_RUN)
        self.canvas.scene().sigMouseClicked.connect(self._clicked)
        self._moved = pg.SignalProxy(
            self.canvas.scene().sigMouseMoved, rateLimit=30, slot=self._hovered, threadSafe=False
        )

    # ------------------------------------------------------------------ what is shown

    def show_run(self, run: Run | None) -> None:
        """Show another run, or none."""
        self.run, self.history, self._step = run, History() if run is None else run.history, None
        self.log.setChecked(self._total() >= LOG_FROM)
        self.readout.setText("")
        self._restart()

    def come_up(self, front: bool) -> None:
        """Ask for the height of the plots only while they are in front."""
        self._front = front
        self._say()

    def options(self) -> dict[str, ViewOption]:
        """Which plots, and over what."""
        boxes = {f"plot of {box.text()}": checked(box) for box in self.boxes.values()}
        return boxes | {"axis": choice(self.axis)}

    def show_history(self, history: History) -> None:
        """Draw all numbers of the run."""
        self.history = history
        if self._find_numbers():
            self._arrange()
            self._begin()
            self.show_others(self.others)
            self._say()
        self._draw_run()

    def _draw_run(self) -> None:
        """Draw the numbers of the shown run in the plots that are there."""
        history = self.history
        numbers, places = history.numbers, self._places(len(history))
        x = _column(numbers, self._axis(), places)
        pins = [_place(history, index) for index in sorted(history.pins)]
        marks = [(_place(history, index), text) for index, text in (self.run.marks if self.run else ())]
        at = _column(numbers, self._axis(), [place for place, _ in marks])
        worded = self._shown()[:1] if len(self._shown()) <= ROOM else []  # if the labels of marks have room
        for key in self._shown():
            curve, unit = self.plots[key], _unit(key, history)
            curve.draw(x, [_column(numbers, name, places) / _of(name, unit) for name in curve.names])
            curve.draw_pins(
                _column(numbers, self._axis(), pins), _column(numbers, curve.names[0], pins) / unit
            )
            curve.draw_marks([(x, text) for x, (_, text) in zip(at, marks, strict=True)], key in worded)
        noisy = _unit("misfit", history) != 1.0
        self.plots["misfit"].show_floor(float(noisy))
        tested = history.last is not None and history.last.held_out is not None
        title = MISFIT_HELD_OUT if tested else PLOTS["misfit"].title
        self.plots["misfit"].title = title if noisy or history.last is None else "misfit"
        scan = None if self.run is None else self.run.scan
        if scan is not None and scan.reference is not None and scan.truth is None:
            for key in ("nrmse", "ssim"):
                self.plots[key].title = f"{PLOTS[key].short} against {scan.compared_with}"
        else:
            for key in ("nrmse", "ssim"):
                self.plots[key].title = PLOTS[key].title
        self.canvas.settle()

    def set_log(self, on: bool) -> None:
        """Whether the horizontal axis is logarithmic."""
        self.log.setChecked(on)
        self._restart()

    def show_step(self, step: Step) -> None:
        """Mark the shown step."""
        self._step = step
        x = getattr(step, self._axis())
        for key in self._shown():
            unit = _unit(key, self.history)
            values = [(getattr(step, name), _of(name, unit)) for name in self.plots[key].names]
            self.plots[key].mark(x, [None if value is None else value / unit for value, unit in values])
        self.canvas.settle()

    def show_others(self, runs: Iterable[Run]) -> None:
        """Draw other runs behind this one, at most one per colour."""
        others = (run for run in runs if run is not self.run and run.last is not None)
        self.others = [run for run, _ in zip(others, OTHERS, strict=False)]
        if self._find_numbers():
            self._arrange()
            self._begin()
            self._draw_run()
        coloured = list(zip(OTHERS, self.others, strict=False))
        for key in self._shown():
            name = self.plots[key].names[0]
            drawn = []
            for colour, run in coloured:
                numbers, places = run.history.numbers, self._places(len(run.history))
                x, y = _column(numbers, self._axis(), places), _column(numbers, name, places)
                drawn.append((run.name, colour, x, y / _unit(key, run.history)))
            self.plots[key].draw_others(drawn)
        self._say()
        self.show_legend()

    def show_legend(self) -> None:
        """Name the drawn runs."""
        coloured = list(zip(OTHERS, self.others, strict=False))
        own = [] if self.run is None else [(CURVE, self.run)]
        named = [
            f"<span style='color:{colour}'>▬</span> {escape(run.name)}" for colour, run in own + coloured
        ]
        self.legend.setText("&nbsp; ".join(named))
        self.legend.setVisible(bool(coloured))

    def table(self) -> Callable[[], str]:
        """A function that makes the table of the present state of these runs, in any thread."""
        runs = [*([] if self.run is None else [self.run]), *self.others]
        return partial(table_of, [(run.name, run.history.snapshot()) for run in runs])

    def describe(self, place: int) -> str:
        """All numbers of the step at an index of the history, in one line."""
        numbers, noise = self.history.numbers, _unit("misfit", self.history)
        parts = [f"step {numbers['index'][place]}"]
        for name in ("nrmse", "ssim", "misfit", "held_out", "moved", "level", "t", "prior_step", "data_step"):
            value = numbers[name][place] if numbers.get(name) else None
            if value is not None:
                if name == "misfit":
                    parts.append(misfit_text(value, 0.0 if noise == 1.0 else noise))
                else:
                    parts.append(f"{_NAMES.get(name, name)} {value:.4g}")
        return "   ".join([*parts, f"{numbers['seconds'][place]:.1f} s"])

    def figure(self, caption: str = "") -> Graphs | None:
        """The visible plots with all drawn runs, as a figure for a paper; None if there are none."""
        if self.run is None:
            return None
        coloured = [(CURVE, self.run), *zip(OTHERS, self.others, strict=False)]
        graphs = []
        for key in self._shown():
            about, lines = PLOTS[key], []
            for colour, run in coloured:
                numbers, unit = run.history.numbers, _unit(key, run.history)
                every = range(len(run.history))
                x = _column(numbers, self._axis(), every)
                names = about.names if run is self.run else about.names[:1]
                columns = [_column(numbers, name, every) / _of(name, unit) for name in names]
                lines += [Line(x, y, colour, dashed=k > 0) for k, y in enumerate(columns)]
            across = [(1.0, "photon noise")] if key == "misfit" and _unit(key, self.history) != 1.0 else []
            if any(np.isfinite(line.y).any() for line in lines):
                graphs.append(Graph(self.plots[key].title, lines, about.log_y, across))
        if not graphs:
            return None
        places = [_place(self.history, index) for index, _ in self.run.marks]
        at = _column(self.history.numbers, self._axis(), places)
        marks = [(x, words) for x, (_, words) in zip(at, self.run.marks, strict=True)]
        label = self.axis.currentText() + (" [s]" if self._axis() == "seconds" else "")
        legend = [(colour, run.name) for colour, run in coloured]
        return Graphs(graphs, label, self.log_x, marks, legend, caption, f"curves of {self.run.name}")

    # ------------------------------------------------------------------ inside

    def _total(self) -> int:
        return 2 if self.run is None else max(2, self.run.total)

    def _axis(self) -> str:
        return AXES[self.axis.currentText()]

    def _shown(self) -> list[str]:
        return [key for key, box in self.boxes.items() if box.isChecked() and key in self._with_numbers]

    def _places(self, count: int) -> Sequence[int]:
        """The steps to draw: all, or enough for the axis."""
        if count <= MOST:
            return range(count)
        spaced = np.geomspace(1, count, MOST) - 1 if self.log_x else np.linspace(0, count - 1, MOST)
        return np.unique(np.rint(spaced).astype(int)).tolist()

    def _restart(self) -> None:
        """Set up the axes again and draw the present data."""
        self.log_x = self.log.isChecked()
        self._begin()
        self.show_history(self.history)
        self.show_others(self.others)
        if self._step is not None:
            self.show_step(self._step)

    def _begin(self) -> None:
        """Clear the visible plots, and set up their axes."""
        counted = self._axis() == "index"
        low = 1.0 if self.log_x else 0.5
        for key in self._shown():  # the others are set up when they are chosen
            self.plots[key].begin(
                (low, self._total()) if counted else (0.01 if self.log_x else 0.0, 0.1), self.log_x
            )

    def _find_numbers(self) -> bool:
        """Find the plots that there are, or may be, numbers for; returns whether they have changed."""
        runs = [*([] if self.run is None else [self.run]), *self.others]
        histories = [self.history, *(run.history for run in self.others)]
        found = {
            key
            for key, plot in PLOTS.items()
            if runs and any(_there(history.numbers, plot.names) for history in histories)
        }
        changed, self._with_numbers = found != self._with_numbers, found
        return changed

    def _say(self) -> None:
        """Say what to do where no plot has anything to show."""
        nothing = NO_RUN if self.run is None else NO_STEP
        self.canvas.say("" if self._shown() else nothing)
        self.canvas.setMinimumHeight(HIGH if self._shown() and self._front else LOW)

    def _change(self) -> None:
        """Another axis or other plots: the marked step stays."""
        self._arrange()
        self._restart()

    def _arrange(self) -> None:
        layout, shown = self.canvas.ci, self._shown()
        for item in list(layout.items):
            layout.removeItem(item)
        for key, box in self.boxes.items():
            box.setVisible(key in self._with_numbers or (not self._with_numbers and PLOTS[key].first))
        for place, key in enumerate(shown):
            self.plots[key].brief = len(shown) > ROOM
            layout.addItem(self.plots[key].plot, 0, place)
        self.canvas.share_columns(len(shown), len(PLOTS))
        self.canvas.restyle()

    def _clicked(self, event: Any) -> None:
        place = self._nearest(event.scenePos())
        if place is not None:
            self.index_requested.emit(self.history.numbers["index"][place])

    def _hovered(self, event: Any) -> None:
        place = self._nearest(event[0])
        x = None if place is None else self.history.numbers[self._axis()][place]
        for key in self._shown():
            self.plots[key].point(x)
        if place is not None:  # the last value stays while the run is shown
            self.readout.setText(self.describe(place))

    def _nearest(self, scene: QPointF) -> int | None:
        """Index of the step nearest to a point of the scene."""
        column = self.history.numbers[self._axis()]
        for key in self._shown():
            x = self.plots[key].x_at(scene)
            if x is not None and column:
                at = min(bisect_left(column, x), len(column) - 1)
                return at - 1 if at and x - column[at - 1] <= column[at] - x else at
        return None

    def _tools(self) -> None:
        self.boxes: dict[str, QCheckBox] = {}
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(4)
        for key, plot in PLOTS.items():
            box = self.boxes[key] = QCheckBox(plot.short, checked=plot.first, toolTip=plot.tip)
            box.setAccessibleName(f"plot of {plot.short}")
            box.toggled.connect(self._change)
            row.addWidget(box)
        self.axis = QComboBox(toolTip="Quantity of the horizontal axis")
        self.axis.setAccessibleName("axis of the curves")
        self.axis.addItems(AXES)
        self.log = QCheckBox("log x", toolTip="Logarithmic horizontal axis")
        self.log.setAccessibleName("logarithmic axis")
        self.readout = Elided(objectName="readout")
        self.csv = QToolButton(text="CSV…", toolTip="Write every number of all drawn runs to a table")
        self.csv.clicked.connect(lambda: self.csv_requested.emit(self.table()))
        self.drawn = QToolButton(
            text="Figure…", toolTip="Draw these plots for a paper: PDF, SVG, PNG or TIFF"
        )
        self.drawn.clicked.connect(self.figure_requested)
        row.addSpacing(6)
        for widget in (Label("over"), self.axis, self.log):
            row.addWidget(widget)
        row.addWidget(self.readout, 1)
        row.addWidget(self.csv)
        row.addWidget(self.drawn)
        self.legend = Elided(objectName="legend", visible=False, textFormat=RICH)
        self.legend.setContentsMargins(6, 0, 6, 0)
        self.axis.currentIndexChanged.connect(self._change)
        self.log.clicked.connect(self._change)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.legend)
        layout.addWidget(self.canvas, 1)


def _of(name: str, unit: float) -> float:
    """The unit of a number in a plot: held-out misfits are relative to the noise already."""
    return 1.0 if name == "held_out" else unit


def _there(numbers: dict[str, list[float]], names: Sequence[str]) -> bool:
    """Whether a run has any of these numbers: what it has at all is there from its second step on."""
    columns = [values for name in names if (values := numbers.get(name))]
    return any(values[-1] is not None or values[0] is not None for values in columns)


def _unit(key: str, history: History) -> float:
    """The unit that a plot's numbers are divided by: the noise floor for the misfit, if known."""
    last = history.last
    return last.noise_floor if key == "misfit" and last is not None and last.noise_floor > 0 else 1.0


def _column(numbers: dict[str, list[float]], name: str, places: Sequence[int]) -> np.ndarray:
    """The numbers at these indices as an array; a missing number becomes nan."""
    values = numbers.get(name)
    return np.array([values[k] for k in places] if values else [None] * len(places), dtype=float)


def _place(history: History, index: int) -> int:
    """The position of the first step from `index` on, or of the last one."""
    indices = history.numbers["index"]
    return min(bisect_left(indices, index), len(indices) - 1)
