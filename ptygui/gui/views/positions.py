"""PositionsView: how well each pattern is fitted, how far positions moved, and the weight of each frame."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from ptygui.analysis.movement import movement
from ptygui.csv_table import csv_table
from ptygui.experiment.refined_values import SAME
from ptygui.figures.figure import Graph, Graphs, Line
from ptygui.figures.scale import length
from ptygui.gui.views.canvas import CURVE, FLOOR, ROW, Canvas, bare_plot
from ptygui.gui.views.position_map import PositionMap
from ptygui.gui.views.title import HEIGHT, Title
from ptygui.gui.views.view import View
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import RICH, Label
from ptygui.physics.overlap import centre_of_mass
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

COLOURS = {"rows": CURVE, "columns": FLOOR, "weights": CURVE, "given": FLOOR}
NAMED = 4  # of the worst patterns
NO_SCAN = "No scan yet: its positions are drawn here, with what a run refines of them."


class PositionsView(View, QWidget):
    """A map of the positions in the colours of their misfit, and curves over the number of the frame.

    Arrows show the refined positions, without the mean shift, which is one of the object. Curves of what was
    not refined take no room.
    """

    csv_requested = pyqtSignal(str)
    position_requested = pyqtSignal(int)  # a pattern was clicked, in the map or among the worst

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.scan: Geometry | None = None
        self.step: Step | None = None
        self._stale = False  # whether something arrived while hidden
        self._moved: np.ndarray | None = None
        self.map = PositionMap("map of the positions", "misfit / photon noise")
        self.map.setToolTip(
            "Each position in the colour of its pattern's misfit; arrows, magnified as the line above says, "
            "from the given to the refined position. A click shows the pattern, a double click all positions"
        )
        self.facts, self.readout = Elided(objectName="facts"), Elided(objectName="readout")
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.worst = Label(textFormat=RICH, objectName="worst")
        self.worst.setToolTip("The patterns that the shown step fits worst, over noise; a click shows one")
        self.worst.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.worst.setAccessibleName("worst patterns")
        self.curves = Canvas("drift and weights over the frames")
        self.curves.setToolTip("Over the number of the frame, in the order of the scan")
        self.drift, self._drift_title = _plot("drift [px] over the frames:")
        self.weights, self._weights_title = _plot("weight of each frame")
        self._lines = {
            name: pg.PlotCurveItem(pen=pg.mkPen(COLOURS[name], width=1.5))
            for name in ("rows", "columns", "weights")
        }
        dashed = pg.mkPen(FLOOR, width=1.5, style=Qt.PenStyle.DashLine)
        self._lines["given"] = pg.PlotCurveItem(pen=dashed)
        for name, plot in (
            ("rows", self.drift), ("columns", self.drift), ("weights", self.weights), ("given", self.weights)
        ):  # fmt: skip
            plot.addItem(self._lines[name])
        self._drawn: tuple[pg.PlotItem, ...] = ()
        self._lay_out()
        self.map.position_clicked.connect(self.position_requested)
        self.map.position_hovered.connect(self._tell)
        self.worst.linkActivated.connect(lambda place: self.position_requested.emit(int(place)))
        self.map.say(NO_SCAN)

    def show_scan(self, scan: Geometry) -> None:
        """Take the positions of a scan; the step shown belonged to another one."""
        self.scan, self.step, self._stale = scan, None, True
        self._draw_soon()

    def show_step(self, step: Step) -> None:
        """Show what a step has refined; nothing is computed while the view is hidden."""
        self.step = step
        self._draw_soon()

    def show_position(self, place: int) -> None:
        """Encircle the position of the pattern that is looked at."""
        if self.scan is not None and not self._stale and place < len(self.scan):
            self.map.mark(place)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to what arrived while hidden."""
        super().showEvent(event)
        self._draw_soon()

    def describe(self, place: int) -> str:
        """What is known of a position, in one line."""
        if self.scan is None:
            return ""
        row, column = self.scan.positions[place]
        said = [f"pattern {place}", f"row {row:.1f}, column {column:.1f} px"]
        if self._moved is not None:
            said.append("moved {:+.2f}, {:+.2f} px".format(*self._moved[place]))
        if self.map.values is not None:
            said.append(f"misfit {self.map.values[place]:.3g} × noise")
        return "   ".join(said)

    def about(self) -> str:
        """What is shown, in words; empty without a scan."""
        if self.scan is None:
            return ""
        return f"Positions of {self.scan.name}" + ("" if self.step is None else f", step {self.step.index}")

    def figure(self, caption: str = "") -> Graphs | None:
        """Drift and weights over the frames as a figure for a paper; None if neither was refined."""
        graphs, legend = [], []
        for plot, label, names in (
            (self.drift, "drift [px]", ("rows", "columns")), (self.weights, "weight", ("weights", "given"))
        ):  # fmt: skip
            if plot in self._drawn:
                lines = []
                for name in names:
                    x, y = self._lines[name].getData()
                    if len(x):
                        lines.append(Line(x, y, COLOURS[name], dashed=name == "given"))
                graphs.append(Graph(label, lines))
                legend += [(COLOURS[name], name) for name in names if name in ("rows", "columns")]
        if not graphs:
            return None
        return Graphs(graphs, "frame", legend=legend, caption=caption, title=self.about())

    def table(self) -> str | None:
        """What is known of each position as CSV; None without a scan."""
        scan, step = self.scan, self.step
        if scan is None:
            return None
        columns = {"row given [px]": scan.positions[:, 0], "column given [px]": scan.positions[:, 1]}
        if step is not None and step.positions is not None:
            columns |= {"row [px]": step.positions[:, 0], "column [px]": step.positions[:, 1]}
        weights = scan.weights if step is None or step.weights is None else step.weights
        if weights is not None:
            columns["weight"] = weights
        if step is not None and step.misfits is not None:
            columns["misfit over noise"] = step.misfits
        rows = ((k, *values) for k, values in enumerate(zip(*columns.values(), strict=True)))
        return csv_table(["frame", *columns], rows)

    def _ask_csv(self) -> None:
        table = self.table()
        if table is not None:
            self.csv_requested.emit(table)

    def _draw_soon(self) -> None:
        if self.isVisible() and self.scan is not None:
            if self._stale:
                self._draw_scan(self.scan)
            self._draw_step(self.scan)

    def _draw_scan(self, scan: Geometry) -> None:
        self._stale = False
        self.map.say("")
        self.map.show_points(scan.positions + centre_of_mass(scan.probe))

    def _draw_step(self, scan: Geometry) -> None:
        step, said = self.step, []
        misfits = None if step is None or step.misfits is None else step.misfits
        noisy = not (isinstance(scan, Scan) and scan.noise == "none")
        self.map.show_values(misfits, (0, 1) if misfits is None else _levels(misfits, noisy))
        moved = None if step is None or step.positions is None else movement(scan, step.positions)
        self._moved = moved if moved is not None and np.abs(moved).max() > SAME else None
        self.map.show_arrows(self._moved)
        if self._moved is not None:
            far = np.hypot(*self._moved.T)
            rms, most = float(np.sqrt(np.square(far).mean())), float(far.max())
            metres = f" = {length(rms * scan.pixel_size_m)}" if scan.pixel_size_m else ""
            said.append(
                f"moved {rms:.2g} px rms{metres}, at most {most:.2g} px; arrows × {self.map.magnified:g}"
            )
        if misfits is not None:
            said.append(f"median misfit {np.median(misfits):.2f} × noise")
        if step is None:
            said.append(f"{len(scan)} positions as given: run a method to see how each pattern is fitted")
        self.facts.setText("   ".join(said))
        self._name_worst(misfits)
        self._draw_curves(scan, step)

    def _name_worst(self, misfits: np.ndarray | None) -> None:
        self.worst.setVisible(misfits is not None)
        if misfits is not None:
            places = np.argsort(misfits)[::-1][:NAMED]
            links = (f"<a style='color: {CURVE}' href='{k}'>{k}</a>&nbsp;({misfits[k]:.2g})" for k in places)
            self.worst.setText(f"worst: {', '.join(links)}")

    def _draw_curves(self, scan: Geometry, step: Step | None) -> None:
        frames = np.arange(len(scan))
        drawn = []
        if self._moved is not None:
            drawn.append(self.drift)
            for name, column in (("rows", 0), ("columns", 1)):
                self._lines[name].setData(frames, self._moved[:, column])
        refined = None if step is None else step.weights
        shown = scan.weights if refined is None else refined
        if shown is not None:
            drawn.append(self.weights)
            self._lines["weights"].setData(frames, shown)
            both = refined is not None and scan.weights is not None
            self._lines["given"].setData(*((frames, scan.weights) if both else ([], [])))
            spread = f"weight (amplitude) of each frame, ± {100 * np.std(shown) / np.mean(shown):.2g} %"
            self._weights_title.set_text(f"{spread}, given dashed" if both else spread)
        if tuple(drawn) != self._drawn:
            self._drawn = tuple(drawn)
            for item in list(self.curves.ci.items):
                self.curves.ci.removeItem(item)
            for row, plot in enumerate(drawn):
                self.curves.addItem(plot, row, 0)
            self.curves.setVisible(bool(drawn))
            self.curves.restyle()

    def _tell(self, place: int) -> None:
        self.readout.setText("" if place < 0 else self.describe(place))

    def _lay_out(self) -> None:
        self._drift_title.set_text("drift [px] over the frames: rows (blue), columns (orange)")
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(2 * ROW)
        row.addWidget(self.facts, 1)
        row.addWidget(self.worst)
        csv = QToolButton(text="CSV…", toolTip="Write positions, weights and misfits to a table")
        csv.setAccessibleName("positions to CSV")
        csv.clicked.connect(self._ask_csv)
        row.addWidget(csv)
        parts = QSplitter()
        parts.addWidget(self.map)
        parts.addWidget(self.curves)
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 1)
        parts.setSizes([500, 500])
        parts.setChildrenCollapsible(False)
        self.curves.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(parts, 1)
        layout.addWidget(self.readout)


def _levels(misfits: np.ndarray, noisy: bool) -> tuple[float, float]:
    """Levels of the colours: from the best fit on, without the few worst; noise alone is not spread out."""
    low, high = float(misfits.min()), float(np.percentile(misfits, 98))
    least = 0.5 if noisy else 1e-9
    return low, max(high, low + least)


def _plot(title: str) -> tuple[pg.PlotItem, Title]:
    """A plot over the number of the frame, and its title."""
    plot = bare_plot()
    heading = Title(plot)
    heading.set_text(title)
    plot.layout.removeItem(plot.titleLabel)
    plot.titleLabel.hide()
    plot.layout.addItem(heading, 0, 1)
    plot.layout.setRowFixedHeight(0, HEIGHT)
    plot.getAxis("left").setWidth(46)
    return plot, heading
