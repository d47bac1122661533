"""Steps of positions and object together, along a smooth distortion of both."""

import torch
from torch import Tensor

from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import Forward, part_of

MOST_ORDER = 8
_EVERY, _COARSE = 20, 60  # iterations between steps, and those in which the object is too coarse to show one
_LONGEST = 0.5  # displacement of a position in one step [px]
_RIDGE = 1e-6  # of the normal equations, relative to their diagonal


def order_for(forward: Forward) -> int:
    """Degree of the polynomials that a scan determines: about one more than probes fit side by side.

    Of 3, 5 (with four probes along a side) errors of positions fell to .38, .23 px where 1 left .57, on two
    patches each of procedural smears and of held-out smears at 50 %; 1 to 3 and 5 were tried.
    """
    return min(MOST_ORDER, 1 + max(forward.object_shape) // forward.size)


def is_due(k: int, iterations: int, with_probe: bool) -> bool:
    """Whether an iterative method takes a step after iteration k, counted from 0.

    Where the probe is refined as well only in the second half: a wrong probe is taken for a wrong scale.
    """
    return k % _EVERY == 0 and k >= max(_COARSE, iterations / 2 if with_probe else 0)


class Distortion:
    """A smooth displacement d(x) = sum_k c_k b_k(x) [px] of an object and of the positions on it.

    Where all positions of a region are off by about the same, the object is off with them, and every pattern
    fits, but for the strain within its patch. Steps of single positions, with the object held, follow such a
    common error hardly at all. Here both move at once: f(x) becomes f(x - d(x)), and a position p becomes
    p + d(p). In its patch there remains the change -sum_ab u_b (∂_b d_a) ∂_a f, u from the centre of the
    probe: slopes of |A f| along all c_k follow from those along the four u_b ∂_a f.

    Parameters
    ----------
    forward : Forward
        Where the positions are.
    order : int
        Highest degree of the b_k, products of Legendre polynomials over the object; 1 is scale, rotation and
        shear. A constant is none of them: it would move all.
    """

    def __init__(self, forward: Forward, order: int):
        self.forward = forward
        self._degrees = [(i, j) for i in range(order + 1) for j in range(order + 1) if 0 < i + j <= order]
        self._centres = forward.positions() + forward.size // 2

    def step(self, data: ModulusStep, obj: Tensor) -> Tensor:
        """Coefficients (2, n) [px] of a Gauss-Newton step of ||y - |A f| ||² for an object (H, W)."""
        count = 2 * len(self._degrees)
        slopes = torch.stack([self._at(self._centres, i, j)[1] for i, j in self._degrees], -1)  # (K, 2, n)
        normal, pull = obj.real.new_zeros(count, count), obj.real.new_zeros(count)
        along = _slopes_of(obj)
        for part, which in self.forward.chunks(4):
            strained, left = self._strained(
                part, obj, along, data.amplitudes[which], part_of(data.mask, which)
            )
            local = obj.real.new_zeros(len(part), 4, count)
            local[:, :2, : count // 2] = local[:, 2:, count // 2 :] = slopes[which]
            normal += (local.mT @ (strained @ strained.mT) @ local).sum(0)
            pull += (local.mT @ (strained @ left.unsqueeze(-1))).sum((0, 2))
        scale = normal.diagonal()
        ridge = torch.diag(_RIDGE * scale + 1e-9 * scale.max().clamp_min(1e-30))
        found, _ = torch.linalg.solve_ex(normal + ridge, pull)  # unlike `solve`, does not wait for a GPU
        coefficients = found.view(2, -1)
        return coefficients * (_LONGEST / max(self.longest(coefficients), _LONGEST))

    def longest(self, coefficients: Tensor) -> float:
        """The longest displacement of a position along rows or columns [px]."""
        return float(self.at(coefficients, self._centres).abs().max())

    def at(self, coefficients: Tensor, points: Tensor) -> Tensor:
        """The displacement at points (n, 2) [px], less its mean over the positions, which would move all."""
        values = [
            torch.stack([self._at(x, i, j)[0] for i, j in self._degrees]) for x in (points, self._centres)
        ]
        here, there = ((coefficients @ value).mT for value in values)
        return here - there.mean(0)

    def moved(self, coefficients: Tensor) -> Forward:
        """The model with its positions displaced."""
        return self.forward.at(self.forward.positions() + self.at(coefficients, self._centres))

    def applied(self, coefficients: Tensor, obj: Tensor) -> Tensor:
        """Objects f(x - d(x)), (..., H, W), by bicubic interpolation."""
        rows, columns = self.forward.object_shape
        axes = (torch.arange(n, device=obj.device, dtype=obj.real.dtype) for n in (rows, columns))
        points = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).flatten(0, 1)
        back = points - self.at(coefficients, points)
        last = back.new_tensor([columns - 1, rows - 1]).clamp_min(1)
        grid = (2 * back.flip(-1) / last - 1).view(1, rows, columns, 2)
        parts = torch.view_as_real(obj).movedim(-1, -3)
        images = parts.reshape(1, -1, rows, columns)
        found = torch.nn.functional.grid_sample(images, grid, "bicubic", "border", align_corners=True)
        return torch.view_as_complex(found.view(parts.shape).movedim(-3, -1).contiguous())

    def _at(self, points: Tensor, i: int, j: int) -> tuple[Tensor, Tensor]:
        """B = P_i P_j at points (n, 2), (n,), and its slopes along rows and columns, (n, 2) [1/px]."""
        sides = points.new_tensor(self.forward.object_shape)
        rows, columns = (2 * points / sides - 1).unbind(-1)
        (a, a_slope), (b, b_slope) = _legendre(i, rows), _legendre(j, columns)
        return a * b, torch.stack((a_slope * b, a * b_slope), -1) * (2 / sides)

    @staticmethod
    def _strained(
        part: Forward, obj: Tensor, along: tuple[Tensor, Tensor], y: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Slopes of |A f| along -u_b ∂_a f, (K, 4, pixels), a before b; and y - |A f|, (K, pixels)."""
        waves, u = part.apply(obj), torch.arange(part.size, device=obj.device) - part.size // 2
        modulus = part.modulus(waves).clamp_min(1e-6)
        left, strained = y - modulus, []
        for slope in along:
            patches = part.patches(slope)
            for lever in (u[:, None], u):
                towards = torch.fft.fft2(-lever * patches * part.probes(), norm="ortho")
                product = (waves.conj() * towards).real
                strained.append((product.sum(-4) if part.probe.ndim == 3 else product) / modulus)
        found = torch.stack(strained, -3)
        if mask is not None:
            found, left = found * mask.unsqueeze(-3), left * mask
        return found.flatten(-2), left.flatten(-2)


def _legendre(degree: int, t: Tensor) -> tuple[Tensor, Tensor]:
    """The Legendre polynomial of a degree at t in -1 ... 1, and its slope, by their recurrences."""
    before, value = torch.zeros_like(t), torch.ones_like(t)
    slope_before, slope = torch.zeros_like(t), torch.zeros_like(t)
    for n in range(degree):
        before, value = value, ((2 * n + 1) * t * value - n * before) / (n + 1)
        slope_before, slope = slope, slope_before + (2 * n + 1) * before
    return value, slope


def _slopes_of(obj: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences of an object (H, W) along rows and columns [1/px]."""
    rows, columns = torch.gradient(obj, dim=(-2, -1))
    return rows, columns
