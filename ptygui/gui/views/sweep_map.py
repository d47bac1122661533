"""SweepMap: scores of sweeps as a table in colours, a row for each curve and a column for each overlap."""

from collections.abc import Callable, Container, Iterable, Sequence

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QBrush, QColor
from PyQt6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ptygui.experiment.overlap_limit import Curve, Place, Score
from ptygui.experiment.run import Run
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import keyless, tip
from ptygui.physics.positions import overlap_text

_COLOURS = pg.colormap.get("viridis")  # equal steps look equal, for the colour-blind as well
_BRIGHT = 0.45  # luminance from which text on a colour is dark


class SweepMap(QTableWidget):
    """The mean score of each curve at each overlap.

    ✓ where all runs reach the threshold, ○ where some are doubtful. A click or Return chooses the worst run.
    """

    run_chosen = pyqtSignal(Run)
    run_pointed = pyqtSignal(object)  # Run of the cell that has the focus, or None

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("map of scores over overlap")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        header = certain(self.horizontalHeader())
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._worst: dict[tuple[int, int], Run] = {}
        self.cellClicked.connect(self._choose)
        self.cellActivated.connect(self._choose)
        self.currentCellChanged.connect(lambda *at: self.run_pointed.emit(self.run_at(*at[:2])))

    def run_at(self, row: int, column: int) -> Run | None:
        """The worst run of a cell; None of an empty one."""
        return self._worst.get((row, column))

    def show_curves(
        self, curves: Sequence[Curve], score: Score, threshold: float, doubtful: Container[Run]
    ) -> None:
        """Show a score of some curves."""
        columns = sorted({_column(place) for curve in curves for place in curve.places})
        self._worst = {}
        self.clear()
        self.setRowCount(len(curves))
        self.setColumnCount(len(columns))
        self.setVerticalHeaderLabels([keyless(curve.name) for curve in curves])
        self.setHorizontalHeaderLabels([overlap_text(column / 1000) for column in columns])
        places = {
            (row, columns.index(_column(place))): place
            for row, curve in enumerate(curves)
            for place in curve.places
        }
        means = {at: _mean(place, score) for at, place in places.items()}
        shares = _shares(means.values(), score)
        for (row, column), place in places.items():
            values = place.values(score)
            if (mean := means[row, column]) is None:
                self.setItem(row, column, QTableWidgetItem("failed" if place.runs else ""))
                continue
            marks = " ✓" * score.passes(values, threshold) + " ○" * any(run in doubtful for run in place.runs)
            item = QTableWidgetItem(f"{score.text(mean, threshold)}{marks}")
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            red, green, blue = (int(c) for c in _COLOURS.mapToByte(shares(mean))[:3])
            dark = (0.299 * red + 0.587 * green + 0.114 * blue) / 255 > _BRIGHT
            item.setBackground(QBrush(QColor(red, green, blue)))
            item.setForeground(QBrush(QColor("#000000" if dark else "#ffffff")))
            known = values[np.isfinite(values)]
            item.setToolTip(tip(
                f"{curves[row].name} at {overlap_text(place.overlap)}: {score.name} {known.min():.4g} to "
                f"{known.max():.4g}, {len(place.runs)} runs, {place.count} positions"
            ))  # fmt: skip
            self.setItem(row, column, item)
            pick = np.nanargmax if score.falls else np.nanargmin
            self._worst[row, column] = place.runs[int(pick(values))]

    def _choose(self, row: int, column: int) -> None:
        run = self.run_at(row, column)
        if run is not None:
            self.run_chosen.emit(run)


def _column(place: Place) -> int:
    """Overlap in tenths of a percent: what belongs in one column."""
    return round(1000 * place.overlap)


def _mean(place: Place, score: Score) -> float | None:
    values = place.values(score)
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _shares(means: Iterable[float | None], score: Score) -> Callable[[float], float]:
    """A function from a score to its place on the scale of colours: better is brighter."""
    known = np.array([mean for mean in means if mean is not None])
    log = score.falls and len(known) > 0 and bool((known > 0).all())
    low, high = (0.0, 1.0) if not len(known) else (float(known.min()), float(known.max()))
    ends = np.log([low, high]) if log else np.array([low, high])

    def share(value: float) -> float:
        at = np.log(value) if log else value
        part = float((at - ends[0]) / (ends[1] - ends[0])) if ends[1] > ends[0] else 0.5
        return 1 - part if score.falls else part

    return share
