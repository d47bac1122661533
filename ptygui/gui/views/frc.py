"""FrcView: Fourier ring correlation of two images with its thresholds and the resolution they tell."""

import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ptygui.frc import RingCorrelation
from ptygui.gui.facts import length
from ptygui.gui.views.canvas import CURVE, FLOOR, MARKER, Canvas

THRESHOLDS = {"½ bit": ("half_bit", FLOOR), "1/7": ("one_seventh", MARKER)}
TIP = (
    "Fourier ring correlation of A and B over the lit area, apodised, after phase, ramp and shift are "
    "removed. Thresholds: half a bit (van Heel and Schatz 2005) and 1/7 (Rosenthal and Henderson 2003). "
    "They are for two halves of the data: results from the same data share its noise and look better, and "
    "against the truth ½ takes the place of 1/7. "
    "Resolution is the full period where the curve first falls below; half of it is the half period."
)


class FrcView(QWidget):
    """Draws a correlation over spatial frequency."""

    csv_requested = pyqtSignal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.frc: RingCorrelation | None = None
        self.canvas = Canvas("Fourier ring correlation")
        self.canvas.setToolTip(TIP)
        self.plot = self.canvas.addPlot()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.setLabel("bottom", "spatial frequency [1/px]")
        self.plot.getAxis("bottom").enableAutoSIPrefix(False)
        self.plot.setRange(xRange=(0, 0.5), yRange=(-0.05, 1.02), padding=0)
        self.curve = self.plot.plot(pen=pg.mkPen(CURVE, width=1.5))
        self.thresholds = {
            name: self.plot.plot(pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DashLine))
            for name, (_, colour) in THRESHOLDS.items()
        }
        self.facts = QLabel("", objectName="facts", toolTip=TIP)
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        csv = QToolButton(text="CSV…", toolTip="Write frequencies, correlation and thresholds to a table")
        csv.setAccessibleName("ring correlation to CSV")
        csv.clicked.connect(lambda: self.frc is not None and self.csv_requested.emit(self.to_csv()))
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(self.facts, 1)
        row.addWidget(csv)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)
        self.canvas.restyle()

    def show_frc(self, frc: RingCorrelation, pixel_size_m: float | None) -> None:
        """Draw a correlation and say what resolution it tells."""
        self.frc = frc
        self.curve.setData(frc.frequency, frc.correlation)
        parts = []
        for name, (key, colour) in THRESHOLDS.items():
            threshold = getattr(frc, key)
            self.thresholds[name].setData(frc.frequency, threshold)
            said = resolution_text(frc.resolution(threshold), pixel_size_m)
            parts.append(f"<span style='color:{colour}'>┅</span> {name} {said}")
        self.facts.setText("  ".join(parts))

    def show_problem(self, text: str) -> None:
        """Say why there is none."""
        self.frc = None
        for curve in (self.curve, *self.thresholds.values()):
            curve.setData([], [])
        self.facts.setText(text)

    def to_csv(self) -> str:
        """The curves as a table."""
        frc = self.frc
        columns = (frc.frequency, frc.correlation, frc.half_bit, frc.one_seventh, frc.counts)
        lines = ["frequency [1/px],correlation,half-bit threshold,1/7 threshold,Fourier pixels"]
        lines += [",".join(f"{value:.9g}" for value in row) for row in zip(*columns, strict=True)]
        return "\n".join(lines) + "\n"


def resolution_text(period: float | None, pixel_size_m: float | None) -> str:
    """A resolution in words: the full period in pixels, and as a length where the pixel size is known."""
    if period is None:
        return "nowhere below: to the pixel"
    return f"at {period:.2f} px" + (f" = {length(period * pixel_size_m)}" if pixel_size_m else "")
