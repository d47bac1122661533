"""Tooltips: none is a line from one side of the screen to the other."""

from conftest import history_of
from PyQt6.QtCore import QAbstractItemModel, Qt
from PyQt6.QtWidgets import QWidget

from ptygui.gui.panels.runs_table import COLUMNS, STATE, RunsTable
from ptygui.gui.tips import wrapped
from ptygui.methods import METHODS, RPIE
from ptygui.run import Run

MOST = 96  # letters of a line, which is half of a small screen


def too_long(tip: str) -> bool:
    return not Qt.mightBeRichText(tip) and max(map(len, tip.split("\n"))) > MOST


def test_no_tooltip_of_the_window_is_too_long(qtbot, window):
    window.simulate_panel.overlap.setValue(33)
    qtbot.waitUntil(lambda: "step" in window.simulate_panel.reached.text(), timeout=10_000)
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    for method in METHODS:
        window.method_panel.set_method(method())
        tips = {widget.toolTip() for widget in window.findChildren(QWidget)}
        assert len(tips) > 50
        assert [tip for tip in tips if too_long(tip)] == []


def test_no_tooltip_of_the_runs_is_too_long(scan):
    table: QAbstractItemModel = RunsTable()
    run = Run(1, scan, RPIE(iterations=5), history=history_of(scan, 5))
    run.outcome, run.error = "failed", "expected something else; " * 12
    table.show_runs([run])
    tips = [table.index(0, column).data(Qt.ItemDataRole.ToolTipRole) for column in range(len(COLUMNS))]
    tips += [
        table.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        for column in range(len(COLUMNS))
    ]
    assert tips[STATE].replace("\n", " ") == run.error.strip()
    assert [tip for tip in tips if too_long(tip)] == []


def test_rich_text_and_line_breaks_stay():
    rich = f"<p>{'word ' * 60}</p>"
    assert wrapped(rich) == rich
    assert wrapped("one\ntwo") == "one\ntwo"
    assert wrapped("word " * 40).replace("\n", " ") == ("word " * 40).strip()
