"""ReadingBar: how far a large file is read, and a button that stops it."""

from PyQt6.QtWidgets import QPushButton, QWidget

from ptygui.gui.panels.stop_bar import StopBar


class ReadingBar(StopBar):
    """A line over the pictures, hidden while no large file is read."""

    def __init__(self, parent: QWidget | None = None):
        stop = QPushButton("Stop", toolTip="Read no further; what was active stays")
        super().__init__("reading a file", "how far the file is read", stop, parent)

    def show_progress(self, what: str, done: int, whole: int, unit: str) -> None:
        """Show how far a job has read; of a job that is over, `whole` is 0."""
        if not whole:
            self.hide()
            return
        self.told.setText(f"{_begun(what or 'reading')}: {done:,} of {whole:,} {unit}")
        self.bar.setRange(0, whole)
        self.bar.setValue(min(done, whole))
        self.show()

    def show_lasting(self, what: str) -> None:
        """Show that a file is read, of which it is not known how far."""
        if self.isHidden():
            self.told.setText(f"{_begun(what)} …")
            self.bar.setRange(0, 1)
            self.bar.setValue(0)
            self.show()


def _begun(what: str) -> str:
    return f"{what[0].upper()}{what[1:]}"
