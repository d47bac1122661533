"""ResidualView: one diffraction pattern as measured, as modelled by the shown step, and the difference."""

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from ptygui.analysis.residuals import mask_of, residual_of
from ptygui.figures.colours import AMPLITUDE, DIFFERENCE, FAR_FIELD
from ptygui.gui.model.quantities import counted
from ptygui.gui.views.canvas import ROW, Canvas
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.pane import Pane
from ptygui.gui.views.view import View
from ptygui.gui.widgets.elided import Elided
from ptygui.physics.overlap import centre_of_mass
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

REACH = 5.0  # limit of the differences drawn, in standard deviations
TITLES = ("measured, log₁₀(1 + counts)", "modelled, log₁₀(1 + counts)", "difference of amplitudes [σ]")
SHORT = ("measured, log₁₀", "modelled, log₁₀", "difference [σ]")  # beside a background


class ResidualView(View, QWidget):
    """Measured and modelled counts share their levels; the difference is (√measured − √modelled) / ½.

    One half is the standard deviation of the square root of a Poisson count that is not small. Noise
    alone therefore gives differences of about one, and smaller ones where there are few photons. Masked
    pixels are left empty and count nowhere; the background is part of what is modelled.
    """

    place_changed = pyqtSignal(float, float)  # row and column of the probe's centre, shown pattern [px]
    position_changed = pyqtSignal(int)  # another pattern is shown
    worst_requested = pyqtSignal()  # `find_worst` may take long: call it in another thread

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.scan: Geometry | None = None
        self.step: Step | None = None
        self._middles = np.empty((0, 2))  # centre of the probe at each position, row and column [px]
        self.canvas = Canvas("diffraction patterns, measured and modelled")
        self.position = QSpinBox(minimum=0, maximum=0, prefix="pattern ", wrapping=True)
        self.position.setAccessibleName("position")
        self.position.setToolTip("Which pattern; a click on the footprint map also chooses the nearest")
        self.worst = QPushButton("&Worst", toolTip="Show the pattern that the shown step fits worst")
        self.facts = Elided(objectName="facts")
        self.facts.setContentsMargins(6, 0, 0, 0)
        self.panes: list[Pane] = []
        for column, title in enumerate(TITLES):
            pane = Pane()
            pane.entitle(title)
            self.canvas.addItem(pane, 0, 2 * column)
            self.panes.append(pane)
        self.images = [pane.image for pane in self.panes]
        self.bars = tuple(
            ColourBar(colours, levels, "vertical", kind=kind)
            for colours, levels, kind in (
                (FAR_FIELD, (0, 1), "pattern"),
                (DIFFERENCE, (-REACH, REACH), "residual"),
            )
        )
        self.bars[0].colour(self.images[:2])
        self.bars[1].colour(self.images[2:])
        self.canvas.addItem(self.bars[0], 0, 3)
        self.canvas.addItem(self.bars[1], 0, 5)
        self.background, self._background_bar = Pane(), ColourBar(AMPLITUDE, (0, 1), "vertical")
        self.background.entitle("background [counts]")
        self._background_bar.colour([self.background.image])
        self._shows_background = False
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(ROW)
        for widget in (self.position, self.worst):
            row.addWidget(widget)
        row.addWidget(self.facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)
        self.position.valueChanged.connect(self._moved)
        self.worst.clicked.connect(self.worst_requested)
        self.canvas.restyle()

    def show_scan(self, scan: Geometry) -> None:
        """Take the measured patterns; the step shown belonged to another scan."""
        self.scan, self.step = scan, None
        self._middles = scan.corners + centre_of_mass(scan.probe)
        self.position.blockSignals(True)
        self.position.setMaximum(len(scan) - 1)
        self.position.setSuffix(f" of {len(scan) - 1}")
        self.position.blockSignals(False)
        self.worst.setEnabled(isinstance(scan, Scan))
        for pane in self.panes:
            pane.show_range((0, scan.width), (0, scan.width), padding=0.02)
        self._draw()

    def show_step(self, step: Step) -> None:
        """Compare with the pattern of this estimate; nothing is computed while the view is hidden."""
        self.step = step
        if not self.visibleRegion().isEmpty():  # a tab behind another in its dock counts as visible
            self._draw()

    def show_position(self, position: int) -> None:
        """Show another pattern."""
        self.position.setValue(position)

    def show_nearest(self, row: float, column: float) -> None:
        """Show the pattern of the position nearest to a point [px] of the map."""
        if self.scan is not None:
            away = self._middles - (row, column)
            nearest = int(np.hypot(*away.T).argmin())
            self.position.setValue(nearest)
            self.place_changed.emit(*self._middles[nearest])

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to the data that arrived while hidden."""
        super().showEvent(event)
        self._draw()

    def come_up(self, front: bool) -> None:
        """The dock came to the front, or went behind another."""
        if front:
            self._draw()

    def _moved(self, position: int) -> None:
        self.place_changed.emit(*self._middles[position])
        self.position_changed.emit(position)
        if not self.visibleRegion().isEmpty():
            self._draw()

    def _draw_nothing(self) -> None:
        """Clear the patterns of the previous scan if there are none."""
        for image in self.images:
            image.clear()
        self.facts.setText("" if self.scan is None else "a result without its diffraction patterns")

    def _draw(self) -> None:
        if not isinstance(self.scan, Scan):
            self._draw_nothing()
            return
        k = self.position.value()
        measured = np.asarray(self.scan.patterns[k], np.float32)
        trusted = mask_of(self.scan, k)
        levels = (0.0, float(np.log10(1 + measured.max())))
        self.bars[0].set_levels(levels)
        self.images[0].setImage(_log(measured, trusted), autoLevels=False, levels=levels)
        refined = None if self.step is None else self.step.background
        background = self.scan.background if refined is None else refined
        self._show_background(background)
        if self.step is None or self.step.obj.shape != self.scan.object_shape:
            for image in self.images[1:]:
                image.clear()
            self.facts.setText(f"{counted(measured[trusted].sum())} photons; run a method to compare")
            return
        found = residual_of(self.scan, self.step, k)
        self.images[1].setImage(_log(found.modelled, trusted), autoLevels=False, levels=levels)
        self.images[2].setImage(found.difference, autoLevels=False, levels=(-REACH, REACH))
        row, column = self.scan.positions[k]
        said = [
            f"χ² per pixel {found.chi_square:.2f} (noise alone: {found.expected:.2f})",
            f"{counted(measured[trusted].sum())} photons, modelled {counted(found.modelled[trusted].sum())}",
        ]
        if background is not None:
            said.append(f"of them background {counted(background[trusted].sum())}")
        if not trusted.all():
            said.append(f"{np.count_nonzero(~trusted)} pixels masked")
        self.facts.setText("   ".join([*said, f"at row {row:.1f}, column {column:.1f} px"]))

    def _show_background(self, background: np.ndarray | None) -> None:
        """Draw a background that is not the same everywhere; no other takes room."""
        varies = background is not None and float(np.ptp(background)) > 0
        if varies and background is not None:
            levels = float(background.min()), float(np.percentile(background, 99.5))
            self._background_bar.set_levels((levels[0], max(levels[1], levels[0] + 1e-6)))
            self.background.image.setImage(background, autoLevels=False, levels=self._background_bar.levels)
            self.background.show_range((0, len(background)), (0, len(background)), padding=0.02)
        if varies != self._shows_background:
            self._shows_background = varies
            for pane, title in zip(self.panes, SHORT if varies else TITLES, strict=True):
                pane.entitle(title)
            for place, item in ((6, self.background), (7, self._background_bar)):
                if varies:
                    self.canvas.addItem(item, 0, place)
                else:
                    self.canvas.removeItem(item)
            self.canvas.restyle()


def _log(counts: np.ndarray, trusted: np.ndarray) -> np.ndarray:
    return np.where(trusted, np.log10(1 + counts), np.nan).astype(np.float32)
