"""ScanPanel: opens a scan or the example, and shows its properties."""

from html import escape

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.model.quantities import Facts
from ptygui.gui.widgets.plain import RICH, Label, tip
from ptygui.scan import Geometry


class ScanPanel(QWidget):
    """Requests scans; shows the properties of a scan."""

    open_requested = pyqtSignal()
    orientation_requested = pyqtSignal()
    preparation_requested = pyqtSignal()
    reading_requested = pyqtSignal()
    follow_requested = pyqtSignal()
    example_requested = pyqtSignal(str)  # of `experiment.example.PROCEDURAL`

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.open = QPushButton("Open scan…", toolTip="A measured or simulated scan (Ctrl+O)")
        self.example = QPushButton("Example", toolTip="The built-in blood smear, simulated at 38 % overlap")
        self.chip = QPushButton("Chip", toolTip="The built-in chip, simulated at 20 % overlap")
        self.orient = QPushButton("Orientation…", visible=False)
        self.orient.setToolTip(
            "If the object looks smeared: try the eight ways in which the axes of the positions may lie on "
            "those of the detector"
        )
        self.reading = QPushButton("Open as…")
        self.reading.setToolTip(
            "Open a scan with what its file does not say: second file, pixel size, energy, distance, zero "
            "frequency, links"
        )
        self.follow = QPushButton("Follow…")
        self.follow.setToolTip(
            "Follow a file or a folder of frames while the scan is taken: a live run goes on with what comes"
        )
        self.prepare = QPushButton("Prepare…", visible=False)
        self.prepare.setToolTip(
            "See the patterns, and what was found in them; crop, bin, recentre, mask, subtract, leave out"
        )
        self.found = Label("no scan yet", objectName="facts", textFormat=RICH)
        self.found.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.more = QToolButton(text="all facts and notes", checkable=True, autoRaise=True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setToolTip("Show or hide what is known of the scan, and what was assumed when it was read")
        self.more.toggled.connect(self._show_more)
        self._lay_out()
        self._show_more(False)
        self.open.clicked.connect(self.open_requested)
        self.orient.clicked.connect(self.orientation_requested)
        self.reading.clicked.connect(self.reading_requested)
        self.follow.clicked.connect(self.follow_requested)
        self.prepare.clicked.connect(self.preparation_requested)
        self.example.clicked.connect(lambda: self.example_requested.emit("smear"))
        self.chip.clicked.connect(lambda: self.example_requested.emit("chip"))

    def show_scan(self, scan: Geometry, facts: Facts) -> None:
        """Show the properties of a scan."""
        rows = "".join(
            f"<tr><td style='padding-right:5px'><i>{escape(what)}</i></td><td>{escape(text)}</td></tr>"
            for what, text in facts
        )
        self.found.setText(f"<b>{escape(scan.name)}</b><table cellspacing='0'>{rows}</table>")
        notes = tip("\n".join(scan.notes))
        self.found.setToolTip(notes)
        count = f"{len(scan.notes)} notes" if len(scan.notes) > 1 else "Note"
        self.notes.setText(f"{count}: {scan.notes[0]}" if scan.notes else "")
        self.notes.setToolTip(notes)
        self._show_more(self.more.isChecked())

    def _show_more(self, on: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.found.setVisible(on)
        self.notes.setVisible(on and bool(self.notes.text()))

    def show_turnable(self, on: bool) -> None:
        """Show whether the positions may be turned: those of a simulation are right."""
        self.orient.setVisible(on)

    def show_preparable(self, on: bool) -> None:
        """Show whether there is a file to prepare."""
        self.prepare.setVisible(on)

    def _lay_out(self) -> None:
        self.notes = Label(visible=False, wordWrap=True, objectName="notes")
        self.notes.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        top = QHBoxLayout()
        top.addWidget(self.open, 1)
        top.addWidget(self.example, 1)
        top.addWidget(self.chip)
        layout.addLayout(top)
        below = QHBoxLayout()
        below.addWidget(self.reading, 1)
        below.addWidget(self.follow, 1)
        below.addWidget(self.prepare, 1)
        below.addWidget(self.orient, 1)
        layout.addLayout(below)
        layout.addWidget(self.more)
        layout.addWidget(self.found)
        layout.addWidget(self.notes)
        layout.addStretch(1)
