"""What a run has come to: good, doubtful or bad, and why; the same in window, command line, files, sweeps."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ptygui.analysis.verdict import TELLING, chi_square
from ptygui.experiment.run import Run, verdict_of
from ptygui.step import Step

_CLOSE, _FAIR = 0.05, 0.15  # NRMSE up to which an object is close to the truth, and fair
_GRADES = ("good", "doubtful", "bad")
MOSTLY = 2 / 3  # the prior's share of the lit area from which it is told beside a good fit


@dataclass(frozen=True)
class Assessment:
    """A word, its grade, and why.

    Attributes
    ----------
    word : str
        "good", "doubtful", "bad"; what the run does or why it has none, such as "running".
    grade : str
        Of the word, for its colour: one of the three, or empty.
    why : str
        In a sentence or two, with what to do.
    """

    word: str = ""
    grade: str = ""
    why: str = ""

    @property
    def text(self) -> str:
        """Both, such as "good: The misfit ..."."""
        return f"{self.word}: {self.why}" if self.why else self.word


def assessment_of(run: Run | None, runs: Iterable[Run] = ()) -> Assessment:
    """The assessment of the last step of a run, given others on the same scan.

    By the misfit against what is expected, or while that was not measured (`Run.judged`) against the photon
    noise. Where the truth is known, the distance from it counts, unless the misfit warns. A reference is
    none: its distance counts only where the rest is no worse.
    """
    if run is None or run.last is None:
        return Assessment()
    if run.outcome in ("queued", "running"):
        return Assessment("running")
    if run.outcome == "failed":
        return Assessment("failed", "bad", run.error)
    found, last = verdict_of(run, runs), run.last
    grade, why = ("", "") if found is None else (found.grade, found.text)
    if last.nrmse is not None:
        close = "good" if last.nrmse <= _CLOSE else "doubtful" if last.nrmse <= _FAIR else "bad"
        counts = found is not None and (found.warns or run.scan.truth is None)
        grade = max(close, grade if counts else close, key=_GRADES.index)
        told = f"NRMSE {last.nrmse:.3g} against {run.scan.compared_with}."
        return Assessment(grade, grade, f"{told} {why}".rstrip())
    if found is not None:
        return Assessment(grade, grade, why + (_mostly_prior(last) if grade == "good" else ""))
    chi = chi_square(last.misfit, last.noise_floor)
    if run.outcome != "done" or chi is None:
        return Assessment(run.outcome)
    fitted = f"The misfit is {chi:.2g} times that of photon noise"
    if last.discrepancy is not None:
        fitted += f", about {last.discrepancy:.2g} times what is expected of such a scan"
    elif run.method.diffusion and run.data_per_unknown < TELLING:
        return Assessment(
            "doubtful",
            "doubtful",
            f"{fitted}, but with {run.data_per_unknown:.2g} data per unknown a fit says little. Judging the "
            "result compares it with what is expected (`ptygui judge RESULT`).",
        )
    return Assessment(
        "good",
        "good",
        f"{fitted}: the data are fitted. Judging the result measures what is expected.{_mostly_prior(last)}",
    )


def _mostly_prior(step: Step) -> str:
    """A sentence if the prior decides most of a picture: a misfit does not tell what no photon shows."""
    share = step.prior_share
    if share is None or not np.isfinite(share).any() or np.nanmean(share) < MOSTLY:
        return ""
    return (
        f" The prior decides {np.nanmean(share):.0%} of it: with so few photons details of a few pixels may "
        "be missing or made up."
    )
