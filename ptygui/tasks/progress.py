"""Progress: how far a sweep is."""

from dataclasses import dataclass

from ptygui.experiment.run import Run
from ptygui.tasks.where import Underway


@dataclass(frozen=True, eq=False)
class Progress:
    """The progress of a sweep.

    Attributes
    ----------
    runs : tuple of Run
        All ended runs, in order: nothing is lost if one `Progress` is missed.
    count : int
        Total number of runs.
    share : float
        Share done, counted in positions to reconstruct.
    seconds : float
        Time since the sweep began.
    doing : str
        What is in progress, such as "awf at 43.8 %"; empty at the end.
    underway : Underway, optional
        Which tasks the workers have, if there are some.
    """

    runs: tuple[Run, ...]
    count: int
    share: float
    seconds: float
    doing: str = ""
    underway: Underway | None = None

    @property
    def seconds_left(self) -> float | None:
        """Time left at the mean rate so far; None until there is one [s]."""
        return self.seconds * (1 - self.share) / self.share if self.share > 0 else None
