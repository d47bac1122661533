"""Session: what the window is working on now, and the signals that tell of a change."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.gui.exports import Export, Picture, snapshot, write_exports
from ptygui.gui.jobs import Jobs
from ptygui.gui.warm import load, warm_up
from ptygui.gui.worker import StepThread
from ptygui.history import History
from ptygui.methods import Method
from ptygui.reconstruct import pick_device, reconstruct
from ptygui.scan import Scan
from ptygui.step import Step

FRAME_INTERVAL = 0.1  # shortest time between the Steps of a run [s]
RECORD = frozenset(round(1.5**k) for k in range(36))  # early iterates, which pass faster than that


class Session(QObject):
    """The current scan, method and history, and the run that is going on.

    A scan that arrives while a run is live waits until the next run from the beginning, so that
    what is being reconstructed is not lost.
    """

    scan_changed = pyqtSignal(object)  # Scan
    scan_opened = pyqtSignal(str)  # path of a scan that was read from a file
    history_changed = pyqtSignal(object)  # History
    step_shown = pyqtSignal(object)  # Step that the views are to show
    follow_changed = pyqtSignal(bool)
    state_changed = pyqtSignal(str)  # "idle", "running", "pausing", "paused", "stopping"
    run_started = pyqtSignal(object)  # Method
    run_finished = pyqtSignal(str)  # "done", "stopped", "failed"
    failed = pyqtSignal(object)  # Exception
    noted = pyqtSignal(str)
    scan_waits = pyqtSignal(str)  # at the end of a run: what to do to work on the scan that waits
    device_found = pyqtSignal(str)  # what "auto" means here

    def __init__(self, jobs: Jobs, parent=None):
        super().__init__(parent)
        self.jobs = jobs
        self.path: str | None = None  # of the scan, if it is from a file
        self.scan: Scan | None = None
        self.method: Method | None = None
        self.history = History()
        self.shown: Step | None = None
        self.follow, self.state = True, "idle"
        self.seed = 0
        self.device = "auto"  # of the run, as found out when it started
        self._thread: StepThread | None = None
        self._waiting: tuple[Scan, str | None] | None = None  # scan and path, not taken over yet
        self._opening = 0  # count of scans asked for; only the newest is taken over
        self._after = None  # what to do when the run has ended
        self._said = ""  # the note of this run that was shown
        self._warming: StepThread | None = None

    @property
    def live(self) -> bool:
        """Whether a run is going on, held or not."""
        return self._thread is not None

    def open_scan(self, path: str, probe: np.ndarray | None = None) -> None:
        """Read a scan from a file, with this probe instead of the file's where one is given."""
        self._opening += 1
        self.jobs.start(f"reading {Path(path).name}", self._open_scan(path, probe, self._opening))

    def export(self, export: Export, picture: Picture | None = None) -> None:
        """Write the current run to files, and the picture that the window made of it."""
        self.jobs.start(f"writing {export.name}", self._export(export, picture))

    def set_scan(self, scan: Scan, path: str | None = None) -> None:
        """Work on another scan; what was reconstructed of the last one is dropped. In a run it waits."""
        if self.live:
            self._waiting = (scan, path)
            self.noted.emit(f"{scan.name} waits: the next Run takes it over")
        else:
            self._waiting = None
            self.scan, self.path, self.shown = scan, path, None
            self.history = History()
            self.scan_changed.emit(scan)
            self.history_changed.emit(self.history)
        if path is not None:
            self.scan_opened.emit(path)

    def run(self, method: Method, *, device="auto", seed=0, resume: Step | None = None, held=False) -> None:
        """Start a run; a live one is stopped first. `held`: make one step, then wait.

        From the beginning (no `resume`) it is of the scan that waits, where there is one.
        """
        if self.live:
            self._after = partial(self.run, method, device=device, seed=seed, resume=resume, held=held)
            self.stop()
            return
        if self._waiting is not None and resume is None:
            self.set_scan(*self._waiting)
        if self.scan is None:
            self.failed.emit(InputError("there is no scan yet: open one, or load the example"))
            return
        self.method, self.seed, self._said = method, seed, ""
        self._begin_history(resume)
        make = partial(
            _steps,
            self.scan,
            method,
            partial(setattr, self, "device"),
            resume=resume,
            device=device,
            seed=seed,
            interval=FRAME_INTERVAL,
            record=RECORD,
        )
        self._thread = thread = StepThread(make, self)
        thread.step_ready.connect(self._take)
        thread.paused.connect(lambda: self._set_state("paused"))
        thread.failed.connect(self.failed)
        thread.finished.connect(self._end)
        if held:
            thread.pause()
        self.set_follow(True)
        self._set_state("pausing" if held else "running")
        self.run_started.emit(method)
        thread.start()

    def go_on(self, method: Method, *, device="auto", seed=0) -> None:
        """Continue from the shown step with these options: a branch if they differ."""
        step = self.shown
        if step is None or not step.state:
            self.failed.emit(InputError("there is no step to go on from: run first"))
        elif type(method) is not type(self.method):
            self.failed.emit(
                InputError(f"the shown step is of {self.method.label}: choose that method to go on from it")
            )
        elif step.index >= method.total:
            self.failed.emit(
                InputError(
                    f"step {step.index} is the last of {method.total}: ask for more iterations to go on"
                )
            )
        else:
            self.run(method, device=device, seed=seed, resume=step)

    def pause(self) -> None:
        """Hold the run after the iterate that it is working on."""
        if self.state == "running":
            self._thread.pause()
            self._set_state("pausing")

    def resume(self) -> None:
        """Let a held run go on."""
        if self.state in ("pausing", "paused"):
            self._thread.resume()
            self._set_state("running")

    def step(self) -> None:
        """One iterate more, then hold."""
        if self.state in ("running", "pausing", "paused"):
            self._thread.step_once()
            self._set_state("pausing")

    def stop(self) -> None:
        """End the run; what it has done so far stays."""
        if self.live:
            self._thread.stop()
            self._set_state("stopping")

    def close(self) -> None:
        """End the run and wait for its thread."""
        self._after = None
        for thread in (self._thread, self._warming):
            if thread is not None:
                thread.stop()
                thread.wait()
        self._thread = self._warming = None

    def warm_up(self) -> None:
        """Import what takes long in a thread, so that the first run starts at once."""
        self._warming = thread = StepThread(warm_up, self)
        thread.step_ready.connect(lambda: self.device_found.emit("".join(thread.take())))
        thread.failed.connect(self.failed)
        thread.start()

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

    async def _open_scan(self, path: str, probe: np.ndarray | None, count: int) -> None:
        from ptygui.files.scans import read_scan

        scan = await asyncio.to_thread(read_scan, path, probe=probe)
        if count == self._opening:
            self.set_scan(scan, path)

    async def _export(self, export: Export, picture: Picture | None) -> None:
        written = await asyncio.to_thread(
            write_exports,
            export,
            self.scan,
            self.method,
            snapshot(self.history),
            self.seed,
            self.device,
            self.shown,
            picture,
            () if self.path is None else (self.path,),
        )
        self.noted.emit(f"written: {', '.join(path.name for path in written)} in {export.folder}")

    def _begin_history(self, resume: Step | None) -> None:
        before, self.history = self.history, History()
        if resume is None:
            self.shown = None
        else:
            for step in before.frames:
                if step.index < resume.index:
                    self.history.append(step)
            self.history.append(resume)
            count = bisect_right(before.numbers["index"], resume.index)
            self.history.numbers = {name: values[:count] for name, values in before.numbers.items()}
        self.history_changed.emit(self.history)

    def _take(self) -> None:
        steps = self._thread.take() if self._thread else []
        for step in steps:
            self.history.append(step)
        if steps:
            self._say(steps[-1].note)
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
            self.step_shown.emit(step)

    def _set_state(self, state: str) -> None:
        if self.live and state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _end(self) -> None:
        if not self.live:  # closed meanwhile
            return
        self._take()
        self._thread.wait()
        outcome = self._thread.outcome
        self._thread.deleteLater()
        self._thread, self.state = None, "idle"
        self.state_changed.emit("idle")
        self.run_finished.emit(outcome)
        after, self._after = self._after, None
        if after:
            after()
        elif self._waiting is not None:
            name = self._waiting[0].name
            self.scan_waits.emit(
                f"{name} waits: Run takes it over in place of this scan and its reconstruction, "
                "which can be exported or continued until then."
            )


def _steps(
    scan: Scan, method: Method, tell_device: Callable[[str], None], *, device: str, **settings
) -> Generator[Step | None, bool | None, None]:
    load(networks=method.diffusion)
    device = pick_device(device)
    tell_device(device)
    return reconstruct(scan, method, device=device, **settings)
