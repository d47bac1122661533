"""A view as one would add it: a plot of the light on one row of the object."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ptygui.gui.views.canvas import CURVE, Canvas, bare_plot
from ptygui.gui.views.view import View, ViewOption, checked
from ptygui.scan import Geometry


class IlluminationView(View, QWidget):
    """Draws the summed probe intensity [counts] along the middle row of the object."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.canvas, self.plot = Canvas("illumination"), bare_plot(title="counts on the middle row")
        self.curve = self.plot.plot(pen=pg.mkPen(CURVE, width=1.5))
        self.canvas.addItem(self.plot)
        self.log = QCheckBox("log y", toolTip="Logarithmic vertical axis")
        self.log.toggled.connect(lambda on: self.plot.setLogMode(y=on))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.log)
        layout.addWidget(self.canvas, 1)
        self.canvas.restyle()

    def show_scan(self, scan: Geometry) -> None:
        """Draw that of a scan."""
        light = scan.illumination[scan.object_shape[0] // 2]
        self.curve.setData(np.arange(len(light)), light)

    def options(self) -> dict[str, ViewOption]:
        """Whether the axis is logarithmic."""
        return {"log illumination": checked(self.log)}
