"""Where the user sets what to do."""

from PyQt6.QtWidgets import QPushButton


def narrow(button: QPushButton) -> None:
    """Make a button only as wide as its text."""
    button.setFixedWidth(button.fontMetrics().horizontalAdvance(button.text()) + 18)
