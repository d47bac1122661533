"""ObjectView: x̂0 in amplitude and phase, or complex; beside it the truth or x_t; shared zoom and cursor."""

from functools import partial

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ptygui.analysis.coverage import Coverage, coverage_of
from ptygui.figures.figure import Pictures
from ptygui.figures.levels import CIRCLE, Levels, thinned, turned
from ptygui.figures.step_figure import step_figure, view_factor, x_t_levels
from ptygui.figures.step_levels import StepLevels
from ptygui.gui.model.quantities import pixel
from ptygui.gui.views.canvas import ROW
from ptygui.gui.views.object_canvas import ObjectCanvas
from ptygui.gui.views.view import View, ViewOption, checked
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.icons import IconButton
from ptygui.gui.widgets.steady import Steady
from ptygui.scan import Geometry
from ptygui.step import Step

NO_SCAN = "No scan yet.\nOpen one (Ctrl+O), or load the example (Ctrl+Shift+O)"
NO_STEP = "Nothing is reconstructed yet.\nRun (Ctrl+R)"
BESIDE = ("nothing", "truth", "x_t")
PARTS = ("both", "amplitude", "phase", "complex")


class ObjectView(View, QWidget):
    """Shows steps of a reconstruction; needs no window and no session.

    Levels are those of `StepLevels`, from the newest step of the run, or from each step itself with `auto
    levels` on. Phases that nearly span the whole circle, and all phases with `±π` on, have cyclic colours.
    For the view only, the global phase is aligned to that of the truth, or to a mean of zero.
    """

    parts_changed, beside_changed = pyqtSignal(str), pyqtSignal(str)
    figure_requested = pyqtSignal()
    coverage_requested = pyqtSignal(Geometry, Step)  # may take long
    coverage_changed = pyqtSignal(object)  # `Coverage`, or None

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.scan: Geometry | None = None
        self.step: Step | None = None
        self.beside, self.parts = "nothing", "both"
        self._newest: Step | None = None  # of the run
        self._live: object = None  # the run while it is live
        self._settling = False  # whether it was live when the previous step was shown
        self._levels = StepLevels()
        self._levels_of: tuple[Step, bool, bool, bool] | None = None
        self.coverage: Coverage | None = None  # once it is found
        self._asked: Step | None = None  # that coverage was asked for
        self.factor: complex = 1.0  # global factor that the estimate is drawn with
        self._pointed: tuple[int, int, str] | None = None  # row, column, picture under the mouse
        self.canvas = ObjectCanvas()
        self.readout, self.named = Elided(objectName="readout"), Elided(objectName="run")
        self.named.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._place_of_name = Steady(self.named)
        self._tools()
        self.canvas.pointed.connect(self._point)
        for part in ("amplitude", "phase"):
            self.canvas.bars[part].redisplayed.connect(self._redisplay)
        self.canvas.say(NO_SCAN)
        self._arrange()

    def show_scan(self, scan: Geometry) -> None:
        """Take truth and pixel size from a scan, and clear the pictures."""
        knew, self.scan, self.step = self._knows_truth(), scan, None
        self._levels.show_scan(scan)
        self._levels_of, self._live = None, None
        self._asked = None
        self.show_coverage(scan, None)
        self._apply_levels()
        self.canvas.begin(scan.object_shape, scan.pixel_size_m)
        self._entitle()
        self.canvas.say(NO_STEP)
        self._point(None)
        self._offer()
        self._draw_beside()
        if self._knows_truth() != knew:
            self._arrange()

    def options(self) -> dict[str, ViewOption]:
        """Levels, phases, and which pictures."""
        return {
            "auto levels": checked(self.auto),
            "whole circle": checked(self.circle),
            "align phase": checked(self.align),
            "stripes": checked(self.covered),
            "pictures": ViewOption(lambda: self.parts, self.set_parts, self.parts_changed),
            "picture beside": ViewOption(lambda: self.beside, self.set_beside, self.beside_changed),
        }

    def show_step(self, step: Step, newest: Step | None = None, live: object = None) -> None:
        """Show an estimate, at the levels of the `newest` step of its run, by default of the estimate itself.

        A step therefore looks the same whatever was shown before. `live` is the run while it is live.
        """
        self._settling, self._live = live is not None and live is self._live, live
        self.step, self._newest = step, newest or step
        self.canvas.show_shape(step.obj.shape)
        self.canvas.say("")
        self._draw()
        self._offer()
        self._ask_coverage()

    def show_coverage(self, scan: Geometry, coverage: Coverage | None) -> None:
        """Take over what was asked for: stripes where no data decide, and what the picture is made of."""
        if scan is not self.scan:
            return
        self.coverage = coverage
        self.covered.setText("not lit" if coverage is None else str(coverage.shares))
        self.covered.setEnabled(coverage is not None and bool(coverage.uncovered.any()))
        self._show_stripes()
        self.coverage_changed.emit(coverage)

    def show_name(self, name: str) -> None:
        """Show which run the pictures belong to."""
        self.named.setText(name)

    def set_parts(self, parts: str) -> None:
        """Which pictures: "both", "amplitude", "phase" or "complex"."""
        self.parts = parts
        self._draw()  # before they become visible
        self._draw_beside()
        self._arrange()
        self._tell()
        self.parts_changed.emit(parts)

    def fit(self) -> None:
        """Show the whole object."""
        self.canvas.linked.fit()

    def levels(self, part: str = "amplitude") -> Levels:
        """Amplitudes, or phases [rad], at the ends of the colour bar."""
        return self.canvas.bars[part].levels

    def x_t_levels(self) -> tuple[float, float]:
        """Limits of the channel values of x_t: wider for a noisier one."""
        return x_t_levels(certain(self.step))

    def shown_area(self) -> tuple[slice, slice]:
        """The visible rows and columns, all unless the user zoomed."""
        return self.canvas.linked.area(self.canvas.panes["estimate", self.groups()[0][0]])

    def figure(self, caption: str = "") -> Pictures | None:
        """The visible pictures, as a figure for a paper; None if there is no step."""
        if self.step is None:
            return None
        levels, striped = {part: self.levels(part) for part in ("amplitude", "phase")}, self._striped()
        return step_figure(
            self.step,
            self.scan,
            levels,
            self.groups(),
            beside=self.beside,
            factor=self.factor,
            area=self.shown_area(),
            caption=caption if striped is None or not caption else f"{caption} Striped: {self._made_of()}.",
            maps={part: self.canvas.bars[part].colours.name for part in levels},
            unwrap=self._levels.unwrap,
            striped=striped,
        )

    def _made_of(self) -> str:
        """What the picture is made of, in words."""
        return "" if self.coverage is None else str(self.coverage.shares)

    def _striped(self) -> np.ndarray | None:
        """Where the figure is striped, as the pictures are."""
        if self.scan is None or self.step is None or not (self.covered.isChecked() and self.coverage):
            return None
        return coverage_of(self.scan, self.step.prior_share, thin=False).uncovered

    def _ask_coverage(self) -> None:
        """Ask for the coverage of the step, while a run is live only for the first."""
        step = self.step
        if self.scan is not None and step is not None and (self._asked is None or self._live is None):
            if self._asked is None or step.prior_share is not self._asked.prior_share:
                self._asked = step
                self.coverage_requested.emit(self.scan, step)

    def _show_stripes(self) -> None:
        striped = self.covered.isChecked() and self.coverage is not None and self.step is not None
        self.canvas.show_stripes(self.coverage.uncovered if striped and self.coverage else None)

    def _tools(self) -> None:
        self.choices = {
            what: QToolButton(text=text, toolTip=said, checkable=True)
            for what, text, said in (
                ("truth", "Truth", "The true object, or the reference, beside the estimate (T; N: not)"),
                ("x_t", "x_t", "The noisy state of the diffusion beside the estimate (X; N: not)"),
            )
        }
        for what, button in self.choices.items():
            button.setAccessibleName(f"{what} beside the estimate")
            button.clicked.connect(partial(self._choose, what))
        self.covered = QToolButton(text="not lit", checkable=True, checked=True, enabled=False)
        self.covered.setAccessibleName("stripes where no data decide")
        self.covered.setToolTip(
            "Striped: where the prior decides more than the data, and what was not lit (U). Told: the "
            "prior's mean share of the lit pixels; the part of the scanned area that got less than 5 % of "
            "the light of the well lit area"
        )
        self.covered.toggled.connect(self._show_stripes)
        self.auto = QCheckBox("auto", toolTip="Set the levels for each step separately (V)")
        self.align = QCheckBox("align", checked=True)
        self.auto.setAccessibleName("automatic levels")
        self.align.setAccessibleName("align the phase")
        self.align.setToolTip("For the view only: align the global phase to the truth, or to a mean of zero")
        self.circle = QCheckBox("±π", toolTip="Phase over the whole circle, not only over its own range (R)")
        self.circle.setAccessibleName("phase over the whole circle")
        for box in (self.auto, self.circle):
            box.toggled.connect(self._free)
        for box in (self.auto, self.circle, self.align):
            box.toggled.connect(self._redraw)
        for widget in (*self.choices.values(), self.covered, self.auto, self.circle, self.align):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click the timeline keeps the keys
        fit = IconButton("fit", "Show the whole object (0)", self.fit)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(ROW)
        for widget in (*self.choices.values(), self.covered, self.auto, self.circle, self.align, fit):
            row.addWidget(widget)
        row.addWidget(self.readout, 1)
        row.addWidget(self._place_of_name, 1)
        self.readout.hide()
        figure = QToolButton(text="Figure…", toolTip="Draw these pictures for a paper: PDF, SVG, PNG or TIFF")
        figure.clicked.connect(self.figure_requested)
        row.addWidget(figure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)

    def _choose(self, what: str, on: bool) -> None:
        self.set_beside(what if on else "nothing")

    def set_beside(self, what: str) -> None:
        """What to show next to x̂0: "nothing", "truth" or "x_t"."""
        for name, button in self.choices.items():
            button.setChecked(name == what)
        if what == self.beside:
            return
        self.beside = what
        self._draw_beside()
        self._arrange()
        self.beside_changed.emit(self.beside)

    def _offer(self) -> None:
        """Disable the choices that are not available."""
        there = {"truth": self._knows_truth(), "x_t": self.step is not None and self.step.x_t is not None}
        for what, button in self.choices.items():
            enabled = there[what] or what == self.beside
            if button.isEnabled() != enabled:
                button.setEnabled(enabled)

    def _knows_truth(self) -> bool:
        return self.scan is not None and self.scan.compared_obj is not None

    def _arrange(self) -> None:
        self.canvas.arrange(self.groups())
        self._entitle()
        self.canvas.restyle()
        self.canvas.linked.refit()

    def groups(self) -> list[tuple[str, tuple[str, ...]]]:
        """What is visible: parts, and of which pictures; x_t is in channels and has no complex picture."""
        if self.parts == "complex" and self.beside == "x_t":
            return [("complex", ("estimate",)), ("amplitude", ("beside",)), ("phase", ("beside",))]
        alone = self.beside == "nothing" or (self.beside == "truth" and not self._knows_truth())
        shown = ("estimate",) if alone else ("estimate", "beside")
        return [(part, shown) for part in self._parts()]

    def _entitle(self) -> None:
        titles = {(which, part): self._title(which, part) for part, shown in self.groups() for which in shown}
        self.canvas.entitle(titles)

    def _title(self, which: str, part: str) -> str:
        noise = "" if self.step is None else self.step.noise if self.step.index else "the start"
        if which == "beside" and self.beside == "x_t":
            if self.step is None:
                return f"x_t, {part} channel"
            none = self.step.x_t is None
            return "no x_t in this step" if none else f"x_t, {part} channel, ±{self.x_t_levels()[1]:.2g}"
        name = "x̂0" if which == "estimate" else self._beside_name()
        first = which == "estimate" and part == self.groups()[0][0]
        unit = " [rad]" if part == "phase" else ""
        return f"{name}, {part}{unit}" + (f"  ·  {noise}" if first and noise else "")

    def _beside_name(self) -> str:
        """What lies beside: a truth that is not known is a reference."""
        reference = self.beside == "truth" and self.scan is not None and self.scan.truth is None
        return "reference" if reference else self.beside

    def _redisplay(self) -> None:
        """Draw anew what the bars do not rule: unwrapped phases, and complex colours."""
        unwrap, top = self.canvas.bars["phase"].display.unwrapped, self.levels()
        if unwrap != self._levels.unwrap:
            self._levels.set_unwrap(unwrap)
            self._redraw()
        elif top != self.canvas.bars["complex"].levels:
            self.canvas.bars["complex"].set_levels(top)
            if self.parts == "complex":
                self._draw()
                self._draw_beside()

    def _free(self, on: bool) -> None:
        """Levels that were set by hand end where others are asked for."""
        self.canvas.bars["phase"].display.lock(None)
        if self.sender() is self.auto:
            self.canvas.bars["amplitude"].display.lock(None)

    def _redraw(self) -> None:
        self._levels_of = None
        self._settling = False
        self._draw()
        self._draw_beside()

    def _draw(self) -> None:
        if self.step is None:
            return
        self.factor = self._turn(self.step.obj)
        before = self.levels()
        self._entitle()
        self._find_levels()
        self.canvas.show_object("estimate", self.step.obj, self._parts(), self.factor)
        if self.beside == "x_t" or (self.parts == "complex" and self.levels() != before):
            self._draw_beside()
        if self._pointed is not None:
            self._tell()

    def _find_levels(self) -> None:
        alone = self.auto.isChecked()
        of = self.step if alone else self._newest
        if of is None:
            return
        found = (of, alone, self.align.isChecked(), self._settling)
        if found != self._levels_of:
            self._levels_of = found
            factor = self.factor if of is self.step else self._turn(of.obj)
            self._levels.take(of.obj, factor, alone, self._settling and not alone)
        self._apply_levels()

    def _parts(self) -> tuple[str, ...]:
        return ("amplitude", "phase") if self.parts == "both" else (self.parts,)

    def _apply_levels(self) -> None:
        found = self._levels.found
        if found:
            phase = found["phase"]
            if not self._levels.unwrap:
                phase = CIRCLE if self.circle.isChecked() else turned(phase)
            self.canvas.set_levels(found["amplitude"], phase)

    def _turn(self, obj: np.ndarray) -> complex:
        if not self.align.isChecked():
            return 1.0
        return view_factor(obj, None if self.scan is None else self.scan.compared_obj)

    def _draw_beside(self) -> None:
        known = None if self.scan is None else self.scan.compared_obj
        if self.beside == "truth" and known is not None:
            self.canvas.show_beside(known, self._parts())
        elif self.beside == "x_t" and self.step is not None and self.step.x_t is not None:
            self.canvas.show_channels(thinned(self.step.x_t), self.x_t_levels())
        else:
            self.canvas.clear_beside()

    def _point(self, found: tuple[int, int, str] | None) -> None:
        self._pointed = found
        self._tell()

    def _tell(self) -> None:
        """Update the read-out of the pixel under the mouse to the present pictures."""
        text = "" if self._pointed is None else self.describe(*self._pointed)
        self._show_readout(text)
        self.canvas.linked.point(self._pointed[:2] if self._pointed is not None and text else None)

    def _show_readout(self, text: str) -> None:
        """Show the read-out instead of the run's name: there is no room for both."""
        self.readout.setText(text)
        self.readout.setVisible(bool(text))
        self._place_of_name.setVisible(not text)

    def describe(self, row: int, column: int, which: str = "estimate") -> str:
        """The read-out for a pixel: picture, amplitude and phase, and place."""
        name, obj = "x̂0", self.step.obj if self.step is not None else None
        if which == "beside" and self.beside == "truth" and self.scan is not None:
            name, obj = self._beside_name(), self.scan.compared_obj
        shape = self.canvas.shape
        if shape is None or not (0 <= row < shape[0] and 0 <= column < shape[1]):
            return ""
        at = pixel(row, column, None if self.scan is None else self.scan.pixel_size_m)
        if which == "beside" and self.beside == "x_t" and self.step is not None and self.step.x_t is not None:
            a, p = self.step.x_t[:, row, column]
            return f"x_t {a:.3f}, {p:.3f} (channels)   {at}"
        if obj is None:
            return at
        value = obj[row, column] * (self.factor if which == "estimate" else 1.0)
        said = {"amplitude": f"{abs(value):.3f}", "phase": f"{np.angle(value):+.3f} rad"}
        shown = ("amplitude", "phase") if self.parts == "complex" else self._parts()
        share = self.step.prior_share if which == "estimate" and self.step is not None else None
        if share is not None and np.isnan(share[row, column]):
            at += "   unlit"
        elif share is not None and share[row, column]:
            at += f"   prior {100 * share[row, column]:.0f} %"
        return f"{name} {', '.join(said[part] for part in shown)}   {at}"
