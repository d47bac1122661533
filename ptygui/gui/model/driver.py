"""Driver: drives one run in a thread, holds it, changes its options during the run and ends it."""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from ptygui.experiment.run import Run, Steps, in_words
from ptygui.gui.background.frame_budget import FrameBudget
from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread
from ptygui.methods import Method
from ptygui.step import Step

RECORD = frozenset(round(1.5**k) for k in range(36))  # iterates that are recorded, densest at the beginning
TICK = 500  # between two reports before the first step [ms]
BEGIN = 0.3  # least time between two pictures of a start that a method makes first [s]
EVENLY = 500  # evenly spaced iterates that are recorded as well, if scoring is cheap next to computing


class Driver(QObject):
    """Fills the history of the live run: with every Step that is shown, and with those between them.

    `FrameBudget` alone says when a Step is shown. Those recorded on the way arrive together with it.

    Attributes
    ----------
    run : Run or None
        The live one, held or not.
    state : str
        "idle", "running", "pausing", "paused" or "stopping".
    """

    state_changed = pyqtSignal(str)
    stepped = pyqtSignal(Run, list)  # Run, its new Steps, newest last
    run_changed = pyqtSignal(Run)  # that continues with other options
    ended = pyqtSignal(Run)  # see its outcome
    failed = pyqtSignal(Exception)
    noted = pyqtSignal(str)
    waited = pyqtSignal(Run, float)  # Run without a step yet (see what it is `doing`), seconds
    begun = pyqtSignal(Run, Step)  # Run without a step yet, what its start looks like so far

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.run: Run | None = None
        self._began = 0.0
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self._tick)
        self.state = "idle"
        self._thread: StepThread | None = None
        self._budget = FrameBudget(self._take, self._ask, self)
        self._go_on: Callable[[], None] | None = None  # continues in another thread, with changed options
        self._said = ""  # the note of this run that was shown last
        self._ending = False  # whether the run ends once it is held

    def start(
        self, run: Run, resume: Step | None = None, held: bool = False, start: np.ndarray | None = None
    ) -> None:
        """Start a run, from one of its steps, or from an object, if given.

        `held`: compute one step, then wait.
        """
        self.run, self._said, self._ending = run, "", False
        run.outcome, run.error, run.doing = "running", "", "starting"
        self._drive(run, resume, held, start)

    def pause(self) -> None:
        """Hold the run after its present step."""
        if self.state == "running" and self._thread is not None:
            self._thread.pause()
            self._set_state("pausing")

    def resume(self, method: Method | None = None) -> None:
        """Let a held run continue; other options of its method are recorded in the run."""
        if method is not None and self._is_new(method):
            self._change(method, held=False)
        elif self.state in ("pausing", "paused") and self._thread is not None:
            self._thread.resume()
            self._set_state("running")

    def step(self, method: Method | None = None) -> None:
        """Make one more step, then hold; other options as in `resume`."""
        if method is not None and self._is_new(method):
            self._change(method, held=True)
        elif self.state in ("running", "pausing", "paused") and self._thread is not None:
            self._thread.step_once()
            self._set_state("pausing")

    def stop(self) -> None:
        """End the run; its steps so far are kept."""
        if self._thread is not None:
            self._go_on = None
            self._thread.stop()
            self._set_state("stopping")

    def finish(self) -> None:
        """End the run with a step of its present object."""
        if self._thread is not None and not self._ending:
            self._ending = True
            self._thread.pause()

    def close(self) -> None:
        """End the run and wait for its thread; its last steps are kept but not shown."""
        run, thread = self.run, self._thread
        if run is not None and thread is not None:
            self._go_on = None
            thread.stop()
            thread.wait()
            for step in filter(_counts, thread.take()):
                run.history.append(step)
            run.outcome = _outcome(run, thread)
            self._thread = self.run = None

    # ------------------------------------------------------------------ inside

    def _is_new(self, method: Method) -> bool:
        """Whether a held run is to continue with other options."""
        return self.state == "paused" and self.run is not None and method != self.run.method

    def _drive(self, run: Run, resume: Step | None, held: bool, start: np.ndarray | None = None) -> None:
        how = {"interval": math.inf, "record": RECORD, "evenly": EVENLY, "begin": BEGIN}
        make = partial(_steps, run, resume, start=start, **how)
        self._thread = thread = StepThread(make, self, _counts)
        self._budget.begin()
        thread.step_ready.connect(self._budget.arrive)
        thread.paused.connect(self._paused)
        thread.failed.connect(self._fail)
        thread.finished.connect(self._end)
        if held:
            thread.pause()
        self._set_state("pausing" if held else "running")
        self._began = time.perf_counter()
        self._clock.start()
        thread.start()

    def _change(self, method: Method, held: bool) -> None:
        """End the held thread and continue the same run with other options."""
        run, thread = self.run, self._thread
        if run is None or thread is None or run.last is None:  # nothing is held
            return
        step = run.last

        def go_on() -> None:
            changed = run.change(step.index, method)
            self._drive(run, step, held)
            self.run_changed.emit(run)
            self.noted.emit(f"run {run.name} continues from step {step.index} with {in_words(changed)}")

        self._go_on = go_on
        thread.stop()

    def _paused(self) -> None:
        self._budget.show_now()
        thread = self._thread
        if self._ending and thread is not None:
            thread.stop()
        elif (
            self.state == "pausing" and thread is not None and thread.held
        ):  # otherwise another request came first
            self._set_state("paused")

    def _ask(self) -> None:
        if self._thread is not None:
            self._thread.ask()

    def _take(self) -> float:
        """Take over what has arrived; returns the processor time of making a Step [s]."""
        run, thread = self.run, self._thread
        steps = thread.take() if run is not None and thread is not None else []
        if run is None or not steps:
            return 0.0
        made = [step for step in steps if _counts(step)]
        for step in made:
            run.history.append(step)
        if made:
            run.doing = ""
            self._say(made[-1].note)
            self.stepped.emit(run, made)
        else:
            run.doing = steps[-1].note or run.doing
            self.begun.emit(run, steps[-1])
            self._tick()
        return min(step.scoring for step in steps)  # the first may include imports

    def _tick(self) -> None:
        """Report what is done before the first step: the start of a large scan takes minutes."""
        if self.run is None or self._thread is None or self.run.last is not None:
            self._clock.stop()
        else:
            self.waited.emit(self.run, time.perf_counter() - self._began)

    def _say(self, note: str) -> None:
        """Emit the note of the method on this run, once."""
        if note and note != self._said:
            self.noted.emit(note)
        self._said = note

    def _set_state(self, state: str) -> None:
        if self.run is not None and state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _fail(self, error: Exception) -> None:
        if self.run is not None:  # otherwise closed in the meantime
            self.run.error = str(error)
            self.failed.emit(error)

    def _end(self) -> None:
        run, thread = self.run, self._thread
        if run is None or thread is None:  # closed in the meantime
            return
        self._budget.show_now()
        self._budget.begin()
        thread.finish()
        outcome = _outcome(run, thread)
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on()
            return
        self.run, self._thread, self.state = None, None, "idle"
        run.outcome, run.doing = outcome, ""
        self.state_changed.emit("idle")
        self.ended.emit(run)


def _counts(step: Step) -> bool:
    """Whether a step is one of the run, not of the start that its method makes first."""
    return step.index > 0


def _outcome(run: Run, thread: StepThread) -> str:
    """How a run ended in its thread; one that is stopped after its last step is done."""
    whole = run.last is not None and run.last.index >= run.total
    return "done" if thread.outcome == "stopped" and whole else thread.outcome


def _steps(run: Run, resume: Step | None, **how: Any) -> Steps:
    """In the thread of the run: import what it needs, then run it."""
    load(bool(run.method.needs), partial(setattr, run, "doing"))
    run.doing = "preparing the data"
    return run.steps(resume, **how)
