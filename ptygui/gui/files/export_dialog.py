"""ExportDialog: asks what to write of a run, or of several, in which formats, and where."""

from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.files.exports import FIGURES, MOVIES, OF_STEP, SECTIONS, TIPS, TITLES, Export, Offer
from ptygui.gui.files.page_form import PageForm
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import RICH, Label

AT_FIRST = ("result", "tiff")  # ticked before anything was chosen
_RIGHT = ("Pictures", "For a paper")  # sections of the right column


class ExportDialog(QDialog):
    """Asks where to write and what; it writes nothing itself.

    What was ticked is offered again, unless it was asked for by a button of its own (`offer` with forms).
    """

    export_requested = pyqtSignal(Export)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._usual: tuple[str, ...] = AT_FIRST
        self._asked = False  # whether forms were asked for
        self.about = Label(wordWrap=True)
        self.folder = QLineEdit(str(Path.home()))
        self.folder.setAccessibleName("folder")
        self.folder.setToolTip("Folder for the files; created if it does not exist")
        self.name = QLineEdit("result")
        self.name.setToolTip("Prefix of the file names")
        self.forms = {
            key: QCheckBox(TITLES[key], toolTip=TIPS[key]) for keys in SECTIONS.values() for key in keys
        }
        self.details = {
            key: Label(visible=False) if key in OF_STEP else Label(indent=22, visible=False, wordWrap=True)
            for key in self.forms
        }
        for label in self.details.values():
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)  # dimmed, yet readable
        self.patterns = QCheckBox("with the patterns of the scan")
        self.patterns.setToolTip("CXI then holds the scan as well, and may be large")
        self.movie = QComboBox()
        self.movie.setAccessibleName("format of movies")
        for ending in MOVIES:
            self.movie.addItem(ending[1:].upper(), ending)
        if find_spec("imageio_ffmpeg") is None:
            self.movie.setEnabled(False)
            self.movie.setToolTip("MP4 needs the package imageio-ffmpeg: pip install 'ptygui[movie]'")
        self.page = PageForm()
        self.replace = QCheckBox("&Replace existing files", toolTip="Without this, existing files are kept")
        self.problem = Label(wordWrap=True, visible=False)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        for box in self.forms.values():
            box.toggled.connect(self._enable)
        self.name.textChanged.connect(self._enable)
        self.use(AT_FIRST)

    def _lay_out(self) -> None:
        choose = QPushButton("Choose…", toolTip="Choose another folder")
        choose.clicked.connect(self._choose)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(choose)
        self.places = QFormLayout()
        self.places.addRow("Folder", where)
        self.places.addRow("&Name", self.name)
        left, right = QVBoxLayout(spacing=4), QVBoxLayout(spacing=4)
        for title, keys in SECTIONS.items():
            column = right if title in _RIGHT else left
            column.addWidget(Label(f"<b>{title}</b>", textFormat=RICH))
            for key in keys:
                self._add(column, key)
            column.addSpacing(8)
        for column in (left, right):
            column.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(28)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.about)
        layout.addLayout(self.places)
        layout.addLayout(columns)
        layout.addWidget(Label("A JSON file beside them says what they are, from which scan and how."))
        layout.addWidget(self.replace)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def _add(self, column: QVBoxLayout, key: str) -> None:
        row = QHBoxLayout()
        row.addWidget(self.forms[key])
        if key in OF_STEP:
            row.addWidget(self.details[key])
        row.addStretch(1)
        if key == "movie":
            row.addWidget(self.movie)
        column.addLayout(row)
        if key == "cxi":
            inner = QHBoxLayout()
            inner.setContentsMargins(22, 0, 0, 0)
            inner.addWidget(self.patterns)
            column.addLayout(inner)
        if key not in OF_STEP:
            column.addWidget(self.details[key])
        if key == FIGURES[-1]:
            column.addWidget(self.page)

    def use(self, forms: Collection[str], folder: str = "") -> None:
        """Tick these forms from now on, and propose this folder."""
        self._usual = tuple(key for key in self.forms if key in forms) or AT_FIRST
        self._tick(self._usual)
        if folder:
            self.folder.setText(folder)

    def offer(self, offer: Offer, forms: Collection[str] = ()) -> None:
        """Show what can be exported; with `forms` only these are ticked."""
        self.about.setText(offer.about)
        self.places.setRowVisible(self.name, bool(offer.name))
        self.name.setText(offer.name)
        self.replace.setChecked(False)
        self.patterns.setVisible(offer.patterns)
        for key, box in self.forms.items():
            detail = offer.details.get(key, "")
            self.details[key].setText(detail)
            self.details[key].setVisible(bool(detail))
            box.setEnabled(key in offer.forms)
        self._asked = bool(forms)
        self._tick(forms or self._usual)
        if not self._chosen():
            first = next((key for key in ("scan", *self.forms) if key in offer.forms), None)
            if first is not None:
                self.forms[first].setChecked(True)
        self._enable()
        self.open()

    def _tick(self, forms: Collection[str]) -> None:
        for key, box in self.forms.items():
            box.setChecked(key in forms)

    def _chosen(self) -> tuple[str, ...]:
        return tuple(key for key, box in self.forms.items() if box.isChecked() and box.isEnabled())

    def _enable(self) -> None:
        self.problem.hide()
        chosen = self._chosen()
        self.page.setEnabled(any(key in FIGURES for key in chosen))
        self.patterns.setEnabled("cxi" in chosen)
        save = certain(self.buttons.button(QDialogButtonBox.StandardButton.Save))
        named = self.places.isRowVisible(self.name)
        save.setEnabled(bool(chosen and (self.name.text().strip() or not named)))

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder to export to", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _ask(self) -> None:
        export = self._export()
        named = self.places.isRowVisible(self.name)  # several runs are asked about one by one
        existing = [] if export.replace or not named else export.existing()
        if existing:
            names = ", ".join(path.name for path in existing)
            self.problem.setText(f"Already there: {names}. Tick “Replace existing files” or change the name.")
            self.problem.show()
            return
        if not self._asked:
            self._usual = self._chosen()
        self.accept()
        self.export_requested.emit(export)

    @property
    def usual(self) -> tuple[str, ...]:
        """The forms that are ticked where nothing else is asked for."""
        return self._usual

    def _export(self) -> Export:
        folder, name = Path(self.folder.text()).expanduser(), self.name.text().strip()
        page, caption = self.page.value(), self.page.caption.isChecked()
        patterns = self.patterns.isChecked() and self.patterns.isVisibleTo(self)
        return Export(
            folder, name, self._chosen(), self.replace.isChecked(), page, caption, patterns,
            self.movie.currentData(),
        )  # fmt: skip
