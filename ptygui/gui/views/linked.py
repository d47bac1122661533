"""Linked: pictures of one object with a common zoom and cursor."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QObject, QPointF, Qt, QTimer
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

from ptygui.gui.views.pane import Pane, area_of

CURSOR = "#ff5050"
_STEPS = {"Left": (0, -1), "Right": (0, 1), "Up": (-1, 0), "Down": (1, 0)}


Range = tuple[float, float]  # first and last


class Linked(QObject):
    """Shows the whole object in all panes until the user zooms one of them.

    Attributes
    ----------
    shape : (int, int) or None
        Of the object.
    at : (int, int) or None
        Row and column under the cursor.
    """

    def __init__(self, panes: Iterable[Pane], parent: QObject | None = None):
        super().__init__(parent)
        self.panes, self._zoomed = tuple(panes), False
        self.shape: tuple[int, int] | None = None
        self.at: tuple[int, int] | None = None
        self.cursors = []
        for pane in self.panes:
            cursor = pg.ScatterPlotItem(
                symbol="crosshair", size=17, pen=pg.mkPen(CURSOR, width=1), brush=None
            )
            cursor.hide()
            pane.vb.addItem(cursor, ignoreBounds=True)
            pane.vb.sigRangeChangedManually.connect(partial(self._follow, pane))
            self.cursors.append(cursor)

    def show_shape(self, shape: tuple[int, int]) -> None:
        """Show all of an object of this shape, unless that is what is shown, perhaps zoomed."""
        if shape != self.shape:
            self.shape = shape
            self.point(None)
            self.fit()

    def fit(self) -> None:
        """Show the whole object."""
        self._zoomed = False
        if self.shape is not None:
            rows, columns = self.shape
            for pane in self.panes:
                pane.show_range((0, columns), (0, rows), padding=0.02)

    def zoom(self, factor: float) -> None:
        """Magnify all pictures by a factor, about the cursor or the centre."""
        if self.shape is not None:
            x, y = self._in_sight()
            column, row = (
                (float(np.mean(x)), float(np.mean(y)))
                if self.at is None
                else (self.at[1] + 0.5, self.at[0] + 0.5)
            )
            self._show(
                (column + (x[0] - column) / factor, column + (x[1] - column) / factor),
                (row + (y[0] - row) / factor, row + (y[1] - row) / factor),
            )

    def moved(self, down: int, right: int) -> tuple[int, int]:
        """The cursor position moved by a number of pixels, from the centre if there is none; made visible."""
        if self.shape is None:
            raise ValueError("there is no picture to move a cursor in")
        rows, columns = self.shape
        row, column = self.at or (rows // 2, columns // 2)
        row, column = min(max(row + down, 0), rows - 1), min(max(column + right, 0), columns - 1)
        if self._zoomed:
            x, y = self._in_sight()
            self._show(_with(column, x), _with(row, y))
        return row, column

    def refit(self) -> None:
        """Keep the whole object in view after the layout has been updated, unless the user zoomed."""
        QTimer.singleShot(0, self._fit_unless_zoomed)

    def point(self, at: tuple[int, int] | None) -> None:
        """Put the cursor on a pixel (row, column), or hide it."""
        self.at = at
        where = ([], []) if at is None else ([at[1] + 0.5], [at[0] + 0.5])
        for cursor in self.cursors:
            cursor.setData(*where)
            cursor.setVisible(at is not None)  # painting an empty one costs as much

    def under(self, place: QPointF) -> tuple[Pane, int, int] | None:
        """The pane at a point of the scene, with row and column there; None outside of the object."""
        for pane in self.panes:
            if pane.scene() is not None and pane.vb.sceneBoundingRect().contains(place):
                at = pane.vb.mapSceneToView(place)
                row, column = int(np.floor(at.y())), int(np.floor(at.x()))
                if self.shape and 0 <= row < self.shape[0] and 0 <= column < self.shape[1]:
                    return pane, row, column
        return None

    def area(self, pane: Pane) -> tuple[slice, slice]:
        """Rows and columns that a pane shows, whole unless the user zoomed."""
        if self.shape is None or not self._zoomed:
            return slice(None), slice(None)
        return area_of(pane.vb, self.shape)

    def _in_sight(self) -> tuple[Range, Range]:
        """First and last column, and row, that the pictures show."""
        return next(pane for pane in self.panes if pane.scene() is not None).vb.viewRange()

    def _show(self, x: Range, y: Range) -> None:
        """Zoom all pictures to these columns and rows."""
        self._zoomed = True
        for pane in self.panes:
            pane.show_range(x, y)

    def _fit_unless_zoomed(self) -> None:
        if not self._zoomed:
            self.fit()

    def _follow(self, lead: Pane, *_: object) -> None:
        """Zoom all pictures like the one that the user zoomed."""
        self._zoomed = True
        x, y = lead.vb.viewRange()
        for pane in self.panes:
            if pane is not lead:
                pane.show_range(x, y)


def _with(at: int, ends: Range) -> Range:
    """A range, moved as little as needed to contain a pixel."""
    by = min(at - ends[0], 0) or max(at + 1 - ends[1], 0)
    return ends[0] + by, ends[1] + by


def move_by_arrows(canvas: QWidget, move: Callable[[int, int], None], before: str = "") -> None:
    """Let arrow keys, with modifiers `before`, move a cursor by (rows down, columns right); Shift: ten."""
    for key, (down, right) in _STEPS.items():
        for shift, times in (("", 1), ("Shift+", 10)):
            act = partial(move, times * down, times * right)
            keys = QKeySequence(before + shift + key)
            QShortcut(keys, canvas, activated=act, context=Qt.ShortcutContext.WidgetShortcut)
