"""Look: which run is looked at, and which step of it."""

from collections.abc import Sequence

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.experiment.run import Run
from ptygui.history import History
from ptygui.methods import Method
from ptygui.step import Step


class Selection(QObject):
    """Follows the live run, or stands at a step that was chosen; remembers where each run was left.

    Attributes
    ----------
    run : Run or None
    step : Step or None
        The one that the views show.
    follow : bool
        Whether each new step is shown as it arrives.
    """

    run_chosen = pyqtSignal(object)  # Run that is shown now, or None
    history_changed = pyqtSignal(object)  # History of the run that is shown
    step_shown = pyqtSignal(object)  # Step that the views are to show
    follow_changed = pyqtSignal(bool)
    pinned = pyqtSignal(object)  # Run of which a step was pinned, or no longer is

    def __init__(self, parent=None):
        super().__init__(parent)
        self.run: Run | None = None
        self.step: Step | None = None
        self.follow = True
        self._nothing = History()  # what there is to look at without a run
        self._indices: dict[int, int] = {}  # step shown last of the runs that were looked at, by number

    @property
    def history(self) -> History:
        """Of the run that is shown."""
        return self._nothing if self.run is None else self.run.history

    @property
    def method(self) -> Method | None:
        """Of the run that is shown."""
        return None if self.run is None else self.run.method

    def show_run(self, run: Run | None) -> None:
        """Show a run, at the step where it was left."""
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
        if self.run is not None:
            self.history.pin(index, on)
            self.pinned.emit(self.run)
            self.history_changed.emit(self.history)

    def take(self, run: Run, steps: Sequence[Step]) -> None:
        """New steps of a run have come."""
        if run is self.run:
            self.history_changed.emit(self.history)
            if self.follow:
                self._show(steps[-1])

    def forget(self) -> None:
        """Show nothing, and forget where runs were left: their numbers will stand for others."""
        self.show_run(None)
        self._indices = {}

    def _show(self, step: Step) -> None:
        if step is not self.step and self.run is not None:
            self.step = step
            self._indices[self.run.number] = step.index
            self.step_shown.emit(step)
