"""ProbeView: a probe in amplitude, phase and far field, and its diameters."""

import numpy as np
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from ptygui.figures.colours import AMPLITUDE, FAR_FIELD, PHASE, coloured
from ptygui.figures.levels import CIRCLE
from ptygui.figures.scale import length
from ptygui.gui.model.probe_summary import DECADES, ENERGIES, ProbeSummary
from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.pane import Pane
from ptygui.gui.widgets.colour_maps import colour_map
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.style import SMALL

_TITLES = {"amplitude": "amplitude", "phase": "phase, ±π", "far": "far field"}


class ProbeView(QWidget):
    """Shows probes; needs no window. The phase fades where the amplitude is low."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.summary: ProbeSummary | None = None
        self.pixel_size_m: float | None = None
        self._phase_map = PHASE
        self.canvas = Canvas("pictures of the probe")
        self.canvas.setAccessibleName("pictures of the probe")
        self.canvas.setToolTip(
            "Amplitude, from 0 to its maximum, and phase in the sample plane; the far field as the detector "
            "sees it, logarithmic over 4 decades"
        )
        self.words = Elided("no probe yet", objectName="diameters")
        self.words.setToolTip(
            "<p>Ø of the circles about the centre of mass that hold these energy shares; effective Ø: of "
            "the disc that has the probe's area by its participation ratio, (∑I)² / ∑I²</p>"
        )
        self.panes = {
            "amplitude": Pane(colour_map(AMPLITUDE)),
            "phase": Pane(colour_map(PHASE)),
            "far": Pane(colour_map(FAR_FIELD)),
        }
        for column, (name, pane) in enumerate(self.panes.items()):  # without bars: the column is narrow
            self.canvas.addLabel(_TITLES[name], 0, column, size=f"{SMALL}px")
            self.canvas.addItem(pane, 1, column)
            self.canvas.ci.layout.setColumnPreferredWidth(column, 100)
            self.canvas.ci.layout.setColumnStretchFactor(column, 1)
        self.canvas.restyle()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.words)

    def show_summary(self, summary: ProbeSummary) -> None:
        """Show a probe."""
        self.summary = summary
        pictures = {
            "amplitude": summary.amplitude,
            "phase": faded(summary.amplitude, summary.phase, self._phase_map),
            "far": summary.far_field,
        }
        levels = {"amplitude": (0, 1), "phase": None, "far": (-DECADES, 0)}
        for name, pane in self.panes.items():
            side = len(pictures[name])
            pane.image.setImage(pictures[name], autoLevels=False, levels=levels[name])
            pane.show_range((0, side), (0, side), padding=0.01)
        self._say()

    def colour_phase(self, name: str) -> None:
        """Draw the phase in this map."""
        self._phase_map = name
        if self.summary is not None:
            self.show_summary(self.summary)

    def set_pixel_size(self, pixel_size_m: float | None) -> None:
        """Set the pixel size that gives diameters in metres too."""
        self.pixel_size_m = pixel_size_m
        self._say()

    def _say(self) -> None:
        p = self.summary
        if p is None:
            return
        shares = " / ".join(f"{100 * share:.0f}" for share in ENERGIES)
        widths = " / ".join(f"{width:.1f}" for width in p.energies)
        metres = f" = {length(p.effective * self.pixel_size_m)}" if self.pixel_size_m else ""
        self.words.setText(
            f"Ø of {shares} % of the energy {widths} px, effective {p.effective:.1f} px{metres}; "
            f"{p.name}, {p.width} px"
        )


def faded(amplitude: np.ndarray, phase: np.ndarray, colours: str = PHASE) -> np.ndarray:
    """A phase in colours, uint8 RGBA: opaque where the amplitude, of maximum 1, is at least a third."""
    opaque = np.round(255 * np.minimum(3 * amplitude, 1)).astype(np.uint8)
    return np.dstack([coloured(phase, CIRCLE, colours), opaque])
