"""Pane: one picture with its colours, as all views of objects draw it."""

from html import escape

import numpy as np
import pyqtgraph as pg
from PyQt6.QtWidgets import QGraphicsGridLayout

from ptygui.gui.views.canvas import loosen_title

_TITLE = 30  # pixels of height


class Pane(pg.GraphicsWidget):
    """One picture under its title: rows downwards, square pixels, no axes, no menus.

    Half of what pyqtgraph's plot would be is axes and menus, which take ten times as long to make as the
    rest, and a window has two dozen panes.

    Attributes
    ----------
    vb : ViewBox
        What the picture and all that is drawn over it lie in.
    image : ImageItem
    """

    def __init__(self, colours: pg.ColorMap | None = None):
        super().__init__()
        self.image = pg.ImageItem(axisOrder="row-major", **({"colorMap": colours} if colours else {}))
        self.vb = pg.ViewBox(self, lockAspect=True, invertY=True, enableMenu=False)
        self.vb.disableAutoRange()
        self.vb.addItem(self.image)
        self.titleLabel = pg.LabelItem("", size="9pt", parent=self)
        loosen_title(self)
        layout = QGraphicsGridLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addItem(self.titleLabel, 0, 0)
        layout.addItem(self.vb, 1, 0)
        layout.setRowFixedHeight(0, 0)
        self.titleLabel.setMaximumHeight(0)

    def entitle(self, title: str) -> None:
        """Write a title over the picture, in plain text."""
        self.titleLabel.setMaximumHeight(_TITLE)
        self.layout().setRowFixedHeight(0, _TITLE)
        self.titleLabel.setText(escape(title))

    def show_range(self, x: tuple[float, float], y: tuple[float, float], padding: float = 0.0) -> None:
        """Show these columns and rows at least."""
        self.vb.setRange(xRange=x, yRange=y, padding=padding)

    def show_picture(self, picture: np.ndarray, levels: tuple[float, float], shape: tuple[int, int]) -> None:
        """Draw a picture, perhaps `thinned`, of an object of this shape."""
        picture = np.ascontiguousarray(picture, dtype=np.float32)
        self.image.setImage(picture, autoLevels=False, levels=levels)
        self._place(shape)

    def show_colours(self, colours: np.ndarray, shape: tuple[int, int]) -> None:
        """Draw a picture that is in colours already, uint8 (H, W, 3)."""
        self.image.setImage(colours, autoLevels=False)
        self._place(shape)

    def _place(self, shape: tuple[int, int]) -> None:
        if shape != self.image.image.shape[:2]:
            self.image.setRect(0, 0, shape[1], shape[0])
        elif not self.image.transform().isIdentity():
            self.image.resetTransform()


def area_of(box: pg.ViewBox, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of an object of this shape that a view box shows; all where it shows none."""
    (left, right), (top, bottom) = box.viewRange()
    rows, columns = (
        slice(max(0, int(low)), min(size, int(np.ceil(high))))
        for (low, high), size in zip(((top, bottom), (left, right)), shape, strict=True)
    )
    seen = rows.start < rows.stop and columns.start < columns.stop
    return (rows, columns) if seen else (slice(None), slice(None))
