"""FollowBar: what of a growing file or folder has come."""

from pathlib import Path

from PyQt6.QtWidgets import QPushButton, QWidget

from ptygui.experiment.watching import Arrived
from ptygui.gui.panels.stop_bar import StopBar


class FollowBar(StopBar):
    """What is followed, how much has come and how much is awaited; hidden while nothing is followed."""

    def __init__(self, parent: QWidget | None = None):
        stop = QPushButton("Stop following", toolTip="Look no more; what has come stays")
        super().__init__("following", "frames that have come", stop, parent)
        self._name = ""

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
