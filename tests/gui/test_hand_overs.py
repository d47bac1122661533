"""From the click on Run to the first frame: each hand-over to another thread or a later turn, counted."""

import sys
import threading
from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QObject, Qt

from ptygui.gui.background.step_thread import StepThread
from ptygui.gui.model import driver
from ptygui.methods import AWF


class Painted(QObject):
    """Counts how often a point of a widget is painted."""

    def __init__(self, widget, point):
        super().__init__()
        self.point, self.count = point, 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.Paint and event.rect().contains(self.point)
        return False


@pytest.fixture
def gate(monkeypatch):
    """Keeps the threads of runs from beginning until it is set."""
    gate, load = threading.Event(), driver.load
    monkeypatch.setattr(driver, "load", lambda *how: (gate.wait(20), load(*how)))
    yield gate
    gate.set()


def callers():
    """The functions that lead here, outermost first."""
    frame, names = sys._getframe(1), []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names[::-1]


def test_three_hand_overs_from_the_click_to_the_first_frame(qtbot, window, scan, gate, monkeypatch):
    """They are listed in docs/architecture.md."""
    window.request.set_scan(replace(scan, name="two"))
    window.request.set_method(AWF(iterations=3))
    canvas, drawn = window.object.canvas, []
    show_object = canvas.show_object
    monkeypatch.setattr(canvas, "show_object", lambda *what: (drawn.append(callers()), show_object(*what)))
    window.show_pictures()
    qtbot.waitUntil(lambda: window.run_panel.run.isEnabled())

    qtbot.mouseClick(window.run_panel.run, Qt.MouseButton.LeftButton)
    thread = window.findChild(StepThread)
    assert thread.isRunning()  # 1: the click itself has started it

    qtbot.wait(200)  # whatever else the click has led to
    gate.set()
    assert thread.wait(20_000)  # the event loop stands still meanwhile
    assert not drawn
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)  # no timer: it would come too late
    assert drawn[0][len(callers())] == "arrive"  # 2: the signal of the thread; its slot draws by direct calls

    picture = canvas.mapFromScene(canvas.panes["estimate", "amplitude"].sceneBoundingRect().center())
    painted = Painted(canvas.viewport(), picture)
    QCoreApplication.sendPostedEvents(canvas.scene(), QEvent.Type.MetaCall)
    assert painted.count == 1  # 3: the changes of the scene, which it has painted at once
