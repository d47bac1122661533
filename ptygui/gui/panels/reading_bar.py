"""ReadingBar: how far a large file is read, and a button that stops it."""

from PyQt6.QtWidgets import QPushButton, QWidget

from ptygui.gui.panels.stop_bar import StopBar


class ReadingBar(StopBar):
    """A line over the pictures, hidden while no large file is read."""

    def __init__(self, parent: QWidget | None = None):
        stop = QPushButton("Stop", toolTip="Read no further; the scan that was active stays")
        super().__init__("reading a file", "how far the file is read", stop, parent)

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
