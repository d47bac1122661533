"""Picture: an image that draws only what is in sight, at the resolution of the screen."""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QImage, QPainter

from ptygui.figures.colours import GREY, colour_table
from ptygui.figures.levels import Levels
from ptygui.gui.widgets.colour_maps import colour_map

Detail = Callable[[slice, slice], np.ndarray]  # the picture at these rows and columns of the object
_NAN = 256  # place of transparent in a table of colours


class Bar(Protocol):
    """Rules colours and levels of pictures."""

    @property
    def levels(self) -> Levels:
        """Values of the first and last colour."""

    def look_at(self, picture: np.ndarray) -> None:
        """Note a picture that is about to be drawn."""


class Picture(pg.ImageItem):
    """As an `ImageItem` of pyqtgraph, which colours all of its pixels for each frame.

    Here only pixels in sight are coloured, every n-th where the screen has fewer: a large object pans and
    changes its levels as fast as a small one. The image given may be `thinned`; with a `detail`, a part
    that is magnified further is drawn with all pixels of the object.

    Attributes
    ----------
    bar : Bar or None
        Rules colours and levels, whatever levels `setImage` is given.
    """

    def __init__(self, colours: pg.ColorMap | None = None):
        self.bar: Bar | None = None
        self.detail: Detail | None = None
        self.full: tuple[int, int] | None = None  # of what `detail` cuts from
        self._count, self._drawn = 0, ((), None, QRectF())  # type: tuple[int, Any]
        super().__init__(axisOrder="row-major", colorMap=colours or colour_map(GREY))

    def setImage(self, image: np.ndarray | None = None, *args: Any, **options: Any) -> None:
        """Draw another image: numbers (H, W), or colours (H, W, 3 or 4); at the levels of its bar, if any."""
        if image is not None:
            self.detail, self._count = None, self._count + 1
            if self.bar is not None and image.ndim == 2:
                self.bar.look_at(image)
                options["levels"] = self.bar.levels
        super().setImage(image, *args, **options)

    def set_detail(self, detail: Detail, shape: tuple[int, int]) -> None:
        """Say where the pixels of the object are, of which the image has every n-th."""
        self.detail, self.full = detail, shape
        self._count += 1

    def whole(self, area: tuple[slice, slice] = (slice(None), slice(None))) -> np.ndarray | None:
        """The picture with every pixel of the object, or an area of it; None if there is none."""
        if self.image is None:
            return None
        return self.image[area] if self.detail is None else self.detail(*area)

    def painted(self, values: np.ndarray) -> np.ndarray:
        """Values, or colours already, in the colours of the picture: uint8 (H, W, 3 or 4)."""
        if values.ndim == 3:
            return values
        packed = np.ascontiguousarray(self._packed(values))
        return packed.view(np.uint8).reshape(*values.shape, 4)[..., [2, 1, 0, 3]]

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw what is in sight."""
        if self.image is None:
            return
        found = self._in_sight(painter)
        if found is None:
            return
        rows, columns, detailed, place = found
        key = (self._count, detailed, *_ends(rows), *_ends(columns), self._look())
        if key != self._drawn[0]:
            values = self.detail(rows, columns) if detailed and self.detail else self.image[rows, columns]
            self._drawn = key, self._image_of(values), place
        if self._drawn[1] is not None:
            painter.drawImage(place, self._drawn[1])

    def _in_sight(self, painter: QPainter) -> tuple[slice, slice, bool, QRectF] | None:
        """Rows and columns to draw, whether of the object or of its thinned image, and where [its px]."""
        shape = self.image.shape[:2]
        box, seen = self.getViewBox(), self.boundingRect()
        if box is not None:  # its own `viewRect` may be that of an earlier zoom
            seen &= self.mapRectFromParent(box.viewRect())
        magnified = abs(painter.deviceTransform().m11())  # pixels of the screen for one of the image
        if seen.isEmpty() or not magnified:
            return None
        detailed = self.detail is not None and self.full is not None and magnified > 1
        size = self.full if detailed and self.full is not None else shape
        scale = size[0] / shape[0], size[1] / shape[1]
        every = max(1, round(scale[1] / magnified))
        rows = _slice(seen.top() * scale[0], seen.bottom() * scale[0], every, size[0])
        columns = _slice(seen.left() * scale[1], seen.right() * scale[1], every, size[1])
        high, wide = (every * -(-(s.stop - s.start) // every) for s in (rows, columns))
        place = QRectF(columns.start / scale[1], rows.start / scale[0], wide / scale[1], high / scale[0])
        return rows, columns, detailed, place

    def _look(self) -> tuple[Any, ...]:
        colours = self.getColorMap()
        return *map(float, np.ravel(self.levels if self.levels is not None else ())), colours and colours.name

    def _image_of(self, values: np.ndarray) -> QImage:
        rows, columns = values.shape[:2]
        if values.ndim == 3:
            kind = QImage.Format.Format_RGB888 if values.shape[2] == 3 else QImage.Format.Format_RGBA8888
            self._pixels = np.ascontiguousarray(values)  # kept, since the image does not copy them
            return QImage(self._pixels.data, columns, rows, values.shape[2] * columns, kind)
        self._pixels = self._packed(values)
        return QImage(
            self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied
        )

    def _packed(self, values: np.ndarray) -> np.ndarray:
        """Values as colours, one 32-bit number 0xAARRGGBB a pixel; nan is transparent."""
        colours = self.getColorMap()
        table = _table(GREY if colours is None else colours.name)
        low, high = map(float, self.levels if self.levels is not None else (0.0, 1.0))
        places = np.asarray(values, np.float32) - np.float32(low)
        places *= np.float32(_NAN / ((high - low) or 1.0))
        np.clip(places, 0, _NAN - 1, out=places)
        if places.size and np.isnan(places.min()):
            np.nan_to_num(places, copy=False, nan=_NAN)
        return table[places.astype(np.uint16)]


def _ends(part: slice) -> tuple[int, int, int]:
    return part.start, part.stop, part.step


def _slice(first: float, last: float, every: int, size: int) -> slice:
    """Whole numbers from `first` to `last` and a little beyond, on a raster that stays while panning."""
    start = max(0, int(first) // every * every)
    return slice(start, min(size, int(np.ceil(last)) + every), every)


@cache
def _table(name: str) -> np.ndarray:
    """The colours of a map as numbers 0xAARRGGBB, and transparent at last."""
    red, green, blue = colour_table(name).astype(np.uint32).T
    return np.append(0xFF000000 | red << 16 | green << 8 | blue, 0).astype(np.uint32)
