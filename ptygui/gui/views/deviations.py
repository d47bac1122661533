"""DeviationsView: where several seeds agree or differ, the bands that follow, and where the prior decides."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from ptygui.analysis.unwrap import unwrapped
from ptygui.experiment.run import Run
from ptygui.figures.colours import AMPLITUDE, DEVIATION
from ptygui.figures.figure import Pictures
from ptygui.figures.levels import CIRCLE, span, thinned, turned
from ptygui.gui.model.averager import LEVEL, Averaged, count
from ptygui.gui.model.quantities import counted, pixel
from ptygui.gui.views.canvas import ROW
from ptygui.gui.views.colour_bar import ColourBar, phase_bar, show_phase_levels
from ptygui.gui.views.grid_figure import grid_figure
from ptygui.gui.views.panes import PaneGrid
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.icons import IconButton
from ptygui.gui.widgets.plain import Label
from ptygui.physics.positions import overlap_text
from ptygui.step import Step

SHADE = (150, 150, 150, 150)
STRIPE = 4  # pixels from one stripe of the shading to the next
_PANES = {
    "mean amplitude": "mean amplitude",
    "mean phase": "mean phase [rad]",
    "deviation amplitude": "deviation of amplitude",
    "deviation phase": "deviation of phase [rad], circular",
}
_NOTHING = (
    "Deviations need at least two seeds: use “Seeds” in the list of runs, or the option seeds of the "
    "fast diffusion."
)


class DeviationsView(QWidget):
    """Shows an `Averaged`; requests the average of the chosen group of runs."""

    average_requested = pyqtSignal(tuple)  # of Run
    groups_requested = pyqtSignal()  # the page was brought to the front

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.groups: list[tuple[Run, ...]] = []
        self.averaged: Averaged | None = None
        self.circle = self._unwrapped = False
        self._asked: list[Step | None] | None = None
        self._picked: tuple[Run, ...] = ()
        bars = {"mean amplitude": ColourBar(AMPLITUDE, (0, 1), kind="amplitude"), "mean phase": phase_bar()}
        for kind in ("deviation amplitude", "deviation phase"):
            bars[kind] = ColourBar(DEVIATION, (0, 1), kind=kind)
        self.grid = PaneGrid(bars, {name: name for name in _PANES})
        self.shades = {}
        for name, pane in self.grid.panes.items():
            self.shades[name] = pg.ImageItem(axisOrder="row-major")
            pane.vb.addItem(self.shades[name])
        self.box = QComboBox(toolTip="Runs of one scan and method that differ in their seed")
        self.box.setAccessibleName("which seeds")
        self.legend, self.readout = Label(wordWrap=True), Elided(objectName="readout")
        fit = IconButton("fit", "Show the whole object (0)", self.grid.fit)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(ROW)
        row.addWidget(Label("seeds of"))
        row.addWidget(self.box)
        row.addWidget(self.legend, 1)
        row.addWidget(fit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 2, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.readout)
        self.box.activated.connect(lambda place: self.pick(self.groups[place]))
        self.grid.pointed.connect(lambda *at: self.readout.setText(self.describe(*at)))
        self.grid.bars["mean phase"].redisplayed.connect(self._unwrap)
        self.set_parts("both")
        self.grid.say(_NOTHING)

    def show_groups(self, groups: Sequence[tuple[Run, ...]], current: Run | None = None) -> None:
        """Take over the groups that can be averaged; choose that of the current run unless one was picked."""
        self.groups = list(groups)
        if self._picked and self._picked not in self.groups and all(r.last is not None for r in self._picked):
            self.groups.append(self._picked)
        labels = [_label(group) for group in self.groups]
        if labels != [self.box.itemText(k) for k in range(self.box.count())]:  # keep it: it may be open
            self.box.clear()
            self.box.addItems(labels)
        with_current = [group for group in self.groups if current in group]
        chosen = self._picked if self._picked in self.groups else (with_current or self.groups or [()])[-1]
        self.box.setCurrentIndex(self.groups.index(chosen) if chosen else -1)
        self._ask(chosen)

    def pick(self, runs: Sequence[Run]) -> None:
        """Choose these runs to average from now on."""
        self._picked = tuple(runs)
        self.show_groups(self.groups)

    def drop_gone(self, runs: Iterable[Run]) -> None:
        """Drop the picked group if one of its runs is no longer in the list."""
        if not set(self._picked) <= set(runs):
            self._picked = ()

    def set_parts(self, parts: str) -> None:
        """Which pictures: "both", "amplitude" or "phase"."""
        shown = [name for name in _PANES if parts in ("both", name.split()[1])]
        if shown:
            self.grid.arrange([[(name, _PANES[name])] for name in shown])

    def show_averaged(self, averaged: Averaged) -> None:
        """Draw requested means and deviations."""
        self.averaged, self._unwrapped = averaged, self.grid.bars["mean phase"].display.unwrapped
        self.grid.say("")
        pictures = dict(averaged.pictures)
        if self._unwrapped:
            pictures["mean phase"] = unwrapped(np.exp(1j * pictures["mean phase"]))
        self._apply_levels(pictures["mean phase"])
        self.grid.show_shape(averaged.prior_only.shape)
        shade = _striped(thinned(averaged.prior_only))
        for name, picture in pictures.items():
            self.grid.show_picture(name, picture)
            self.shades[name].setImage(shade, levels=(0, 255))
            self.shades[name].setRect(0, 0, *averaged.prior_only.shape[::-1])
        self.legend.setText(legend_of(averaged))

    def set_circle(self, on: bool) -> None:
        """Whether phases are drawn over the whole circle."""
        self.circle = on
        if self.averaged is not None:
            self.show_averaged(self.averaged)

    def _unwrap(self) -> None:
        """Draw anew if the user wants phases unwrapped, or no longer."""
        if self.averaged is not None and self.grid.bars["mean phase"].display.unwrapped != self._unwrapped:
            self.show_averaged(self.averaged)

    def _apply_levels(self, phase: np.ndarray) -> None:
        if self.averaged is None:
            return
        for kind, values in self.averaged.levels.items():
            if kind == "mean phase" and self._unwrapped:
                self.grid.bars[kind].set_levels(span(phase))
            elif kind == "mean phase":
                show_phase_levels(self.grid.bars[kind], CIRCLE if self.circle else turned(values))
            else:
                self.grid.bars[kind].set_levels(values)

    def describe(self, row: int, column: int) -> str:
        """The read-out for a pixel."""
        if self.averaged is None:
            return ""
        found, scan = self.averaged.ensemble, self.averaged.runs[0].scan
        text, value = pixel(row, column, scan.pixel_size_m), found.mean[row, column]
        amplitude, phase = self.averaged.reach(row, column)
        text += f"   amplitude {abs(value):.3f} ± {amplitude:.3f}"
        text += f"   phase {np.angle(value):+.3f} ± {phase:.3f} rad"
        text += " (deviations)" if self.averaged.factors is None else f" ({100 * LEVEL:.0f} % band)"
        text += f"   illuminated by {counted(scan.illumination[row, column])} counts"
        return text + (": the prior decides" if self.averaged.prior_only[row, column] else "")

    def about(self) -> str:
        """What was averaged, in words: for the caption of the figure."""
        if self.averaged is None:
            return "seeds"
        run, many = self.averaged.runs[0], self.averaged.ensemble.count
        return f"{run.scan.name}; {run.method.key()}; mean and deviations of {many} seeds"

    def figure(self, caption: str = "") -> Pictures | None:
        """The visible pictures without stripes, as a figure for a paper; None if nothing is averaged."""
        if self.averaged is None:
            return None
        return grid_figure(self.grid, self.averaged.runs[0].scan.pixel_size_m, caption, "deviations")

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to the data that arrived while hidden."""
        super().showEvent(event)
        self.grid.setFocus()
        self.groups_requested.emit()

    def _ask(self, group: tuple[Run, ...]) -> None:
        if not group:
            self._asked = self.averaged = None
            self.grid.clear_pictures()
            for shade in self.shades.values():
                shade.clear()
            self.grid.say(_NOTHING)
            self.legend.setText("")
        elif self.isVisible():
            steps = [run.last for run in group]
            if self._asked is None or len(steps) != len(self._asked) or any(
                a is not b for a, b in zip(steps, self._asked, strict=True)
            ):  # fmt: skip
                self._asked = steps
                self.average_requested.emit(group)


