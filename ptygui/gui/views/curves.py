"""CurvesView: NRMSE, SSIM and misfit of a run, with a marker at the step that is shown."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal

from ptygui.gui.views.canvas import CURVE, FLOOR, MARKER, Canvas
from ptygui.history import History
from ptygui.step import Step

MOST = 600  # points drawn of a curve
LOG_FROM = 300  # iterations from which the axis is logarithmic


class CurvesView(Canvas):
    """Three plots; a click asks for the step nearest to it."""

    index_requested = pyqtSignal(int)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.log_x = False
        self.plots = {
            "nrmse": _Curve(self._plot(0), "NRMSE (less global phase)", log_y=True),
            "ssim": _Curve(self._plot(1), "SSIM of magnitude", log_y=False),
            "misfit": _Curve(self._plot(2), "misfit", log_y=True),
        }
        self._total = 1
        self.restyle()
        self.scene().sigMouseClicked.connect(self._clicked)

    def _plot(self, column: int) -> pg.PlotItem:
        axes = {side: _LogAxis(side) for side in ("left", "bottom")}
        return self.addPlot(0, column, axisItems=axes)

    def begin(self, total: int) -> None:
        """Start over for a run of `total` iterates."""
        self._total = max(total, 2)
        self.log_x = total >= LOG_FROM
        for curve in self.plots.values():
            curve.begin(self._total, self.log_x)

    def show_history(self, history: History) -> None:
        """Draw all numbers of a run."""
        numbers = history.numbers
        count = len(numbers["index"])
        which = slice(None)
        if count > MOST:
            which = np.unique(np.geomspace(1, count, MOST).astype(int) - 1 if self.log_x else
                              np.linspace(0, count - 1, MOST).astype(int))  # fmt: skip
        x = np.array(numbers["index"], dtype=float)[which]
        for name, curve in self.plots.items():
            y = np.array(numbers[name], dtype=float)[which]  # None becomes nan
            curve.draw(x, y)
        last = history.last
        self.plots["misfit"].show_floor(last.noise_floor if last is not None else 0.0)

    def show_step(self, step: Step) -> None:
        """Mark the step that is shown."""
        for name, curve in self.plots.items():
            curve.mark(step.index, getattr(step, name))

    def _clicked(self, event) -> None:
        for curve in self.plots.values():
            if curve.plot.vb.sceneBoundingRect().contains(event.scenePos()):
                x = curve.plot.vb.mapSceneToView(event.scenePos()).x()
                self.index_requested.emit(round(10**x if self.log_x else x))


class _LogAxis(pg.AxisItem):
    """Labels 1, 2 and 5 of each decade where few decades are shown."""

    def logTickValues(self, low, high, size, std_ticks):
        span = high - low
        digits = (1,) if span > 2.5 else (1, 3) if span > 1.2 else (1, 2, 5) if span > 0.6 else range(1, 10)
        decades = range(int(np.floor(low)), int(np.ceil(high)) + 1)
        marks = np.log10([d * 10.0**k for k in decades for d in digits])
        return [(None, [v for v in marks if low <= v <= high])]

    def logTickStrings(self, values, scale, spacing):
        return [f"{10**v:.0e}".replace("e-0", "e-") if v < -3 else f"{10**v:.4g}" for v in values]


class _Curve:
    """One plot whose range only widens, so that nothing jumps while a run is live."""

    def __init__(self, plot: pg.PlotItem, title: str, log_y: bool):
        self.plot, self.log_y, self.title = plot, log_y, title
        plot.setTitle(title, size="9pt")
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.showGrid(x=True, y=True, alpha=0.15)
        plot.vb.disableAutoRange()
        plot.getAxis("left").setWidth(46)
        self.line = plot.plot([], [], pen=pg.mkPen(CURVE, width=1.5))
        self.marker = pg.InfiniteLine(angle=90, pen=pg.mkPen(MARKER, width=1))
        self.floor = pg.InfiniteLine(angle=0, pen=pg.mkPen(FLOOR, width=1.5, style=Qt.PenStyle.DashLine))
        for item in (self.marker, self.floor):
            item.hide()
            plot.addItem(item, ignoreBounds=True)
        self.begin(2, False)

    def begin(self, total: int, log_x: bool) -> None:
        self.log_x, self.range, self.floor_value = log_x, None, 0.0
        self.plot.setLogMode(x=log_x, y=self.log_y)
        self.plot.vb.disableAutoRange()
        self.plot.setXRange(0 if log_x else 0.5, np.log10(total) if log_x else total, padding=0.02)
        self.plot.setYRange(-3 if self.log_y else 0, 0 if self.log_y else 1, padding=0.02)
        self.line.setData([], [])
        self.marker.hide()
        self.floor.hide()
        self.plot.setTitle(self.title, size="9pt")

    def draw(self, x: np.ndarray, y: np.ndarray) -> None:
        if not len(x):
            self.marker.hide()
            self.plot.setTitle(self.title, size="9pt")
        good = np.isfinite(y) & ((y > 0) | (not self.log_y))
        x, y = x[good], y[good]
        self.line.setData(x, y)
        if len(y):
            self._widen(y.min(), y.max())

    def show_floor(self, value: float) -> None:
        if value != self.floor_value:
            self.floor_value = value
            self.floor.setVisible(value > 0)
            if value > 0:
                self.floor.setValue(np.log10(value))
                self._widen(value, value)

    def mark(self, index: int, value: float | None) -> None:
        self.marker.setValue(np.log10(max(index, 1)) if self.log_x else index)
        self.marker.show()
        if value is None:
            self.plot.setTitle(f"{self.title}: the truth is not known", size="9pt")
        else:
            floor = f"  (┄ noise {self.floor_value:.3g})" if self.floor_value else ""
            self.plot.setTitle(f"{self.title}: {value:.4g}{floor}", size="9pt")

    def _widen(self, low: float, high: float) -> None:
        if self.log_y:
            low, high = np.log10(low), np.log10(high)
        if self.range is not None:
            if low >= self.range[0] and high <= self.range[1]:
                return
            low, high = min(low, self.range[0]), max(high, self.range[1])
        room = max(0.1 * (high - low), 0.05 if self.log_y else 0.005)
        self.range = low - room, high + room
        self.plot.setYRange(*self.range, padding=0)
