"""The lowest overlap that suffices: scores of runs over overlap, and where they reach a threshold.

A curve passes from an overlap upwards if every run there, and at every higher overlap that was tried, reaches
the threshold. If a lower one passes too, but not all in between, the curve is reported as not monotonic.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np

from ptygui.analysis.verdict import Verdict, chi_square
from ptygui.csv_table import csv_table
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.run import Run, in_words, verdict_of, without_overlap
from ptygui.methods.base import Method
from ptygui.physics.positions import overlap_text
from ptygui.scan import Scan
from ptygui.step import Step

APART = " · "  # in the name of a scan, before what sets it apart


@dataclass(frozen=True)
class Score:
    """A score of a run; `falls`: lower is better. `threshold` is the initial threshold."""

    name: str
    of_step: Callable[[Step], float | None]
    falls: bool
    threshold: float

    def of(self, run: Run) -> float | None:
        """The score of the newest step of a run; None if it has none."""
        return None if run.last is None else self.of_step(run.last)

    def passes(self, values: np.ndarray, threshold: float) -> bool:
        """Whether all values reach a threshold; an unknown value does not."""
        good = values <= threshold if self.falls else values >= threshold
        return bool(len(values)) and bool(good.all())

    def worst(self, values: np.ndarray) -> float:
        """The worst value, which decides."""
        return float(values.max() if self.falls else values.min())

    def text(self, value: float, threshold: float) -> str:
        """A value with at least three digits, and as many as show on which side of a threshold it is."""
        side = self.passes(np.array([value]), threshold)
        texts = (f"{value:.{digits}g}" for digits in range(3, 18))
        return next(text for text in texts if self.passes(np.array([float(text)]), threshold) == side)


NRMSE = Score("NRMSE", lambda step: step.nrmse, True, 0.1)
SSIM = Score("SSIM", lambda step: step.ssim, False, 0.9)
MISFIT = Score("misfit over noise", lambda step: chi_square(step.misfit, step.noise_floor), True, 1.5)
HELD_OUT = Score("held-out misfit over noise", lambda step: step.held_out, True, 2.0)
SCORES = (NRMSE, SSIM, MISFIT, HELD_OUT)


@dataclass(frozen=True, eq=False)
class Place:
    """Runs of one method on scans of one overlap, which differ in their seeds."""

    runs: tuple[Run, ...]

    @property
    def overlap(self) -> float:
        """Linear overlap that was reached (a fraction)."""
        return float(np.mean([run.overlap for run in self.runs]))

    @property
    def overlap_d90(self) -> float:
        """The same, of the diameter that holds 90 % of the probe's energy."""
        return float(np.mean([run.overlap_d90 for run in self.runs]))

    @property
    def count(self) -> int:
        """Number of positions of a scan."""
        return len(self.runs[0].scan)

    @property
    def step(self) -> float:
        """Distance of neighbouring positions [px]."""
        return self.runs[0].step_px

    def values(self, score: Score) -> np.ndarray:
        """A score of each run; nan if there is none."""
        known = [score.of(run) if run.outcome == "done" and run.last else None for run in self.runs]
        return np.array(known, dtype=float)


