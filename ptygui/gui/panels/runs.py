"""RunsPanel: the list of runs and the queue, and what can be done with them."""

from collections.abc import Callable, Collection, Iterable, Sequence

from PyQt6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.experiment.run import Run
from ptygui.gui.panels.runs_cells import SweepRow
from ptygui.gui.panels.runs_columns import ColumnsMenu
from ptygui.gui.panels.runs_table import Item, RunsTable
from ptygui.gui.panels.runs_view import RunsView
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.focus import settle
from ptygui.gui.widgets.steady import Steady

# name, text, tooltip, key, whether it needs exactly one run (False: one or more; None: no run)
_ACTIONS = (
    ("queue", "Queue", "Queue a run of the present method and scan (Ctrl+Shift+Q)", "", None),
    ("seeds", "Seeds", "Queue the method with this number of seeds, for means and deviations", "", None),
    ("rerun", "Run again", "Queue the selected runs again: same scan, method and seed", "", False),
    ("edit", "Take options", "Copy scan, method and options to the panels, to run with changes", "", True),
    ("compare", "Compare", "Compare the selected runs (or a single one with the truth)", "", False),
    ("ensemble", "Deviations", "Mean and deviations of the selected runs", "", False),
    ("export", "Export…", "Write each selected run to files in a folder (Ctrl+Alt+E)", "", False),
    ("python", "Copy as Python", "Copy a script that makes the selected runs again (Ctrl+Alt+Y)", "", False),
    ("command", "Copy as command", "Copy commands that make the selected runs again (Ctrl+Alt+X)", "", False),
    ("up", "↑", "Earlier in the queue", "Alt+Up", True),
    ("down", "↓", "Later in the queue", "Alt+Down", True),
    ("delete", "Delete", "Remove the selected runs from the list; Undelete restores them", "Del", False),
    ("undelete", "Undelete", "Restore the runs deleted last", "Ctrl+Shift+Del", None),
)

_MENU_ONLY = ("python", "command")  # which would make the row of buttons too long


