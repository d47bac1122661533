"""Whether a run left the misfit that it should have left; if not, what is at fault.

*_, judged = judge(scan, method, step)
judged.ratio                     # misfit over what is expected of this scan, method and refinement
judged.better                    # what predicts counts that it was not given better

What is expected is measured: scans are simulated from the result, and reconstructed in the same way (a
parametric bootstrap, Efron and Tibshirani 1993). Each of the fits below is to one half of the photons and
scored by the other (`count_splitting`), so that freedom alone gains nothing:

    as it is    the method, with its refinement
    probe       with the probe refined
    modes       with one more mode of the probe
    positions   with the positions refined
    beam        with the brightness at each position refined, and a constant background
    prior       AWF with a Gaussian prior of a power law, which has learned from no image

Quick forms of the method are used, and of a large scan the positions at its centre.
"""

import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

from ptygui.analysis.count_splitting import Split, split_counts
from ptygui.analysis.judged import AS_IT_IS, BEAM, CAUSES, MODES, POSITIONS, PRIOR, PROBE, Fit, Judged
from ptygui.analysis.verdict import chi_square
from ptygui.detector import expected_counts
from ptygui.errors import InputError
from ptygui.experiment.ranking import central_part
from ptygui.experiment.reconstruct import last_step
from ptygui.experiment.refined_values import with_refined
from ptygui.methods import refining
from ptygui.methods.awf import AWF
from ptygui.methods.base import Method
from ptygui.methods.daps import DAPS
from ptygui.options import AUTO, options_of
from ptygui.physics.overlap import data_per_unknown
from ptygui.scan import Scan
from ptygui.step import Step

TRIALS = 1 + len(CAUSES)  # fits to half of the photons, at most
DRAWS = 2  # simulated scans; their misfits differ by a few percent
_BLIND: dict[str, Any] = {"truth": None, "reference": None, "held_out": None}


def judge(
    scan: Scan,
    method: Method,
    *,
    device: str = "auto",
    seed: int = 0,
    draws: int = DRAWS,
    known: Step | None = None,
) -> Generator[Judged | None, None, None]:
    """Measure what a method should leave of a scan, and what predicts it better.

    Parameters
    ----------
    scan : Scan
        Of a large one the positions nearest its centre are used, see `ranking.central_part`.
    method : Method
        With the options of the run; its quick form is taken.
    device, seed
        As for `reconstruct`.
    draws : int
        Simulated scans; 0 for none.
    known : Step, optional
        The last step of this method on this scan, which need not be made again if the method is quick.

    Yields
    ------
    Judged or None
        After every reconstruction what is known so far; None at every iterate within.

    Raises
    ------
    InputError
        If the scan has no noise, so that nothing can be expected, or the method cannot run.
    """
    if scan.noise == "none":
        raise InputError(f"{scan.name} has exact intensities: without noise no misfit is to be expected")
    began, part = time.perf_counter(), replace(central_part(scan), **_BLIND)
    quick, how = in_short(method), {"device": device, "seed": seed}
    if known is not None and known.done and quick == method and len(part) == len(scan):
        last = known
    else:
        last = yield from last_step(part, quick, **how)
    judged = Judged(_chi(last), data=data_per_unknown(part), share=len(part) / len(scan))
    for draw in range(draws):
        yield replace(judged, seconds=time.perf_counter() - began)
        simulated = _simulated(part, last, seed + draw)
        drawn = yield from last_step(simulated, quick, **how)
        judged = replace(judged, drawn=(*judged.drawn, _chi(drawn)))
    try:
        half, other = split_counts(part, seed=seed)
    except InputError as error:
        yield replace(judged, unsplit=str(error), seconds=time.perf_counter() - began, done=True)
        return
    as_it_is: Split | None = None
    for name, changed in changes(quick, part).items():
        yield replace(judged, seconds=time.perf_counter() - began)
        split = Split.of(half, other, (yield from last_step(half, changed, **how)))
        as_it_is = as_it_is or split
        fitted, predicted = split.misfits_over(as_it_is.noise)
        fit = Fit(name, fitted, predicted, *split.better_than(as_it_is))
        judged = replace(judged, fits=(*judged.fits, fit))
    yield replace(judged, seconds=time.perf_counter() - began, done=True)


def in_short(method: Method) -> Method:
    """A method in its quick form, with the same prior and refinement; of a guided one a quick fit instead."""
    if isinstance(method, DAPS):
        return replace(method, setting="preview", levels=0, seeds=0, average_seeds=True)
    if method.guided:
        return DAPS(setting="preview", prior=getattr(method, "prior", AUTO))
    return method


def changes(method: Method, scan: Scan) -> dict[str, Method]:
    """The fits to compare, by name: the method as it is, and with each change that it does not have yet."""
    found, options = {AS_IT_IS: method}, {option.name for option in options_of(type(method))}
    had = {name: getattr(method, name) for name in options}
    probe = had.get("probe_update")
    on = probe == "yes" or (probe == AUTO and not scan.simulated)
    if "probe_update" in options and not on:
        found[PROBE] = replace(method, **{"probe_update": "yes"})
    if "probe_modes" in options and not had["probe_modes"]:
        more = 1 + len(scan.modes.reshape(-1, scan.width, scan.width))
        found[MODES] = replace(method, **{"probe_update": "yes", "probe_modes": more})
    if had.get("position_update") == "no":
        found[POSITIONS] = replace(method, **{"position_update": "yes"})
    if "weight_update" in options and not had["weight_update"]:
        constant = "constant" if had["background_update"] == "no" else had["background_update"]
        found[BEAM] = replace(method, **{"weight_update": True, "background_update": constant})
    plain = AWF(iterations=600, gaussian_prior="power-law")
    kept = {name: had[name] for name in refining.NAMES if name in had}
    if not (isinstance(method, AWF) and method.gaussian_prior != "none"):
        found[PRIOR] = replace(plain, **kept)
    return found


def _simulated(scan: Scan, step: Step, seed: int) -> Scan:
    """A scan as it would be if a step were the truth, told with what the step refined."""
    found = with_refined(scan, step)
    rng, counts = np.random.default_rng([seed, 23]), np.empty(tuple(scan.patterns.shape), np.float32)
    for which, _ in scan.chunks():
        some = None if found.weights is None else found.weights[which]
        beam = found.modes, found.positions[which], some, found.background
        counts[which] = rng.poisson(expected_counts(step.obj, *beam))
    return replace(found, patterns=counts)


def _chi(step: Step) -> float:
    return chi_square(step.misfit, step.noise_floor) or 0.0
