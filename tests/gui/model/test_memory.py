"""What runs leave behind in memory goes back to the system, and not while one is live."""

import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from ptygui.experiment.settings import RunSettings
from ptygui.gui.model import memory as trimmer_module
from ptygui.gui.model.memory import MemoryTrimmer, trim
from ptygui.methods import RPIE

glibc = pytest.mark.skipif(
    not sys.platform.startswith("linux") or trimmer_module._malloc_trim() is None, reason="glibc alone has it"
)


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@glibc
def test_memory_between_what_is_kept_is_handed_back():
    blocks = [np.ones(6000) for _ in range(2000)]  # of 48 kB: malloc keeps them when they are freed
    kept = blocks[::50]
    del blocks
    before = resident()
    assert trim()
    assert resident() < before - 60e6
    assert all(block.sum() == 6000 for block in kept)


@pytest.fixture
def trims(monkeypatch):
    """Names of the threads that trimmed; waits are short."""
    threads = []
    monkeypatch.setattr(trimmer_module, "trim", lambda: threads.append(threading.current_thread()))
    monkeypatch.setattr(trimmer_module, "REST", 30)
    return threads


def test_trims_in_another_thread_after_a_run_and_when_runs_go(qtbot, session, jobs, trims):
    trimmer = MemoryTrimmer(jobs, session)
    with qtbot.waitSignal(session.run_finished, timeout=20_000):
        session.run(RPIE(iterations=3), RunSettings("cpu"))
    qtbot.waitUntil(lambda: len(trims) == 1)
    session.delete(list(session.runs))
    qtbot.waitUntil(lambda: len(trims) == 2)
    assert threading.main_thread() not in trims
    trimmer.close()
    session.undelete()
    qtbot.wait(60)
    assert len(trims) == 2


def test_leaves_a_live_run_its_memory(qtbot, session, jobs, trims):
    trimmer = MemoryTrimmer(jobs, session)
    session.run(RPIE(iterations=10_000_000), RunSettings("cpu"))  # which the list tells of
    qtbot.waitUntil(lambda: not trimmer._timer.isActive())
    qtbot.wait(30)
    assert trims == []
    with qtbot.waitSignal(session.run_finished):
        session.stop()
    qtbot.waitUntil(lambda: len(trims) == 1)
