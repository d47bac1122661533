"""The slow part of an object's phase, fitted to the data by Gauss-Newton on a few cosines."""

import math

import torch
from torch import Tensor

from ptygui.methods.modulus import ModulusStep
from ptygui.physics.forward import part_of, squared_modulus

SPREAD = 0.15  # standard deviation of a slow phase of one half wave over the object [rad]
_LONGEST_STEP = 0.5  # largest phase change of one step [rad]: the model is only linear nearby


class SlowPhase:
    """A smooth phase surface s with f = f_0 exp(i s), which the prior has no opinion on.

    Data steps change fine detail fast and slow phase very slowly: neighbouring positions tell each other
    their phase only through the rim where they overlap. So the slow part gets steps of its own. With
    cosines B_k of at most `order` half waves over the object, one step minimises ::

        ||y - |A f exp(i sum_k c_k B_k)| ||² / (2 s²)  +  sum_k (n_k (c_k + s_k) / SPREAD)² / 2

    linearised in c (n_k half waves, s_k what the surface has already): an exact solve in a dozen unknowns.

    Parameters
    ----------
    step : ModulusStep
        The data.
    variance : float
        Variance s² of the measured amplitudes.
    seeds : int
        Surfaces side by side.
    order : int
        Cosines with fewer half waves than this, rows and columns together.
    coefficients : float32 tensor, shape (seeds, n), optional
        To go on from.
    """

    def __init__(
        self, step: ModulusStep, variance: float, seeds: int, order: int, coefficients: Tensor | None = None
    ):
        self.step, self.variance = step, variance
        self.basis, waves = _cosines(step.forward.object_shape, order, step.w.device)
        self.ridge = (waves / SPREAD).square()
        if coefficients is None:
            coefficients = self.basis.new_zeros(seeds, len(self.basis))
        self.coefficients = coefficients

    @property
    def surface(self) -> Tensor:
        """The slow phase s, shape (seeds, H, W) [rad]."""
        return torch.einsum("sk,khw->shw", self.coefficients, self.basis)

    def refine(self, f: Tensor) -> Tensor:
        """Take one step for objects (seeds, H, W) and return the factor exp(i change) of that shape."""
        change = self._solve(f)
        surface = torch.einsum("sk,khw->shw", change, self.basis)
        longest = surface.abs().amax((-2, -1)).clamp_min(_LONGEST_STEP)
        shorter = (_LONGEST_STEP / longest)[:, None]
        self.coefficients = self.coefficients + shorter * change
        surface = shorter[..., None] * surface
        return torch.polar(torch.ones_like(surface), surface)

    def _solve(self, f: Tensor) -> Tensor:
        """The change of the coefficients, shape (seeds, n), by the normal equations."""
        normal, pull = torch.diag(self.ridge), -self.ridge * self.coefficients
        turned = 1j * f.unsqueeze(-3) * self.basis  # (seeds, n, H, W)
        for forward, part in self.step.forward.chunks():
            y, mask = self.step.amplitudes[part], part_of(self.step.mask, part)
            z = forward.apply(f)
            modulus = squared_modulus(z).sqrt()
            sign = (z / modulus.clamp_min(1e-6)).conj()
            slopes = (sign.unsqueeze(-4) * forward.apply(turned)).real  # of |A f| along each cosine
            rest = y - modulus
            if mask is not None:
                slopes, rest = slopes * mask, rest * mask
            slopes = slopes.flatten(-3)
            normal = normal + slopes @ slopes.mT / self.variance
            pull = pull + (slopes @ rest.flatten(-3).unsqueeze(-1)).squeeze(-1) / self.variance
        return torch.linalg.solve(normal, pull)


def _cosines(shape: tuple[int, int], order: int, device) -> tuple[Tensor, Tensor]:
    """Products of cosines over the object, (n, H, W), and their half waves, (n,); the constant left out."""
    rows, columns = (
        torch.cos(math.pi * torch.arange(order)[:, None] * (torch.arange(size) + 0.5) / size)
        for size in shape
    )
    pairs = [(i, j) for i in range(order) for j in range(order) if 0 < i + j < order]
    basis = torch.stack([rows[i][:, None] * columns[j] for i, j in pairs])
    waves = torch.tensor([math.hypot(i, j) for i, j in pairs])
    return basis.to(device), waves.to(device)
