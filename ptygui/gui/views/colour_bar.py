"""ColourBar: the colours of pictures, the histogram of their values, and the levels between them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QWIDGETSIZE_MAX, QGraphicsGridLayout, QSizePolicy

from ptygui.figures.colours import CIRCLES, PHASE
from ptygui.figures.levels import CIRCLE, Levels, span, thinned
from ptygui.figures.step_figure import phase_colours
from ptygui.gui.model.display import Display
from ptygui.gui.views.axis import Axis
from ptygui.gui.views.picture import Picture
from ptygui.gui.widgets.colour_maps import colour_map
from ptygui.gui.widgets.style import EDGE

THICK = 10  # thickness of a strip in pixels
HIGH = 22  # height of the histogram on it
NEAR = 7  # pixels from a handle within which it is taken
BINS, SAMPLE = 96, 160  # of the histogram, and pixels per side that it counts
_BEYOND = 0.12  # of the levels' distance that the axis goes beyond each of them at least
_FURTHEST = 0.5  # and at most, for values beyond the levels
_LEAST = 1e-4  # smallest distance of levels that are dragged, over the length of the axis

_ANGLES = [
    [(k * np.pi / 2, name) for k, name in zip(range(-2, 3), ("−π", "−π/2", "0", "π/2", "π"), strict=True)]
]


class ColourBar(pg.GraphicsWidget):
    """A strip of colours below pictures, or beside them if "vertical", with a histogram and an axis.

    Its two handles are the levels: drag one, or both by what is between them. A double click opens the range
    to be typed. Levels that the user has set stay; otherwise they are those of `set_levels`.

    That of pyqtgraph is a whole plot, with four axes and menus: it takes ten times as long to create, and
    a window has seventeen.

    Attributes
    ----------
    display : Display
        What the user has chosen for this kind of picture.
    colours : ColorMap
        As drawn: those of the user, or those that suit the picture.
    """

    redisplayed = pyqtSignal()  # the user has chosen other colours or levels

    def __init__(
        self,
        colours: str,
        levels: Levels,
        orientation: str = "horizontal",
        label: str = "",
        kind: str = "",
    ):
        super().__init__()
        self._upright = orientation == "vertical"
        self._automatic, self._suited = levels, colours
        self._images: list[Any] = []
        self._whole: Levels | None = None  # levels of the whole picture, if they are asked for
        self.extent: Levels | None = None  # of the values of the picture
        self.span = levels  # of the axis
        self.axis = self._new_axis()
        self._strip = _Strip(self, self._upright)
        self._grid = layout = QGraphicsGridLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addItem(self._strip, 0, 1)
        layout.addItem(self.axis, *self._place_of_axis)
        if label:
            beside = pg.AxisItem("left", showValues=False)
            beside.setTicks([])
            beside.setLabel(label)
            layout.addItem(beside, 0, 0)
        self.display = Display(kind)
        self.display.changed.connect(self._redisplay)
        self._draw()

    @property
    def levels(self) -> Levels:
        """Values of the first and last colour."""
        return self.display.locked or self._whole or self._automatic

    @property
    def colours(self) -> pg.ColorMap:
        """As drawn: those that the user chose, or those that suit the picture."""
        return colour_map(self.display.map_named(self._suited))

    def use(self, display: Display) -> None:
        """Share the choices of the user with other pictures of its kind from now on."""
        self.display.changed.disconnect(self._redisplay)
        self.display = display
        display.changed.connect(self._redisplay)
        self._redisplay()

    def colour(self, images: Iterable[pg.ImageItem]) -> None:
        """Apply the colours and levels of the bar to these pictures from now on."""
        self._images = list(images)
        for image in self._images:
            image.bar = self
        self._draw()

    def set_levels(self, levels: Levels) -> None:
        """Draw between these values, unless the user has set others."""
        self._automatic = levels
        self._apply()

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Draw in other colours, unless the user has chosen some."""
        self._suited = colours.name
        self._draw()

    def look_at(self, picture: np.ndarray) -> None:
        """Note a picture that is about to be drawn: for the histogram, and levels of the whole picture."""
        self._strip.count(thinned(picture, SAMPLE))
        if self.display.whole:
            self._whole = span(np.nan_to_num(picture))
            self._apply()

    def forget(self) -> None:
        """There is no picture: nothing to count."""
        self.extent = None
        self._strip.count(np.empty(0))

    def stand(self, upright: bool) -> None:
        """Stand beside pictures, or lie below them."""
        if upright == self._upright:
            return
        self._upright, old = upright, self.axis
        self._grid.removeItem(old)
        old.setParentItem(None)
        if self.scene() is not None:
            self.scene().removeItem(old)
        self.axis = self._new_axis()
        self.axis.setTicks(old._tickLevels)
        self.axis.setStyle(hideOverlappingLabels=old.style["hideOverlappingLabels"])
        self._strip.stand(upright)
        self._grid.addItem(self.axis, *self._place_of_axis)

    def _new_axis(self) -> Axis:
        axis = Axis("right" if self._upright else "bottom")
        axis.setRange(*self.span)
        axis.enableAutoSIPrefix(False)
        axis.setWidth(45) if self._upright else axis.setHeight(18)
        return axis

    @property
    def _place_of_axis(self) -> tuple[int, int]:
        return (0, 2) if self._upright else (1, 1)

    def drag(self, low: float, high: float) -> None:
        """Set levels by hand: they are locked from now on."""
        least = _LEAST * (self.span[1] - self.span[0])
        self.display.lock((float(low), float(max(high, low + least))))

    def stretch(self) -> None:
        """Fit the axis around the levels and values, after a handle was moved."""
        self._fit_span(anew=True)

    def _redisplay(self) -> None:
        if not self.display.whole:
            self._whole = None
        elif self._whole is None:
            drawn = next((image.image for image in self._images if _has_numbers(image)), None)
            self._whole = None if drawn is None else span(np.nan_to_num(drawn))
        self._draw()
        self.redisplayed.emit()

    def _draw(self) -> None:
        self._strip.show_colours(self.colours)
        for image in self._images:
            if image.bar is self:
                image.setColorMap(self.colours)
        self._apply()

    def _apply(self) -> None:
        self._fit_span()
        for image in self._images:
            if image.bar is self:
                image.setLevels(self.levels)
        self._strip.update()

    def _fit_span(self, anew: bool = False) -> None:
        """Let the axis contain the levels and what is near them; it seldom changes, as drawing it is slow."""
        (low, high), circle = self.levels, self._suited in CIRCLES
        if circle and CIRCLE[0] <= low < high <= CIRCLE[1]:
            least = most = CIRCLE
        else:
            room = high - low
            least = low - _BEYOND * room, high + _BEYOND * room
            most = low - _FURTHEST * room, high + _FURTHEST * room
        if self._strip.dragged and not anew:
            return
        if self.extent is not None:
            least = max(min(least[0], self.extent[0]), most[0]), min(max(least[1], self.extent[1]), most[1])
        held = self.span[0] <= least[0] and least[1] <= self.span[1]
        loose = self.span[1] - self.span[0] > 1.5 * (least[1] - least[0])
        if anew or not held or loose:
            self.span = least
            self.axis.setRange(*least)
            self._strip.recount()


