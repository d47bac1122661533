"""Calibrates the bands of a prior: by which factors seeds err more than they differ, on known objects.

    trials = trials_of({"smear:1:96": obj}, overlaps=[0.2, 0.5], photons=[1e5])
    *_, rows = run_trials(trials, method, make_probe("medium"), kept="folder")
    calibration = calibration_of(rows, method, load_prior(method.prior).identity)

The factor for a level is that quantile of |error| / spread over the pixels of all objects, each object
counting the same: split conformal prediction whose exchangeable units are objects. With n objects it holds
up to about 1 / n for the pixels of a new one; `coverage_of_rows` measures it on others.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ptygui.analysis.bands import Errors, errors_of, flux_of
from ptygui.analysis.ensemble import ensemble
from ptygui.analysis.metrics import illuminated
from ptygui.atomic import replacing
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.base import Method
from ptygui.methods.daps import DAPS
from ptygui.physics.positions import overlap_ratio
from ptygui.physics.simulate import Simulation, simulate
from ptygui.prior.calibration import LEVELS, Calibration, Factors, Point, Series, read_calibration
from ptygui.scan import Geometry, Scan

MOST_PIXELS = 20_000  # of an object that count, evenly chosen
SEEDS, SETTING = 4, "preview"


@dataclass(frozen=True, eq=False)
class Trial:
    """One known object, to be reconstructed at one overlap and one number of photons."""

    name: str
    obj: np.ndarray
    overlap: float
    photons: float


@dataclass(frozen=True, eq=False)
class Row:
    """What came of a trial.

    Attributes
    ----------
    trial : Trial
    overlap, flux : float
        Of the scan that was made (`overlap_ratio`, `flux_of`).
    errors : Errors
        In its lit area.
    """

    trial: Trial
    overlap: float
    flux: float
    errors: Errors


def trials_of(
    objects: Mapping[str, np.ndarray], overlaps: Sequence[float], photons: Sequence[float]
) -> list[Trial]:
    """Every object at every overlap and number of photons."""
    return [Trial(name, obj, o, p) for p in photons for o in overlaps for name, obj in objects.items()]


def run_trials(
    trials: Iterable[Trial],
    method: DAPS,
    probe: np.ndarray,
    *,
    kept: str | os.PathLike[str] | None = None,
    device: str = "cpu",
) -> Generator[list[Row] | None, None, None]:
    """Reconstruct each trial with all seeds; yields None between iterates, and the rows so far.

    Parameters
    ----------
    trials : iterable of Trial
    method : DAPS
        With at least two seeds.
    probe : complex array, shape (m, m)
    kept : path, optional
        Folder of the seeds' images: what is there is not run again.
    device : str
    """
    from ptygui.prior.prior import load_prior

    if method.num_seeds < 2:
        raise InputError(f"seeds is {method.num_seeds}, expected at least 2: one has no spread")
    identity, rows = load_prior(method.prior).identity, []
    for trial in trials:
        settings = Simulation(overlap=trial.overlap, photons=trial.photons)
        scan = simulate(trial.obj, probe, settings, name=trial.name)
        samples = yield from _samples(scan, trial.obj, method, identity, kept, device)
        lit = illuminated(scan.illumination)
        errors = _thinned(errors_of(ensemble(list(samples), lit), trial.obj, lit))
        rows.append(Row(trial, overlap_ratio(scan.corners, scan.width), flux_of(scan), errors))
        yield rows


def calibration_of(rows: Sequence[Row], method: DAPS, identity: str, command: str = "") -> Calibration:
    """The factors of rows: of each overlap and number of photons, the quantiles over all objects alike."""
    series = []
    for photons in sorted({row.trial.photons for row in rows}):
        some = [row for row in rows if row.trial.photons == photons]
        points = []
        for overlap in sorted({row.trial.overlap for row in some}):
            at = [row for row in some if row.trial.overlap == overlap]
            amplitude, phase = (
                tuple(_quantile([getattr(row.errors, part) for row in at], level) for level in LEVELS)
                for part in ("amplitude", "phase")
            )
            points.append(Point(float(np.mean([row.overlap for row in at])), amplitude, phase, len(at)))
        flux = float(np.exp(np.mean([np.log(row.flux) for row in some])))
        series.append(Series(flux, tuple(points)))
    return Calibration(
        weights=identity,
        levels=LEVELS,
        series=tuple(series),
        setting=method.setting,
        seeds=method.num_seeds,
        renoise=method.renoise,
        objects=tuple(dict.fromkeys(row.trial.name for row in rows)),
        date=datetime.now(UTC).date().isoformat(),
        command=command,
    )


@dataclass(frozen=True)
class Held:
    """How well the bands of one level hold on some objects.

    Attributes
    ----------
    overlap, photons, level : float
    objects : int
    amplitude, phase : (float, float, float)
        Mean share of the true values inside, and the least and the largest of an object.
    width : (float, float)
        Mean half width of the bands of amplitude and of phase [rad].
    """

    overlap: float
    photons: float
    level: float
    objects: int
    amplitude: tuple[float, float, float]
    phase: tuple[float, float, float]
    width: tuple[float, float]


def coverage_of_rows(rows: Sequence[Row], calibration: Calibration) -> list[Held]:
    """How well the bands of a calibration hold on rows of other objects, by photons, overlap and level."""
    found = []
    for photons, overlap in sorted({(row.trial.photons, row.trial.overlap) for row in rows}):
        at = [row for row in rows if (row.trial.photons, row.trial.overlap) == (photons, overlap)]
        for level in calibration.levels:
            shares, widths = [], []
            for row in at:
                factors = calibration.at(row.overlap, row.flux)
                pair = factors.amplitude[level], factors.phase[level]
                shares.append(row.errors.within(pair))
                widths.append(np.multiply(pair, row.errors.spread))
            amplitude, phase = ((float(np.mean(s)), min(s), max(s)) for s in zip(*shares, strict=True))
            wide, turned = (float(width) for width in np.mean(widths, 0))
            found.append(Held(overlap, photons, level, len(at), amplitude, phase, (wide, turned)))
    return found


def factors_for(method: Method, scan: Geometry) -> tuple[Factors | None, str]:
    """Factors of the bands of a method's seeds on a scan, and how they were found, in words.

    None where its prior has no calibration for such runs; then the words are the reason.
    """
    if not isinstance(method, DAPS):
        return None, f"there are no calibrations for {method.key()}"
    prior = method.prior_of(scan.specimen)
    name = Path(prior).name
    try:
        found, weights = read_calibration(prior), set(method.weights(scan).values())
    except InputError as error:
        return None, str(error)
    if found is None:
        return None, f"the prior {name} has no calibration (ptygui calibrate)"
    if found.weights not in weights:
        return None, f"the calibration of the prior {name} is of other weights (ptygui calibrate)"
    if abs(found.renoise - method.renoise) > 1e-6:
        return None, f"that of the prior {name} is for renoise {found.renoise:g}, not {method.renoise:g}"
    if method.num_levels != DAPS(setting=found.setting).num_levels:
        return None, f"that of the prior {name} is for the setting {found.setting}, which this run has not"
    factors = found.at(overlap_ratio(scan.corners, scan.width), flux_of(scan))
    if factors.outside:
        return None, f"the scan is outside of the range of {name}'s calibration in {factors.outside}"
    how = f"calibrated on simulated scans of {len(found.objects)} objects, {found.seeds} seeds each"
    return factors, how


def _samples(
    scan: Scan,
    truth: np.ndarray,
    method: DAPS,
    identity: str,
    kept: str | os.PathLike[str] | None,
    device: str,
) -> Generator[None, None, np.ndarray]:
    """The images of all seeds, (S, H, W): those kept, or of a run."""
    said = json.dumps({"method": method.asdict(), "prior": identity}, sort_keys=True, default=str)
    told = hashlib.sha256(said.encode())
    told.update(np.ascontiguousarray(truth).tobytes())
    told.update(np.ascontiguousarray(scan.patterns[:]).tobytes())
    path = None if kept is None else Path(kept) / f"{told.hexdigest()[:24]}.npz"
    samples = None if path is None else _read(path, (method.num_seeds, *truth.shape))
    if samples is not None:
        return samples
    for step in reconstruct(scan, method, interval=np.inf, device=device):
        samples = samples if step is None else step.samples
        yield None
    if samples is None:
        raise RuntimeError(f"{method.key()} told no samples")
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as scratch:
            np.savez(scratch, samples=samples)
    return samples


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """Samples that were kept; None if there are none of this shape."""
    try:
        with np.load(path, allow_pickle=False) as found:
            samples = np.asarray(found["samples"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return samples if samples.shape == shape and samples.dtype == np.complex64 else None


def _thinned(errors: Errors) -> Errors:
    every = max(1, -(-errors.amplitude.size // MOST_PIXELS))
    return Errors(errors.amplitude[::every], errors.phase[::every], errors.spread)


def _quantile(parts: Sequence[np.ndarray], level: float) -> float:
    """The quantile of all parts together, each counting the same."""
    values, weights = np.concatenate(parts), np.concatenate([np.full(p.size, 1 / p.size) for p in parts])
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, level * below[-1]).clip(0, values.size - 1)])
