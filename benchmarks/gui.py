"""Prints how long the window takes to show, and its longest stalls. Asserts nothing.

    python benchmarks/gui.py [--methods awf,daps] [--size 128] [--seconds 12] [--why] [--workers 2]

A stall is the gap between two ticks of a 5 ms timer of the GUI thread. Load, run, scrub and export
are watched from 3 s after the window is shown; QT_QPA_PLATFORM=offscreen counts as a display. Of the
stalls over 50 ms those are the window's own in which its thread computed for 25 ms or more; in the others
it waited: for a processor that another process had, or for the interpreter that a thread held. --why tells
for each what of it was which (on Linux), and where the thread was.
Visible is the first paint of the window, usable when a click on Example has led to its
pictures. A frame of scrubbing is a step requested and painted; so are frames of panning a large
object and of dragging its levels. Modules are compiled before, as they are
from the second start on: PYTHONDONTWRITEBYTECODE would have each start compile them all.
The last line says how late a bare
loop of 5 ms sleeps wakes up at the end: the delay of the machine itself for any program at that
moment.
"""

import argparse
import asyncio
import compileall
import os
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

START = time.perf_counter()
TICK_MS = 5
LATE = 50  # from which a gap is a stall [ms]
OWN = 25  # and from how much work of the GUI thread in it, it is its own [ms]
FRAMES = 120  # scrubbed through, at least
START_AGAIN = "PTYGUI_COMPILED"
SETTLED = 3.0  # seconds after show from which stalls count


class Gap(NamedTuple):
    """What the GUI thread did between two ticks [ms]."""

    whole: float
    own: float  # it computed
    queued: float  # it could have, but had no processor; 0 where the system does not tell


class Gaps:
    """A 5 ms timer that remembers how late it was, and why."""

    def __init__(self, why: bool = False):
        from PyQt6.QtCore import Qt, QTimer

        self.gaps, self._last = [], None
        self._queue = open("/proc/thread-self/schedstat") if sys.platform == "linux" else None
        self._seen: list[str] = []  # where the thread was in the gap that is open
        self._gui = threading.get_ident()
        self.timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._tick)
        self.timer.start()
        if why:
            threading.Thread(target=self._look, daemon=True).start()

    def take(self):
        """The gaps since the last call, and start over."""
        gaps, self.gaps, self._last = self.gaps, [], None
        return gaps

    def _tick(self):
        now = time.perf_counter(), time.thread_time(), self._queued()
        if self._last is not None:
            gap = Gap(*(1e3 * (b - a) for a, b in zip(self._last, now, strict=True)))
            self.gaps.append(gap)
            seen, self._seen = self._seen, []
            if seen and gap.whole > LATE:
                print(f"    {gap.whole:.0f} ms, own {gap.own:.0f}, queued {gap.queued:.0f}")
                for place, count in Counter(seen).most_common(4):
                    print(f"      {count} of {len(seen)}: {place}")
        self._last = now

    def _queued(self):
        """How long the thread has waited for a processor so far [s]."""
        if self._queue is None:
            return 0.0
        self._queue.seek(0)
        return 1e-9 * int(self._queue.read().split()[1])

    def _look(self):
        """In another thread: note where the GUI thread is while a tick is late."""
        while True:
            time.sleep(TICK_MS / 1e3)
            last = self._last
            if last is not None and 1e3 * (time.perf_counter() - last[0]) > LATE / 2:
                frame = sys._current_frames().get(self._gui)
                if frame is None:  # the program ends
                    return
                self._seen.append(_place(frame))


def _place(frame):
    """The innermost lines of this project, and the innermost of all."""
    lines, found = traceback.extract_stack(frame), []
    for line in reversed(lines):
        if "ptygui" in line.filename or not found:
            found.append(f"{Path(line.filename).name}:{line.lineno} {line.name}")
    return " < ".join(found[:6])


def report(what, gaps, extra=""):
    import numpy as np

    if not gaps:
        print(f"{what:28} not one tick   {extra}")
        return
    whole = [gap.whole for gap in gaps]
    median, high = np.percentile(whole, (50, 99))
    late = [gap for gap in gaps if gap.whole > LATE]
    own = [gap for gap in late if gap.own >= OWN]
    said = f"{len(late)} over {LATE} ms of {len(gaps)}"
    if late:
        said += f", {len(own)} of them own (at most {max(gap.own for gap in gaps):.0f} ms of work)"
    said = f"99 % {high:5.1f} ms   median {median:5.1f} ms   {said}   {extra}"
    print(f"{what:28} worst {max(whole):6.1f} ms   {said}")


def machine():
    """Print the gaps of a loop that does nothing but sleep."""
    gaps, last = [], time.perf_counter()
    end = last + 3
    while last < end:
        time.sleep(TICK_MS / 1e3)
        now = time.perf_counter()
        gaps.append(Gap(1e3 * (now - last), 0.0, 0.0))
        last = now
    report("machine, bare sleep", gaps)


async def until(condition, timeout=600.0):
    end = time.perf_counter() + timeout
    while not condition() and time.perf_counter() < end:
        await asyncio.sleep(0.01)


