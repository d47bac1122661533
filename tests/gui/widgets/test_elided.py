"""Lines for which there is too little room: cut with a sign, whole in the tooltip."""

import pytest
from PyQt6.QtCore import QEvent, QPoint
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QApplication, QStyle, QStyleOptionComboBox, QToolTip

from ptygui.gui.widgets.elided import Elided, ElidedBox

LONG = "The misfit is 786 times what photon noise leaves: <more> steps follow the data closer; " * 4


def hover(widget):
    """Rest the mouse on a widget, and read what comes up."""
    at = QPoint(3, 3)
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
    return QToolTip.text()


def test_a_long_message_in_the_status_bar_ends_in_a_sign_and_is_whole_in_its_tooltip(qtbot, window):
    window.session.noted.emit(LONG)
    line = window.statusBar().line
    assert line.shown().endswith("…")
    assert LONG.startswith(line.shown()[:-1])
    assert line.fontMetrics().horizontalAdvance(line.shown()) <= line.width()
    assert line.geometry().right() < window.device.geometry().left()
    assert "&lt;more&gt;" in hover(line)
    window.session.noted.emit("saved")
    assert line.shown() == "saved"


def test_a_line_with_room_keeps_its_own_tooltip(qtbot):
    line = Elided("short", toolTip="what it means")
    qtbot.addWidget(line)
    line.resize(300, 20)
    line.show()
    assert hover(line) == "what it means"
    line.resize(20, 20)
    assert line.is_cut()
    assert all(words in hover(line) for words in ("short", "what it means"))


@pytest.mark.parametrize("width", [60, 600])
def test_what_is_drawn_ends_inside_the_label(qtbot, width):
    line = Elided("M" * 40)
    qtbot.addWidget(line)
    line.resize(width, 20)
    line.show()
    picture = line.grab().toImage()
    ink = {picture.pixelColor(width - 1, y).name() for y in range(picture.height())}
    assert len(ink) == 1


def test_the_buttons_of_the_runs_leave_room_for_their_number(qtbot, window):
    window.docks.show("runs")
    qtbot.waitUntil(window.runs_panel.facts.isVisible)
    window.runs_panel.facts.setText("12 runs, 88 MB")
    assert not window.runs_panel.facts.is_cut()


def test_a_choice_that_is_cut_short_ends_in_a_sign(qtbot, window):
    box = ElidedBox(toolTip="what to choose")
    qtbot.addWidget(box)
    box.addItems(["truth of example blood smear", "daps"])
    box.resize(120, box.sizeHint().height())
    box.show()
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    field = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box)
    assert box.shown().startswith("truth of")
    assert box.shown().endswith("…")
    assert box.fontMetrics().horizontalAdvance(box.shown()) <= field.width()
    assert all(words in hover(box) for words in (box.currentText(), "what to choose"))
    whole = box.grab().toImage()
    box.setCurrentText("daps")
    assert box.shown() == "daps"
    assert hover(box) == "what to choose"
    assert box.grab().toImage() != whole
    assert isinstance(window.compare.a, ElidedBox)
