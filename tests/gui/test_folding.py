"""Runs of a sweep under one row of the list: folded, opened, sorted, chosen and acted on as a user does."""

from dataclasses import replace
from html import unescape

import pytest
from conftest import history_of
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractItemView

from ptygui.experiment.run import Run
from ptygui.gui.panels.runs import RunsPanel
from ptygui.gui.panels.runs_cells import METHOD, NAME, NRMSE, NUMBER, OPTIONS, OVERLAP, SCAN, STATE
from ptygui.gui.panels.runs_table import RunsTable
from ptygui.methods import AWF, RPIE

CTRL = Qt.KeyboardModifier.ControlModifier


def run_of(scan, number, steps=3, method=None, **more):
    """A run that is over; the more steps, the lower its NRMSE."""
    return Run(number, scan, method or AWF(), history=history_of(scan, steps), **{"outcome": "done", **more})


@pytest.fixture
def runs(scan):
    """One run, a sweep of two methods, and one run more; the sweep has the best and the worst."""
    swept = [
        run_of(scan, 2, 1, sweep=1),
        run_of(scan, 3, 9, RPIE(), sweep=1),
        run_of(scan, 4, 4, sweep=1, outcome="failed"),
    ]
    return [run_of(scan, 1, 5), *swept, run_of(scan, 5, 3)]


@pytest.fixture
def panel(qtbot, runs):
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 300)
    panel.show()
    qtbot.waitExposed(panel)
    panel.show_runs(runs)
    panel.view.setFocus()
    return panel


def rows(panel, column=NAME):
    """What is seen in a column, in the order of the rows; runs of an open sweep are set in."""
    view, found = panel.view, []
    index = panel.sorted.index(0, NUMBER)
    while index.isValid():
        cell = index.siblingAtColumn(column)
        found.append(("  " if index.parent().isValid() else "") + str(cell.data()))
        index = view.indexBelow(index)
    return found


