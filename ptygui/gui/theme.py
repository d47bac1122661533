"""Dark, light, or as the system has it."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from ptygui.paths import RESOURCES

SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


def dress(app: QApplication) -> None:
    """Give the program its style; colours come from the system's palette."""
    app.setStyle("Fusion")
    sheet = RESOURCES / "style.qss"
    if sheet.is_file():
        app.setStyleSheet(sheet.read_text(encoding="utf-8"))


def set_scheme(name: str) -> None:
    """Use "system", "light" or "dark" colours."""
    QApplication.styleHints().setColorScheme(SCHEMES[name])
