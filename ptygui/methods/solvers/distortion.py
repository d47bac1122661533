"""Steps of object, positions and weights together, along smooth distortions."""

import torch
from torch import Tensor

from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import Forward, part_of

MOST_ORDER = 8
_EVERY, _COARSE = 20, 60  # iterations between steps, and those in which the object is too coarse to show one
_LONGEST, _LARGEST = 0.5, 0.1  # displacement of a position [px], and gain, in one step
_STRAIGHT = 0.02  # displacement that is none [px]
_REACH = 12  # pixels to either side that a spline depends on, to a part in 10^7
_RIDGE = 1e-6  # of the normal equations, relative to their diagonal


def order_for(forward: Forward) -> int:
    """Degree of the polynomials that a scan determines: about one more than probes fit side by side.

    With four probes side by side at 50 % overlap, degree 1 left .57 px of the positions' error, 3 left .38
    and 5 .23 (two patches each of procedural smears and of held-out ones).
    """
    return min(MOST_ORDER, 1 + max(forward.object_shape) // forward.size)


def is_due(k: int, iterations: int, with_probe: bool) -> bool:
    """Whether an iterative method takes a step after iteration k, counted from 0.

    Where the probe is refined as well only in the second half: a wrong probe is taken for a wrong scale.
    """
    return k % _EVERY == 0 and k >= max(_COARSE, iterations / 2 if with_probe else 0)


class Distortion:
    """Smooth changes of an object, and of positions and weights with it, that its patterns show but weakly.

    A displacement d(x) = sum_k c_k b_k(x) [px] makes f(x) of the object f(x - d(x)), and of a position p
    p + d(p); a gain g(x) = sum_k e_k b_k(x) makes it f(x) exp(g(x)), and of a weight w_i w_i exp(-g(p_i)).

    Where all positions of a region are off by about the same, or all its weights, the object is off with
    them, and every pattern fits, but for the strain within its patch. Steps of single positions or weights,
    with the object held, follow such a common error hardly at all. Here both change at once. In a patch there
    remains -sum_ab u_b (∂_b d_a) ∂_a f + sum_b u_b (∂_b g) f, u from the centre of the probe: slopes of |A f|
    along all coefficients follow from those along the four u_b ∂_a f and the two u_b f.

    Parameters
    ----------
    forward : Forward
        Where the positions are.
    order : int
        Highest degree of the b_k, products of Legendre polynomials over the object; of a displacement, 1 is
        scale, rotation and shear. A constant is none of them: it would move all.
    moves, gains : bool
        Whether there is a displacement, and a gain.
    """

    def __init__(self, forward: Forward, order: int, moves: bool = True, gains: bool = False):
        self.forward, self._moves, self._gains = forward, moves, gains
        self._degrees = [(i, j) for i in range(order + 1) for j in range(order + 1) if 0 < i + j <= order]
        self._centres = forward.positions() + forward.size // 2

    def step(self, data: ModulusStep, obj: Tensor) -> Tensor:
        """Coefficients of a Gauss-Newton step of ||y - |A f| ||² for an object (H, W).

        Shape (2, n) [px] of a displacement, (1, n) of a gain, (3, n) of both, the gain last.
        """
        n, fields = len(self._degrees), 2 * self._moves + self._gains
        slopes = torch.stack([self._at(self._centres, i, j)[1] for i, j in self._degrees], -1)  # (K, 2, n)
        normal, pull = obj.real.new_zeros(fields * n, fields * n), obj.real.new_zeros(fields * n)
        along = (*(-slope for slope in slopes_of(obj)),) if self._moves else ()
        along += (obj,) if self._gains else ()
        for part, which in self.forward.chunks(2 * fields):
            strained, left = self._strained(
                part, obj, along, data.amplitudes[which], part_of(data.mask, which)
            )
            local = obj.real.new_zeros(len(part), 2 * fields, fields * n)
            for field in range(fields):
                local[:, 2 * field : 2 * field + 2, field * n : (field + 1) * n] = slopes[which]
            normal += (local.mT @ (strained @ strained.mT) @ local).sum(0)
            pull += (local.mT @ (strained @ left.unsqueeze(-1))).sum((0, 2))
        scale = normal.diagonal()
        ridge = torch.diag(_RIDGE * scale + 1e-9 * scale.max().clamp_min(1e-30))
        found, _ = torch.linalg.solve_ex(normal + ridge, pull)  # unlike `solve`, does not wait for a GPU
        change = found.view(fields, n)
        most = change.new_tensor([_LONGEST] * (2 * self._moves) + [_LARGEST] * self._gains)
        return change * (most / self.at(change, self._centres).abs().amax(0)).amin().clamp_max(1)

    def at(self, change: Tensor, points: Tensor) -> Tensor:
        """The fields of a change at points (n, 2), less their mean over the positions: (n, fields)."""
        values = [
            torch.stack([self._at(x, i, j)[0] for i, j in self._degrees]) for x in (points, self._centres)
        ]
        here, there = ((change @ value).mT for value in values)
        return here - there.mean(0)

    def of_model(self, change: Tensor) -> Forward:
        """The model with positions displaced, and weights divided by the gain."""
        fields, forward = self.at(change, self._centres), self.forward
        if self._gains:
            before = fields.new_ones(len(fields)) if forward.weights is None else forward.weights
            weights = before * torch.exp(-fields[:, -1]).to(before)
            forward = forward.with_weights(weights / weights.mean())
        return forward.at(forward.positions() + fields[:, :2]) if self._moving(fields) else forward

    def of_object(self, change: Tensor, obj: Tensor) -> Tensor:
        """Objects f(x - d(x)) exp(g(x)), (..., H, W), by interpolation."""
        rows, columns = self.forward.object_shape
        axes = (torch.arange(n, device=obj.device, dtype=obj.real.dtype) for n in (rows, columns))
        points = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).flatten(0, 1)
        fields = self.at(change, points)
        if self._moving(self.at(change, self._centres)):
            obj = warped(obj, fields[:, :2].view(rows, columns, 2))
        return obj * torch.exp(fields[:, -1]).view(rows, columns) if self._gains else obj

    def _moving(self, fields: Tensor) -> bool:
        """Whether fields at the positions displace them: interpolation blurs a little each time.

        A GPU is waited for here, as wherever positions move.
        """
        return self._moves and float(fields[:, :2].abs().max()) >= _STRAIGHT

    def _at(self, points: Tensor, i: int, j: int) -> tuple[Tensor, Tensor]:
        """B = P_i P_j at points (n, 2), (n,), and its slopes along rows and columns, (n, 2) [1/px]."""
        sides = points.new_tensor(self.forward.object_shape)
        rows, columns = (2 * points / sides - 1).unbind(-1)
        (a, a_slope), (b, b_slope) = _legendre(i, rows), _legendre(j, columns)
        return a * b, torch.stack((a_slope * b, a * b_slope), -1) * (2 / sides)

    @staticmethod
    def _strained(
        part: Forward, obj: Tensor, along: tuple[Tensor, ...], y: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Slopes of |A f| along u_b times images, (K, 2 images, pixels), and y - |A f|, (K, pixels)."""
        waves, u = part.apply(obj), torch.arange(part.size, device=obj.device) - part.size // 2
        modulus = part.modulus(waves).clamp_min(1e-6)
        left, strained = y - modulus, []
        for image in along:
            patches = part.patches(image)
            for lever in (u[:, None], u):
                strained.append(slope_of_modulus(waves, modulus, lever * patches * part.probes()))
        found = torch.stack(strained, -3)
        if mask is not None:
            found, left = found * mask.unsqueeze(-3), left * mask
        return found.flatten(-2), left.flatten(-2)


def slope_of_modulus(waves: Tensor, modulus: Tensor, change: Tensor) -> Tensor:
    """The slope of |A f|, (K, m, m), along a change of the exit waves, ([M,] K, m, m) as `waves` A f."""
    product = (waves.conj() * torch.fft.fft2(change, norm="ortho")).real
    return (product.sum(-4) if waves.ndim == 4 else product) / modulus


def warped(obj: Tensor, field: Tensor) -> Tensor:
    """Images f(x - d(x)), (..., H, W), for displacements d (H, W, 2) [px], by cubic splines.

    Images go on mirrored beyond their sides. Interpolating kernels blur more, and torch's bicubic one moves
    an image by up to 1.5 times a small displacement.
    """
    rows, columns = field.shape[:2]
    flat, result = _spline(obj).flatten(-2), 0
    axes = (torch.arange(n, device=field.device, dtype=field.dtype) for n in (rows, columns))
    places = (torch.stack(torch.meshgrid(*axes, indexing="ij"), -1) - field).unbind(-1)
    down, across = (_taps(place, n) for place, n in zip(places, (rows, columns), strict=True))
    for row, weight in down:
        for column, other in across:
            found = flat[..., (row * columns + column).flatten()].unflatten(-1, (rows, columns))
            result = result + (weight * other) * found
    assert isinstance(result, Tensor)
    return result


def _spline(obj: Tensor) -> Tensor:
    """Coefficients of the cubic B-splines through the pixels of images (..., H, W), mirrored at their sides.

    The inverse of (1/6, 4/6, 1/6) along each axis falls with powers of sqrt(3) - 2 (Unser 1999).
    """
    pole = 3**0.5 - 2
    reach = torch.arange(-_REACH, _REACH + 1, device=obj.device).abs()
    kernel = (-6 * pole / (1 - pole**2)) * pole ** reach.to(obj.real.dtype)
    for _ in range(2):
        last = obj.shape[-1]
        places = _mirrored(torch.arange(-_REACH, last + _REACH, device=obj.device), last)
        obj = (obj[..., places].unfold(-1, 2 * _REACH + 1, 1) * kernel).sum(-1).mT
    return obj


def _taps(places: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    """The four pixels about each place along an axis, and their weights, the cubic B-spline's."""
    first = places.floor()
    t = places - first
    weights = ((1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 4 - 6 * (1 - t) ** 2 + 3 * (1 - t) ** 3, t**3)
    index = first.long()
    return [(_mirrored(index + k - 1, size), weight / 6) for k, weight in enumerate(weights)]


def _mirrored(index: Tensor, size: int) -> Tensor:
    """Indices within an axis of so many pixels, mirrored at the first and the last of them."""
    period = max(2 * size - 2, 1)
    index = index.remainder(period)
    return torch.minimum(index, period - index).clamp_max(size - 1)


def _legendre(degree: int, t: Tensor) -> tuple[Tensor, Tensor]:
    """The Legendre polynomial of a degree at t in -1 ... 1, and its slope, by their recurrences."""
    before, value = torch.zeros_like(t), torch.ones_like(t)
    slope_before, slope = torch.zeros_like(t), torch.zeros_like(t)
    for n in range(degree):
        before, value = value, ((2 * n + 1) * t * value - n * before) / (n + 1)
        slope_before, slope = slope, slope_before + (2 * n + 1) * before
    return value, slope


def slopes_of(obj: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences of an object (H, W) along rows and columns [1/px]."""
    rows, columns = torch.gradient(obj, dim=(-2, -1))
    return rows, columns
