"""Linked: pictures of one object, zoomed together, with one cursor through all of them."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QObject, QPointF, QTimer

from ptygui.gui.views.pane import Pane, area_of

CURSOR = "#ff5050"


class Linked(QObject):
    """Shows the whole object in all panes until the user zooms one of them.

    Attributes
    ----------
    shape : (int, int) or None
        Of the object.
    at : (int, int) or None
        Row and column under the cursor.
    """

    def __init__(self, panes: Sequence[Pane], parent: QObject | None = None):
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

    def refit(self) -> None:
        """Keep the whole object in view once the layout has settled, unless the user zoomed."""
        QTimer.singleShot(0, self._fit_unless_zoomed)

    def point(self, at: tuple[int, int] | None) -> None:
        """Put the cursor on a pixel (row, column), or away."""
        self.at = at
        where = ([], []) if at is None else ([at[1] + 0.5], [at[0] + 0.5])
        for cursor in self.cursors:
            cursor.setData(*where)
            cursor.setVisible(at is not None)  # painting none is as dear as painting one

    def under(self, place: QPointF) -> tuple[Pane, int, int] | None:
        """The pane at a place of the scene, and row and column there; None outside of the object."""
        for pane in self.panes:
            if pane.scene() is not None and pane.vb.sceneBoundingRect().contains(place):
                at = pane.vb.mapSceneToView(place)
                row, column = int(np.floor(at.y())), int(np.floor(at.x()))
                if self.shape and 0 <= row < self.shape[0] and 0 <= column < self.shape[1]:
                    return pane, row, column
        return None

    def area(self, pane: Pane) -> tuple[slice, slice]:
        """Rows and columns that a pane shows, whole unless the user zoomed."""
        return area_of(pane.vb, self.shape) if self._zoomed else (slice(None), slice(None))

    def _fit_unless_zoomed(self) -> None:
        if not self._zoomed:
            self.fit()

    def _follow(self, lead: Pane, *_) -> None:
        """Zoom all pictures as the one that the user zoomed."""
        self._zoomed = True
        x, y = lead.vb.viewRange()
        for pane in self.panes:
            if pane is not lead:
                pane.show_range(x, y)
