"""Which prior suits a scan: each reconstructs it in a preview, and predicts counts that it was not given.

    *_, ranking = ptygui.rank_priors(scan)
    print(ranking.verdict)
    ptygui.DAPS(prior=ranking.best.prior)        # "" if no prior beats AWF, which has none

A tenth of the detector's pixels, drawn at random, are masked during the fit. What an object predicts
for them is compared with what was counted there: a prior that invents structure fails where the data were
hidden, however well it fits the rest. No truth is needed. models/README.md has how often the best by this
score was the best by NRMSE.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ptygui.detector import expected_counts
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.methods.awf import AWF
from ptygui.methods.base import Method
from ptygui.methods.daps import DAPS
from ptygui.scan import Scan
from ptygui.step import BEAM, Step

HELD_OUT = 0.1  # share of detector pixels that are hidden from the fit
MOST_VALUES = 2**18  # measured values of the part of a large scan that is reconstructed
FEWEST = 9  # positions of that part, however large its patterns are
SURE = 2.0  # standard errors between two scores, above which one is better
MINUTES = 5.0  # by default, for all candidates together

_NO_PRIOR = AWF(iterations=1000)
_CAP = 100.0  # of one pixel's deviance: a single wrong bright pixel would outweigh thousands


@dataclass(frozen=True)
class Candidate:
    """A prior, or none, and how well its preview predicts the hidden counts.

    Attributes
    ----------
    prior : str
        Name or folder; empty for AWF, which has none.
    method : Method
        What was run.
    deviance : float
        Mean over the hidden pixels of ``4 (sqrt(n + 3/8) - sqrt(m + 3/8))²`` for n counted and m expected:
        about 1 if only photon noise is left.
    seconds : float
        How long its preview took.
    behind, error : float
        How far its deviance is above that of the best, and the standard error of this difference over the
        scan's positions.
    """

    prior: str
    method: Method
    deviance: float
    seconds: float
    behind: float = 0.0
    error: float = 0.0

    @property
    def name(self) -> str:
        """The prior's name without parent folders, or that of the method without one."""
        return Path(self.prior).name or _NO_PRIOR.label

    @property
    def alike(self) -> bool:
        """Whether its distance to the best is within the noise of the score."""
        return self.behind <= SURE * self.error


@dataclass(frozen=True)
class Ranking:
    """Candidates so far, the best first.

    Attributes
    ----------
    candidates : tuple of Candidate
    left_out : tuple of (str, str)
        Priors that gave no score, and why, in words.
    pixels, positions : int
        How many hidden pixels were compared, and on how many positions of the scan.
    seconds : float
        How long all took.
    done : bool
        Whether no candidate is outstanding.
    """

    candidates: tuple[Candidate, ...]
    left_out: tuple[tuple[str, str], ...]
    pixels: int
    positions: int
    seconds: float
    done: bool

    @property
    def best(self) -> Candidate:
        """The candidate that predicts the hidden counts best; no prior, where it is as good as the best."""
        if not self.candidates:
            raise InputError("no candidate has a score yet")
        without = (c for c in self.candidates if not c.prior and c.alike)
        return next(without, self.candidates[0])

    @property
    def verdict(self) -> str:
        """What to use and why, in a sentence or two."""
        if not self.candidates:
            return "No prior could be tried."
        best, scores = self.best, ", ".join(f"{c.name} {c.deviance:.3g}" for c in self.candidates)
        measured = f"Deviance of {self.pixels} hidden counts (1: photon noise only): {scores}."
        others = [c.name for c in self.candidates if c is not best and c.alike]
        if not best.prior:
            beside = f" ({_listed(others)}: within the noise of this measurement)" if others else ""
            return f"No prior beats {best.name}, which has none{beside}. {measured}"
        if others:
            return (
                f"{best.name} is best, but {_listed(others)} within the noise of this measurement. {measured}"
            )
        return f"{best.name} is best. {measured}"


