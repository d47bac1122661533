"""DoctorDialog: what this machine offers and whether it works, as text to copy into a report of an error."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QFontDatabase, QGuiApplication
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import Label

_ABOUT = "What a report of an error needs. The self-test reconstructs something small, for some seconds."


class DoctorDialog(QDialog):
    """Shows a text and copies it; looks at nothing itself."""

    asked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("System report")
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName("system report")
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        roles = QDialogButtonBox.ButtonRole
        self.copy = certain(self.buttons.addButton("&Copy", roles.ActionRole))
        self.copy.setToolTip("Copy the whole text")
        self.again = certain(self.buttons.addButton("Look &again", roles.ActionRole))
        self.again.setToolTip("Look at everything again, and repeat the self-test")
        layout = QVBoxLayout(self)
        layout.addWidget(Label(_ABOUT, wordWrap=True))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.buttons)
        self.resize(760, 420)
        self.buttons.rejected.connect(self.reject)
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(self.ask)

    def ask(self) -> None:
        """Show it, and ask for the text."""
        self.text.setPlainText("looking …")
        for button in (self.copy, self.again):
            button.setEnabled(False)
        self.show()
        self.raise_()
        self.asked.emit()

    def show_report(self, text: str) -> None:
        """Show what was found."""
        self.text.setPlainText(text)
        for button in (self.copy, self.again):
            button.setEnabled(True)

    def _copy(self) -> None:
        certain(QGuiApplication.clipboard()).setText(self.text.toPlainText())
