"""Axis: of a plot or colour bar, with round numbers."""

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QFont, QFontMetrics

from ptygui.figures.ticks import linear_ticks, log_ticks, short_and_different
from ptygui.gui.widgets.style import EDGE

LABEL, WIDE = 20, 40  # pixels that a label needs along a vertical axis, and along a horizontal one at least
APART = 12  # px between labels of a horizontal axis


class Axis(pg.AxisItem):
    """Two labels at least; on a logarithmic axis 1, 2 and 5 of each decade, fewer if many are shown."""

    def boundingRect(self) -> QRectF:
        """With room for half a label beyond its ends: else pyqtgraph leaves that label out."""
        along, across = (0, EDGE) if self.orientation in ("left", "right") else (EDGE, 0)
        return super().boundingRect().adjusted(-along, -across, along, across)

    def logTickValues(
        self, low: float, high: float, size: float, std_ticks: Any
    ) -> list[tuple[None, Sequence[float]]]:
        """Powers of ten, and parts of them if there is room."""
        room = LABEL if self.orientation in ("left", "right") else WIDE
        return [(None, log_ticks(low, high, size / room))]

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[Any, Sequence[float]]]:
        """At least two round numbers on a linear axis, too."""
        if self.logMode:
            return super().tickValues(low, high, size)
        upright = self.orientation in ("left", "right")
        room = LABEL if upright else WIDE
        ticks = linear_ticks(low, high, size / room)
        if not upright and len(ticks) > 1:
            widest = self._widest(ticks) + APART
            ticks = ticks if widest <= room else linear_ticks(low, high, size / widest)
        return [(ticks[1] - ticks[0], ticks)] if len(ticks) > 1 else super().tickValues(low, high, size)

    def _widest(self, ticks: Sequence[float]) -> int:
        """Width of the widest label [px]."""
        metrics = QFontMetrics(self.style["tickFont"] or QFont())
        return max(map(metrics.horizontalAdvance, self.tickStrings(ticks, self.scale, ticks[1] - ticks[0])))

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Short numbers that differ."""
        return short_and_different([10**v for v in values])
