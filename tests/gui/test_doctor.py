"""The system report in the window: made beside it, and copied."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication

from ptygui import doctor
from ptygui.doctor import Finding


def test_the_report_is_shown_and_copied(qtbot, window, monkeypatch):
    monkeypatch.setattr(doctor, "self_test", lambda: iter([Finding("self-test", "<b>fine</b>")]))
    window.menus.actions["doctor"].trigger()
    dialog = window.doctor_dialog
    assert not dialog.copy.isEnabled()
    qtbot.waitUntil(dialog.copy.isEnabled, timeout=60_000)
    text = dialog.text.toPlainText()
    assert text.startswith("window      Qt 6")
    assert "<b>fine</b>" in text
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == text