def click(qtbot, panel, row, modifier=Qt.KeyboardModifier.NoModifier):
    """Click a row, counted as they are seen."""
    index = panel.sorted.index(0, STATE)
    for _ in range(row):
        index = panel.view.indexBelow(index)
    place = panel.view.visualRect(index.siblingAtColumn(STATE)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_a_sweep_is_one_row_that_tells_what_it_came_to(panel, runs):
    assert rows(panel) == ["1 awf 62.5 %", "sweep 1, 3 runs", "5 awf 62.5 %"]
    cells = {column: rows(panel, column)[1] for column in (STATE, METHOD, SCAN, OVERLAP, NRMSE, OPTIONS)}
    best, worst = (f"{runs[place].last.nrmse:.4f}" for place in (2, 1))
    assert cells == {
        STATE: "1 failed", METHOD: "awf, rpie", SCAN: "small", OVERLAP: "62.5 %", NRMSE: best,
        OPTIONS: f"NRMSE {best} to {worst}",
    }  # fmt: skip
    assert "5 runs" in panel.facts.text()


def test_right_opens_and_left_folds(qtbot, panel):
    click(qtbot, panel, 1)
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    assert [name.split()[0] for name in rows(panel)] == ["1", "sweep", "2", "3", "4", "5"]
    assert panel.open_sweeps() == [1]
    qtbot.keyClick(panel.view, Qt.Key.Key_Left)
    assert len(rows(panel)) == 3
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert [run.number for run in panel.selected()] == [3]
    qtbot.keyClick(panel.view, Qt.Key.Key_Minus)  # from a run of it: the arrows go through its steps
    assert len(rows(panel)) == 3
    assert [run.number for run in panel.selected()] == [2, 3, 4]  # the row, and no run that is out of sight
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert [run.number for run in panel.selected()] == [5]


def test_the_sign_opens_by_mouse_without_choosing(qtbot, panel):
    shown, place = QSignalSpy(panel.run_chosen), panel.view.visualRect(panel.sorted.index(1, NAME))
    sign = QPoint(place.left() - panel.view.indentation() // 2, place.center().y())
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=sign)
    assert len(rows(panel)) == 6
    assert len(shown) == 0


def test_the_row_of_a_sweep_shows_no_run(qtbot, panel):
    shown = QSignalSpy(panel.run_chosen)
    click(qtbot, panel, 1)
    assert len(shown) == 0
    assert [run.number for run in panel.selected()] == [2, 3, 4]
    on = {name for name, action in panel.actions_by_name.items() if action.isEnabled()}
    assert on == {"queue", "seeds", "rerun", "compare", "ensemble", "export", "delete", "python", "command"}
    qtbot.keyClick(panel.view, Qt.Key.Key_F2)
    assert panel.view.state() != QAbstractItemView.State.EditingState
    click(qtbot, panel, 0)
    assert len(shown) == 1
    assert panel.actions_by_name["edit"].isEnabled()


@pytest.mark.parametrize("action", ["rerun", "compare", "ensemble", "export", "delete"])
def test_what_is_done_to_a_sweep_is_done_to_its_runs(qtbot, panel, runs, action):
    asked = QSignalSpy(getattr(panel, f"{action}_requested"))
    click(qtbot, panel, 1)
    panel.actions_by_name[action].trigger()
    click(qtbot, panel, 2, CTRL)
    panel.actions_by_name[action].trigger()
    assert [list(each[0]) for each in asked] == [runs[1:4], runs[1:]]


def test_sorting_keeps_a_sweep_together(panel):
    panel.open_only([1])
    for order, numbers in (
        (Qt.SortOrder.AscendingOrder, ["3", "4", "2", "1", "5"]),
        (Qt.SortOrder.DescendingOrder, ["5", "1", "2", "4", "3"]),
    ):
        panel.view.sortByColumn(NRMSE, order)
        assert [name.split()[0] for name in rows(panel) if "sweep 1," not in name] == numbers
    panel.view.sortByColumn(NUMBER, Qt.SortOrder.AscendingOrder)
    assert [name.split()[0] for name in rows(panel)] == ["1", "sweep", "2", "3", "4", "5"]


def test_a_run_that_is_shown_is_brought_in_sight(qtbot, panel, runs):
    """As by a click on its dot in the plot of the sweep."""
    panel.show_current(runs[2])
    assert panel.open_sweeps() == [1]
    assert panel.selected() == [runs[2]]
    bold = Qt.ItemDataRole.FontRole
    panel.open_only([])
    assert panel.sorted.index(1, 0).data(bold).bold()
    assert panel.sorted.index(0, 0).data(bold) is None
    panel.show_runs(runs)  # such as when another run ends: it stays as the user left it
    assert panel.open_sweeps() == []


def test_a_sweep_that_goes_on_grows_where_it_is(qtbot, panel, runs, scan):
    panel.open_only([1])
    click(qtbot, panel, 1)
    resets = QSignalSpy(panel.table.modelReset)
    more = [*runs, run_of(scan, 6, 12, sweep=1), run_of(scan, 7, sweep=2), run_of(scan, 8)]
    panel.show_runs(more)
    assert [name.split()[0] for name in rows(panel)] == ["1", "sweep", "2", "3", "4", "6", "5", "sweep", "8"]
    assert rows(panel)[1] == "sweep 1, 4 runs"
    assert rows(panel, NRMSE)[1] == f"{more[5].last.nrmse:.4f}"
    assert [run.number for run in panel.selected()] == [2, 3, 4, 6]
    panel.show_runs([more[0], *more[2:5]])
    assert [name.split()[0] for name in rows(panel)] == ["1", "sweep", "3", "4", "5"]
    assert len(resets) == 0
    panel.show_runs([more[4], more[3], more[0]])  # moved
    assert [name.split()[0] for name in rows(panel)] == ["5", "sweep", "4", "1"]
    panel.show_runs([more[0]])
    assert not panel.view.rootIsDecorated()


def test_a_step_of_a_run_refreshes_its_row_and_that_of_its_sweep(panel, runs):
    told = QSignalSpy(panel.table.dataChanged)
    panel.show_run(runs[0])
    assert len(told) == 1
    runs[1].history = history_of(runs[1].scan, 30)
    panel.show_run(runs[1])
    found = [(top.row(), top.parent().row(), bottom.row()) for top, bottom, *_ in list(told)[1:]]
    assert found == [(0, 1, 0), (1, -1, 1)]
    assert rows(panel, NRMSE)[1] == f"{runs[1].last.nrmse:.4f}"


def test_a_queued_run_passes_a_sweep_as_a_whole(qtbot, panel, runs):
    moved = QSignalSpy(panel.move_requested)
    for row, action in ((2, "up"), (2, "down"), (0, "down")):
        click(qtbot, panel, row)
        panel.actions_by_name[action].trigger()
    assert [tuple(each) for each in moved] == [(runs[4], -3), (runs[4], 0), (runs[0], 3)]


def test_names_of_sweeps_and_the_column_tell_the_scan(panel, runs, scan):
    star = replace(scan, truth=None, name="<b>star</b>")
    for run in runs:
        run.among_others = True
    other = run_of(scan, 6, scan_path="/data/star.h5")
    other.scan, other.among_others = star, True
    panel.show_runs([*runs, other])
    assert rows(panel)[:2] == ["1 awf 62.5 %", "sweep 1, 3 runs"]  # the column beside them says the rest
    tip = Qt.ItemDataRole.ToolTipRole
    assert panel.sorted.index(0, NAME).data(tip).startswith("1 awf 62.5 % of small\n")
    assert panel.sorted.index(1, NAME).data(tip).startswith("sweep 1, 3 runs of small\n")
    assert rows(panel, SCAN) == ["small"] * 3 + ["<b>star</b>"]
    said = panel.sorted.index(3, SCAN).data(tip)
    assert "&lt;b&gt;star&lt;/b&gt;\n/data/star.h5\n" in said
    assert "overlap 62.5 % of the window, " in said
    assert " of the probe's D90, 16 positions, " in unescape(said).replace("\n", " ")
    panel.view.sortByColumn(SCAN, Qt.SortOrder.AscendingOrder)
    assert rows(panel, SCAN) == ["<b>star</b>"] + ["small"] * 3


def test_the_model_of_sweeps_is_sound(qtmodeltester, runs, scan):
    table = RunsTable()
    table.show_runs(runs)
    qtmodeltester.check(table)
    table.show_runs([*runs, run_of(scan, 6, sweep=-(2**70)), run_of(scan, 7, sweep=1)])  # from a file
    qtmodeltester.check(table)
