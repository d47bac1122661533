"""The slow part of an object's phase, fitted to the data by Gauss-Newton on a few cosines."""

import math

import torch
from torch import Tensor

from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import Forward, part_of, squared_modulus
from ptygui.physics.probe import energy_diameter

ORDER = 6  # half waves in UNIT that the patches of a typical probe follow
_WINDOW, _DIAMETER = 32, 22.6  # of that probe: its window, and the diameter with 90 % of its energy [px]
SPREAD = 0.15  # standard deviation of a slow phase of one half wave over UNIT pixels [rad]
UNIT = 128  # side of the area that `order` half waves belong to [px]
_MOST_WAVES = 32  # along a side of any length: the normal equations grow with the fourth power
_LONGEST_STEP = 0.5  # largest phase change of one step [rad]: the model is only linear nearby
_HALVINGS = 3  # of a step that makes the fit worse, before it is refused
_ROUNDING = 1e-5  # relative increase of a sum that is within the rounding error of single precision


def order_for(probe: Tensor) -> int:
    """Half waves in 128 px of the finest slow phase that patches under a probe ([M,] m, m) can follow.

    A patch approximates a cosine by a quadratic. Under the medium probe the error for `ORDER` half waves
    is 18 % at a window of 32 px, 63 % at 64 px and 85 % at 128 px: steps along such slopes are misleading. A
    patch twice as wide follows half as many half waves as well. Dark rims of a window do not count.
    """
    amplitude = squared_modulus(probe).sum(0).sqrt() if probe.ndim == 3 else probe
    wide = min(probe.shape[-1] / _WINDOW, energy_diameter(amplitude.cpu().numpy()) / _DIAMETER)
    return max(1, min(ORDER, math.floor(ORDER / wide)))


