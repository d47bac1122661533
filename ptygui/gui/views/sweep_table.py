"""SweepTable: the runs of sweeps as rows, those to come, too: state, worker, cost and score of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ptygui.experiment.overlap_limit import SCORES, Score, label_of
from ptygui.experiment.run import Run
from ptygui.gui.model.quantities import duration
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import tip
from ptygui.methods.base import Method
from ptygui.physics.overlap import Acquisition
from ptygui.physics.positions import overlap_text
from ptygui.tasks.plans import PlannedRun
from ptygui.tasks.progress import Progress

_HEADINGS = (  # what is looked for first is in sight in a small window
    "sweep", "scan", "method", "overlap", "dose", "scan time", "seed", "state", "score", "on", "seconds",
    "positions",
)  # fmt: skip
_TEXTS = {_HEADINGS.index(name) for name in ("scan", "method", "state", "on")}  # words, at the left
_LONG = "127.0.0.1:12345"  # a worker; none is known when columns get their widths
_SINGLY = 8  # rows that have changed, up to which each is told and painted for itself
Role = Qt.ItemDataRole


@dataclass(frozen=True, eq=False)
class Entry:
    """A run of a sweep, over or not.

    Attributes
    ----------
    dose : float
        Relative to the densest scan of the same sweep and subject.
    state : {"waits", "runs", "done", "stopped", "failed"}
    on : str
        The worker; empty for this process.
    """

    sweep: int
    subject: str
    overlap: float
    count: int
    dose: float
    method: Method
    seed: int
    state: str
    on: str = ""
    run: Run | None = None


def entries_of(
    runs: Iterable[Run], rows: Sequence[PlannedRun] = (), progress: Progress | None = None, live: int = 0
) -> list[Entry]:
    """The runs of sweeps; those of the `live` one in the order of its plan, with those to come."""
    swept = [run for run in runs if run.sweep]
    most: dict[tuple[int, str], int] = {}
    for run in swept:
        key = run.sweep, run.subject
        most[key] = max(most.get(key, 1), len(run.scan))
    found = [
        Entry(
            run.sweep, run.subject, run.overlap, len(run.scan),
            len(run.scan) / most[run.sweep, run.subject], run.method, run.seed, run.outcome, run.worker, run,
        )
        for run in swept
        if run.sweep != live or progress is None
    ]  # fmt: skip
    if progress is None or not live:
        return found
    over = dict(zip(progress.places, progress.runs, strict=True))
    densest = {row.part: max(one.count for one in row.part.scans) for row in rows}
    for place, row in enumerate(rows):
        one, ended = row.scan, over.get(place)
        dose = one.count / densest[row.part]
        if ended is not None:
            about = ended.overlap, len(ended.scan), dose, ended.method, ended.seed, ended.outcome
            found.append(Entry(live, ended.subject, *about, ended.worker, ended))
            continue
        state = "runs" if place in progress.at_work else "waits"
        on = progress.at_work.get(place, "").rpartition("://")[2]
        found.append(
            Entry(live, row.part.subject, one.overlap, one.count, dose, row.method, row.seed, state, on)
        )
    return found


class _Entries(QAbstractTableModel):
    """Entries; `Role.UserRole` gives the value that rows are sorted by."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self._cells: list[tuple[Any, ...]] = []  # values of each row: Qt asks for them again and again
        self.score: Score = SCORES[0]
        self.acquisition = Acquisition()

    def show_entries(self, entries: list[Entry], score: Score, acquisition: Acquisition) -> None:
        """Take over entries; the rows stay where their number does, with what is chosen in them."""
        self.score, self.acquisition = score, acquisition
        cells = list(map(self._values, entries))
        if len(entries) == len(self.entries):
            changed = [row for row, (a, b) in enumerate(zip(self._cells, cells, strict=True)) if a != b]
            self.entries, self._cells = entries, cells
            if len(changed) > _SINGLY:
                self._tell(changed[0], changed[-1])
            else:
                for row in changed:
                    self._tell(row, row)
            return
        self.beginResetModel()
        self.entries, self._cells = entries, cells
        self.endResetModel()

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(_HEADINGS) - 1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """The number of entries."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """The number of columns."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """The name of a column."""
        if orientation != Qt.Orientation.Horizontal or role != Role.DisplayRole:
            return None
        return self.score.name if _HEADINGS[section] == "score" else _HEADINGS[section]

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        """What is in a cell."""
        entry, column = self.entries[index.row()], index.column()
        if role == Role.DisplayRole:
            return _text(self._cells[index.row()][column], _HEADINGS[column])
        if role == Role.UserRole:
            return self._cells[index.row()][column]
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column in _TEXTS else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Role.ToolTipRole:
            return tip(entry.run.error or entry.run.name if entry.run is not None else entry.state)
        return None

    def _values(self, entry: Entry) -> tuple[Any, ...]:
        run = entry.run
        score = None if run is None or run.outcome != "done" else self.score.of(run)
        seconds = -1.0 if run is None or run.last is None else run.seconds
        return (
            entry.sweep, entry.subject, _label(entry.method), entry.overlap, entry.dose,
            self.acquisition.seconds(entry.count), entry.seed, entry.state,
            float("-inf") if score is None else score, entry.on, seconds, entry.count,
        )  # fmt: skip


def _text(value: Any, heading: str) -> str:
    """The text of a cell."""
    if heading == "overlap":
        return overlap_text(value)
    if heading == "dose":
        return f"{100 * value:.0f} %"
    if heading == "scan time":
        return duration(value)
    if heading == "score":
        return "–" if value == float("-inf") else f"{value:.4g}"
    if heading == "seconds":
        return "–" if value < 0 else f"{value:.1f}"
    return str(value)


_label = lru_cache(maxsize=64)(label_of)  # of the few methods of a sweep, for every row


class SweepTable(QTableView):
    """Sorted by a click on a heading; a double click or Return chooses the run of a row."""

    run_chosen = pyqtSignal(Run)
    run_pointed = pyqtSignal(object)  # Run of the row that has the focus, or None

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("runs of the sweeps")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.entries = _Entries()
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSortRole(Role.UserRole)
        self.sorted.setSourceModel(self.entries)
        self.setModel(self.sorted)
        self.setSortingEnabled(True)
        header = certain(self.horizontalHeader())
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # as they run
        header.setStretchLastSection(False)
        header.setResizeContentsPrecision(30)  # rows that are looked at for the width of a column
        certain(self.verticalHeader()).hide()
        certain(self.verticalHeader()).setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.activated.connect(self._choose)
        certain(self.selectionModel()).currentRowChanged.connect(
            lambda index, _: self.run_pointed.emit(self._run(index))
        )

    def show_entries(self, entries: list[Entry], score: Score, acquisition: Acquisition) -> None:
        """Show these rows, with this score."""
        fresh = bool(entries) and not self.entries.entries
        self.entries.show_entries(entries, score, acquisition)
        if fresh:
            header = certain(self.horizontalHeader())
            header.resizeSections(QHeaderView.ResizeMode.ResizeToContents)
            metrics, room = self.fontMetrics(), 2 * self.fontMetrics().averageCharWidth()
            for name, widest in (("on", _LONG), ("state", "stopped"), ("score", self.entries.score.name)):
                at, least = _HEADINGS.index(name), metrics.horizontalAdvance(widest) + room
                header.resizeSection(at, max(header.sectionSize(at), least))

    def _run(self, index: QModelIndex) -> Run | None:
        row = self.sorted.mapToSource(index).row()
        return self.entries.entries[row].run if row >= 0 else None

    def _choose(self, index: QModelIndex) -> None:
        run = self._run(index)
        if run is not None:
            self.run_chosen.emit(run)
