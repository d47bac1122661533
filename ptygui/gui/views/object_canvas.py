"""ObjectCanvas: pictures of two objects, their colour bars and scale, with common zoom and cursor."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QObject, QRect, QTimer, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QWidget

from ptygui.analysis.unwrap import unwrapped
from ptygui.figures.colours import AMPLITUDE, GREY, complex_colours
from ptygui.figures.levels import Levels, thinned
from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.colour_bar import ColourBar, phase_bar, show_phase_levels
from ptygui.gui.views.colour_wheel import ColourWheel
from ptygui.gui.views.linked import Linked, move_by_arrows
from ptygui.gui.views.pane import Pane
from ptygui.gui.views.rows import Arrangement, best_arrangement
from ptygui.gui.views.scale_bar import ScaleBar
from ptygui.gui.views.stripes import Stripes
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.colour_maps import colour_map

PARTS = ("amplitude", "phase", "complex")
MOST_UNWRAPPED = 512  # pixels per side of a phase that is unwrapped for each frame


class ObjectCanvas(Canvas):
    """Draws "estimate" and "beside" at the common levels of the bars; independent of scans and steps.

    Attributes
    ----------
    panes : dict of (which, part) to Pane
    bars : dict of part to ColourBar or ColourWheel
    scales : dict of part to ScaleBar
        In the pictures of the estimate; only that of the first part laid out is visible.
    """

    pointed = pyqtSignal(object)  # row, column and which is under the mouse, or None
    linked: Linked
    way = Arrangement()

    def __init__(self, parent: QWidget | None = None):
        super().__init__("pictures of the shown step", parent)
        self.panes: dict[tuple[str, str], Pane] = {}
        self._groups: Sequence[tuple[str, Sequence[str]]] = ()
        self._levels: dict[str, Levels] = {}  # as set last
        self.bars = {"amplitude": ColourBar(AMPLITUDE, (0, 1), kind="amplitude"), "phase": phase_bar()}
        for which in ("estimate", "beside"):
            for part, bar in self.bars.items():
                self.panes[which, part] = Pane(bar.colours)
            self.panes[which, "complex"] = Pane()
        for part, bar in self.bars.items():
            bar.colour([self.panes[which, part].image for which in ("estimate", "beside")])
        self.bars["complex"] = ColourWheel()
        self.scales = {part: ScaleBar(self.panes["estimate", part].vb) for part in PARTS}
        self.stripes = {key: Stripes(pane.vb) for key, pane in self.panes.items() if key[0] == "estimate"}
        self.linked = Linked(self.panes.values(), self)
        self._of = {pane: which for (which, _), pane in self.panes.items()}
        self.viewport().installEventFilter(self)
        move_by_arrows(self, self.step_cursor, "Alt+")  # the plain arrow keys walk through the steps
        self._moved = pg.SignalProxy(
            self.scene().sigMouseMoved, rateLimit=30, slot=self._hover, threadSafe=False
        )

    @property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns of the objects."""
        return self.linked.shape

    def begin(self, shape: tuple[int, int], pixel_size_m: float | None) -> None:
        """Show that there is no estimate yet of an object of this shape."""
        for part in PARTS:
            self.panes["estimate", part].image.clear()
            self.scales[part].set_pixel_size(pixel_size_m)
            self.scales[part].set_shape(None)
        for part in ("amplitude", "phase"):
            self.bars[part].forget()
        self.linked.show_shape(shape)
        self._fill()

    def show_shape(self, shape: tuple[int, int]) -> None:
        """Prepare for an estimate of this shape."""
        self.linked.show_shape(shape)
        self._fill()
        for scale in self.scales.values():
            scale.set_shape(shape)

    def show_object(self, which: str, obj: np.ndarray, parts: Sequence[str], factor: complex = 1.0) -> None:
        """Draw parts of an object times a factor."""
        few, shape = thinned(obj) * factor, certain(self.shape)
        for part in parts:
            pane, detail = self.panes[which, part], partial(self._detail, part, obj, factor)
            if part == "complex":
                pane.show_colours(self._part(part, few), shape, detail)
            elif part == "phase" and self.bars["phase"].display.unwrapped:
                smooth = unwrapped(thinned(few, MOST_UNWRAPPED))
                pane.show_picture(smooth, self.bars[part].levels, shape)
            else:
                pane.show_picture(self._part(part, few), self.bars[part].levels, shape, detail)
        self._fill()  # once there is a picture, bars may stand

    def _detail(self, part: str, obj: np.ndarray, factor: complex, rows: slice, columns: slice) -> np.ndarray:
        return self._part(part, obj[rows, columns] * factor)

    def _part(self, part: str, obj: np.ndarray) -> np.ndarray:
        """What is drawn of complex numbers."""
        if part == "complex":
            return complex_colours(obj, self.bars["amplitude"].levels[1])
        return np.abs(obj) if part == "amplitude" else np.angle(obj)

    def show_beside(self, obj: np.ndarray, parts: Sequence[str]) -> None:
        """Draw parts of a second object, in the colours of the estimate."""
        for part in ("amplitude", "phase"):
            image = self.panes["beside", part].image
            image.bar = self.bars[part]
            image.setColorMap(self.bars[part].colours)
        self.show_object("beside", obj, parts)

    def show_channels(self, channels: np.ndarray, levels: Levels) -> None:
        """Draw the two channels of a prior, shape (2, H, W), as the second object, in grey."""
        for part, channel in zip(("amplitude", "phase"), channels, strict=True):
            self.panes["beside", part].image.bar = None  # the bars do not have its units
            self.panes["beside", part].image.setColorMap(colour_map(GREY))
            self.panes["beside", part].show_picture(channel, levels, certain(self.shape))

    def clear_beside(self) -> None:
        """Show no second object."""
        for part in PARTS:
            self.panes["beside", part].image.clear()

    def show_stripes(self, mask: np.ndarray | None) -> None:
        """Stripe a part of the estimate, perhaps thinned; None for nothing."""
        for stripes in self.stripes.values():
            stripes.show_mask(mask, self.shape or (0, 0))
            stripes.setVisible(mask is not None)

    def set_levels(self, amplitude: Levels, phase: Levels) -> None:
        """Values at the ends of the colour bars; a bar is updated only if they changed."""
        for part, levels in (("amplitude", amplitude), ("phase", phase)):
            if levels != self._levels.get(part):
                self._levels[part] = levels
                show = show_phase_levels if part == "phase" else ColourBar.set_levels
                show(self.bars[part], levels)
        self.bars["complex"].set_levels(self.bars["amplitude"].levels)

    def arrange(self, groups: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Lay out parts, of which of the two objects; those of the estimate have a colour bar."""
        self._groups = tuple(groups)
        self.way = self._best()
        self.lay_out(
            [
                (
                    [self.panes[which, part] for which in shown],
                    self.bars[part] if "estimate" in shown else None,
                )
                for part, shown in groups
            ],
            self.way,
        )
        for part, scale in self.scales.items():
            scale.setVisible(part == groups[0][0])
        self._place_hint()

    def empty_area(self) -> QRect:
        """The place of the estimate if the truth is drawn beside it: no hint covers a picture."""
        first = self.panes["estimate", self._groups[0][0]] if self._groups else None
        drawn = any(
            pane.scene() is not None and pane.image.image is not None
            for (which, _), pane in self.panes.items()
            if which == "beside"
        )
        if not drawn or first is None or first.scene() is None:
            return super().empty_area()
        self.settle()
        return self.mapFromScene(first.sceneBoundingRect()).boundingRect()

    def _best(self) -> Arrangement:
        """The arrangement in which the pictures are largest; the wheel of complex colours lies below.

        So do bars while there is no picture: a hint would cover one that stands.
        """
        widths, size = [len(shown) for _, shown in self._groups], (self.width(), self.height())
        drawn = any(pane.image.image is not None for pane in self.panes.values())
        turn = drawn and all(part != "complex" for part, _ in self._groups)
        return best_arrangement(widths, size, self.shape or (1, 1), turn)

    def entitle(self, titles: Mapping[tuple[str, str], str]) -> None:
        """Set titles by (which, part)."""
        for key, title in titles.items():
            self.panes[key].entitle(title)

    def step_cursor(self, down: int, right: int) -> None:
        """Move the cursor by a number of pixels, from the centre if there is none."""
        if self.shape is not None:
            self.pointed.emit((*self.linked.moved(down, right), "estimate"))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the whole object in view, unless the user zoomed."""
        super().resizeEvent(event)
        if hasattr(self, "linked"):  # pyqtgraph resizes while it sets up
            self._fill()
            self.linked.refit()

    def _fill(self) -> None:
        """Lay out anew where that makes the pictures larger."""
        if self._groups and self._best() != self.way:
            self.arrange(self._groups)
            self.restyle()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Emit None once the mouse has left the pictures."""
        if event is not None and event.type() == QEvent.Type.Leave:
            QTimer.singleShot(60, self._leave)  # after the last move, which is emitted up to 1/30 s late
        return super().eventFilter(watched, event)

    def _hover(self, event: Any) -> None:
        found = self.linked.under(event[0])
        self.pointed.emit(None if found is None else (*found[1:], self._of[found[0]]))

    def _leave(self) -> None:
        self.pointed.emit(None)
