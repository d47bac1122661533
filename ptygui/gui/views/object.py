"""ObjectView: x̂0 in amplitude and phase, on demand the truth or x_t beside each, zoomed together."""

from functools import partial

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ptygui.gui.facts import length
from ptygui.gui.thinning import span, thinned
from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.pane import AMPLITUDE_MAP, Pane, colour_bar, phase_bar
from ptygui.metrics import best_factor
from ptygui.scan import Scan
from ptygui.step import Step

X_T_MAP = "CET-L1"  # channel units, which the colour bars do not hold for
BESIDE = ("nothing", "truth", "x_t")
PARTS = ("both", "amplitude", "phase")


class ObjectView(QWidget):
    """Shows steps of a reconstruction; needs no window and no session.

    Amplitude levels stay as they are from step to step (those of the truth where it is known, else
    they only ever widen during a run) unless `auto levels` is on; phase always spans ±π. For the view
    only, the global phase is turned to that of the truth, or to a mean of zero.
    """

    beside_changed = pyqtSignal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.scan: Scan | None = None
        self.step: Step | None = None
        self.beside, self.parts = "nothing", "both"
        self._levels: tuple[float, float] | None = None
        self._shape, self._zoomed = None, False
        self.canvas = Canvas()
        self.readout = QLabel("", objectName="readout")
        self._tools()
        self._panes: dict[tuple[str, str], Pane] = {}
        self.bars = {"amplitude": colour_bar(AMPLITUDE_MAP, (0, 1)), "phase": phase_bar()}
        for which in ("estimate", "beside"):
            for part in PARTS[1:]:
                self._panes[which, part] = Pane(self.bars[part].colorMap())
        for part, bar in self.bars.items():
            bar.setImageItem([self._panes[which, part].image for which in ("estimate", "beside")])
        for pane in self._panes.values():
            pane.plot.vb.sigRangeChangedManually.connect(partial(self._follow, pane))
        self._arrange()
        self._moved = pg.SignalProxy(
            self.canvas.scene().sigMouseMoved, rateLimit=30, slot=self._read, threadSafe=False
        )

    def show_scan(self, scan: Scan) -> None:
        """Take truth and pixel size from a scan, and drop what was shown."""
        self.scan, self.step, self._levels = scan, None, None
        if scan.truth is not None:
            self._levels = span(np.abs(scan.truth))
        for (which, _), pane in self._panes.items():
            if which == "estimate":
                pane.image.clear()
        self._offer()
        self._draw_beside()
        if scan.object_shape != self._shape:
            self._shape = scan.object_shape
            self.fit()

    def show_step(self, step: Step) -> None:
        """Show an estimate."""
        self.step = step
        if step.obj.shape != self._shape:
            self._shape = step.obj.shape
            self.fit()
        self._draw()
        if step.x_t is not None and self.choice.model().item(2).isEnabled() is False:
            self._offer()

    def set_beside(self, what: str) -> None:
        """What to show beside x̂0: "nothing", "truth" or "x_t"."""
        self.choice.setCurrentIndex(BESIDE.index(what))

    def set_parts(self, parts: str) -> None:
        """Which pictures: "both", "amplitude" or "phase"."""
        self.parts = parts
        self._arrange()

    def fit(self) -> None:
        """Show the whole object."""
        self._zoomed = False
        if self._shape:
            rows, columns = self._shape
            for pane in self._panes.values():
                pane.plot.setRange(xRange=(0, columns), yRange=(0, rows), padding=0.02)

    def resizeEvent(self, event):
        """Keep the whole object in view, unless the user zoomed."""
        super().resizeEvent(event)
        self._refit()

    def levels(self) -> tuple[float, float]:
        """Amplitudes at the ends of the colour bar."""
        return self.bars["amplitude"].levels()

    def _refit(self) -> None:
        """Once the layout has settled."""
        if not self._zoomed:
            QTimer.singleShot(0, self.fit)

    def _follow(self, lead: "Pane", *_) -> None:
        """Zoom all pictures as the one that the user zoomed."""
        self._zoomed = True
        x, y = lead.plot.vb.viewRange()
        for pane in self._panes.values():
            if pane is not lead:
                pane.plot.setRange(xRange=x, yRange=y, padding=0)

    def _tools(self) -> None:
        self.choice = QComboBox(toolTip="What to show beside estimate (N, T, X)")
        self.choice.setAccessibleName("picture beside the estimate")
        self.choice.addItems(["estimate x0", "with truth", "with x_t"])
        self.choice.currentIndexChanged.connect(self._choose)
        self.auto = QCheckBox("auto levels", toolTip="Amplitude levels of each step by itself (L)")
        self.align = QCheckBox("align phase", checked=True)
        self.align.setToolTip("For the view only: turn the global phase to the truth's, or to a mean of zero")
        for box in (self.auto, self.align):
            box.toggled.connect(self._redraw)
        fit = QToolButton(text="fit", toolTip="Show the whole object (0)")
        fit.clicked.connect(self.fit)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        for widget in (self.choice, self.auto, self.align, fit):
            row.addWidget(widget)
        row.addWidget(self.readout, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)

    def _choose(self, index: int) -> None:
        self.beside = BESIDE[index]
        self._arrange()
        self._draw_beside()
        self.beside_changed.emit(self.beside)

    def _offer(self) -> None:
        """Grey out what there is not."""
        known = self.scan is not None and self.scan.truth is not None
        there = (True, known, self.step is not None and self.step.x_t is not None)
        for place, enabled in enumerate(there):
            self.choice.model().item(place).setEnabled(enabled)

    def _arrange(self) -> None:
        layout = self.canvas.ci
        for item in list(layout.items):
            layout.removeItem(item)
        shown = ("estimate",) if self.beside == "nothing" else ("estimate", "beside")
        parts = PARTS[1:] if self.parts == "both" else (self.parts,)
        for k, part in enumerate(parts):
            for j, which in enumerate(shown):
                pane = self._panes[which, part]
                pane.plot.setTitle(self._title(which, part), size="9pt")
                layout.addItem(pane.plot, 0, k * len(shown) + j)
            layout.addItem(self.bars[part], 1, k * len(shown), 1, len(shown))
        for column in range(4):
            used = column < len(parts) * len(shown)
            layout.layout.setColumnStretchFactor(column, int(used))
            layout.layout.setColumnPreferredWidth(column, 200 * used)
        self.canvas.restyle()
        self._refit()

    def _title(self, which: str, part: str) -> str:
        if which == "beside" and self.beside == "x_t":
            return f"x_t, {part} channel (grey)"
        name = which if which == "estimate" else self.beside
        return f"{name}, {part}" + (" [rad]" if part == "phase" else "")

    def _redraw(self) -> None:
        if not self.auto.isChecked() and self.scan is not None and self.scan.truth is not None:
            self._levels = span(np.abs(self.scan.truth))
        self._draw()

    def _draw(self) -> None:
        if self.step is None:
            return
        turn, obj = self._turn(self.step.obj), thinned(self.step.obj)
        amplitude, phase = np.abs(obj), np.angle(obj * turn)
        self._set_levels(amplitude)
        if self.parts != "phase":
            self._panes["estimate", "amplitude"].show(amplitude, self.levels(), self._shape)
        if self.parts != "amplitude":
            self._panes["estimate", "phase"].show(phase, (-np.pi, np.pi), self._shape)
        if self.beside == "x_t":
            self._draw_beside()

    def _set_levels(self, amplitude: np.ndarray) -> None:
        if self.auto.isChecked():
            self._levels = span(amplitude)
        elif self.scan is None or self.scan.truth is None:
            low, high = span(amplitude)
            if self._levels is not None:
                low, high = min(low, self._levels[0]), max(high, self._levels[1])
            self._levels = low, high
        if self._levels != self.levels():
            self.bars["amplitude"].setLevels(self._levels)

    def _turn(self, obj: np.ndarray) -> complex:
        if not self.align.isChecked():
            return 1.0
        truth = self.scan.truth if self.scan is not None else None
        if truth is not None and truth.shape == obj.shape:
            return np.complex64(best_factor(obj, truth))
        mean = obj.sum()
        return np.complex64(abs(mean) / mean) if mean else 1.0

    def _draw_beside(self) -> None:
        amplitude = phase = None
        if self.beside == "truth" and self.scan is not None and self.scan.truth is not None:
            truth = thinned(self.scan.truth)
            amplitude, phase = np.abs(truth), np.angle(truth)
        elif self.beside == "x_t" and self.step is not None and self.step.x_t is not None:
            amplitude, phase = thinned(self.step.x_t)  # channel units
        for part, picture in (("amplitude", amplitude), ("phase", phase)):
            pane = self._panes["beside", part]
            if picture is None:
                pane.image.clear()
            elif self.beside == "x_t":
                pane.image.setColorMap(X_T_MAP)
                reach = 1.0 + 3.0 * min(self.step.level or 0.0, 1.0)
                pane.show(picture, (-reach, reach), self._shape)
            else:
                pane.image.setColorMap(self.bars[part].colorMap())
                levels = self.levels() if part == "amplitude" else (-np.pi, np.pi)
                pane.show(picture, levels, self._shape)

    def _read(self, event) -> None:
        scene = event[0]
        for (which, _), pane in self._panes.items():
            if pane.plot.scene() is None or not pane.plot.vb.sceneBoundingRect().contains(scene):
                continue
            at = pane.plot.vb.mapSceneToView(scene)
            self.readout.setText(self.describe(int(np.floor(at.y())), int(np.floor(at.x())), which))
            return
        self.readout.setText("")

    def describe(self, row: int, column: int, which: str = "estimate") -> str:
        """The read-out for a pixel: where it is, amplitude and phase there."""
        obj = self.step.obj if self.step is not None else None
        if which == "beside" and self.beside == "truth" and self.scan is not None:
            obj = self.scan.truth
        if self._shape is None or not (0 <= row < self._shape[0] and 0 <= column < self._shape[1]):
            return ""
        text = f"row {row}, column {column}"
        if self.scan is not None and self.scan.pixel_size_m:
            size = self.scan.pixel_size_m
            text += f" ({length(row * size)}, {length(column * size)})"
        if which == "beside" and self.beside == "x_t" and self.step is not None and self.step.x_t is not None:
            a, p = self.step.x_t[:, row, column]
            return f"{text}   x_t {a:.3f}, {p:.3f} (channels)"
        if obj is None:
            return text
        turn = self._turn(obj) if which == "estimate" else 1.0
        value = obj[row, column] * turn
        return f"{text}   amplitude {abs(value):.3f}   phase {np.angle(value):+.3f} rad"
