"""Session: what the window is working on now, and the signals that tell of a change."""

from collections.abc import Callable, Sequence
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.experiment.run import Run, verdict_of
from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.driver import Driver
from ptygui.gui.model.request import Request, Source
from ptygui.gui.model.run_list import RunList
from ptygui.gui.model.selection import Selection
from ptygui.methods import Method
from ptygui.scan import Geometry
from ptygui.step import Step


class Session(QObject):
    """The runs so far, the one that is looked at and the one that is going on.

    Every run keeps the scan it is of: a scan that arrives in a run is simply the next run's.
    """

    runs_changed = pyqtSignal()  # a run came, went or moved
    run_changed = pyqtSignal(object)  # Run whose numbers, name, pins or outcome changed
    state_changed = pyqtSignal(str)  # "idle", "running", "pausing", "paused", "stopping"
    run_started = pyqtSignal(object)  # Method
    run_finished = pyqtSignal(str)  # "done", "stopped", "failed"
    queue_held = pyqtSignal(bool)  # whether queued runs wait for `start_queue`
    failed = pyqtSignal(object)  # Exception
    warned = pyqtSignal(str)  # why the result that just came is not to be trusted as it is
    noted = pyqtSignal(str)
    waited = pyqtSignal(object, int, float)  # Run without a step yet; its inner iterations, and seconds

    def __init__(self, request: Request, parent=None):
        super().__init__(parent)
        self.request = request
        self.runs, self.selection, self.driver = RunList(), Selection(self), Driver(self)
        self.held = False  # whether queued runs wait
        self._after: list[Callable] = []  # what is done when the run has ended, whatever else is asked
        self._successor: Callable | None = None  # starts the run that was asked for in place of the live one
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
        """The run that is going on, held or not."""
        return self.driver.run

    @property
    def live(self) -> bool:
        """Whether a run is going on, held or not."""
        return self.live_run is not None

    @property
    def state(self) -> str:
        """What the live run does: see `Driver`."""
        return self.driver.state

    @property
    def viewed_scan(self) -> Geometry | None:
        """The scan that the pictures belong to: of the run that is shown, or the next one's."""
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
    ) -> bool:
        """Start a run at once and show it; a live one is stopped first. `held`: make one step, then wait.

        An automatic one takes the place of the automatic one before it. Returns whether there is a scan.
        """
        run = self._asked(method, settings, resume)  # of what is in work now, however long a live one goes on
        if run is None:
            return False
        run.automatic = automatic
        begin = partial(self._begin, run, resume, held)
        if self.live:
            self.driver.stop()
            self._successor = begin
        else:
            begin()
        return True

    def add_run(self, run: Run) -> None:
        """Put a run that is over into the list, such as a result that was opened, and show it."""
        self.runs.add(run)
        self.runs.bound(keep=(run, self.live_run))
        self.runs_changed.emit()
        self.selection.show_run(run)

    def add_runs(self, runs: Sequence[Run]) -> None:
        """Number runs that are over, such as those of a sweep, and put them into the list."""
        for run in runs:
            run.number = self.runs.next_number()
            self.runs.add(run)
        self.runs.bound(keep=(self.selection.run, self.live_run))
        self.runs_changed.emit()

    def enqueue(self, method: Method, settings: RunSettings = RunSettings()) -> None:  # noqa: B008 - frozen
        """Let a run of the scan in work follow those that wait; it starts at once where none is live."""
        run = self._asked(method, settings)
        if run is not None:
            self._enqueue(run)

    def start_queue(self) -> None:
        """Let the queued runs go on after a stop."""
        self._hold(False)
        self._next()

    def rerun(self, run: Run) -> None:
        """Queue the same again: scan, method, seed and device of a run."""
        if self._has_patterns(run):
            self._enqueue(Run(0, run.scan, run.method, run.settings, run.scan_path))

    def go_on(self, method: Method, settings: RunSettings = RunSettings()) -> bool:  # noqa: B008 - frozen
        """Branch: a new run from the shown step with these options. Returns whether it can be made."""
        step, run = self.selection.step, self.selection.run
        if step is not None and run is not None and not self._has_patterns(run):
            return False
        if step is None or run is None or not step.state:
            self.failed.emit(InputError("there is no step to go on from: run first"))
        elif type(method) is not type(run.method):
            self.failed.emit(
                InputError(f"the shown step is of {run.method.label}: choose that method to go on from it")
            )
        elif step.index >= (total := method.total_after(step.state)):
            self.failed.emit(
                InputError(f"step {step.index} is the last of {total}: ask for more iterations to go on")
            )
        else:
            return self.run(method, settings, resume=step)
        return False

    def pause(self) -> None:
        """Hold the run after the iterate that it is working on."""
        self.driver.pause()

    def resume(self, method: Method | None = None) -> None:
        """Let a held run go on; with other options of its method, which the run then records."""
        self.driver.resume(method)

    def step(self, method: Method | None = None) -> None:
        """One iterate more, then hold; with other options as `resume` has it."""
        self.driver.step(method)

    def stop(self) -> None:
        """End the run; what it has done so far stays. Queued runs then wait for `start_queue`."""
        if self.live:
            self._successor = None
            self.driver.stop()
            self._hold(bool(self.runs.queued))

    def end_then(self, act: Callable[[], None]) -> None:
        """Do something once no run is live; one that is live is stopped, whatever is asked meanwhile."""
        if self.live:
            self._after.append(act)
            self.driver.stop()
        else:
            act()

    def close(self) -> None:
        """End the run and wait for its thread; its last steps are kept, and shown no more."""
        self._after, self._successor = [], None
        self.driver.close()

    # ------------------------------------------------------------------ the run list

    def rename(self, run: Run, name: str) -> None:
        """Give a run a name; an empty one, or the made one, brings the made name back."""
        name = name.strip()
        run.given_name = "" if name == run.made_name else name
        self.run_changed.emit(run)

    def delete(self, runs: Sequence[Run]) -> None:
        """Take runs out of the list (`undelete` brings them back); a live one is stopped first."""
        if self.live_run is not None and self.live_run in runs:
            self.end_then(partial(self.delete, list(runs)))
            return
        kept = [run for run in self.runs if run not in runs and run.last is not None and self._in_work(run)]
        if self.selection.run in runs:
            self.selection.show_run(kept[-1] if kept else None)
        self.runs.delete(runs)
        self.runs_changed.emit()

    def undelete(self) -> None:
        """Bring back the runs that were deleted last."""
        back = self.runs.undelete()
        if back:
            self.runs_changed.emit()
            in_work = [run for run in back if self._in_work(run)]
            if in_work:
                self.selection.show_run(in_work[-1])
            self._next()

    def move(self, run: Run, places: int) -> None:
        """Move a run down (negative: up) the list; so the queue is ordered."""
        self.runs.move(run, places)
        self.runs_changed.emit()

    def restore(self, runs: Sequence[Run], current: Run | None = None, index: int | None = None) -> None:
        """Take over the runs of a project in place of those that are there; none may be live."""
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
        """Another scan is in work. The pictures stay while they are of the same object."""
        if source.scan is not None and source.scan.has_patterns:
            self._adopt(source.scan, source.path)
        shown = self.selection.run
        if shown is not None and shown is not self.live_run and not self._in_work(shown):
            self.selection.show_run(None)

    def _in_work(self, run: Run) -> bool:
        """Whether a run is of what is in work, so that it may be shown though nobody chose it."""
        scan = self.request.scan
        return scan is not None and _same_object(run.scan, scan)

    def _adopt(self, scan: Geometry, path: str | None) -> None:
        """Give results that were opened without their scan the one that they fit."""
        bare = [run for run in self.runs if not run.scan.has_patterns and scan.fits(run.scan)]
        for run in bare:
            run.scan, run.scan_path = scan, path
        if bare:
            self.runs.tell_subjects()
            self.runs_changed.emit()

    def _asked(self, method: Method, settings: RunSettings, resume: Step | None = None) -> Run | None:
        """A run of the scan in work, or a branch of the one that is shown; without a number as yet."""
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
        """Whether a run can be run; tells where not."""
        if not run.scan.has_patterns:
            self.failed.emit(
                InputError(f"{run.name} is a result without its diffraction patterns: open its scan first")
            )
        return run.scan.has_patterns

    def _start(self, run: Run, resume: Step | None = None, held: bool = False) -> None:
        """Start a run and show it, unless it waited in the queue while another scan came to be in work."""
        self.driver.start(run, resume, held)
        if resume is not None or self._in_work(run):
            self.selection.show_run(run)
            self.selection.set_follow(True)
        else:
            self.noted.emit(f"run {run.name} has begun, of {run.subject}: choose it in the list to see it")
        self.run_started.emit(run.method)
        self.run_changed.emit(run)

    def _begin(self, run: Run, resume: Step | None, held: bool) -> None:
        """Number a run that was asked for, and start it."""
        run.number = self.runs.next_number()
        if run.automatic:
            self.runs.delete([r for r in self.runs if r.automatic and not r.given_name], forget=True)
        self.runs.add(run)
        self._start(run, resume, held)
        self.runs_changed.emit()

    def _enqueue(self, run: Run) -> None:
        run.number = self.runs.next_number()
        if not self.runs.queued:
            self._hold(False)  # what was held back is gone
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
        self.run_finished.emit(run.outcome)
        found = verdict_of(run, self.runs)
        if found is not None and not run.automatic and found.kind != "network":  # each U-Net would say it
            (self.warned if found.warns else self.noted).emit(f"{run.name}: {found.text}")
        after, self._after = self._after, []
        for act in after:
            act()
        successor, self._successor = self._successor, None
        if successor is not None:
            successor()
        else:
            self._next()


def _same_object(a: Geometry, b: Geometry) -> bool:
    """Whether two scans are known to be of one object, as simulations at two overlaps are."""
    return a is b or (a.truth is not None and a.truth is b.truth)
