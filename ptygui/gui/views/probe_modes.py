"""ProbeModesView: the probe of the shown step, all its modes, below the one that the scan has."""

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from ptygui.experiment.refined_values import change_of, refined_values
from ptygui.figures.colours import AMPLITUDE, COMPLEX, PHASE
from ptygui.figures.figure import Bar, Panel, Pictures
from ptygui.figures.levels import thinned
from ptygui.figures.scale import length
from ptygui.gui.model.quantities import counted
from ptygui.gui.views.canvas import BARS, EDGE, ROW, Canvas
from ptygui.gui.views.colour_bar import ColourBar, phase_bar
from ptygui.gui.views.pane import Pane
from ptygui.gui.views.probe import faded
from ptygui.gui.views.view import View
from ptygui.gui.widgets.colour_maps import colour_map
from ptygui.gui.widgets.elided import Elided
from ptygui.physics.overlap import effective_diameter
from ptygui.physics.probe import orthogonal_modes
from ptygui.scan import Geometry
from ptygui.step import Step

MOST = 4  # modes side by side
SIDE = 256  # pixels drawn per side of a mode
BRIGHT = 99.8  # percentile of amplitudes at the top of the colours: single hot pixels count for nothing
NO_SCAN = "No scan yet: the modes of its probe are drawn here, and how a run refines them."


