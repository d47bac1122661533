"""OptionsForm: a form made from the options that any `Options` class declares."""

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtWidgets import QHeaderView, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget
from pyqtgraph.parametertree import Parameter, ParameterTree
from pyqtgraph.parametertree.parameterTypes import NumericParameterItem, SimpleParameter
from pyqtgraph.parametertree.parameterTypes.basetypes import WidgetParameterItem

from ptygui.errors import InputError
from ptygui.gui.widgets.icons import icon
from ptygui.gui.widgets.plain import Label, keyless
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.options import Option, Options, options_of

_TAB = Qt.FocusPolicy.TabFocus
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([, ]\d{3})+(\.\d*)?")  # as in 10,000


class OptionsForm(QWidget):
    """A table of options: units and symbols, tooltips, advanced ones folded, a reset arrow each.

    What the user types is checked by the options themselves; a value that they refuse stays in its
    field, and the reason is written under the table.

    Parameters
    ----------
    without : tuple of str
        Names of options that are not shown, because another widget sets them.
    """

    value_changed = pyqtSignal(object)  # Options, whenever a valid set of values is there
    validity_changed = pyqtSignal(str)  # the reason, or "" when valid

    def __init__(self, options: Options | None = None, without: tuple[str, ...] = (), parent=None):
        super().__init__(parent)
        self.without = without
        self._base: Options | None = None
        self._rows: dict[str, Parameter] = {}
        self._quiet = False
        self._offered: dict[str, list[str]] = {}
        self.tree = _Tree(showHeader=False)
        self.tree.setAccessibleName("options")
        self.tree.setIndentation(12)
        self.tree.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.tree.setMinimumHeight(66)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.problem = Label(visible=False, objectName="problem")
        self.problem.setStyleSheet("color: #d0524a")  # readable on dark and on light
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.problem)
        if options is not None:
            self.set_value(options)

    def set_value(self, options: Options) -> None:
        """Show these options; another class than before makes another table."""
        rebuild = type(options) is not type(self._base)
        self._base = options
        if rebuild:
            self._build()
        self._quiet = True
        for name, row in self._rows.items():
            row.setValue(getattr(options, name))
        self._quiet = False
        self._check()

    def value(self) -> Options:
        """The options as they stand.

        Raises
        ------
        InputError
            If a value is refused; the message names it.
        """
        return replace(self._base, **{name: row.value() for name, row in self._rows.items()})

    def reset(self) -> None:
        """All options shown back to their defaults."""
        shown = {o.name: o.default for o in options_of(self._base) if o.name in self._rows}
        self.set_value(replace(self._base, **shown))

    def offer(self, name: str, values: Sequence[str]) -> None:
        """Let an option be chosen from a list of values, too, by a button in its row."""
        new, self._offered[name] = name not in self._offered, list(values)
        if new and name in self._rows:
            self._add_list(name)

    def row(self, name: str) -> Parameter:
        """The table's row of an option."""
        return self._rows[name]

    def editor(self, name: str) -> QWidget:
        """The widget that edits an option."""
        return next(iter(self._rows[name].items)).widget

    def _build(self) -> None:
        shown = [o for o in options_of(self._base) if o.name not in self.without]
        self._rows = {o.name: _row(o) for o in shown}
        root = Parameter.create(name="options", type="group")
        root.addChildren([self._rows[o.name] for o in shown if not o.advanced])
        advanced = [self._rows[o.name] for o in shown if o.advanced]
        if advanced:
            root.addChild(Parameter.create(name="advanced", type="group", expanded=False, children=advanced))
        self.tree.setParameters(root, showTop=False)
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for row in self._rows.values():
            item = next(iter(row.items))
            _arrow_where_changed(item)
            _name(item)
            _tell(item)
            item.displayLabel.setTextFormat(Qt.TextFormat.PlainText)  # a path may come from a project
        for name in self._offered.keys() & self._rows.keys():
            self._add_list(name)
        self._order()
        self._recolour()
        root.sigTreeStateChanged.connect(self._edited)
        self._root = root

    def _add_list(self, name: str) -> None:
        item = next(iter(self._rows[name].items))
        button = QToolButton(autoRaise=True, arrowType=Qt.ArrowType.DownArrow, objectName=f"list of {name}")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton::menu-indicator { image: none }")  # the arrow says it
        button.setToolTip(f"Choose a known {name}")
        button.setAccessibleName(f"known values of {name}")
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._fill_list, menu, name))
        button.setMenu(menu)
        layout = item.layoutWidget.layout()
        layout.insertWidget(layout.indexOf(item.defaultBtn), button)

    def _fill_list(self, menu: QMenu, name: str) -> None:
        menu.clear()
        for value in self._offered[name]:
            menu.addAction(keyless(value)).triggered.connect(
                lambda _, value=value: self._rows[name].setValue(value)
            )

    def _order(self) -> None:
        """Let Tab come to the rows after the table, not after all of the window, which was there before."""
        last = self.tree
        for row in self._rows.values():
            for widget in next(iter(row.items)).layoutWidget.findChildren(QWidget):
                if widget.focusPolicy() & _TAB and widget.window() is self.window():
                    QWidget.setTabOrder(last, widget)
                    last = widget

    def changeEvent(self, event):
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _recolour(self) -> None:
        arrow = icon("undo", self.palette().buttonText().color())
        for row in self._rows.values():
            next(iter(row.items)).defaultBtn.setIcon(arrow)

    def _edited(self, _root, changes) -> None:
        if not self._quiet and any(what == "value" for _, what, _ in changes):
            self._check()

    def _check(self) -> None:
        try:
            value = self.value()
        except InputError as error:
            self.problem.setText(textwrap.fill(str(error), 46))
            self.problem.show()
            self.validity_changed.emit(str(error))
            return
        if not self.problem.isHidden():
            self.problem.hide()
            self.validity_changed.emit("")
        self.value_changed.emit(value)


