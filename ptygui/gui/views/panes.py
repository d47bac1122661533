"""PaneGrid: pictures of one object in a row, with common zoom and cursor."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QWidget

from ptygui.gui.views.canvas import Canvas
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.views.linked import Linked, move_by_arrows
from ptygui.gui.views.pane import Pane
from ptygui.gui.views.rows import Arrangement, best_arrangement
from ptygui.gui.widgets.certain import certain


class PaneGrid(Canvas):
    """Panes by name, each with the colour bar of its kind.

    Parameters
    ----------
    bars : dict of str to ColourBar
    kinds : dict of str to str
        For each pane the name of its colour bar.
    """

    pointed = pyqtSignal(int, int)  # row and column under the cursor
    linked: Linked
    way = Arrangement()

    def __init__(self, bars: dict[str, ColourBar], kinds: dict[str, str], parent: QWidget | None = None):
        super().__init__("pictures", parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.bars, self.kinds = bars, kinds
        self.groups: Sequence[Sequence[tuple[str, str]]] = ()
        self.panes = {name: Pane(bars[kind].colours) for name, kind in kinds.items()}
        self.linked = Linked(self.panes.values(), self)
        for kind, bar in bars.items():
            bar.colour([pane.image for name, pane in self.panes.items() if kinds[name] == kind])
        self._moved = pg.SignalProxy(
            self.scene().sigMouseMoved, rateLimit=30, slot=self._hover, threadSafe=False
        )
        move_by_arrows(self, self.step_cursor)

    def arrange(self, groups: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Lay out panes by (name, title); those of a group share one colour bar."""
        self.groups, self.way = groups, self._best(groups)
        for name, title in chain.from_iterable(groups):
            self.panes[name].entitle(title)
        panes = [[self.panes[name] for name, _ in group] for group in groups]
        bars = [self.bars[self.kinds[group[0][0]]] for group in groups]
        self.lay_out(list(zip(panes, bars, strict=True)), self.way)
        self.restyle()
        self.linked.refit()

    def _best(self, groups: Sequence[Sequence[tuple[str, str]]]) -> Arrangement:
        """The arrangement in which the pictures are largest."""
        return best_arrangement(list(map(len, groups)), (self.width(), self.height()), self.shape or (1, 1))

    def _fill(self) -> None:
        """Lay out anew where that makes the pictures larger."""
        if self.groups and self._best(self.groups) != self.way:
            self.arrange(self.groups)

    def show_picture(self, name: str, picture: np.ndarray) -> None:
        """Draw a picture, perhaps thinned, of the object at the levels of its colour bar."""
        self.panes[name].show_picture(picture, self.bars[self.kinds[name]].levels, certain(self.shape))

    def in_sight(self) -> list[list[tuple[str, str, np.ndarray | None]]]:
        """The panes as they are laid out, by (name, title, picture)."""
        return [[(name, title, self.panes[name].image.image) for name, title in g] for g in self.groups]

    @property
    def shape(self) -> tuple[int, int] | None:
        """Of the object."""
        return self.linked.shape

    def show_shape(self, shape: tuple[int, int]) -> None:
        """Show all of an object of this shape, unless it is shown already, perhaps zoomed."""
        self.linked.show_shape(shape)
        self._fill()

    def clear_pictures(self) -> None:
        """Show nothing."""
        self.linked.shape = None
        for pane in self.panes.values():
            pane.image.clear()
        self.linked.point(None)

    def point(self, at: tuple[int, int]) -> None:
        """Put the cursor on a pixel (row, column)."""
        self.linked.point(at)
        self.pointed.emit(*at)

    def step_cursor(self, down: int, right: int) -> None:
        """Move the cursor by a number of pixels, from the centre if there is none."""
        if self.shape is not None:
            self.point(self.linked.moved(down, right))

    def fit(self) -> None:
        """Show the whole object."""
        self.linked.fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the whole object in view, unless the user zoomed."""
        super().resizeEvent(event)
        if hasattr(self, "linked"):  # pyqtgraph resizes while it sets up
            self._fill()
            self.linked.refit()

    def _hover(self, event: Any) -> None:
        found = self.linked.under(event[0])
        if found is not None:
            self.point(found[1:])
