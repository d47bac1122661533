"""Every widget that takes the keyboard tells a screen reader what it is."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QLabel, QTabBar, QWidget

INNER = ("qt_", "_q_")  # parts of Qt's own widgets, which speak for them


def said(widget: QWidget, labels: dict[QWidget, str]) -> str:
    """Accessible name, text, the text of the label beside it, or that of its compound parent."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    if isinstance(widget, QTabBar):
        text = all(widget.tabText(k) for k in range(widget.count())) and "tabs"
    return widget.accessibleName() or text or labels.get(widget, "")


def unnamed(window: QWidget) -> list[str]:
    """Widgets without a name that take the focus by Tab, and where they are."""
    labels = {label.buddy(): label.text() for label in window.findChildren(QLabel) if label.buddy()}
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.objectName().startswith(INNER):
            continue
        if widget.focusProxy() is not None or widget.window() not in (window, window.window()):
            continue  # another one takes the keys; the list of a combo box speaks for itself
        if not said(widget, labels):
            chain, at = [], widget
            while at is not None and at is not window:
                chain.append(type(at).__name__)
                at = at.parentWidget()
            found.append(" in ".join(chain))
    return found


def test_every_control_of_the_window_has_a_name(qtbot, window):
    for dock in window.docks.docks.values():
        dock.show()
    assert unnamed(window) == []


def test_every_control_of_the_training_window_has_a_name(qtbot, window):
    window.menus.actions["train"].trigger()
    assert unnamed(window.train_window) == []


def test_every_control_of_the_export_dialog_has_a_name(qtbot, window):
    window.menus.actions["export"].trigger()
    assert unnamed(window.export_dialog) == []
    window.export_dialog.reject()