def rank_priors(
    scan: Scan,
    priors: Sequence[str] | None = None,
    *,
    minutes: float = MINUTES,
    device: str = "auto",
    seed: int = 0,
) -> Generator[Ranking | None, None, None]:
    """Rank priors, and AWF without one, by counts that are hidden from a preview of each.

    Of a scan with more than `MOST_VALUES` measured values, the positions nearest its centre are used.

    Parameters
    ----------
    scan : Scan
        Measured or simulated; its truth is not used.
    priors : sequence of str, optional
        Names in models/, or folders; by default all in models/.
    minutes : float
        After which no further candidate is tried.
    device : str
    seed : int
        Of the hidden pixels and of the previews.

    Yields
    ------
    Ranking or None
        The ranking so far after each candidate; the last one is `done`. None in between, where a caller may
        stop by closing the generator.

    Raises
    ------
    InputError
        If the scan has too few trusted pixels to hide some of them.
    """
    from ptygui.prior.folders import list_priors

    began = time.perf_counter()
    part = central_part(scan)
    held = _hidden(part, seed)
    pixels = int(held.sum())
    fitted = replace(part, mask=~held if part.mask is None else part.mask & ~held, truth=None)
    names = list_priors() if priors is None else list(priors)
    sums: dict[Candidate, np.ndarray] = {}  # deviance of each position
    left_out: list[tuple[str, str]] = []
    for place, name in enumerate(["", *names]):
        # Without the discrepancy: it would hide what is asked for, how well the prior knows the object.
        preview = DAPS(prior=name, setting="preview", probe_update="no", discrepancy=False)
        method = preview if name else _NO_PRIOR
        try:
            step = yield from _preview(fitted, method, device, seed, began + 60 * minutes)
        except InputError as error:
            left_out.append((name, str(error)))
        else:
            if step is None:
                left_out.append((name or _NO_PRIOR.label, f"not tried within {minutes:g} minutes"))
            else:
                deviances = _deviances(replace(fitted, mask=None), held, step)
                mean = float(deviances.sum()) / pixels
                sums[Candidate(name, method, mean, step.seconds)] = deviances
                if not name:  # a preview is too short to refine a measured beam: all get AWF's
                    fitted = with_beam_of(fitted, step)
        spent = time.perf_counter() - began
        yield _ranking(sums, left_out, pixels, spent, done=place == len(names))


def central_part(scan: Scan, most_values: int = 0) -> Scan:
    """The positions nearest the centre of a scan, with about `MOST_VALUES` values; all of a small scan."""
    count = max(FEWEST, (most_values or MOST_VALUES) // scan.width**2)
    if len(scan) <= count:
        return scan
    middle = (scan.corners.min(0) + scan.corners.max(0)) / 2
    away = np.abs(scan.corners - middle).max(1)
    which = np.sort(np.argsort(away, kind="stable")[:count])
    first = scan.corners[which].min(0)
    rows, columns = scan.corners[which].max(0) - first + scan.width
    mask = scan.mask[which] if scan.mask is not None and scan.mask.ndim == 3 else scan.mask
    return replace(
        scan,
        patterns=np.asarray(scan.patterns[which]),
        positions=scan.positions[which] - first,
        weights=None if scan.weights is None else scan.weights[which],
        object_shape=(int(rows), int(columns)),
        mask=mask,
        truth=None,
        reference=None,
        held_out=None,
    )


def with_beam_of(scan: Scan, step: Step) -> Scan:
    """A scan with the beam that a run on it refined, if it did."""
    beam = {name: value for name in BEAM if (value := getattr(step, name)) is not None}
    return replace(scan, probe=step.probe, **beam)


def _hidden(scan: Scan, seed: int) -> np.ndarray:
    """Trusted detector pixels that are hidden, bool of the patterns' shape."""
    held = np.random.default_rng(seed).random(tuple(scan.patterns.shape)) < HELD_OUT
    if scan.mask is not None:
        held &= scan.mask
    if not held.any():
        raise InputError(f"{scan.name}: too few trusted detector pixels to hide some from a fit")
    return held


def _preview(
    scan: Scan, method: Method, device: str, seed: int, until: float
) -> Generator[None, None, Step | None]:
    """The last step of a run; None if it would end too late."""
    last = None
    if time.perf_counter() >= until:
        return None
    steps = reconstruct(scan, method, device=device, seed=seed, interval=float("inf"))
    try:
        for step in steps:
            last = step or last
            if time.perf_counter() >= until:
                break
            yield None
    finally:
        steps.close()
    return last if last is not None and last.done else None


def _deviances(scan: Scan, held: np.ndarray, step: Step) -> np.ndarray:
    """Summed deviance of the hidden pixels of each position, (K,)."""
    fit = with_beam_of(scan, step)
    expected = expected_counts(step.obj, fit.modes, fit.positions, fit.weights, fit.background)
    counted = np.asarray(scan.patterns[:], np.float32)
    # The square root of a count has the same variance whatever the count (Anscombe 1948).
    deviance = 4 * np.square(np.sqrt(counted + 0.375) - np.sqrt(expected + 0.375))
    return np.where(held, np.minimum(deviance, _CAP), 0).sum((-2, -1), dtype=np.float64)


def _ranking(
    sums: dict[Candidate, np.ndarray],
    left_out: Sequence[tuple[str, str]],
    pixels: int,
    seconds: float,
    done: bool,
) -> Ranking:
    order = sorted(sums, key=lambda candidate: candidate.deviance)
    candidates, positions = [], 0
    for candidate in order:
        apart = sums[candidate] - sums[order[0]]
        positions = len(apart)
        # The positions' differences scatter; their sum by the square root of as many.
        error = float(np.sqrt(positions) * apart.std(ddof=1) / pixels) if positions > 1 else float("inf")
        behind = candidate.deviance - order[0].deviance
        candidates.append(replace(candidate, behind=behind, error=error if behind else 0.0))
    return Ranking(tuple(candidates), tuple(left_out), pixels, positions, seconds, done)


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence, with their verb."""
    head = ", ".join(names[:-1])
    return f"{head} and {names[-1]} are" if head else f"{names[0]} is"
