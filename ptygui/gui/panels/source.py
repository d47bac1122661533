"""SourceBar: names the active scan; switches between the simulation and the opened scan."""

from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ptygui.gui.model.footprints import Footprints
from ptygui.gui.model.request import Source
from ptygui.gui.widgets.elided import Elided, ElidedButton
from ptygui.gui.widgets.plain import keyless, tip
from ptygui.physics.positions import overlap_text


class SourceBar(QWidget):
    """Names the scan of the next run, and requests the other source."""

    simulation_requested = pyqtSignal()
    opened_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._about, self._name = "", ""
        self.simulation = QPushButton("Simulation", checkable=True, checked=True)
        self.simulation.setToolTip("Use simulated scans of the object, at the overlap of the slider")
        self.opened = ElidedButton("Opened scan", checkable=True, enabled=False)
        self.opened.setToolTip("Use the scan that was opened last; open one with Ctrl+O")
        self._group = group = QButtonGroup(self)
        for button in (self.simulation, self.opened):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.toggled.connect(partial(_embolden, button))
            _embolden(button, button.isChecked())
            group.addButton(button)
        self.told = Elided("no scan yet", objectName="source")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 3, 6, 3)
        layout.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.simulation, 2)
        row.addWidget(self.opened, 3)
        layout.addLayout(row)
        layout.addWidget(self.told)
        self.simulation.clicked.connect(self.simulation_requested)
        self.opened.clicked.connect(self.opened_requested)

    @property
    def name(self) -> str:
        """The name of the active scan."""
        return self._name

    def show_source(self, source: Source, name: str, newest: Source) -> None:
        """Show which scan is active, and whether there is an opened one to switch to (`newest`)."""
        self.opened.setEnabled(newest.scan is not None)
        if newest.path is not None:
            self.opened.setText(keyless(f"Opened: {Path(newest.path).name}"))
        self._group.setExclusive(not source.bare)  # a result without its scan is neither
        self.opened.setChecked(source.opened and not source.bare)
        self.simulation.setChecked(source.simulated)
        if source.bare:
            name = f"{name} (a result without its patterns)"
        if name != self._name:
            self._name, self._about = name, ""
        self._tell()

    def show_footprints(self, footprints: Footprints) -> None:
        """Show positions and overlap of the active scan; on demand that of D90, and the object's size."""
        found = footprints.sampling
        positions = f"{found.count} position{'s' * (found.count != 1)}"
        size = f"object {footprints.shape[0]} × {footprints.shape[1]} px"
        self._about = f"{positions}, {overlap_text(found.linear)} overlap" if found.count > 1 else positions
        of_d90 = overlap_text(found.of_d90) if found.of_d90 > 0 else "none"
        self.told.setToolTip(tip(f"{size}, {of_d90} overlap of D90" if found.count > 1 else size))
        self._tell()

    def _tell(self) -> None:
        self.told.setText(" · ".join(filter(None, (self._name, self._about))) or "no scan yet")


def _embolden(button: QPushButton, on: bool) -> None:
    """Bold text while it is on: a pressed button is hard to distinguish on a dark theme."""
    font = button.font()
    font.setBold(on)
    button.setFont(font)
