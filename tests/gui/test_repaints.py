"""A new step is painted once, and nothing beside it; what is asked for together is done together."""

import time
from dataclasses import replace

import pytest
from conftest import step_of
from PyQt6.QtCore import QEvent, QObject, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.gui.background.coalesce import Coalesced
from ptygui.gui.widgets.steady import Steady
from ptygui.methods import RPIE


class Seen(QObject):
    """Counts the events of a kind that widgets get."""

    def __init__(self, kind, **widgets):
        super().__init__()
        self.kind, self.widgets, self.counts = kind, widgets, dict.fromkeys(widgets, 0)
        for widget in widgets.values():
            widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == self.kind:
            self.counts[next(name for name, widget in self.widgets.items() if widget is watched)] += 1
        return False

    def taken(self):
        counts, self.counts = self.counts, dict.fromkeys(self.widgets, 0)
        return counts


@pytest.fixture
def live(qtbot, window, scan):
    """The window with the first steps of a run shown."""
    session, run = window.session, Run(1, scan, RPIE(iterations=2000))
    session.runs.add(run)
    session.runs_changed.emit()
    session.selection.show_run(run)
    for index, level in ((1, 0.123), (2, 0.00123)):
        show(qtbot, session, run, step_of(scan, index, 2000, level=level, t=index))
    qtbot.wait(300)  # what is laid out at first
    return session, run


def show(qtbot, session, run, step):
    run.history.append(step)
    session.driver.stepped.emit(run, [step])
    qtbot.wait(120)


def test_each_step_is_painted_once(qtbot, window, scan, live):
    """Curves, pictures and timeline; though axes widen and texts become longer."""
    session, run = live
    window.resize(1280, 800)
    qtbot.wait(100)
    seen = Seen(
        QEvent.Type.Paint,
        curves=window.curves.canvas.viewport(),
        pictures=window.object.canvas.viewport(),
        timeline=window.timeline.strip,
        progress=window.run_panel.bar,
    )
    beside = Seen(
        QEvent.Type.Paint,
        play=window.timeline.buttons["play"],
        box=window.object.auto,
        run=window.run_panel.run,
    )
    for index in (3, 30, 300, 1000):
        show(qtbot, session, run, step_of(scan, index, 2000, ssim=1 - 0.5 / index, level=1 / index))
        assert seen.taken() == dict.fromkeys(seen.widgets, 1)
    assert beside.taken() == dict.fromkeys(beside.widgets, 0)
    show(qtbot, session, run, step_of(scan, 1001, 2000, level=0.00123, t=1000))
    assert window.timeline.label.text() == "step 1001 of 2000  ·  t 1000, σ 0.00123"
    assert window.timeline.label.sizeHint().width() <= window.timeline.label.width()


def test_text_in_a_still_place_asks_for_room_only_where_it_needs_more(qtbot):
    around, label = QWidget(), QLabel("a text of some length")
    QHBoxLayout(around).addWidget(Steady(label))
    qtbot.addWidget(around)
    around.show()
    qtbot.waitExposed(around)
    qtbot.wait(50)
    seen = Seen(QEvent.Type.LayoutRequest, around=around)
    label.setText("shorter")
    qtbot.wait(50)
    assert seen.taken() == {"around": 0}
    label.setText("a text that is longer than the first one was, by far")
    qtbot.waitUntil(lambda: label.width() >= label.sizeHint().width())
    assert seen.taken() == {"around": 1}


class Simulator(QObject):
    first, second = pyqtSignal(int), pyqtSignal(str)


def test_what_waits_is_called_in_order_with_the_newest_arguments(qtbot):
    source, together, calls, times = Simulator(), Coalesced(rate=20), [], []
    together.connect(source.first, lambda value: (calls.append(value), times.append(time.perf_counter())))
    together.connect(source.second, lambda value: calls.append(value))
    source.second.emit("a")
    source.second.emit("b")
    source.first.emit(1)
    assert calls == []
    qtbot.waitUntil(lambda: len(calls) > 0)
    assert calls == [1, "b"]
    source.first.emit(2)
    qtbot.waitUntil(lambda: calls == [1, "b", 2])
    assert times[1] - times[0] > 0.04  # held back to 20 a second
    source.first.emit(3)
    together.disconnect()
    qtbot.wait(60)
    assert calls == [1, "b", 2]


def test_what_is_paced_already_is_called_at_once(qtbot):
    source, together, calls = Simulator(), Coalesced(rate=0.01), []
    together.connect(source.first, calls.append)
    source.first.emit(1)
    qtbot.waitUntil(lambda: calls == [1])
    source.first.emit(2)  # would wait for 100 s
    together.flush()
    assert calls == [1, 2]
    together.flush()  # nothing waits
    assert calls == [1, 2]


def test_a_step_that_is_taken_is_drawn_in_the_same_turn(window, scan, live):
    """One throttle from the run to the pictures: `FrameBudget`."""
    session, run = live
    step = step_of(scan, 3, 2000, level=0.5)
    run.history.append(step)
    session.driver.stepped.emit(run, [step])
    assert window.object.step is step


def test_a_run_begins_without_a_new_layout_around_the_pictures(qtbot, window, scan, live):
    seen = Seen(
        QEvent.Type.LayoutRequest,
        pages=window.pages,
        run=window.flow,
        runs=window.docks.docks["runs"],
        timeline=window.timeline,
    )
    window.request.set_scan(scan)
    qtbot.wait(200)
    seen.taken()
    with qtbot.waitSignal(window.session.run_finished, timeout=20_000):
        window.session.run(RPIE(iterations=3), RunSettings("cpu"))
        painted = Seen(QEvent.Type.Paint, bar=window.run_panel.bar)
        assert painted.taken() == {"bar": 0}  # not at once, apart from everything else
        assert seen.taken() == dict.fromkeys(seen.widgets, 0)
    qtbot.wait(100)
    assert seen.taken() == dict.fromkeys(seen.widgets, 0)


def test_a_scan_that_is_opened_is_shown_once(qtbot, window, scan, live, monkeypatch):
    """Although both the scan and the shown run change with it."""
    shown, show_run = [], window.curves.show_run
    monkeypatch.setattr(window.curves, "show_run", lambda run: (shown.append(run), show_run(run)))
    window.request.set_scan(replace(scan, name="another", truth=None))
    assert window.session.selection.run is None
    assert shown == [None]
    assert window.object.scan.name == "another"
