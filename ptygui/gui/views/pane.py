"""Pane: one picture with its colours, used by all views of objects."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtWidgets import QGraphicsGridLayout, QGraphicsSceneResizeEvent

from ptygui.gui.views.picture import Detail, Picture
from ptygui.gui.views.title import HEIGHT, Dots, Title


class Pane(pg.GraphicsWidget):
    """One picture under its title: rows downwards, square pixels, no axes or menus.

    Half of pyqtgraph's plot is axes and menus, which take ten times as long to create as the rest, and a
    window has two dozen panes.

    Attributes
    ----------
    vb : ViewBox
        Contains the picture and everything drawn over it.
    image : Picture
    """

    def __init__(self, colours: pg.ColorMap | None = None):
        super().__init__()
        self.image = Picture(colours)
        self.vb = pg.ViewBox(self, lockAspect=True, invertY=True, enableMenu=False)
        self.vb.disableAutoRange()
        self.vb.addItem(self.image)
        self.title = Title(self, reserved=HEIGHT)  # for the dots
        self._dots = Dots(self)
        layout = QGraphicsGridLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addItem(self.title, 0, 0)
        layout.addItem(self.vb, 1, 0)
        layout.setRowFixedHeight(0, 0)

    def entitle(self, title: str) -> None:
        """Set the title above the picture, in plain text."""
        if not self.title.text:
            self.layout().setRowFixedHeight(0, HEIGHT)
        self.title.set_text(title)
        self._dots.setVisible(bool(title))

    def on_dots(self, place: QPointF) -> bool:
        """Whether a point of the scene is on the dots that open the menu."""
        return self._dots.isVisible() and self._dots.sceneBoundingRect().contains(place)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent | None) -> None:
        """Keep the dots in the corner."""
        super().resizeEvent(event)
        self._dots.setGeometry(QRectF(self.rect().right() - HEIGHT, 0, HEIGHT, HEIGHT))

    def show_range(self, x: tuple[float, float], y: tuple[float, float], padding: float = 0.0) -> None:
        """Show these columns and rows at least."""
        self.vb.setRange(xRange=x, yRange=y, padding=padding)

    def show_picture(
        self,
        picture: np.ndarray,
        levels: tuple[float, float],
        shape: tuple[int, int],
        detail: Detail | None = None,
    ) -> None:
        """Draw a picture, perhaps `thinned`, of an object of this shape; `detail` gives all its pixels."""
        picture = np.ascontiguousarray(picture, dtype=np.float32)
        self.image.setImage(picture, autoLevels=False, levels=levels)
        self._place(shape, detail)

    def show_colours(self, colours: np.ndarray, shape: tuple[int, int], detail: Detail | None = None) -> None:
        """Draw a picture that already has colours, uint8 (H, W, 3)."""
        self.image.setImage(colours, autoLevels=False)
        self._place(shape, detail)

    def _place(self, shape: tuple[int, int], detail: Detail | None) -> None:
        if detail is not None and shape != self.image.image.shape[:2]:
            self.image.set_detail(detail, shape)
        if shape != self.image.image.shape[:2]:
            self.image.setRect(0, 0, shape[1], shape[0])
        elif not self.image.transform().isIdentity():
            self.image.resetTransform()


def area_of(box: pg.ViewBox, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of an object of this shape that a view box shows; all if it shows none."""
    (left, right), (top, bottom) = box.viewRange()
    rows, columns = (
        slice(max(0, int(low)), min(size, int(np.ceil(high))))
        for (low, high), size in zip(((top, bottom), (left, right)), shape, strict=True)
    )
    seen = rows.start < rows.stop and columns.start < columns.stop
    return (rows, columns) if seen else (slice(None), slice(None))