def legend_of(averaged: Averaged) -> str:
    """A text that explains the pictures and the shading."""
    text = f"{averaged.ensemble.count} seeds. "
    share = averaged.prior_only.mean()
    if share:
        text += f"Striped ({100 * share:.1f} %): the prior decides, or nothing was lit. "
    factors, told = averaged.factors, ""
    if averaged.covered is not None:
        amplitude, phase = (f"{100 * share:.0f} %" for share in averaged.covered)
        where = "two deviations" if factors is None else "the band"
        told = f" Truth within {where}: amplitude {amplitude}, phase {phase}."
    if factors is None:
        return f"{text}The band is not calibrated: {averaged.about_bands}.{told}"
    return (
        f"{text}{100 * LEVEL:.0f} % band: ± {factors.amplitude[LEVEL]:.1f} deviations of the amplitude, "
        f"± {factors.phase[LEVEL]:.1f} of the phase, {averaged.about_bands}.{told}"
    )


def _label(group: tuple[Run, ...]) -> str:
    total = sum(map(count, group))
    run = group[0]
    of = f" of {run.subject}" if run.among_others else ""
    return f"{run.method.key()} {overlap_text(run.overlap)}{of}, {total} seeds"


def _striped(where: np.ndarray) -> np.ndarray:
    """Grey diagonal stripes over some pixels, clear elsewhere; RGBA."""
    rows, columns = (np.arange(n) for n in where.shape)
    shade = np.zeros((*where.shape, 4), np.uint8)
    shade[where & ((rows[:, None] + columns) % STRIPE < STRIPE // 2)] = SHADE
    return shade
