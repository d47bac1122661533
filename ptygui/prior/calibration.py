"""The calibration of a prior's bands: calibration.json in its folder.

    found = read_calibration("blood-small")            # None without one
    factors = found.at(overlap=0.3, flux=900.0)
    factors.amplitude[0.95]                            # times the seeds' spread

{"version": 1, "weights": sha256, "levels": [...], "series": [{"flux": ..., "points": [...]}, ...], ...}
"""

import os
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import Annotated

from ptygui.atomic import write_text
from ptygui.networks.model_folder import described, read_description
from ptygui.networks.schema import Group, Listed, Number, Text, Word
from ptygui.prior.folders import model_folder

CALIBRATION = "calibration.json"
LEVELS = (0.5, 0.68, 0.9, 0.95)  # shares of the true values that the bands are to hold
# What is beyond the measured range by no more counts as in it; objects differ in flux at one photon count.
OVERLAP_MARGIN, FLUX_MARGIN = 0.03, 2.0

_LEVELS = Listed(Number(0.01, 0.999), 1, 16)
_FACTORS = Listed(Number(1e-3, 1e6), 1, 16)
_COUNT = Number(1, 1e6, whole=True)


@dataclass(frozen=True)
class Point:
    """Factors measured at one overlap and flux.

    Attributes
    ----------
    overlap : float
        Linear overlap of the window.
    amplitude, phase : tuple of float
        For each level, the factor of the seeds' spread.
    objects : int
        How many objects they were measured on.
    """

    overlap: Annotated[float, Number(-1, 1)]
    amplitude: Annotated[tuple[float, ...], _FACTORS]
    phase: Annotated[tuple[float, ...], _FACTORS]
    objects: Annotated[int, _COUNT]


@dataclass(frozen=True)
class Series:
    """Points of one flux (`bands.flux_of`), by rising overlap."""

    flux: Annotated[float, Number(1e-9, 1e15)]
    points: Annotated[tuple[Point, ...], Listed(Group(Point), 1, 64)]

    @property
    def fault(self) -> str:
        """The inconsistency of a table that was read, in words."""
        overlaps = [point.overlap for point in self.points]
        return "" if all(a < b for a, b in pairwise(overlaps)) else "holds overlaps that do not increase"


@dataclass(frozen=True)
class Factors:
    """Factors of the seeds' spread at one overlap and flux.

    Attributes
    ----------
    amplitude, phase : dict of float to float
        By level, such as 0.95.
    outside : str
        In what the scan is outside of the measured range, in words; empty if it is inside.
    """

    amplitude: dict[float, float]
    phase: dict[float, float]
    outside: str = ""


@dataclass(frozen=True)
class Calibration:
    """Factors of a prior's bands, as a function of overlap and flux.

    Attributes
    ----------
    weights : str
        SHA-256 of the weights that they were measured with.
    levels : tuple of float
        Shares of the true values that the bands hold.
    series : tuple of Series
        By rising flux.
    setting, seeds, renoise : str, int, float
        Of the runs (`DAPS`).
    objects : tuple of str
        Names of the objects.
    date, command : str
    """

    weights: Annotated[str, Text(64)]
    levels: Annotated[tuple[float, ...], _LEVELS]
    series: Annotated[tuple[Series, ...], Listed(Group(Series), 1, 32)]
    setting: Annotated[str, Word("preview", "standard", "best")]
    seeds: Annotated[int, Number(2, 64, whole=True)]
    renoise: Annotated[float, Number(0, 2)]
    objects: Annotated[tuple[str, ...], Listed(Text(4096), 1, 10_000)] = ()
    date: Annotated[str, Text(40)] = ""
    command: Annotated[str, Text(20_000)] = ""

    @property
    def fault(self) -> str:
        """The inconsistency of a table that was read, in words."""
        if any(a >= b for a, b in pairwise([one.flux for one in self.series])):
            return "holds fluxes that do not increase"
        points = [point for one in self.series for point in one.points]
        if any(len(each) != len(self.levels) for p in points for each in (p.amplitude, p.phase)):
            return "does not hold one factor for each level"
        return ""

    def at(self, overlap: float, flux: float) -> Factors:
        """The factors for a scan: their logarithms linear in overlap and in the logarithm of the flux.

        Outside of the measured range they are those of its edge, and it is said.
        """
        fluxes = [one.flux for one in self.series]
        low, high, share = _between([log(value) for value in fluxes], log(max(flux, 1e-9)))
        found = []
        for part in ("amplitude", "phase"):
            below, above = (_at_overlap(self.series[k].points, overlap, part) for k in (low, high))
            mixed = [exp((1 - share) * a + share * b) for a, b in zip(below, above, strict=True)]
            found.append(dict(zip(self.levels, mixed, strict=True)))
        measured = [point.overlap for one in self.series for point in one.points]
        outside = []
        if not min(measured) - OVERLAP_MARGIN <= overlap <= max(measured) + OVERLAP_MARGIN:
            outside.append(f"overlap ({min(measured):.0%} to {max(measured):.0%} measured)")
        if not fluxes[0] / FLUX_MARGIN <= flux <= fluxes[-1] * FLUX_MARGIN:
            span = f"{fluxes[0]:.3g}" + (f" to {fluxes[-1]:.3g}" if len(fluxes) > 1 else "")
            outside.append(f"photons ({span} for a pixel and pattern measured)")
        amplitude, phase = found
        return Factors(amplitude, phase, " and ".join(outside).replace("%", " %"))


def read_calibration(prior: str | os.PathLike[str]) -> Calibration | None:
    """The calibration in the folder of a prior, by its name or path; None without one.

    Raises
    ------
    InputError
        If there is no such prior, or its calibration is damaged.
    """
    path = model_folder(prior) / CALIBRATION
    return read_description(path, Calibration) if path.is_file() else None


def write_calibration(prior: str | os.PathLike[str], calibration: Calibration) -> Path:
    """Write it into the folder of a prior, and return where."""
    return write_text(model_folder(prior) / CALIBRATION, described(**asdict(calibration)))


def _at_overlap(points: Sequence[Point], overlap: float, part: str) -> list[float]:
    """Logarithms of the factors at an overlap."""
    low, high, share = _between([point.overlap for point in points], overlap)
    below, above = getattr(points[low], part), getattr(points[high], part)
    return [(1 - share) * log(a) + share * log(b) for a, b in zip(below, above, strict=True)]


def _between(places: Sequence[float], at: float) -> tuple[int, int, float]:
    """The places on both sides, and how far `at` is from the first to the second, 0 to 1."""
    above = min(max(bisect_left(places, at), 1), len(places) - 1) if len(places) > 1 else 0
    low = max(above - 1, 0)
    if low == above:
        return low, above, 0.0
    return low, above, min(max((at - places[low]) / (places[above] - places[low]), 0.0), 1.0)
