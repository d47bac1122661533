"""The key map, and what this program is."""

from collections.abc import Sequence
from html import escape

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from ptygui import __version__
from ptygui.gui.widgets.plain import RICH, Label, MessageBox

Keys = Sequence[tuple[str, Sequence[tuple[str, str]]]]  # headings, each with pairs (key, what it does)


class KeyMapDialog(QDialog):
    """All shortcuts on one page, under headings."""

    def __init__(self, keys: Keys, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        columns = QHBoxLayout()
        columns.setSpacing(28)
        for part in _columns(keys):
            columns.addWidget(
                Label("".join(_table(*each) for each in part), textFormat=RICH), 0, Qt.AlignmentFlag.AlignTop
            )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        layout.addWidget(buttons)


def about_box(parent: QWidget) -> MessageBox:
    """What this program is."""
    box = MessageBox(QMessageBox.Icon.NoIcon, "About ptygui", "", parent)
    box.setTextFormat(RICH)
    box.setText(
        f"<b>ptygui {__version__}</b>"
        "<p>How little scan overlap can a ptychography experiment live with?</p>"
        "<p>Free software under the GNU General Public License, version 3 or later. "
        "Icons: Lucide, ISC licence.</p>"
    )
    return box


def _columns(keys: Keys, count: int = 3) -> list[Keys]:
    """Distribute headings with their pairs over columns of similar height, in order."""
    columns: list[list[tuple[str, Sequence[tuple[str, str]]]]] = [[]]
    lines, total = 0, sum(len(pairs) + 2 for _, pairs in keys)
    for heading, pairs in keys:
        if columns[-1] and lines + (len(pairs) + 2) / 2 > len(columns) * total / count:
            columns.append([])
        columns[-1].append((heading, pairs))
        lines += len(pairs) + 2
    return list(columns)


def _table(heading: str, pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><td width='140'>{escape(key)}</td><td>{escape(what)}</td></tr>" for key, what in pairs
    )
    return f"<h4 style='margin: 8px 0 2px 0'>{escape(heading)}</h4><table cellspacing='2'>{rows}</table>"
