"""The working of `DPS`: one guided denoising step, the chain of them, and the scale of its gradient."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ptygui.errors import InputError
from ptygui.methods.base import Iterate, root_mean_square, same_chain
from ptygui.methods.problem import PHOTON_VARIANCE, Problem
from ptygui.physics.forward import squared_modulus
from ptygui.physics.threads import all_threads
from ptygui.prior.prior import Prior, load_prior
from ptygui.prior.schedule import Schedule
from ptygui.prior.tiles import in_tiles

if TYPE_CHECKING:
    from ptygui.methods.dps import DPS


class GuidedDiffusion:
    """One run of `DPS` on one problem."""

    def __init__(self, method: "DPS", problem: Problem):
        self.method, self.problem = method, problem
        self.prior = load_prior(method.prior, str(problem.device))
        self.schedule = Schedule.linear(method.num_steps)
        raw = method.zeta_units == "raw"
        self.guide = Guide(self.prior, problem, method.guidance, method.clip, raw)
        self.zeta = method.zeta if raw else method.zeta / _scale(self.prior, method)
        self.chain = same_chain(
            problem.resume,
            num_steps=method.num_steps,
            literal=int(method.time_travel == "literal"),
        )

    def iterates(self) -> Iterator[Iterate]:
        """One iterate an evaluation, in the order of `DPS.plan`."""
        method, resume, problem = self.method, self.problem.resume, self.problem
        x, side = resume.get("x"), resume.get("side")
        if x is None:
            x = self._noise()
            if problem.given is not None:
                x = self.schedule.noising(
                    self.prior.channels.encode(problem.given), -1, method.num_steps - 1, x
                )
        literal = method.time_travel == "literal"
        # The printed inner block never touches the main chain: it works on `side`, with noise of its own.
        own = torch.Generator().manual_seed(problem.generator.initial_seed() + 1) if literal else None
        if literal and "side_generator" in resume:
            own.set_state(resume["side_generator"].cpu())
        before = resume.get("before")
        first = method.place_after(resume)
        index = int(resume.get("index", 0)) - first  # of the iterate at the first place of the plan
        for place, (t, low, inner) in enumerate(method.plan()):
            if place < first:
                continue
            apart = literal and inner
            noise = own if apart else None
            x_t = side if apart else x
            if low < t:  # Alg. 1, line 5: NoisingStep, printed for x_t, repaired for x_{t-1}
                x_t = self.schedule.noising(before if literal else x, low, t, self._noise(noise))
            if not inner:
                before = x
            after, x0_hat, moved = self._step(x_t, t, noise)
            if apart:
                side = after
            else:
                x = after
            state = {"index": index + place + 1, "place": place + 1, "x": x}
            if own is not None:
                state |= {"side": side, "side_generator": own, "before": before}
            yield self._iterate(state, x0_hat, x_t, t, moved)

    def _iterate(self, state, x0_hat, x_t, t, moved) -> Iterate:
        state |= {"j": self.method.j, "generator": self.problem.generator, **self.chain}
        return Iterate(
            obj=self.prior.channels.decode(x0_hat),
            index=state["index"],
            state={key: value for key, value in state.items() if value is not None},
            nfe=state["index"],
            x_t=x_t,
            level=float(self.schedule.sigma[t]),
            t=t,
            prior_step=moved[0],
            data_step=moved[1],
            prior_weight=max(self.prior.weight(PHOTON_VARIANCE)),
        )

    def _noise(self, generator: torch.Generator | None = None) -> Tensor:
        shape = (2, *self.problem.forward.object_shape)
        return torch.randn(shape, generator=generator or self.problem.generator).to(self.problem.device)

    def _step(self, x_t: Tensor, t: int, generator) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        """Alg. 1, lines 2-3: x_{t-1}, x̂0(x_t), and how far prior and data moved x_t."""
        x0_hat, gradient = self.guide.gradient(x_t, float(self.schedule.alpha_bar[t]))
        x = self.schedule.denoising_mean(x0_hat, x_t, t)
        moved = (root_mean_square(x - x_t), root_mean_square(self.zeta * gradient))
        if t > 0:
            x = x + float(self.schedule.sigma_tilde[t]) * self._noise(generator)
        return x - self.zeta * gradient, x0_hat, moved


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
        scale = 1.0 if raw else w[w > 1e-3 * w.max()].median().sqrt()
        self.weight = 1.0 if raw else problem.amplitudes.numel() ** 0.5
        self.forward = problem.forward.with_probe(problem.forward.probe / scale)
        self.y = problem.amplitudes / scale
        self.mask = problem.mask
        self.floor2 = float(1e-6 * self.y.median().clamp_min(1e-6 * self.y.max())) ** 2

    def misfit(self, obj: Tensor) -> Tensor:
        """The l1 sum, or the unsquared l2 norm, of y - |A f|."""
        z = self.forward.apply(obj)
        modulus = (squared_modulus(z) + self.floor2).sqrt()
        difference = self.y - modulus
        if self.mask is not None:
            difference = difference * self.mask
        if self.guidance == "l1":
            return difference.abs().sum()
        return self.weight * (difference.square().sum() + self.floor2).sqrt()

    def gradient(self, x_t: Tensor, alpha_bar: float) -> tuple[Tensor, Tensor]:
        """x̂0(x_t), limited to [-1, 1] where asked, and the gradient, both (2, H, W)."""
        with all_threads(), torch.enable_grad():
            x_t = x_t.detach().requires_grad_(True)
            x0_hat = in_tiles(lambda tiles: self.prior.x0_hat(tiles, alpha_bar), x_t)
            if self.clip:
                x0_hat = x0_hat.clamp(-self.limits, self.limits)
            loss = self.misfit(self.prior.channels.decode(x0_hat))
            (gradient,) = torch.autograd.grad(loss, x_t)
        return x0_hat.detach(), gradient


def _scale(prior: Prior, method: "DPS") -> float:
    try:
        return prior.zeta_scale[method.guidance]
    except KeyError:
        raise InputError(
            f"prior {method.prior} has no measured guidance scale for {method.guidance}: "
            "train it with ptygui train prior, or give --zeta-units raw"
        ) from None


def gradient_scale(prior: Prior, obj: np.ndarray, seeds: int = 4) -> dict[str, float]:
    """Root-mean-square gradient of the guidance near alpha_bar = 0.5: what `zeta` is divided by.

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
