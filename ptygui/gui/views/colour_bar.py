"""ColourBar: the colours of pictures between two levels, for amplitudes and for phases."""

from collections.abc import Iterable

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QImage, QPainter, QPolygonF
from PyQt6.QtWidgets import QGraphicsGridLayout, QSizePolicy

from ptygui.figures.colours import PHASE
from ptygui.figures.levels import CIRCLE, Levels
from ptygui.figures.step_figure import phase_colours
from ptygui.gui.views.canvas import EDGE
from ptygui.gui.widgets.colour_maps import colour_map

THICK = 10  # thickness of a strip in pixels

_ANGLES = [
    [(k * np.pi / 2, name) for k, name in zip(range(-2, 3), ("−π", "−π/2", "0", "π/2", "π"), strict=True)]
]


class ColourBar(pg.GraphicsWidget):
    """A strip of colours below pictures, or beside them if "vertical", with an axis of values.

    That of pyqtgraph is a whole plot, with four axes and menus: it takes ten times as long to create, and
    a window has seventeen.

    Attributes
    ----------
    levels : (float, float)
        Values at the ends of the strip.
    colours : ColorMap
    """

    def __init__(self, colours: str, levels: Levels, orientation: str = "horizontal", label: str = ""):
        super().__init__()
        upright = orientation == "vertical"
        self.levels, self.colours = levels, colour_map(colours)
        self._images: list[pg.ImageItem] = []
        self.axis = pg.AxisItem("right" if upright else "bottom")
        self.axis.enableAutoSIPrefix(False)
        self._strip = _Strip(self.axis, upright)
        layout = QGraphicsGridLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addItem(self._strip, 0, 1)
        if upright:
            self.axis.setWidth(45)
            layout.addItem(self.axis, 0, 2)
        else:
            self.axis.setHeight(18)
            layout.addItem(self.axis, 1, 1)
        if label:
            beside = pg.AxisItem("left", showValues=False)
            beside.setTicks([])
            beside.setLabel(label)
            layout.addItem(beside, 0, 0)
        self._draw()

    def colour(self, images: Iterable[pg.ImageItem]) -> None:
        """Apply the colours and levels of the bar to these pictures from now on."""
        self._images = list(images)
        self._draw()

    def set_levels(self, levels: Levels) -> None:
        """Draw between these values."""
        self.levels = levels
        self.axis.setRange(*levels)
        for image in self._images:
            image.setLevels(levels)

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Draw in other colours."""
        self.colours = colours
        self._draw()

    def _draw(self) -> None:
        self._strip.show_colours(self.colours)
        for image in self._images:
            image.setColorMap(self.colours)
        self.set_levels(self.levels)


class _Strip(pg.GraphicsWidget):
    """The colours, in a frame that the axis closes."""

    def __init__(self, axis: pg.AxisItem, upright: bool):
        super().__init__()
        self._axis, self._upright = axis, upright
        fixed, free = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if upright else free, free if upright else fixed)
        (self.setFixedWidth if upright else self.setFixedHeight)(THICK)

    def show_colours(self, colours: pg.ColorMap) -> None:
        table = colours.getLookupTable(nPts=256, alpha=True)
        table = table[::-1, None] if self._upright else table[None]
        self._pixels = np.ascontiguousarray(table)  # kept, since the image does not copy them
        rows, columns = table.shape[:2]
        self._image = QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        """The colours, and three sides of a frame."""
        rect = self.rect()
        painter.drawImage(rect, self._image)
        painter.setPen(self._axis.pen())
        corners = [rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft()]
        if self._upright:  # the axis is on the right
            corners = [corners[k] for k in (1, 0, 3, 2)]
        else:
            corners = [corners[k] for k in (3, 0, 1, 2)]
        painter.drawPolyline(QPolygonF([QPointF(corner) for corner in corners]))


def phase_bar(orientation: str = "horizontal") -> ColourBar:
    """The colour bar of phases, -π to π on a cyclic map."""
    bar = ColourBar(PHASE, CIRCLE, orientation)
    bar.axis.setStyle(hideOverlappingLabels=EDGE)
    bar.axis.setTicks(_ANGLES)
    return bar


def show_phase_levels(bar: ColourBar, levels: Levels) -> None:
    """Draw phases between these levels; only the whole circle gets a cyclic colour map."""
    colours = colour_map(phase_colours(levels))
    bar.set_levels(levels)
    if bar.colours is not colours:
        bar.set_colours(colours)
        bar.axis.setTicks(_ANGLES if colours.name == PHASE else None)
