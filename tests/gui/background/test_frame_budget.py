"""Pace: what is dear to show is shown seldom, what is cheap often, and nothing is forgotten."""

import time
from itertools import pairwise

import pytest
from PyQt6.QtCore import QEventLoop, QTimer

from ptygui.gui.background import frame_budget as module
from ptygui.gui.background.frame_budget import SHARE, FrameBudget

LONGEST = 0.4  # s; the window's own would have these tests wait


@pytest.fixture(autouse=True)
def longest(monkeypatch):
    monkeypatch.setattr(module, "LONGEST", LONGEST)


def spend(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def asking(pace, until):
    """Ask every 20 ms; an event loop of its own costs less of this thread than polling does."""
    loop, timer = QEventLoop(), QTimer(interval=20)
    timer.timeout.connect(lambda: loop.quit() if until() else pace.ask())
    timer.start()
    QTimer.singleShot(20_000, loop.quit)
    loop.exec()
    assert until()


def test_dear_pictures_leave_time_between_them(qtbot):
    at = []
    pace = FrameBudget(lambda: (at.append(time.perf_counter()), spend(2 * SHARE * LONGEST)))
    asking(pace, lambda: len(at) == 3)
    assert min(b - a for a, b in pairwise(at)) > 0.95 * LONGEST


def test_cheap_pictures_come_as_asked(qtbot):
    at = []
    pace = FrameBudget(lambda: at.append(time.perf_counter()))
    asking(pace, lambda: len(at) >= 8)
    assert min(b - a for a, b in pairwise(at)) < LONGEST / 2


def test_what_was_asked_for_is_shown_even_if_nothing_more_comes(qtbot):
    shown = []
    pace = FrameBudget(lambda: (shown.append(None), spend(0.02)))
    pace.show_now()
    pace.ask()
    assert len(shown) == 1
    qtbot.waitUntil(lambda: len(shown) == 2)


def test_shown_at_once_is_not_shown_again(qtbot):
    shown = []
    pace = FrameBudget(lambda: shown.append(None))
    pace.show_now()
    pace.ask()
    pace.show_now()
    QTimer.singleShot(int(1e3 * LONGEST) + 100, lambda: shown.append("end"))
    qtbot.waitUntil(lambda: "end" in shown)
    assert shown == [None, None, "end"]
