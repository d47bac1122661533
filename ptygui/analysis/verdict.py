"""What the final misfit of a run says: not converged, a prior or a model that does not fit, fitted noise.

Chi-square per detector pixel is the misfit over what photon noise alone leaves. The true object has 1. A
result that follows the data without a prior has less, about 1 - 1/R with R data values for each unknown of
the object; one whose prior pulls it away from the data has more.

So a method without a prior that ends clearly above 1 - 1/R is not done, or stuck. On the example, after 2,000
iterations, AWF from 56 % overlap up and rPIE from 62 % end at 0.93 to 1.03 times that, and AWF after 20,000
is no better; those that end at 1.5 times and more, at any overlap, have twice the error and more that the
data allow. AWF at 47 % ends at 7 times and stays there for 20,000 iterations.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OVER = "misfit_over_noise"
# of numbers in files, for who reads them without this program
DEFINITIONS = {
    "misfit": "Σ (y − |A x̂0|)² / Σ y², y: square roots of the measured counts",
    "noise_floor": "the misfit that photon noise alone would leave, estimated from the counts",
    _OVER: "misfit / noise_floor, χ² a detector pixel, the misfit on the screen: about 1 is a fit",
}
UNFIT = 1.5  # chi-square above which a result does not fit its data
ABOVE = 1.1  # above which it need not, where AWF fits them `UNFIT` times better and not their noise alone
NOISE_FITTED = 0.25  # below which a method without a prior fits mostly noise: less than 4/3 data an unknown
UNCONVERGED = 1.5  # times what a converged fit leaves, above which a method without a prior is not there
FALLING = 0.01  # share of the misfit that goes in the last fifth of a run, above which more iterations help


@dataclass(frozen=True)
class Verdict:
    """Something to say of a misfit.

    Attributes
    ----------
    kind : str
        "prior", "model": to warn of; "unconverged", "guidance", "network", "noise": to mention.
    text : str
    """

    kind: str
    text: str

    @property
    def warns(self) -> bool:
        """Whether to say it at once: the result is not what it looks like."""
        return self.kind in ("prior", "model")

    @property
    def doubtful(self) -> bool:
        """Whether the result is not to be trusted as it is."""
        return self.warns or self.kind == "unconverged"


def over_noise(misfits: Sequence[float | None], noise_floor: float) -> list[float | None]:
    """Misfits on the scale of the screen; None where they or the noise are not known."""
    return [None if misfit is None else chi_square(misfit, noise_floor) for misfit in misfits]


def told_numbers(numbers: Mapping[str, Any], noise_floor: float) -> dict[str, Any]:
    """Numbers of a step by name, the misfit on the scale of the screen where the noise is known."""
    (chi,) = over_noise([numbers.get("misfit")], noise_floor)
    if chi is None:
        return dict(numbers)
    scaled = {"misfit": (_OVER, chi)}
    return dict(scaled.get(name, (name, value)) for name, value in numbers.items())


def misfit_text(misfit: float, noise_floor: float) -> str:
    """Such as "misfit 1.2 × noise"; by itself where the noise is not known."""
    chi = chi_square(misfit, noise_floor)
    return f"misfit {misfit:.3g}" if chi is None else f"misfit {chi:.3g} × noise"


def chi_square(misfit: float, noise_floor: float) -> float | None:
    """Per detector pixel; None where the noise is not known."""
    return misfit / noise_floor if noise_floor > 0 else None


def fall(indices: Sequence[int], misfits: Sequence[float]) -> float | None:
    """Share of the misfit that went in the last fifth of a run; None where that is not known."""
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
) -> Verdict | None:
    """What to say of a finished run, if anything.

    Parameters
    ----------
    chi : float, optional
        Chi-square per detector pixel of its last step.
    diffusion, guided : bool
        Whether its method has a prior, and whether it follows the data by gradients of a chosen step only.
    awf : float, optional
        Chi-square that AWF, which has no prior, reached on the same data.
    fits : bool
        Whether the data, not a network that looks at none, had the last word.
    data : float, optional
        Measured values for each unknown of the object, R.
    falling : float, optional
        Share of the misfit that went in the last fifth of the run, see `fall`.
    """
    if chi is None:
        return None
    times = f"The misfit is {_short(chi)} times what photon noise leaves"
    if not fits:
        return None if chi <= UNFIT else Verdict("network", f"{times}: {_NETWORK}")
    if not diffusion:
        return _without_prior(chi, times, data, falling)
    if guided:
        if chi <= UNFIT:
            return None
        return Verdict(
            "guidance",
            f"{times}: guidance by gradients follows the data only so far. A larger ζ or more steps follow "
            "them closer; a prior unlike the object looks the same.",
        )
    if awf is not None and awf > UNFIT and UNFIT < chi < UNFIT * awf:
        return Verdict(
            "model",
            f"{times}, and AWF, which has no prior, leaves {_short(awf)} times: look at probe, positions and "
            "mask before the prior.",
        )
    if chi > UNFIT or (awf is not None and awf >= NOISE_FITTED and chi > max(ABOVE, UNFIT * awf)):
        beside = "" if awf is None else f" (AWF: {_short(awf)} times)"
        return Verdict(
            "prior",
            f"{times}{beside}: the prior does not fit the data. The object may be unlike the images that it "
            "was trained on; compare with AWF or rPIE, or train a prior on such objects.",
        )
    return None


_NETWORK = (
    "the network changed the image last and looks at no data. Its errors are those of its training; "
    "compare with AWF, or let a diffusion method fit the data."
)


def _without_prior(chi: float, times: str, data: float | None, falling: float | None) -> Verdict | None:
    """Of a method that follows the data alone."""
    converged = NOISE_FITTED if data is None else max(1 - 1 / max(data, 1.0), NOISE_FITTED)
    if chi > (UNFIT if data is None else UNCONVERGED * converged):
        beside = f"; a fit to {data:.2g} data for each unknown leaves {converged:.2g}" if data else ""
        return Verdict("unconverged", f"{times}{beside}: not converged. {_advice(falling)}")
    if chi < NOISE_FITTED or (data is not None and 1 - 1 / data < NOISE_FITTED):
        return Verdict(
            "noise",
            f"{times}: with so few data for each unknown this method fits their noise, too. A low misfit "
            "says nothing of the error here; a diffusion prior or more overlap does better.",
        )
    return None


def _advice(falling: float | None) -> str:
    if falling is not None and falling > FALLING:
        return "It was still falling: more iterations help, or more overlap."
    more = "Try more iterations" if falling is None else "More iterations change little: try another method"
    return f"{more}, more overlap or a diffusion prior, and look at probe, positions and mask."


def _short(ratio: float) -> str:
    return "under 0.01" if ratio < 0.01 else f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2g}"
