"""Sweeper: one overlap sweep, in its own thread or on workers, parallel to any run."""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import aclosing

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.experiment.reconstruct import pick_device
from ptygui.gui.background.imports import load
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.step_thread import StepThread
from ptygui.paths import user_sweeps
from ptygui.tasks.plans import Plan
from ptygui.tasks.progress import Progress
from ptygui.tasks.where import Workers

EVERY = 0.4  # between two times that runs of workers are handed out, however many end [s]
TURN = 0.02  # for the event loop, between what is shown of them [s]
KEPT = 30.0  # days that the runs of workers stay on disk, for the same sweep to go on from


class Sweeper(QObject):
    """Runs a plan, hands out each run that has ended, and reports progress."""

    started = pyqtSignal()
    runs_done = pyqtSignal(list, list)  # of Run, without numbers; and of PlannedRun, what each was planned as
    progressed = pyqtSignal(Progress)
    waited = pyqtSignal(str)  # what is done before there is any progress
    finished = pyqtSignal(str)  # "done", "stopped" or "failed"
    failed = pyqtSignal(Exception)
    noted = pyqtSignal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs, self.folder = jobs, user_sweeps()
        self._thread: StepThread | None = None
        self._task: asyncio.Task[None] | None = None
        self.plan: Plan | None = None  # of the newest sweep
        self.newest: Progress | None = None  # of it
        self._handed = 0  # number of runs handed out
        self._dropped = False  # whether its runs are no longer wanted

    @property
    def live(self) -> bool:
        """Whether a sweep is running."""
        return self._thread is not None or self._task is not None

    @property
    def number(self) -> int:
        """Number of the running sweep, see `Run.sweep`; 0 for none."""
        return self.plan.number if self.live and self.plan is not None else 0

    def start(self, plan: Plan, device: str, workers: Workers | None = None) -> None:
        """Begin a sweep, unless one is running.

        On workers, its runs are kept in `folder`: the same sweep goes on from those that are there.
        """
        if self.live:
            return
        self.plan, self.newest, self._handed, self._dropped = plan, None, 0, False
        if workers:
            self._task = self.jobs.start("", self._elsewhere(plan, device, workers))
            self.started.emit()
            return
        self._thread = thread = StepThread(lambda: _sweep(plan, device, self.waited.emit), self)
        thread.step_ready.connect(self._take)
        thread.failed.connect(self.failed)
        thread.finished.connect(self._end)
        thread.start()
        self.started.emit()

    def stop(self) -> None:
        """End at once; ended runs are kept."""
        if self._thread is not None:
            self._thread.stop()
        if self._task is not None:
            self._task.cancel()

    def drop(self) -> None:
        """End at once, and hand out no more runs: the window works on other runs."""
        self._dropped = True
        self.stop()

    def close(self) -> None:
        """End and wait for the thread; hand out the ended runs. Workers end by themselves."""
        if self._task is not None:
            self._dropped = True  # it hears of this later, when there is no window any more
            self._task.cancel()
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()
            self._take()
            self._thread = None

    def _take(self) -> None:
        items: list[Progress] = self._thread.take() if self._thread is not None else []
        if items:
            self._hand_out(items[-1])

    def _hand_out(self, newest: Progress) -> None:
        self._hand_out_runs(newest)
        if not self._dropped:
            self.progressed.emit(newest)

    def _hand_out_runs(self, newest: Progress) -> None:
        if self._dropped or self.plan is None:
            return
        self.newest, first, self._handed = newest, self._handed, len(newest.runs)
        if new := list(newest.runs[first:]):
            self.runs_done.emit(new, [self.plan.rows[place] for place in newest.places[first:]])

    async def _hand_out_in_turns(self, newest: Progress) -> None:
        """As `_hand_out`; the event loop goes on between what is shown."""
        self._hand_out_runs(newest)
        await asyncio.sleep(TURN)
        self._hand_out(newest)

    async def _elsewhere(self, plan: Plan, device: str, workers: Workers) -> None:
        """A sweep on workers, in the event loop of the window."""
        outcome, due, newest = "stopped", 0.0, None
        try:
            device = await asyncio.to_thread(_prepared, device)
            from ptygui.tasks.folder import TaskFolder
            from ptygui.tasks.sweep import sweep_on
            from ptygui.tasks.workers import connected, dashboard_of

            folder = TaskFolder(self.folder)
            await asyncio.to_thread(folder.prune, KEPT)
            async with connected(workers) as client:
                if link := await dashboard_of(client):
                    self.noted.emit(f"dashboard of the workers: {link}")
                async with aclosing(sweep_on(client, plan, folder, device)) as steps:
                    async for progress in steps:
                        newest = progress
                        if not progress.doing or time.monotonic() > due:
                            await self._hand_out_in_turns(progress)
                            due = time.monotonic() + EVERY
            outcome = "done"
        except asyncio.CancelledError:
            pass
        except Exception as error:
            outcome = "failed"
            self.failed.emit(error)
        finally:
            if newest is not None:
                self._hand_out(newest)  # the runs that ended since the last time
            self._task = None
            self.finished.emit(outcome)

    def _end(self) -> None:
        thread = self._thread
        if thread is None:  # closed in the meantime
            return
        self._take()
        self._thread = None
        self.finished.emit(thread.finish())


def _sweep(
    plan: Plan, device: str, tell: Callable[[str], None]
) -> Generator[Progress | None, bool | None, None]:
    load(any(method.learned for method in plan.methods), tell)
    tell("preparing the reference" if plan.reference_count else "preparing the first scan")
    from ptygui.tasks.sweep import sweep

    return sweep(plan, pick_device(device))


def _prepared(device: str) -> str:
    """The device, once all is imported that workers need here: in a thread, since it takes seconds."""
    import distributed  # noqa: F401

    import ptygui.tasks.sweep
    import ptygui.tasks.workers  # noqa: F401

    return pick_device(device)
