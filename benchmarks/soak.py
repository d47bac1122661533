"""Prints how memory, threads and timers grow in one process after many runs. Asserts nothing.

    python benchmarks/soak.py [--runs 300] [--scrubs 2000] [--loads 200] [--picture soak.png]

Short runs of AWF and rPIE on the example, with scrubbing and opening of scans between them; the newest
ten runs stay in the list, the others are deleted. Every ten runs a line says the resident memory, how much
of it malloc has allocated (only with glibc), the threads of the process, the timers of the window and the
Steps alive; the last lines give the slopes of both after the first fifty runs. Resident memory that is not
allocated is free space between used blocks: it varies. QT_QPA_PLATFORM=offscreen counts as a display.
"""

import argparse
import asyncio
import ctypes
import gc
import os
import tempfile
import time
from pathlib import Path

from ptygui.experiment.settings import RunSettings

KEPT = 10  # runs in the list
SETTLED = 50  # runs after which memory is expected to be flat


def resident():
    """Resident memory [MB]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class _MallInfo(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    )


def in_use():
    """Memory allocated by malloc [MB], nan if unknown."""
    tell = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if tell is None:
        return float("nan")
    tell.restype = _MallInfo
    found = tell()
    return (found.uordblks + found.hblkhd) / 2**20


async def until(condition, timeout=120.0):
    end = time.perf_counter() + timeout
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the window does not answer")
        await asyncio.sleep(0.002)


async def soak(arguments, folder):
    from dataclasses import replace

    from PyQt6.QtCore import QSettings, QTimer

    from ptygui.files.formats.own_scan import write_scan
    from ptygui.gui.app import open_window
    from ptygui.methods import AWF, RPIE
    from ptygui.step import Step

    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("start page", "no")
    window = open_window(None, settings, folder / "recovery")
    window.resize(1280, 800)
    session = window.session
    await until(lambda: session.request.scan is not None)
    await until(lambda: window.preload.done, 600)
    scans = [folder / "one.h5", folder / "two.h5"]
    write_scan(scans[0], session.request.scan)
    write_scan(scans[1], replace(session.request.scan, name="two", truth=None))
    lines, scrubbed, loaded = [], 0, 0
    for k in range(1, arguments.runs + 1):
        while loaded < arguments.loads * k / arguments.runs:
            before = session.request.scan
            session.request.open_scan(str(scans[loaded % 2]))
            await until(lambda before=before: session.request.scan is not before)
            loaded += 1
        method = (AWF(iterations=12), RPIE(iterations=12))[k % 2]
        session.run(method, RunSettings("cpu"))
        await until(
            lambda k=k: not session.live and len(session.runs) and session.runs[-1].outcome != "queued"
        )
        while scrubbed < arguments.scrubs * k / arguments.runs:
            session.selection.show_frame(scrubbed % len(session.selection.history.frames))
            await asyncio.sleep(0.034)  # each is drawn: at most 30 repaints per second
            scrubbed += 1
        session.delete(list(session.runs)[:-KEPT])
        if k % 10 == 0:
            await until(lambda: not len(window.jobs))
            gc.collect()
            steps = sum(type(one) is Step for one in gc.get_objects())  # isinstance wakes lazy modules
            threads, timers = len(os.listdir("/proc/self/task")), len(window.findChildren(QTimer))
            lines.append((k, resident(), in_use(), threads, timers, steps))
            print(
                f"run {k:4}   scrubs {scrubbed:5}   loads {loaded:4}   {lines[-1][1]:7.1f} MB   "
                f"{lines[-1][2]:6.1f} in use   {threads} threads   {timers} timers   {steps} steps alive",
                flush=True,
            )
    window.close()
    return lines


def report(lines, picture):
    import numpy as np

    late = np.array([line[:3] for line in lines if line[0] >= SETTLED])
    if len(late) > 1:
        slope, given_out = (100 * np.polyfit(late[:, 0], late[:, column], 1)[0] for column in (1, 2))
        print(
            f"memory after the first {SETTLED} runs: {slope:+.2f} MB per 100 runs, "
            f"in use {given_out:+.2f} MB per 100 runs"
        )
    for name, column in (("threads", 3), ("timers", 4), ("steps alive", 5)):
        print(f"{name}: {lines[0][column]} after {lines[0][0]} runs, {lines[-1][column]} at the end")
    if picture:
        import pyqtgraph as pg
        from pyqtgraph.exporters import ImageExporter

        plot = pg.PlotWidget(background="w", title="resident memory over runs [MB]")
        plot.resize(800, 400)
        plot.plot([line[0] for line in lines], [line[1] for line in lines], pen=pg.mkPen("#3f8fd2", width=2))
        plot.setYRange(0, 1.1 * max(line[1] for line in lines))
        plot.setLabel("bottom", "runs")
        ImageExporter(plot.plotItem).export(picture)
        print(f"written: {picture}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--scrubs", type=int, default=2000)
    parser.add_argument("--loads", type=int, default=200)
    parser.add_argument("--picture", help="PNG file for the curve of the memory")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from ptygui.gui.app import event_loop

    loop = event_loop()
    with tempfile.TemporaryDirectory() as folder, loop:
        lines = loop.run_until_complete(soak(arguments, Path(folder)))
    report(lines, arguments.picture)


if __name__ == "__main__":
    main()
