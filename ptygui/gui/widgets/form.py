"""OptionsForm: a form made from the options that any `Options` class declares."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QWheelEvent
from PyQt6.QtWidgets import (
    QFormLayout,
    QFrame,
    QGridLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QStyleOptionToolButton,
    QToolButton,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.editors import Editor, editor_of
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.icons import icon
from ptygui.gui.widgets.plain import Label, keyless
from ptygui.gui.widgets.toned import Toned
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.options import Option, Options, options_of


class OptionsForm(QScrollArea):
    """One row an option: name and symbol, editor with unit, tooltip; advanced options are folded.

    A changed option has a bold name and a button that resets it. The options themselves check the typed
    values: a refused value stays in its field, and the reason is shown below it.

    Parameters
    ----------
    without : tuple of str
        Names of options that are not shown, because other widgets set them.
    """

    value_changed = pyqtSignal(Options)  # whenever the values are valid
    validity_changed = pyqtSignal(str)  # the reason, or "" when valid

    def __init__(
        self, options: Options | None = None, without: tuple[str, ...] = (), parent: QWidget | None = None
    ):
        super().__init__(parent, widgetResizable=True)
        self.without = without
        self._shown: Options | None = None
        self._rows: dict[str, Row] = {}
        self._offered: dict[str, Sequence[str]] = {}
        self._notes: dict[str, str] = {}
        self._quiet, self._problem = False, ""
        self._whole = False  # whether all rows are seen without scrolling here
        self.setAccessibleName("options")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes directly to the rows
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumHeight(66)
        if options is not None:
            self.set_value(options)

    def set_value(self, options: Options) -> None:
        """Show these options; another class than before creates new rows."""
        another = type(options) is not type(self._shown)
        if another and self.isAncestorOf(certain(self.window()).focusWidget() or self):
            self.setFocus()  # accepts typed text; otherwise the focus would go to another field
        self._shown = options
        if another:
            self._build()
        self._quiet = True
        for name, row in self._rows.items():
            row.setValue(getattr(options, name))
        self._quiet = False
        self._check()

    def value(self) -> Options:
        """The present options.

        Raises
        ------
        InputError
            If a value is refused; the message names it.
        """
        return replace(self._base, **{name: row.value() for name, row in self._rows.items()})

    @property
    def _base(self) -> Options:
        """The options that were shown; what is typed since is in the rows."""
        if self._shown is None:
            raise RuntimeError("the form has no options yet: call set_value first")
        return self._shown

    def reset(self) -> None:
        """Reset all options shown to their defaults."""
        shown = {o.name: o.default for o in options_of(self._base) if o.name in self._rows}
        self.set_value(replace(self._base, **shown))

    def offer(self, name: str, values: Sequence[str]) -> None:
        """Add a button to the row of an option that offers a list of values."""
        self._offered[name] = values
        if name in self._rows:
            self._rows[name].offer(values)
            self._order()

    def note(self, notes: dict[str, str]) -> None:
        """Show notes below the rows of these options, and no others; those of rows to come wait for them."""
        self._notes = notes
        for name, row in self._rows.items():
            row.note(notes.get(name, ""))

    def show_whole(self) -> None:
        """Be as high as all rows, for a place that scrolls itself."""
        self._whole = True
        self._fit()

    def _fit(self) -> None:
        page = self.widget()
        if self._whole and page is not None:
            self.setFixedHeight(page.sizeHint().height())

    def row(self, name: str) -> "Row":
        """The row of an option."""
        return self._rows[name]

    def editor(self, name: str) -> Editor:
        """The widget that edits an option."""
        return self._rows[name].editor

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the rows, which are folded and refused."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self._fit()
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        page = QWidget()
        layout = QFormLayout(page)
        layout.setContentsMargins(2, 1, 2, 1)
        layout.setVerticalSpacing(1)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._rows = {o.name: Row(o) for o in options_of(self._base) if o.name not in self.without}
        self.fold = QToolButton(checkable=True, autoRaise=True, arrowType=Qt.ArrowType.RightArrow)
        self.fold.setToolTip("Show or hide the options that are rarely changed")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        advanced = [row for row in self._rows.values() if row.option.advanced]
        for row in self._rows.values():
            row.changed.connect(partial(self._check, row))
            if row not in advanced:
                layout.addRow(row.label, row)
        layout.addRow(self.fold)
        for row in advanced:
            layout.addRow(row.label, row)
        self._unfold(layout, advanced, False)
        layout.setRowVisible(self.fold, bool(advanced))
        self.fold.toggled.connect(partial(self._unfold, layout, advanced))
        for name in self._offered.keys() & self._rows.keys():
            self._rows[name].offer(self._offered[name])
        self.note(self._notes)
        self._recolour()
        if self.widget() is not None:
            certain(self.takeWidget()).deleteLater()  # it may be in use
        self.setWidget(page)
        page.installEventFilter(self)
        self._order()
        self._fit()

    def _order(self) -> None:
        """Put the rows after the form in the Tab order, not at the end of the window."""
        last: QWidget = self
        for widget in certain(self.widget()).findChildren(QWidget):
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
            if takes and widget.window() is self.window():  # the list of a combo box is a window
                QWidget.setTabOrder(last, widget)
                last = widget

    def _unfold(self, layout: QFormLayout, advanced: list["Row"], on: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        for row in advanced:
            layout.setRowVisible(row, on)

    def _recolour(self) -> None:
        arrow = icon("undo", self.palette().buttonText().color())
        for row in self._rows.values():
            row.reset.setIcon(arrow)

    def _check(self, edited: "Row | None" = None) -> None:
        if self._quiet:
            return
        value, problems = None, {name: row.problem() for name, row in self._rows.items()}
        try:
            value = self.value()
        except InputError as error:
            problem = str(error)
            if not any(problems.values()):  # the combination of options is refused
                name = problem.partition(" is ")[0]
                problems[name if name in self._rows or edited is None else edited.option.name] = problem
        else:
            problem = ""
        for name, row in self._rows.items():
            row.show_problem(problems[name])
            row.show_effect(value is None or name not in value.without_effect())
            if problems[name] and row.option.advanced:
                self.fold.setChecked(True)
        changed = sum(row.differs() for row in self._rows.values() if row.option.advanced)
        self.fold.setText(f"advanced, {changed} changed" if changed else "advanced")
        before, self._problem = self._problem, problem
        if problem or before:
            self.validity_changed.emit(problem)
        if value is not None:
            self.value_changed.emit(value)


class Row(QWidget):
    """The editor of an option, its label for the other column, its reset, and why it is refused."""

    changed = pyqtSignal()

    def __init__(self, option: Option):
        super().__init__()
        self.option, self.editor = option, editor_of(option)
        self._list: QToolButton | None = None
        self._message: Toned | None = None
        self._note: Elided | None = None
        name, default = option.name.replace("_", " "), option.shown(option.default)
        title = f"{name}  {option.symbol}" if option.symbol not in ("", name) else name
        tip = wrapped(f"{option.hint}. Default: {default}")
        self.value, self.setValue = self.editor.value, self.editor.setValue
        self.label = Label(title)
        self.reset = QToolButton(autoRaise=True, focusPolicy=Qt.FocusPolicy.NoFocus)
        self.reset.setToolTip(f"Back to {default}")
        self.reset.setAccessibleName(f"reset {title}")
        self.reset.clicked.connect(lambda: self.setValue(option.default))
        self._box = box = getattr(self.editor, "line", self.editor)  # the widget that has the focus
        self.label.setBuddy(box)
        box.setAccessibleName(title)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # no focus by the wheel
        box.installEventFilter(self)
        for widget in {self, self.label, self.editor, box}:
            widget.setToolTip(tip)
        self._lay_out()
        self.editor.changed.connect(self._mark)
        self.editor.changed.connect(self.changed)
        self._mark()

    def offer(self, values: Sequence[str]) -> None:
        """Add a button with a list of values."""
        if self._list is None:
            name = self.option.name.replace("_", " ")
            self._list = _ListButton(autoRaise=True, objectName=f"list of {name}")
            self._list.setArrowType(Qt.ArrowType.DownArrow)
            self._list.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            self._list.setToolTip(f"Choose a known {name}")
            self._list.setAccessibleName(f"known values of {name}")
            self._list.setFixedSize(self.reset.size())
            self._list.setMenu(QMenu(self._list))
            certain(self.layout()).addWidget(self._list, 0, 1)
        certain(self._list.menu()).clear()
        for value in values:
            certain(certain(self._list.menu()).addAction(keyless(value))).triggered.connect(
                lambda _, value=value: self.setValue(value)
            )

    def differs(self) -> bool:
        """Whether the value is not the default."""
        return self.value() != self.option.default

    def problem(self) -> str:
        """Why the option itself refuses the value, or nothing."""
        try:
            self.option.check(self.value())
        except InputError as error:
            return str(error)
        return ""

    def show_problem(self, problem: str) -> None:
        """Show below the editor, and to screen readers, why the value is refused."""
        if self._message is None and problem:
            self._message = Toned("bad", wordWrap=True, objectName="problem")
            certain(self.layout()).addWidget(self._message, 1, 0, 1, 3)
        if self._message is not None:
            self._message.setText(problem)
            self._message.setVisible(bool(problem))
            self._box.setAccessibleDescription(problem)

    def show_effect(self, has: bool) -> None:
        """Grey out an option that has no effect beside the others; its tooltip says which it needs."""
        self.label.setEnabled(has)
        self.editor.setEnabled(has)

    def note(self, text: str) -> None:
        """Show below the editor what is to be known about the value; nothing hides it."""
        if self._note is None and text:
            self._note = Elided(objectName="note")
            certain(self.layout()).addWidget(self._note, 2, 0, 1, 3)
        if self._note is not None:
            self._note.setText(text)
            self._note.setVisible(bool(text))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Let the wheel scroll the form unless a field has the focus."""
        if isinstance(event, QWheelEvent) and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let Return accept the typed text without pressing the default button of a dialog."""
        if event is not None:
            event.setAccepted(event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter))

    def _mark(self) -> None:
        font = self.label.font()
        font.setBold(self.differs())
        self.label.setFont(font)
        self.reset.setVisible(self.differs())

    def _lay_out(self) -> None:
        bold = self.label.font()
        bold.setBold(True)
        self.label.setFont(bold)
        self.label.setMinimumWidth(self.label.sizeHint().width())  # the column keeps its width
        height = self.fontMetrics().height() + 8  # of a line of text, also for a combo box
        self.editor.setFixedHeight(height)
        self.reset.setFixedSize(height, height)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.editor, 0, 0)
        layout.addWidget(self.reset, 0, 2)
        layout.setColumnStretch(0, 1)


class _ListButton(QToolButton):
    """A button with a menu whose arrow is its icon: a style sheet would keep the colours of another theme."""

    def initStyleOption(self, option: QStyleOptionToolButton | None) -> None:
        """Leave out the second arrow."""
        super().initStyleOption(option)
        if option is not None:
            option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
