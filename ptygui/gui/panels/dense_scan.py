"""DenseScanPanel: the scan or run that a prior is to learn from, and how."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ptygui.experiment.run import Run
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.form import OptionsForm
from ptygui.training.dense_scan import DenseScan

_RECONSTRUCTION = ("method", "iterations", "probe_update")  # not for a run, which has its own


class DenseScanPanel(QWidget):
    """Names the subject and shows its options; asks to go back to images."""

    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.source: Run | None = None
        self.subject = Elided()
        self.images = QPushButton("Train on &images", toolTip="Train on images from files instead")
        self.form = OptionsForm(DenseScan())
        self.form.setAccessibleName("options of the dense scan")
        row = QHBoxLayout()
        row.addWidget(self.images)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.subject)
        layout.addWidget(self.form, 1)
        layout.addLayout(row)
        self.images.clicked.connect(self.left)

    def show_source(self, source: Run) -> None:
        """Learn from this run, or from its scan if it has no step yet."""
        self.source = source
        self.subject.setText(f"Learns from {subject_of(source)}")
        for name in _RECONSTRUCTION:
            self.form.row(name).setEnabled(source.last is None)

    def value(self) -> DenseScan:
        """The options.

        Raises
        ------
        InputError
            If a value is refused.
        """
        options = self.form.value()
        return options if isinstance(options, DenseScan) else DenseScan()


def subject_of(source: Run) -> str:
    """A run, or a scan to reconstruct first, in words."""
    if source.last is None:
        return f"the scan {source.subject}, reconstructed first"
    return f"run {source.name}"