async def consequence(window):
    """Print how long after a move of the slider the map and the table are painted."""
    painted, seconds = asyncio.Event(), []

    def paint(_):
        for view in (window.map.viewport(), window.sampling):
            view.repaint()
        painted.set()

    window.summaries.surveyed.connect(paint)  # after the views, which were connected first
    for percent in range(90, -1, -6):
        painted.clear()
        began = time.perf_counter()
        window.simulate_panel.overlap.setValue(percent)
        await painted.wait()
        seconds.append(time.perf_counter() - began)
        await until(lambda: not len(window.jobs))
    window.summaries.surveyed.disconnect(paint)
    print(
        f"overlap to map and figures   worst {1e3 * max(seconds):6.1f} ms   "
        f"median {1e3 * sorted(seconds)[len(seconds) // 2]:5.1f} ms   {len(seconds)} moves"
    )


def paints(widget):
    """A list that grows with each paint of a widget, by when that was."""
    from PyQt6.QtCore import QEvent, QObject

    times = []

    class Watch(QObject):
        def eventFilter(self, _, event):
            if event.type() == QEvent.Type.Paint:
                times.append(time.perf_counter())
            return False

    watch = Watch(widget)
    widget.installEventFilter(watch)
    return times


async def scrub(window, places):
    """Request frames as fast as they are painted; says how many a second, and the work of each."""
    session, done = window.session, 0
    began, worked = time.perf_counter(), time.thread_time()
    painted = paints(window.object.canvas.viewport())
    for place in places:
        before = len(painted)
        session.selection.show_frame(place)
        if session.selection.step is not window.object.step:
            asked = time.perf_counter()
            while len(painted) == before and time.perf_counter() - asked < 2.0:
                await asyncio.sleep(0.001)
            done += 1
    each = 1e3 * (time.thread_time() - worked) / max(done, 1)
    return f"{done / (time.perf_counter() - began):.0f} frames/s, {each:.1f} ms of work each"


