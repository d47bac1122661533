"""Averager: means and deviations over the seeds of one scan and method, in another thread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.analysis.bands import errors_of, spread_of
from ptygui.analysis.coverage import DECIDES
from ptygui.analysis.ensemble import Ensemble, ensemble
from ptygui.analysis.metrics import illuminated
from ptygui.errors import InputError
from ptygui.experiment.calibrating import factors_for
from ptygui.experiment.run import Run
from ptygui.figures.levels import span, thinned
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.comparer import upright
from ptygui.methods import Method
from ptygui.prior.calibration import Factors

LEVEL = 0.95  # of the bands that are told


@dataclass(frozen=True, eq=False)
class Averaged:
    """An ensemble, and where the data or the prior alone decide it.

    Attributes
    ----------
    runs : tuple of Run
        Whose results were averaged.
    prior_only : bool array, shape (H, W)
        Where the prior decides more than the data, or nothing was lit.
    spread : (float32 array, float32 array), shape (H, W)
        Of amplitude and phase, see `analysis.bands.spread_of`.
    factors : Factors, optional
        By how much of the spread the bands reach; None where they are not calibrated.
    about_bands : str
        How they were calibrated, or why they are not.
    pictures, levels : dict
        What is drawn, thinned, and its limits: the "mean" and the "deviation" of "amplitude" and
        "phase".
    covered : (float, float), optional
        Among the lit pixels the share whose true amplitude, and phase, lie within the band of `LEVEL`, or
        within two deviations where it is not calibrated; None without a truth.
    """

    runs: tuple[Run, ...]
    ensemble: Ensemble
    prior_only: np.ndarray
    spread: tuple[np.ndarray, np.ndarray]
    factors: Factors | None
    about_bands: str
    pictures: dict[str, np.ndarray]
    levels: dict[str, tuple[float, float]]
    covered: tuple[float, float] | None

    def reach(self, row: int, column: int) -> tuple[float, float]:
        """Half widths of the bands of a pixel; of bands that are not calibrated its deviations."""
        if self.factors is None:
            both = self.ensemble.amplitude_deviation, self.ensemble.phase_deviation
            return float(both[0][row, column]), float(both[1][row, column])
        amplitude, phase = (float(each[row, column]) for each in self.spread)
        return amplitude * self.factors.amplitude[LEVEL], phase * self.factors.phase[LEVEL]


class Averager(QObject):
    """Averages runs; only the latest request is answered."""

    averaged = pyqtSignal(Averaged)

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self._averaging = Latest(jobs, self)
        self._averaging.answered.connect(self.averaged)

    def average(self, runs: Sequence[Run]) -> None:
        """Mean and deviations of the seeds of these runs."""
        self._averaging.ask(partial(average, tuple(runs), images_of(runs)))


def images_of(runs: Sequence[Run]) -> list[np.ndarray]:
    """The results of all seeds of some runs.

    Raises
    ------
    InputError
        If they are not seeds of one scan and method, or fewer than two.
    """
    found, seeds = [], set()
    for run in runs:
        if run.last is None:
            continue
        if run.scan is not runs[0].scan or run.method != runs[0].method:
            raise InputError(
                f"{run.name} is of another scan or has other options than {runs[0].name}: "
                "choose runs that differ only in their seed"
            )
        if run.seed in seeds:
            raise InputError(f"{run.name} has seed {run.seed}, as another run: choose different seeds")
        seeds.add(run.seed)
        found += [run.last.obj] if run.last.samples is None else list(run.last.samples)
    if len(found) < 2:
        raise InputError(
            "a deviation needs two seeds: queue seeds in the list of runs, or set the method's option seeds"
        )
    return found


def groups_of(runs: Iterable[Run]) -> list[tuple[Run, ...]]:
    """Groups of runs that can be averaged: one scan and one method, at least two seeds together."""
    groups: dict[tuple[int, Method], list[Run]] = {}
    for run in runs:
        if run.last is not None:
            group = groups.setdefault((id(run.scan), run.method), [])
            if all(run.seed != other.seed for other in group):
                group.append(run)
    return [tuple(group) for group in groups.values() if sum(map(count, group)) > 1]


def count(run: Run) -> int:
    """The number of seeds that a run has results for."""
    return 1 if run.last is None or run.last.samples is None else len(run.last.samples)


def average(runs: tuple[Run, ...], images: Sequence[np.ndarray]) -> Averaged:
    """Average images of runs of one scan."""
    scan = runs[0].scan
    lit = illuminated(scan.illumination)
    upright_first = upright(images[0], scan.truth)
    found = ensemble([upright_first, *images[1:]], lit)
    shares = [run.last.prior_share for run in runs if run.last is not None]
    known = [share for share in shares if share is not None]
    prior_only = ~lit if not known else np.any([~(share < DECIDES) for share in known], 0)
    factors, about = factors_for(runs[0].method, scan)
    covered = None
    if scan.truth is not None and factors is None:
        covered = found.covers(scan.truth, lit)
    elif scan.truth is not None and factors is not None:
        reach = factors.amplitude[LEVEL], factors.phase[LEVEL]
        covered = errors_of(found, scan.truth, lit).within(reach)
    pictures = {
        "mean amplitude": np.abs(found.mean),
        "mean phase": np.angle(found.mean),
        "deviation amplitude": found.amplitude_deviation,
        "deviation phase": found.phase_deviation,
    }
    pictures = {name: thinned(picture) for name, picture in pictures.items()}
    counted = thinned(~prior_only) if not prior_only.all() else slice(None)
    levels = {f"mean {part}": span(pictures[f"mean {part}"], thinned(lit)) for part in ("amplitude", "phase")}
    for name in ("deviation amplitude", "deviation phase"):
        levels[name] = (0.0, max(float(np.percentile(pictures[name][counted], 99.5)), 1e-6))
    spread = spread_of(found, lit)
    return Averaged(runs, found, prior_only, spread, factors, about, pictures, levels, covered)
