"""ReadingBar: how far a large file is read, and a button that stops it."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from ptygui.gui.widgets.elided import Elided


class ReadingBar(QWidget):
    """A line over the pictures, hidden while no large file is read."""

    stop_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.told = Elided(objectName="reading a file")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("how far the file is read")
        self.bar.setFixedWidth(160)
        self.stop = QPushButton("Stop", toolTip="Read no further; the scan that was active stays")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 3)
        layout.addWidget(self.told, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.stop)
        self.stop.clicked.connect(self.stop_requested)
        self.hide()

    def show_progress(self, what: str, done: int, whole: int, unit: str) -> None:
        """Show how far a job has read; of a job that is over, `whole` is 0."""
        if not whole:
            self.hide()
            return
        what = what or "reading"
        self.told.setText(f"{what[0].upper()}{what[1:]}: {done:,} of {whole:,} {unit}")
        self.bar.setRange(0, whole)
        self.bar.setValue(min(done, whole))
        self.show()
