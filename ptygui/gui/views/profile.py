"""ProfileView: amplitude and phase along a line through the compared images."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDoubleSpinBox, QWidget

from ptygui.analysis.line_profile import line_profile
from ptygui.csv_table import csv_table
from ptygui.figures.scale import length, unit_of
from ptygui.gui.model.comparer import Compared
from ptygui.gui.views.canvas import CURVE, FLOOR
from ptygui.gui.views.facts_plot import FactsPlot
from ptygui.gui.widgets.plain import Label
from ptygui.gui.widgets.style import SMALL

PARTS = {"amplitude": "amplitude", "phase": "phase [rad]"}
ENDS = ("row from", "column from", "row to", "column to")


class ProfileView(FactsPlot):
    """Plots of both images over the distance from the line's start; the ends can be typed."""

    ends_changed = pyqtSignal(tuple, tuple)  # start and end, row and column each

    def __init__(self, parent: QWidget | None = None):
        boxes = [QDoubleSpinBox(decimals=1, singleStep=1, maximum=1e5, minimum=-1e5) for _ in ENDS]
        super().__init__(
            "line profile",
            "Over the distance from the line's start; phase unwrapped along the line",
            "Write distance, amplitudes and phases to a table",
            (*boxes[:2], Label("→"), *boxes[2:]),
            parent,
        )
        self.boxes = boxes
        self.compared: Compared | None = None
        self.start, self.end, self._curves = (0.0, 0.0), (0.0, 0.0), {}
        self.plots = {part: self.add_plot(title=title) for part, title in PARTS.items()}
        for part, plot in self.plots.items():
            plot.getAxis("left").setWidth(40)
            plot.setTitle(f"{PARTS[part]} over px", size=f"{SMALL}px")
            for name, pen in (
                ("a", pg.mkPen(CURVE, width=1.5)),
                ("b", pg.mkPen(FLOOR, width=1.5, style=Qt.PenStyle.DashLine)),
            ):
                self._curves[f"{part} {name}"] = plot.plot(pen=pen)
        for name, box in zip(ENDS, boxes, strict=True):
            box.setAccessibleName(f"line, {name}")
            box.setToolTip(f"Line, {name} [px]; or drag the handles in the pictures")
            box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            box.setKeyboardTracking(False)
            box.valueChanged.connect(self._typed)
        self.canvas.restyle()

    def show_line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Take over a line that was dragged."""
        self.start, self.end = start, end
        for box, value in zip(self.boxes, (*start, *end), strict=True):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self._draw()

    def show_compared(self, compared: Compared) -> None:
        """Take over the images."""
        self.compared = compared
        digits = len(str(max(compared.comparison.a.shape)))
        for box in self.boxes:
            box.setFixedWidth(box.fontMetrics().horizontalAdvance("9" * digits + ".9") + 9)
        self._draw()

    def show_parts(self, parts: str) -> None:
        """Which plots: "both", "amplitude" or "phase"."""
        for part, plot in self.plots.items():
            plot.setVisible(parts in ("both", part))

    def profiles(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Distances [px], and the values drawn over them, by names such as "phase b"."""
        if self.compared is None:
            return np.empty(0), {}
        columns = {}
        for name, obj in (("a", self.compared.comparison.a), ("b", self.compared.comparison.b)):
            distance, values = line_profile(obj, self.start, self.end)
            columns[f"amplitude {name}"] = np.abs(values)
            columns[f"phase {name}"] = np.unwrap(np.angle(values))
        turns = np.rint((columns["phase b"][0] - columns["phase a"][0]) / (2 * np.pi))
        columns["phase b"] -= 2 * np.pi * turns
        return distance, columns

    def table(self) -> str | None:
        """The profiles; in metres too if the pixel size is known."""
        if self.compared is None:
            return None
        distance, columns = self.profiles()
        size, (a, b) = self._pixel_size(), (self.compared.a.label, self.compared.b.label)
        names = ["distance [px]", *(["distance [m]"] if size else [])]
        names += [f"{part} of {label}" for label in (a, b) for part in ("amplitude", "phase [rad]")]
        kept = [columns[f"{part} {name}"] for name in "ab" for part in ("amplitude", "phase")]
        table = np.column_stack([distance, *([distance * size] if size else []), *kept])
        return csv_table(names, table)

    def _pixel_size(self) -> float | None:
        return None if self.compared is None else self.compared.a.scan.pixel_size_m

    def _typed(self) -> None:
        values = [box.value() for box in self.boxes]
        self.ends_changed.emit(tuple(values[:2]), tuple(values[2:]))

    def _draw(self) -> None:
        if self.compared is None:
            return
        distance, columns = self.profiles()
        size = self._pixel_size()
        factor, unit = unit_of(distance[-1] * size) if size else (1.0, "px")
        for name, curve in self._curves.items():
            curve.setData(distance * (size or 1.0) * factor, columns[name])
        for part, plot in self.plots.items():
            plot.setTitle(f"{PARTS[part]} over {unit}", size=f"{SMALL}px")
        long = f"{distance[-1]:.1f} px" + (f" = {length(distance[-1] * size)}" if size else "")
        self.facts.setText(
            f"<span style='color:{CURVE}'>▬</span> A  <span style='color:{FLOOR}'>┅</span> B   {long}"
        )
