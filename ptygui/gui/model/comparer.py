"""Comparer: compares what the comparison page asks for, in another thread."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.analysis.comparison import Comparison, compare
from ptygui.analysis.frc import RingCorrelation, ring_correlation
from ptygui.analysis.metrics import best_factor, illuminated
from ptygui.figures.levels import both, span, thinned
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.comparable import Choice

DIFFERENCES = ("complex", "amplitude", "phase")


@dataclass(frozen=True, eq=False)
class Compared:
    """Two choices, aligned, and the pictures to draw of them.

    Attributes
    ----------
    pictures : dict of str to float32 array
        "amplitude a", "amplitude b", "phase a", "phase b" and "difference" of each of `DIFFERENCES`; thinned
        to what can be drawn.
    levels : dict of str to (float, float)
        Limits of the colour bars: "amplitude", from A, "phase", and each "difference", about zero.
    """

    a: Choice
    b: Choice
    comparison: Comparison
    pictures: dict[str, np.ndarray]
    levels: dict[str, tuple[float, float]]


class Comparer(QObject):
    """Answers requests to compare and to correlate; only the latest of each kind is answered."""

    compared = pyqtSignal(Compared)
    correlated = pyqtSignal(RingCorrelation)
    refused = pyqtSignal(str)  # why there is no correlation

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self._comparing, self._correlating = Latest(jobs, self), Latest(jobs, self)
        self._comparing.answered.connect(self.compared)
        self._correlating.answered.connect(self._tell)

    def compare(self, a: Choice, b: Choice, ramp: bool, shift: bool) -> None:
        """Align B to A and compare them."""
        self._comparing.ask(partial(_compared, a, b, ramp, shift))

    def correlate(self, a: Choice, b: Choice) -> None:
        """Correlate A and B ring by ring."""
        self._correlating.ask(partial(_correlated, a, b))

    def _tell(self, found: RingCorrelation | str) -> None:
        (self.refused if isinstance(found, str) else self.correlated).emit(found)


def lit(*choices: Choice) -> np.ndarray:
    """Where all of these were illuminated."""
    return np.logical_and.reduce([illuminated(choice.scan.illumination) for choice in choices])


def upright(obj: np.ndarray, truth: np.ndarray | None) -> np.ndarray:
    """An image with its global phase turned to the truth's, or to a mean of zero."""
    if truth is not None and truth.shape == obj.shape:
        return obj * np.complex64(best_factor(obj, truth))
    mean = obj.sum()
    return obj * np.complex64(abs(mean) / mean) if mean else obj


def _compared(a: Choice, b: Choice, ramp: bool, shift: bool) -> Compared:
    found = compare(upright(a.obj, a.scan.truth), b.obj, lit(a, b), ramp, shift)
    pictures = {f"difference {kind}": found.difference(kind) for kind in DIFFERENCES}
    for name, obj in (("a", found.a), ("b", found.b)):
        pictures |= {f"amplitude {name}": np.abs(obj), f"phase {name}": np.angle(obj)}
    pictures = {name: thinned(picture).astype(np.float32) for name, picture in pictures.items()}
    where = thinned(lit(a, b))
    phases = (span(pictures[f"phase {name}"], where) for name in "ab")
    levels = {"amplitude": span(pictures["amplitude a"], where), "phase": both(*phases)}
    for kind in DIFFERENCES:
        reach = max(float(np.percentile(np.abs(pictures[f"difference {kind}"]), 99.5)), 1e-6)
        levels[f"difference {kind}"] = (0.0 if kind == "complex" else -reach, reach)
    return Compared(a, b, found, pictures, levels)


def _correlated(a: Choice, b: Choice) -> RingCorrelation | str:
    try:
        return ring_correlation(a.obj, b.obj, lit(a, b))
    except ValueError as error:
        return str(error)
