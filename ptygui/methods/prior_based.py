"""PriorBased: what the diffusion methods have in common, a trained prior named by the option `prior`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Method, Remedy
from ptygui.options import AUTO
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from ptygui.networks.channels import Channels

OUTSIDE = 0.05  # share of an object's pixels outside the range of a prior, above which it is of another kind


@dataclass(frozen=True)
class PriorBased(Method):
    """Has a trained prior. A subclass declares the option `prior`: a name in models/, a folder, or "auto".

    "auto" is the prior of the specimen that the scan names, such as chips; the generic one if it names none.

    Attributes
    ----------
    usual : str
        The prior in models/ to take where several are of the specimen's domain.
    """

    prior: str = AUTO

    needs: ClassVar[Mapping[str, str]] = {"prior": "prior"}
    diffusion: ClassVar[bool] = True
    usual: ClassVar[str] = ""

    @property
    def stochastic(self) -> bool:  # noqa: D102
        return True

    def prior_of(self, specimen: str) -> str:
        """The prior for a specimen (`Geometry.specimen`), "auto" resolved."""
        from ptygui.prior.catalogue import prior_for

        return prior_for(specimen, self.usual) if self.prior == AUTO else self.prior

    def reason(self, specimen: str) -> str:
        """Why "auto" is that prior, in a sentence; empty if the prior is chosen."""
        if self.prior != AUTO:
            return ""
        named = f"the scan is of “{specimen}”" if specimen else "the scan does not say what it is of"
        return f"The prior is {self.prior_of(specimen)}, since {named}."

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether the prior can be read, and whether the object, if known, is of its kind."""
        from ptygui.networks.checkpoint import load_info
        from ptygui.prior.catalogue import domain_of, suits
        from ptygui.prior.entry import ANYTHING
        from ptygui.prior.folders import list_priors, model_folder

        specimen = "" if scan is None else scan.specimen
        prior = self.prior_of(specimen)
        try:
            info = load_info(model_folder(prior))
        except InputError as error:
            auto = replace(self, prior=AUTO).prior_of(specimen)
            use = []
            if self.prior != AUTO and auto in list_priors():
                use = [Remedy(f"Use {auto}", method=replace(self, prior=AUTO))]
            choose = Remedy("Choose a prior…", choose="prior")
            yield Finding("stop", f"The prior cannot be read: {error}.", (*use, choose))
            return
        if scan is not None and self.prior == AUTO and not scan.specimen:
            yield Finding("note", self.reason(scan.specimen), (Remedy("Choose a prior…", choose="prior"),))
        domain = domain_of(info)
        if specimen and domain not in ("", ANYTHING) and self.prior != AUTO and not suits(domain, specimen):
            yield Finding(
                "warn",
                f"The prior is of “{domain}”, the scan is of “{specimen}”: where no data decide, it draws "
                "what it knows.",
                (Remedy("Choose it by the scan", method=replace(self, prior=AUTO)),),
            )
        elif scan is not None and scan.truth is not None:
            beyond = _beyond(scan.truth, info.channels)
            if beyond > OUTSIDE:
                yield Finding(
                    "warn",
                    f"{100 * beyond:.0f} % of the object is outside the amplitudes and phases that the prior "
                    "was trained on: it is of another kind.",
                    (Remedy("Use AWF, a power law as prior", method=AWF(gaussian_prior="power-law")),),
                )

    def weights(self, scan: Geometry) -> dict[str, str]:  # noqa: D102
        from ptygui.prior.prior import load_prior

        return {"prior sha256": load_prior(self.prior_of(scan.specimen)).identity}


def _beyond(truth: np.ndarray, channels: "Channels") -> float:
    """Share of an object's pixels outside a prior's channel range by a quarter; global phase is free."""
    amplitude = np.abs((np.abs(truth) - channels.amplitude_centre) / channels.amplitude_scale)
    phase = np.abs(np.angle(truth * np.conj(truth.mean()))) / channels.phase_scale
    return float(max(np.mean(amplitude > 1.25), np.mean(phase > 1.25 * channels.phase_reach)))
