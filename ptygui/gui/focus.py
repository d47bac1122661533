"""Where the keyboard goes when the button that has it is greyed out."""

from PyQt6.QtWidgets import QWidget


def enable(widget: QWidget, on: bool, heir: QWidget) -> None:
    """Enable a widget, or grey it out; if it has the keyboard then, its heir takes it.

    Qt would give it to whatever comes next, such as a field that the next key pressed changes.
    """
    if not on and widget.window().focusWidget() is widget and heir.isEnabled():
        heir.setFocus()
    widget.setEnabled(on)
