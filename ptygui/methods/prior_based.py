"""PriorBased: what the diffusion methods have in common, a trained prior named by the option `prior`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.methods.awf import AWF
from ptygui.methods.base import Finding, Method, Remedy
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from ptygui.networks.channels import Channels

OUTSIDE = 0.05  # share of an object's pixels outside the range of a prior, above which it is of another kind


@dataclass(frozen=True)
class PriorBased(Method):
    """Has a trained prior. A subclass declares the option `prior`: a name in models/, or a folder."""

    prior: str = ""

    needs: ClassVar[Mapping[str, str]] = {"prior": "prior"}
    diffusion: ClassVar[bool] = True

    @property
    def stochastic(self) -> bool:  # noqa: D102
        return True

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether the prior can be read, and whether the object, if known, is of its kind."""
        from ptygui.networks.checkpoint import load_info
        from ptygui.prior.prior import list_priors, model_folder

        try:
            info = load_info(model_folder(self.prior))
        except InputError as error:
            usual = type(self)().prior
            known = sorted(set(list_priors()) - {self.prior}, key=lambda name: (name != usual, name))
            use = [Remedy(f"Use {name}", method=replace(self, prior=name)) for name in known[:1]]
            choose = Remedy("Choose a prior…", choose="prior")
            yield Finding("stop", f"The prior cannot be read: {error}.", (*use, choose))
            return
        if scan is not None and scan.truth is not None:
            beyond = _beyond(scan.truth, info.channels)
            if beyond > OUTSIDE:
                yield Finding(
                    "warn",
                    f"{beyond:.0%} of the object is outside the amplitudes and phases that the prior "
                    "was trained on: it is of another kind.",
                    (Remedy("Use AWF, a power law as prior", method=AWF(gaussian_prior="power-law")),),
                )

    def weights(self, scan: Geometry) -> dict[str, str]:  # noqa: D102
        from ptygui.prior.prior import load_prior

        return {"prior sha256": load_prior(self.prior).identity}


def _beyond(truth: np.ndarray, channels: "Channels") -> float:
    """Share of an object's pixels outside a prior's channel range by a quarter; global phase is free."""
    amplitude = np.abs((np.abs(truth) - channels.amplitude_centre) / channels.amplitude_scale)
    phase = np.abs(np.angle(truth * np.conj(truth.mean()))) / channels.phase_scale
    return float(max(np.mean(amplitude > 1.25), np.mean(phase > 1.25 * channels.phase_reach)))
