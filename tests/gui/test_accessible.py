"""Every widget that takes the keyboard tells a screen reader what it is."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QTreeView,
    QWidget,
)

from ptygui.methods import DAPS

INNER = ("qt_", "_q_")  # parts of Qt's own widgets, which speak for them
CONTROLS = (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider, QLineEdit)
PLAIN = (QTabBar, QDialogButtonBox, QTreeView)  # whose controls say it all, or have tips in their rows


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


def untold(window: QWidget) -> list[str]:
    """Controls that say nothing where the mouse rests on them."""
    found = []
    for widget in window.findChildren(CONTROLS):
        parent = widget.parentWidget()
        part = widget.objectName().startswith(INNER) or isinstance(widget, QScrollBar)
        if part or isinstance(parent, (*PLAIN, *CONTROLS)):
            continue
        in_tree = any(tree.isAncestorOf(widget) for tree in window.findChildren(QTreeView))
        if not widget.toolTip() and not in_tree:
            text = widget.text() if isinstance(widget, QAbstractButton) else widget.accessibleName()
            found.append(f"{type(widget).__name__} {text} in {type(parent).__name__}")
    return found


def test_every_control_has_a_name_and_a_tooltip(qtbot, window):
    """Those of the training window, the export dialog and the first page too."""
    for dock in window.docks.docks.values():
        dock.show()
    assert unnamed(window) == []
    window.menus.actions["train"].trigger()
    assert unnamed(window.train_window) == []
    window.menus.actions["export"].trigger()
    assert unnamed(window.export_dialog) == []
    window.export_dialog.reject()
    qtbot.waitUntil(lambda: window.checklist.checks is not None)
    assert len(window.findChildren(CONTROLS)) > 100
    assert untold(window) == []


def test_no_name_hides_what_a_label_says(qtbot, window):
    """A screen reader reads an accessible name in place of the text."""
    window.banner.show_note("something is to be done")
    window.simulate_panel.overlap.setValue(33)
    qtbot.waitUntil(lambda: "step" in window.simulate_panel.reached.text(), timeout=10_000)
    trees = window.findChildren(QTreeView)
    labels = [label for label in window.findChildren(QLabel) if not any(t.isAncestorOf(label) for t in trees)]
    hidden = {label.text() for label in labels if label.accessibleName() and len(label.text()) > 1}
    assert {text for text in hidden if not text.startswith("<span")} == set()  # the marks of the checklist
    buddies = {label.buddy(): label.text() for label in labels if label.buddy()}
    for value in window.sampling.values.values():
        assert buddies[value]


def walk(qtbot, start: QWidget, key: Qt.Key) -> list[QWidget]:
    """The widgets that a key goes through, until it comes to one for the second time, which is the last."""
    start.setFocus()
    seen = []
    while (at := QApplication.focusWidget()) not in seen:
        seen.append(at)
        qtbot.keyClick(at, key)
    return [*seen, at]


def test_tab_goes_round_all_that_is_in_sight(qtbot, window):
    """On each page, through the rows of a table of options too, and back again."""
    window.request.set_method(DAPS(levels=9))
    qtbot.waitUntil(window.isActiveWindow)
    for page in range(window.pages.count()):
        window.pages.setCurrentIndex(page)
        qtbot.wait(50)
        run = window.run_panel.run
        forward, back = (walk(qtbot, run, key) for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab))
        assert forward[-1] is run
        assert back[-1] is run
        missed = [
            widget.accessibleName() or type(widget).__name__
            for widget in window.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.isEnabled()
            and widget.visibleRegion().boundingRect()
            and widget.focusProxy() is None
            and widget.window() is window
            and widget not in forward
        ]
        assert missed == []