class _Strip(pg.GraphicsWidget):
    """Histogram, colours and handles; the axis closes the frame of the colours."""

    def __init__(self, bar: ColourBar, upright: bool):
        super().__init__()
        self._bar = bar
        self.dragged = False
        self._from: tuple[str, Levels] = ("", (0.0, 1.0))  # what is dragged, and levels at its beginning
        self._sample: np.ndarray | None = None
        self._counts: np.ndarray | None = None
        self.stand(upright)
        self.setToolTip(
            "Histogram of the picture. Drag the ends of the colours, or what is between them; double click: "
            "type the range; right click: colours and levels"
        )

    def stand(self, upright: bool) -> None:
        """Stand, or lie."""
        self._upright = upright
        fixed, free = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if upright else free, free if upright else fixed)
        self.setMinimumSize(0, 0)
        self.setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX)
        (self.setFixedWidth if upright else self.setFixedHeight)(THICK + HIGH)
        if hasattr(self, "_colours"):
            self.show_colours(self._colours)

    def show_colours(self, colours: pg.ColorMap) -> None:
        self._colours = colours
        table = colours.getLookupTable(nPts=256, alpha=True)
        table = table[::-1, None] if self._upright else table[None]
        self._pixels = np.ascontiguousarray(table)  # kept, since the image does not copy them
        rows, columns = table.shape[:2]
        self._image = QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self.update()

    def count(self, sample: np.ndarray) -> None:
        """Take the values of the picture; they are counted when they are painted."""
        self._sample, self._counts = sample, None
        self.update()

    def recount(self) -> None:
        self._counts = None
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        """The histogram over the colours, which extend beyond the handles in those of the ends."""
        rect, colours = self.rect(), self._colours_rect()
        low, high = (self._at(level) for level in self._bar.levels)
        pen, upright = self._bar.axis.pen(), self._upright
        self._paint_counts(painter, pen.color())
        first, last = (colours.bottom(), colours.top()) if upright else (colours.left(), colours.right())
        table = self._pixels[::-1, 0] if upright else self._pixels[0]
        for start, end, colour in ((first, low, table[0]), (high, last, table[-1])):
            painter.fillRect(self._across(colours, start, end), QColor(*map(int, colour)))
        painter.drawImage(self._across(colours, low, high), self._image)
        painter.setPen(pen)
        corners = [colours.topLeft(), colours.topRight(), colours.bottomRight(), colours.bottomLeft()]
        if upright:  # the axis is on the right
            corners = [corners[k] for k in (1, 0, 3, 2)]
        else:
            corners = [corners[k] for k in (3, 0, 1, 2)]
        painter.drawPolyline(QPolygonF([QPointF(corner) for corner in corners]))
        text = QColor(self._bar.axis.textPen().color())
        painter.setPen(QPen(text, 3.0 if self._bar.display.locked else 1.6))
        for at in (low, high):
            inside = min(max(at, (rect.top() if upright else rect.left()) + 1),
                         (rect.bottom() if upright else rect.right()) - 1)  # fmt: skip
            ends = (QPointF(rect.left(), inside), QPointF(rect.right(), inside)) if upright else (
                QPointF(inside, rect.top()), QPointF(inside, rect.bottom()))  # fmt: skip
            painter.drawLine(*ends)

    def _paint_counts(self, painter: QPainter, colour: QColor) -> None:
        if self._counts is None:
            self._count()
        if self._counts is None or not self._counts.any():
            return
        rect, high = self.rect(), HIGH - 2
        shares = np.sqrt(self._counts / self._counts.max())  # few values are seen too
        fill = QColor(colour)
        fill.setAlpha(110)
        places = np.linspace(0, 1, BINS + 1)
        if self._upright:
            edges = rect.bottom() - places * rect.height()
            points = [QPointF(HIGH, edges[0])]
            for k, share in enumerate(shares):
                points += [QPointF(HIGH - high * share, edges[k]), QPointF(HIGH - high * share, edges[k + 1])]
            points.append(QPointF(HIGH, edges[-1]))
        else:
            edges = rect.left() + places * rect.width()
            points = [QPointF(edges[0], HIGH)]
            for k, share in enumerate(shares):
                points += [QPointF(edges[k], HIGH - high * share), QPointF(edges[k + 1], HIGH - high * share)]
            points.append(QPointF(edges[-1], HIGH))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(points))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _count(self) -> None:
        if self._sample is None:
            return
        values = self._sample[np.isfinite(self._sample)]
        if not values.size:
            self._counts = np.zeros(BINS)
            return
        self._bar.extent = float(values.min()), float(values.max())
        self._bar._fit_span()
        low, high = self._bar.span
        inside = values[(values >= low) & (values <= high)]
        places = ((inside - low) * (BINS / ((high - low) or 1.0))).astype(int).clip(0, BINS - 1)
        self._counts = np.bincount(places, minlength=BINS)

    def _colours_rect(self) -> QRectF:
        rect = self.rect()
        if self._upright:
            return QRectF(rect.left() + HIGH, rect.top(), THICK, rect.height())
        return QRectF(rect.left(), rect.top() + HIGH, rect.width(), THICK)

    def _across(self, colours: QRectF, start: float, end: float) -> QRectF:
        """The part of the strip between two places of its long side."""
        low, high = min(start, end), max(start, end)
        if self._upright:
            part = QRectF(colours.left(), low, colours.width(), high - low)
        else:
            part = QRectF(low, colours.top(), high - low, colours.height())
        return part & colours if start != end else QRectF()

    def _at(self, value: float) -> float:
        """Where a value is along the strip [px]."""
        low, high = self._bar.span
        share = (value - low) / ((high - low) or 1.0)
        rect = self.rect()
        return rect.bottom() - share * rect.height() if self._upright else rect.left() + share * rect.width()

    def _value(self, place: QPointF) -> float:
        low, high = self._bar.span
        rect = self.rect()
        share = (
            (rect.bottom() - place.y()) / max(rect.height(), 1)
            if self._upright
            else (place.x() - rect.left()) / max(rect.width(), 1)
        )
        return low + share * (high - low)

    def _taken(self, place: QPointF) -> str:
        """What the mouse takes hold of at a place: "low", "high", "both", or nothing."""
        along = place.y() if self._upright else place.x()
        low, high = (self._at(level) for level in self._bar.levels)
        away = {"low": abs(along - low), "high": abs(along - high)}
        nearest = min(away, key=lambda name: away[name])
        if away[nearest] <= NEAR:
            return nearest
        return "both" if min(low, high) < along < max(low, high) else ""

    def hoverEvent(self, event: Any) -> None:
        """Show by the cursor what can be dragged."""
        taken = "" if event.isExit() else self._taken(event.pos())
        along = Qt.CursorShape.SizeVerCursor if self._upright else Qt.CursorShape.SizeHorCursor
        if taken:
            self.setCursor(along if taken != "both" else Qt.CursorShape.OpenHandCursor)
            event.acceptDrags(Qt.MouseButton.LeftButton)
        else:
            self.unsetCursor()

    def mouseDragEvent(self, event: Any) -> None:
        """Move one level, or both."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        if event.isStart():
            self._from = self._taken(event.buttonDownPos()), self._bar.levels
        what, (low, high) = self._from
        if not what:
            event.ignore()
            return
        event.accept()
        self.dragged = not event.isFinish()
        by = self._value(event.pos()) - self._value(event.buttonDownPos())
        least = _LEAST * (self._bar.span[1] - self._bar.span[0])
        if what == "low":
            low = min(low + by, high - least)
        elif what == "high":
            high = max(high + by, low + least)
        else:
            low, high = low + by, high + by
        self._bar.drag(low, high)
        if event.isFinish():
            self._bar.stretch()


def phase_bar(orientation: str = "horizontal", kind: str = "phase") -> ColourBar:
    """The colour bar of phases, -π to π on a cyclic map."""
    bar = ColourBar(PHASE, CIRCLE, orientation, kind=kind)
    bar.axis.setStyle(hideOverlappingLabels=EDGE)
    bar.axis.setTicks(_ANGLES)
    return bar


def show_phase_levels(bar: ColourBar, levels: Levels) -> None:
    """Draw phases between these levels; only the whole circle gets a cyclic colour map."""
    suited = colour_map(phase_colours(levels))
    bar.set_levels(levels)
    if bar._suited != suited.name:
        bar.set_colours(suited)
        bar.axis.setTicks(_ANGLES if suited.name == PHASE else None)


def _has_numbers(image: Picture) -> bool:
    return image.image is not None and image.image.ndim == 2
