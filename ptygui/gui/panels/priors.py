"""PriorsDialog: the priors to choose from, and how well each predicts the scan."""

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QPainter, QPixmap
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ptygui.experiment.ranking import Ranking
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import Label, tip
from ptygui.options import AUTO
from ptygui.prior.entry import SIGMA, PriorEntry

PICTURE = QSize(108, 54)  # of a row [px]
APART = 14  # px between the texts of columns
_HEADS = (
    ("", "An image of its domain: amplitude and phase"),
    ("Prior", "Its name in models/, or its folder"),
    ("Domain", "What it is a prior of"),
    ("On this scan", "Deviance of counts that were hidden from a preview with it; 1 is photon noise only"),
    ("Date", "Day of its training"),
    (
        "Held-out error",
        f"Of images of its own kind at σ = {SIGMA}; does not compare priors of different kinds",
    ),
    ("Learned from", "Its training data"),
)
_SCORE = 3
_CROPS = 7  # in the first row of a sheet


class PriorsDialog(QDialog):
    """A list of priors; requests one, a folder, or that they are ranked on the scan."""

    chosen = pyqtSignal(str)  # a name, a folder, or "auto"
    folder_requested = pyqtSignal()
    measure_requested = pyqtSignal()
    stop_requested = pyqtSignal()
    automatic_changed = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Priors")
        self._entries: list[PriorEntry] = []
        self._ranking: Ranking | None = None
        self._measuring = self._measurable = self._reading = False
        self._verdict = ""
        self.table = QTableWidget(0, len(_HEADS))
        self.table.setAccessibleName("priors")
        self.reason = Label(wordWrap=True, objectName="reason")
        self.verdict = Label(wordWrap=True, objectName="verdict")
        self.measure = QPushButton("&Rank on this scan")
        self.measure.setToolTip(
            "Reconstruct the scan in a preview with each prior, and without one by AWF, with a tenth of the "
            "detector's pixels hidden, and compare what each predicts there with the counts"
        )
        self.automatic = QCheckBox("Rank &by itself after a run", checked=True)
        self.automatic.setToolTip("After a run with a prior, while no other runs; ended by the next run")
        self.use, self.auto = QPushButton("&Use", default=True), QPushButton("Use &auto")
        self.auto.setToolTip("The prior of the specimen if the scan names it, else the generic one")
        self.folder, self.shut = QPushButton("Other &folder…"), QPushButton("&Close")
        self.use.setToolTip("Use the selected prior in the method")
        self.folder.setToolTip("The folder of a prior of your own")
        self.shut.setToolTip("Leave the prior as it is (Esc)")
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.itemActivated.connect(lambda _: self._use())
        self.use.clicked.connect(self._use)
        self.auto.clicked.connect(lambda: self._choose(AUTO))
        self.folder.clicked.connect(self.folder_requested)
        self.shut.clicked.connect(self.close)
        self.measure.clicked.connect(self._ask)
        self.automatic.toggled.connect(self.automatic_changed)
        self._enable()

    def show_reading(self) -> None:
        """Say that the priors are read, until there are some to show."""
        self._reading = not self._entries
        self._show_scores()

    def show_priors(self, entries: Sequence[PriorEntry], current: str) -> None:
        """List these; `current` is selected."""
        self._entries, self._reading = list(entries), False
        self.table.setRowCount(len(self._entries))
        for row, entry in enumerate(self._entries):
            self._fill(row, entry)
            if entry.name == current:
                self.table.selectRow(row)
        self._show_scores()

    def show_reason(self, text: str) -> None:
        """Show which prior "auto" is and why, or which was chosen."""
        self.reason.setText(text)

    def show_ranking(self, ranking: Ranking | None, why_not: str = "") -> None:
        """Show the ranking on the present scan; `why_not`: why there can be none."""
        self._ranking, self._measurable = ranking, not why_not
        self._verdict = why_not or ("" if ranking is None else ranking.verdict)
        if ranking is not None and not ranking.done and not why_not:
            self._verdict = "The ranking was ended before all were tried: rank again for a verdict."
        self._show_scores()

    def show_measuring(self, on: bool) -> None:
        """Show whether a ranking is being measured."""
        self._measuring = on
        self._show_scores()

    def selected(self) -> PriorEntry | None:
        """The entry of the selected row."""
        rows = certain(self.table.selectionModel()).selectedRows()
        return self._entries[rows[0].row()] if rows else None

    def _fill(self, row: int, entry: PriorEntry) -> None:
        error = "not measured" if entry.error is None else f"{entry.error:.4f}"
        texts = "", entry.title, entry.domain or "not stated", "", entry.date, error, entry.data
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(tip(str(entry.folder) if column == 1 else text))
            self.table.setItem(row, column, item)
        picture = QPixmap(str(entry.picture)) if entry.picture is not None else QPixmap()
        if not picture.isNull():
            icon = QIcon(shown := _crop(picture))
            icon.addPixmap(shown, QIcon.Mode.Selected)  # else it is tinted in a selected row
            certain(self.table.item(row, 0)).setIcon(icon)

    def _show_scores(self) -> None:
        scores = {} if self._ranking is None else {c.prior: c for c in self._ranking.candidates}
        left_out = {} if self._ranking is None else dict(self._ranking.left_out)
        for row, entry in enumerate(self._entries):
            item, candidate = certain(self.table.item(row, _SCORE)), scores.get(entry.name)
            text = "" if candidate is None else f"{candidate.deviance:.3g}"
            if candidate is not None and self._ranking is not None and candidate is self._ranking.best:
                text = f"{text}  best"
            elif candidate is not None and candidate.alike:
                text = f"{text}  as good"
            item.setText("no score" if entry.name in left_out else text)
            item.setToolTip(tip(left_out.get(entry.name, "")))
            font = item.font()
            font.setBold("best" in text)
            item.setFont(font)
        self._fit_columns()
        verdict = self._verdict
        if self._measuring:
            done = 0 if self._ranking is None or self._ranking.done else len(scores) + len(left_out)
            verdict = f"Ranking, preview {done + 1} of {len(self._entries) + 1}…"
        verdict = verdict or "Not ranked on this scan yet."
        self.verdict.setText("Reading the priors…" if self._reading else verdict)
        self._enable()

    def _fit_columns(self) -> None:
        """Make columns as wide as their texts, with room between them."""
        for column in range(1, len(_HEADS) - 1):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, self.table.columnWidth(column) + APART)

    def _enable(self) -> None:
        self.use.setEnabled(self.selected() is not None)
        self.measure.setText("Stop &ranking" if self._measuring else "&Rank on this scan")
        self.measure.setEnabled(self._measuring or self._measurable)

    def _ask(self) -> None:
        (self.stop_requested if self._measuring else self.measure_requested).emit()

    def _use(self) -> None:
        entry = self.selected()
        if entry is not None:
            self._choose(entry.name)

    def _choose(self, name: str) -> None:
        self.chosen.emit(name)
        self.close()

    def _lay_out(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels([head for head, _ in _HEADS])
        for column, (_, said) in enumerate(_HEADS):
            certain(table.horizontalHeaderItem(column)).setToolTip(tip(said))
        table.setIconSize(PICTURE)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        certain(table.verticalHeader()).hide()
        certain(table.verticalHeader()).setDefaultSectionSize(PICTURE.height() + 4)
        header = certain(table.horizontalHeader())
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        table.setColumnWidth(0, PICTURE.width() + 8)
        header.setStretchLastSection(True)
        self._fit_columns()
        layout = QVBoxLayout(self)
        layout.addWidget(self.reason)
        layout.addWidget(table, 1)
        layout.addWidget(self.verdict)
        for widgets in ((self.measure, self.automatic), (self.use, self.auto, self.folder, self.shut)):
            row = QHBoxLayout()
            for widget in widgets:
                row.addWidget(widget)
                if widget in (self.automatic, self.folder):
                    row.addStretch(1)
            layout.addLayout(row)
        self.resize(900, 420)


def _crop(picture: QPixmap) -> QPixmap:
    """Of a sheet, the image at its upper left, amplitude beside phase: one of the domain."""
    side = picture.width() // _CROPS
    pair = QPixmap(2 * side, side)
    painter = QPainter(pair)
    for k in range(2):
        painter.drawPixmap(k * side, 0, picture, 0, k * side, side, side)
    painter.end()
    mode = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return pair.scaled(PICTURE, *mode)