class _Tree(ParameterTree):
    """Tab goes on after the last row, which pyqtgraph's never leaves, and Shift+Tab before the first."""

    def focusNext(self, item, forward=True):
        """Edit the next row, or the one before; from the ends go to the widgets around."""
        super().focusNext(item, forward)
        if self.currentItem() is not item:
            return
        step = QWidget.nextInFocusChain if forward else QWidget.previousInFocusChain
        widget = step(self)
        while widget is not self:
            inside = self.isAncestorOf(widget) or not self.window().isAncestorOf(widget)
            takes = widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & _TAB
            if takes and not inside:
                self.setCurrentItem(None)
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return
            widget = step(widget)


class _Number(pg.SpinBox):
    """Typed numbers may lie out of range, so that the form can say so; arrows and wheel stay inside."""

    limits = (None, None)
    auto = None  # the value that is shown, and may be typed, as "auto"

    def formatText(self):
        return "auto" if self.auto is not None and self.value() == self.auto else super().formatText()

    def interpret(self):
        typed = self.lineEdit().text().strip().lower()
        if self.auto is not None and typed == "auto":
            return self.auto
        if _GROUPED.fullmatch(typed):  # else the thousands would be taken for tenths, without a word
            typed = re.sub("[, ]", "", typed)
        try:
            number = float(typed.replace(",", "."))  # whoever types all anew leaves the unit out
        except ValueError:
            return super().interpret()
        return math.isfinite(number) and (int(number) if self.opts["int"] else number)

    def stepBy(self, steps):
        value = self._stepByValue(steps)
        low, high = self.limits
        if low is not None:
            value = max(value, low)
        if high is not None:
            value = min(value, high)
        self.setValue(value, delaySignal=True)


class _NumberItem(NumericParameterItem):
    def makeWidget(self):
        o = self.param.opts
        box = _Number()
        number = {"int": True, "minStep": 1} if o["type"] == "int" else {"decimals": 7, "minStep": 1e-6}
        box.setOpts(dec=True, step=0.1, suffix=o["suffix"], compactHeight=False, **number)
        if o["type"] == "int" and (o["default"] or 0) < 100:
            box.setOpts(dec=False, step=1)
        box.limits = o["range"]
        if o["auto"]:
            box.auto = o["default"]
            box.updateText()
        box.sigChanged = box.sigValueChanged
        box.sigChanging = box.sigValueChanging
        return box

    def optsChanged(self, param, opts):
        super(NumericParameterItem, self).optsChanged(param, opts)


class _NumberRow(SimpleParameter):
    itemClass = _NumberItem


def _arrow_where_changed(item: WidgetParameterItem) -> None:
    """Show the reset arrow of a row only where there is something to reset: it marks what was changed."""

    def update() -> None:
        item.defaultBtn.setVisible(item.param.value() != item.param.defaultValue())

    item.updateDefaultBtn = update
    item.defaultBtn.setToolTip(f"Back to {item.param.opts['said']}")
    update()


def _name(item: WidgetParameterItem) -> None:
    """Tell a screen reader what the widgets of a row are."""
    title = item.param.opts["title"]
    for widget in (item.widget, *item.layoutWidget.findChildren(QWidget)):
        widget.setAccessibleName(title)
    item.defaultBtn.setAccessibleName(f"reset {title}")


def _tell(item: WidgetParameterItem) -> None:
    """Give name and value the tooltip that pyqtgraph gives to the editor, which is there only in use."""
    tip = item.param.opts["tip"]
    item.setToolTip(0, tip)
    item.layoutWidget.setToolTip(tip)


def _row(option: Option) -> Parameter:
    title, said = option.name.replace("_", " "), option.shown(option.default)
    common = {
        "name": option.name,
        "title": f"{title}  {option.symbol}" if option.symbol not in ("", title) else title,
        "value": option.default,
        "default": option.default,
        "said": said,
        "tip": wrapped(f"{option.hint}. Default: {said}"),
    }
    if option.choices:
        return Parameter.create(type="list", limits=list(option.choices), **common)
    if option.type in (int, float):
        kind = option.type.__name__
        limits = (option.min, option.max)
        return _NumberRow(type=kind, suffix=option.unit, range=limits, auto=option.auto, **common)
    if option.type is bool:
        return Parameter.create(type="bool", **common)
    if option.kind == "folder":
        return Parameter.create(type="file", fileMode="Directory", **common)
    if option.kind == "file":
        return Parameter.create(type="file", fileMode="ExistingFile", **common)
    return Parameter.create(type="str", **common)
