"""From the click on Run to the first frame: each hand-over to another thread or a later turn, counted."""

import sys
import threading
from dataclasses import replace

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QObject, Qt

from ptygui.gui.background.step_thread import StepThread
from ptygui.gui.model import driver
from ptygui.methods import AWF

LATE = (QEvent.Type.MetaCall, QEvent.Type.Timer, QEvent.Type.UpdateRequest)


class Delivered(QObject):
    """What the event loop delivers late to some objects, until a point of a widget is painted."""

    def __init__(self, widget, point, *among):
        super().__init__()
        self.widget, self.point, self.among, self.kinds, self.painted = widget, point, among, [], False
        for one in (widget, *among):
            one.installEventFilter(self)

    def eventFilter(self, watched, event):
        if watched is self.widget:
            if event.type() == QEvent.Type.Paint and event.rect().contains(self.point):
                self.painted = True
        elif event.type() in LATE and not self.painted:
            self.kinds.append(event.type().name)
        return False


@pytest.fixture
def gate(monkeypatch):
    """Keeps the threads of runs from beginning until it is set."""
    gate, load = threading.Event(), driver.load
    monkeypatch.setattr(driver, "load", lambda networks: (gate.wait(20), load(networks)))
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
    picture = canvas.mapFromScene(canvas.panes["estimate", "amplitude"].sceneBoundingRect().center())
    seen = Delivered(canvas.viewport(), picture, canvas.scene(), window)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall)  # no timer: it would come too late
    assert drawn[0][len(callers())] == "arrive"  # 2: the signal of the thread, whose slot draws by direct calls

    qtbot.waitUntil(lambda: seen.painted)
    assert seen.kinds == ["UpdateRequest"]  # 3: the window's repaint
