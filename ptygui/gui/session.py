"""Session: what the window is working on now, and the signals that tell of a change."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.gui.jobs import Jobs
from ptygui.gui.pace import Pace
from ptygui.gui.runs import Runs, verdict_of
from ptygui.gui.warm import load, warm_up
from ptygui.gui.worker import StepThread
from ptygui.history import History
from ptygui.methods import Method
from ptygui.reconstruct import pick_device, reconstruct
from ptygui.run import Run, in_words
from ptygui.scan import Scan
from ptygui.step import Step

FRAME_INTERVAL = 0.1  # shortest time between the Steps of a run [s]
RECORD = frozenset(round(1.5**k) for k in range(36))  # early iterates, which pass faster than that


class Session(QObject):
    """The scan to run next, the runs so far, the one that is shown and the one that is going on.

    Every run keeps the scan it is of: a scan that arrives in a run is simply the next run's.
    """

    scan_changed = pyqtSignal(object)  # Scan that the next run is of
    scan_opened = pyqtSignal(str)  # path of a scan that was read from a file
    runs_changed = pyqtSignal()  # a run came, went or moved
    run_changed = pyqtSignal(object)  # Run whose numbers, name, pins or outcome changed
    current_changed = pyqtSignal(object)  # Run that is shown now, or None
    history_changed = pyqtSignal(object)  # History of the run that is shown
    step_shown = pyqtSignal(object)  # Step that the views are to show
    follow_changed = pyqtSignal(bool)
    state_changed = pyqtSignal(str)  # "idle", "running", "pausing", "paused", "stopping"
    run_started = pyqtSignal(object)  # Method
    run_finished = pyqtSignal(str)  # "done", "stopped", "failed"
    queue_held = pyqtSignal(bool)  # whether queued runs wait for `start_queue`
    failed = pyqtSignal(object)  # Exception
    warned = pyqtSignal(str)  # why the result that just came is not to be trusted as it is
    noted = pyqtSignal(str)
    device_found = pyqtSignal(str)  # what "auto" means here

    def __init__(self, jobs: Jobs, parent=None):
        super().__init__(parent)
        self.jobs = jobs
        self.path: str | None = None  # of the scan, if it is from a file
        self.scan: Scan | None = None
        self.runs = Runs()
        self.current: Run | None = None
        self.live_run: Run | None = None
        self.shown: Step | None = None
        self.follow, self.state, self.held = True, "idle", False
        self._nothing = History()  # what there is to look at without a run
        self._indices: dict[int, int] = {}  # step shown last of the runs that were looked at, by number
        self._thread: StepThread | None = None
        self._pace = Pace(self._take, self)
        self._opening = 0  # count of scans asked for; only the newest is taken over
        self._after: list[Callable] = []  # what is done when the run has ended, whatever else is asked
        self._successor: Callable | None = None  # starts the run that was asked for in place of the live one
        self._go_on: Callable | None = None  # how the run goes on in another thread, with changed options
        self._said = ""  # the note of this run that was shown
        self._warming: StepThread | None = None

    # ------------------------------------------------------------------ what there is

    @property
    def live(self) -> bool:
        """Whether a run is going on, held or not."""
        return self._thread is not None

    @property
    def history(self) -> History:
        """Of the run that is shown."""
        return self._nothing if self.current is None else self.current.history

    @property
    def method(self) -> Method | None:
        """Of the run that is shown."""
        return None if self.current is None else self.current.method

    @property
    def viewed_scan(self) -> Scan | None:
        """The scan that the pictures belong to: of the run that is shown, or the next one's."""
        return self.scan if self.current is None else self.current.scan

    # ------------------------------------------------------------------ scans and files

    def open_scan(self, path: str, **reading: Any) -> None:
        """Read a scan from a file; `reading` are keywords of `files.scans.read_scan`, such as probe."""
        self._opening += 1
        self.jobs.start(f"reading {Path(path).name}", self._open_scan(path, reading, self._opening))

    def set_scan(self, scan: Scan, path: str | None = None) -> None:
        """Let the next run be of this scan. The pictures stay while they are of the same object."""
        self.scan, self.path = scan, path
        for run in self.runs:
            if not run.scan.measured and scan.fits(run.scan):
                run.scan, run.scan_path = scan, path
        if self.current is not None and not self.live and not _same_object(self.current.scan, scan):
            self.show_run(None)
        self.scan_changed.emit(scan)
        if path is not None:
            self.scan_opened.emit(path)

    # ------------------------------------------------------------------ running

    def run(
        self,
        method: Method,
        *,
        device: str = "auto",
        seed: int = 0,
        resume: Step | None = None,
        held: bool = False,
        automatic: bool = False,
    ) -> None:
        """Start a run at once and show it; a live one is stopped first. `held`: make one step, then wait.

        An automatic one takes the place of the automatic one before it.
        """
        if self.live:
            settings = {"device": device, "seed": seed, "resume": resume, "held": held}
            self._halt()
            self._successor = partial(self.run, method, automatic=automatic, **settings)
            return
        run = self._asked(method, device, seed, resume)
        if run is None:
            return
        if automatic:
            run.automatic = True
            self.runs.delete([r for r in self.runs if r.automatic and not r.given_name], forget=True)
        self.runs.add(run)
        self._start(run, resume, held)
        self.runs_changed.emit()

    def add_run(self, run: Run) -> None:
        """Put a run that is over into the list, such as a result that was opened, and show it."""
        self.runs.add(run)
        self.runs.bound(keep=(run, self.live_run))
        self.runs_changed.emit()
        self.show_run(run)

    def enqueue(self, method: Method, *, device="auto", seed=0) -> None:
        """Let a run of the present scan follow those that wait; it starts at once where none is live."""
        run = self._asked(method, device, seed)
        if run is not None:
            self._enqueue(run)

    def start_queue(self) -> None:
        """Let the queued runs go on after a stop."""
        self._hold(False)
        self._next()

    def rerun(self, run: Run) -> None:
        """Queue the same again: scan, method, seed and device of a run."""
        if self._has_patterns(run):
            number = self.runs.next_number()
            self._enqueue(Run(number, run.scan, run.method, run.seed, run.device, run.scan_path))

    def go_on(self, method: Method, *, device="auto", seed=0) -> None:
        """Branch: a new run from the shown step with these options."""
        step = self.shown
        if step is not None and not self._has_patterns(self.current):
            return
        if step is None or not step.state:
            self.failed.emit(InputError("there is no step to go on from: run first"))
        elif type(method) is not type(self.method):
            self.failed.emit(
                InputError(f"the shown step is of {self.method.label}: choose that method to go on from it")
            )
        elif step.index >= (total := method.total_after(step.state)):
            self.failed.emit(
                InputError(f"step {step.index} is the last of {total}: ask for more iterations to go on")
            )
        else:
            self.run(method, device=device, seed=seed, resume=step)

    def pause(self) -> None:
        """Hold the run after the iterate that it is working on."""
        if self.state == "running":
            self._thread.pause()
            self._set_state("pausing")

    def resume(self, method: Method | None = None) -> None:
        """Let a held run go on; with other options of its method, which the run then records."""
        if self.state == "paused" and method not in (None, self.live_run.method):
            self._change(method, held=False)
        elif self.state in ("pausing", "paused"):
            self._thread.resume()
            self._set_state("running")

    def step(self, method: Method | None = None) -> None:
        """One iterate more, then hold; with other options as `resume` has it."""
        if self.state == "paused" and method not in (None, self.live_run.method):
            self._change(method, held=True)
        elif self.state in ("running", "pausing", "paused"):
            self._thread.step_once()
            self._set_state("pausing")

    def stop(self) -> None:
        """End the run; what it has done so far stays. Queued runs then wait for `start_queue`."""
        if self.live:
            self._successor = None
            self._halt()
            self._hold(bool(self.runs.queued))

    def end_then(self, act: Callable[[], None]) -> None:
        """Do something once no run is live; one that is live is stopped, whatever is asked meanwhile."""
        if self.live:
            self._after.append(act)
            self._halt()
        else:
            act()

    def close(self) -> None:
        """End the run and wait for its thread; its last steps are kept, and shown no more."""
        self._after, self._successor, self._go_on = [], None, None
        for thread in (self._thread, self._warming):
            if thread is not None:
                thread.stop()
                thread.wait()
        for step in self._thread.take() if self.live else ():
            self.live_run.history.append(step)
        self._thread = self._warming = None

    def warm_up(self) -> None:
        """Import what takes long in a thread, so that the first run starts at once."""
        self._warming = thread = StepThread(warm_up, self)
        thread.step_ready.connect(lambda: self.device_found.emit("".join(thread.take())))
        thread.failed.connect(self.failed)
        thread.start()

    # ------------------------------------------------------------------ the run list

    def show_run(self, run: Run | None) -> None:
        """Show a run, at the step where it was left."""
        if run is self.current:
            return
        self.current, self.shown = run, None
        self.current_changed.emit(run)
        self.history_changed.emit(self.history)
        newest = self.history.last
        if newest is not None:
            followed = run is self.live_run and self.follow
            self.show_index(newest.index if followed else self._indices.get(run.number, newest.index))

    def rename(self, run: Run, name: str) -> None:
        """Give a run a name; an empty one brings the made name back."""
        run.given_name = name.strip()
        self.run_changed.emit(run)

    def delete(self, runs: Sequence[Run]) -> None:
        """Take runs out of the list (`undelete` brings them back); a live one is stopped first."""
        if self.live_run is not None and self.live_run in runs:
            self.end_then(partial(self.delete, list(runs)))
            return
        kept = [run for run in self.runs if run not in runs and run.history.last is not None]
        if self.current in runs:
            self.show_run(kept[-1] if kept else None)
        self.runs.delete(runs)
        self.runs_changed.emit()

    def undelete(self) -> None:
        """Bring back the runs that were deleted last."""
        back = self.runs.undelete()
        if back:
            self.runs_changed.emit()
            self.show_run(back[-1])
            self._next()

    def move(self, run: Run, places: int) -> None:
        """Move a run down (negative: up) the list; so the queue is ordered."""
        self.runs.move(run, places)
        self.runs_changed.emit()

    def restore(self, runs: Sequence[Run], current: Run | None = None, index: int | None = None) -> None:
        """Take over the runs of a project in place of those that are there; none may be live."""
        self._successor = None
        self.show_run(None)
        self.runs.replace_all(runs)
        self._indices = {}
        self._hold(bool(self.runs.queued))
        self.runs_changed.emit()
        if current is not None:
            self.show_run(current)
            if index is not None:
                self.show_index(index)

    # ------------------------------------------------------------------ looking back

    def show_frame(self, place: int) -> None:
        """Show a recorded frame; following the run ends unless it is the newest."""
        frames = self.history.frames
        if frames:
            place = max(0, min(place, len(frames) - 1))
            self.set_follow(place == len(frames) - 1)
            self._show(frames[place])

    def show_index(self, index: int) -> None:
        """Show the recorded frame nearest to an iterate."""
        if self.history.frames:
            self.show_frame(self.history.nearest(index))

    def set_follow(self, follow: bool) -> None:
        """Whether each new step is shown as it arrives."""
        if follow != self.follow:
            self.follow = follow
            self.follow_changed.emit(follow)
            if follow and self.history.last is not None:
                self._show(self.history.last)

    def pin(self, index: int, on: bool = True) -> None:
        """Keep the frame of an iterate of the shown run whatever is thinned, or no longer."""
        if self.current is not None:
            self.history.pin(index, on)
            self.run_changed.emit(self.current)
            self.history_changed.emit(self.history)

    # ------------------------------------------------------------------ inside

    async def _open_scan(self, path: str, reading: dict[str, Any], count: int) -> None:
        from ptygui.files.scans import read_scan

        scan = await asyncio.to_thread(read_scan, path, **reading)
        if count == self._opening:
            self.set_scan(scan, path)

    def _asked(self, method: Method, device: str, seed: int, resume: Step | None = None) -> Run | None:
        """A run of the present scan, or a branch of the one that is shown."""
        if resume is not None:
            return self.current.branch(self.runs.next_number(), resume, method, seed, device)
        if self.scan is None:
            self.failed.emit(InputError("there is no scan yet: open one, or load the example"))
            return None
        return Run(self.runs.next_number(), self.scan, method, seed, device, self.path)

    def _has_patterns(self, run: Run) -> bool:
        """Whether a run can be run; tells where not."""
        if not run.scan.measured:
            self.failed.emit(
                InputError(f"{run.name} is a result without its diffraction patterns: open its scan first")
            )
        return run.scan.measured

    def _start(self, run: Run, resume: Step | None = None, held: bool = False) -> None:
        """Start a run and show it."""
        self.live_run, self._said = run, ""
        run.outcome, run.error = "running", ""
        self._drive(run, resume, held)
        self.show_run(run)
        self.set_follow(True)
        self._set_state("pausing" if held else "running")
        self.run_started.emit(run.method)
        self.run_changed.emit(run)
        self._thread.start()

    def _drive(self, run: Run, resume: Step | None, held: bool) -> None:
        """Make the thread that a run is driven in."""
        make = partial(
            _steps,
            run.scan,
            run.method,
            partial(setattr, run, "device"),
            resume=resume,
            device=run.device,
            seed=run.seed,
            interval=FRAME_INTERVAL,
            record=RECORD,
        )
        self._thread = thread = StepThread(make, self)
        thread.step_ready.connect(self._pace.ask)
        thread.paused.connect(self._paused)
        thread.failed.connect(self._fail)
        thread.finished.connect(self._end)
        if held:
            thread.pause()

    def _enqueue(self, run: Run) -> None:
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

    def _change(self, method: Method, held: bool) -> None:
        """End the held thread and go on in the same run with other options."""
        run, step = self.live_run, self.live_run.last

        def go_on() -> None:
            changed = run.change(step.index, method)
            self._drive(run, step, held)
            self._set_state("pausing" if held else "running")
            self.run_changed.emit(run)
            self.noted.emit(f"run {run.name} goes on from step {step.index} with {in_words(changed)}")
            self._thread.start()

        self._go_on = go_on
        self._thread.stop()

    def _halt(self) -> None:
        """Stop the live run for good."""
        self._go_on = None
        self._thread.stop()
        self._set_state("stopping")

    def _paused(self) -> None:
        self._pace.show_now()
        self._set_state("paused")

    def _take(self) -> None:
        steps = self._thread.take() if self._thread else []
        for step in steps:
            self.live_run.history.append(step)
        if steps:
            self._say(steps[-1].note)
            self.run_changed.emit(self.live_run)
            if self.live_run is self.current:
                self.history_changed.emit(self.history)
                if self.follow:
                    self._show(steps[-1])

    def _say(self, note: str) -> None:
        """Tell what the method has to say of this run, once."""
        if note and note != self._said:
            self.noted.emit(note)
        self._said = note

    def _show(self, step: Step) -> None:
        if step is not self.shown:
            self.shown = step
            self._indices[self.current.number] = step.index
            self.step_shown.emit(step)

    def _set_state(self, state: str) -> None:
        if self.live and state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _fail(self, error: Exception) -> None:
        self.live_run.error = str(error)
        self.failed.emit(error)

    def _end(self) -> None:
        if not self.live:  # closed meanwhile
            return
        self._pace.show_now()
        self._thread.wait()
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            self._thread.deleteLater()
            go_on()
            return
        run, outcome = self.live_run, self._thread.outcome
        run.outcome = outcome
        self._thread.deleteLater()
        self._thread, self.live_run, self.state = None, None, "idle"
        self.runs.bound(keep=(run, self.current))
        self.state_changed.emit("idle")
        self.run_changed.emit(run)
        self.run_finished.emit(outcome)
        found = verdict_of(run, self.runs)
        if found is not None and not run.automatic:
            (self.warned if found.warns else self.noted).emit(f"{run.name}: {found.text}")
        after, self._after = self._after, []
        for act in after:
            act()
        successor, self._successor = self._successor, None
        if successor is not None:
            successor()
        else:
            self._next()


def _same_object(a: Scan, b: Scan) -> bool:
    """Whether two scans are known to be of one object, as simulations at two overlaps are."""
    return a is b or (a.truth is not None and a.truth is b.truth)


def _steps(
    scan: Scan, method: Method, tell_device: Callable[[str], None], *, device: str, **settings
) -> Generator[Step | None, bool | None, None]:
    load(networks=method.diffusion)
    device = pick_device(device)
    tell_device(device)
    return reconstruct(scan, method, device=device, **settings)
