"""How low can the overlap go: methods over scans of one object, and the lowest overlap that suffices.

for progress in sweep(plan, device="cpu"):
    if progress is not None:
        print(f"{progress.share:.0%} done, {len(progress.runs)} of {progress.count} runs")
for curve in curves_of(progress.runs):
    print(curve.label, told(curve, NRMSE, 0.1))  # both of `overlap_limit`
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, closing, suppress
from typing import Any

from ptygui.errors import InputError
from ptygui.experiment.run import Run, Steps
from ptygui.physics.positions import overlap_text
from ptygui.step import Step
from ptygui.tasks.carrying import row_of
from ptygui.tasks.folder import TaskFolder
from ptygui.tasks.plans import INTERVAL, Plan, Planned
from ptygui.tasks.progress import Progress
from ptygui.tasks.scans import made
from ptygui.tasks.task import Task
from ptygui.tasks.where import Underway
from ptygui.tasks.workers import carried_out_on


def sweep(
    plan: Plan, device: str = "auto", folder: TaskFolder | None = None
) -> Generator[Progress | None, bool | None, None]:
    """Run a plan; yields at every iterate, a `Progress` when there is news. Close it to stop.

    A run that diverges or is refused counts as failed, with the reason; the sweep continues. With a folder,
    each run is written there when it is over, and those that are there are not computed again. `InputError`
    if there is no overlap to try.
    """
    check(plan)
    began, done = time.perf_counter(), 0.0
    whole = plan.reference_count + sum(one.count for one in plan.scans)
    runs: list[Run] = []
    dense: Step | None = None

    def progress(doing: str = "", share: float = 0.0) -> Progress:
        return Progress(tuple(runs), plan.count, (done + share) / whole, time.perf_counter() - began, doing)

    with closing(plan.reference(device)) as reference:
        for step in reference:
            dense = step or dense
            part: float = plan.reference_count
            doing = "reconstructing the reference"
            yield None if step is None else progress(doing, part * step.index / step.total)
    done += plan.reference_count
    scan, path = None, None if folder is None else folder.path
    try:
        for one, task in plan.tasks(device, dense):
            if task.scan != scan:
                yield progress(f"{plan.making} {overlap_text(one.overlap)}")
                scan = task.scan
            part = one.count / len(plan.methods)
            row = folder.row(task.key, with_result=True) if folder else None
            if folder is not None and row is not None:
                run = folder.run_of(task, row, plan.number)
            else:
                run, last = task.run(path, plan.number), None
                doing = f"{task.method.key()} at {overlap_text(run.overlap)}"
                with (
                    suppress(InputError),
                    closing(run.to_end(interval=INTERVAL, record=task.recorded)) as steps,
                ):
                    for step in steps:
                        last = step or last
                        yield None if step is None else progress(doing, part * step.index / step.total)
                if folder is not None:
                    folder.put(row_of(task, run, last, path), run if run.outcome == "done" else None)
            done += part
            runs.append(run)
            yield progress(f"{task.method.key()} at {overlap_text(run.overlap)}")
    finally:
        made.cache_clear()
    yield progress()


async def sweep_on(
    client: Any, plan: Plan, folder: TaskFolder, device: str = "auto"
) -> AsyncGenerator[Progress, None]:
    """Run a plan on the workers of a client (`ptygui.tasks.workers.connected`); close it to stop.

    Runs arrive in any order; each is in the folder, where those that are there already are taken from.

    Raises
    ------
    InputError
        If there is no overlap to try, or the scheduler is lost.
    """
    await asyncio.to_thread(check, plan)
    began, done = time.perf_counter(), 0.0
    whole = plan.reference_count + sum(one.count for one in plan.scans)
    runs: list[Run] = []

    def progress(doing: str = "", share: float = 0.0, underway: Underway | None = None) -> Progress:
        seconds = time.perf_counter() - began
        return Progress(tuple(runs), plan.count, (done + share) / whole, seconds, doing, underway)

    dense: Step | None = None
    if plan.reference_count:
        with closing(plan.reference(device)) as reference:  # here, where it is needed to plan the rest
            while (step := await asyncio.to_thread(_for_a_while, reference)) is not None:
                dense = step
                part = plan.reference_count * step.index / step.total
                yield progress("reconstructing the reference", part)
        done += plan.reference_count
    planned = await asyncio.to_thread(lambda: {task: one for one, task in plan.tasks(device, dense)})
    async with aclosing(carried_out_on(client, planned, folder, keep=True)) as steps:
        async for news in steps:
            if isinstance(news, Underway):
                busy = [task for task in planned if news.worker_of(task.key)]
                yield progress(_busy(busy[: len(news.by_worker)], planned), underway=news)
                continue
            run = await asyncio.to_thread(folder.run_of, news.task, news.row, plan.number)
            runs.append(run)
            done += planned[news.task].count / len(plan.methods)
            yield progress(f"{news.task.method.key()} at {overlap_text(run.overlap)}")
    yield progress()


def _for_a_while(steps: Steps) -> Step | None:
    """Advance a generator for `INTERVAL`: its newest step then, None at its end."""
    newest, until = None, time.perf_counter() + INTERVAL
    for step in steps:
        newest = step or newest
        if newest is not None and time.perf_counter() > until:
            return newest
    return newest


def _busy(tasks: Sequence[Task], planned: Mapping[Task, Planned]) -> str:
    said = [f"{task.method.key()} at {overlap_text(planned[task].overlap)}" for task in tasks]
    return ", ".join(said) or "waiting for workers"


def check(plan: Plan) -> None:
    """Refuse a plan without scans.

    Raises
    ------
    InputError
        If there is no overlap to try.
    """
    if not plan.scans:
        raise InputError("there is no overlap to try that the scan has: lower the overlaps")
