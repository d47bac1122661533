"""What the user asks."""

from PyQt6.QtWidgets import QPushButton


def narrow(button: QPushButton) -> None:
    """Let a button be only as wide as its text."""
    button.setFixedWidth(button.fontMetrics().horizontalAdvance(button.text()) + 18)
