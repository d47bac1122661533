"""StopBar: a line that tells what goes on, how far it is, and a button that stops it."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.progress_bar import ProgressBar


class StopBar(QWidget):
    """Hidden until something is shown."""

    stop_requested = pyqtSignal()

    def __init__(self, name: str, measure: str, stop: QPushButton, parent: QWidget | None = None):
        super().__init__(parent)
        self.told = Elided(objectName=name)
        self.bar = ProgressBar(textVisible=False, maximum=0)
        self.bar.setAccessibleName(measure)
        self.bar.setFixedWidth(160)
        self.stop = stop
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 3)
        layout.addWidget(self.told, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.stop)
        self.stop.clicked.connect(self.stop_requested)
        self.hide()
