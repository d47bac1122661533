"""RunsTable: the runs of the session as rows, for any Qt view."""

from collections.abc import Sequence

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, Qt, pyqtSignal

from ptygui.analysis.verdict import Verdict
from ptygui.experiment.run import Run, in_words, verdict_of
from ptygui.gui.widgets.plain import tip
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.physics.positions import overlap_text

Role = Qt.ItemDataRole
COLUMNS = (
    ("#", "Number of the run; sorted by it, rows are in the order of the list, which the queue follows"),
    ("name", "F2 or a double click renames; a name that is cut short stands in its tooltip"),
    ("state", "queued, running, done, stopped, failed"),
    ("method", "Which method"),
    ("overlap", "Linear overlap of the scan, of the probe width [%]"),
    ("NRMSE", "Against the truth, after the best global phase"),
    ("SSIM", "Of magnitudes, against the truth"),
    ("misfit", "Over what photon noise alone would leave (χ² a pixel); 1 and less is a fit, ⚠ ↑ ↓ say more"),
    ("seconds", "Time spent in the method, without that before a branch [s]"),
    ("evaluations", "Network evaluations, without those before a branch"),
    ("options", "Options that differ from their defaults, and those changed on the way"),
)
NUMBER, NAME, STATE, MISFIT, OPTIONS = 0, 1, 2, 7, 10
# of kinds of `Verdict`
MARKS = {"unconverged": " ⚠", "prior": " ⚠", "model": " ⚠", "guidance": " ↑", "network": " ↑", "noise": " ↓"}
_NUMERIC = {0, 4, 5, 6, 7, 8, 9}
_LOWEST = float("-inf")  # what is not known sorts first


class RunsTable(QAbstractTableModel):
    """A table model over runs; `Role.UserRole` gives what rows are sorted by."""

    renamed = pyqtSignal(object, str)  # Run, what the user typed

    def __init__(self, parent=None):
        super().__init__(parent)
        self.runs: list[Run] = []
        self.current: Run | None = None

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Take over the list; rows that stay in their order stay, with a name that is being typed in one."""
        before, after = set(self.runs), set(runs)
        stay = [run for run in self.runs if run in after]
        if not stay or stay != [run for run in runs if run in before]:
            self.beginResetModel()
            self.runs = list(runs)
            self.endResetModel()
            return
        for row in reversed(range(len(self.runs))):
            if self.runs[row] not in after:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self.runs[row]
                self.endRemoveRows()
        for row, run in enumerate(runs):
            if run not in before:
                self.beginInsertRows(QModelIndex(), row, row)
                self.runs.insert(row, run)
                self.endInsertRows()
        # one signal of each turn is heard, so that of a run that ended may be lost to that of the next
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, len(COLUMNS) - 1))

    def show_run(self, run: Run) -> None:
        """Refresh the row of one run."""
        if run in self.runs:
            row = self.runs.index(run)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def show_current(self, run: Run | None) -> None:
        """Mark the run that is shown."""
        before, self.current = self.current, run
        for each in (before, run):
            if each is not None:
                self.show_run(each)

    def rowCount(self, parent=QModelIndex()):  # noqa: B008 - Qt's signature
        """One row a run."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent=QModelIndex()):  # noqa: B008
        """One column of `COLUMNS` each."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section, orientation, role=Role.DisplayRole):
        """Name and tooltip of a column."""
        if orientation == Qt.Orientation.Horizontal and role in (Role.DisplayRole, Role.ToolTipRole):
            return wrapped(COLUMNS[section][role == Role.ToolTipRole])
        return None

    def flags(self, index):
        """The name can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def setData(self, index, value, role=Role.EditRole):
        """Hand on a name that was typed; the session gives it."""
        if role != Role.EditRole or index.column() != NAME:
            return False
        self.renamed.emit(self.runs[index.row()], str(value))
        return True

    def data(self, index, role=Role.DisplayRole):
        """What a cell says, how it sorts, and how it looks."""
        run, column = self.runs[index.row()], index.column()
        if role == Role.DisplayRole:
            return _text(run, column) + self._mark(run, column)
        if role == Role.EditRole:
            return run.name
        if role == Role.UserRole:
            return float(index.row()) if column == NUMBER else _value(run, column)
        if role == Role.ToolTipRole:
            return tip(_tip(run, column, verdict_of(run, self.runs)))
        if role == Role.TextAlignmentRole and column in _NUMERIC:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.FontRole and run is self.current:
            return _bold()
        return None

    def _mark(self, run: Run, column: int) -> str:
        """A sign beside a misfit that has something to say; the tooltip says it."""
        found = verdict_of(run, self.runs) if column == MISFIT else None
        return "" if found is None else MARKS[found.kind]


def options_text(run: Run) -> str:
    """The options that differ from their defaults, and those changed on the way."""
    parts = [in_words({name: value}) for name, value in run.method.changed().items()]
    if run.seed:
        parts.append(f"seed {run.seed}")
    if run.origin is not None:
        parts.append(f"from {run.origin.label} at step {run.origin.step}")
    parts += [f"at {step}: {in_words(options)}" for step, options in run.changes]
    return ", ".join(parts)


def _value(run: Run, column: int):
    last = run.last
    known = (
        run.number,
        run.name,
        run.outcome,
        run.method.key(),
        run.overlap,
        last and last.nrmse,
        last and last.ssim,
        last and last.noise_floor and last.misfit / last.noise_floor,
        last and run.seconds,
        last and run.evaluations,
        options_text(run),
    )[column]
    return known if isinstance(known, str) else _LOWEST if known is None else float(known)


def _text(run: Run, column: int) -> str:
    value = _value(run, column)
    if isinstance(value, str):
        return f"{value} (auto)" if column == STATE and run.automatic else value
    if value == _LOWEST or (column == MISFIT and not value):
        return "–"
    return (
        f"{value:.0f}", "", "", "", overlap_text(value), f"{value:.4f}", f"{value:.4f}",
        f"{value:.2f}" if value < 100 else f"{value:.0f}", f"{value:.1f}", f"{value:.0f}",
    )[column]  # fmt: skip


def _tip(run: Run, column: int, found: Verdict | None) -> str:
    if column == STATE and run.error:
        return run.error
    if column == MISFIT and found is not None:
        return found.text
    if column == NAME:
        return f"{run.name}\n{run.scan.name}"
    return options_text(run) if column == OPTIONS else run.scan.name


def _bold():
    from PyQt6.QtGui import QFont

    font = QFont()
    font.setBold(True)
    return font
