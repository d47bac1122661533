"""The parts of `DPS`: one guided denoising step, and the scale of its gradient."""

import numpy as np
import torch
from torch import Tensor

from ptygui.errors import InputError
from ptygui.methods.problem import PHOTON_VARIANCE, Problem, root_mean_square
from ptygui.methods.solvers.prior_share import channel_scales, prior_share
from ptygui.networks.spectrum import Cosines
from ptygui.physics.forward import Forward
from ptygui.physics.threads import all_threads
from ptygui.prior.prior import Prior
from ptygui.prior.schedule import Schedule
from ptygui.prior.tiles import in_tiles


class Chain:
    """The chain of `DPS`: x_t (2, H, W) in channels, its schedule, and guided steps from t to t - 1.

    Parameters
    ----------
    problem : Problem
    prior : Prior
    num_steps : int
        N.
    guide : Guide
    zeta : float
        ζ, the factor of the gradient.
    by_noise : bool
        Whether ζ is instead the root-mean-square change by the gradient relative to σ̃_t, the standard
        deviation of the noise that the same step adds: ``ζ σ̃_t g / rms(g)``. Guidance then has the same share
        of every step and ends with the noise, whatever norm, flux and number of steps.
    """

    def __init__(
        self,
        problem: Problem,
        prior: Prior,
        num_steps: int,
        guide: "Guide",
        zeta: float,
        by_noise: bool = False,
    ):
        self.problem, self.prior, self.guide = problem, prior, guide
        self.zeta, self.by_noise = zeta, by_noise
        self.schedule = Schedule.linear(num_steps)

    def first(self) -> Tensor:
        """x_N: noise, or the given object with the noise of that time."""
        x = self.noise()
        if self.problem.given is None:
            return x
        clean = self.prior.channels.encode(self.problem.given)
        return self.schedule.noising(clean, -1, len(self.schedule.beta) - 1, x)

    def prior_share(self, clean: Tensor) -> Tensor:
        """The prior's share of each pixel, (H, W), of an estimate (2, H, W), as if the data were fitted."""
        height, width = clean.shape[-2:]
        cosines = Cosines(height, width, clean.device)
        power = self.prior.error_power(float(self.schedule.sigma[-1]), cosines.radius)
        scale = channel_scales(self.prior.channels, self.prior.channels.polar(clean)[0].abs())
        light = self.problem.illumination / PHOTON_VARIANCE
        return prior_share(light, scale, power, cosines.radius)

    def noised(self, x: Tensor, low: int, t: int, generator: torch.Generator | None = None) -> Tensor:
        """Alg. 1, line 5, NoisingStep: from the state at time `low` up to t."""
        return self.schedule.noising(x, low, t, self.noise(generator))

    def step(
        self, x_t: Tensor, t: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        """Alg. 1, lines 2-3: x_{t-1}, x̂0(x_t), and how far prior and data moved x_t."""
        x0_hat, gradient = self.guide.gradient(x_t, float(self.schedule.alpha_bar[t]))
        x = self.schedule.denoising_mean(x0_hat, x_t, t)
        added = float(self.schedule.sigma_tilde[t])
        guidance = self.zeta * gradient
        if self.by_noise:  # a gradient of 0, as where all is masked, stays 0
            guidance = guidance * (added / root_mean_square(gradient).clamp_min(1e-30))
        moved = (root_mean_square(x - x_t), root_mean_square(guidance))
        if t > 0:
            x = x + added * self.noise(generator)
        return x - guidance, x0_hat, moved

    def noise(self, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal channels."""
        shape = (2, *self.problem.forward.object_shape)
        return torch.randn(shape, generator=generator or self.problem.generator).to(self.problem.device)


class Guide:
    """Gradient of the data misfit of x̂0(x_t) with respect to x_t, through the network.

    Unless `raw`, amplitudes and operator are divided by the root of the median illumination, so that A^H A
    is about 1 and the gradient does not depend on the photon flux, and the l2 norm is multiplied by the root
    of the number of data values, so that its gradient does not depend on the size of the object. The misfit
    is summed over pixels; |z| is sqrt(|z|² + ε²), ε a millionth of the median amplitude, since the gradient
    of |z| at 0 is 0/0.
    """

    def __init__(self, prior: Prior, problem: Problem, guidance: str, clip: bool, raw: bool = False):
        self.prior, self.clip, self.guidance = prior, clip, guidance
        reach = torch.tensor((1.0, prior.channels.phase_reach), device=problem.device)
        self.limits = reach[:, None, None]
        w = problem.illumination
        self._scale = 1.0 if raw else w[w > 1e-3 * w.max()].median().sqrt()
        self.weight = 1.0 if raw else problem.amplitudes.numel() ** 0.5
        self.follow(problem.forward)
        self.y = problem.amplitudes / self._scale
        self.mask = problem.mask
        self.floor2 = float(1e-6 * self.y.median().clamp_min(1e-6 * self.y.max())) ** 2

    def follow(self, forward: Forward) -> None:
        """Guide by this model of the same data from here on."""
        self.forward = forward.scaled(1 / self._scale)

    def misfit(self, obj: Tensor) -> Tensor:
        """The l1 sum, or the unsquared l2 norm, of y - |A f|."""
        z = self.forward.apply(obj)
        modulus = (self.forward.intensity(z) + self.floor2).sqrt()
        difference = self.y - modulus
        if self.mask is not None:
            difference = difference * self.mask
        if self.guidance == "l1":
            return difference.abs().sum()
        return self.weight * (difference.square().sum() + self.floor2).sqrt()

    def gradient(self, x_t: Tensor, alpha_bar: float) -> tuple[Tensor, Tensor]:
        """x̂0(x_t), limited to [-1, 1] if requested, and the gradient, both (2, H, W)."""
        with all_threads(), torch.enable_grad():
            x_t = x_t.detach().requires_grad_(True)
            x0_hat = in_tiles(lambda tiles: self.prior.x0_hat(tiles, alpha_bar), x_t)
            if self.clip:
                x0_hat = x0_hat.clamp(-self.limits, self.limits)
            loss = self.misfit(self.prior.channels.decode(x0_hat))
            (gradient,) = torch.autograd.grad(loss, x_t)
        return x0_hat.detach(), gradient


def guidance_scale(prior: Prior, guidance: str, name: str) -> float:
    """Root-mean-square gradient of a norm, as measured when the prior was trained.

    Raises
    ------
    InputError
        If it was not measured; `name` is the prior's name for the message.
    """
    try:
        return prior.zeta_scale[guidance]
    except KeyError:
        raise InputError(
            f"prior {name} has no measured guidance scale for {guidance}: "
            "train it with ptygui train prior, or give --zeta-units raw"
        ) from None


def gradient_scale(prior: Prior, obj: np.ndarray, seeds: int = 4) -> dict[str, float]:
    """Root-mean-square gradient of the guidance near alpha_bar = 0.5: the divisor of `zeta`.

    Measured on one object of the prior's kind (complex, shape (H, W)), scanned at 50 % overlap with
    the medium probe and 1e5 counts, at noisy states of that object. Keys are the guidance norms.
    """
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    scan = simulate(obj, make_probe("medium"), Simulation(overlap=0.5))
    problem = Problem.of(scan, prior.device)
    clean = prior.channels.encode(torch.from_numpy(scan.truth).to(prior.device))
    scales = {}
    for guidance in ("l1", "l2"):
        guide = Guide(prior, problem, guidance, clip=True)
        squares = []
        for _ in range(seeds):
            x_t = 0.5**0.5 * clean + 0.5**0.5 * problem.randn(*clean.shape)
            squares.append(guide.gradient(x_t, 0.5)[1].square().mean())
        scales[guidance] = float(torch.stack(squares).mean().sqrt())
    return scales
