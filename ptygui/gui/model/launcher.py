"""Launcher: starts, holds and resumes runs as the request specifies."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.experiment.run import differing
from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.request import Request
from ptygui.gui.model.session import Session
from ptygui.gui.model.simulator import Simulator
from ptygui.gui.model.thinner import Thinner
from ptygui.gui.model.watcher import Watcher
from ptygui.methods import Method, quick_look
from ptygui.scan import Geometry

Start = Callable[[Method, RunSettings], object]  # starts a run


class Launcher(QObject):
    """Lets the session run the chosen method on the present scan.

    A scan that is not simulated, or not thinned, yet is so first; the run waits for it. It waits, too, for
    the first frames of a scan that is being taken.
    """

    refused = pyqtSignal(InputError)  # the request cannot be carried out
    started = pyqtSignal()  # a run that the user wants to see now, neither a preview nor a queued one
    waiting_changed = pyqtSignal(bool)  # whether a run starts when the scan is ready

    def __init__(
        self,
        request: Request,
        session: Session,
        simulator: Simulator,
        thinner: Thinner,
        watcher: Watcher,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self.request, self.session, self.simulator, self.thinner = request, session, simulator, thinner
        self.watcher = watcher
        self.starts: WeakKeyDictionary[Geometry, np.ndarray] = WeakKeyDictionary()  # objects to begin with
        self._waiting: Start | None = None  # what to start when the requested scan is ready
        self._when_held: Method | None = None  # the options set when the live run was held

    # ------------------------------------------------------------------ starting

    def run(self) -> None:
        """Run the chosen method from the beginning, on the scan that the options specify."""
        self._start_ready(self._in_front(self._run))

    def go_on(self) -> None:
        """Branch from the shown step with the present options."""
        self._start(self._in_front(self.session.go_on))

    def queue(self, seeds: int = 1) -> None:
        """Queue the chosen method on the present scan, once for each of this number of seeds."""

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

        self._start_ready(enqueue)

    def start_waiting(self) -> None:
        """The scan is ready: start what waited for it, or the preview that follows the slider."""
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
        """Cancel what would start when a scan arrives, and the reference that it waits for."""
        self._wait_for(None)
        self.thinner.stop()

    # ------------------------------------------------------------------ holding

    def step(self) -> None:
        """Make one iterate of the live run, or the first of a new one."""
        if self.session.live:
            self._with_changes(self.session.step)
        else:
            self._start_ready(self._in_front(partial(self._run, held=True)))

    def resume(self) -> None:
        """Let the held run continue, with the options that were changed since it was held."""
        self._with_changes(self.session.resume)

    def stop(self) -> None:
        """End the run; its steps so far are kept."""
        self.forget_waiting()
        self.session.stop()

    def note_state(self, state: str) -> None:
        """Remember the options when a run is held, to know later what was changed."""
        if state not in ("pausing", "paused"):
            self._when_held = None
        elif self._when_held is None:
            with contextlib.suppress(InputError):
                self._when_held = self.request.checked_method()

    @property
    def waiting(self) -> bool:
        """Whether a run starts when the scan is ready."""
        return self._waiting is not None

    # ------------------------------------------------------------------ inside

    def _run(self, method: Method, settings: RunSettings, held: bool = False) -> bool:
        scan = self.request.scan
        start = None if scan is None else self.starts.get(scan)
        return self.session.run(method, settings, held=held, start=start)

    def _wait_for(self, run: Start | None) -> None:
        self._waiting = run
        self.waiting_changed.emit(self.waiting)

    def _in_front(self, run: Callable[..., bool]) -> Start:
        """The same, with a signal when the run starts."""

        def start(method: Method, settings: RunSettings) -> None:
            if run(method, settings):
                self.started.emit()

        return start

    def _start_ready(self, run: Start) -> None:
        """Start a run on the scan that the options specify; simulate or thin it first if necessary."""
        if self.watcher.waits:
            self._wait_for(run)
        elif self.simulator.pending:
            self._wait_for(run)
            self.simulator.simulate()
        elif self.thinner.pending:
            self._wait_for(run)
            self.thinner.prepare(self.request.settings.device)
        else:
            self._start(run)

    def _start(self, run: Start) -> None:
        """Start a run with the requested method and settings."""
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
