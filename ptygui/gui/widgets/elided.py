"""Elided: one line of text that is elided if it does not fit; a status bar and a list of that kind."""

from html import escape
from typing import Any

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QHelpEvent, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import (
    QComboBox,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QStyle,
    QStyleOption,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)

from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import RICH, Label, keyless
from ptygui.gui.widgets.tooltips import is_rich


class Elided(Label):
    """A label that asks for no width; text that is cut ends in "…", and the tooltip has all of it."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any):
        super().__init__(text, parent, **properties)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def is_cut(self) -> bool:
        """Whether the text does not fit."""
        return self.sizeHint().width() > self.width()

    def shown(self) -> str:
        """The text as drawn; rich text is not elided."""
        if self.textFormat() == RICH or not self.is_cut():
            return self.text()
        room = self.contentsRect().width() - 2 * self.margin()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw as much as fits."""
        text = self.shown()
        if text == self.text():
            super().paintEvent(event)
        else:
            painter, role = QStylePainter(self), self.foregroundRole()
            flags = int(self.alignment() | Qt.TextFlag.TextSingleLine)
            certain(self.style()).drawItemText(
                painter, self.contentsRect(), flags, self.palette(), self.isEnabled(), text, role
            )

    def event(self, event: QEvent | None) -> bool:
        """Add the full text to the tooltip, before its other text."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.is_cut():
            text = self.text() if self.textFormat() == RICH else escape(self.text())
            QToolTip.showText(event.globalPos(), f"<p>{text}</p>{_rich(self.toolTip())}", self)
            return True
        return super().event(event)


class ElidedButton(QPushButton):
    """A button whose text, plain and of any length, is cut to the width; the tooltip has all of it."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any):
        self._whole = text
        super().__init__(text, parent, **properties)

    def setText(self, text: str | None) -> None:
        """Show this text."""
        self._whole = text or ""
        self.setAccessibleName(text)
        self._fit()

    def text(self) -> str:
        """The whole text, in which "&&" is an ampersand as in all Qt buttons."""
        return keyless(self._whole)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Cut the text to the new size."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent | None) -> bool:
        """Add the full text to the tooltip, before its other text."""
        if (
            isinstance(event, QHelpEvent)
            and event.type() == QEvent.Type.ToolTip
            and super().text() != self.text()
        ):
            QToolTip.showText(event.globalPos(), f"<p>{escape(self._whole)}</p>{self.toolTip()}", self)
            return True
        return super().event(event)

    def _fit(self) -> None:
        room = self.width() - self.iconSize().width() - 4 * self.fontMetrics().averageCharWidth()
        cut = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(room, 40))
        super().setText(keyless(cut))


class StatusBar(QStatusBar):
    """Draws its message as an `Elided`; Qt's own cuts it off without "…"."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.line = Elided(objectName="message")
        self.line.setContentsMargins(4, 0, 0, 0)  # aligned with the panels above
        self.addPermanentWidget(self.line, 1)
        self.messageChanged.connect(self.line.setText)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw only the background."""
        option = QStyleOption()
        option.initFrom(self)
        QStylePainter(self).drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option)


class ElidedBox(QComboBox):
    """A list whose choice ends in "…" if it is cut; the tooltip has all of it."""

    def shown(self) -> str:
        """The choice as drawn."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = certain(self.style()).subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        room = field.width() - 2  # the margin of the style before and after the text
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw as much as fits."""
        option, painter = QStyleOptionComboBox(), QStylePainter(self)
        self.initStyleOption(option)
        option.currentText = self.shown()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def event(self, event: QEvent | None) -> bool:
        """Add the full text to the tooltip, before its other text."""
        if (
            isinstance(event, QHelpEvent)
            and event.type() == QEvent.Type.ToolTip
            and self.shown() != self.currentText()
        ):
            QToolTip.showText(
                event.globalPos(), f"<p>{escape(self.currentText())}</p>{_rich(self.toolTip())}", self
            )
            return True
        return super().event(event)


def _rich(tip: str) -> str:
    """A tooltip to append to rich text."""
    return tip if is_rich(tip) else escape(tip)
