"""Tooltips: none is a line from one side of the screen to the other."""

import re

import pytest
from conftest import history_of
from PyQt6.QtCore import QAbstractItemModel, Qt
from PyQt6.QtWidgets import QWidget

from ptygui.experiment.run import Run
from ptygui.gui.panels.runs_cells import COLUMNS, STATE
from ptygui.gui.panels.runs_table import RunsTable
from ptygui.gui.training_window import _WITHOUT as HIDDEN
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.methods import METHODS, RPIE
from ptygui.options import options_of
from ptygui.physics.overlap import Acquisition
from ptygui.physics.probe import Pupil
from ptygui.physics.simulate import Simulation
from ptygui.training.options import PriorTraining

MOST = 96  # letters of a line, which is half of a small screen


def too_long(tip: str) -> bool:
    return not Qt.mightBeRichText(tip) and max(map(len, tip.split("\n"))) > MOST


def test_no_tooltip_of_the_window_is_too_long(qtbot, window):
    window.simulate_panel.overlap.setValue(33)
    qtbot.waitUntil(lambda: "step" in window.simulate_panel.reached.text(), timeout=10_000)
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    for method in METHODS:
        window.request.set_method(method())
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


@pytest.mark.parametrize("owner", [*METHODS, Simulation, Acquisition, Pupil, PriorTraining])
def test_tooltips_of_numbers_say_what_more_or_less_of_them_does(qtbot, owner):
    form = OptionsForm(owner(), HIDDEN if owner is PriorTraining else ())
    qtbot.addWidget(form)
    numbers = [o for o in options_of(owner) if o.type in (int, float) and o.name in form._rows]
    tips = {o.name: form.row(o.name).toolTip() for o in numbers}
    assert [o.name for o in numbers if o.symbol and o.symbol not in tips[o.name]] == []
    tips.pop("seed", None)  # of which there is no more or less
    assert [name for name, tip in tips.items() if not re.search(r"\b(more|less)\b", tip)] == []
