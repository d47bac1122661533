"""BatchDialog: the scans of a folder, each a row that is read, run and written; their table."""

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ptygui.files.batch import BatchProgress, Row
from ptygui.gui.model.quantities import duration
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import Label, tip
from ptygui.gui.widgets.progress_bar import ProgressBar
from ptygui.physics.positions import overlap_text

_SHOWN = {  # columns after the scan and its state: heading, digits of a number
    "positions": "positions", "overlap": "overlap", "nrmse": "NRMSE", "misfit": "misfit / noise",
    "held_out": "held out", "seconds": "seconds",
}  # fmt: skip
_ABOUT = (
    "Every scan of a folder by the present method. Each result is a file, and batch.csv tells of all; what "
    "is there from the same options is kept, so that a batch that was stopped goes on."
)


class BatchDialog(QDialog):
    """Shows rows; reads and runs nothing itself."""

    folder_requested = pyqtSignal()
    results_requested = pyqtSignal()
    start_requested = pyqtSignal()
    stop_requested = pyqtSignal()
    result_chosen = pyqtSignal(str)  # path of a result to open

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Batch of scans")
        self.rows: tuple[Row, ...] = ()
        self.folder = Elided("no folder yet", objectName="folder of the scans")
        self.results = Elided(objectName="folder of the results")
        self.how = Elided(objectName="how")
        self.choose = QPushButton("&Folder…", toolTip="Choose a folder with scans")
        self.elsewhere = QPushButton("&Results in…", toolTip="Choose where results and table are written")
        self.table = QTreeWidget(rootIsDecorated=False, uniformRowHeights=True, alternatingRowColors=True)
        self.table.setHeaderLabels(["scan", "state", *_SHOWN.values()])
        self.table.setAccessibleName("scans of the batch")
        self.table.setToolTip("Double-click a scan that is done to open its result")
        self.bar = ProgressBar(textVisible=False, maximum=1000)
        self.bar.setAccessibleName("share of the batch that is done")
        self.doing = Elided(objectName="doing")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        roles = QDialogButtonBox.ButtonRole
        self.start = certain(self.buttons.addButton("&Start", roles.ActionRole))
        self.start.setToolTip("Run the present method on every scan")
        self.stop = certain(self.buttons.addButton("S&top", roles.ActionRole))
        self.stop.setToolTip("End at once; what is done stays")
        self._lay_out()
        self.choose.clicked.connect(self.folder_requested)
        self.elsewhere.clicked.connect(self.results_requested)
        self.start.clicked.connect(self.start_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.buttons.rejected.connect(self.reject)
        self.table.itemActivated.connect(lambda item, _: self._open(item))
        self.show_live(False)

    def show_plan(self, folder: str, results: str, how: str, rows: Sequence[Row]) -> None:
        """Show what would be done."""
        self.folder.setText(folder or "no folder yet: choose one with scans in it")
        self.results.setText(f"Results in {results}" if results else "")
        self.how.setText(how)
        self.elsewhere.setEnabled(bool(folder))
        self.show_rows(tuple(rows))
        self.doing.setText("")
        self.bar.setValue(0)
        self.show_live(False)

    def show_progress(self, progress: BatchProgress) -> None:
        """Show how far it is."""
        self.show_rows(progress.rows)
        self.bar.setValue(round(1000 * progress.share))
        left = progress.seconds * (1 - progress.share) / progress.share if progress.share else None
        words = [progress.doing] + ([] if left is None or not progress.doing else [f"{duration(left)} left"])
        self.doing.setText(", ".join(filter(None, words)))

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows."""
        if [row.path for row in rows] != [row.path for row in self.rows]:
            self.table.clear()
            self.table.addTopLevelItems([QTreeWidgetItem() for _ in rows])
        for place, row in enumerate(rows):
            item = certain(self.table.topLevelItem(place))
            if not item.text(0) or row != self.rows[place]:
                _fill(item, row)
        self.rows = rows

    def show_live(self, live: bool, outcome: str = "") -> None:
        """Show whether it runs; and how it has ended."""
        self.start.setEnabled(bool(self.rows) and not live)
        self.stop.setEnabled(live)
        self.choose.setEnabled(not live)
        self.elsewhere.setEnabled(bool(self.rows) and not live)
        if outcome:
            ended = sum(row.ended for row in self.rows)
            failed = sum(row.state == "failed" for row in self.rows)
            words = f"{outcome}: {ended} of {len(self.rows)} scans" + (f", {failed} failed" if failed else "")
            self.doing.setText(words)

    def _open(self, item: QTreeWidgetItem) -> None:
        row = self.rows[self.table.indexOfTopLevelItem(item)]
        if row.state in ("done", "kept"):
            self.result_chosen.emit(str(row.out))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        for place, (label, button) in enumerate(
            ((self.folder, self.choose), (self.results, self.elsewhere), (self.how, None))
        ):
            grid.addWidget(label, place, 0)
            if button is not None:
                grid.addWidget(button, place, 1)
        grid.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(Label(_ABOUT, wordWrap=True))
        layout.addLayout(grid)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.doing)
        layout.addWidget(self.buttons)
        header = certain(self.table.header())
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column in range(2, self.table.columnCount()):  # as their numbers
            certain(self.table.headerItem()).setTextAlignment(column, right)
        self.resize(820, 460)


def _fill(item: QTreeWidgetItem, row: Row) -> None:
    item.setText(0, Path(row.path).name)
    item.setToolTip(0, tip(str(row.path)))
    item.setText(1, row.state)
    item.setToolTip(1, tip(row.error))
    for column, name in enumerate(_SHOWN, 2):
        value = row.figures.get(name)
        text = "" if value is None else overlap_text(value) if name == "overlap" else f"{value:.4g}"
        item.setText(column, text)
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
