"""How low can the overlap go: methods over scans of one object, and the lowest overlap that suffices.

for progress in sweep(plan, device="cpu"):
    if progress is not None:
        print(f"{progress.share:.0%} done, {len(progress.runs)} of {progress.count} runs")
for curve in curves_of(progress.runs):
    print(curve.label, told(curve, NRMSE, 0.1))  # both of `overlap_limit`
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from contextlib import aclosing, closing, suppress
from typing import Any, TypeVar

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
from ptygui.tasks.workers import Finished, carried_out_on

_REFERENCE = "reconstructing the reference"
_T = TypeVar("_T")


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
    whole = _work(plan)
    runs: list[Run] = []

    def progress(doing: str = "", share: float = 0.0, busy: bool = False) -> Progress:
        seconds, places = time.perf_counter() - began, tuple(range(len(runs)))
        at_work = {len(runs): ""} if busy else {}
        return Progress(tuple(runs), plan.count, (done + share) / whole, seconds, doing, places, at_work)

    scan, path = None, None if folder is None else folder.path
    try:
        for part in plan.parts:
            dense: Step | None = None
            with closing(part.reference(device)) as reference:
                for step in reference:
                    dense = step or dense
                    share = 0.0 if step is None else part.reference_count * step.index / step.total
                    yield None if step is None else progress(_REFERENCE, share)
            done += part.reference_count
            for one, task in part.tasks(device, dense):
                if task.scan != scan:
                    yield progress(f"{part.making} {overlap_text(one.overlap)}")
                    scan = task.scan
                work = one.count / len(part.methods)
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
                            yield (
                                None
                                if step is None
                                else progress(doing, work * step.index / step.total, True)
                            )
                    if folder is not None:
                        folder.put(row_of(task, run, last, path), run if run.outcome == "done" else None)
                done += work
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
    whole = _work(plan)
    runs: list[Run] = []
    places: list[int] = []

    def progress(doing: str = "", share: float = 0.0) -> Progress:
        seconds = time.perf_counter() - began
        part = (done + share) / whole
        return Progress(tuple(runs), plan.count, part, seconds, doing, tuple(places), dict(at_work))

    at_work: dict[int, str] = {}
    planned: dict[Task, tuple[int, Planned, int]] = {}  # place in `Plan.rows`, scan, methods of its part
    for part in plan.parts:
        dense: Step | None = None
        if part.reference_count:
            with closing(part.reference(device)) as reference:  # here, where it is needed to plan the rest
                while (step := await _in_thread(_for_a_while, reference)) is not None:
                    dense = step
                    yield progress(_REFERENCE, part.reference_count * step.index / step.total)
            done += part.reference_count
        for one, task in await asyncio.to_thread(_tasks, part, device, dense):
            planned[task] = len(planned), one, len(part.methods)
    by_key = {task.key: task for task in planned}
    async with aclosing(carried_out_on(client, planned, folder, keep=True)) as steps:
        async for news in steps:
            if isinstance(news, Underway):
                busy = {worker: by_key[keys[0]] for worker, keys in news.by_worker.items() if keys}
                at_work = {planned[task][0]: worker for worker, task in busy.items()}
                yield progress(_busy(busy.values(), planned))
                continue
            run = await asyncio.to_thread(_ended, folder, news, plan.number)
            place, one, count = planned[news.task]
            runs.append(run)
            places.append(place)
            at_work.pop(place, None)
            done += one.count / count
            yield progress(f"{news.task.method.key()} at {overlap_text(run.overlap)}")
    yield progress()


def _ended(folder: TaskFolder, news: Finished, number: int) -> Run:
    """A run that is over, with what lists and curves show of its scan: a window shall not work that out."""
    run = folder.run_of(news.task, news.row, number)
    _ = run.overlap, run.overlap_d90, run.data_per_unknown
    return run


def _tasks(plan: Plan, device: str, reference: Step | None) -> list[tuple[Planned, Task]]:
    return list(plan.tasks(device, reference))


def _work(plan: Plan) -> int:
    """Positions to reconstruct in all, by which progress is counted."""
    return plan.reference_count + sum(one.count for one in plan.scans)


async def _in_thread(function: Callable[..., _T], *args: Any) -> _T:
    """The answer of a function in a thread, which ends before a cancellation goes on.

    A generator that a thread still advances cannot be closed.
    """
    work = asyncio.ensure_future(asyncio.to_thread(function, *args))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _for_a_while(steps: Steps) -> Step | None:
    """Advance a generator for `INTERVAL`: its newest step then, None at its end."""
    newest, until = None, time.perf_counter() + INTERVAL
    for step in steps:
        newest = step or newest
        if newest is not None and time.perf_counter() > until:
            return newest
    return newest


def _busy(tasks: Iterable[Task], planned: Mapping[Task, tuple[int, Planned, int]]) -> str:
    said = [f"{task.method.key()} at {overlap_text(planned[task][1].overlap)}" for task in tasks]
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
