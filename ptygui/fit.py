"""What the final misfit of a run says: a prior that does not fit, a model that does not, or fitted noise.

Chi-square per detector pixel is the misfit over what photon noise alone leaves. The true object has 1. A
result that follows the data without a prior has less, about 1 - 1/R with R data values for each unknown of
the object; one whose prior pulls it away from the data has more.
"""

from dataclasses import dataclass

UNFIT = 1.5  # chi-square above which a result does not fit its data
ABOVE = 1.1  # above which it need not, where AWF fits them `UNFIT` times better and not their noise alone
NOISE_FITTED = 0.25  # below which a method without a prior fits mostly noise: less than 4/3 data an unknown


@dataclass(frozen=True)
class Verdict:
    """Something to say of a misfit.

    Attributes
    ----------
    kind : str
        "prior", "model": to warn of; "guidance", "noise": to mention.
    text : str
    """

    kind: str
    text: str

    @property
    def warns(self) -> bool:
        """Whether the result is not to be trusted as it is."""
        return self.kind in ("prior", "model")


def chi_square(misfit: float, noise_floor: float) -> float | None:
    """Per detector pixel; None where the noise is not known."""
    return misfit / noise_floor if noise_floor > 0 else None


def verdict(
    chi: float | None, diffusion: bool, guided: bool = False, awf: float | None = None
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
    """
    if chi is None:
        return None
    times = f"The misfit is {_short(chi)} times what photon noise leaves"
    if not diffusion:
        if chi >= NOISE_FITTED:
            return None
        return Verdict(
            "noise",
            f"{times}: with so few data for each unknown this method fits their noise, too. A low misfit "
            "says nothing of the error here; a diffusion prior or more overlap does better.",
        )
    if guided:
        if chi <= UNFIT:
            return None
        return Verdict(
            "guidance",
            f"{times}: guidance by gradients follows the data only so far. A larger ζ or more steps follow "
            "them closer; a prior unlike the object looks the same.",
        )
    if awf is not None and awf > UNFIT and chi < UNFIT * awf:
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


def _short(ratio: float) -> str:
    return "under 0.01" if ratio < 0.01 else f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2g}"
