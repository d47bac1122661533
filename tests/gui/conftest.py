"""A window on an event loop, as the program has it, with settings of its own."""

import asyncio
import time

import pytest

pg = pytest.importorskip("pyqtgraph")


class Sooner(pg.SignalProxy):
    """As pyqtgraph's, ten times as often."""

    def __init__(self, signal, delay=0.3, rateLimit=0, **more):
        super().__init__(signal, delay, 10 * rateLimit, **more)


@pytest.fixture
def qtbot(qtbot, monkeypatch):
    """As pytest-qt's, which alone lets the widgets of a test go before Qt has deleted them.

    What nothing holds any more, Python's collector takes apart wherever it comes by; Qt may then draw a scene
    whose items have lost half of themselves: a segmentation fault, in some runs.
    """
    from PyQt6.QtCore import QCoreApplication, QEvent

    kept, add = [], qtbot.addWidget

    def add_and_keep(widget, **more):
        kept.append(widget)
        add(widget, **more)

    monkeypatch.setattr(qtbot, "addWidget", add_and_keep)
    yield qtbot
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def dressed(qapp):
    """The style and the fonts of the program, once, as in it."""
    from ptygui.gui.widgets import theme

    theme.dress(qapp)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Draw a run as it goes, and what else waits for more of its kind: the program spares the processor."""
    from ptygui.experiment import reconstruct
    from ptygui.gui.background import frame_budget

    for module in (reconstruct, frame_budget):
        monkeypatch.setattr(module, "LONGEST", 0.03)
    monkeypatch.setattr(pg, "SignalProxy", Sooner)


@pytest.fixture
def loop(qapp):
    """An asyncio loop that pytest-qt's waiting drives."""
    from ptygui.gui.background.loop import EventLoop

    loop = EventLoop(qapp)
    asyncio.set_event_loop(loop)
    asyncio._set_running_loop(loop)
    yield loop
    until = time.monotonic() + 0.5
    while (left := asyncio.all_tasks(loop)) and time.monotonic() < until:  # of jobs without a window
        for task in left:
            task.cancel()
        qapp.processEvents()
    asyncio._set_running_loop(None)
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def jobs(loop):
    from ptygui.gui.background.jobs import Jobs

    return Jobs()


@pytest.fixture
def session(jobs, scan):
    """A session that works on the small scan; no widget anywhere."""
    from ptygui.gui.model.request import Request
    from ptygui.gui.model.session import Session

    session = Session(Request(jobs))
    session.request.set_scan(scan)
    yield session
    session.close()


@pytest.fixture
def new_window(qtbot, dressed, loop, tmp_path, monkeypatch):
    """Opens windows that share settings of their own; each may have a recovery folder."""
    from PyQt6.QtCore import QSettings

    from ptygui.gui.files import mapper
    from ptygui.gui.model import simulator, thinner
    from ptygui.gui.window import Window

    for module in (simulator, thinner, mapper):  # ms from a change to the scan of it: tests wait for it often
        monkeypatch.setattr(module, "REST", 40)
    windows = []

    def make(recovery=None):
        window = Window(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat), recovery)
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in windows:  # all before any wait, in which pytest-qt's own deletions come through
        window.close()
    for window in windows:
        qtbot.waitUntil(lambda window=window: not len(window.jobs))


@pytest.fixture
def window(new_window, scan):
    """The window, shown, with the small scan and rPIE chosen."""
    from ptygui.methods import RPIE

    window = new_window()
    window.request.set_scan(scan)
    window.request.set_method(RPIE(iterations=40))
    return window
