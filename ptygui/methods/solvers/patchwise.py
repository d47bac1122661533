"""Steps of single positions, each with the part of the object about it."""

import torch
from torch import Tensor

from ptygui.methods.problem import data_per_unknown
from ptygui.methods.solvers.distortion import slope_of_modulus, slopes_of, warped
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import Forward, part_of

MOST_POSITIONS = 2000  # whose normal equations are solved at once
# Measured values per unknown of the object, below which a patch may be off by itself. At 50 % (1.5), rounded
# positions, four patches: .0210 with 1.4, .0130 with 2. From 2 on AWF finds positions, and the levels none.
FEW_DATA = 2.0
_NEIGHBOURS = 9  # positions, itself included, that share the object within a patch: a lattice has so many
_RADIUS = 0.25  # r over the width of the window
_LONGEST = 0.3  # displacement in one step [px]
# Of the mean diagonal of the normal equations, added to it. With wrong positions at 20 %, four patches, .1
# ends at NRMSE .0305, .3 at .0276; with an earlier interpolation .1 and 1 were alike; with .01 they jitter.
_DAMPING = 0.3
_STILL = 0.02  # displacement of an object that is not worth its interpolation [px]


def is_local(forward: Forward, mask: Tensor | None = None) -> bool:
    """Whether positions of a scan may be off singly, each with its part of the object."""
    return 1 < len(forward) <= MOST_POSITIONS and data_per_unknown(forward, mask) < FEW_DATA


class Patchwise:
    """Displacements d_i [px] of positions p_i that take the object about them along.

    With weights b_i(x), softmax of -|x - c_i|² / (2 r²) over the positions' centres c_i, f(x) of the object
    becomes f(x - Σ_i b_i(x) d_i), and a position p_i + d_i. In the middle of a patch nothing changes; at its
    seams there remains Σ_j b_j(x) (d_i - d_j) ∇f. Where positions overlap little, the object has settled for
    the position of each patch, and holds it there: nothing but the seams with its neighbours tells that it is
    off, and along a polynomial (`Distortion`) a single patch cannot move. What the window cuts of a probe
    that moves is left out: it jumps where the corner does (with it, wrong positions at 20 % ended at .056
    instead of .030).

    Parameters
    ----------
    forward : Forward
        Where the positions are.
    """

    def __init__(self, forward: Forward):
        self.forward, self._radius = forward, _RADIUS * forward.size
        self._centres = (forward.positions() + (forward.size - 1) / 2).float()
        apart = torch.cdist(self._centres, self._centres)
        near = min(_NEIGHBOURS, len(forward))
        self._near = apart.topk(near, largest=False).indices  # (K, near), itself among them

    def step(self, data: ModulusStep, obj: Tensor) -> Tensor:
        """Displacements (K, 2) [px] of a damped Gauss-Newton step of ||y - |A f| ||² for an object (H, W).

        Their mean is none: all moved together is the object moved.
        """
        count, near = len(self.forward), self._near.shape[1]
        normal, pull = obj.real.new_zeros(2 * count, 2 * count), obj.real.new_zeros(2 * count)
        slopes = slopes_of(obj)
        for part, which in self.forward.chunks(2 * near):
            columns = torch.cat((self._near[which], self._near[which] + count), -1)  # (k, 2 near)
            strained, left = self._strained(
                part, which, obj, slopes, data.amplitudes[which], part_of(data.mask, which)
            )
            local = strained @ strained.mT
            normal.index_put_((columns.unsqueeze(-1), columns.unsqueeze(-2)), local, accumulate=True)
            towards = (strained @ left.unsqueeze(-1)).squeeze(-1)
            pull.index_put_((columns,), towards, accumulate=True)
        damping = _DAMPING * normal.diagonal().mean().clamp_min(1e-30)
        normal.diagonal().add_(damping)
        found = torch.linalg.solve_ex(normal, pull)[0].view(2, count).mT
        return (found - found.mean(0)).clamp(-_LONGEST, _LONGEST)

    def of_model(self, change: Tensor) -> Forward:
        """The model with positions displaced."""
        return self.forward.at(self.forward.positions() + change)

    def of_object(self, change: Tensor, obj: Tensor) -> Tensor:
        """Objects f(x - Σ_i b_i(x) d_i), (..., H, W)."""
        if float(change.abs().max()) <= _STILL:
            return obj
        rows, columns = (
            torch.exp(-(torch.arange(n, device=change.device) - c[:, None]).square() / (2 * self._radius**2))
            for n, c in zip(self.forward.object_shape, self._centres.unbind(-1), strict=True)
        )  # (K, H), (K, W): the Gaussians are products
        total = (rows.mT @ columns).clamp_min(1e-30)
        field = torch.stack([(rows * d[:, None]).mT @ columns / total for d in change.unbind(-1)], -1)
        return warped(obj, field)

    def _strained(
        self,
        part: Forward,
        which: slice,
        obj: Tensor,
        slopes: tuple[Tensor, Tensor],
        y: Tensor,
        mask: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Slopes of |A f| along the displacements of neighbours, (k, 2 near, pixels), and y - |A f|."""
        waves, probes = part.apply(obj), part.probes()
        modulus = part.modulus(waves).clamp_min(1e-6)
        u = torch.arange(part.size, device=obj.device)
        near = self._near[which]
        places = self._centres[near] - part.corners[:, None]  # in the patch, (k, near, 2)
        apart = (u - places[..., :1]).square()[..., :, None] + (u - places[..., 1:]).square()[..., None, :]
        share = torch.softmax(-apart / (2 * self._radius**2), 1)  # b_j in each patch, (k, near, m, m)
        own = near == torch.arange(len(self.forward), device=obj.device)[which, None]
        share = own[..., None, None].to(share) - share
        strained = []
        for slope in slopes:
            carried = part.patches(slope) * probes
            for one in share.unbind(1):
                strained.append(slope_of_modulus(waves, modulus, one * carried))
        found, left = torch.stack(strained, -3), y - modulus
        if mask is not None:
            found, left = found * mask.unsqueeze(-3), left * mask
        return found.flatten(-2), left.flatten(-2)
