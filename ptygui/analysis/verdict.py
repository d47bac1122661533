"""The verdict on a run: a good fit, or a prior or model that does not fit, not converged, fitted noise.

Chi-square per detector pixel is the misfit relative to that of photon noise alone. The true object has 1. A
result that follows the data without a prior has less, about 1 - 1/R with R data values per unknown of the
object; a result with a prior that pulls it away from the data has more.

A method without a prior that ends clearly above 1 - 1/R has therefore not converged, or is stuck. On the
example, after 2,000 iterations, AWF from 56 % overlap and rPIE from 62 % end at 0.93 to 1.03 times that
value, and AWF after 20,000 is no better. Results at 1.5 times or more, at any overlap, have at least twice
the error that the data allow. AWF at 47 % ends at 7 times the value and stays there for 20,000 iterations.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ptygui.analysis.judged import CUT, Judged

_OVER = "misfit_over_noise"
# descriptions of numbers in files, for readers without this program
DEFINITIONS = {
    "misfit": "Σ (y − |A x̂0|)² / Σ y², y: square roots of the measured counts",
    "noise_floor": "the misfit that photon noise alone would leave, estimated from the counts",
    _OVER: "misfit / noise_floor, χ² per detector pixel, the misfit shown in the window: about 1 is a fit",
}
UNFIT = 1.5  # chi-square above which a result does not fit its data
ABOVE = 1.1  # above which it may not, if AWF fits them `UNFIT` times better without fitting noise
NOISE_FITTED = 0.25  # below which a method without a prior fits mostly noise: less than 4/3 data per unknown
UNCONVERGED = 1.5  # times a converged fit's misfit, above which a method without a prior has not converged
UNPREDICTED = 2.0  # times the misfit of the patterns used, above which those held out are not predicted
FALLING = 0.01  # share of the misfit lost in the last fifth of a run, above which more iterations help
USED_UP = 0.75  # share of the data that a fit has used, above which it says nothing of what is left
WEAK, STRONG = 0.1, 3.0  # change by the guidance over the noise of a step: little is followed; it dithers
_GRADES = {
    "fits": "good",
    **dict.fromkeys(("prior", "model", "misfit", "probe", "modes", "positions", "beam"), "bad"),
}


@dataclass(frozen=True)
class Verdict:
    """A statement about a misfit.

    Attributes
    ----------
    kind : str
        "fits"; "prior", "model", "misfit", "probe", "modes", "positions", "beam": warnings; "unconverged",
        "open": doubts; "guidance", "network", "noise", "unpredicted": notes.
    text : str
        The reason, and what to do.
    """

    kind: str
    text: str

    @property
    def grade(self) -> str:
        """In a word: "good", "doubtful" or "bad"."""
        return _GRADES.get(self.kind, "doubtful")

    @property
    def warns(self) -> bool:
        """Whether to warn at once: the result is not what it seems."""
        return self.grade == "bad"

    @property
    def doubtful(self) -> bool:
        """Whether the result is unreliable."""
        return self.warns or self.kind in ("unconverged", "open")


def over_noise(misfits: Sequence[float | None], noise_floor: float) -> list[float | None]:
    """Misfits in units of the noise; None if they or the noise are unknown."""
    return [None if misfit is None else chi_square(misfit, noise_floor) for misfit in misfits]


def told_numbers(numbers: Mapping[str, Any], noise_floor: float) -> dict[str, Any]:
    """Numbers of a step by name, the misfit in units of the noise if that is known."""
    (chi,) = over_noise([numbers.get("misfit")], noise_floor)
    if chi is None:
        return dict(numbers)
    scaled = {"misfit": (_OVER, chi)}
    return dict(scaled.get(name, (name, value)) for name, value in numbers.items())


def misfit_text(misfit: float, noise_floor: float) -> str:
    """Text such as "misfit 1.2 × noise"; the plain misfit if the noise is unknown."""
    chi = chi_square(misfit, noise_floor)
    return f"misfit {misfit:.3g}" if chi is None else f"misfit {chi:.3g} × noise"


def chi_square(misfit: float, noise_floor: float) -> float | None:
    """Chi-square per detector pixel; None if the noise is unknown."""
    return misfit / noise_floor if noise_floor > 0 else None


def fall(indices: Sequence[int], misfits: Sequence[float]) -> float | None:
    """Share of the misfit lost in the last fifth of a run; None if unknown."""
    before = bisect_right(indices, 0.8 * indices[-1]) - 1 if indices else -1
    return None if before < 0 or not misfits[before] else 1 - misfits[-1] / misfits[before]


def verdict(
    chi: float | None,
    diffusion: bool,
    guided: bool = False,
    awf: float | None = None,
    *,
    fits: bool = True,
    data: float | None = None,
    falling: float | None = None,
    strength: float | None = None,
    discrepancy: float | None = None,
) -> Verdict | None:
    """The verdict on a finished run by its misfit alone, if any; `judged_verdict` knows more.

    Parameters
    ----------
    chi : float, optional
        Chi-square per detector pixel of its last step.
    diffusion, guided : bool
        Whether its method has a prior, and whether it follows the data only by gradients of a given step.
    awf : float, optional
        Chi-square that AWF, which has no prior, reached on the same data.
    fits : bool
        Whether the last step fitted the data, rather than a network that does not use them.
    data : float, optional
        Measured values per unknown of the object, R.
    falling : float, optional
        Share of the misfit lost in the last fifth of the run, see `fall`.
    strength : float, optional
        Of a guided method, how far the data moved x_t relative to the noise of a step.
    discrepancy : float, optional
        Misfit over that expected, as the method estimates it, see `Step`.
    """
    if chi is None:
        return None
    times = f"The misfit is {_short(chi)} times that of photon noise alone"
    if not fits:
        return None if chi <= UNFIT else Verdict("network", f"{times}: {_NETWORK}")
    if not diffusion:
        return _without_prior(chi, times, data, falling)
    if guided:
        return None if chi <= UNFIT else Verdict("guidance", f"{times}: {guidance_advice(strength)}")
    telling = awf is not None and awf >= NOISE_FITTED  # with fewer data AWF fits anything
    if awf is not None and awf > UNFIT and UNFIT < chi < UNFIT * awf:
        return Verdict(
            "model", f"{times}, and AWF, which has no prior, leaves {_short(awf)} times: {ADVICE['model']}"
        )
    if awf is not None and telling and chi > min(UNFIT, max(ABOVE, UNFIT * awf)):
        return Verdict("prior", f"{times} (AWF, which has no prior: {_short(awf)} times): {ADVICE['prior']}")
    if chi > UNFIT:
        beside = f" AWF leaves {_short(awf)} times, but with so few data it fits anything." if awf else ""
        return Verdict("misfit", f"{times}: {ADVICE['misfit']}{beside}")
    if chi > CUT:
        return Verdict("open", f"{times}, more than the noise explains: {ADVICE['misfit']}")
    if discrepancy is not None and discrepancy > CUT:
        more = f"about {_short(discrepancy)} times what is expected of such a scan"
        return Verdict("open", f"{times}, {more}: {ADVICE['misfit']}")
    return None


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
    of = f"{_short(expected)}" + (f" ± {judged.spread:.2g}" if judged.spread else "")
    noise = "times that of photon noise"
    said = f"The misfit is {_short(judged.chi)} {noise}, where {of} is expected of such a scan"
    if judged.share < 1:
        said = f"At the centre of the scan, {said[0].lower()}{said[1:]}"
    elif chi > CUT * max(judged.chi, expected):
        quick = (
            f"The misfit is {_short(chi)} times that of photon noise, a quick fit leaves {_short(judged.chi)}"
        )
        advice = guidance_advice(strength) if guided else ADVICE["options"]
        return Verdict("guidance" if guided else "unconverged", f"{quick}: {advice}")
    best = judged.cause(diffusion)
    if best is not None and first is not None:
        predicts = f"{_short(best.predicted)} instead of {_short(first.predicted)}"
        return Verdict(
            best.name,
            f"{said}. {_CHANGED[best.name]}, photons that were not used are predicted with {predicts} times "
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
            "unconverged", f"{said}. {_CHANGED['prior']}, photons are predicted better: {ADVICE['alone']}"
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


def guidance_advice(strength: float | None) -> str:
    """What to do if guidance by gradients left a misfit, by how far it moved x_t relative to the noise."""
    if strength is None:
        which = "ζ may be too small or too large"
    elif strength < WEAK:
        which = (
            f"the data moved x_t by {strength:.2g} times the noise of a step, too little to be followed. "
            "Take a larger ζ or more steps"
        )
    elif strength > STRONG:
        which = (
            f"the data moved x_t by {strength:.2g} times the noise of a step, which dithers about them. "
            "Take a smaller ζ"
        )
    else:
        which = "the data were followed only in part. Take more steps"
    return (
        f"{which}; with zeta_units sigma_tilde a ζ of 0.3 suits any number of steps. A prior unlike the "
        "object looks the same: compare with daps."
    )


def unpredicted(chi: float | None, held_out: float | None) -> Verdict | None:
    """The verdict on patterns held out, if they are predicted much worse than those used are fitted.

    Parameters
    ----------
    chi, held_out : float, optional
        Chi-square per detector pixel of the patterns used, and of those held out.
    """
    if chi is None or held_out is None or held_out <= UNPREDICTED * max(chi, 1.0):
        return None
    return Verdict(
        "unpredicted",
        f"Patterns that were not used are predicted with {_short(held_out)} times the misfit of photon "
        f"noise, those used are fitted with {_short(chi)}: the object between the positions, the probe or "
        "the positions are not known well enough. What is left with a denser scan is not due to overlap.",
    )


# What to do about each cause; the same words in window, command line, files and sweeps.
ADVICE = {
    "prior": (
        "the prior does not fit the data. The object may be unlike the images that it was trained on: try "
        "another prior (`ptygui priors SCAN` ranks them) or train one on such objects, and compare with AWF."
    ),
    "model": "check probe, positions, orientation and mask before the prior, and refine them.",
    "misfit": (
        "prior, probe or positions do not fit the data. Judging the result tells which (`ptygui judge "
        "RESULT`): then refine the probe or the positions, check the orientation, or take another prior."
    ),
    "probe": "refine the probe (probe_update).",
    "modes": "the beam is less coherent than the scan says. Refine the probe with more modes (probe_modes).",
    "positions": "refine the positions (position_update), and check their unit and orientation.",
    "beam": (
        "brightness or background are not as the scan says. Refine them (weight_update, background_update)."
    ),
    "options": "try more iterations or steps, or the default options.",
    "method": (
        "as much, but more than noise even where model and prior are right. The method does not follow the "
        "data closely: try more iterations, levels or steps, or another method."
    ),
    "alone": (
        "the run has not converged, or the data alone do not determine the object. Take a prior, more "
        "iterations or more overlap."
    ),
    "noise": "take a prior, or more overlap.",
    "too_few": (
        "something does not fit. With fewer data than unknowns it cannot be told whether that is the prior "
        "or the model: compare priors (`ptygui priors SCAN`), check probe and positions, or scan with more "
        "overlap."
    ),
    "unexplained": (
        "something does not fit, but nothing that was tried explains it. Check orientation and mask, whether "
        "the noise is that of photons, and whether more iterations help."
    ),
}
_CHANGED = {
    "probe": "With the probe refined",
    "modes": "With one more mode of the probe",
    "positions": "With the positions refined",
    "beam": "With brightness and background refined",
    "prior": "With AWF and a power law as prior, which has learned from no image",
}
_NETWORK = (
    "the last step was a network, which does not use the data. Its errors are those of its training; "
    "compare with AWF, or let a diffusion method fit the data."
)


def _without_prior(chi: float, times: str, data: float | None, falling: float | None) -> Verdict | None:
    """The verdict on a method that follows only the data."""
    converged = NOISE_FITTED if data is None else max(1 - 1 / max(data, 1.0), NOISE_FITTED)
    if chi > (UNFIT if data is None else UNCONVERGED * converged):
        beside = f"; a fit to {data:.2g} data per unknown leaves {converged:.2g}" if data else ""
        return Verdict("unconverged", f"{times}{beside}: not converged. {_advice(falling)}")
    if chi < NOISE_FITTED or (data is not None and 1 - 1 / data < NOISE_FITTED):
        return Verdict(
            "noise",
            f"{times}: with so few data per unknown this method also fits their noise. A low misfit "
            "says nothing about the error here; use a diffusion prior or more overlap.",
        )
    return None


def _advice(falling: float | None) -> str:
    if falling is not None and falling > FALLING:
        return (
            "It was still falling: use more iterations, or more overlap; for a measured scan check its "
            "orientation."
        )
    more = "Try more iterations" if falling is None else "More iterations change little: try another method"
    return (
        f"{more}, more overlap or a diffusion prior, and check orientation, probe, positions and mask of a "
        "measured scan."
    )


def _short(ratio: float) -> str:
    return "under 0.01" if ratio < 0.01 else f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2g}"