class SlowPhase:
    """A smooth phase surface s with f = f_0 exp(i s), which the prior does not constrain.

    Data steps change fine detail fast and slow phase very slowly: neighbouring positions share their phase
    only through the rim where they overlap. The slow part therefore gets separate steps. With cosines B_k of
    at most `order` half waves over 128 px, one step minimises ::

        ||y - |A f exp(i sum_k c_k B_k)| ||² / (2 s²)  +  sum_k (n_k (c_k + s_k) / SPREAD)² / 2

    linearised in c (n_k half waves, s_k the present coefficients). Within one patch a slow surface is
    a quadratic whose constant does not change the pattern, so the slopes of |A f| along all cosines follow
    from those along the five monomials x, y, x², x y, y²: five transforms per position instead of dozens.
    `linearise` computes the slopes, then `refine` may be called many times; it never raises the sum
    above.

    Parameters
    ----------
    step : ModulusStep
        The data.
    variance : float, or tensor without axes
        Variance s² of the measured amplitudes.
    seeds : int
        Number of surfaces in parallel.
    order : int
        Cosines with fewer half waves in 128 px than this, rows and columns together.
    coefficients : float32 tensor, shape (seeds, n), optional
        To continue from.
    """

    def __init__(
        self,
        step: ModulusStep,
        variance: float | Tensor,
        seeds: int,
        order: int,
        coefficients: Tensor | None = None,
    ):
        self.step, self.variance = step, variance
        forward, device = step.forward, step.w.device
        rows, columns = (_cosines(side, order, device) for side in forward.object_shape)
        self._rows, self._columns = rows, columns
        height, width = forward.object_shape
        pairs = [
            (i, j)
            for i in range(len(rows))
            for j in range(len(columns))
            if 0 < i / height + j / width < order / UNIT
        ]
        self._i, self._j = (torch.tensor(k, device=device) for k in zip(*pairs, strict=True))
        waves = UNIT * torch.hypot(self._i / height, self._j / width)
        # Twice the area has twice as many cosines for the same local phase: each may be half as large.
        self.ridge = (waves / SPREAD).square() * (height * width / UNIT**2)
        self._monomials = _monomials(forward.size, device)
        self._local = self._expansions(forward)
        if coefficients is None:
            coefficients = self.ridge.new_zeros(seeds, len(pairs))
        self.coefficients = coefficients

    @property
    def surface(self) -> Tensor:
        """The slow phase s, shape (seeds, H, W) [rad]."""
        return self.surface_of(self.coefficients)

    def surface_of(self, coefficients: Tensor) -> Tensor:
        """sum_k c_k B_k, shape (..., H, W), of coefficients (..., n)."""
        table = coefficients.new_zeros(*coefficients.shape[:-1], len(self._rows), len(self._columns))
        table[..., self._i, self._j] = coefficients
        return self._rows.mT @ table @ self._columns

    def linearise(self, f: Tensor) -> None:
        """Compute the matrix of the normal equations at objects (seeds, H, W), for later calls of `refine`.

        It changes little while the same clean estimate is fitted, and is most of the work of a step.
        """
        normal = torch.diag(self.ridge)
        for forward, part in self.step.forward.chunks(5 * len(f)):
            gram = self._products(f, forward, part_of(self.step.mask, part))
            local = self._local[part]
            normal = normal + local.flatten(0, 1).mT @ (gram @ local).flatten(-3, -2) / self.variance
        self._factor = torch.linalg.cholesky(normal)

    def refine(self, f: Tensor) -> Tensor:
        """Take one step for objects (seeds, H, W) and return the factor exp(i change) of that shape.

        A step that raises the sum is halved, up to `_HALVINGS` times, and then discarded, for each seed
        separately.
        """
        pull, cost = -self.ridge * self.coefficients, self._distance(self.coefficients)
        for forward, part in self.step.forward.chunks(len(f)):
            y, mask, local = self.step.amplitudes[part], part_of(self.step.mask, part), self._local[part]
            towards, left = self._towards(f, forward, y, mask)
            pull = pull + towards.flatten(-2) @ local.flatten(0, 1) / self.variance
            cost = cost + left / (2 * self.variance)
        change = torch.cholesky_solve(pull.unsqueeze(-1), self._factor).squeeze(-1)
        surface = self.surface_of(change)
        longest = surface.abs().amax((-2, -1)).clamp_min(_LONGEST_STEP)
        share = (_LONGEST_STEP / longest)[:, None]
        for halving in range(_HALVINGS + 1):
            turn = _turn(share[..., None] * surface)
            worse = self._cost(f * turn, self.coefficients + share * change) > (1 + _ROUNDING) * cost
            if not worse.any():
                break
            smaller = 0.5 if halving < _HALVINGS else 0.0
            share = torch.where(worse[:, None], smaller * share, share)
        else:
            turn = _turn(share[..., None] * surface)
        self.coefficients = self.coefficients + share * change
        return turn

    def _cost(self, f: Tensor, coefficients: Tensor) -> Tensor:
        """The sum that a step minimises, at objects (seeds, H, W) with the surface: shape (seeds,)."""
        cost = self._distance(coefficients)
        for forward, part in self.step.forward.chunks(len(f)):
            y, mask = self.step.amplitudes[part], part_of(self.step.mask, part)
            cost = cost + _distance(forward, forward.apply(f), y, mask) / (2 * self.variance)
        return cost

    def _distance(self, coefficients: Tensor) -> Tensor:
        """The term that keeps the cosines small, (seeds,)."""
        return (self.ridge * coefficients.square()).sum(-1) / 2

    def _products(self, f: Tensor, forward: Forward, mask: Tensor | None) -> Tensor:
        """Products of the slopes of |A f| along the five monomials with each other, (seeds, K, 5, 5)."""
        exit_waves, stacked = forward.exit_waves(f), forward.probe.ndim == 3
        waves = torch.fft.fft2(exit_waves, norm="ortho")
        modulus = forward.modulus(waves).clamp_min(1e-6)
        sign = waves.conj() / (modulus.unsqueeze(-4) if stacked else modulus)
        waves = torch.fft.fft2(exit_waves.unsqueeze(-3) * (1j * self._monomials[1:]), norm="ortho")
        slopes = (sign.unsqueeze(-3) * waves).real
        if stacked:
            slopes = slopes.sum(-5)
        if mask is not None:
            slopes = slopes * mask.unsqueeze(-3)
        slopes = slopes.flatten(-2)
        return slopes @ slopes.mT

    def _towards(self, f: Tensor, forward: Forward, y: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Products of those slopes with y - |A f|, (seeds, K, 5), and the sum of its squares, (seeds,).

        F is unitary: they are products of the monomials with the phase by which the exit waves that fit
        the data are ahead, so that one inverse transform serves all five.
        """
        exit_waves = forward.exit_waves(f)
        waves = torch.fft.fft2(exit_waves, norm="ortho")
        fitting = forward.fit(waves, y, mask)
        ahead = (torch.fft.ifft2(fitting, norm="ortho") * exit_waves.conj()).imag
        if forward.probe.ndim == 3:
            ahead = ahead.sum(-4)
        towards = ahead.flatten(-2) @ self._monomials[1:].flatten(1).mT
        return towards, _distance(forward, waves, y, mask)

    def _expansions(self, forward: Forward) -> Tensor:
        """Every cosine on every patch as a quadratic, fitted under |P|²: shape (K, 5, n).

        The constant is fitted and then discarded: a patch's own phase does not change its pattern.
        """
        t, inside = self._monomials.flatten(1), torch.arange(forward.size, device=self.ridge.device)
        intensity = squared_modulus(forward.probe)
        weighted = t * (intensity.sum(0) if intensity.ndim == 3 else intensity).flatten()
        project = torch.linalg.solve(weighted @ t.mT, weighted)[1:].view(5, forward.size, forward.size)
        rows, columns = (
            cosines[:, forward.corners[:, axis, None] + inside]
            for axis, cosines in enumerate((self._rows, self._columns))
        )
        half = torch.einsum("jkx,ayx->kajy", columns, project)  # in one einsum: gigabytes for (i, j, k, y, x)
        table = torch.einsum("iky,kajy->kaij", rows, half)
        return table[..., self._i, self._j].contiguous()


def _turn(surface: Tensor) -> Tensor:
    """exp(i surface)."""
    return torch.polar(torch.ones_like(surface), surface)


def _distance(forward: Forward, waves: Tensor, y: Tensor, mask: Tensor | None) -> Tensor:
    """Sum of (y - |A f|)² on trusted pixels, of waves (seeds, [M,] K, m, m): shape (seeds,)."""
    left = forward.modulus(waves) - y
    return (left if mask is None else left * mask).square().sum((-3, -2, -1))


def _cosines(side: int, order: int, device: torch.device) -> Tensor:
    """Cosines of 0, 1, ... half waves along a side, (n, side), with fewer than `order` in 128 px."""
    count = min(math.ceil(order * side / UNIT), _MOST_WAVES)
    waves = torch.arange(count, device=device)[:, None]
    return torch.cos(math.pi * waves * (torch.arange(side, device=device) + 0.5) / side)


def _monomials(size: int, device: torch.device) -> Tensor:
    """1, x, y, x², x y, y² over a patch, shape (6, m, m), x and y within -1 ... 1."""
    t = torch.linspace(-1, 1, size, device=device)
    y, x = torch.meshgrid(t, t, indexing="ij")
    return torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y])
