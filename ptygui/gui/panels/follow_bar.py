"""FollowBar: what of a growing file or folder has come."""

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from ptygui.experiment.watching import Arrived
from ptygui.gui.widgets.elided import Elided


class FollowBar(QWidget):
    """What is followed, how much has come and how much is awaited; hidden while nothing is followed."""

    stop_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._name = ""
        self.told = Elided(objectName="following")
        self.bar = QProgressBar(textVisible=False, maximum=0)
        self.bar.setAccessibleName("frames that have come")
        self.bar.setFixedWidth(160)
        self.stop = QPushButton("Stop following", toolTip="Look no more; what has come stays")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 3)
        layout.addWidget(self.told, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.stop)
        self.stop.clicked.connect(self.stop_requested)
        self.hide()

    def begin(self, path: str) -> None:
        """Show that this is followed now."""
        self._name = Path(path).name
        self.told.setText(f"Following {self._name}: looking …")
        self.bar.setRange(0, 0)
        self.show()

    def show_arrived(self, arrived: Arrived) -> None:
        """Show what has come."""
        self.told.setText(f"Following {self._name}: {arrived.text}")
        if arrived.expected is None:
            self.bar.setRange(0, 0 if not arrived.complete else 1)
        else:
            self.bar.setRange(0, max(arrived.expected, 1))
            self.bar.setValue(min(arrived.frames, arrived.expected))
