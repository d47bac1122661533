"""The export dialog, the key map, and what this program is."""

from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ptygui import __version__
from ptygui.gui.files.exports import FIGURES, FORMS, TIPS, Export, Offer
from ptygui.gui.files.page_form import PageForm
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import RICH, Label, MessageBox

Keys = Sequence[tuple[str, Sequence[tuple[str, str]]]]  # headings, each with pairs (key, what it does)


class ExportDialog(QDialog):
    """Asks where to write and what; it writes nothing itself."""

    export_requested = pyqtSignal(Export)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.about = Label(wordWrap=True)
        self.folder = QLineEdit(str(Path.home()))
        self.folder.setAccessibleName("folder")
        self.folder.setToolTip("Folder for the files; created if it does not exist")
        self.name = QLineEdit("result")
        self.name.setToolTip("Prefix of the file names")
        choose = QPushButton("Choose…", toolTip="Choose another folder")
        choose.clicked.connect(self._choose)
        self.forms = {
            form: QCheckBox(text, checked=form in ("result", "tiff"), toolTip=TIPS[form])
            for form, text in FORMS.items()
        }
        self.details = {form: Label(indent=22, visible=False, wordWrap=True) for form in FORMS}
        for label in self.details.values():
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)  # dimmed, yet readable
        self.page = PageForm()
        self.replace = QCheckBox("&Replace existing files", toolTip="Without this, existing files are kept")
        self.problem = Label(wordWrap=True, visible=False)
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
        layout.addWidget(self.about)
        layout.addLayout(form)
        for key, box in self.forms.items():
            box.toggled.connect(self._enable)
            layout.addWidget(box)
            layout.addWidget(self.details[key])
            if key == FIGURES[-1]:
                layout.addWidget(self.page)
        layout.addWidget(self.replace)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.name.textChanged.connect(self._enable)
        self.setMinimumWidth(520)

    def offer(self, offer: Offer, forms: Collection[str] = ()) -> None:
        """Show what can be exported; with `forms` only these are ticked."""
        self.about.setText(offer.about)
        self.name.setText(offer.name)
        self.replace.setChecked(False)
        for form, box in self.forms.items():
            detail = offer.details.get(form, "")
            self.details[form].setText(detail)
            self.details[form].setVisible(bool(detail))
            box.setEnabled(form in offer.forms)
            if forms:
                box.setChecked(form in forms)
        if not self._chosen():
            self.forms["scan"].setChecked(True)
        self._enable()
        self.open()

    def _chosen(self) -> tuple[str, ...]:
        return tuple(form for form, box in self.forms.items() if box.isChecked() and box.isEnabled())

    def _enable(self) -> None:
        self.problem.hide()
        chosen = self._chosen()
        self.page.setEnabled(any(form in FIGURES for form in chosen))
        save = certain(self.buttons.button(QDialogButtonBox.StandardButton.Save))
        save.setEnabled(bool(chosen and self.name.text().strip()))

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder to export to", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _ask(self) -> None:
        export = self._export()
        existing = [] if export.replace else export.existing()
        if existing:
            names = ", ".join(path.name for path in existing)
            self.problem.setText(f"Already there: {names}. Tick “Replace existing files” or change the name.")
            self.problem.show()
            return
        self.accept()
        self.export_requested.emit(export)

    def _export(self) -> Export:
        folder, name = Path(self.folder.text()).expanduser(), self.name.text().strip()
        page, caption = self.page.value(), self.page.caption.isChecked()
        return Export(folder, name, self._chosen(), self.replace.isChecked(), page, caption)


class KeyMapDialog(QDialog):
    """All shortcuts on one page, under headings."""

    def __init__(self, keys: Keys, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        columns = QHBoxLayout()
        columns.setSpacing(28)
        for part in _columns(keys):
            columns.addWidget(
                Label("".join(_table(*each) for each in part), textFormat=RICH), 0, Qt.AlignmentFlag.AlignTop
            )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        layout.addWidget(buttons)


def about_box(parent: QWidget) -> MessageBox:
    """What this program is."""
    box = MessageBox(QMessageBox.Icon.NoIcon, "About ptygui", "", parent)
    box.setTextFormat(RICH)
    box.setText(
        f"<b>ptygui {__version__}</b>"
        "<p>How little scan overlap can a ptychography experiment live with?</p>"
        "<p>Free software under the GNU General Public License, version 3 or later. "
        "Icons: Lucide, ISC licence.</p>"
    )
    return box


def _columns(keys: Keys, count: int = 3) -> list[Keys]:
    """Distribute headings with their pairs over columns of similar height, in order."""
    columns: list[list[tuple[str, Sequence[tuple[str, str]]]]] = [[]]
    lines, total = 0, sum(len(pairs) + 2 for _, pairs in keys)
    for heading, pairs in keys:
        if columns[-1] and lines + (len(pairs) + 2) / 2 > len(columns) * total / count:
            columns.append([])
        columns[-1].append((heading, pairs))
        lines += len(pairs) + 2
    return list(columns)


def _table(heading: str, pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><td width='140'>{escape(key)}</td><td>{escape(what)}</td></tr>" for key, what in pairs
    )
    return f"<h4 style='margin: 8px 0 2px 0'>{escape(heading)}</h4><table cellspacing='2'>{rows}</table>"
