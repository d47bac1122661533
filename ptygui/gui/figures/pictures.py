"""Pictures: panels in a row above their colour bars, a scale bar, and a caption, as a figure for a paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor

from ptygui.gui.figures.page import MM
from ptygui.gui.figures.sheet import NORMAL, POINT, SMALL, Sheet, height_of, width_of
from ptygui.gui.model.quantities import length
from ptygui.gui.widgets.axis_ticks import round_below

MOST = 0.3  # of a panel's width that the scale bar takes
NARROW = 120  # mm below which there are two panels in a row, not four
_GAP, _BAR, _TICK = 3 * MM, 2.2 * MM, 0.8 * MM


@dataclass(frozen=True, eq=False)
class Bar:
    """A colour bar: what it measures, its colours from left to right, uint8 (H, W, 3), and its labels.

    `ticks` are pairs (place from 0 to 1, words).
    """

    label: str
    colours: np.ndarray
    ticks: Sequence[tuple[float, str]]


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture in its colours, uint8 (H, W, 3), the words above it, and the colour bar that it is of."""

    title: str
    colours: np.ndarray
    bar: Bar


@dataclass(frozen=True, eq=False)
class Pictures:
    """Panels of one size; neighbours of one colour bar stand above it.

    Attributes
    ----------
    pixel_size_m : float, optional
        For the scale bar, which else is in pixels.
    """

    panels: Sequence[Panel]
    pixel_size_m: float | None = None
    caption: str = ""
    title: str = "pictures"

    def draw(self, sheet: Sheet) -> float:
        """Draw, and return the height; see `page.Figure`."""
        groups = [list(group) for _, group in groupby(self.panels, key=lambda panel: id(panel.bar))]
        rows = _rows(groups, 2 if sheet.width < NARROW * MM else 4)
        across = max(sum(len(group) for group in row) for row in rows)
        wide = (sheet.width - (across - 1) * _GAP) / across
        high = wide * self.panels[0].colours.shape[0] / self.panels[0].colours.shape[1]
        y = 0.0
        for row in rows:
            x = 0.0
            for group in row:
                for panel in group:
                    self._panel(sheet, QRectF(x, y + 1.3 * height_of(), wide, high), panel)
                    x += wide + _GAP
                below = y + 1.3 * height_of() + high + 1.5 * _TICK
                reach = len(group) * (wide + _GAP) - _GAP
                _draw_bar(sheet, QRectF(x - _GAP - reach, below, reach, _BAR), group[0].bar)
            y += 1.3 * height_of() + high + 1.5 * _TICK + _BAR + _TICK + 2 * height_of(SMALL) + _GAP
        y -= _GAP / 2
        if self.caption:
            y += sheet.lines(0, y, self.caption, sheet.width) + 0.5 * MM
        return y

    def _panel(self, sheet: Sheet, box: QRectF, panel: Panel) -> None:
        sheet.text(box.center().x(), box.top() - 1.2 * height_of(), panel.title)
        sheet.picture(box, panel.colours)
        sheet.rectangle(box)
        if panel is self.panels[0]:
            self._scale_bar(sheet, box, panel.colours.shape[1])

    def _scale_bar(self, sheet: Sheet, box: QRectF, columns: int) -> None:
        unit = self.pixel_size_m or 1.0
        value = round_below(MOST * columns * unit)
        words = length(value) if self.pixel_size_m else f"{value:g} px"
        long, pad = box.width() * value / unit / columns, 1.5 * POINT
        wide, high = max(long, width_of(words, SMALL)) + 2 * pad, height_of(SMALL) + 3.5 * POINT
        ground = QRectF(box.left() + 4 * POINT, box.bottom() - 4 * POINT - high, wide, high)
        sheet.rectangle(ground, QColor(0, 0, 0, 140))
        sheet.text(ground.center().x(), ground.top(), words, SMALL, colour="#ffffff")
        bar = QRectF(ground.center().x() - long / 2, ground.bottom() - 3 * POINT, long, 1.5 * POINT)
        sheet.rectangle(bar, QColor("#ffffff"))


def _rows(groups: list[list[Panel]], most: int) -> list[list[list[Panel]]]:
    """Groups side by side as long as there are no more panels in a row than this."""
    rows = [[groups[0]]]
    for group in groups[1:]:
        if sum(map(len, rows[-1])) + len(group) <= most:
            rows[-1].append(group)
        else:
            rows.append([group])
    return rows


def _draw_bar(sheet: Sheet, box: QRectF, bar: Bar) -> None:
    sheet.picture(box, bar.colours)
    sheet.rectangle(box)
    below = box.bottom() + _TICK
    for place, words in bar.ticks:
        x = box.left() + place * box.width()
        sheet.polyline([(x, box.bottom()), (x, below)])
        half = width_of(words, SMALL) / 2
        sheet.text(min(max(x, box.left() + half), box.right() - half), below, words, SMALL)
    sheet.text(box.center().x(), below + height_of(SMALL), bar.label, NORMAL)
