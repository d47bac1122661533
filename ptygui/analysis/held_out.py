"""How well a reconstruction predicts patterns that it was not made from: a test that needs no truth."""

from dataclasses import dataclass, replace

import numpy as np

from ptygui.analysis.movement import carried
from ptygui.analysis.residuals import left_beside_noise
from ptygui.analysis.scores import lit_by
from ptygui.scan import Scan
from ptygui.step import Step

LIT_SHARE = 0.9  # of a pattern's light that falls where the object is known, from which it can be predicted


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The misfit of patterns held out.

    Attributes
    ----------
    which : int array, shape (n,)
        Their indices in `scan.held_out`.
    misfits : float array, shape (n,)
        Sum of (y - |A f|)² of each, relative to that of photon noise alone: 1 is a perfect prediction.
    misfit : float
        The same of all together.
    """

    which: np.ndarray
    misfits: np.ndarray
    misfit: float


def predictable(scan: Scan) -> np.ndarray:
    """Indices of patterns in `scan.held_out` whose light falls where the scan lights the object.

    At least `LIT_SHARE` of it, with the probe of the scan. Others say more about the unknown surroundings.
    """
    test = scan.held_out
    if test is None or scan.noise == "none":
        return np.empty(0, np.int64)
    intensity, lit, m = np.square(np.abs(scan.modes), dtype=np.float64), lit_by(scan), scan.width
    intensity = intensity.sum(0) if intensity.ndim == 3 else intensity
    shares = [np.sum(intensity, where=lit[r : r + m, c : c + m]) for r, c in test.corners]
    return np.flatnonzero(np.array(shares) >= LIT_SHARE * intensity.sum())


def held_out(scan: Scan, step: Step, which: np.ndarray | None = None) -> HeldOut | None:
    """The misfit of the patterns that a scan holds out; None if none can be predicted.

    Parameters
    ----------
    scan : Scan
    step : Step
        Of a run on it: its object and probe predict the patterns.
    which : int array, optional
        Indices in `scan.held_out`; all that are `predictable` by default.
    """
    test, which = scan.held_out, predictable(scan) if which is None else which
    if test is None or not len(which):
        return None
    moved = None if step.positions is None else carried(scan, step.positions, test.positions)
    step = replace(step, positions=moved, weights=None)  # its own are of the patterns that were used
    left, expected = left_beside_noise(test, step, which)
    return HeldOut(which, left / np.maximum(expected, 1e-30), float(left.sum() / max(expected.sum(), 1e-30)))


def told(scan: Scan, step: Step) -> str:
    """How well the patterns held out are predicted, each and in sum, and where worst, in one sentence."""
    found, test = held_out(scan, step), scan.held_out
    if test is None:
        return "no patterns are held out"
    text = f"{len(test)} patterns are held out"
    if found is None:
        return f"{text}, none of them where the scan lights the object"
    worst, (low, middle, high) = int(found.misfits.argmax()), np.percentile(found.misfits, (10, 50, 90))
    row, column = test.positions[found.which[worst]]
    return (
        f"{text}, {len(found.which)} where the object is lit: misfit {found.misfit:.3g} × noise in sum, "
        f"eight of ten {low:.3g} to {high:.3g} (median {middle:.3g}), the worst {found.misfits[worst]:.3g} "
        f"at row {row:.0f}, column {column:.0f}"
    )
