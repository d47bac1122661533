"""A large file that is opened tells how far it is read, and can be stopped at once."""

import threading

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from ptygui import scan as scan_module
from ptygui.files import patterns_on_disk
from ptygui.files.progress import tell
from ptygui.files.scans import write_scan
from tests.gui.test_accessible import unnamed, untold


@pytest.fixture
def file(tmp_path, scan, monkeypatch):
    """A scan that is taken for a large one, and what holds each block back until the test lets it go."""
    path = str(write_scan(tmp_path / "large.h5", scan))
    monkeypatch.setattr(patterns_on_disk, "LARGE", 1)
    monkeypatch.setattr(scan_module, "CHUNK_VALUES", 4 * scan.width**2)  # four frames a block
    gate, read = threading.Semaphore(0), patterns_on_disk.PatternsOnDisk._read

    def held(self, first, stop):
        assert gate.acquire(timeout=20)
        return read(self, first, stop)

    monkeypatch.setattr(patterns_on_disk.PatternsOnDisk, "_read", held)
    yield path, gate
    gate.release(10_000)


def test_opening_tells_how_far_it_is(qtbot, window, scan, file):
    path, gate = file
    window.request.open_scan(path)
    assert window.reading_bar.isHidden()
    gate.release(1)
    told = f"Reading large.h5: 4 of {len(scan)} frames"  # where that takes long, “Reading large.h5 …” before
    qtbot.waitUntil(lambda: window.reading_bar.told.text() == told, timeout=20_000)
    assert window.reading_bar.isVisible()
    assert (window.reading_bar.bar.value(), window.reading_bar.bar.maximum()) == (4, len(scan))
    assert unnamed(window.reading_bar) == untold(window.reading_bar) == []
    gate.release(10_000)
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    qtbot.waitUntil(window.reading_bar.isHidden, timeout=20_000)


def test_stop_works_while_a_block_is_read_and_the_scan_stays(qtbot, window, scan, file):
    path, gate = file
    window.request.open_scan(path)
    gate.release(1)
    qtbot.waitUntil(window.reading_bar.isVisible, timeout=20_000)
    qtbot.mouseClick(window.reading_bar.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)  # the next block is still held back
    assert window.reading_bar.isHidden()
    assert window.request.scan is scan
    # What is read unasked, such as a prior, may have been stopped with it, and be told after it.
    assert any("reading large.h5 was stopped" in line for _, line in window.log.lines[-3:])
    assert window.banner.isHidden()
    gate.release(10_000)
    window.request.open_scan(path)
    qtbot.waitUntil(lambda: window.request.path == path, timeout=20_000)
    np.testing.assert_array_equal(window.request.scan.patterns[:], scan.patterns)


def test_what_is_read_is_said_though_not_how_far(qtbot, window, scan, file):
    path, _ = file
    window.request.open_scan(path)  # no block is let go
    qtbot.waitUntil(window.reading_bar.isVisible, timeout=20_000)
    assert window.reading_bar.told.text() == "Reading large.h5 …"
    qtbot.mouseClick(window.reading_bar.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert window.reading_bar.isHidden()


def test_what_was_told_before_the_end_and_comes_after_it_is_not_shown(qtbot, window):
    async def job():
        await window.jobs.in_thread(tell, 1, 2)

    with qtbot.waitSignals([window.jobs.progressed] * 2, timeout=20_000):
        window.jobs.start("reading a", job())
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert window.reading_bar.isHidden()
