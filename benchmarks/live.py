"""Prints the cost of the live view for a run of `daps`: the same run with and without the window.

    python benchmarks/live.py [--overlap 0.5] [--repeats 4] [--setting standard]

Both in one process, in turn, in the same kind of thread; the ratio is the median over turns. A second
ratio is for processor time. Both scatter by 2 % per turn, more on a busy machine. More stable: time spent on
the view itself: processor time of the window's thread, and of copying and scoring the steps in the run's,
over the processor time of the run alone. On a busy machine, a run takes longer and is shown more often: its
share of the processor time is then an upper bound. QT_QPA_PLATFORM=offscreen counts as a display. Asserts
nothing.
"""

import argparse
import asyncio
import os
import tempfile
import time


async def measure(arguments):
    import numpy as np
    from PyQt6.QtCore import QSettings

    from ptygui.experiment.reconstruct import _Score, reconstruct
    from ptygui.gui.app import open_window
    from ptygui.gui.background.imports import load
    from ptygui.gui.background.step_thread import StepThread
    from ptygui.methods import DAPS
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from ptygui.physics.smear import smear

    scoring, make_step = [], _Score.step

    def timed(*arguments):
        began = time.thread_time()
        step = make_step(*arguments)
        scoring.append(time.thread_time() - began)
        return step

    _Score.step = timed
    settings = QSettings(os.path.join(tempfile.mkdtemp(), "settings.ini"), QSettings.Format.IniFormat)
    window = open_window(settings=settings)
    window.resize(1280, 800)
    shown = []
    session, method = window.session, DAPS(setting=arguments.setting)
    scan = simulate(
        smear((128, 128), np.random.default_rng(0)),
        make_probe("medium"),
        Simulation(overlap=arguments.overlap),
    )
    session.request.set_scan(scan)
    session.selection.step_shown.connect(shown.append)

    async def ended(live):
        while live():
            await asyncio.sleep(0.05)

    async def alone():
        def make():
            load(networks=True)
            return reconstruct(scan, method, interval=1e9)

        thread = StepThread(make)
        thread.start()
        await ended(thread.isRunning)

    async def live():
        session.run(method)
        await ended(lambda: session.live)
        return len(session.selection.history)

    await asyncio.sleep(3)
    await alone()  # what is loaded, is loaded
    rows = []
    for turn in range(arguments.repeats):
        took = []
        for run in (alone, live) if turn % 2 else (live, alone):
            scoring.clear()
            shown.clear()
            wall, cpu, mine = time.perf_counter(), time.process_time(), time.thread_time()
            steps = await run() or 0
            spent = time.perf_counter() - wall, time.process_time() - cpu, time.thread_time() - mine
            took.append((run is live, *spent, sum(scoring), steps, len(shown)))
            await asyncio.sleep(0.3)
        (_, bare, bare_cpu, idle, few, *_), (_, seen, seen_cpu, drawn, all_of_it, steps, frames) = sorted(
            took
        )
        parts = (drawn - idle) / bare_cpu, (all_of_it - few) / bare_cpu
        rows.append((seen / bare, seen_cpu / bare_cpu, *parts, sum(parts)))
        print(
            f"alone {bare:.2f} s   live {seen:.2f} s with {steps} steps, {frames} frames   "
            f"ratio {seen / bare:.3f}   window {parts[0]:.2%}   steps {parts[1]:.2%}",
            flush=True,
        )
    ratio, cpu, window_share, steps_share, both = np.median(rows, axis=0)
    print(
        f"live over alone, median: {ratio:.3f} of the seconds, {cpu:.3f} of the processor time; "
        f"the window's thread {window_share:.2%}, steps {steps_share:.2%}, together {both:.2%}"
    )
    window.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--overlap", type=float, default=0.5)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--setting", default="standard")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the program sets it, before torch is loaded
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {os.environ['QT_QPA_PLATFORM']}")
    from ptygui.gui.app import event_loop

    with event_loop() as loop:
        loop.run_until_complete(measure(arguments))


if __name__ == "__main__":
    main()
