"""What is shown of a prior to choose from; `catalogue` reads it."""

from dataclasses import dataclass
from pathlib import Path

ANYTHING = "anything"  # domain of a prior for specimens that are not known
SIGMA = 0.3  # noise level of the error that is listed, one of those that a training measures [channel units]


@dataclass(frozen=True)
class PriorEntry:
    """A prior to choose from.

    Attributes
    ----------
    name : str
        As an option takes it: the name in models/, or a folder.
    folder : Path
    domain : str
        What it is a prior of; empty if not stated.
    date : str
        Day of its training, as ISO 8601; empty if not known.
    data : str
        What it learned from, in short.
    parameters : int
    error : float, optional
        Mean squared error of held-out crops of its own images denoised at `SIGMA`, in its own channel units,
        so it does not compare priors of different data; None if it was not measured.
    picture : Path, optional
        Crops denoised and samples drawn, if its folder has them.
    """

    name: str
    folder: Path
    domain: str
    date: str
    data: str
    parameters: int
    error: float | None
    picture: Path | None

    @property
    def title(self) -> str:
        """The name without parent folders."""
        return self.folder.name
