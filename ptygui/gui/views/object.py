"""ObjectView: x̂0 in amplitude and phase, or complex; the truth or x_t beside; zoom and cursor shared."""

from functools import partial

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ptygui.gui.elided import Elided
from ptygui.gui.facts import length
from ptygui.gui.paper.pictures import Pictures
from ptygui.gui.thinning import CIRCLE, Levels, thinned, turned
from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.colour_bar import AMPLITUDE_MAP, ColourBar, phase_bar, show_phase_levels
from ptygui.gui.views.complex_colours import ColourWheel, complex_colours
from ptygui.gui.views.levels import StepLevels
from ptygui.gui.views.linked import CURSOR
from ptygui.gui.views.object_figure import X_T_MAP, object_figure
from ptygui.gui.views.pane import Pane, area_of
from ptygui.gui.views.scale_bar import ScaleBar
from ptygui.metrics import best_factor
from ptygui.scan import Scan
from ptygui.step import Step

NO_SCAN = "No scan yet.\nOpen one (Ctrl+O), or load the example (Ctrl+Shift+O)"
NO_STEP = "Nothing is reconstructed yet.\nRun (Ctrl+R)"
BESIDE = ("nothing", "truth", "x_t")
PARTS = ("both", "amplitude", "phase", "complex")


class ObjectView(QWidget):
    """Shows steps of a reconstruction; needs no window and no session.

    Levels are those of `StepLevels`, of each step by itself with `auto levels` on. Phases that come near
    the whole circle, and all of them with `±π` on, have cyclic colours. For the view only, the global
    phase is turned to that of the truth, or to a mean of zero.
    """

    beside_changed = pyqtSignal(str)
    figure_requested = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self.scan: Scan | None = None
        self.step: Step | None = None
        self.beside, self.parts = "nothing", "both"
        self._levels = StepLevels()
        self.factor: complex = 1.0  # that the estimate is drawn with
        self._shape, self._zoomed = None, False
        self._offered = (True, True, True)
        self._titled: dict[tuple[str, str], str] = {}
        self.canvas = Canvas("pictures of the shown step")
        self.readout, self.named = Elided(objectName="readout"), Elided(objectName="run")
        self.named.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._tools()
        self._panes: dict[tuple[str, str], Pane] = {}
        self.bars = {"amplitude": ColourBar(AMPLITUDE_MAP, (0, 1)), "phase": phase_bar()}
        for which in ("estimate", "beside"):
            for part, bar in self.bars.items():
                self._panes[which, part] = Pane(bar.colours)
            self._panes[which, "complex"] = Pane()
        for part, bar in self.bars.items():
            bar.colour([self._panes[which, part].image for which in ("estimate", "beside")])
        self.bars["complex"] = ColourWheel()
        self.scales = {part: ScaleBar(self._panes["estimate", part].vb) for part in self.bars}
        self.cursors = []
        for pane in self._panes.values():
            cursor = pg.ScatterPlotItem(
                symbol="crosshair", size=17, pen=pg.mkPen(CURSOR, width=1), brush=None
            )
            cursor.hide()
            pane.vb.addItem(cursor, ignoreBounds=True)
            self.cursors.append(cursor)
            pane.vb.sigRangeChangedManually.connect(partial(self._follow, pane))
        self.canvas.say(NO_SCAN)
        self._arrange()
        self._pointed = None  # row, column, and in which picture, of the mouse
        self.canvas.viewport().installEventFilter(self)
        self._moved = pg.SignalProxy(
            self.canvas.scene().sigMouseMoved, rateLimit=30, slot=self._read, threadSafe=False
        )

    def show_scan(self, scan: Scan) -> None:
        """Take truth and pixel size from a scan, and drop what was shown."""
        knew, self.scan, self.step = self._knows_truth(), scan, None
        self._levels.show_scan(scan)
        self._apply_levels()
        for (which, _), pane in self._panes.items():
            if which == "estimate":
                pane.image.clear()
        self._entitle()
        for scale in self.scales.values():
            scale.set_pixel_size(scan.pixel_size_m)
            scale.set_shape(None)
        self.canvas.say(NO_STEP)
        self._forget()
        self._offer()
        self._draw_beside()
        if self._knows_truth() != knew:
            self._arrange()
        if scan.object_shape != self._shape:
            self._shape = scan.object_shape
            self.fit()

    def show_step(self, step: Step) -> None:
        """Show an estimate."""
        self.step = step
        if step.obj.shape != self._shape:
            self._shape = step.obj.shape
            self.fit()
        for scale in self.scales.values():
            scale.set_shape(self._shape)
        self.canvas.say("")
        self._draw()
        self._offer()

    def show_name(self, name: str) -> None:
        """Tell which run the pictures are of."""
        self.named.setText(name)

    def set_beside(self, what: str) -> None:
        """What to show beside x̂0: "nothing", "truth" or "x_t"."""
        self.choice.setCurrentIndex(BESIDE.index(what))

    def set_parts(self, parts: str) -> None:
        """Which pictures: "both", "amplitude", "phase" or "complex"."""
        self.parts = parts
        self._draw()  # before they come in sight
        self._draw_beside()
        self._arrange()

    def fit(self) -> None:
        """Show the whole object."""
        self._zoomed = False
        if self._shape:
            rows, columns = self._shape
            for pane in self._panes.values():
                pane.show_range((0, columns), (0, rows), padding=0.02)

    def resizeEvent(self, event):
        """Keep the whole object in view, unless the user zoomed."""
        super().resizeEvent(event)
        self._refit()

    def levels(self, part: str = "amplitude") -> Levels:
        """Amplitudes, or phases [rad], at the ends of the colour bar."""
        return self.bars[part].levels

    def x_t_levels(self) -> tuple[float, float]:
        """Channel values that x_t is drawn between: wider for noisier ones."""
        reach = 1.0 + 3.0 * min(self.step.level or 0.0, 1.0)
        return -reach, reach

    def shown_area(self) -> tuple[slice, slice]:
        """Rows and columns in sight, whole unless the user zoomed."""
        if not self._zoomed:
            return slice(None), slice(None)
        return area_of(self._panes["estimate", self.groups()[0][0]].vb, self._shape)

    def figure(self, caption: str = "") -> Pictures | None:
        """The pictures in sight, to be drawn on paper; None where there is no step."""
        return object_figure(self, caption)

    def _refit(self) -> None:
        """Once the layout has settled."""
        if not self._zoomed:
            QTimer.singleShot(0, self.fit)

    def _follow(self, lead: "Pane", *_) -> None:
        """Zoom all pictures as the one that the user zoomed."""
        self._zoomed = True
        x, y = lead.vb.viewRange()
        for pane in self._panes.values():
            if pane is not lead:
                pane.show_range(x, y)

    def _tools(self) -> None:
        self.choice = QComboBox(toolTip="What to show beside x̂0, the estimate (N, T, X)")
        self.choice.setAccessibleName("picture beside x̂0")
        self.choice.addItems(["x̂0", "x̂0 with truth", "x̂0 with x_t"])
        self.choice.currentIndexChanged.connect(self._choose)
        self.auto = QCheckBox("auto levels", toolTip="Levels of each step by itself (V)")
        self.align = QCheckBox("align phase", checked=True)
        self.align.setToolTip("For the view only: turn the global phase to the truth's, or to a mean of zero")
        self.circle = QCheckBox("±π", toolTip="Phase over the whole circle, not over what there is of it (R)")
        self.circle.setAccessibleName("phase over the whole circle")
        for box in (self.auto, self.circle, self.align):
            box.toggled.connect(self._redraw)
        for widget in (self.choice, self.auto, self.circle, self.align):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the timeline
        fit = QToolButton(text="fit", toolTip="Show the whole object (0)")
        fit.clicked.connect(self.fit)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        for widget in (self.choice, self.auto, self.circle, self.align, fit):
            row.addWidget(widget)
        row.addWidget(self.readout, 1)
        row.addWidget(self.named, 1)
        self.readout.hide()
        figure = QToolButton(text="Figure…", toolTip="Draw these pictures for a paper: PDF, SVG, PNG or TIFF")
        figure.clicked.connect(self.figure_requested)
        row.addWidget(figure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)

    def _choose(self, index: int) -> None:
        self.beside = BESIDE[index]
        self._draw_beside()
        self._arrange()
        self.beside_changed.emit(self.beside)

    def _offer(self) -> None:
        """Grey out what there is not."""
        there = (True, self._knows_truth(), self.step is not None and self.step.x_t is not None)
        if there == self._offered:  # the model of a box is dear to ask for
            return
        self._offered = there
        for place, enabled in enumerate(there):
            self.choice.model().item(place).setEnabled(enabled)

    def _knows_truth(self) -> bool:
        return self.scan is not None and self.scan.truth is not None

    def _arrange(self) -> None:
        layout = self.canvas.ci
        for item in list(layout.items):
            layout.removeItem(item)
        columns, groups = 0, self.groups()
        for part, shown in groups:
            for which in shown:
                pane = self._panes[which, part]
                layout.addItem(pane, 0, columns)
                columns += 1
            if "estimate" in shown:
                layout.addItem(self.bars[part], 1, columns - len(shown), 1, len(shown))
        for part, scale in self.scales.items():
            scale.setVisible(part == groups[0][0])
        self.canvas.share_columns(columns, 4)
        self._titled = {}
        self._entitle()
        self.canvas.restyle()
        self._refit()

    def groups(self) -> list[tuple[str, tuple[str, ...]]]:
        """What is in sight: parts, and of which pictures; x_t has no complex one, being in channels."""
        if self.parts == "complex" and self.beside == "x_t":
            return [("complex", ("estimate",)), ("amplitude", ("beside",)), ("phase", ("beside",))]
        alone = self.beside == "nothing" or (self.beside == "truth" and not self._knows_truth())
        shown = ("estimate",) if alone else ("estimate", "beside")
        parts = ("amplitude", "phase") if self.parts == "both" else (self.parts,)
        return [(part, shown) for part in parts]

    def _entitle(self) -> None:
        """Write the titles, where they changed: a title is dear."""
        for part, shown in self.groups():
            for which in shown:
                title = self._title(which, part)
                if self._titled.get((which, part)) != title:
                    self._titled[which, part] = title
                    self._panes[which, part].entitle(title)

    def _title(self, which: str, part: str) -> str:
        noise = "" if self.step is None else self.step.noise
        if which == "beside" and self.beside == "x_t":
            return f"x_t, {part} channel (grey)"
        name = "x̂0" if which == "estimate" else self.beside
        first = which == "estimate" and part == self.groups()[0][0]
        unit = " [rad]" if part == "phase" else ""
        return f"{name}, {part}{unit}" + (f"  ·  {noise}" if first and noise else "")

    def _redraw(self) -> None:
        if not self.auto.isChecked():
            self._levels.restart()
        self._draw()
        self._draw_beside()

    def _draw(self) -> None:
        if self.step is None:
            return
        self.factor = self._turn(self.step.obj)
        obj = thinned(self.step.obj) * self.factor
        amplitude, before = np.abs(obj), self.levels()
        self._entitle()
        self._levels.show_step(self.step.obj, self.factor, self.auto.isChecked())
        self._apply_levels()
        self._show("estimate", obj, amplitude)
        if self.beside == "x_t" or (self.parts == "complex" and self.levels() != before):
            self._draw_beside()
        if self._pointed is not None:
            self._tell()

    def _show(self, which: str, obj: np.ndarray, amplitude: np.ndarray) -> None:
        """Draw what is in sight of an object."""
        panes = self._panes
        for part in ("amplitude", "phase") if self.parts == "both" else (self.parts,):
            if part == "amplitude":
                panes[which, part].show_picture(amplitude, self.levels(), self._shape)
            elif part == "phase":
                panes[which, part].show_picture(np.angle(obj), self.levels(part), self._shape)
            else:
                panes[which, part].show_colours(complex_colours(obj, self.levels()[1]), self._shape)

    def _apply_levels(self) -> None:
        found = self._levels.found
        if not found:
            return
        phase = CIRCLE if self.circle.isChecked() else turned(found["phase"])
        if found["amplitude"] != self.levels():
            self.bars["amplitude"].set_levels(found["amplitude"])
            self.bars["complex"].set_levels(found["amplitude"])
        if phase != self.levels("phase"):
            show_phase_levels(self.bars["phase"], phase)

    def _turn(self, obj: np.ndarray) -> complex:
        if not self.align.isChecked():
            return 1.0
        truth = self.scan.truth if self.scan is not None else None
        if truth is not None and truth.shape == obj.shape:
            return np.complex64(best_factor(obj, truth))
        mean = obj.sum()
        return np.complex64(abs(mean) / mean) if mean else 1.0

    def _draw_beside(self) -> None:
        known = self.scan is not None and self.scan.truth is not None
        if self.beside == "truth" and known:
            truth = thinned(self.scan.truth)
            for part in ("amplitude", "phase"):
                self._panes["beside", part].image.setColorMap(self.bars[part].colours)
            self._show("beside", truth, np.abs(truth))
        elif self.beside == "x_t" and self.step is not None and self.step.x_t is not None:
            for part, channel in zip(("amplitude", "phase"), thinned(self.step.x_t), strict=True):
                self._panes["beside", part].image.setColorMap(X_T_MAP)
                self._panes["beside", part].show_picture(channel, self.x_t_levels(), self._shape)
        else:
            for part in PARTS[1:]:
                self._panes["beside", part].image.clear()

    def point(self, at: tuple[int, int] | None) -> None:
        """Put the cursor of all pictures on a pixel (row, column), or away."""
        where = ([], []) if at is None else ([at[1] + 0.5], [at[0] + 0.5])
        for cursor in self.cursors:
            cursor.setData(*where)
            cursor.setVisible(at is not None)  # painting none is as dear as painting one

    def _read(self, event) -> None:
        for (which, _), pane in self._panes.items():
            if pane.scene() is None or not pane.vb.sceneBoundingRect().contains(event[0]):
                continue
            at = pane.vb.mapSceneToView(event[0])
            self._pointed = (int(np.floor(at.y())), int(np.floor(at.x())), which)
            self._tell()
            return
        self._forget()

    def eventFilter(self, watched, event):
        """Tell of no pixel once the mouse has left the pictures."""
        if event.type() == QEvent.Type.Leave:
            QTimer.singleShot(60, self._forget)  # after the last move, which is told up to 1/30 s late
        return super().eventFilter(watched, event)

    def _forget(self) -> None:
        self._pointed = None
        self._tell()

    def _tell(self) -> None:
        """The read-out of the pixel under the mouse, of what is shown now."""
        text = "" if self._pointed is None else self.describe(*self._pointed)
        self._show_readout(text)
        self.point(self._pointed[:2] if text else None)

    def _show_readout(self, text: str) -> None:
        """In the place of the run's name: there is no room for both."""
        self.readout.setText(text)
        self.readout.setVisible(bool(text))
        self.named.setVisible(not text)

    def describe(self, row: int, column: int, which: str = "estimate") -> str:
        """The read-out for a pixel: amplitude and phase there, and where it is."""
        obj = self.step.obj if self.step is not None else None
        if which == "beside" and self.beside == "truth" and self.scan is not None:
            obj = self.scan.truth
        if self._shape is None or not (0 <= row < self._shape[0] and 0 <= column < self._shape[1]):
            return ""
        at = f"row {row}, column {column}"
        if self.scan is not None and self.scan.pixel_size_m:
            size = self.scan.pixel_size_m
            at += f" ({length(row * size)}, {length(column * size)})"
        if which == "beside" and self.beside == "x_t" and self.step is not None and self.step.x_t is not None:
            a, p = self.step.x_t[:, row, column]
            return f"x_t {a:.3f}, {p:.3f} (channels)   {at}"
        if obj is None:
            return at
        value = obj[row, column] * (self.factor if which == "estimate" else 1.0)
        return f"amplitude {abs(value):.3f}   phase {np.angle(value):+.3f} rad   {at}"
