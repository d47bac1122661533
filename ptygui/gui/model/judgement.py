"""Judgement: what a run has come to, in a word that a newcomer understands."""

from collections.abc import Iterable
from dataclasses import dataclass

from ptygui.experiment.run import Run, verdict_of

_CLOSE, _FAIR = 0.05, 0.15  # NRMSE up to which an object is close to the truth, and fair
_FITS = 1.5  # misfit over noise up to which data are fitted
_WORDS = {"prior": "prior does not fit", "model": "data are not fitted", "unconverged": "not converged"}


@dataclass(frozen=True)
class Judgement:
    """A word, its kind ("good", "fair", "bad" or "" for none), and why."""

    word: str = ""
    kind: str = ""
    why: str = ""


def judgement_of(run: Run | None, runs: Iterable[Run]) -> Judgement:
    """The judgement on the last step of a run.

    A warning of the misfit counts before the distance from the truth: that is not known of a measured scan.
    """
    if run is None or run.last is None:
        return Judgement()
    if run.outcome in ("queued", "running"):
        return Judgement("running")
    if run.outcome == "failed":
        return Judgement("failed", "bad", run.error)
    found, last = verdict_of(run, runs), run.last
    if found is not None and found.doubtful:
        return Judgement(_WORDS[found.kind], "bad" if found.warns else "fair", found.text)
    why = "" if found is None else found.text
    if last.nrmse is not None:
        what = "the truth" if run.scan.truth is not None else "the reference"
        against = f"NRMSE {last.nrmse:.3g} against {what}"
        if last.nrmse <= _CLOSE:
            return Judgement("close to the truth", "good", f"{against}. {why}".rstrip())
        word, kind = ("fair", "fair") if last.nrmse <= _FAIR else ("far off", "bad")
        return Judgement(word, kind, f"{against}. {why}".rstrip())
    if not last.noise_floor:
        return Judgement("done" if run.outcome == "done" else "stopped", "", why)
    if last.misfit <= _FITS * last.noise_floor:
        more = "" if why else "The data are fitted; whether the object is right they do not say alone."
        return Judgement("fits the data", "good", why or more)
    return Judgement("fits poorly", "fair", why or "The misfit is well above the photon noise.")
