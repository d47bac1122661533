"""FrameBudget: expensive frames are shown seldom, cheap ones often, and nothing is forgotten."""

import time
from itertools import pairwise

import pytest
from PyQt6.QtCore import QEventLoop, QTimer

from ptygui.experiment import reconstruct
from ptygui.gui.background import frame_budget as module
from ptygui.gui.background.frame_budget import SHARE, FrameBudget

LONGEST = 0.4  # s; the window's own would have these tests wait


@pytest.fixture(autouse=True)
def longest(at_once, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", LONGEST)
    monkeypatch.setattr(reconstruct, "LONGEST", 10 * LONGEST)


class Shown:
    """What a budget has shown and asked for, by the clock."""

    def __init__(self, seconds=0.0, made=0.0):
        self.seconds, self.made = seconds, made
        self.at, self.asked = [], []
        self.budget = FrameBudget(self._show, lambda: self.asked.append(time.perf_counter()))

    def _show(self):
        self.at.append(time.perf_counter())
        end = time.thread_time() + self.seconds
        while time.thread_time() < end:
            pass
        return self.made

    def arriving(self, until):
        """Something arrives every 20 ms; an event loop of its own costs less of this thread than polling."""
        loop, timer = QEventLoop(), QTimer(interval=20)
        timer.timeout.connect(lambda: loop.quit() if until() else self.budget.arrive())
        timer.start()
        QTimer.singleShot(20_000, loop.quit)
        loop.exec()
        assert until()


def test_expensive_frames_leave_time_between_them(qtbot):
    shown = Shown(2 * SHARE * LONGEST)
    shown.budget.show_now()  # the cost of a frame is known when the next one is shown
    shown.arriving(lambda: len(shown.at) == 4)
    assert min(b - a for a, b in pairwise(shown.at[1:])) > 0.95 * LONGEST


def test_cheap_frames_are_shown_as_they_arrive(qtbot):
    shown = Shown()
    shown.arriving(lambda: len(shown.at) >= 8)
    assert min(b - a for a, b in pairwise(shown.at)) < LONGEST / 2


def test_the_first_frame_is_shown_in_the_same_turn(qtbot):
    shown = Shown(2 * SHARE * LONGEST)
    for count in (1, 2):  # of a second run too, however much the first has cost
        shown.budget.begin()
        shown.budget.arrive()
        assert len(shown.at) == count


def test_what_has_arrived_is_shown_even_if_nothing_more_comes(qtbot):
    shown = Shown(0.02)
    shown.budget.show_now()
    shown.budget.show_now()
    shown.budget.arrive()
    assert len(shown.at) == 2
    qtbot.waitUntil(lambda: len(shown.at) == 3)


def test_what_is_shown_already_is_not_shown_again(qtbot):
    shown = Shown(0.02)
    shown.budget.show_now()
    shown.budget.show_now()
    shown.budget.arrive()
    shown.budget.show_now()
    qtbot.waitUntil(lambda: len(shown.asked) == 1)
    assert len(shown.at) == 3


def test_a_frame_is_asked_for_when_it_is_earned(qtbot):
    shown = Shown()
    shown.budget.arrive()
    assert not shown.asked
    qtbot.waitUntil(lambda: len(shown.asked) == 1)
    assert len(shown.at) == 1


def test_frames_that_are_expensive_to_make_are_asked_for_seldom_but_shown_as_they_arrive(qtbot):
    shown = Shown(made=100.0)  # s
    shown.arriving(lambda: len(shown.at) >= 8)
    assert shown.asked == []


def test_nothing_is_asked_for_after_the_end(qtbot):
    shown = Shown()
    shown.budget.arrive()
    shown.budget.begin()
    QTimer.singleShot(0, lambda: shown.asked.append("end"))
    qtbot.waitUntil(lambda: "end" in shown.asked)
    assert shown.asked == ["end"]
