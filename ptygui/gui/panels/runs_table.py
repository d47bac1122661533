"""RunsTable: the runs of the session as rows, those of a sweep under one row, for any Qt view."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import count
from typing import Any, overload

from PyQt6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QWidget

from ptygui.experiment.run import Run, verdict_of
from ptygui.gui.panels.runs_cells import (
    COLUMNS,
    MISFIT,
    NAME,
    NUMBER,
    NUMERIC,
    SweepRow,
    cell_of,
    tip_of,
    value_of,
)
from ptygui.gui.widgets.plain import tip
from ptygui.gui.widgets.tooltips import wrapped

Role = Qt.ItemDataRole
Item = Run | SweepRow
# of kinds of `Verdict`
MARKS = {
    "fits": " ✓",
    "guidance": " ↑",
    "network": " ↑",
    "noise": " ↓",
    "unpredicted": " ↕",
}


class RunsTable(QAbstractItemModel):
    """A model over runs, two levels deep; `Role.UserRole` gives the value that rows are sorted by."""

    renamed = pyqtSignal(Run, str)  # Run, what the user typed

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.runs: list[Run] = []
        self.current: Run | None = None
        self._top: list[Item] = []  # top-level rows
        self._sweeps: dict[int, SweepRow] = {}  # by their keys, which the indices of their runs have
        self._homes: dict[Run, SweepRow | None] = {}  # of each run; the row may not exist yet
        self._order: dict[Run, int] = {}  # places in the list
        self._keys = count(1)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Take over the list; rows whose order is unchanged are kept, with a name that is being typed."""
        wanted: dict[Run | int, list[Run]] = {}
        for run in runs:
            wanted.setdefault(run.sweep or run, []).append(run)
        kept = {_name(item): _runs(item) for item in self._top}
        if not kept or not _in_order(kept, wanted) or not all(
            _in_order(kept[name], wanted[name]) for name in kept.keys() & wanted.keys()
        ):  # fmt: skip
            self.beginResetModel()
            self._sweeps, self._homes = {}, {}
            self._top = [self._item(name, own) for name, own in wanted.items()]
            self._place_rows(runs)
            self.endResetModel()
            return
        self._remove(wanted)
        self._insert(wanted)
        self._place_rows(runs)
        for sweep in self._sweeps.values():
            sweep.forget()
        # only one signal per turn arrives: that of a run that ended may be replaced by the next
        self._tell(QModelIndex(), 0, len(self._top) - 1)
        for sweep in self._sweeps.values():
            self._tell(self.index_of(sweep), 0, len(sweep.runs) - 1)

    def show_run(self, run: Run) -> None:
        """Refresh the row of one run, and that of its sweep."""
        if run in self._homes:
            index, sweep = self.index_of(run), self._homes[run]
            self._tell(index.parent(), index.row(), index.row())
            if sweep is not None:
                sweep.forget()
                self._tell(QModelIndex(), sweep.row, sweep.row)

    def show_current(self, run: Run | None) -> None:
        """Mark the shown run."""
        before, self.current = self.current, run
        for each in (before, run):
            if each is not None:
                self.show_run(each)

    def item(self, index: QModelIndex) -> Item:
        """The run or the sweep of a row."""
        if index.internalId():
            return self._sweeps[index.internalId()].runs[index.row()]
        return self._top[index.row()]

    def index_of(self, item: Item, column: int = 0) -> QModelIndex:
        """The index of a run or a sweep."""
        if isinstance(item, SweepRow):
            return self.createIndex(item.row, column, 0)
        sweep = self._homes[item]
        if sweep is not None:
            return self.createIndex(sweep.runs.index(item), column, sweep.key)
        row = self._top.index(item)
        return self.createIndex(row, column, 0)

    def sweeps(self) -> list[SweepRow]:
        """The sweeps, in the order of the list."""
        return sorted(self._sweeps.values(), key=lambda sweep: sweep.row)

    def sweep_of(self, run: Run) -> SweepRow | None:
        """The sweep that a run belongs to."""
        return self._homes.get(run)

    def neighbour(self, run: Run, down: bool) -> int:
        """Distance in the list from a run to behind its next row; a sweep is passed as a whole."""
        sweep = self._homes[run]
        rows = self._top if sweep is None else sweep.runs
        row = rows.index(run) + (1 if down else -1)
        if not 0 <= row < len(rows):
            return 0
        beyond = _runs(rows[row])[-1 if down else 0]
        return self.runs.index(beyond) - self.runs.index(run)

    # ------------------------------------------------------------------ what Qt asks for

    def index(self, row: int, column: int, parent: QModelIndex = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's signature
        """The index of a cell."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        above = self._top[parent.row()] if parent.isValid() else None
        return self.createIndex(row, column, above.key if isinstance(above, SweepRow) else 0)

    @overload
    def parent(self, index: QModelIndex) -> QModelIndex: ...

    @overload
    def parent(self) -> QObject | None: ...

    def parent(self, index: QModelIndex | None = None) -> QObject | QModelIndex | None:
        """The row of the sweep that a run belongs to; without an index, the QObject parent of the model."""
        if index is None:
            return super().parent()
        sweep = self._sweeps.get(index.internalId()) if index.isValid() else None
        return QModelIndex() if sweep is None else self.createIndex(sweep.row, 0, 0)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Runs and sweeps, or the runs of a sweep."""
        if not parent.isValid():
            return len(self._top)
        if parent.column() or parent.internalId():
            return 0
        item = self._top[parent.row()]
        return len(item.runs) if isinstance(item, SweepRow) else 0

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """One column of `COLUMNS` each."""
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Name and tooltip of a column."""
        if orientation == Qt.Orientation.Horizontal and role in (Role.DisplayRole, Role.ToolTipRole):
            return wrapped(COLUMNS[section][role == Role.ToolTipRole])
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Flags of a cell: the name of a run can be edited."""
        flags = super().flags(index)
        named = index.isValid() and index.column() == NAME and isinstance(self.item(index), Run)
        return flags | Qt.ItemFlag.ItemIsEditable if named else flags

    def setData(self, index: QModelIndex, value: Any, role: int = Role.EditRole) -> bool:
        """Emit a name that was typed; the session sets it."""
        if role != Role.EditRole or not self.flags(index) & Qt.ItemFlag.ItemIsEditable:
            return False
        if value != index.data(Role.EditRole):  # otherwise the automatic name would become a given one
            self.renamed.emit(self.item(index), str(value))
        return True

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        """Text, sort key and appearance of a cell."""
        item, column = self.item(index), index.column()
        if role == Role.TextAlignmentRole and column in NUMERIC:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.FontRole and self.current is not None and self.current in _runs(item):
            return _bold()
        if role == Role.UserRole and column == NUMBER:
            return float(self._order[_runs(item)[0]])
        if isinstance(item, SweepRow):
            return self._data_of_sweep(item, column, role)
        if role == Role.DisplayRole:
            return cell_of(item, column) + self._mark(item, column)
        if role == Role.EditRole:
            return item.name_in_list
        if role == Role.UserRole:
            return value_of(item, column)
        if role == Role.ToolTipRole:
            return tip(tip_of(item, column, verdict_of(item, self.runs)))
        return None

    # ------------------------------------------------------------------ inside

    def _data_of_sweep(self, sweep: SweepRow, column: int, role: int) -> Any:
        if role in (Role.DisplayRole, Role.EditRole):
            return sweep.facts.texts[column]
        if role == Role.UserRole:
            return sweep.facts.values[column]
        return tip(sweep.facts.tips[column]) if role == Role.ToolTipRole else None

    def _mark(self, run: Run, column: int) -> str:
        """A mark next to a misfit with a verdict; the tooltip explains it."""
        found = verdict_of(run, self.runs) if column == MISFIT else None
        return "" if found is None else MARKS.get(found.kind, " ⚠")

    def _item(self, name: Run | int, runs: list[Run]) -> Item:
        if isinstance(name, Run):
            self._homes[name] = None
            return name
        sweep = SweepRow(name, next(self._keys), runs=list(runs))
        self._sweeps[sweep.key] = sweep
        self._homes |= dict.fromkeys(runs, sweep)
        return sweep

    def _place_rows(self, runs: Sequence[Run] | None = None) -> None:
        """Update the rows of sweeps and the places of runs in the list."""
        for row, item in enumerate(self._top):
            if isinstance(item, SweepRow):
                item.row = row
        if runs is not None:
            self.runs = list(runs)
            self._order = {run: place for place, run in enumerate(runs)}

    def _remove(self, wanted: dict[Run | int, list[Run]]) -> None:
        for row in reversed(range(len(self._top))):
            item = self._top[row]
            if _name(item) not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._top[row]
                for run in _runs(item):
                    del self._homes[run]
                if isinstance(item, SweepRow):
                    del self._sweeps[item.key]
                self._place_rows()
                self.endRemoveRows()
        for sweep in self._sweeps.values():
            stay = set(wanted[sweep.number])
            for row in reversed(range(len(sweep.runs))):
                if sweep.runs[row] not in stay:
                    self.beginRemoveRows(self.index_of(sweep), row, row)
                    del self._homes[sweep.runs.pop(row)]
                    sweep.forget()
                    self.endRemoveRows()

    def _insert(self, wanted: dict[Run | int, list[Run]]) -> None:
        for row, (name, runs) in enumerate(wanted.items()):
            if row == len(self._top) or _name(self._top[row]) != name:
                self.beginInsertRows(QModelIndex(), row, row)
                self._top.insert(row, self._item(name, runs))
                self._order |= dict.fromkeys(runs, len(self._order))  # until all are in
                self._place_rows()
                self.endInsertRows()
        for sweep in self._sweeps.values():
            for row, run in enumerate(wanted[sweep.number]):
                if run not in self._homes:
                    self.beginInsertRows(self.index_of(sweep), row, row)
                    sweep.runs.insert(row, run)
                    self._homes[run], self._order[run] = sweep, len(self._order)
                    sweep.forget()
                    self.endInsertRows()

    def _tell(self, parent: QModelIndex, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0, parent), self.index(last, len(COLUMNS) - 1, parent))


def _name(item: Item) -> Run | int:
    """The key that identifies a row after the list has changed."""
    return item.number if isinstance(item, SweepRow) else item


def _runs(item: Item) -> list[Run]:
    return item.runs if isinstance(item, SweepRow) else [item]


def _in_order(before: Iterable[Hashable], after: Iterable[Hashable]) -> bool:
    """Whether the rows that remain keep their order, and at least one remains."""
    old, new = set(before), set(after)
    stay = [each for each in before if each in new]
    return bool(stay) and stay == [each for each in after if each in old]


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font
