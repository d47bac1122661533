"""Editors for one option each: a number, a choice, a switch, a text, a path.

All have `value()`, `setValue()` and `changed`. A text that the option refuses stays as typed.
"""

import math
import os
import re
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.gui.widgets.certain import certain
from ptygui.options import AUTO, Option

_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([, ]\d{3})+(\.\d*)?")  # as in 10,000


class Number(QAbstractSpinBox):
    """A number with its unit, in the format of `Option.shown`; typed text counts on Return and on leaving.

    Typed numbers may be out of range, and the form reports it; the arrows stay in range.
    """

    changed = pyqtSignal()

    def __init__(self, option: Option):
        super().__init__()
        self._option, self._value = option, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        certain(self.lineEdit()).setAcceptDrops(False)  # a dropped file goes to the window
        self.editingFinished.connect(self._take)

    def value(self) -> Any:
        """The number, or the text if it is not a number."""
        return self._value

    def setValue(self, value: Any) -> None:
        """Show a value, unless it is shown already: text being typed is kept."""
        if value != self._value or type(value) is not type(self._value):
            self._value = value
            self._show()
            self.changed.emit()

    def stepBy(self, steps: int) -> None:
        """Go a number of steps on from the typed value."""
        self._take()
        option = self._option
        try:
            value = float(self._value)
        except ValueError:
            return
        if not math.isfinite(value):
            return
        for _ in range(abs(steps)):
            value = stepped(option, value, up=steps > 0)
        low = -math.inf if option.min is None else option.min
        high = math.inf if option.max is None else option.max
        self.setValue(option.type(min(max(value, low), high)))

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """The directions in which a step is possible; both if the value is refused."""
        flags, value, option = QAbstractSpinBox.StepEnabledFlag, self._typed(), self._option
        top, bottom = (not isinstance(value, str) and value == end for end in (option.max, option.min))
        return (flags(0) if top else flags.StepUpEnabled) | (flags(0) if bottom else flags.StepDownEnabled)

    def _show(self) -> None:
        certain(self.lineEdit()).setText(self._text())
        certain(self.lineEdit()).setCursorPosition(0)  # in a narrow field the unit is cut off, not the number

    def _text(self) -> str:
        value, option = self._value, self._option
        if isinstance(value, str) or option.kept(value) == AUTO:
            return str(option.kept(value))
        text = option.shown(value)
        return f"{text if float(text) == value else f'{value:.10g}'} {option.unit}".strip()

    def _typed(self) -> Any:
        """The value of the text; the text itself if it is refused."""
        text = certain(self.lineEdit()).text()
        if text == self._text():
            return self._value  # otherwise a number would lose digits that are not shown
        text = text.strip().removesuffix(self._option.unit).strip()  # retyped values may lack the unit
        if _GROUPED.fullmatch(text):  # otherwise thousands would silently become decimals
            text = re.sub("[, ]", "", text)
        if self._option.auto and not text:
            text = AUTO
        try:
            return self._option.check(text.replace(",", "."))
        except InputError:
            return text

    def _take(self) -> None:
        before, self._value = self._value, self._typed()
        if not isinstance(self._value, str):
            self._show()
        if self._value != before or type(self._value) is not type(before):
            self.changed.emit()


def stepped(option: Option, value: float, up: bool) -> float:
    """The next round number: one more in the leading digit, but at most about 1 % of the range.

    Whole numbers with a default below 100 go by ones. Near zero, which leading digits never reach, a step
    is at least a tenth of the default's leading digit.
    """
    if option.type is int and abs(option.default) < 100:
        return value + (1 if up else -1)
    most = math.inf
    if option.min is not None and option.max is not None:
        most = 10.0 ** round(math.log10((option.max - option.min) / 100))
    least = _decade(option.default) / 10 if option.default else min(0.01, most / 10)
    decade = _decade(value) if value else 1.0
    if abs(value) == decade and up is (value < 0):  # from 100 down to 90, not to 0
        decade /= 10
    step = max(min(decade, most), 1.0 if option.type is int else least)
    place = round(value / step, 6)
    return float(f"{(math.floor(place) + 1 if up else math.ceil(place) - 1) * step:.10g}")


