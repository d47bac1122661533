"""Keyboard focus when the focused button is disabled; and committing text being typed."""

from PyQt6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from ptygui.gui.widgets.certain import certain


def enable(widget: QWidget, on: bool, heir: QWidget) -> None:
    """Enable or disable a widget; if it had the keyboard focus, its heir takes it.

    Qt would give it to the next widget, such as a field that the next key press changes.
    """
    if not on and certain(widget.window()).focusWidget() is widget and heir.isEnabled():
        heir.setFocus()
    widget.setEnabled(on)


def settle() -> None:
    """Accept the text being typed in a field, as moving to the next field does."""
    field = QApplication.focusWidget()
    if isinstance(field, (QLineEdit, QAbstractSpinBox)):
        field.clearFocus()
        field.setFocus()
