"""FrcView: Fourier ring correlation of two images with its thresholds and the resolution that they give."""

from html import escape

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

from ptygui.analysis.frc import RingCorrelation
from ptygui.csv_table import csv_table
from ptygui.figures.scale import length
from ptygui.gui.views.canvas import CURVE, FLOOR, MARKER
from ptygui.gui.views.facts_plot import FactsPlot

LOWEST, HIGHEST = -0.05, 1.02  # minimum range of the correlation axis
THRESHOLDS = {"½ bit": ("half_bit", FLOOR), "1/7": ("one_seventh", MARKER)}
TIP = (
    "Fourier ring correlation of A and B over the lit area, apodised, after phase, ramp and shift are "
    "removed. Thresholds: half a bit (van Heel and Schatz 2005) and 1/7 (Rosenthal and Henderson 2003). "
    "They assume two halves of the data: results from the same data share its noise and look better, and "
    "against the truth use ½ instead of 1/7. "
    "The resolution is the full period at which the curve first falls below; half of it is the half period."
)


class FrcView(FactsPlot):
    """Draws a correlation over spatial frequency."""

    def __init__(self, parent: QWidget | None = None):
        held = "Write frequencies, correlation and thresholds to a table"
        super().__init__("Fourier ring correlation", TIP, held, parent=parent)
        self.frc: RingCorrelation | None = None
        self.facts.setToolTip(TIP)
        self.plot = self.add_plot()
        self.plot.setLabel("bottom", "spatial frequency [1/px]")
        self.plot.setLabel("left", "FRC")
        self.plot.setRange(xRange=(0, 0.5), yRange=(LOWEST, HIGHEST), padding=0)
        self.curve = self.plot.plot(pen=pg.mkPen(CURVE, width=1.5))
        self.thresholds = {
            name: self.plot.plot(pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DashLine))
            for name, (_, colour) in THRESHOLDS.items()
        }

    def show_frc(self, frc: RingCorrelation, pixel_size_m: float | None) -> None:
        """Draw a correlation and show the resolution that it gives."""
        self.frc = frc
        self.curve.setData(frc.frequency, frc.correlation)
        lowest = float(np.nanmin(frc.correlation, initial=0.0))
        self.plot.setYRange(min(LOWEST, lowest - 0.02), HIGHEST, padding=0)
        parts = []
        for name, (key, colour) in THRESHOLDS.items():
            threshold = getattr(frc, key)
            self.thresholds[name].setData(frc.frequency, threshold)
            said = resolution_text(frc.resolution(threshold), pixel_size_m)
            parts.append(f"<span style='color:{colour}'>┅</span> {name} {said}")
        self.facts.setText("  ".join(parts))

    def show_problem(self, text: str) -> None:
        """Show why there is no correlation."""
        self.frc = None
        for curve in (self.curve, *self.thresholds.values()):
            curve.setData([], [])
        self.facts.setText(escape(text))

    def table(self) -> str | None:
        """The curves."""
        frc = self.frc
        if frc is None:
            return None
        columns = (frc.frequency, frc.correlation, frc.half_bit, frc.one_seventh, frc.counts)
        names = "frequency [1/px]", "correlation", "half-bit threshold", "1/7 threshold", "Fourier pixels"
        return csv_table(names, zip(*columns, strict=True))


def resolution_text(period: float | None, pixel_size_m: float | None) -> str:
    """A resolution in words: the full period in pixels, and as a length if the pixel size is known."""
    if period is None:
        return "never below: limited by the pixel"
    pixels = f"{period:.2f}" if period < 100 else f"{period:.0f}"
    return f"at {pixels} px" + (f" = {length(period * pixel_size_m)}" if pixel_size_m else "")
