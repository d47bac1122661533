"""Progress: how far a sweep is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ptygui.experiment.run import Run


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
    places : tuple of int
        Index of each of these runs among `Plan.rows`.
    at_work : dict of int to str
        Index of each run in progress among them, and its worker; the worker is empty in this process.
    """

    runs: tuple[Run, ...]
    count: int
    share: float
    seconds: float
    doing: str = ""
    places: tuple[int, ...] = ()
    at_work: Mapping[int, str] = field(default_factory=dict)

    @property
    def seconds_left(self) -> float | None:
        """Time left at the mean rate so far; None until there is one [s]."""
        return self.seconds * (1 - self.share) / self.share if self.share > 0 else None
