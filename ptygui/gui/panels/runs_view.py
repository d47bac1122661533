"""RunsView: the list of runs on the screen: widths of its columns, sweeps that fold, and keys."""

from collections.abc import Iterator
from functools import partial

from PyQt6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QKeySequence, QShortcut
from PyQt6.QtWidgets import QAbstractItemView, QAbstractSlider, QHeaderView, QStyledItemDelegate, QTreeView

from ptygui.gui.panels.runs_cells import COLUMNS, NAME, OPTIONS, SCAN
from ptygui.gui.widgets.certain import certain

MOST = 60  # letters of a name that room is made for
LEAST = "20 a name like this"
SHARE = 2 / 3  # of the free width that names have where the options want the rest
GAP = "\u2002"  # before words that follow a column of numbers, which end at its edge
EDGES, ARROW = 10, 8  # pixels beside the text of a cell, and for the sign of the order in a title
# something as wide as what stands in the other columns, where that is wider than their titles
_TYPICAL = {"#": "999", "state": "running", "scan": "a smear", "overlap": "20–75 %", "NRMSE": "0.9999",
            "SSIM": "0.9999", "misfit": "99.99 ⚠", "seconds": "9999.9"}  # fmt: skip


class RunsView(QTreeView):
    """A view over the model of runs. Names have the width that is free, and are cut short in the middle.

    Those of scans have a share of it. A width that the user gives to either stays. Right and Left open and
    fold the row of a sweep; at other rows they are left to whoever has them as shortcuts. Minus folds the
    sweep that a run is of.
    """

    def __init__(self, model: QAbstractItemModel, parent=None):
        super().__init__(parent)
        self._own: set[int] = set()  # columns that the user chose a width for
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
        header.setHighlightSections(False)  # bold titles would want more room
        self._least: list[int] = []  # widths that columns begin with
        for column, (title, _) in enumerate(COLUMNS):
            wide = max(self._wide(title) + ARROW, self._wide(_TYPICAL.get(title, "")))
            self._least.append(wide + EDGES)
            self.setColumnWidth(column, wide + EDGES)
        header.setStretchLastSection(True)  # from its least width, set above
        header.sectionResized.connect(self._resized)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        action = QAbstractSlider.SliderAction  # the arrows alone walk through the steps
        for key, way in (("Alt+Left", action.SliderSingleStepSub), ("Alt+Right", action.SliderSingleStepAdd)):
            scroll = partial(certain(self.horizontalScrollBar()).triggerAction, way)
            QShortcut(QKeySequence(key), self, scroll, context=Qt.ShortcutContext.WidgetShortcut)
        for key, by in (("Alt+PgUp", -1), ("Alt+PgDown", 1), ("Alt+Home", 0)):
            sort = partial(self._sort, by)
            QShortcut(QKeySequence(key), self, sort, context=Qt.ShortcutContext.WidgetShortcut)

    def fit_columns(self) -> None:
        """Give the names the room that they want, or as much of it as there is beside the options."""
        others = sum(self.columnWidth(column) for column in range(OPTIONS) if column not in (NAME, SCAN))
        free, least, names = certain(self.viewport()).width() - others, self._wide(LEAST), self._wanted(NAME)
        self._fitting = True
        if SCAN not in self._own:
            room = free - least - self._least[OPTIONS]
            wide = min(self._wanted(SCAN), self._least[SCAN] + max(room - self._least[SCAN], 0) // 2)
            self.setColumnWidth(SCAN, max(wide, self._least[SCAN]))
        free -= self.columnWidth(SCAN)
        if NAME not in self._own:
            most = max(free - self._wanted(OPTIONS), round(SHARE * free))
            self.setColumnWidth(NAME, max(min(names, most), least))
        self._fitting = False

    def reveal(self, index: QModelIndex) -> None:
        """Bring a row in sight, whatever columns are."""
        column = certain(self.horizontalScrollBar()).value()
        self.executeDelayedItemsLayout()  # rows that have just come are within the range of the bar then
        self.scrollTo(index)
        certain(self.horizontalScrollBar()).setValue(column)

    def show_sweeps(self, there: bool) -> None:
        """Make room for the signs of rows that open, where there are such rows."""
        if there != self.rootIsDecorated():
            self.setRootIsDecorated(there)

    def event(self, event):
        """Take the arrows at the row of a sweep before they are anyone's shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride and self.folds(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event):
        """Fold the sweep of the row that the keys are at."""
        parent = self.currentIndex().parent()
        if event.key() == Qt.Key.Key_Minus and parent.isValid():
            self.collapse(parent)
        else:
            super().keyPressEvent(event)

    def folds(self, event) -> bool:
        """Whether a key opens or folds the row that the keys are at."""
        keys, index = (Qt.Key.Key_Left, Qt.Key.Key_Right), self.currentIndex().siblingAtColumn(0)
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return plain and event.key() in keys and index.isValid() and certain(self.model()).hasChildren(index)

    def resizeEvent(self, event):
        """Share out the new width."""
        super().resizeEvent(event)
        self.fit_columns()

    def _sort(self, by: int) -> None:
        """By the column so many places on, or by the same the other way round."""
        header, order = certain(self.header()), Qt.SortOrder
        column = (header.sortIndicatorSection() + by) % len(COLUMNS)
        falling = not by and header.sortIndicatorOrder() == order.AscendingOrder
        self.sortByColumn(column, order.DescendingOrder if falling else order.AscendingOrder)

    def _wanted(self, column: int) -> int:
        """By the longest text of a column, up to a bound [px]."""
        wide = max((self._wide(text) + in_ for text, in_ in self._texts(column)), default=0)
        return min(wide, self._wide("n" * MOST)) + EDGES + self._wide(GAP)

    def _texts(self, column: int) -> Iterator[tuple[str, int]]:
        """Of a column, the rows of open sweeps too; and how far in each stands [px]."""
        model, step = certain(self.model()), self.indentation() if column == NAME else 0
        first = step * self.rootIsDecorated()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            yield str(index.siblingAtColumn(column).data()), first
            if self.isExpanded(index):
                for child in range(model.rowCount(index)):
                    yield str(model.index(child, column, index).data()), first + step

    def _wide(self, text: str) -> int:
        """Of text in bold letters, as the run that is shown has [px]."""
        font = QFont(self.font())
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(text)

    def _resized(self, column: int, *_) -> None:
        if column in (NAME, SCAN) and not self._fitting:
            self._own.add(column)


class _Apart(QStyledItemDelegate):
    """Keeps words apart from the number before them."""

    def initStyleOption(self, option, index):
        super().initStyleOption(option, index)
        option.text = GAP + option.text


class _Middle(_Apart):
    """Cuts short in the middle: what names end in tells them apart."""

    def initStyleOption(self, option, index):
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle

    def sizeHint(self, option, index):
        """Rows are a little higher than their words."""
        return QSize(super().sizeHint(option, index).width(), option.fontMetrics.height() + 7)

    def setEditorData(self, editor, index):
        """Fill in the name; what is selected or being typed stays, though the numbers of the run go on."""
        if not editor.isModified() and editor.text() != index.data(Qt.ItemDataRole.EditRole):
            super().setEditorData(editor, index)
