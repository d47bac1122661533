"""SamplingTable: the sampling of a scan, in numbers."""

import math
from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from ptygui.figures.scale import length
from ptygui.gui.model.footprints import Footprints
from ptygui.gui.model.quantities import duration
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import Label
from ptygui.physics.positions import overlap_text

NONE = "—"


def _percent(fraction: float) -> str:
    return NONE if math.isnan(fraction) else f"{100 * fraction:.0f} %"


def _overlap(fraction: float) -> str:
    return NONE if math.isnan(fraction) else overlap_text(fraction)


def _step(f: Footprints) -> str:
    if math.isnan(f.sampling.step):
        return NONE
    metres = f", {length(f.sampling.step * f.pixel_size_m)}" if f.pixel_size_m else ""
    return f"{f.sampling.step:.3g} px{metres}"


# name, label, tooltip, value; the first half is the left column
ROWS: tuple[tuple[str, str, str, Callable[[Footprints], str]], ...] = (
    (
        "linear", "linear overlap", "1 − step / reference length, from the actual distance of neighbours",
        lambda f: _overlap(f.sampling.linear),
    ),
    (
        "d90", "of the D90",
        "1 − step / D90, the diameter that holds 90 % of the probe's energy; below 0 there are gaps",
        lambda f: _overlap(f.sampling.of_d90),
    ),
    (
        "equivalent", "equivalent linear",
        "1 − s / d: effective step s = √(covered area / positions), effective diameter d of the probe",
        lambda f: _overlap(f.sampling.equivalent),
    ),
    (
        "pairwise", "pairwise overlap",
        "Light that two neighbours share: the normalised autocorrelation of the probe's intensity at their "
        "distance",
        lambda f: _overlap(f.sampling.pairwise),
    ),
    (
        "redundancy", "areal redundancy",
        "Positions × probe area / covered area: how often a lit point is lit on average",
        lambda f: f"{f.sampling.redundancy:.2f} ×",
    ),
    (
        "covered", "object covered",
        "Share of the object under at least one disc of the probe's effective area; the rest receives only "
        "the probe's tails, or no light",
        lambda f: _percent(f.sampling.covered),
    ),
    ("positions", "positions", "Diffraction patterns of the scan", lambda f: f"{f.sampling.count}"),
    (
        "step", "step", "Median distance to the four nearest positions", _step,
    ),
    (
        "data", "data/unknown",
        "Measured values per real unknown, two for each object pixel within a patch. Below 1 the data "
        "alone do not determine the object; phase retrieval needs 2 or more",
        lambda f: f"{f.sampling.data_per_unknown:.2f}",
    ),
    (
        "complex", "per complex", "Measured values per complex unknown, as papers count: twice data/unknown",
        lambda f: f"{2 * f.sampling.data_per_unknown:.2f}",
    ),
    (
        "dose", "relative dose", "Photons on the object, relative to the scan at the reference overlap",
        lambda f: _percent(f.dose),
    ),
    (
        "time", "scan time",
        "Positions × (dwell + overhead), as the page Cost says, and in % of that at the reference overlap",
        lambda f: f"{duration(f.seconds)} ({_percent(f.dose)})",
    ),
)  # fmt: skip


class SamplingTable(QWidget):
    """Twelve figures in two columns, each with its definition for a tooltip."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(self)
        grid.setContentsMargins(2, 2, 2, 2)
        grid.setVerticalSpacing(1)
        grid.setHorizontalSpacing(4)
        self.values: dict[str, Elided] = {}
        self.titles: dict[str, Label] = {}
        half = len(ROWS) // 2
        for place, (name, label, tip, _) in enumerate(ROWS):
            row, column = place % half, 3 * (place // half)
            title, value = Label(label), Elided(NONE, objectName=name)
            value.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            title.setBuddy(value)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            font = value.font()
            font.setBold(True)
            value.setFont(font)
            for widget in (title, value):
                widget.setToolTip(f"<p>{tip}</p>")
            grid.addWidget(title, row, column)
            grid.addWidget(value, row, column + 1)
            self.values[name], self.titles[name] = value, title
        grid.setColumnStretch(2, 1)  # free width goes between the columns, so that neither is cut
        grid.setRowStretch(half, 1)

    def show_footprints(self, footprints: Footprints) -> None:
        """Show the sampling of a set of positions."""
        for name, _, _, value in ROWS:
            self.values[name].setText(value(footprints))
        f = footprints
        each = duration(f.seconds / f.sampling.count)  # as set here: no scan tells its own
        self.titles["time"].setText(f"time at {each}")
        self._add("equivalent", f"d = {f.sampling.diameter:.1f} px")
        for name in ("dose", "time"):
            self._add(name, f"Reference: {_overlap(f.reference_overlap)}")

    def _add(self, name: str, text: str) -> None:
        """Append to the tooltip of a figure."""
        tip = next(tip for each, _, tip, _ in ROWS if each == name)
        self.values[name].setToolTip(f"<p>{tip}. {text}</p>")
