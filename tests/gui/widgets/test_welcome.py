"""The first page, as a newcomer uses it by mouse and keyboard."""

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog

from ptygui.files.formats.own_scan import write_scan
from ptygui.gui import app
from ptygui.gui.widgets.welcome import Tour

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def first(qtbot, new_window, monkeypatch):
    """Starts the program without a file: the window that it opens, which warms up nothing."""
    from ptygui.gui.background.preload import Preload

    monkeypatch.setattr(Preload, "start", lambda self: None)
    monkeypatch.setattr(app, "Window", lambda settings, recovery: new_window(recovery))

    def start():
        window = app.open_window(settings=object())
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return start


def test_the_example_is_a_click_away(qtbot, first):
    window = first()
    assert window.welcome.isVisible()
    assert window.welcome.nothing.isVisible()
    with qtbot.waitSignal(window.request.source_changed, timeout=20_000):
        qtbot.mouseClick(window.welcome.example, LEFT)
    assert not window.welcome.isVisible()
    assert window.object.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert window.welcome.isVisible()


def test_a_scan_is_opened_and_is_there_the_next_time(qtbot, first, scan, tmp_path, monkeypatch):
    path = write_scan(tmp_path / "mine.h5", scan)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
    window = first()
    with qtbot.waitSignal(window.request.opened, timeout=20_000):
        qtbot.mouseClick(window.welcome.open, LEFT)
    window.close()
    again = first()
    recent = again.welcome.recent
    assert [recent.item(k).text() for k in range(recent.count())] == ["mine.h5   (scan)"]
    recent.setFocus()
    recent.setCurrentRow(0)
    with qtbot.waitSignal(again.request.opened, timeout=20_000) as opened:
        qtbot.keyClick(recent, Qt.Key.Key_Return)
    assert opened.args == [str(path)]


def test_the_tour_begins_there_and_ends_with_escape(qtbot, first):
    window = first()
    qtbot.mouseClick(window.welcome.tour, LEFT)
    (tour,) = window.findChildren(Tour)
    assert tour.isVisible()
    qtbot.keyClick(tour.next, Qt.Key.Key_Right)
    assert tour.place == 1
    qtbot.keyClick(tour, Qt.Key.Key_Escape)
    assert not tour.isVisible()


def test_whoever_does_not_want_the_page_begins_with_the_example(qtbot, first):
    window = first()
    window.welcome.at_start.setFocus()
    qtbot.keyClick(window.welcome.at_start, Qt.Key.Key_Space)
    window.close()
    again = first()
    assert not again.welcome.isVisible()
    qtbot.waitUntil(lambda: again.request.scan is not None, timeout=20_000)
