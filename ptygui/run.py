"""One reconstruction from asking to outcome: what the run list shows and a project file keeps."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.options import shown
from ptygui.physics.positions import overlap_ratio
from ptygui.scan import Scan
from ptygui.step import Step

OUTCOMES = ("queued", "running", "done", "stopped", "failed")


@dataclass(eq=False)
class Run:
    """A scan, a method and what has come of them.

    Attributes
    ----------
    number : int
        From 1 in the order of asking; never given twice in a session.
    scan : Scan
        What is reconstructed; shared between runs, never copied.
    method : Method
        With its options as they stand: see `changes`.
    scan_path : str, optional
        The file that the scan was read from.
    given_name : str
        What the user called it; empty for the made name, see `name`.
    outcome : str
        One of `OUTCOMES`.
    origin : (int, int), optional
        Number of the run and index of the step that this one branched off from.
    changes : list of (int, dict)
        Options changed in mid-run: after which step, and their new values by name.
    automatic : bool
        Whether the window started it by itself (the preview that follows the overlap slider).
    """

    number: int
    scan: Scan
    method: Method
    seed: int = 0
    device: str = "auto"
    scan_path: str | None = None
    given_name: str = ""
    outcome: str = "queued"
    history: History = field(default_factory=History)
    origin: tuple[int, int] | None = None
    changes: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    automatic: bool = False
    error: str = ""

    @property
    def total(self) -> int:
        """Iterates in all, once it is done."""
        return self.method.total if self.last is None else self.method.total_after(self.last.state)

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Steps after which something became different, and what, in words."""
        branched = [] if self.origin is None else [(self.origin[1], f"from run {self.origin[0]}")]
        return branched + [(step, in_words(options)) for step, options in self.changes]

    @property
    def name(self) -> str:
        """What the user called it, or number, method and overlap."""
        return self.given_name or f"{self.number} {self.method.key()} {100 * self.overlap:.0f} %"

    @cached_property
    def overlap(self) -> float:
        """Linear overlap ratio of the scan, of the probe width (a fraction)."""
        return overlap_ratio(self.scan.positions, self.scan.width) if len(self.scan) > 1 else 0.0

    @property
    def last(self) -> Step | None:
        """The newest step."""
        return self.history.last


def in_words(options: dict[str, Any]) -> str:
    """Options with their values, such as "zeta 0.01, j 5"."""
    return ", ".join(f"{name} {shown(value)}" for name, value in options.items())
