"""Pane: one picture with its colours, as all views of objects draw it."""

import numpy as np
import pyqtgraph as pg

from ptygui.gui.thinning import CIRCLE, Levels
from ptygui.gui.views.canvas import EDGE, loosen_title

AMPLITUDE_MAP = "viridis"
PHASE_MAP, PHASE_RANGE_MAP = "CET-C3", "magma"  # over the whole circle, and over a part of it

_ANGLES = [
    [(k * np.pi / 2, name) for k, name in zip(range(-2, 3), ("−π", "−π/2", "0", "π/2", "π"), strict=True)]
]


class Pane:
    """One picture: rows downwards, square pixels, no axes."""

    def __init__(self, colours: pg.ColorMap | None = None):
        self.image = pg.ImageItem(axisOrder="row-major", **({"colorMap": colours} if colours else {}))
        self.plot = pg.PlotItem(enableMenu=False)
        loosen_title(self.plot)
        self.plot.hideAxis("left")
        self.plot.hideAxis("bottom")
        self.plot.hideButtons()
        self.plot.vb.invertY(True)
        self.plot.setAspectLocked(True)
        self.plot.vb.disableAutoRange()
        self.plot.addItem(self.image)

    def show(self, picture: np.ndarray, levels: tuple[float, float], shape: tuple[int, int]) -> None:
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


def colour_bar(colours: str, levels: tuple[float, float], orientation: str = "horizontal") -> pg.ColorBarItem:
    """A colour bar to stand under pictures, or "vertical" beside them."""
    bar = pg.ColorBarItem(
        levels, 10, pg.colormap.get(colours), interactive=False, orientation=orientation, colorMapMenu=False
    )
    if orientation == "horizontal":
        bar.axis.setHeight(18)
    return bar


def phase_bar(orientation: str = "horizontal") -> pg.ColorBarItem:
    """The colour bar of phases, -π to π on a cyclic map."""
    bar = colour_bar(PHASE_MAP, CIRCLE, orientation)
    bar.axis.setStyle(hideOverlappingLabels=EDGE)
    bar.axis.setTicks(_ANGLES)
    return bar


def show_phase_levels(bar: pg.ColorBarItem, levels: Levels) -> None:
    """Draw phases between these levels; only the whole circle has colours that meet at its ends."""
    whole = tuple(levels) == CIRCLE
    colours = pg.colormap.get(PHASE_MAP if whole else PHASE_RANGE_MAP)
    bar.setLevels(levels)
    if bar.colorMap() is not colours:
        bar.setColorMap(colours)
        bar.axis.setTicks(_ANGLES if whole else None)


def area_of(box: pg.ViewBox, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of an object of this shape that a view box shows; all where it shows none."""
    (left, right), (top, bottom) = box.viewRange()
    area = [
        slice(max(0, int(low)), min(size, int(np.ceil(high))))
        for (low, high), size in zip(((top, bottom), (left, right)), shape, strict=True)
    ]
    return tuple(area) if all(part.start < part.stop for part in area) else (slice(None), slice(None))
