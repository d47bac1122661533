"""Text from files, shown literally: Qt guesses whether a text is HTML, and opens files that it names.

A scan called `<img src="/some/fifo">` would have the window read that file. So every label is plain unless it
says otherwise, tooltips and titles are escaped, and "&" marks no mnemonic.
"""

from html import escape
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QMessageBox, QWidget

from ptygui.gui.widgets.tooltips import is_rich, wrapped

RICH = Qt.TextFormat.RichText  # for labels with our own markup; use `escape` for inserted text


class Label(QLabel):
    """A label of plain text; `textFormat=RICH` for markup of our own."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any):
        super().__init__(text, parent, **{"textFormat": Qt.TextFormat.PlainText, **properties})


class MessageBox(QMessageBox):
    """A question or a message in plain text."""

    def __init__(self, icon: QMessageBox.Icon, title: str, text: str, parent: QWidget | None = None):
        super().__init__(icon, title, "", parent=parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def tip(text: str) -> str:
    """A tooltip that shows a text literally, in lines."""
    lines = wrapped(text, plain=True)
    return f"<p style='white-space: pre-wrap'>{escape(lines)}</p>" if is_rich(lines) else lines


def keyless(text: str) -> str:
    """A text for a menu, a button or a box, in which "&" is a character and marks no mnemonic."""
    return text.replace("&", "&&")
