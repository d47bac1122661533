"""DataView: what a scan holds, before anything is run: patterns, positions, probe and facts."""

from html import escape

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QSlider, QSpinBox, QWidget

from ptygui.analysis.overview import Overview
from ptygui.analysis.residuals import mask_of
from ptygui.figures.colours import AMPLITUDE, PHASE
from ptygui.figures.figure import Bar, Panel, Pictures
from ptygui.figures.levels import thinned
from ptygui.gui.model.quantities import Facts, counted
from ptygui.gui.views.canvas import BARS, EDGE, ROW, Canvas
from ptygui.gui.views.colour_bar import ColourBar, phase_bar
from ptygui.gui.views.pane import Pane
from ptygui.gui.views.position_map import PositionMap
from ptygui.gui.views.probe import faded
from ptygui.gui.views.view import View
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import RICH, Label
from ptygui.physics.overlap import centre_of_mass
from ptygui.physics.probe import orthogonal_modes
from ptygui.scan import Geometry, Scan

DECADES = 5.0  # shown of the mean pattern
SIDE = 256  # pixels drawn per side of the probe
NO_SCAN = "No scan yet.\nOpen one (Ctrl+O), or load the example (Ctrl+Shift+O)"


class DataView(View, QWidget):
    """Mean pattern, one frame with a slider, the positions by their counts, the probe, and facts.

    The mean needs all patterns, so it is asked for: `show_overview` takes it, whenever it is there.
    """

    overview_requested = pyqtSignal(Scan)  # `overview_of` and `facts_of` may take long: call in a thread
    position_changed = pyqtSignal(int)  # another frame is looked at

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.scan: Geometry | None = None
        self._stale, self._asked = False, False
        self.patterns = Canvas("mean pattern and one frame")
        self.patterns.setToolTip("Logarithmic; masked pixels are left empty")
        self.probe = Canvas("probe")
        self.probe.setToolTip("The strongest mode of the probe that the scan has, relative to its maximum")
        self.map = PositionMap("positions by their counts", "counts / mean")
        self.map.setToolTip(
            "Each position in the colour of the counts of its pattern; a click shows that pattern, a double "
            "click all positions"
        )
        self.panes = {
            "mean": Pane(), "frame": Pane(), "amplitude": Pane(), "phase": Pane()
        }  # fmt: skip
        self.bars = {
            "mean": ColourBar(AMPLITUDE, (0, 1), "vertical"),
            "frame": ColourBar(AMPLITUDE, (0, 1), "vertical"),
            "amplitude": ColourBar(AMPLITUDE, (0, 1), "vertical"),
            "phase": phase_bar("vertical"),
        }
        for name, bar in self.bars.items():
            if name != "phase":
                bar.colour([self.panes[name].image])
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("frame")
        self.slider.setToolTip("Which frame is shown")
        self.box = QSpinBox(minimum=0, maximum=0, prefix="frame ", wrapping=True)
        self.box.setAccessibleName("number of the frame")
        self.box.setToolTip("Number of the frame, in the order of the scan")
        self.frame_facts = Elided(objectName="frame")
        self.facts = Label(textFormat=RICH, objectName="facts", wordWrap=True)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._lay_out()
        self.slider.valueChanged.connect(self.box.setValue)
        self.box.valueChanged.connect(self._moved)
        self.map.position_clicked.connect(self.show_position)
        self.patterns.say(NO_SCAN)
        self.bars["phase"].redisplayed.connect(self._recolour)

    def show_scan(self, scan: Geometry) -> None:
        """Take another scan; it is drawn once the view is visible."""
        self.scan, self._stale, self._asked = scan, True, False
        for box in (self.slider, self.box):
            box.blockSignals(True)
            box.setMaximum(len(scan) - 1)
            box.blockSignals(False)
        self._draw_soon()

    def show_overview(self, scan: Scan, overview: Overview, facts: Facts) -> None:
        """Show what was asked for, unless another scan has come since."""
        if scan is not self.scan:
            return
        top = np.log10(max(float(np.nanmax(overview.mean)), 1e-9))
        with np.errstate(divide="ignore"):
            mean = np.log10(overview.mean)
        mean = np.where(np.isneginf(mean), top - DECADES, mean).astype(np.float32)
        self._put("mean", mean, (top - DECADES, top))
        relative = overview.totals / max(float(overview.totals.mean()), 1e-30)
        low, high = (float(x) for x in np.percentile(relative, (1, 99)))
        self.map.show_values(relative, (low, max(high, low + 1e-3)))
        rows = "".join(
            f"<tr><td style='padding-right:6px'><i>{escape(what)}</i></td><td>{escape(text)}</td></tr>"
            for what, text in facts
        )
        self.facts.setText(f"<b>{escape(scan.name)}</b><table cellspacing='0'>{rows}</table>")

    def about(self) -> str:
        """What is shown, in words; empty without patterns."""
        return f"Patterns of {self.scan.name}" if isinstance(self.scan, Scan) else ""

    def figure(self, caption: str = "") -> Pictures | None:
        """Mean pattern and frame as a figure for a paper; None until they are there."""
        panels = []
        for name, title, label in (
            ("mean", "mean pattern", "log₁₀ counts"),
            ("frame", f"frame {self.box.value()}", "log₁₀(1 + counts)"),
        ):
            picture = self.panes[name].image.image
            if picture is None:
                return None
            panels.append(Panel(title, picture, Bar(label, self.bars[name].levels, AMPLITUDE)))
        return Pictures(panels, None, caption, self.about())

    def show_position(self, place: int) -> None:
        """Show another frame."""
        self.box.setValue(place)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to what arrived while hidden."""
        super().showEvent(event)
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self.isVisible() and self.scan is not None and self._stale:
            self._stale = False
            self._draw(self.scan)

    def _draw(self, scan: Geometry) -> None:
        self.patterns.say("" if isinstance(scan, Scan) else "A result without its diffraction patterns")
        for box in (self.slider, self.box):
            box.setEnabled(isinstance(scan, Scan))
        self.box.setSuffix(f" of {len(scan) - 1}")
        self.map.show_points(scan.positions + centre_of_mass(scan.probe))
        self._draw_probe(scan)
        self.panes["mean"].image.clear()
        self.facts.setText(f"<b>{escape(scan.name)}</b>")
        self._moved(self.box.value())
        if isinstance(scan, Scan) and not self._asked:
            self._asked = True
            self.overview_requested.emit(scan)

    def _draw_probe(self, scan: Geometry) -> None:
        modes, powers = orthogonal_modes(scan.modes)
        mode = thinned(modes[0], SIDE)
        amplitude = np.abs(mode) / max(float(np.abs(mode).max()), 1e-30)
        one = "probe" if len(modes) == 1 else f"mode 1 of {len(modes)}: {100 * powers[0]:.3g} %"
        self.panes["amplitude"].entitle(one)
        self._put("amplitude", amplitude.astype(np.float32), (0, 1))
        self.panes["phase"].image.setImage(
            faded(amplitude, np.angle(mode), self.bars["phase"].display.map_named(PHASE)), autoLevels=False
        )
        self.panes["phase"].show_range((0, len(mode)), (0, len(mode)), padding=0.01)

    def _recolour(self) -> None:
        if self.scan is not None and not self._stale:
            self._draw_probe(self.scan)

    def _moved(self, place: int) -> None:
        """Draw a frame, and mark it in the map."""
        self.slider.blockSignals(True)
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        scan = self.scan
        if scan is None or self._stale:
            return
        self.map.mark(place)
        if not isinstance(scan, Scan):
            self.panes["frame"].image.clear()
            self.frame_facts.setText("")
            return
        counts, trusted = np.asarray(scan.patterns[place], np.float32), mask_of(scan, place)
        shown = np.where(trusted, np.log10(1 + counts), np.nan).astype(np.float32)
        most = float(counts[trusted].max()) if trusted.any() else 0.0
        self._put("frame", shown, (0.0, max(float(np.log10(1 + most)), 1e-3)))
        row, column = scan.positions[place]
        self.frame_facts.setText(
            f"at row {row:.1f}, column {column:.1f} px: {counted(counts[trusted].sum())} counts, brightest "
            f"pixel {counted(most)}"
        )
        self.position_changed.emit(place)

    def _put(self, name: str, picture: np.ndarray, levels: tuple[float, float]) -> None:
        pane = self.panes[name]
        self.bars[name].set_levels(levels)
        pane.image.setImage(picture, autoLevels=False, levels=levels)
        pane.show_range((0, picture.shape[1]), (0, picture.shape[0]), padding=0.01)

    def _lay_out(self) -> None:
        for canvas, names in ((self.patterns, ("mean", "frame")), (self.probe, ("amplitude", "phase"))):
            for place, name in enumerate(names):
                canvas.addItem(self.panes[name], 0, 2 * place)
                canvas.addItem(self.bars[name], 0, 2 * place + 1)
            canvas.ci.layout.setContentsMargins(EDGE, BARS, EDGE, BARS)
            canvas.restyle()
        for name, title in (
            ("mean", "mean, log₁₀ counts"), ("frame", "frame, log₁₀(1 + counts)"),
            ("amplitude", "probe"), ("phase", "phase [rad]"),
        ):  # fmt: skip
            self.panes[name].entitle(title)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(ROW)
        row.addWidget(self.box)
        row.addWidget(self.slider, 2)
        row.addWidget(self.frame_facts, 3)
        about = QScrollArea(widgetResizable=True, frameShape=QScrollArea.Shape.NoFrame)
        about.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        about.setAccessibleName("facts of the scan")
        self.facts.setContentsMargins(8, 4, 4, 4)
        about.setWidget(self.facts)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setSpacing(2)
        grid.addWidget(self.patterns, 0, 0)
        grid.addWidget(self.map, 0, 1)
        grid.addLayout(row, 1, 0, 1, 2)
        grid.addWidget(self.probe, 2, 0)
        grid.addWidget(about, 2, 1)
        for place, stretch in ((0, 3), (1, 2)):  # room for the lines of the facts
            grid.setColumnStretch(place, stretch)
        for place in (0, 2):
            grid.setRowStretch(place, 1)
