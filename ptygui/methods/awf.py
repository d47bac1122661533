"""Accelerated Wirtinger flow."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from ptygui.errors import InputError
from ptygui.methods import refining
from ptygui.methods.base import Finding, Iterate, Method, Remedy, SweepChoice
from ptygui.options import option
from ptygui.scan import Geometry, Scan

if TYPE_CHECKING:
    from ptygui.methods.problem import Problem
    from ptygui.methods.solvers.gaussian_prior import GaussianPrior
    from ptygui.networks.checkpoint import PriorInfo

# Iterations for a step of the probe and of all else that is refined, and for one of the probe's aberrations.
# Steps of object and probe from the same waves, each as long as is safe alone, are too long together: the
# misfit rose tenfold now and then, and an exact probe got worse (NRMSE .019 -> .102 at 50 %).
OFTEN, SELDOM = 2, 10


@dataclass(frozen=True)
class AWF(Method):
    """Accelerated Wirtinger flow (Xu et al. 2018, arXiv 1806.05546): Nesterov on the amplitude misfit.

    With z = f_k + b_k (f_k - f_{k-1}) and b_k = (k+1)/(k+3)::

        f_{k+1} = z - (A^H A z - A^H (y sgn A z)) / max(w),     A^H A = diag(w)

    which is one gradient step of 1/2 ||y - |A f| ||² with the inverse of its Lipschitz constant.

    With a Gaussian prior this sum has one more term, and the steps are proximal ones, whose second half is
    exact (`GaussianPrior`): the maximum a posteriori of an object that is a constant plus a stationary
    complex normal part with power spectrum S::

        1/2 ||y - |A f| ||²  +  weight s² Σ_{k > 0} |C f(k)|² / S(k)

    with C the cosine transform and s² = 1/4 the variance of the square root of a photon count. S is that of
    the objects that a trained prior learned from, or a power law that fits the scan's mean pattern
    (`fit_power_law`): no network, no training data. The weight starts 1,000 times as high and falls
    geometrically over the first half of the iterations: coarse detail forms first, and fewer dark cells end
    at a wrong phase.
    """

    label: ClassVar[str] = "AWF"
    reference: ClassVar[bool] = True
    reads_parts: ClassVar[bool] = True
    in_tiles: ClassVar[bool] = True

    iterations: int = option(
        2000, min=1, max=10_000_000,
        help="gradient steps over all positions: more fits the data more closely, noise included (the paper: "
        "10,000)",
    )  # fmt: skip
    momentum: bool = option(
        True, help="Nesterov momentum (k+1)/(k+3); without it this is plain Wirtinger flow"
    )
    probe_update: str = refining.probe_update()
    position_update: str = refining.position_update()
    weight_update: bool = refining.weight_update()
    background_update: str = refining.background_update()
    probe_modes: int = refining.probe_modes()
    probe_update_start: int = option(
        10, min=0, was=("probe_start",), max=1_000_000, advanced=True,
        help="iterations before the probe, or what else is refined, is first so: more lets the object "
        "converge first",
    )  # fmt: skip
    move_together: bool = option(
        True, advanced=True,
        help="where positions or brightness are refined, the object also changes with them, along smooth "
        "distortions: this finds what is wrong with all of them; no: they change with the object held",
    )  # fmt: skip
    gaussian_prior: str = option(
        "none", choices=("none", "power-law", "trained"),
        help="prior on the object's power spectrum. power-law: one fitted to the scan; trained: of the "
        "objects that a prior learned from",
    )  # fmt: skip
    prior: str = option(
        "blood-small", kind="folder", advanced=True, needs=("gaussian_prior", ("trained",)),
        help="the trained prior whose objects' power spectrum is used, if that is chosen",
    )  # fmt: skip
    prior_weight: float = option(
        1.0, min=0, max=1e6, advanced=True, needs=("gaussian_prior", ("power-law", "trained")),
        help="weight of the Gaussian prior relative to photon statistics: more is smoother, 0 is no prior",
    )  # fmt: skip

    @classmethod
    def in_sweep(cls) -> tuple[SweepChoice, ...]:  # noqa: D102
        return (
            SweepChoice(
                cls.key(), cls.label, "Accelerated Wirtinger flow", {"gaussian_prior": "none"}, ticked=True
            ),
            SweepChoice(
                "awf:gaussian_prior=power-law", "AWF, power law",
                "AWF with a Gaussian prior, its power law fitted to the scan",
                {"gaussian_prior": "power-law"},
            ),
        )  # fmt: skip

    @property
    def data_alone(self) -> bool:  # noqa: D102
        return self.gaussian_prior == "none"

    @property
    def total(self) -> int:  # noqa: D102
        return self.iterations

    def iterates(self, problem: "Problem") -> Generator[Iterate, None, None]:  # noqa: D102
        import torch

        from ptygui.methods.solvers.distortion import is_due
        from ptygui.methods.solvers.modulus import ModulusStep
        from ptygui.methods.solvers.refinement import Refinement, begun, kept

        if self.gaussian_prior != "none":
            problem = problem.stabilised()
        resume, refined = problem.resume, refining.refined_by(self, problem)
        obj = resume.get("obj", problem.start)
        previous = resume.get("previous", obj)
        forward, given = begun(problem, self.probe_modes)
        step = ModulusStep(problem, forward=forward)
        prior = self._gaussian_prior(problem)
        refinement = Refinement(step, given, refined, resume)
        found = refining.resolved(self, refined, forward.modes)
        # Iteration that the momentum began with, on the device: a program that asks for it waits for a GPU.
        since = resume.get("since", obj.real.new_zeros(()))
        for k in range(resume.get("index", 0), self.iterations):
            if not (self.momentum and k):
                z = obj
            elif refined:
                j = k - since
                z = obj + (obj - previous) * torch.where(j > 0, (j + 2) / (j + 4), 0.0)
            else:
                z = torch.add(obj, obj - previous, alpha=(k + 2) / (k + 4))
            previous, obj = obj, step.object(z)
            if prior is not None:
                obj = prior.pulled(obj, step.w_max, self.weight_at(k))
            if refined and k >= self.probe_update_start:
                # Where the step opposes the momentum, restart it: a model that changes may amplify it.
                against = ((z - obj).conj() * (obj - previous)).real.sum() > 0
                since = torch.where(against, float(k + 1), since)
                if k % OFTEN == 0:
                    refinement.take(obj)
                if k % SELDOM == 0:
                    refinement.correct_aberrations(obj)
                if self.move_together and is_due(k, self.iterations, refined.probe):
                    obj, previous = refinement.straightened(torch.stack((obj, previous)), obj)
            state = {"index": k + 1, "obj": obj, "previous": previous}
            state |= kept(step.forward, refined) | refinement.state | ({"since": since} if refined else {})
            share = None if prior is None else partial(prior.share, step.w, self.prior_weight)
            yield Iterate(obj, k + 1, state, forward=step.forward, prior_share=share, resolved=found)

    def checks(self, scan: Scan | None) -> Iterator[Finding]:
        """Whether the trained prior, if one is used, can be read."""
        if self.gaussian_prior == "trained":
            try:
                self._trained()
            except InputError as error:
                fitted = replace(self, gaussian_prior="power-law")
                yield Finding(
                    "stop", f"The prior cannot be read: {error}.", (Remedy("Fit a power law", method=fitted),)
                )

    def weights(self, scan: Geometry) -> dict[str, str]:  # noqa: D102
        from ptygui.networks.checkpoint import weights_identity
        from ptygui.prior.folders import model_folder

        if self.gaussian_prior != "trained":
            return {}
        return {"prior sha256": weights_identity(model_folder(self.prior))}

    def memory(self, scan: Scan) -> float:
        """With a Gaussian prior also three images of coefficients, two of weights, and other amplitudes."""
        if self.gaussian_prior == "none":
            return super().memory(scan)
        rows, columns = scan.object_shape
        return super().memory(scan) + 32 * rows * columns + 4 * (not scan.stays_in_file) * scan.size

    def weight_at(self, k: int) -> float:
        """Weight of the Gaussian prior in iteration k, counted from 0."""
        from ptygui.methods.solvers.gaussian_prior import weight_at

        return self.prior_weight * weight_at(k, self.iterations)

    def _gaussian_prior(self, problem: "Problem") -> "GaussianPrior | None":
        from ptygui.methods.solvers.gaussian_prior import power_law_prior, prior_of_objects

        if self.gaussian_prior == "trained":
            return prior_of_objects(problem, self._trained())
        return power_law_prior(problem) if self.gaussian_prior == "power-law" else None

    def _trained(self) -> "PriorInfo":
        from ptygui.networks.checkpoint import load_info
        from ptygui.prior.folders import model_folder

        return load_info(model_folder(self.prior))