@dataclass(frozen=True, eq=False)
class Curve:
    """One method in one sweep; `places` from the lowest overlap up.

    Attributes
    ----------
    of : str
        Which scans of the sweep: the name of one, or in which way several are alike; nothing for all.
    """

    sweep: int
    method: Method
    places: tuple[Place, ...]
    of: str = ""

    @property
    def label(self) -> str:
        """The method with the options that differ from their defaults."""
        return label_of(self.method)

    @property
    def name(self) -> str:
        """Number of the sweep and label, with the subject if there are several."""
        run, pooled = self.places[0].runs[0], len(self.subjects) > 1
        of = self.of or ("" if pooled or not run.among_others else run.subject)
        many = f" of {len(self.subjects)} scans" if pooled else ""
        return f"{self.sweep}: {self.label}{many}" + (f"{',' * pooled} of {of}" if of else "")

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What was scanned."""
        return tuple(dict.fromkeys(run.subject for place in self.places for run in place.runs))

    @property
    def seeds(self) -> int:
        """The largest number of runs at one overlap: of seeds, and of scans if it has several."""
        return max(len(place.runs) for place in self.places)


@dataclass(frozen=True)
class Lowest:
    """Where a curve reaches its threshold.

    Attributes
    ----------
    place : Place, optional
        From here upwards all pass; None if not even the highest does.
    below : Place, optional
        The next lower one, which does not pass; None if there is none.
    strays : tuple of Place
        Lower ones that pass nevertheless.
    """

    place: Place | None
    below: Place | None
    strays: tuple[Place, ...]


def label_of(method: Method) -> str:
    """A short description of a method, such as "AWF (iterations 600)"."""
    changed = method.changed()
    return f"{method.label} ({in_words(changed)})" if changed else method.label


def curves_of(runs: Iterable[Run], apart: bool = False) -> list[Curve]:
    """The runs of sweeps as curves, in the order of their first runs.

    Parameters
    ----------
    runs : iterable of Run
    apart : bool
        A curve for each scan of a sweep, rather than one of all scans that are alike.
    """
    groups: dict[tuple[int, Method, str], list[Run]] = {}
    for run in runs:
        if run.sweep:
            of = run.subject if apart else _alike(run)
            groups.setdefault((run.sweep, run.method, of), []).append(run)
    return [
        Curve(number, method, tuple(sorted(_places(found), key=_overlap)), of)
        for (number, method, of), found in groups.items()
    ]


def several_scans(runs: Iterable[Run]) -> bool:
    """Whether a sweep has several scans."""
    found: dict[int, set[str]] = {}
    for run in runs:
        if run.sweep:
            found.setdefault(run.sweep, set()).add(run.subject)
    return any(len(subjects) > 1 for subjects in found.values())


def named_apart(name: str, variant: str) -> str:
    """The name of a scan that differs in more than its object from others of its sweep."""
    return f"{name}{APART}{variant}" if variant else name


def _alike(run: Run) -> str:
    """In what the scan of a run differs from others of its sweep, besides its object; mostly nothing."""
    return without_overlap(run.scan.name).partition(APART)[2]


def _places(runs: Sequence[Run]) -> list[Place]:
    """Runs by the overlap of the nearest run of one seed: choices of positions differ a little by seed."""
    seeds = Counter((run.subject, run.seed) for run in runs)
    (fullest, _), *_ = seeds.most_common(1)
    overlaps = np.array(sorted({round(run.overlap, 4) for run in runs if (run.subject, run.seed) == fullest}))
    found: dict[int, list[Run]] = {}
    for run in runs:
        found.setdefault(int(np.abs(overlaps - run.overlap).argmin()), []).append(run)
    return [Place(tuple(of)) for of in found.values()]


def lowest(curve: Curve, score: Score, threshold: float) -> Lowest:
    """The lowest overlap from which a curve passes at every one that was tried."""
    good = [score.passes(place.values(score), threshold) for place in curve.places]
    first = len(good)
    while first and good[first - 1]:
        first -= 1
    return Lowest(
        place=curve.places[first] if first < len(good) else None,
        below=curve.places[first - 1] if first else None,
        strays=tuple(place for place, passed in zip(curve.places[:first], good, strict=False) if passed),
    )


def doubts_of(runs: Sequence[Run]) -> dict[Run, Verdict]:
    """The runs of sweeps that did not converge or do not fit their data, with their verdicts."""
    found = {run: verdict_of(run, runs) for run in runs if run.sweep}
    return {run: verdict for run, verdict in found.items() if verdict is not None and verdict.doubtful}


def told(
    curve: Curve,
    score: Score,
    threshold: float,
    over: bool = True,
    doubts: Mapping[Run, Verdict] = MappingProxyType({}),
) -> str:
    """Where a curve reaches a threshold, in a few sentences.

    Parameters
    ----------
    curve, figure, threshold
        As for `lowest`.
    over : bool
        Whether its runs are complete.
    doubts : dict of Run to Verdict
        Runs with unreliable scores, as found by `doubts_of`.
    """
    found = lowest(curve, score, threshold)
    wanted = f"{score.name} {'below' if score.falls else 'above'} {threshold:g}{_against(curve, score)}"
    highest, seeds = curve.places[-1], curve.seeds
    if found.place is None:
        text = f"{score.name} not {wanted.removeprefix(score.name + ' ')}"
        text += f" up to {overlap_text(highest.overlap)} ({_value(highest, score, threshold)} there)."
    else:
        place = found.place
        text = f"{wanted} from {overlap_text(place.overlap)} linear overlap up"
        text += (
            f" ({overlap_text(place.overlap_d90)} of D90, step {place.step:.3g} px, {place.count} positions"
        )
        if place is not highest:
            text += f", {place.count / highest.count:.2g} of the dose at {overlap_text(highest.overlap)}"
        many = f"runs of {len(curve.subjects)} scans" if len(curve.subjects) > 1 else "seeds"
        text += f"; each of {seeds} {many})." if seeds > 1 else ")."
        if found.below is None and over:
            text += " No lower one was tried."
        elif found.below is not None:
            text += f" {overlap_text(found.below.overlap)} gives {_value(found.below, score, threshold)}."
    if found.strays:
        passing = ", ".join(overlap_text(place.overlap) for place in found.strays)
        text += f" Not monotonic: {passing} passes too, but not all above."
    if found.place is not None:
        text += _doubted(curve, found.place, score, threshold, doubts)
    return text if over else f"So far (the sweep is running): {text}"


def table_of(curves: Iterable[Curve]) -> str:
    """Every run of some curves as CSV, overlaps as fractions."""
    names = "sweep", "method", "options", "linear overlap", "overlap of D90", "step [px]", "positions"
    more = "measurements per complex unknown", "photons", "seed", "compared with"
    scores = "NRMSE", "SSIM", "misfit over noise", "held-out misfit over noise", "seconds"
    after = "network evaluations", "outcome", "verdict", "reason", "scan"
    rows: list[tuple[object, ...]] = []
    curves = list(curves)
    runs = [run for curve in curves for place in curve.places for run in place.runs]
    for curve in curves:
        for place in curve.places:
            for run in place.runs:
                last = run.last
                values: tuple[float | None, ...] = (None,) * 6
                if last is not None:
                    values = last.nrmse, last.ssim, MISFIT.of(run), last.held_out, last.seconds, last.nfe
                about = run.sweep, run.method.key(), in_words(run.method.changed())
                step, photons = run.step_px, None
                if isinstance(run.scan, Scan):
                    photons = run.scan.photons
                sampled = run.overlap, run.overlap_d90, step, len(run.scan), 2 * run.data_per_unknown, photons
                found = assessment_of(run, runs)
                verdict = run.outcome, found.word if found.grade else "", found.why, run.subject
                rows.append((*about, *sampled, run.seed, run.scan.compared_with, *values, *verdict))
    return csv_table((*names, *more, *scores, *after), rows)


def _overlap(place: Place) -> float:
    return place.overlap


def _doubted(
    curve: Curve, place: Place, score: Score, threshold: float, doubts: Mapping[Run, Verdict]
) -> str:
    """What is wrong with the runs where a curve starts to pass, and where it does so without them."""
    wrong, count = [run for run in place.runs if run in doubts], len(place.runs)
    if not wrong:
        return ""
    who = f"{len(wrong)} of {count} runs" if count > 1 else "the run"
    what = "converge" if all(doubts[run].kind in ("far", "unconverged") for run in wrong) else "fit the data"
    left = [Place(kept) for at in curve.places if (kept := tuple(r for r in at.runs if r not in doubts))]
    sound = lowest(replace(curve, places=tuple(left)), score, threshold).place
    rest = "none passes" if sound is None else f"it passes from {overlap_text(sound.overlap)} up"
    return f" ○ But {who} at {overlap_text(place.overlap)} did not {what}: without such runs {rest}."


def _against(curve: Curve, score: Score) -> str:
    """What a score compares with, if not the truth."""
    name = curve.places[-1].runs[0].scan.compared_with
    return f" against {name}" if score in (NRMSE, SSIM) and name not in ("", "the truth") else ""


def _value(place: Place, score: Score, threshold: float) -> str:
    values = place.values(score)
    known = values[~np.isnan(values)]
    if not len(known):
        return "no result"
    worst = score.text(score.worst(known), threshold)
    return worst if len(values) == 1 else f"{worst} in the worst of {len(values)} runs"
