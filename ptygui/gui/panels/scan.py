"""ScanPanel: open a scan or the example, open or build a probe, and what was found."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.facts import Facts
from ptygui.gui.panels import narrow
from ptygui.physics.probe import PROBES, energy_diameter
from ptygui.scan import Scan


class ScanPanel(QWidget):
    """Asks for scans and probes; shows what a scan holds."""

    open_requested = pyqtSignal()
    example_requested = pyqtSignal()
    probe_file_requested = pyqtSignal()
    probe_requested = pyqtSignal(str, int)  # kind, width
    apply_requested = pyqtSignal()  # use this probe for the scan that was opened

    def __init__(self, parent=None):
        super().__init__(parent)
        self.open = QPushButton("Open scan…", toolTip="A measured or simulated scan (Ctrl+O)")
        self.example = QPushButton("Example", toolTip="The built-in blood smear, simulated at 38 % overlap")
        self.kind = QComboBox(toolTip="Build the probe that scans are simulated with")
        self.kind.setAccessibleName("probe")
        self.kind.addItems(PROBES)
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.width_box = QSpinBox(minimum=8, maximum=512, value=32, suffix=" px", singleStep=8)
        self.width_box.setKeyboardTracking(False)
        self.width_box.setToolTip("Width m of the probe's window, and of the detector")
        self.width_box.setAccessibleName("probe width")
        self.probe_file = QPushButton("Open…", toolTip="A probe from a file: NPY, NPZ, MAT, HDF5, TIFF")
        self.apply = QPushButton("Apply", enabled=False)
        self.apply.setToolTip("Use this probe, instead of the file's, for the scan that was opened")
        self.found = QLabel("no scan yet", objectName="facts")
        self.found.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._lay_out()
        self.open.clicked.connect(self.open_requested)
        self.apply.clicked.connect(self.apply_requested)
        self.example.clicked.connect(self.example_requested)
        self.probe_file.clicked.connect(self.probe_file_requested)
        self.kind.activated.connect(self._build)
        self.width_box.valueChanged.connect(self._build)

    def show_scan(self, scan: Scan, facts: Facts) -> None:
        """Tell what was found in a scan."""
        rows = "".join(
            f"<tr><td style='padding-right:5px'><i>{what}</i></td><td>{text}</td></tr>"
            for what, text in facts
        )
        self.found.setText(f"<b>{scan.name}</b><table cellspacing='0'>{rows}</table>")
        notes = "<br>".join(scan.notes)
        self.found.setToolTip(f"<p>{notes}</p>" if notes else "")
        count = f"{len(scan.notes)} notes" if len(scan.notes) > 1 else "Note"
        text = f"{count}: {scan.notes[0]}" if scan.notes else ""
        self.notes.setText(
            self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.found.width())
        )
        self.notes.setToolTip(f"<p>{notes}</p>" if notes else "")
        self.notes.setVisible(bool(scan.notes))

    def show_probe(self, probe, name: str) -> None:
        """Tell which probe simulations use."""
        self.kind.blockSignals(True)
        self.width_box.blockSignals(True)
        at = self.kind.findText(name)
        self.kind.setCurrentIndex(at)
        if at < 0:
            self.kind.setPlaceholderText(name)
        self.width_box.setValue(probe.shape[-1])
        self.width_box.blockSignals(False)
        self.kind.blockSignals(False)
        half, most = energy_diameter(probe, 0.5), energy_diameter(probe)
        self.kind.setToolTip(
            f"Probe for simulations: {name}; 50 % of its energy in Ø {half:.1f} px, 90 % in Ø {most:.1f} px"
        )

    def show_measured(self, measured: bool) -> None:
        """Whether the scan was opened from a file, so that a probe can be applied to it."""
        self.apply.setEnabled(measured)

    def _build(self) -> None:
        if self.kind.currentIndex() >= 0:
            self.probe_requested.emit(self.kind.currentText(), self.width_box.value())

    def _lay_out(self) -> None:
        self.notes = QLabel(visible=False, objectName="notes")
        self.notes.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        top = QHBoxLayout()
        top.addWidget(self.open, 1)
        top.addWidget(self.example, 1)
        layout.addLayout(top)
        probe = QGridLayout()
        probe.setContentsMargins(0, 0, 0, 0)
        label = QLabel("&Probe")
        label.setBuddy(self.kind)
        for column, widget in enumerate((label, self.kind, self.width_box, self.probe_file, self.apply)):
            probe.addWidget(widget, 0, column)
        probe.setColumnStretch(1, 1)
        for button in (self.probe_file, self.apply):
            narrow(button)
        layout.addLayout(probe)
        layout.addWidget(self.found)
        layout.addWidget(self.notes)
