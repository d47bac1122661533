"""The log: what it shows, and that lines which nobody sees cost little."""

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
    across, bar = log.text.horizontalScrollBar(), log.text.verticalScrollBar()
    qtbot.waitUntil(lambda: across.isVisible() and bar.value() == bar.maximum() > 0)
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
