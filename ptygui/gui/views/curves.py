"""CurvesView: the numbers of a run, a marker at the step that is shown, a cursor through all plots."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.curve import OTHERS, Curve, LogAxis
from ptygui.history import History
from ptygui.run import Run
from ptygui.step import NUMBERS, Step

MOST = 600  # points drawn of a curve
LOG_FROM = 300  # iterations from which the axis is logarithmic
# key: button, title, numbers, log y, whether it is shown at first, tooltip
PLOTS = {
    "nrmse": ("NRMSE", "NRMSE (less global phase)", ("nrmse",), True, True, "Against the truth"),
    "ssim": ("SSIM", "SSIM of magnitude", ("ssim",), False, True, "Against the truth"),
    "misfit": ("misfit", "misfit", ("misfit",), True, True, "Σ (y − |A x̂0|)² over Σ y², and its noise floor"),
    "steps": (
        "prior ¦ data", "moved by prior (┄ data) [channels]", ("prior_step", "data_step"), True, False,
        "How far the prior and the data move the estimate at each iterate: who decides",
    ),
    "level": ("σ", "noise level σ of x_t [channels]", ("level",), True, False, "From noise to the image"),
}  # fmt: skip
AXES = {"iterate": "index", "seconds": "seconds", "evaluations": "nfe"}
_UNITS = {"seconds": " [s]", "level": " [channels]", "prior_step": " [channels]", "data_step": " [channels]"}


class CurvesView(QWidget):
    """Plots side by side, which ones is chosen; a click asks for the step nearest to it."""

    index_requested = pyqtSignal(int)
    csv_requested = pyqtSignal(str)  # the table, to be written to a file

    def __init__(self, parent=None):
        super().__init__(parent)
        self.name, self.history = "run", History()
        self.others: list[Run] = []
        self.log_x, self._total = False, 2
        self.canvas = Canvas()
        self.plots = {
            key: Curve(
                pg.PlotItem(axisItems={side: LogAxis(side) for side in ("left", "bottom")}), title, names, log
            )
            for key, (_, title, names, log, _, _) in PLOTS.items()
        }
        self._tools()
        self._arrange()
        self.canvas.scene().sigMouseClicked.connect(self._clicked)
        self._moved = pg.SignalProxy(
            self.canvas.scene().sigMouseMoved, rateLimit=30, slot=self._hovered, threadSafe=False
        )

    # ------------------------------------------------------------------ what is shown

    def begin(self, total: int, name: str = "run") -> None:
        """Start over for a run of `total` iterates."""
        self.name, self._total, self.history = name, max(total, 2), History()
        self.log.setChecked(total >= LOG_FROM)
        self._restart()

    def show_history(self, history: History) -> None:
        """Draw all numbers of a run."""
        self.history = history
        numbers, which = history.numbers, self._which(len(history))
        x = _column(numbers, AXES[self.axis.currentText()])[which]
        pins = sorted(history.pins)
        for key in self._shown():
            curve = self.plots[key]
            columns = [_column(numbers, name)[which] for name in curve.names]
            curve.draw(x, columns)
            places = [k for k in (_place(numbers, pin) for pin in pins) if k is not None]
            at = _column(numbers, AXES[self.axis.currentText()])[places]
            curve.draw_pins(at, _column(numbers, curve.names[0])[places])
        last = history.last
        self.plots["misfit"].show_floor(last.noise_floor if last is not None else 0.0)

    def show_step(self, step: Step) -> None:
        """Mark the step that is shown."""
        x = {"index": step.index, "seconds": step.seconds, "nfe": step.nfe}[AXES[self.axis.currentText()]]
        self._step = step
        for key in self._shown():
            self.plots[key].mark(x, getattr(step, self.plots[key].names[0]))

    def show_others(self, runs: Sequence[Run]) -> None:
        """Draw other runs behind this one, at most as many as there are colours."""
        self.others = [run for run in runs if run.last is not None][: len(OTHERS)]
        coloured = list(zip(OTHERS, self.others, strict=False))
        axis = AXES[self.axis.currentText()]
        for key in self._shown():
            name = self.plots[key].names[0]
            drawn = []
            for colour, run in coloured:
                numbers, which = run.history.numbers, self._which(len(run.history))
                drawn.append((colour, _column(numbers, axis)[which], _column(numbers, name)[which]))
            self.plots[key].draw_others(drawn)
        self.legend.setText("  ".join(f"<span style='color:{c}'>▬</span> {run.name}" for c, run in coloured))

    def to_csv(self) -> str:
        """Every number of this run and of the others, one line an iterate."""
        named = [(self.name, self.history), *((run.name, run.history) for run in self.others)]
        lines = ["run," + ",".join(name + _UNITS.get(name, "") for name in NUMBERS)]
        for name, history in named:
            quoted = '"' + name.replace('"', '""') + '"'
            columns = [history.numbers.get(key) or [None] * len(history) for key in NUMBERS]
            lines += [
                ",".join([quoted, *("" if v is None else repr(v) for v in row)])
                for row in zip(*columns, strict=True)
            ]
        return "\n".join(lines) + "\n"

    # ------------------------------------------------------------------ inside

    def _shown(self) -> list[str]:
        return [key for key, box in self.boxes.items() if box.isChecked()]

    def _which(self, count: int) -> np.ndarray | slice:
        """Which iterates are drawn: all, or enough for the axis."""
        if count <= MOST:
            return slice(None)
        spaced = np.geomspace(1, count, MOST) - 1 if self.log_x else np.linspace(0, count - 1, MOST)
        return np.unique(np.rint(spaced).astype(int))

    def _restart(self) -> None:
        """Set up the axes anew and draw what there is."""
        self.log_x, self._step = self.log.isChecked(), None
        counted = self.axis.currentText() == "iterate"
        low = 1.0 if self.log_x else 0.5
        for curve in self.plots.values():
            curve.begin((low, self._total) if counted else (0.01 if self.log_x else 0.0, 0.1), self.log_x)
        self.show_history(self.history)
        self.show_others(self.others)

    def _change(self) -> None:
        """Another axis or other plots: the marked step stays."""
        step = self._step
        self._arrange()
        self._restart()
        if step is not None:
            self.show_step(step)

    def _arrange(self) -> None:
        layout = self.canvas.ci
        for item in list(layout.items):
            layout.removeItem(item)
        for place, key in enumerate(self._shown()):
            layout.addItem(self.plots[key].plot, 0, place)
        self.canvas.restyle()

    def _clicked(self, event) -> None:
        place = self._nearest(event.scenePos())
        if place is not None:
            self.index_requested.emit(self.history.numbers["index"][place])

    def _hovered(self, event) -> None:
        place = self._nearest(event[0])
        numbers = self.history.numbers
        x = None if place is None else numbers[AXES[self.axis.currentText()]][place]
        for key in self._shown():
            self.plots[key].point(x)
        self.readout.setText("" if place is None else self.describe(place))

    def describe(self, place: int) -> str:
        """All numbers of the iterate at a place of the history, in one line."""
        numbers = self.history.numbers
        parts = [f"iterate {numbers['index'][place]}"]
        for name, text in (
            ("nrmse", "NRMSE"), ("ssim", "SSIM"), ("misfit", "misfit"), ("level", "σ"), ("t", "t"),
            ("prior_step", "prior"), ("data_step", "data"), ("seconds", "s"),
        ):  # fmt: skip
            value = numbers[name][place] if numbers.get(name) else None
            if value is not None:
                parts.append(f"{value:.1f} s" if name == "seconds" else f"{text} {value:.4g}")
        return "   ".join(parts)

    def _nearest(self, scene) -> int | None:
        """Place of the iterate nearest to a point of the scene."""
        for key in self._shown():
            x = self.plots[key].x_at(scene)
            if x is not None and len(self.history):
                column = _column(self.history.numbers, AXES[self.axis.currentText()])
                return int(np.argmin(np.abs(column - x)))
        return None

    def _tools(self) -> None:
        self._step: Step | None = None
        self.boxes: dict[str, QCheckBox] = {}
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        for key, (button, _, _, _, first, tip) in PLOTS.items():
            box = self.boxes[key] = QCheckBox(button, checked=first, toolTip=tip)
            box.toggled.connect(self._change)
            row.addWidget(box)
        self.axis = QComboBox(toolTip="What the curves are drawn over")
        self.axis.setAccessibleName("axis of the curves")
        self.axis.addItems(AXES)
        self.log = QCheckBox("log", toolTip="Logarithmic axis")
        self.readout = QLabel("", objectName="readout")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.legend = QLabel("", objectName="legend")
        csv = QToolButton(text="CSV…", toolTip="Write every number to a table")
        csv.clicked.connect(lambda: self.csv_requested.emit(self.to_csv()))
        for widget in (QLabel("over"), self.axis, self.log):
            row.addWidget(widget)
        row.addWidget(self.readout, 1)
        row.addWidget(self.legend)
        row.addWidget(csv)
        self.axis.currentIndexChanged.connect(self._change)
        self.log.clicked.connect(self._change)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)


def _column(numbers: dict[str, list], name: str) -> np.ndarray:
    """A list of numbers as an array; what there is not becomes nan."""
    values = numbers.get(name)
    return np.array(values if values else [None] * len(numbers["index"]), dtype=float)


def _place(numbers: dict[str, list], index: int) -> int | None:
    at = bisect_left(numbers["index"], index)
    return at if at < len(numbers["index"]) else None
