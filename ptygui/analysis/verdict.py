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

from ptygui.analysis.advice import ADVICE, guidance_advice, iteration_advice
from ptygui.analysis.judged import CUT

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
FAR = 3.0  # chi-square above which such a result is bad, whether it would still converge or not
TELLING = 4 / 3  # data per unknown, below which almost any object fits
UNPREDICTED = 2.0  # times the misfit of the patterns used, above which those held out are not predicted
_GRADES = {
    "fits": "good",
    **dict.fromkeys(
        ("prior", "model", "misfit", "probe", "modes", "positions", "beam", "either", "far"), "bad"
    ),
}


@dataclass(frozen=True)
class Verdict:
    """A statement about a misfit.

    Attributes
    ----------
    kind : str
        "fits"; "prior", "model", "misfit", "probe", "modes", "positions", "beam", "either": warnings;
        "far": not converged, and far from a fit; "unconverged", "open": doubts; "guidance", "network",
        "noise", "unpredicted": notes.
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
        return self.grade == "bad" and self.kind != "far"

    @property
    def doubtful(self) -> bool:
        """Whether the result is unreliable."""
        return self.warns or self.kind in ("far", "unconverged", "open")


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
    overruled: float = 0.0,
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
    overruled : float
        Share of the result that the data have taken from the prior.
    """
    if chi is None:
        return None
    times = f"The misfit is {short(chi)} times that of photon noise alone"
    if not fits:
        return None if chi <= UNFIT else Verdict("network", f"{times}: {ADVICE['network']}")
    if not diffusion:
        return _without_prior(chi, times, data, falling)
    if guided:
        return None if chi <= UNFIT else Verdict("guidance", f"{times}: {guidance_advice(strength)}")
    telling = awf is not None and awf >= NOISE_FITTED  # with fewer data AWF fits anything
    if awf is not None and awf > UNFIT and UNFIT < chi < UNFIT * awf:
        return Verdict(
            "model", f"{times}, and AWF, which has no prior, leaves {short(awf)} times: {ADVICE['model']}"
        )
    if awf is not None and telling and chi > min(UNFIT, max(ABOVE, UNFIT * awf)):
        return Verdict("prior", f"{times} (AWF, which has no prior: {short(awf)} times): {ADVICE['prior']}")
    if chi > UNFIT:
        beside = f" AWF leaves {short(awf)} times, but with so few data it fits anything." if awf else ""
        return Verdict("misfit", f"{times}: {ADVICE['misfit']}{beside}")
    if chi > CUT:
        return Verdict("open", f"{times}, more than the noise explains: {ADVICE['misfit']}")
    if discrepancy is not None and discrepancy > CUT:
        more = f"about {short(discrepancy)} times what is expected of such a scan"
        return Verdict("open", f"{times}, {more}: {ADVICE['misfit']}")
    if overruled and data is not None and data < TELLING:
        few = f"With {data:.2g} data per unknown they say little of what they do not contradict"
        return Verdict(
            "open",
            f"{times}, but the data overruled {overruled:.0%} of the prior's image. {few}: {ADVICE['prior']}",
        )
    return None


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
        f"Patterns that were not used are predicted with {short(held_out)} times the misfit of photon "
        f"noise, those used are fitted with {short(chi)}: the object between the positions, the probe or "
        "the positions are not known well enough. What is left with a denser scan is not due to overlap.",
    )


def _without_prior(chi: float, times: str, data: float | None, falling: float | None) -> Verdict | None:
    """The verdict on a method that follows only the data."""
    converged = NOISE_FITTED if data is None else max(1 - 1 / max(data, 1.0), NOISE_FITTED)
    if chi > (UNFIT if data is None else UNCONVERGED * converged):
        beside = f"; a fit to {data:.2g} data per unknown leaves {converged:.2g}" if data else ""
        kind = "far" if chi > FAR else "unconverged"
        return Verdict(kind, f"{times}{beside}: not converged. {iteration_advice(falling)}")
    if chi < NOISE_FITTED or (data is not None and 1 - 1 / data < NOISE_FITTED):
        return Verdict(
            "noise",
            f"{times}: with so few data per unknown this method also fits their noise. A low misfit "
            "says nothing about the error here; use a diffusion prior or more overlap.",
        )
    return None


def short(ratio: float) -> str:
    """A ratio in a sentence."""
    return "under 0.01" if ratio < 0.01 else f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2g}"
