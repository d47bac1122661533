"""The log: what it shows, and that lines which nobody sees cost little."""

import logging

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from ptygui.gui.views.log import MOST, LogView


def shown(log):
    return log.text.toPlainText().split("\n")


def fill(log, count):
    for k in range(count):
        log.add(f"line {k}", ("note", "warning")[k % 2])


def test_lines_come_as_they_are_added_while_the_log_is_in_sight(qtbot):
    log = LogView()
    qtbot.addWidget(log)
    log.show()
    qtbot.waitExposed(log)
    fill(log, 2)
    assert [line[10:] for line in shown(log)] == ["line 0", "WARNING: line 1"]
    log.level.setCurrentIndex(1)
    fill(log, 4)
    assert [line[10:] for line in shown(log)] == ["WARNING: line 1"] * 2 + ["WARNING: line 3"]


def test_lines_are_written_out_once_the_log_comes_to_the_front(qtbot, window):
    log, docks = window.log, window.docks
    assert log.isVisible()  # behind the curves
    fill(log, 500)
    assert log.text.document().isEmpty()
    docks.show("log")
    qtbot.waitUntil(lambda: len(shown(log)) == len(log.lines) >= 500)
    assert shown(log)[-1].endswith("WARNING: line 499")
    log.add("wide " * 100)
    docks.show("curves")
    qtbot.waitUntil(lambda: log.visibleRegion().isEmpty())
    log.add("wide " * 100)
    docks.show("log")
    bar = log.text.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    assert not log.text.horizontalScrollBar().isVisible()  # all of a long line is seen
    log.add("seen at once")
    assert shown(log)[-1].endswith("seen at once")
    docks.show("curves")
    qtbot.waitUntil(lambda: log.visibleRegion().isEmpty())
    log.add("not yet")
    assert "not yet" not in log.text.toPlainText()
    docks.show("log")
    qtbot.waitUntil(lambda: shown(log)[-1].endswith("not yet"))


def test_only_the_newest_lines_are_kept(qtbot):
    log = LogView()
    qtbot.addWidget(log)
    fill(log, MOST + 7)
    log.show()
    qtbot.waitExposed(log)
    assert len(log.lines) == len(shown(log)) == MOST
    assert shown(log)[0].endswith("line 7")


def test_copy_all_has_the_lines_that_are_shown(qtbot, window):
    window.docks.show("log")
    qtbot.waitUntil(lambda: not window.log.visibleRegion().isEmpty())
    fill(window.log, 6)
    qtbot.keyClicks(window.log.filter, "line")
    window.log.level.setCurrentIndex(1)
    qtbot.mouseClick(window.log.copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text().split("\n")
    assert [line[10:] for line in copied] == [f"WARNING: line {k}" for k in (1, 3, 5)]
    qtbot.mouseClick(window.log.clear, Qt.MouseButton.LeftButton)
    assert window.log.text.document().isEmpty()


def test_errors_and_warnings_of_python_are_in_the_log(qtbot, window):
    window.docks.show("log")
    qtbot.waitUntil(lambda: not window.log.visibleRegion().isEmpty())
    logging.getLogger("h5py").error("a filter is missing")
    qtbot.waitUntil(lambda: "ERROR: a filter is missing" in window.log.text.toPlainText())