async def draw_large(size=4096):
    """Print the frames per second of panning, and of dragging levels, over an object of this size."""
    import numpy as np
    from PyQt6.QtWidgets import QApplication

    from ptygui.gui.views.object import ObjectView
    from ptygui.scan import Geometry
    from ptygui.step import Step

    rng = np.random.default_rng(0)
    obj = np.ones((size, size), np.complex64)
    obj += 0.2 * rng.normal(size=(size, size)).astype(np.float32)
    obj *= np.exp(0.3j * rng.normal(size=(size, 1))).astype(np.complex64)
    places = np.stack(np.meshgrid(*2 * [np.arange(0, size - 64, 256)], indexing="ij"), -1).reshape(-1, 2)
    scan = Geometry(
        positions=places.astype(float), probe=np.ones((64, 64), np.complex64), object_shape=(size, size)
    )
    view = ObjectView()
    view.resize(1060, 460)
    view.show_scan(scan)
    view.show()
    found = {"misfit": 0.1, "noise_floor": 0.0, "nfe": 0}
    view.show_step(Step(index=1, total=1, seconds=0.0, obj=obj, probe=scan.probe, **found))
    await asyncio.sleep(0.3)
    canvas, bar = view.canvas, view.canvas.bars["amplitude"]
    lead = canvas.panes["estimate", "amplitude"]
    painted = paints(canvas.viewport())

    async def rate(act, count=60):
        slowest, began = 0.0, time.perf_counter()
        for k in range(count):
            before, asked = len(painted), time.perf_counter()
            act(k)
            while len(painted) == before and time.perf_counter() - asked < 2.0:
                QApplication.processEvents()
            slowest = max(slowest, time.perf_counter() - asked)
        return count / (time.perf_counter() - began), 1e3 * slowest

    def pan(wide):
        def act(k):
            left = (size - wide) * (0.5 + 0.4 * np.sin(k / 20))
            lead.vb.setRange(xRange=(left, left + wide), yRange=(left, left + wide), padding=0)
            lead.vb.sigRangeChangedManually.emit([True, True])

        return act

    low, high = bar.levels
    for name, act in (
        (f"panning {size} px, half of it", pan(size // 2)),
        (f"panning {size} px, 600 px", pan(600)),
        (f"levels of {size} px, 600 px", lambda k: bar.drag(low, high * (1 + 0.3 * np.sin(k / 10)))),
    ):
        frames, slowest = await rate(act)
        print(f"{name:28} {frames:.0f} frames/s   slowest {slowest:.1f} ms")
    view.fit()
    frames, slowest = await rate(lambda k: bar.drag(low, high * (1 + 0.3 * np.sin(k / 10))))
    print(f"{f'levels of {size} px, whole':28} {frames:.0f} frames/s   slowest {slowest:.1f} ms")
    view.close()
    view.deleteLater()


async def load_and_export(window, gaps):
    """Export in every form, and open the scan that was written."""
    from ptygui.gui.files.exports import TITLES, Export

    session = window.session
    with tempfile.TemporaryDirectory() as folder:
        gaps.take()
        window.exporter.export(Export(Path(folder), "all", tuple(TITLES)))
        await until(lambda: not len(window.jobs))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        report("export, every form", gaps.take(), f"{size / 1e6:.0f} MB")
        before = session.request.scan
        session.request.open_scan(str(Path(folder) / "all_scan.h5"))
        await until(lambda: session.request.scan is not before)
        await asyncio.sleep(0.3)
        report("load of a scan", gaps.take())
        window.source_bar.simulation.click()  # an opened scan is active
        await until(lambda: not len(window.jobs) and not window.simulator.pending)
        gaps.take()


async def under_sweep(window, gaps, workers):
    """A sweep on workers of this machine, while the window draws what comes of it."""
    from ptygui.gui.pages import OVERLAP
    from ptygui.methods import AWF, DAPS

    window.show_page(OVERLAP)
    for method in (AWF(), DAPS()):  # those before had no end
        window.request.set_method(method)
    window.request.set_sweep(replace(window.request.sweep, by=0.1, workers=str(workers)))
    gaps.take()
    window.sweep_panel.start.click()
    await until(lambda: not window.sweeper.live)
    report(f"sweep on {workers} workers", gaps.take(), f"{len(window.sweeper.newest.runs)} runs")


async def measure(arguments):
    from PyQt6.QtCore import QSettings

    from ptygui.gui.app import open_window
    from ptygui.gui.model.simulator import EXAMPLE
    from ptygui.methods import method_named

    settings = str(Path(tempfile.mkdtemp()) / "settings.ini")
    window = open_window(settings=QSettings(settings, QSettings.Format.IniFormat))
    window.resize(1280, 800)
    painted = paints(window)
    await until(lambda: painted)
    shown = painted[0]
    print(f"window visible after         {shown - START:.2f} s")
    gaps, session = Gaps(arguments.why), window.session
    window.scan_panel.example.click()
    await until(lambda: session.request.scan is not None and window.object.scan is session.request.scan)
    print(f"usable after                 {time.perf_counter() - START:.2f} s")
    report("starting up", gaps.take())
    if arguments.size != 128:
        window.simulator.make_object(arguments.size, 0)
        before = session.request.scan
        await until(lambda: session.request.scan is not before)
    await asyncio.sleep(max(0.0, shown + SETTLED - time.perf_counter()))
    report("warming up (torch import)", gaps.take())
    await asyncio.sleep(1)
    report("idle", gaps.take())
    for key in arguments.methods.split(","):
        method = method_named(key)()
        if hasattr(method, "iterations"):
            method = replace(method, iterations=10_000_000)
        window.request.set_method(method)
        gaps.take()
        window.run_panel.run.click()
        await until(lambda: session.selection.history.last is not None, 60.0)
        began = time.perf_counter()
        await until(lambda began=began: not session.live or time.perf_counter() - began > arguments.seconds)
        figures = gaps.take()
        last = session.selection.history.last
        if last is None:
            print(f"run {key} failed: {window.banner.label.text()}")
            continue
        done = f"{last.index} iterates in {last.seconds:.1f} s of {time.perf_counter() - began:.1f} s"
        report(f"run {key}", figures, f"{done}, {len(session.selection.history.frames)} frames")
        if session.live:
            count = len(session.selection.history.frames)
            gaps.take()
            rate = await scrub(window, [*range(count), *range(count, 0, -1)])
            report(f"scrubbing in run {key}", gaps.take(), rate)
        session.stop()
        await until(lambda: not session.live)
        gaps.take()
        count = len(session.selection.history.frames)
        rate = await scrub(window, -(-FRAMES // count) * list(range(count)))
        report(f"scrubbing {key}", gaps.take(), rate)
        await load_and_export(window, gaps)
    gaps.take()
    for percent in [*range(0, 90, 2), *range(90, 0, -2)]:
        window.simulate_panel.overlap.setValue(percent)
        await asyncio.sleep(1 / 60)
    report("dragging the overlap", gaps.take())
    await consequence(window)
    window.simulator.set_options(EXAMPLE)
    if arguments.workers:
        await until(lambda: not len(window.jobs) and not window.simulator.pending)
        await under_sweep(window, gaps, arguments.workers)
    window.close()
    await draw_large()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--methods", default="awf,daps")
    parser.add_argument("--workers", type=int, default=0, help="also a sweep on so many workers here")
    parser.add_argument("--large", action="store_true", help="only draw a large object")
    parser.add_argument("--size", type=int, default=128, help="object size [px]")
    parser.add_argument("--why", action="store_true", help="tell where the window was in each stall")
    parser.add_argument("--seconds", type=float, default=12, help="longest watch of a run")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if sys.dont_write_bytecode and START_AGAIN not in os.environ:  # as after a first start, or pip
        compileall.compile_dir(Path(__file__).parents[1] / "ptygui", quiet=2)
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, START_AGAIN: "1"})
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {os.environ['QT_QPA_PLATFORM']}")
    from ptygui.gui.app import event_loop

    with event_loop() as loop:
        loop.run_until_complete(draw_large() if arguments.large else measure(arguments))
    machine()


if __name__ == "__main__":
    main()