class RunsPanel(QWidget):
    """Shows every run; requests to show, rename, repeat, compare, reorder and delete runs."""

    run_chosen = pyqtSignal(Run)  # to show
    run_clicked = pyqtSignal(Run)  # whose row was clicked, selected before or not
    selected_changed = pyqtSignal(list)  # of Run
    rename_requested = pyqtSignal(Run, str)
    rerun_requested = pyqtSignal(list)  # of Run
    edit_requested = pyqtSignal(Run)  # whose method is to be copied to the panels
    compare_requested = pyqtSignal(list)
    ensemble_requested = pyqtSignal(list)
    export_requested = pyqtSignal(list)
    python_requested = pyqtSignal(list)  # of Run
    command_requested = pyqtSignal(list)
    delete_requested = pyqtSignal(list)
    undelete_requested = pyqtSignal()
    move_requested = pyqtSignal(Run, int)  # Run, places down
    queue_requested = pyqtSignal()
    seeds_requested = pyqtSignal(int)  # how many
    start_queue_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.table = RunsTable(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.table)
        self.sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.view = RunsView(self.sorted)
        self.columns = ColumnsMenu(self.view)
        certain(self.view.selectionModel()).selectionChanged.connect(self._chosen)
        self.view.clicked.connect(lambda _: self._clicked())
        self.view.collapsed.connect(self._folded)
        self.view.expanded.connect(lambda _: self.view.fit_columns())
        self._revealed: Run | None = None
        self.count = QSpinBox(minimum=2, maximum=64, value=4)
        self.count.setAccessibleName("number of seeds")
        self.count.setToolTip("K: more seeds give a better mean and deviation; the cost is proportional to K")
        self.go = QToolButton(text="Continue the queue", visible=False)
        self.go.setToolTip("The queue waits because a run was stopped")
        self.go.clicked.connect(self.start_queue_requested)
        self.facts = Elided(
            "no runs yet", alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self.facts.setToolTip("Number of runs, of queued runs, and memory of all recorded steps")
        self.actions_by_name: dict[str, QAction] = {}
        self._lay_out()
        self.table.renamed.connect(self.rename_requested)
        self.table.renamed.connect(lambda *_: self.view.fit_columns())
        self._enable()

    # ------------------------------------------------------------------ what is shown

    def show_runs(self, runs: Iterable[Run]) -> None:
        """Show the list, in its order unless the user has sorted it."""
        chosen, open_sweeps = self._chosen_items(), self.open_sweeps()
        certain(self.view.selectionModel()).blockSignals(True)  # Qt would select a row at a removal
        self.table.show_runs(list(runs))
        certain(self.view.selectionModel()).blockSignals(False)
        self.view.show_sweeps(bool(self.table.sweeps()))
        self.open_only(open_sweeps)
        sweeps = {sweep.number: sweep for sweep in self.table.sweeps()}
        there = [sweeps.get(item.number) if isinstance(item, SweepRow) else item for item in chosen]
        stay = [item for item in there if isinstance(item, SweepRow) or item in self.table.runs]
        current = self.table.current
        self._select(stay or ([current] if current is not None and self._in_sight(current) else []))
        self.view.fit_columns()
        self._reveal()
        self._tell()
        self._enable()

    def show_run(self, run: Run) -> None:
        """Refresh one row."""
        self.table.show_run(run)
        self._tell()

    def show_current(self, run: Run | None) -> None:
        """Mark the shown run; it becomes the selected one unless several are selected.

        Where none is shown any more, as of another scan, the one that was is not selected either: its curves
        would stay.
        """
        before, chosen = self.table.current, self.selected()
        self.table.show_current(run)
        if run is not None and len(chosen) < 2 and run not in chosen:
            self._select([run])
        elif run is None and chosen == [before]:
            self._select([])
        self._reveal()

    def show_held(self, held: bool) -> None:
        """Set whether the queue waits."""
        self.go.setVisible(held)

    def show_undelete(self, can: bool) -> None:
        """Set whether a deletion can be undone."""
        self.actions_by_name["undelete"].setEnabled(can)

    def selected(self) -> list[Run]:
        """The selected runs, in the order of the rows; for a selected sweep, its runs."""
        runs = [run for item in self._chosen_items() for run in self._runs_of(item)]
        return list(dict.fromkeys(runs))

    def open_sweeps(self) -> list[int]:
        """Numbers of the unfolded sweeps."""
        return [s.number for s in self.table.sweeps() if self.view.isExpanded(self._index(s))]

    def open_only(self, numbers: Collection[int]) -> None:
        """Unfold these sweeps, and fold the others."""
        for sweep in self.table.sweeps():
            self.view.setExpanded(self._index(sweep), sweep.number in numbers)

    # ------------------------------------------------------------------ inside

    def _act(self, name: str) -> None:
        settle()  # a click on these buttons leaves the focus where it is
        runs = self.selected()
        one = runs[0] if runs else None
        acts: dict[str, Callable[[], object]] = {
            "queue": self.queue_requested.emit,
            "seeds": lambda: self.seeds_requested.emit(self.count.value()),
            "rerun": lambda: self.rerun_requested.emit(runs),
            "edit": lambda: self._edit(one),
            "compare": lambda: self.compare_requested.emit(runs),
            "ensemble": lambda: self.ensemble_requested.emit(runs),
            "export": lambda: self.export_requested.emit(runs),
            "python": lambda: self.python_requested.emit(runs),
            "command": lambda: self.command_requested.emit(runs),
            "up": lambda: self._move(one, down=False),
            "down": lambda: self._move(one, down=True),
            "delete": lambda: self.delete_requested.emit(runs),
            "undelete": self.undelete_requested.emit,
        }
        acts[name]()

    def _edit(self, run: Run | None) -> None:
        if run is not None:
            self.edit_requested.emit(run)

    def _move(self, run: Run | None, down: bool) -> None:
        if run is not None:
            self.move_requested.emit(run, self.table.neighbour(run, down=down))

    def _select(self, items: Sequence[Item]) -> None:
        model, flag = certain(self.view.selectionModel()), QItemSelectionModel.SelectionFlag
        model.blockSignals(True)
        model.clearSelection()
        there = [self._index(item) for item in items if isinstance(item, SweepRow) or item in self.table.runs]
        for index in there:
            model.select(index, flag.Select | flag.Rows)
        if there:
            model.setCurrentIndex(there[0], flag.NoUpdate)  # the keys continue from here
        model.blockSignals(False)
        certain(self.view.viewport()).update()
        if there or not items:  # otherwise their rows follow
            self._enable()

    def _chosen_items(self) -> list[Item]:
        """The selected rows, in their order."""
        rows = sorted(certain(self.view.selectionModel()).selectedRows(), key=_place)
        return [self.table.item(self.sorted.mapToSource(row)) for row in rows]

    def _runs_of(self, item: Item) -> list[Run]:
        """One run, or those of a sweep in the order of their rows."""
        if isinstance(item, Run):
            return [item]
        index = self._index(item)
        rows = (self.sorted.index(row, 0, index) for row in range(len(item.runs)))
        found = (self.table.item(self.sorted.mapToSource(row)) for row in rows)
        return [run for run in found if isinstance(run, Run)]

    def _in_sight(self, item: Run | None) -> bool:
        """Whether a run has a row that is not in a folded sweep."""
        if item not in self.table.runs:
            return False
        sweep = self.table.sweep_of(item)
        return sweep is None or self.view.isExpanded(self._index(sweep))

    def _folded(self, index: QModelIndex) -> None:
        """A sweep was folded: its row replaces its runs that were selected or had the focus."""
        sweep = self.table.item(self.sorted.mapToSource(index))
        if not isinstance(sweep, SweepRow):
            return
        chosen = self._chosen_items()
        stay = [item for item in chosen if item not in sweep.runs]
        if len(stay) < len(chosen):
            self._select([*(item for item in stay if item is not sweep), sweep])
            self.selected_changed.emit(self.selected())
        if self.view.currentIndex().parent() == index:
            certain(self.view.selectionModel()).setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.NoUpdate
            )
        self.view.fit_columns()

    def _reveal(self) -> None:
        """Scroll to the shown run, once: after that the user may scroll elsewhere."""
        run = self.table.current
        if run is not self._revealed and (run is None or run in self.table.runs):
            self._revealed = run
            if run is not None:
                self.view.reveal(self._index(run))

    def _index(self, item: Item) -> QModelIndex:
        return self.sorted.mapFromSource(self.table.index_of(item))

    def _chosen(self) -> None:
        items = self._chosen_items()
        one = items[0] if len(items) == 1 else None
        if isinstance(one, Run) and one.last is not None:  # the row of a sweep does not stand for one run
            self.run_chosen.emit(one)
        self.selected_changed.emit(self.selected())
        self._enable()

    def _clicked(self) -> None:
        """Also of a row that was selected before, of which `selectionChanged` does not tell."""
        items = self._chosen_items()
        if len(items) == 1 and isinstance(items[0], Run) and items[0].last is not None:
            self.run_clicked.emit(items[0])

    def _enable(self) -> None:
        items = self._chosen_items()
        count = 2 if any(isinstance(item, SweepRow) for item in items) else len(items)
        for name, *_, single in _ACTIONS:
            if single is not None:
                self.actions_by_name[name].setEnabled(count == 1 if single else count > 0)

    def _tell(self) -> None:
        runs = self.table.runs
        queued = sum(run.outcome == "queued" for run in runs)
        held = sum(run.history.nbytes for run in runs) / 2**20
        waiting = f", {queued} queued" if queued else ""
        self.facts.setText(
            f"{len(runs)} run{'s' * (len(runs) != 1)}{waiting}, {held:.0f} MB" if runs else "no runs yet"
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(1)
        for name, text, tip, key, _ in _ACTIONS:
            action = QAction(text, self, toolTip=f"{tip} ({key})" if key else tip)
            action.triggered.connect(lambda _, name=name: self._act(name))
            if key:
                action.setShortcut(QKeySequence(key))
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.actions_by_name[name] = action
            self.addAction(action)
            if name not in _MENU_ONLY:
                button = QToolButton()
                button.setDefaultAction(action)
                row.addWidget(button)
            if name == "seeds":
                row.addWidget(self.count)
        row.addWidget(self.go)
        row.addWidget(Steady(self.facts), 1)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.view.addActions([*self.actions_by_name.values(), certain(self.columns.menuAction())])
        self.show_undelete(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.view, 1)


def _place(index: QModelIndex) -> tuple[int, int]:
    """The sort key of rows in the order in which they are displayed."""
    parent = index.parent()
    return (parent.row(), index.row()) if parent.isValid() else (index.row(), -1)
