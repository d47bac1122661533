"""A percentage that cannot be is refused in words, not made another one."""

import pytest
from PyQt6.QtCore import Qt

from ptygui.gui.widgets.percent_box import PercentBox


@pytest.fixture
def box(qtbot):
    box = PercentBox(98)
    box.setAccessibleName("overlap")
    box.setValue(38)
    qtbot.addWidget(box)
    box.show()
    return box


@pytest.mark.parametrize("leave", ["return", "focus"])
def test_what_is_out_of_range_is_refused(qtbot, box, leave):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "500")
    assert box.text().startswith("500")
    with qtbot.waitSignal(box.refused) as refused:
        if leave == "return":
            qtbot.keyClick(box, Qt.Key.Key_Return)
        else:
            box.clearFocus()
            box.interpretText()
    assert refused.args == ["overlap is 500 %, expected 0 to 98 %"]
    assert box.value() == 38
    assert box.text() == "38.0 %"


def test_what_is_in_range_is_taken(qtbot, box):
    box.selectAll()
    qtbot.keyClicks(box, "62.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 62.5
    box.selectAll()
    qtbot.keyClicks(box, "x7")
    assert box.text().startswith("7")


def test_the_overlap_says_why(qtbot, window, scan):
    overlap = window.simulate_panel.overlap
    before = overlap.value()
    overlap.selectAll()
    qtbot.keyClicks(overlap, "500")
    qtbot.keyClick(overlap, Qt.Key.Key_Return)
    assert "500 %, expected 0 to" in window.simulate_panel.problem.text()
    assert not window.simulate_panel.problem.isHidden()
    assert overlap.value() == before
    overlap.setValue(20)
    assert window.simulate_panel.problem.isHidden()
