"""StepLevels: between which values the steps of a run are drawn."""

from collections.abc import Callable, Iterable

import numpy as np

from ptygui.figures.levels import SAMPLE, Levels, both, settled, span, thinned, visited
from ptygui.scan import Geometry

_PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"amplitude": np.abs, "phase": np.angle}


class StepLevels:
    """Levels of "amplitude" and "phase" [rad], found where the probe has been.

    Pixels that no light met thus do not flatten the rest. Amplitudes lie between those of the truth where
    that is known; phases may go beyond the truth's, so that errors show.
    """

    def __init__(self) -> None:
        self.found: dict[str, Levels] = {}  # empty until there is something to draw
        self._true: dict[str, Levels] = {}
        self._where: np.ndarray | None = None

    def show_scan(self, scan: Geometry) -> None:
        """Begin with the truth of a scan, if known."""
        self._where = visited(scan)
        self._true = {} if scan.truth is None else self._spans(scan.truth)
        self.found = self._true

    def take(self, obj: np.ndarray, factor: complex, alone: bool, live: bool) -> None:
        """Find levels for an estimate times a factor; `alone` has no heed for the truth.

        Those of a `live` run are `settled`: each step would otherwise have levels of its own.
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
        return {part: span(_PARTS[part](obj), self._where) for part in parts}