class ProbeModesView(View, QWidget):
    """Amplitude and phase of each mode: first as given, below as refined. Needs no window.

    Modes are made orthogonal, so that powers can be compared. Amplitudes are relative to the larger maximum
    of both rows; phases fade where the amplitude is low, and the global phase of a mode is that of the given
    one.
    """

    start_requested = pyqtSignal(Step)  # whose probe the next run is to start with
    save_requested = pyqtSignal(object)  # modes, complex64 (M, m, m)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.scan: Geometry | None = None
        self.step: Step | None = None
        self.canvas = Canvas("modes of the probe, given and refined")
        self.canvas.setToolTip(
            "Modes made orthogonal, the strongest first, with their shares of the power: those of the scan, "
            "and below them those of the shown step"
        )
        self.first = QSpinBox(minimum=1, maximum=1, prefix="modes from ", visible=False)
        self.first.setAccessibleName("first mode that is shown")
        self.first.setToolTip("First of the modes that are shown")
        self.facts = Elided(objectName="facts")
        self.start = QPushButton("&Use as start", enabled=False)
        self.start.setToolTip(
            "Start the next run with all that this step refined: its probe with all modes; if the run is of "
            "this scan, also positions, brightness and background"
        )
        self.save = QPushButton("Sa&ve…", enabled=False)
        self.save.setToolTip("Write all modes: HDF5, CXI, or TIFF of real and imaginary parts")
        self.panes = {
            (which, part, k): Pane(colour_map(AMPLITUDE if part == "amplitude" else PHASE))
            for which in ("given", "refined")
            for k in range(MOST)
            for part in ("amplitude", "phase")
        }
        self.bars = {"amplitude": ColourBar(AMPLITUDE, (0, 1), "vertical"), "phase": phase_bar("vertical")}
        self._shape: tuple[int, bool] = (0, False)  # modes side by side, and whether there are refined ones
        self._given: tuple[np.ndarray, np.ndarray] | None = None  # orthogonal, and their powers
        self._shown: list[tuple[str, np.ndarray]] = []  # titles and modes
        self._lay_out()
        self.first.valueChanged.connect(lambda _: self._draw_soon())
        self.start.clicked.connect(self._ask_start)
        self.save.clicked.connect(self._ask_save)
        self.canvas.say(NO_SCAN)
        self.bars["phase"].redisplayed.connect(self._draw_soon)

    def show_scan(self, scan: Geometry) -> None:
        """Take the probe as given; the step shown belonged to another scan."""
        self.scan, self.step, self._given = scan, None, None
        self._draw_soon()

    def show_step(self, step: Step) -> None:
        """Show the probe of a step; nothing is computed while the view is hidden."""
        self.step = step
        self._draw_soon()

    def about(self) -> str:
        """What is shown, in words; empty without a scan."""
        if self.scan is None:
            return ""
        return f"Probe of {self.scan.name}" + ("" if self.step is None else f", step {self.step.index}")

    def figure(self, caption: str = "") -> Pictures | None:
        """The modes that are shown, in colours of the phase, as a figure for a paper."""
        if self.scan is None or not self._shown:
            return None
        top = max(float(np.percentile(np.abs(mode), BRIGHT)) for _, mode in self._shown)
        bar = Bar("phase [rad]; brightness: amplitude", (0.0, top), COMPLEX)
        panels = [Panel(title, mode, bar) for title, mode in self._shown]
        return Pictures(panels, self.scan.pixel_size_m, caption, self.about())

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to what arrived while hidden."""
        super().showEvent(event)
        self._draw_soon()

    def _ask_start(self) -> None:
        if self.step is not None:
            self.start_requested.emit(self.step)

    def _ask_save(self) -> None:
        of = self.step or self.scan
        if of is not None:
            modes = of.modes
            self.save_requested.emit(modes if modes.ndim == 3 else modes[None])

    def _draw_soon(self) -> None:
        if self.isVisible() and self.scan is not None:
            self._draw(self.scan)

    def _draw(self, scan: Geometry) -> None:
        given = self._given = self._given or orthogonal_modes(scan.modes)
        step, refined = self.step, None
        if step is not None and not np.array_equal(step.modes, scan.modes):
            refined = _turned(orthogonal_modes(step.modes), given)
        count = max(len(given[0]), 0 if refined is None else len(refined[0]))
        self.first.setMaximum(max(1, count - MOST + 1))
        self.first.setVisible(count > MOST)
        first, shown = self.first.value() - 1, min(count, MOST)
        self._arrange(shown, refined is not None)
        self._shown = []
        rows = {"given": given} if refined is None else {"given": given, "refined": refined}
        for k in range(shown):
            tops = [
                np.percentile(np.abs(modes[first + k]), BRIGHT)
                for modes, _ in rows.values()
                if first + k < len(modes)
            ]
            for which, (modes, powers) in rows.items():
                if first + k < len(modes):
                    number, power = first + k + 1, f"{100 * powers[first + k]:.1f} %"
                    title = f"{which}, mode {number}: {power}"
                    short = f"{which} {number}: {power}" if shown > 1 else title  # panes are narrow then
                    self._show(which, k, modes[first + k], float(max(tops)), short)
                    self._shown.append((title, modes[first + k]))
                else:
                    self._clear(which, k)
        self.canvas.say("")
        more = refined is None and step is not None and bool(refined_values(scan, step))  # such as positions
        self.start.setEnabled(refined is not None or more)
        self.save.setEnabled(True)
        self.facts.setText(_told(scan, given, refined, step))

    def _clear(self, which: str, k: int) -> None:
        for part in ("amplitude", "phase"):
            self.panes[which, part, k].entitle("")
            self.panes[which, part, k].image.clear()

    def _show(self, which: str, k: int, mode: np.ndarray, top: float, title: str) -> None:
        amplitude, phase = (self.panes[which, part, k] for part in ("amplitude", "phase"))
        amplitude.entitle(title)
        phase.entitle("phase" if self._shape[0] == MOST else "phase [rad]")
        mode = thinned(mode, SIDE)
        size, relative = np.abs(mode), np.abs(mode) / max(top, 1e-30)
        amplitude.image.setImage(relative.astype(np.float32), autoLevels=False, levels=(0, 1))
        own = size / max(float(size.max()), 1e-30)
        phase.image.setImage(
            faded(own, np.angle(mode), self.bars["phase"].display.map_named(PHASE)), autoLevels=False
        )
        for pane in (amplitude, phase):
            pane.show_range((0, len(mode)), (0, len(mode)), padding=0.01)

    def _arrange(self, shown: int, refined: bool) -> None:
        if (shown, refined) == self._shape:
            return
        self._shape = shown, refined
        layout, rows = self.canvas.ci, ("given", "refined")[: 1 + refined]
        for item in list(layout.items):
            layout.removeItem(item)
        for row, which in enumerate(rows):
            for k in range(shown):
                for place, part in enumerate(("amplitude", "phase")):
                    layout.addItem(self.panes[which, part, k], row, 2 * k + place)
        for place, bar in enumerate(self.bars.values()):
            layout.addItem(bar, *((place, 2 * MOST) if refined else (0, 2 * MOST + place)))
        self.canvas.restyle()

    def _lay_out(self) -> None:
        self.canvas.ci.layout.setContentsMargins(EDGE, BARS, EDGE, BARS)
        self.canvas.ci.layout.setVerticalSpacing(2 * BARS)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(ROW)
        row.addWidget(self.first)
        row.addWidget(self.facts, 1)
        row.addWidget(self.start)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)


def _turned(
    refined: tuple[np.ndarray, np.ndarray], given: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Modes with the global phases of the given ones, so that their pictures can be compared."""
    modes = refined[0].copy()
    for mode, other in zip(modes, given[0], strict=False):
        mode *= np.exp(1j * np.angle(np.vdot(mode, other)))
    return modes, refined[1]


def _told(
    scan: Geometry,
    given: tuple[np.ndarray, np.ndarray],
    refined: tuple[np.ndarray, np.ndarray] | None,
    step: Step | None,
) -> str:
    """Power and diameter, before and after, in one line."""
    rows = [given] if refined is None else [given, refined]
    power = " → ".join(counted(float(np.square(np.abs(modes), dtype=np.float64).sum())) for modes, _ in rows)
    wide = " → ".join(f"{effective_diameter(modes[0]):.1f}" for modes, _ in rows)
    size = effective_diameter(rows[-1][0][0])
    metres = f" = {length(size * scan.pixel_size_m)}" if scan.pixel_size_m else ""
    said = [f"{power} counts, effective Ø of mode 1 {wide} px{metres}"]
    if refined is not None:
        said.append(f"mode 1 changed by {100 * change_of(given[0][0], refined[0][0]):.1f} %")
    elif step is not None:
        said.append("not refined in this step")
    return "   ".join(said)
