"""Tooltips of a width that can be read: Qt breaks rich text only, and puts the rest on one line."""

from textwrap import fill

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget

WIDTH = 64  # letters of a line
_MOST = 80  # letters that may stay on one line


def is_rich(text: str) -> bool:
    """Whether Qt would take a text for HTML."""
    return bool(Qt.mightBeRichText(text))  # type: ignore[attr-defined]  # the stubs leave it out


def wrapped(tip: str, plain: bool = False) -> str:
    """A tooltip in lines; short lines and line breaks as they are, and rich text unless it is `plain`."""
    if not plain and is_rich(tip):
        return tip
    return "\n".join(fill(line, WIDTH) if len(line) > _MOST else line for line in tip.split("\n"))


def wrap_tips(root: QWidget) -> None:
    """Wrap the tooltips of a widget and of all that is in it, as they are now."""
    for widget in (root, *root.findChildren(QWidget)):
        tip = widget.toolTip()
        if (lines := wrapped(tip)) != tip:
            widget.setToolTip(lines)
