"""SweepView: the page Overlap: curves of scores over overlap, a threshold, and where each curve meets it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QShowEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.analysis.verdict import Verdict
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.overlap_limit import (
    SCORES,
    Curve,
    Place,
    Score,
    curves_of,
    doubts_of,
    several_scans,
    table_of,
    told,
)
from ptygui.experiment.run import Run
from ptygui.figures.figure import Graphs
from ptygui.gui.model.quantities import duration
from ptygui.gui.views.canvas import CURVE, ROW
from ptygui.gui.views.curve import OTHERS
from ptygui.gui.views.sweep_figure import sweep_figure
from ptygui.gui.views.sweep_map import SweepMap
from ptygui.gui.views.sweep_plot import SweepPlot
from ptygui.gui.views.sweep_rows import SweepRows
from ptygui.gui.views.sweep_table import SweepTable, entries_of
from ptygui.gui.views.view import View, ViewOption, checked, choice
from ptygui.gui.widgets.elided import Elided, ElidedBox
from ptygui.gui.widgets.plain import Label
from ptygui.methods import Method
from ptygui.physics.overlap import Acquisition
from ptygui.physics.positions import overlap_text
from ptygui.tasks.plans import PlannedRun
from ptygui.tasks.progress import Progress

COLOURS = (CURVE, *OTHERS)
NOTHING = (
    "How little overlap is enough? Choose methods and overlaps above, and press Sweep: each point is a run "
    "at that overlap: of the opened scan thinned to it, else of a simulation with object, probe and options "
    "of the step Overlap."
)
# axes of the points: label, and the value of a place; `most` is the count of the densest scan
AXES: dict[str, tuple[str, Callable[[Place, int, Acquisition], float]]] = {
    "linear overlap": ("linear overlap, as reached [%]", lambda place, most, cost: 100 * place.overlap),
    "positions": ("positions", lambda place, most, cost: place.count),
    "relative dose": (
        "dose and time, relative to the densest scan",
        lambda place, most, cost: place.count / most,
    ),
    "scan time": ("time of the scan [s]", lambda place, most, cost: cost.seconds(place.count)),
}
LEAST = 132  # height of curves with their axis, of the map or the rows [px]
Key = tuple[int, Method, str]  # of a curve: its sweep and method, and of which scans


class SweepView(View, QWidget):
    """One curve per method and sweep, in a `SweepPlot` and in words.

    The threshold is dragged or typed; a click on a dot, or Return at the one chosen with the arrow keys,
    requests to show that run.
    """

    runs_requested = pyqtSignal()  # the page was brought to the front
    run_chosen = pyqtSignal(Run)
    delete_requested = pyqtSignal(list)  # of Run
    asked_changed = pyqtSignal(tuple)  # see `asked`
    hidden_changed = pyqtSignal(frozenset)  # see `hidden`
    figure_requested = pyqtSignal()
    open_requested = pyqtSignal()  # a file that says what to sweep
    csv_requested = pyqtSignal(object)  # makes the table, in another thread if need be

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.curves: list[Curve] = []
        self._live = 0  # number of the running sweep
        self._hidden: set[Key] = set()  # curves that were unticked
        self._doubts: dict[Run, Verdict] = {}
        self._runs: list[Run] = []
        self._plan: Sequence[PlannedRun] = ()  # of the running sweep
        self._progress: Progress | None = None  # of it
        self._acquisition = Acquisition()
        self.plot, self.map, self.rows, self.table = SweepPlot(), SweepMap(), SweepRows(), SweepTable()
        self._tools()
        self._lay_out()
        self.score.currentIndexChanged.connect(self._other_score)
        self.axis.currentIndexChanged.connect(self._draw)
        self.threshold.valueChanged.connect(self._typed)
        self.plot.threshold_dragged.connect(self._dragged)
        self.plot.run_chosen.connect(self.run_chosen)
        self.plot.run_pointed.connect(self._read_out)
        self.map.run_chosen.connect(self.run_chosen)
        self.map.run_pointed.connect(self._read_out)
        self.table.run_chosen.connect(self.run_chosen)
        self.table.run_pointed.connect(self._read_out)
        self.apart.toggled.connect(
            lambda _: self.show_runs(self._runs, self._live, self._plan, self._progress)
        )
        self.look.currentIndexChanged.connect(self._look)
        self.rows.ticked.connect(self._tick)
        self._other_score()
        self.show_runs([])

    # ------------------------------------------------------------------ what is shown

    def show_runs(
        self, runs: Iterable[Run], live: int = 0, plan: Sequence[PlannedRun] = (),
        progress: Progress | None = None,
    ) -> None:  # fmt: skip
        """Take over the runs of all sweeps; `live` is the number of the running one, which has a plan."""
        self._runs, self._live, self._plan, self._progress = list(runs), live, plan, progress
        self.curves = curves_of(self._runs, self.apart.isChecked())
        self.apart.setVisible(several_scans(self._runs))
        self._doubts = doubts_of(self._runs)
        for button in (self.clear, self.csv, self.paper):
            button.setEnabled(bool(self.curves))
        self._list()
        self._draw()

    def show_progress(self, plan: Sequence[PlannedRun], progress: Progress) -> None:
        """Show which runs of the running sweep are in progress, and which wait."""
        self._plan, self._progress = plan, progress
        if self.pictures.currentWidget() is self.table:
            self._draw_rows()

    def show_acquisition(self, acquisition: Acquisition) -> None:
        """Take over what a position costs."""
        self._acquisition = acquisition
        self._draw()

    def options(self) -> dict[str, ViewOption]:
        """What is drawn, over what."""
        return {
            "axis of the sweep": choice(self.axis),
            "curves or map of the sweep": choice(self.look),
            "a curve for each scan": checked(self.apart),
            "score and threshold": ViewOption(self.asked, self.ask, self.asked_changed),
        }

    def asked(self) -> tuple[int, float]:
        """Which of `SCORES` is drawn, and its threshold."""
        return self.score.currentIndex(), self.threshold.value()

    def ask(self, asked: tuple[int, float]) -> None:
        """Draw a score with a threshold, as given by `asked`."""
        score, threshold = asked
        self.score.setCurrentIndex(score)
        self.threshold.setValue(threshold)

    def hidden(self) -> frozenset[Key]:
        """Sweep and method of the curves that were unticked."""
        return frozenset(self._hidden)

    def hide_curves(self, hidden: frozenset[Key]) -> None:
        """Untick these curves, and tick the others."""
        self._hidden = set(hidden)
        self._list()
        self._draw()
        self.hidden_changed.emit(self.hidden())

    def shown(self) -> list[Curve]:
        """The curves that are ticked."""
        return [curve for curve in self.curves if _key(curve) not in self._hidden]

    def about(self) -> str:
        """The results of the curves, in words: for the caption of the figure."""
        said = [f"{curve.label}: {self._told(curve)}" for curve in self.shown()]
        return " ".join(said).removesuffix(".") or "sweeps"

    def figure(self, caption: str = "") -> Graphs | None:
        """The ticked curves, as a figure for a paper; None if there are none."""
        axis = AXES[self.axis.currentText()][0], self._x
        return sweep_figure(
            self._coloured(self.shown()), self._asked_score(), self.threshold.value(), axis, caption
        )

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrow keys move from run to run, Return shows one."""
        key = None if event is None else event.key()
        by = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(key)
        if by is not None and self.plot.dots and self.plot.isVisible():
            self.plot.walk(by)
        elif key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not self.plot.choose():
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to the data that arrived while hidden."""
        super().showEvent(event)
        self.runs_requested.emit()

    # ------------------------------------------------------------------ inside

    def _asked_score(self) -> Score:
        return SCORES[self.score.currentIndex()]

    def _coloured(self, curves: Sequence[Curve]) -> list[tuple[str, Curve]]:
        """Curves with the colours of their rows."""
        return [
            (COLOURS[row % len(COLOURS)], curve) for row, curve in enumerate(self.curves) if curve in curves
        ]

    def _other_score(self) -> None:
        """Switch to another score, with its own threshold, scale and name."""
        score = self._asked_score()
        self.threshold.blockSignals(True)
        self.threshold.setValue(score.threshold)
        self.threshold.blockSignals(False)
        self.plot.show_score(score)
        self._typed(score.threshold)
        self._draw()

    def _typed(self, value: float) -> None:
        self.plot.show_threshold(value)
        if self.pictures.currentWidget() is self.map:
            self._draw()
        self._tell()
        self.asked_changed.emit(self.asked())

    def _dragged(self, value: float) -> None:
        self.threshold.blockSignals(True)
        self.threshold.setValue(value)
        self.threshold.blockSignals(False)
        self._typed(self.threshold.value())  # as rounded

    def _list(self) -> None:
        self.rows.show_curves(self._coloured(self.curves), self.shown())
        self.nothing.setVisible(not self.curves)
        self.rows.setVisible(bool(self.curves))

    def _tick(self, curve: Curve, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(_key(curve))
        self._draw()
        self.hidden_changed.emit(self.hidden())

    def _read_out(self, run: Run | None) -> None:
        if run is None:
            self.readout.setText("")
            return
        runs = [each for curve in self.curves for place in curve.places for each in place.runs]
        most = max((len(other.scan) for other in runs if other.sweep == run.sweep), default=1)
        cost = (
            f"dose {100 * len(run.scan) / most:.0f} %, {duration(self._acquisition.seconds(len(run.scan)))}"
        )
        said = _words(run, self._asked_score(), self.threshold.value(), cost)
        self.readout.setText(f"{said}; {assessment_of(run, runs).word}".removesuffix("; "))

    def _told(self, curve: Curve) -> str:
        over = curve.sweep != self._live
        return told(curve, self._asked_score(), self.threshold.value(), over, self._doubts)

    def _tell(self) -> None:
        texts = []
        for curve in self.curves:
            text, runs = self._told(curve), [run for place in curve.places for run in place.runs]
            doubtful, failed = len(self._doubts.keys() & runs), sum(run.outcome == "failed" for run in runs)
            if doubtful:
                text += f" ○ {doubtful} of {len(runs)} did not converge or fit: see the list of runs."
            if failed:
                text += f" {failed} failed."
            texts.append(text)
        self.rows.tell(texts)

    def _x(self, place: Place) -> float:
        most = max((p.count for curve in self.shown() for p in curve.places), default=1)
        return float(AXES[self.axis.currentText()][1](place, most, self._acquisition))

    def _draw(self) -> None:
        """Draw the ticked curves in what is in front: as curves, as a map or as rows."""
        front, score = self.pictures.currentWidget(), self._asked_score()
        if front is self.plot:
            axis = AXES[self.axis.currentText()][0]
            self.plot.show_curves(self._coloured(self.shown()), axis, self._x, self._doubts)
        elif front is self.map:
            self.map.show_curves(self.shown(), score, self.threshold.value(), self._doubts)
        else:
            self._draw_rows()
        self._tell()

    def _draw_rows(self) -> None:
        entries = entries_of(self._runs, self._plan, self._progress, self._live)
        self.table.show_entries(entries, self._asked_score(), self._acquisition)

    def _look(self, which: int) -> None:
        """Show curves (0), the map (1) or the rows (2)."""
        self.pictures.setCurrentIndex(which)
        self.axis.setEnabled(which == 0)
        self._draw()

    def _tools(self) -> None:
        self.score = ElidedBox(toolTip="Which score; without truth or reference only the misfit is available")
        self.score.setAccessibleName("score")
        self.score.addItems([score.name for score in SCORES])
        self.look = QComboBox(
            toolTip="Curves over overlap; a map of methods and overlaps in colours; or every run as a row, "
            "with its state and worker"
        )
        self.look.setAccessibleName("curves, map or rows")
        self.look.addItems(["curves", "map", "rows"])
        self.apart = QCheckBox("each scan", toolTip="A curve for each scan, rather than a band over all")
        self.apart.setAccessibleName("a curve for each scan")
        self.apart.hide()
        self.axis = ElidedBox(toolTip="Quantity of the horizontal axis")
        self.axis.setAccessibleName("axis of the sweep")
        self.axis.addItems(AXES)
        for box, letters in ((self.score, 7), (self.axis, 8)):  # their longest would widen a small window
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(letters)
        self.threshold = QDoubleSpinBox(minimum=0.001, maximum=1000, decimals=3, singleStep=0.01, value=0.1)
        self.threshold.setAccessibleName("threshold")
        self.threshold.setToolTip("The score that is good enough; or drag the line in the plot")
        self.readout = Elided(objectName="readout")
        self.open = QToolButton(text="Open…", toolTip="Open what is to be swept from a TOML file")
        self.open.setAccessibleName("open a sweep")
        self.open.clicked.connect(self.open_requested)
        self.csv = QToolButton(text="CSV…", toolTip="Write every run of the drawn curves to a table")
        self.csv.setAccessibleName("sweeps to CSV")
        self.csv.clicked.connect(lambda: self.csv_requested.emit(partial(table_of, self.shown())))
        self.paper = QToolButton(
            text="Figure…", toolTip="Draw these curves for a paper: PDF, SVG, PNG or TIFF"
        )
        self.paper.setAccessibleName("figure of the sweeps")
        self.paper.clicked.connect(self.figure_requested)
        self.clear = QToolButton(
            text="Delete", toolTip="Remove the runs of the drawn curves from the list; Undelete is there"
        )
        self.clear.setAccessibleName("delete the drawn curves")
        self.clear.clicked.connect(
            lambda: self.delete_requested.emit([r for c in self.shown() for p in c.places for r in p.runs])
        )

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(6, 0, 6, 0)
        tools.setSpacing(ROW)
        for widget in (
            self.look,
            Label("of"),
            self.score,
            Label("over"),
            self.axis,
            Label("  threshold"),
            self.threshold,
            self.apart,
        ):
            tools.addWidget(widget)
        tools.addStretch(1)
        for button in (self.open, self.csv, self.paper, self.clear):
            tools.addWidget(button)
        self.nothing = Label(NOTHING, wordWrap=True)
        self.nothing.setContentsMargins(8, 4, 8, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(tools)
        self.pictures = QStackedWidget()
        self.pictures.setMinimumHeight(LEAST)
        self.pictures.addWidget(self.plot)
        self.pictures.addWidget(self.map)
        self.pictures.addWidget(self.table)
        layout.addWidget(self.pictures, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.nothing)
        layout.addWidget(self.rows)


def _words(run: Run, asked: Score, threshold: float, cost: str) -> str:
    """A run in one line, with the drawn score relative to the threshold, and what its scan costs."""
    place = Place((run,))
    scores = [(score, score.of(run)) for score in SCORES]
    numbers = [
        f"{score.name} {score.text(value, threshold) if score is asked else f'{value:.3g}'}"
        for score, value in scores
        if value is not None
    ]
    where = f"{overlap_text(run.overlap)}, step {place.step:.3g} px, {place.count} positions, {cost}"
    return f"run {run.name}, seed {run.seed}: {where}; {', '.join(numbers)}"


def _key(curve: Curve) -> Key:
    return curve.sweep, curve.method, curve.of
