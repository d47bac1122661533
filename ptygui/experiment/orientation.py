"""How the axes of a scan's positions lie on those of its patterns: all eight ways tried by misfit.

    *_, found = orientations(scan)
    print(found.verdict)
    scan = found.best.orientation.turned(scan)

Each is reconstructed by a short rPIE with probe refinement on the middle of the scan: with wrong axes,
neighbouring frames contradict each other, and a misfit remains. Where they do not overlap, nothing tells.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from ptygui.analysis.scores import lit_by
from ptygui.errors import InputError
from ptygui.experiment.ranking import central_part
from ptygui.experiment.reconstruct import last_step
from ptygui.methods.rpie import RPIE
from ptygui.physics.orientation import BEST, ORIENTATIONS, Orientation
from ptygui.scan import Geometry, Scan
from ptygui.step import Step

SWEEPS = 40
MOST_VALUES = 2**21  # measured values of the part of a large scan that is tried: 128 patterns of 128 px
CLEAR = 1.15  # ratio of two misfits below which either orientation may be the right one


@dataclass(frozen=True, eq=False)
class Tried:
    """One orientation and its result.

    Attributes
    ----------
    orientation : Orientation
    misfit : float
        In units of what photon noise leaves; as a share of the counts where a scan has no noise.
    obj : complex64 array, shape (h, w)
        The middle of the object, where it was lit.
    """

    orientation: Orientation
    misfit: float
    obj: np.ndarray


@dataclass(frozen=True)
class Orientations:
    """The orientations that were tried so far, the best first.

    Attributes
    ----------
    tried : tuple of Tried
    of_noise : bool
        Whether misfits are in units of what photon noise leaves, not shares of the counts.
    positions : int
        How many of the scan's were used.
    done : bool
        Whether none is outstanding.
    """

    tried: tuple[Tried, ...]
    of_noise: bool
    positions: int
    done: bool

    @property
    def best(self) -> Tried:
        """The one to use: that with the least misfit, but as given where that is as good."""
        return next((one for one in self.alike if not one.orientation), self.tried[0])

    @property
    def alike(self) -> tuple[Tried, ...]:
        """All that fit about as well as the best."""
        return tuple(one for one in self.tried if one.misfit < CLEAR * self.tried[0].misfit)

    @property
    def choice(self) -> str:
        """Which one to use, and whether that is certain."""
        best = self.best.orientation
        others = [one.orientation for one in self.alike if one.orientation != best]
        if not others:
            return f"Orientation {best.name} fits best."
        why = "too little overlap, or too wrong or symmetric a probe, to tell"
        if others == [best.half_turned]:
            why = (
                "only the curvature of the probe tells half a turn, so the object may be the conjugate, "
                "turned; a probe with the right sign of defocus decides"
            )
        names = ", ".join(one.name for one in others)
        return f"Orientation {best.name}, but {names} fit{'s' * (len(others) == 1)} as well: {why}."

    @property
    def verdict(self) -> str:
        """The choice, with the misfits."""
        unit = "over the noise" if self.of_noise else "as a share of the counts"
        said = ", ".join(f"{one.orientation.name} {one.misfit:.3g}" for one in self.tried)
        return f"{self.choice} Misfit {unit}, {self.positions} positions, {SWEEPS} sweeps of rPIE: {said}."


def orientations(scan: Scan, device: str = "auto") -> Generator[Orientations | None, None, None]:
    """Try all eight orientations of a scan's positions.

    Yields
    ------
    Orientations or None
        What was tried so far after each one; the last is `done`. None in between, where a caller may stop by
        closing the generator.

    Raises
    ------
    InputError
        If the scan has a single position.
    """
    if len(scan) < 2:
        raise InputError(f"{scan.name} has one position: frames that overlap tell the orientation")
    part = central_part(replace(scan, truth=None, reference=None, held_out=None), MOST_VALUES)
    tried: list[Tried] = []
    for one in ORIENTATIONS:
        turned = one.turned(part)
        step = yield from _short_run(turned, device)
        of_noise = step.noise_floor > 0
        misfit = step.misfit / step.noise_floor if of_noise else step.misfit
        tried.append(Tried(one, misfit, _lit(turned, step)))
        order = sorted(tried, key=lambda each: each.misfit)
        yield Orientations(tuple(order), of_noise, len(part), len(tried) == len(ORIENTATIONS))


def oriented(scan: Scan, name: str, device: str = "auto") -> Scan:
    """A scan in the orientation of that name, or with "best" in the one that is found; it is noted."""
    if name != BEST:
        return Orientation.named(name).turned(scan)
    *_, found = orientations(scan, device)
    assert found is not None
    return found.best.orientation.turned(scan).noted(found.verdict)


def _short_run(scan: Scan, device: str) -> Generator[None, None, Step]:
    method = RPIE(iterations=SWEEPS, probe_update="yes", probe_modes=1)
    return (yield from last_step(scan, method, device=device))


def _lit(scan: Geometry, step: Step) -> np.ndarray:
    """The rectangle of a step's object that was lit."""
    lit = lit_by(scan)
    rows, columns = (np.flatnonzero(lit.any(axis)) for axis in (1, 0))
    return step.obj[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
