"""Session: what the window works on, and the signals that report changes."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.experiment.run import Run, verdict_of
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.watching import grown
from ptygui.gui.model.driver import Driver
from ptygui.gui.model.request import Request, Source
from ptygui.gui.model.run_list import RunList
from ptygui.gui.model.selection import Selection
from ptygui.methods import Method
from ptygui.scan import Geometry, Scan
from ptygui.step import Step


class Session(QObject):
    """The runs so far, the shown one and the live one.

    Every run keeps its own scan: a scan that arrives during a run is used by the next run.
    """

    runs_changed = pyqtSignal()  # a run was added, removed or moved
    run_changed = pyqtSignal(Run)  # whose numbers, name, pins or outcome changed
    state_changed = pyqtSignal(str)  # "idle", "running", "pausing", "paused", "stopping"
    run_started = pyqtSignal(Method)
    run_finished = pyqtSignal(str)  # "done", "stopped", "failed"
    queue_held = pyqtSignal(bool)  # whether queued runs wait for `start_queue`
    failed = pyqtSignal(Exception)
    warned = pyqtSignal(str)  # why the latest result is not reliable
    noted = pyqtSignal(str)
    waited = pyqtSignal(Run, float)  # Run without a step yet (see what it is `doing`), seconds

    def __init__(self, request: Request, parent: QObject | None = None):
        super().__init__(parent)
        self.request = request
        self.runs, self.selection, self.driver = RunList(), Selection(self), Driver(self)
        self.held = False  # whether queued runs wait
        self.growing = ""  # path of a scan that is being taken: all that has come of it is one scan
        self._after: list[
            Callable[[], None]
        ] = []  # to be called when the run has ended, whatever else is requested
        self._successor: Callable[[], None] | None = None  # starts the run that replaces the live one
        self._goes_on = False  # whether that is the same run on more of its scan
        self.selection.pinned.connect(self.run_changed)
        driver = self.driver
        for mine, its in (
            (self.state_changed, driver.state_changed), (self.run_changed, driver.run_changed),
            (self.failed, driver.failed), (self.noted, driver.noted),
            (self.waited, driver.waited),
        ):  # fmt: skip
            its.connect(mine)
        request.source_changed.connect(self._take_source)
        driver.stepped.connect(self._take)
        driver.ended.connect(self._end)

    # ------------------------------------------------------------------ what there is

    @property
    def live_run(self) -> Run | None:
        """The live run, held or not."""
        return self.driver.run

    @property
    def live(self) -> bool:
        """Whether a run is live, held or not."""
        return self.live_run is not None

    @property
    def state(self) -> str:
        """The state of the live run: see `Driver`."""
        return self.driver.state

    @property
    def viewed_scan(self) -> Geometry | None:
        """The scan that the pictures belong to: that of the shown run, or that of the next run."""
        return self.request.scan if self.selection.run is None else self.selection.run.scan

    # ------------------------------------------------------------------ running

    def run(
        self,
        method: Method,
        settings: RunSettings = RunSettings(),  # noqa: B008 - frozen
        *,
        resume: Step | None = None,
        held: bool = False,
        automatic: bool = False,
        start: np.ndarray | None = None,
    ) -> bool:
        """Start a run at once and show it; a live one is stopped first. `held`: compute one step, then wait.

        An automatic run replaces the automatic run before it. `start` is the object that it begins with, by
        default that of the method. Returns whether there is a scan.
        """
        run = self._asked(method, settings, resume)  # of the active scan, however long a live run takes
        if run is None:
            return False
        run.automatic = automatic
        begin = partial(self._begin, run, resume, held, start)
        if self.live:
            self._goes_on = False
            self.driver.stop()
            self._successor = begin
        else:
            begin()
        return True

    def continue_run(self, run: Run) -> None:
        """Let a run that was stopped go on from its last step; a live one is stopped first."""
        if self.live:
            self._successor, self._goes_on = partial(self.continue_run, run), False
            self.driver.stop()
        elif run in self.runs and run.last is not None:
            self._start(run, resume=run.last)
            self.runs_changed.emit()

    def go_on_with(self, run: Run, scan: Scan, anew: bool = False) -> None:
        """Let a run, live or ended, go on with more of its scan: in its place, from its object and probe.

        `anew`: start again, since the probe of this scan is a better one.
        """
        if run is self.live_run:
            self._successor, self._goes_on = partial(self._go_on_with, run, scan, anew), True
            self.driver.finish()
        else:
            self._go_on_with(run, scan, anew)

    def add_run(self, run: Run) -> None:
        """Add an ended run to the list, such as an opened result, and show it."""
        self.runs.add(run)
        self.runs.bound(keep=(run, self.live_run))
        self.runs_changed.emit()
        self.selection.show_run(run)

    def add_runs(self, runs: Sequence[Run]) -> None:
        """Number ended runs, such as those of a sweep, and add them to the list."""
        for run in runs:
            run.number = self.runs.next_number()
            self.runs.add(run)
        self.runs.bound(keep=(self.selection.run, self.live_run))
        self.runs_changed.emit()

    def enqueue(self, method: Method, settings: RunSettings = RunSettings()) -> None:  # noqa: B008 - frozen
        """Queue a run of the present scan; it starts at once if no run is live."""
        run = self._asked(method, settings)
        if run is not None:
            self._enqueue(run)

    def start_queue(self) -> None:
        """Continue with the queued runs after a stop."""
        self._hold(False)
        self._next()

    def rerun(self, run: Run) -> None:
        """Queue a run again with the same scan, method, seed and device."""
        if self._has_patterns(run):
            self._enqueue(Run(0, run.scan, run.method, run.settings, run.scan_path))

    def go_on(self, method: Method, settings: RunSettings = RunSettings()) -> bool:  # noqa: B008 - frozen
        """Branch: a new run from the shown step with these options. Returns whether it can be made."""
        step, run = self.selection.step, self.selection.run
        if step is not None and run is not None and not self._has_patterns(run):
            return False
        if step is None or run is None or not step.state:
            self.failed.emit(InputError("there is no step to continue from: run a method first"))
        elif type(method) is not type(run.method):
            self.failed.emit(
                InputError(f"the shown step is of {run.method.label}: choose it to continue from here")
            )
        elif step.index >= (total := method.total_after(step.state)):
            self.failed.emit(
                InputError(f"step {step.index} is the last of {total}: set more iterations to continue")
            )
        else:
            return self.run(method, settings, resume=step)
        return False

    def pause(self) -> None:
        """Hold the run after its present iterate."""
        self.driver.pause()

    def resume(self, method: Method | None = None) -> None:
        """Let a held run continue; other options of its method are recorded in the run."""
        self.driver.resume(method)

    def step(self, method: Method | None = None) -> None:
        """Make one more iterate, then hold; other options as in `resume`."""
        self.driver.step(method)

    def stop(self) -> None:
        """End the run; its steps so far are kept. Queued runs then wait for `start_queue`."""
        if self.live:
            self._successor, self._goes_on = None, False
            self.driver.stop()
            self._hold(bool(self.runs.queued))

    def end_then(self, act: Callable[[], None]) -> None:
        """Do something once no run is live; a live run is stopped, whatever is requested meanwhile."""
        if self.live:
            self._after.append(act)
            self.driver.stop()
        else:
            act()

    def close(self) -> None:
        """End the run and wait for its thread; its last steps are kept but not shown."""
        self._after, self._successor = [], None
        self.driver.close()

    # ------------------------------------------------------------------ the run list

    def rename(self, run: Run, name: str) -> None:
        """Rename a run; an empty name, or the automatic one, restores the automatic name."""
        name = name.strip()
        run.given_name = "" if name == run.made_name else name
        self.run_changed.emit(run)

    def delete(self, runs: Sequence[Run]) -> None:
        """Remove runs from the list (`undelete` restores them); a live one is stopped first."""
        if self.live_run is not None and self.live_run in runs:
            self.end_then(partial(self.delete, list(runs)))
            return
        kept = [run for run in self.runs if run not in runs and run.last is not None and self.in_work(run)]
        if self.selection.run in runs:
            self.selection.show_run(kept[-1] if kept else None)
        self.runs.delete(runs)
        self.runs_changed.emit()

    def undelete(self) -> None:
        """Restore the runs that were deleted last."""
        back = self.runs.undelete()
        if back:
            self.runs_changed.emit()
            in_work = [run for run in back if self.in_work(run)]
            if in_work:
                self.selection.show_run(in_work[-1])
            self._next()

    def move(self, run: Run, places: int) -> None:
        """Move a run down (negative: up) the list, which is the order of the queue."""
        self.runs.move(run, places)
        self.runs_changed.emit()

    def restore(self, runs: Sequence[Run], current: Run | None = None, index: int | None = None) -> None:
        """Replace all runs with those of a project; none may be live."""
        self._successor = None
        self.selection.forget()
        self.runs.replace_all(runs)
        self._hold(bool(self.runs.queued))
        self.runs_changed.emit()
        if current is not None:
            self.selection.show_run(current)
            if index is not None:
                self.selection.show_index(index)

    # ------------------------------------------------------------------ inside

    def _take_source(self, source: Source) -> None:
        """Another scan is active. The pictures stay if they show the same object, or a run until it ends."""
        if source.scan is not None and source.scan.has_patterns:
            self._adopt(source.scan, source.path)
        shown = self.selection.run
        if shown is not None and shown is not self.live_run and not self.in_work(shown):
            self.selection.show_run(None)

    def in_work(self, run: Run) -> bool:
        """Whether a run belongs to the active scan, so that it may be shown without being chosen."""
        scan = self.request.scan
        if self.growing and run.scan_path == self.request.path == self.growing:
            return True
        return scan is not None and _same_object(run.scan, scan)

    def _adopt(self, scan: Geometry, path: str | None) -> None:
        """Assign this scan to results that were opened without theirs, if it fits."""
        bare = [run for run in self.runs if not run.scan.has_patterns and scan.fits(run.scan)]
        for run in bare:
            run.scan, run.scan_path = scan, path
        if bare:
            self.runs.tell_subjects()
            self.runs_changed.emit()

    def _asked(self, method: Method, settings: RunSettings, resume: Step | None = None) -> Run | None:
        """A run of the active scan, or a branch of the shown one; without a number yet."""
        shown = self.selection.run
        if resume is not None and shown is not None:
            return shown.branch(0, resume, method, settings)
        source = self.request.source
        if source.scan is None:
            self.failed.emit(InputError("there is no scan yet: open one, or load the example"))
            return None
        if source.bare:
            text = (
                f"{source.scan.name} is a result without its diffraction patterns: open its scan, "
                "or switch to the simulation above"
            )
            self.failed.emit(InputError(text))
            return None
        return Run(0, source.scan, method, settings, source.path)

    def _has_patterns(self, run: Run) -> bool:
        """Whether a run can be started; reports why not."""
        if not run.scan.has_patterns:
            self.failed.emit(
                InputError(f"{run.name} is a result without its diffraction patterns: open its scan first")
            )
        return run.scan.has_patterns

    def _start(
        self,
        run: Run,
        resume: Step | None = None,
        held: bool = False,
        start: np.ndarray | None = None,
    ) -> None:
        """Start a run; show it unless it was queued and another scan has become active since."""
        self.driver.start(run, resume, held, start)
        if resume is not None or self.in_work(run):
            self.selection.show_run(run)
            self.selection.set_follow(True)
        else:
            self.noted.emit(f"run {run.name} of {run.subject} has begun: choose it in the list to see it")
        self.run_started.emit(run.method)
        self.run_changed.emit(run)

    def _begin(self, run: Run, resume: Step | None, held: bool, start: np.ndarray | None) -> None:
        """Number a requested run, and start it."""
        run.number = self.runs.next_number()
        if run.automatic:
            self.runs.delete([r for r in self.runs if r.automatic and not r.given_name], forget=True)
        self.runs.add(run)
        self._start(run, resume, held, start)
        self.runs_changed.emit()

    def _go_on_with(self, before: Run, scan: Scan, anew: bool) -> None:
        start = None
        if not anew:
            scan, start = grown(before, scan)
        run = Run(before.number, scan, before.method, before.settings, before.scan_path, before.given_name)
        if before not in self.runs:  # it was deleted
            return
        self.runs.replace(before, run)
        self._start(run, start=start)
        self.runs_changed.emit()

    def _enqueue(self, run: Run) -> None:
        run.number = self.runs.next_number()
        if not self.runs.queued:
            self._hold(False)  # what was held back no longer exists
        self.runs.add(run)
        self.runs_changed.emit()
        self._next()

    def _next(self) -> None:
        """Start the first queued run, unless one is live or the queue is held."""
        if not self.live and not self.held and self.runs.queued:
            self._start(self.runs.queued[0])
            self.runs_changed.emit()

    def _hold(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self.queue_held.emit(held)

    def _take(self, run: Run, steps: Sequence[Step]) -> None:
        self.run_changed.emit(run)
        self.selection.take(run, steps)

    def _end(self, run: Run) -> None:
        self.runs.bound(keep=(run, self.selection.run))
        self.run_changed.emit(run)
        if not self._goes_on:
            self.run_finished.emit(run.outcome)
        self._goes_on = False
        found = verdict_of(run, self.runs)
        if found is not None and not run.automatic and found.kind != "network":  # true of every U-Net
            (self.warned if found.warns else self.noted).emit(f"{run.name}: {found.text}")
        after, self._after = self._after, []
        for act in after:
            act()
        successor, self._successor = self._successor, None
        if successor is not None:
            successor()
        else:
            self._next()
        if run is self.selection.run and not self.in_work(run):
            self.selection.show_run(None)  # another scan became active while it was live
            self.noted.emit(f"run {run.name} of {run.subject} has ended: choose it in the list to see it")


def _same_object(a: Geometry, b: Geometry) -> bool:
    """Whether two scans are known to be of one object: with one truth, or the same patterns."""
    if a.truth is not None or b.truth is not None:
        return a.truth is b.truth
    return a is b or (isinstance(a, Scan) and isinstance(b, Scan) and a.patterns is b.patterns)
