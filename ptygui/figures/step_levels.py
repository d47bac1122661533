"""StepLevels: the levels between which the steps of a run are drawn."""

from collections.abc import Callable, Iterable

import numpy as np

from ptygui.analysis.unwrap import unwrapped
from ptygui.figures.levels import SAMPLE, Levels, both, settled, span, thinned, visited
from ptygui.scan import Geometry

_Part = Callable[[np.ndarray], np.ndarray]
_PARTS: dict[str, _Part] = {"amplitude": np.abs, "phase": np.angle}


class StepLevels:
    """Levels of "amplitude" and "phase" [rad], from the area that the probe has visited.

    Pixels without light therefore do not flatten the rest. Amplitudes are between those of the truth if
    that is known; phases may exceed the truth's, so that errors are visible.

    Attributes
    ----------
    unwrap : bool
        Whether levels of phases are those of `unwrapped` ones.
    """

    def __init__(self) -> None:
        self.found: dict[str, Levels] = {}  # empty until there is something to draw
        self._true: dict[str, Levels] = {}
        self._where: np.ndarray | None = None
        self._scan: Geometry | None = None
        self.unwrap = False

    def set_unwrap(self, on: bool) -> None:
        """Whether levels of phases are those of unwrapped ones, from the next `take` on."""
        self.unwrap = on
        if self._scan is not None:
            self.show_scan(self._scan)

    def show_scan(self, scan: Geometry) -> None:
        """Start with the truth of a scan, if known."""
        self._scan, self._where = scan, visited(scan)
        self._true = {} if scan.truth is None else self._spans(scan.truth)
        self.found = self._true

    def take(self, obj: np.ndarray, factor: complex, alone: bool, live: bool) -> None:
        """Find levels for an estimate times a factor; `alone` ignores the truth.

        Those of a `live` run are `settled`: otherwise each step would have other levels.
        """
        known = bool(self._true) and not alone
        found = self._spans(obj, factor, ("phase",) if known else _PARTS)
        if known:
            found = {"amplitude": self._true["amplitude"], "phase": both(self._true["phase"], found["phase"])}
        if live:
            found = {part: settled(levels, self.found.get(part)) for part, levels in found.items()}
        self.found = found

    def _spans(
        self, obj: np.ndarray, factor: complex = 1.0, parts: Iterable[str] = _PARTS
    ) -> dict[str, Levels]:
        obj = thinned(obj, SAMPLE) * factor
        smooth = {"phase": unwrapped} if self.unwrap else {}
        return {part: span((_PARTS | smooth)[part](obj), self._where) for part in parts}
