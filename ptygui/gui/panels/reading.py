"""ReadingDialog: opens a scan with what its file does not say."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from ptygui.gui.model.reading import Reading
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.plain import Label
from ptygui.options import Options


class ReadingDialog(QDialog):
    """Asks what is to be said of a scan file; reads nothing itself."""

    open_requested = pyqtSignal(Reading)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Open a scan as…")
        self._reading = Reading()
        about = Label("Leave empty what the file itself says: what is given here comes first.", wordWrap=True)
        self.form = OptionsForm(self._reading)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.open_button = certain(self.buttons.addButton("&Open", QDialogButtonBox.ButtonRole.AcceptRole))
        self.open_button.setToolTip("Read the file so")
        certain(self.buttons.button(QDialogButtonBox.StandardButton.Cancel)).setToolTip("Open nothing (Esc)")
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addWidget(self.form, 1)
        layout.addWidget(self.buttons)
        self.resize(560, 320)
        self.form.value_changed.connect(self._take)
        self.form.validity_changed.connect(lambda problem: self.open_button.setEnabled(not problem))
        self.buttons.rejected.connect(self.reject)
        self.buttons.accepted.connect(self._open)

    def ask(self, reading: Reading) -> None:
        """Show what was said so far, and ask."""
        self.form.set_value(reading)
        self.open()

    def _take(self, options: Options) -> None:
        if isinstance(options, Reading):
            self._reading = options
            self.open_button.setEnabled(bool(options.scan))

    def _open(self) -> None:
        self.accept()
        self.open_requested.emit(self._reading)
