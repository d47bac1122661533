"""StepThread with generators that need no physics."""

import threading

import pytest

from ptygui.gui.background.step_thread import SLOTS, StepThread


def counting(closed=None, most=None):
    k = 0
    try:
        while most is None or k < most:
            k += 1
            yield k
    finally:
        if closed is not None:
            closed.append(threading.current_thread())


def end(thread):
    thread.stop()
    assert thread.wait(5000)


def test_runs_to_the_end(qtbot):
    thread = StepThread(lambda: counting(most=5))
    with qtbot.waitSignal(thread.finished):
        thread.start()
    assert thread.outcome == "done"
    assert thread.take() == [1, 2, 3, 4, 5]
    assert thread.take() == []


def test_newest_wins_and_signals_only_when_taken(qtbot):
    reached = threading.Event()

    def fast():
        for k in range(100_000):
            yield k
            if k == 50_000:
                reached.set()

    signals = []
    thread = StepThread(fast)
    thread.step_ready.connect(lambda: signals.append(None))
    with qtbot.waitSignal(thread.finished, timeout=20_000):
        thread.start()
        assert reached.wait(20)  # the event loop stands still meanwhile, as a busy window does
    assert len(signals) == 1
    assert thread.take() == list(range(100_000 - SLOTS, 100_000))


def test_each_taken_item_brings_a_new_signal(qtbot):
    seen = []
    thread = StepThread(lambda: counting(most=20_000))
    thread.step_ready.connect(lambda: seen.extend(thread.take()))
    with qtbot.waitSignal(thread.finished, timeout=20_000):
        thread.start()
    qtbot.waitUntil(lambda: seen[-1] == 20_000)
    assert seen == sorted(set(seen))


def test_stops_at_once_and_closes_in_its_own_thread(qtbot):
    closed = []
    thread = StepThread(lambda: counting(closed))
    with qtbot.waitSignal(thread.step_ready):
        thread.start()
    end(thread)
    assert thread.outcome == "stopped"
    assert closed
    assert closed[0] is not threading.main_thread()


def test_pause_holds_on_an_item_then_steps_and_goes_on(qtbot):
    def lazy():
        for k in range(10_000_000):
            wanted = yield (k if wanted_now else None)
            wanted_now[:] = [True] if wanted else []

    wanted_now = []
    thread = StepThread(lazy)
    thread.pause()
    with qtbot.waitSignal(thread.paused):
        thread.start()
    (first,) = thread.take()  # though the generator gave None by itself
    with qtbot.waitSignal(thread.paused):
        thread.step_once()
    assert thread.take() == [first + 1]
    thread.resume()
    with qtbot.waitSignal(thread.paused):
        thread.pause()
    assert thread.take()[-1] > first + 1
    end(thread)


@pytest.mark.parametrize("where", ["make", "run"])
def test_an_error_leaves_as_a_signal(qtbot, where):
    def broken():
        if where == "make":
            raise ValueError("no such thing")
        return (1 / 0 for _ in range(1))

    thread = StepThread(broken)
    with qtbot.waitSignal(thread.failed) as caught, qtbot.waitSignal(thread.finished):
        thread.start()
    assert isinstance(caught.args[0], ValueError if where == "make" else ZeroDivisionError)
    assert thread.outcome == "failed"
