"""Launcher: starts, holds and resumes runs with what the request asks for."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.experiment.run import differing
from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.request import Request
from ptygui.gui.model.session import Session
from ptygui.gui.model.simulator import Simulator
from ptygui.methods import Method, quick_look


class Launcher(QObject):
    """Lets the session run the chosen method on the scan in work.

    A scan that is not simulated yet is made first; what is to start on it waits for it.
    """

    refused = pyqtSignal(object)  # InputError: what is asked for cannot be
    started = pyqtSignal()  # a run that the user wants to see now: no preview, none of the queue
    waiting_changed = pyqtSignal(bool)  # whether something starts when the scan is there

    def __init__(self, request: Request, session: Session, simulator: Simulator, parent=None):
        super().__init__(parent)
        self.request, self.session, self.simulator = request, session, simulator
        self._waiting: Callable | None = None  # what to start when the scan that is asked for is there
        self._when_held: Method | None = None  # the options asked for when the live run was held

    # ------------------------------------------------------------------ starting

    def run(self) -> None:
        """Run the chosen method from the beginning, on the scan that the options ask for."""
        self._start_simulated(self._in_front(self.session.run))

    def go_on(self) -> None:
        """Branch from the shown step with the options as they stand."""
        self._start(self._in_front(self.session.go_on))

    def queue(self, seeds: int = 1) -> None:
        """Queue the chosen method on the present scan, once for each of so many seeds."""

        def enqueue(method: Method, settings: RunSettings) -> None:
            if seeds > 1 and not method.stochastic:
                text = (
                    f"{method.label} with these options does not depend on the seed: choose a diffusion "
                    "method, or sequential rPIE, for deviations"
                )
                self.refused.emit(InputError(text))
                return
            for k in range(seeds):
                self.session.enqueue(method, replace(settings, seed=settings.seed + k))

        self._start_simulated(enqueue)

    def start_waiting(self) -> None:
        """The scan is there: start what waited for it, or the preview that follows the slider."""
        run = self._waiting
        self._wait_for(None)
        live = self.session.live_run
        if run is not None:
            self._start(run)
        elif self.request.preview and (live is None or live.automatic):
            preview = quick_look(self.request.kept)
            if preview is not None:
                self.session.run(preview, RunSettings(device=self.request.settings.device), automatic=True)

    def forget_waiting(self) -> None:
        """Start nothing when a scan arrives."""
        self._wait_for(None)

    # ------------------------------------------------------------------ holding

    def step(self) -> None:
        """One iterate of the live run, or the first of a new one."""
        if self.session.live:
            self._with_changes(self.session.step)
        else:
            self._start_simulated(self._in_front(partial(self.session.run, held=True)))

    def resume(self) -> None:
        """Let the held run go on, with the options that were changed since it was held."""
        self._with_changes(self.session.resume)

    def stop(self) -> None:
        """End the run; what it has done so far stays."""
        self.forget_waiting()
        self.session.stop()

    def note_state(self, state: str) -> None:
        """Remember the options asked for when a run is held, to know later what was changed."""
        if state not in ("pausing", "paused"):
            self._when_held = None
        elif self._when_held is None:
            with contextlib.suppress(InputError):
                self._when_held = self.request.checked_method()

    @property
    def waiting(self) -> bool:
        """Whether something starts when the scan is there."""
        return self._waiting is not None

    # ------------------------------------------------------------------ inside

    def _wait_for(self, run: Callable | None) -> None:
        self._waiting = run
        self.waiting_changed.emit(self.waiting)

    def _in_front(self, run: Callable[..., bool]) -> Callable:
        """The same, told of when something starts."""

        def start(*args, **settings) -> None:
            if run(*args, **settings):
                self.started.emit()

        return start

    def _start_simulated(self, run: Callable) -> None:
        """Start something on the scan that the options ask for, made first where it is not yet."""
        if self.simulator.pending:
            self._wait_for(run)
            self.simulator.simulate()
        else:
            self._start(run)

    def _start(self, run: Callable) -> None:
        """Start something with method and settings as they are asked for."""
        try:
            method, settings = self.request.checked_method(), self.request.checked_settings()
        except InputError as error:
            self.refused.emit(error)
            return
        run(method, settings)

    def _with_changes(self, act: Callable[[Method], None]) -> None:
        if self.session.live_run is None:
            return
        live, before = self.session.live_run.method, self._when_held
        try:
            now = self.request.checked_method()
            if type(now) is type(before) is type(live):
                live = replace(live, **differing(before.asdict(), now.asdict()))
        except InputError as error:
            self.refused.emit(error)
            return
        self._when_held = now
        act(live)
