"""RangeBox: the box in which the levels of pictures are typed."""

import math

from PyQt6.QtCore import QEvent, QObject, QPoint, Qt
from PyQt6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ptygui.errors import InputError
from ptygui.figures.levels import Levels
from ptygui.gui.views.colour_bar import ColourBar
from ptygui.gui.widgets.plain import Label
from ptygui.gui.widgets.toned import Toned

_DIGITS = 8  # after the point, at most
_TABS = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason


class RangeBox(QFrame):
    """Two fields for the levels of a bar.

    Enter, or a click elsewhere, sets and locks what was typed, and closes; Tab from the second field sets it,
    too. Escape brings the levels back as they were. What is refused is said, and the box stays open.
    """

    def __init__(self, bar: ColourBar, parent: QWidget | None = None):
        super().__init__(parent, Qt.WindowType.Popup, frameShape=QFrame.Shape.StyledPanel)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.bar, self._before = bar, bar.display.locked
        self.low, self.high = (QLineEdit(_said(level, bar.levels)) for level in bar.levels)
        self._set = self._texts()  # that the levels stand for
        row = QHBoxLayout()
        for name, field in (("from", self.low), ("to", self.high)):
            field.setAccessibleName(f"levels {name}")
            field.setFixedWidth(88)
            field.returnPressed.connect(self.accept)
            row.addWidget(Label(name))
            row.addWidget(field)
        self.high.installEventFilter(self)
        buttons = QHBoxLayout()
        self.automatic = QPushButton("Automatic", toolTip="Levels of the picture, as it changes")
        self.set = QPushButton("Set", default=True, toolTip="Lock the levels at these values (Enter)")
        buttons.addStretch(1)
        for button, act in ((self.automatic, self._free), (self.set, self.accept)):
            button.clicked.connect(act)
            buttons.addWidget(button)
        self.refusal = Toned("bad", wordWrap=True, visible=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(row)
        layout.addWidget(self.refusal)
        layout.addLayout(buttons)

    def show_at(self, at: QPoint) -> None:
        """Open at a point of the screen, and let the first value be typed over."""
        self.adjustSize()
        self.move(at - QPoint(self.width() // 2, self.height() + 12))
        self.show()
        self.low.setFocus()
        self.low.selectAll()

    def accept(self) -> None:
        """Lock the levels that were typed, and close; or say why not."""
        if self._take(anyhow=True):
            self.close()

    def eventFilter(self, field: QObject | None, event: QEvent | None) -> bool:
        """Set the levels where Tab leaves the second field."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            if event.reason() in _TABS:
                self._take()
        return super().eventFilter(field, event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape: the levels as they were."""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self._set = self._texts()
            self.bar.display.lock(self._before)
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """A click elsewhere closes: what was typed counts; if it is refused, the box stays to say so."""
        if event is not None and not self._take():
            event.ignore()
            return
        super().closeEvent(event)

    def _texts(self) -> tuple[str, str]:
        return self.low.text(), self.high.text()

    def _take(self, anyhow: bool = False) -> bool:
        """Lock the levels if others were typed, or `anyhow`; whether they are not refused."""
        if self._texts() == self._set and not anyhow:
            return True
        try:
            levels = _levels_of(*self._texts())
        except InputError as error:
            self.refusal.setText(str(error))
            self.refusal.show()
            self.adjustSize()
            wrong = self.high if _is_number(self.low.text()) else self.low
            wrong.selectAll()
            wrong.setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        self._set = self._texts()
        self.refusal.hide()
        self.bar.drag(*levels)
        self.bar.stretch()
        return True

    def _free(self) -> None:
        self._set = self._texts()
        self.bar.display.lock(None)
        self.close()


def _levels_of(low: str, high: str) -> Levels:
    """Two levels that were typed, with a point or a comma.

    Raises
    ------
    InputError
        If one is no number, or the second is not above the first.
    """
    first, second = _number(low), _number(high)
    if not first < second:
        raise InputError(f"{low.strip()} to {high.strip()} is no range: the second must be above the first")
    return first, second


def _number(text: str) -> float:
    plain = text.strip()
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        value = float(plain.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{text.strip() or 'nothing'!r} is not a number, expected one such as 0.5")
    return value


def _is_number(text: str) -> bool:
    try:
        _number(text)
    except InputError:
        return False
    return True


def _said(level: float, levels: Levels) -> str:
    """As many digits as the distance of the levels asks for; with an exponent where these are many."""
    digits = max(0, 3 - math.floor(math.log10(max(levels[1] - levels[0], 1e-30))))
    if digits <= _DIGITS:
        return f"{level:.{digits}f}"
    size = math.floor(math.log10(abs(level))) if level else 0
    return f"{level:.{min(max(digits + 1 + size, 1), 17)}g}"
