"""Selection: which run is shown, and which of its steps."""

from collections.abc import Sequence

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.experiment.run import Run
from ptygui.history import History
from ptygui.methods import Method
from ptygui.step import Step


class Selection(QObject):
    """Follows the live run, or stays at a chosen step; remembers the step shown last of each run.

    Attributes
    ----------
    run : Run or None
    step : Step or None
        The step that the views show.
    follow : bool
        Whether each new step is shown as it arrives.
    """

    run_chosen = pyqtSignal(object)  # Run that is now shown, or None
    history_changed = pyqtSignal(History)  # that of the run that is shown
    step_shown = pyqtSignal(Step)  # that the views are to show
    follow_changed = pyqtSignal(bool)
    pinned = pyqtSignal(Run)  # with a step that was pinned or unpinned

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.run: Run | None = None
        self.step: Step | None = None
        self.follow = True
        self._nothing = History()  # shown when there is no run
        self._indices: dict[int, int] = {}  # step shown last of each run, by run number

    @property
    def history(self) -> History:
        """The history of the shown run."""
        return self._nothing if self.run is None else self.run.history

    @property
    def method(self) -> Method | None:
        """The method of the shown run."""
        return None if self.run is None else self.run.method

    def show_run(self, run: Run | None) -> None:
        """Show a run, at the step that was shown last."""
        if run is self.run:
            return
        self.run, self.step = run, None
        self.run_chosen.emit(run)
        self.history_changed.emit(self.history)
        newest = self.history.last
        if run is not None and newest is not None:
            followed = run.outcome == "running" and self.follow
            self.show_index(newest.index if followed else self._indices.get(run.number, newest.index))

    def show_frame(self, place: int) -> None:
        """Show a recorded frame; this ends following unless it is the newest."""
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
        """Pin or unpin an iterate of the shown run: the frame of a pinned one is never thinned."""
        if self.run is not None:
            self.history.pin(index, on)
            self.pinned.emit(self.run)
            self.history_changed.emit(self.history)

    def take(self, run: Run, steps: Sequence[Step]) -> None:
        """Take over new steps of a run."""
        if run is self.run:
            self.history_changed.emit(self.history)
            if self.follow:
                self._show(steps[-1])

    def forget(self) -> None:
        """Show nothing, and forget the last steps of runs: their numbers will belong to other runs."""
        self.show_run(None)
        self._indices = {}

    def _show(self, step: Step) -> None:
        if step is not self.step and self.run is not None:
            self.step = step
            self._indices[self.run.number] = step.index
            self.step_shown.emit(step)
