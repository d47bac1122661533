"""RunsView: the view of the list of runs: column widths, folding of sweeps, and keys."""

from collections.abc import Iterator
from functools import partial

from PyQt6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from ptygui.gui.panels.runs_cells import COLUMNS, NAME, OPTIONS, SCAN, STATE
from ptygui.gui.widgets.certain import certain

MOST = 60  # letters of a name that the column makes room for
LEAST = "20 a name like this"
SHARE = 2 / 3  # of the free width goes to names if the options need the rest
GAP = "\u2002"  # before text that follows a column of right-aligned numbers
EDGES, ARROW = 10, 8  # pixels next to the text of a cell, and for the sort arrow in a title
# text as wide as the contents of columns that are wider than their titles
_TYPICAL = {"#": "999", "state": "running", "scan": "a smear", "overlap": "20–75 %", "NRMSE": "0.9999",
            "SSIM": "0.9999", "misfit": "99.99 ⚠", "seconds": "9999.9"}  # fmt: skip


class RunsView(QTreeView):
    """A view over the model of runs. Names get the free width, and are elided in the middle.

    Those of scans get a share of it. A width that the user sets for either is kept. Right and Left unfold
    and fold the row of a sweep; at other rows they keep their meaning as shortcuts. Minus folds the sweep
    that a run belongs to.
    """

    def __init__(self, model: QAbstractItemModel, parent: QWidget | None = None):
        super().__init__(parent)
        self._own: set[int] = set()  # columns whose width the user has set
        self._fitting = False
        self.setModel(model)
        self.setAccessibleName("runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTreePosition(NAME)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        for column in (NAME, SCAN):
            self.setItemDelegateForColumn(column, _Middle(self))
        self.setItemDelegateForColumn(OPTIONS, _Apart(self))
        header = certain(self.header())
        header.setSectionsMovable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)  # bold titles would need more room
        self._least: list[int] = []  # initial widths of the columns
        for column, (title, _) in enumerate(COLUMNS):
            wide = max(self._wide(title) + ARROW, self._wide(_TYPICAL.get(title, "")))
            self._least.append(wide + EDGES)
            self.setColumnWidth(column, wide + EDGES)
        header.setStretchLastSection(True)  # from its least width, set above
        header.sectionResized.connect(self._resized)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        action = QAbstractSlider.SliderAction  # the plain arrow keys walk through the steps
        for key, way in (("Alt+Left", action.SliderSingleStepSub), ("Alt+Right", action.SliderSingleStepAdd)):
            scroll = partial(certain(self.horizontalScrollBar()).triggerAction, way)
            QShortcut(QKeySequence(key), self, scroll, context=Qt.ShortcutContext.WidgetShortcut)
        for key, by in (("Alt+PgUp", -1), ("Alt+PgDown", 1), ("Alt+Home", 0)):
            sort = partial(self._sort, by)
            QShortcut(QKeySequence(key), self, sort, context=Qt.ShortcutContext.WidgetShortcut)

    def show_column(self, column: int, on: bool) -> None:
        """Show or hide a column; its room goes to the others."""
        self._fitting, header = True, certain(self.header())  # the user sets no width
        header.setStretchLastSection(False)  # no other column is to be stretched in place of the options
        self.setColumnHidden(column, not on)
        header.setStretchLastSection(not self.isColumnHidden(OPTIONS))
        self._fitting = False
        self.fit_columns()

    def fit_columns(self) -> None:
        """Give the names the room that they need, or as much as the options leave."""
        scan, options = (not self.isColumnHidden(column) for column in (SCAN, OPTIONS))
        if STATE not in self._own:  # a worker needs more room than a word
            self._fitting = True
            self.setColumnWidth(STATE, max(self._wanted(STATE) - self._wide(GAP), self._least[STATE]))
            self._fitting = False
        others = sum(self.columnWidth(column) for column in range(OPTIONS) if column not in (NAME, SCAN))
        free, least, names = certain(self.viewport()).width() - others, self._wide(LEAST), self._wanted(NAME)
        self._fitting = True
        if scan and SCAN not in self._own:
            room = free - least - options * self._least[OPTIONS]
            wide = min(self._wanted(SCAN), self._least[SCAN] + max(room - self._least[SCAN], 0) // 2)
            self.setColumnWidth(SCAN, max(wide, self._least[SCAN]))
        free -= self.columnWidth(SCAN)
        if NAME not in self._own:
            most = max(free - self._wanted(OPTIONS), round(SHARE * free))
            self.setColumnWidth(NAME, max(min(names, most) if options else free, least))
        self._fitting = False

    def reveal(self, index: QModelIndex) -> None:
        """Scroll vertically to a row; columns do not scroll."""
        column = certain(self.horizontalScrollBar()).value()
        self.executeDelayedItemsLayout()  # puts rows just added within the range of the scroll bar
        self.scrollTo(index)
        certain(self.horizontalScrollBar()).setValue(column)

    def show_sweeps(self, there: bool) -> None:
        """Make room for the fold marks if there are rows that fold."""
        if there != self.rootIsDecorated():
            self.setRootIsDecorated(there)

    def event(self, event: QEvent | None) -> bool:
        """Take the arrow keys at the row of a sweep before shortcuts do."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self.folds(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Fold the sweep of the current row."""
        parent = self.currentIndex().parent()
        if event is not None and event.key() == Qt.Key.Key_Minus and parent.isValid():
            self.collapse(parent)
        else:
            super().keyPressEvent(event)

    def folds(self, event: QKeyEvent) -> bool:
        """Whether a key unfolds or folds the current row."""
        keys, index = (Qt.Key.Key_Left, Qt.Key.Key_Right), self.currentIndex().siblingAtColumn(0)
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return plain and event.key() in keys and index.isValid() and certain(self.model()).hasChildren(index)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Distribute the new width."""
        super().resizeEvent(event)
        self.fit_columns()

    def _sort(self, by: int) -> None:
        """Sort by the column a number of places on; for 0, reverse the order."""
        header, order = certain(self.header()), Qt.SortOrder
        shown = [column for column in range(len(COLUMNS)) if not self.isColumnHidden(column)]
        present = header.sortIndicatorSection()
        column = shown[(shown.index(present) + by) % len(shown)] if present in shown else NAME
        falling = not by and header.sortIndicatorOrder() == order.AscendingOrder
        self.sortByColumn(column, order.DescendingOrder if falling else order.AscendingOrder)

    def _wanted(self, column: int) -> int:
        """Width of the longest text of a column, up to a limit [px]."""
        wide = max((self._wide(text) + in_ for text, in_ in self._texts(column)), default=0)
        return min(wide, self._wide("n" * MOST)) + EDGES + self._wide(GAP)

    def _texts(self, column: int) -> Iterator[tuple[str, int]]:
        """Texts of a column, unfolded rows included, with the indentation of each [px]."""
        model, step = certain(self.model()), self.indentation() if column == NAME else 0
        first = step * self.rootIsDecorated()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            yield str(index.siblingAtColumn(column).data()), first
            if self.isExpanded(index):
                for child in range(model.rowCount(index)):
                    yield str(model.index(child, column, index).data()), first + step

    def _wide(self, text: str) -> int:
        """Width of text in bold letters, as used for the shown run [px]."""
        font = QFont(self.font())
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(text)

    def _resized(self, column: int, *_: object) -> None:
        if column in (NAME, SCAN) and not self._fitting:
            self._own.add(column)


class _Apart(QStyledItemDelegate):
    """Separates text from the number before it."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        if option is not None:
            option.text = GAP + (option.text or "")


class _Middle(_Apart):
    """Elides in the middle, because the ends of names distinguish them."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        if option is not None:
            option.textElideMode = Qt.TextElideMode.ElideMiddle

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Makes rows a little higher than their text."""
        return QSize(super().sizeHint(option, index).width(), option.fontMetrics.height() + 7)

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:
        """Fill in the name; a selection or text being typed is kept while the numbers of the run change."""
        if (
            isinstance(editor, QLineEdit)
            and not editor.isModified()
            and editor.text() != index.data(Qt.ItemDataRole.EditRole)
        ):
            super().setEditorData(editor, index)
