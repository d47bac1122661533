"""The export dialog and the key map."""

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from ptygui.gui.exports import FORMS, Export


class ExportDialog(QDialog):
    """Asks where to and what; the writing is done elsewhere."""

    export_requested = pyqtSignal(object)  # Export

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.folder = QLineEdit(str(Path.home()))
        self.folder.setAccessibleName("folder")
        self.name = QLineEdit("result")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose)
        self.forms = {
            form: QCheckBox(text, checked=form in ("result", "tiff")) for form, text in FORMS.items()
        }
        self.replace = QCheckBox("&Replace existing files")
        self.problem = QLabel(wordWrap=True, visible=False)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(choose)
        form = QFormLayout()
        form.addRow("Folder", where)
        form.addRow("&Name", self.name)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for box in self.forms.values():
            box.toggled.connect(self._enable)
            layout.addWidget(box)
        layout.addWidget(self.replace)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.name.textChanged.connect(self._enable)
        self.setMinimumWidth(460)

    def offer(self, name: str, done: bool) -> None:
        """Propose a name; without a reconstruction only the scan can be saved."""
        self.name.setText(name)
        self.replace.setChecked(False)
        for form, box in self.forms.items():
            box.setEnabled(done or form == "scan")
        if not done:
            self.forms["scan"].setChecked(True)
        self._enable()
        self.open()

    def _chosen(self) -> tuple[str, ...]:
        return tuple(form for form, box in self.forms.items() if box.isChecked() and box.isEnabled())

    def _enable(self) -> None:
        self.problem.hide()
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setEnabled(bool(self._chosen() and self.name.text().strip()))

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder to export to", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _ask(self) -> None:
        export = self._export()
        existing = [] if export.replace else export.existing()
        if existing:
            names = ", ".join(path.name for path in existing)
            self.problem.setText(f"There already: {names}. Tick “Replace existing files” or change the name.")
            self.problem.show()
            return
        self.accept()
        self.export_requested.emit(export)

    def _export(self) -> Export:
        folder = Path(self.folder.text()).expanduser()
        return Export(folder, self.name.text().strip(), self._chosen(), self.replace.isChecked())


class KeyMapDialog(QDialog):
    """All shortcuts on one page."""

    def __init__(self, keys: list[tuple[str, str]], parent=None):
        super().__init__(parent)
        self.setWindowTitle("Keys")
        half = (len(keys) + 1) // 2
        columns = QHBoxLayout()
        columns.setSpacing(24)
        for part in (keys[:half], keys[half:]):
            rows = "".join(f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{what}</td></tr>" for key, what in part)
            columns.addWidget(QLabel(f"<table cellspacing='4'>{rows}</table>"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        layout.addWidget(buttons)
