"""Where the keyboard goes when the button that has it is greyed out; and what is being typed."""

from PyQt6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from ptygui.gui.widgets.certain import certain


def enable(widget: QWidget, on: bool, heir: QWidget) -> None:
    """Enable a widget, or grey it out; if it has the keyboard then, its heir takes it.

    Qt would give it to whatever comes next, such as a field that the next key pressed changes.
    """
    if not on and certain(widget.window()).focusWidget() is widget and heir.isEnabled():
        heir.setFocus()
    widget.setEnabled(on)


def settle() -> None:
    """Take over what is being typed in a field, as going on to the next field does."""
    field = QApplication.focusWidget()
    if isinstance(field, (QLineEdit, QAbstractSpinBox)):
        field.clearFocus()
        field.setFocus()
