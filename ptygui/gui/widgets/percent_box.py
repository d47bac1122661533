"""PercentBox: a share typed in percent; what is out of its range is refused, never made another number."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QValidator
from PyQt6.QtWidgets import QDoubleSpinBox, QToolTip, QWidget


class PercentBox(QDoubleSpinBox):
    """Qt would take no third digit of 500 where 98 is the most, so that 50 is left; here it may be typed.

    On Return the value before comes back, with words that say why.
    """

    refused = pyqtSignal(str)  # why what was typed cannot be

    def __init__(self, most: float, parent: QWidget | None = None):
        super().__init__(parent, minimum=0, maximum=most, suffix=" %", decimals=1, keyboardTracking=False)

    def validate(self, text: str | None, at: int) -> tuple[QValidator.State, str, int]:
        """Let a number out of range be typed, as one that is not finished."""
        state, said, place = super().validate(text, at)
        if state == QValidator.State.Invalid and self._number(said) is not None:
            state = QValidator.State.Intermediate
        return state, said, place

    def fixup(self, text: str | None) -> str:
        """Refuse what was typed; Qt then restores the value before."""
        value = self._number(text or "")
        if value is not None and not self.minimum() <= value <= self.maximum():
            expected = f"{self.minimum():g} to {self.maximum():g} %"
            name = self.accessibleName().removesuffix(" in percent") or "share"
            said = f"{name} is {value:g} %, expected {expected}"
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), said, self)
            self.refused.emit(said)
        return super().fixup(text)

    def _number(self, text: str) -> float | None:
        value, good = self.locale().toDouble(text.strip().removesuffix("%").strip())
        return value if good else None
