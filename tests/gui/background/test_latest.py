"""Newest: one answer at a time, the last one to the last question."""

import threading

from ptygui.gui.background.latest import Latest


def test_only_the_newest_of_the_waiting_is_answered(qtbot, jobs):
    newest, answers, gate, put = Latest(jobs), [], threading.Event(), []
    newest.answered.connect(answers.append)

    def question(n):
        put.append(n)
        gate.wait(10)
        return n

    for n in range(1000):
        newest.ask(lambda n=n: question(n))
    assert len(jobs) == 1  # nothing piles up
    gate.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert put == answers == [0, 999]
    qtbot.waitUntil(lambda: not len(jobs))


def test_a_failure_is_told_and_the_next_question_answered(qtbot, jobs):
    newest, answers = Latest(jobs), []
    newest.answered.connect(answers.append)
    with qtbot.waitSignal(jobs.failed) as failed:
        newest.ask(lambda: 1 / 0)
    assert isinstance(failed.args[0], ZeroDivisionError)
    newest.ask(lambda: 5)
    qtbot.waitUntil(lambda: answers == [5])


def test_after_cancelling_nothing_is_begun(qtbot, jobs):
    newest, gate, put = Latest(jobs), threading.Event(), []
    newest.ask(lambda: gate.wait(10))
    newest.ask(lambda: put.append("late"))
    qtbot.wait(1)
    jobs.cancel()
    gate.set()
    qtbot.waitUntil(lambda: not len(jobs))
    assert put == []
