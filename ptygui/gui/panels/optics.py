"""OpticsDialog: the probe of an opened scan from its optics."""

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from ptygui.gui.model.lens import Lens, LensView
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.little import LittlePicture
from ptygui.gui.widgets.plain import Label
from ptygui.options import Options

_ABOUT = "The probe that the scan begins with is made of these; the run may refine it further."


class OpticsDialog(QDialog):
    """Asks by a signal what optics come to, and shows the answer; makes no probe itself."""

    changed = pyqtSignal(Lens)
    apply_requested = pyqtSignal(Lens)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Probe from the optics")
        self._lens, self._view = Lens(), LensView(Lens())
        self._problem = ""
        self.form = OptionsForm(self._lens)
        self.picture = LittlePicture("amplitude of the probe")
        self.told = Label(wordWrap=True)
        self.told.setMinimumHeight(3 * self.fontMetrics().height())
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.apply = certain(
            self.buttons.addButton("&Use for the scan", QDialogButtonBox.ButtonRole.ApplyRole)
        )
        self.apply.setToolTip("The next run begins with this probe; Undo goes back")
        certain(self.buttons.button(QDialogButtonBox.StandardButton.Close)).setToolTip(
            "Leave the probe (Esc)"
        )
        row = QHBoxLayout()
        row.addWidget(self.form, 3)
        row.addWidget(self.picture, 2)
        layout = QVBoxLayout(self)
        layout.addWidget(Label(_ABOUT, wordWrap=True))
        layout.addLayout(row, 1)
        layout.addWidget(self.told)
        layout.addWidget(self.buttons)
        self.resize(620, 340)
        self.form.value_changed.connect(self._take)
        self.form.validity_changed.connect(self._take_problem)
        self.apply.clicked.connect(lambda: self.apply_requested.emit(self._lens))
        self.buttons.rejected.connect(self.reject)
        self._enable()

    def ask(self) -> None:
        """Ask, beginning with what was said before."""
        self.open()
        self.changed.emit(self._lens)

    def show_view(self, view: LensView) -> None:
        """Show what the optics come to."""
        self._view = view
        self.picture.show_values(None if view.probe is None else np.abs(view.probe))
        self.told.setText(view.problem or view.text)
        self._enable()

    def _take(self, options: Options) -> None:
        if isinstance(options, Lens):
            self._lens = options
            self._enable()
            self.changed.emit(options)

    def _take_problem(self, problem: str) -> None:
        self._problem = problem
        self._enable()

    def _enable(self) -> None:
        seen = self._view.probe is not None and self._view.lens == self._lens
        self.apply.setEnabled(seen and not self._problem)
