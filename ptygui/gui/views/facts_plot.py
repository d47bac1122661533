"""FactsPlot: plots below a line of facts, with a button that writes their numbers to a table."""

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ptygui.gui.views.canvas import ROW, Canvas, bare_plot
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import RICH


class FactsPlot(QWidget):
    """Base class: subclasses add the plots, and `table` for the button.

    Parameters
    ----------
    name : str
        Name of the plots, for screen readers.
    tip : str
        Tooltip of the plots.
    table_tip : str
        Tooltip of the button: what the table holds.
    before : sequence of QWidget
        Controls in front of the facts.
    """

    csv_requested = pyqtSignal(str)

    def __init__(
        self,
        name: str,
        tip: str,
        table_tip: str,
        before: Sequence[QWidget] = (),
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.canvas = Canvas(name)
        self.canvas.setToolTip(tip)
        self.facts = Elided(objectName="facts", textFormat=RICH)
        csv = QToolButton(text="CSV…", toolTip=table_tip)
        csv.setAccessibleName(f"{name} to CSV")
        csv.clicked.connect(self._ask_csv)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 0)
        for widget in before:
            row.addWidget(widget)
        if before:
            row.addSpacing(ROW)
        row.addWidget(self.facts, 1)
        row.addWidget(csv)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)

    def table(self) -> str | None:
        """The numbers that are plotted, as CSV; None if there are none."""
        raise NotImplementedError

    def add_plot(self, **options: Any) -> pg.PlotItem:
        """Add a plot."""
        plot = bare_plot(**options)
        self.canvas.addItem(plot)
        self.canvas.restyle()
        return plot

    def _ask_csv(self) -> None:
        table = self.table()
        if table is not None:
            self.csv_requested.emit(table)