def _decade(value: float) -> float:
    return float("1e" + f"{abs(value):.9e}".partition("e")[2])


class Choice(QComboBox):
    """One of the values that an option allows."""

    changed = pyqtSignal()

    def __init__(self, option: Option):
        super().__init__()
        for value in option.choices:
            self.addItem(str(value), value)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self.changed)

    def value(self) -> Any:
        """The value that is chosen."""
        return self.currentData()

    def setValue(self, value: Any) -> None:
        """Choose a value."""
        self.setCurrentIndex(self.findData(value))


class Switch(QCheckBox):
    """A switch."""

    changed = pyqtSignal()

    def __init__(self, _option: Option):
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self.changed)

    def value(self) -> bool:
        """Whether it is on."""
        return self.isChecked()

    def setValue(self, value: bool) -> None:
        """Switch it on or off."""
        self.setChecked(value)


class Text(QLineEdit):
    """A text, taken on Return and on leaving."""

    changed = pyqtSignal()

    def __init__(self, _option: Option):
        super().__init__()
        self._value = ""
        self.setAcceptDrops(False)
        self.editingFinished.connect(lambda: self.setValue(self.text()))

    def value(self) -> str:
        """The accepted text."""
        return self._value

    def setValue(self, value: str) -> None:
        """Show a text, unless it is shown already: text being typed is kept."""
        if value != self._value:
            self._value = value
            if value != self.text():
                self.setText(value)
                self.setCursorPosition(0)
            self.changed.emit()


class Suggested(QComboBox):
    """A text, or one of those that an option suggests."""

    changed = pyqtSignal()

    def __init__(self, option: Option):
        super().__init__()
        self.addItems([text for text in option.suggested if text != "FILE"])  # that stands for any path
        self._line = Text(option)
        self.setLineEdit(self._line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # typed text is not completed
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._line.changed.connect(self.changed)
        self.textActivated.connect(self._line.setValue)

    def value(self) -> str:
        """The accepted text."""
        return self._line.value()

    def setValue(self, value: str) -> None:
        """Show a text, unless it is shown already: text being typed is kept."""
        if value != self.value():
            self.setCurrentIndex(self.findText(value))  # Up and Down continue from here
            self._line.setValue(value)


class Path(QWidget):
    """The path of a folder or file, or a word that is suggested instead; with a button to choose it."""

    changed = pyqtSignal()

    def __init__(self, option: Option):
        super().__init__()
        self.line = Suggested(option) if option.suggested else Text(option)
        self.button = QToolButton(text="…")
        self._folder, self._what = option.kind == "folder", option.name.replace("_", " ")
        self.line.changed.connect(self.changed)
        self.button.setAccessibleName(f"choose {self._what}")
        self.button.setToolTip(f"Choose the {option.kind}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)
        self.button.clicked.connect(self._ask)

    def value(self) -> str:
        """The accepted path."""
        return self.line.value()

    def setValue(self, value: str) -> None:
        """Show a path."""
        self.line.setValue(value)

    def _ask(self) -> None:
        start = self.value() if os.path.exists(self.value()) else ""
        title = f"Choose {self._what}"
        if self._folder:
            path = QFileDialog.getExistingDirectory(self, title, start)
        else:
            path, _ = QFileDialog.getOpenFileName(self, title, start)
        if path:
            self.setValue(path)


Editor = Choice | Suggested | Number | Switch | Path | Text


def editor_of(option: Option) -> Editor:
    """The editor for an option."""
    if option.choices:
        return Choice(option)
    if option.kind in ("folder", "file"):
        return Path(option)
    if option.suggested:
        return Suggested(option)
    if option.type in (int, float):
        return Number(option)
    if option.type is bool:
        return Switch(option)
    return Text(option)
