"""Averager: means and deviations over the seeds of one scan and method, in another thread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.analysis.ensemble import Ensemble, ensemble
from ptygui.analysis.metrics import illuminated
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.figures.levels import span, thinned
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.background.latest import Latest
from ptygui.gui.model.comparer import upright
from ptygui.methods import Method


@dataclass(frozen=True, eq=False)
class Averaged:
    """An ensemble, and where the data or the prior alone decide it.

    Attributes
    ----------
    runs : tuple of Run
        Whose results were averaged.
    prior_only : bool array, shape (H, W)
        Where less light fell than the weight of the prior: only the prior decides there.
    weight : float
        The weight ρ of the prior [counts]; 0 for methods without one.
    pictures, levels : dict
        What is drawn, thinned, and its limits: the "mean" and the "deviation" of "amplitude" and
        "phase".
    covered : (float, float), optional
        Among the pixels that the data decide, the share whose true amplitude, and phase, lie within two
        deviations; None without a truth, or if the prior decides everywhere.
    """

    runs: tuple[Run, ...]
    ensemble: Ensemble
    prior_only: np.ndarray
    weight: float
    pictures: dict[str, np.ndarray]
    levels: dict[str, tuple[float, float]]
    covered: tuple[float, float] | None


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
    weight = max((run.last.prior_weight or 0.0 for run in runs if run.last is not None), default=0.0)
    prior_only = scan.illumination < weight
    known = lit & ~prior_only
    covered = None if scan.truth is None or not known.any() else found.covers(scan.truth, known)
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
    return Averaged(runs, found, prior_only, weight, pictures, levels, covered)
