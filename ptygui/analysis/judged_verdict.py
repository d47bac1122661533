"""The verdict on a run by what was measured of it: the misfit that is expected, and what predicts better."""

from ptygui.analysis.advice import ADVICE, CHANGED, guidance_advice
from ptygui.analysis.judged import CUT, Judged
from ptygui.analysis.verdict import Verdict, short

USED_UP = 0.75  # share of the data that a fit has used, above which it says nothing of what is left


def judged_verdict(
    judged: Judged, chi: float, diffusion: bool, guided: bool = False, strength: float | None = None
) -> Verdict | None:
    """The verdict on a run by what was measured of it; None if the expected misfit is not known.

    Parameters
    ----------
    judged : Judged
    chi : float
        Chi-square per detector pixel of the run's last step.
    diffusion, guided, strength
        As for `verdict`.
    """
    ratio, expected, first = judged.ratio, judged.expected, judged.as_it_is
    if ratio is None or expected is None:
        return None
    of = f"{short(expected)}" + (f" ± {judged.spread:.2g}" if judged.spread else "")
    noise = "times that of photon noise"
    said = f"The misfit is {short(judged.chi)} {noise}, where {of} is expected of such a scan"
    if judged.share < 1:
        said = f"At the centre of the scan, {said[0].lower()}{said[1:]}"
    elif chi > CUT * max(judged.chi, expected):
        quick = (
            f"The misfit is {short(chi)} times that of photon noise, a quick fit leaves {short(judged.chi)}"
        )
        advice = guidance_advice(strength) if guided else ADVICE["options"]
        return Verdict("guidance" if guided else "unconverged", f"{quick}: {advice}")
    best = judged.cause(diffusion)
    if best is not None and judged.ambiguous(best, diffusion):
        others = [CHANGED[fit.name].replace("With", "with", 1) for fit in judged.rivals(best, diffusion)]
        too = "".join(f", but {other}, too" for other in others[:1])
        why = ADVICE["too_few" if judged.data < 1 else "equal"]
        return Verdict("either", f"{said}. {CHANGED[best.name]}, photons are predicted better{too}: {why}")
    if best is not None and first is not None:
        predicts = f"{short(best.predicted)} instead of {short(first.predicted)}"
        return Verdict(
            best.name,
            f"{said}. {CHANGED[best.name]}, photons that were not used are predicted with {predicts} times "
            f"their noise: {ADVICE[best.name]}",
        )
    if not diffusion and first is not None and first.used > USED_UP:
        helps = " A power law as prior predicts better." if judged.better else ""
        return Verdict(
            "noise",
            f"{said}, but the fit has used up {first.used:.0%} of the data and follows their noise.{helps} "
            f"Whether probe and positions are right cannot be told from so few data: {ADVICE['noise']}",
        )
    if ratio > CUT and not diffusion and judged.better:
        return Verdict(
            "unconverged", f"{said}. {CHANGED['prior']}, photons are predicted better: {ADVICE['alone']}"
        )
    if ratio > CUT:
        few = "too_few" if judged.data < 1 else "unexplained"
        return Verdict("open", f"{said}: {ADVICE[few]}{_unsplit(judged)}")
    if expected > CUT:
        return Verdict("open", f"{said}: {ADVICE['method']}")
    tried = "" if first is None else ", and none of the other fits predicts photons that were not used better"
    return Verdict("fits", f"{said}{tried}.{_unsplit(judged)}")


def _unsplit(judged: Judged) -> str:
    return f" Causes were not compared: {judged.unsplit}." if judged.unsplit else ""
