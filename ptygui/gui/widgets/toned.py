"""Toned: a label whose text is in a colour of the style, whatever the theme."""

from typing import Any

from PyQt6.QtCore import QEvent
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QWidget

from ptygui.gui.widgets import style, theme
from ptygui.gui.widgets.plain import Label


class Toned(Label):
    """A label in one of the colours of `style.Tone`, such as "bad" for an error."""

    _tone = ""  # Qt tells of a palette before it is set

    def __init__(self, tone: str, text: str = "", parent: QWidget | None = None, **properties: Any):
        super().__init__(text, parent, **properties)
        self.set_tone(tone)

    def set_tone(self, tone: str) -> None:
        """Use another colour."""
        self._tone = tone
        self._colour()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and self._tone:
            self._colour()

    def _colour(self) -> None:
        """Set the colour by a palette: a style sheet would keep that of the theme before from coming."""
        palette = self.palette()
        colour = QColor(getattr(style.tone(theme.is_dark(palette)), self._tone))
        if palette.color(self.foregroundRole()) != colour:
            palette.setColor(self.foregroundRole(), colour)
            self.setPalette(palette)
