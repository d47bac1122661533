"""The slow phase of the whole object, on a tile: one surface for all, found from the sums of all tiles."""

import torch
from torch import Tensor

from ptygui.methods.solvers.slow_phase import _HALVINGS, _LONGEST_STEP, _ROUNDING, SlowPhase, _turn
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Tile
from ptygui.physics.forward import Forward, part_of


class TileSlowPhase(SlowPhase):
    """`SlowPhase` with cosines over the whole object and data of the positions that belong to a tile.

    The surface is that of the tile and a probe width around.
    """

    def __init__(self, tile: Tile, variance: float | Tensor, order: int):
        self.tile, self.step = tile, tile.owned_step
        mine, around = self.step.forward, tile.around
        offset = torch.tensor([around.top, around.left], device=mine.corners.device)
        whole = _Placed(Forward(mine.probe, mine.corners + offset, tile.tiling.shape), tile.w)
        super().__init__(whole, variance, 1, order)  # type: ignore[arg-type]  # of which only these two are used
        self.step = tile.owned_step
        self._rows = self._rows[:, around.top : around.bottom].contiguous()
        self._columns = self._columns[:, around.left : around.right].contiguous()

    def linearised(self, f: Tensor) -> Program[None]:
        """As `linearise`, at the object (1, h, w) around the tile."""
        self.step = self.tile.owned_step
        normal = torch.zeros_like(torch.diag(self.ridge))
        for forward, part in self.step.forward.chunks(5):
            gram = self._products(f, forward, part_of(self.step.mask, part))
            local = self._local[part]
            normal = normal + local.flatten(0, 1).mT @ (gram @ local).flatten(-3, -2)[0]
        (normal,) = yield from self.tile.total(normal / self.variance)
        self._factor = torch.linalg.cholesky(torch.diag(self.ridge) + normal)

    def refined(self, f: Tensor) -> Program[Tensor]:
        """As `refine`, for the object (1, h, w) around the tile."""
        towards, left = self.coefficients.new_zeros(1, len(self.ridge)), self.ridge.new_zeros(1)
        for forward, part in self.step.forward.chunks():
            y, mask, local = self.step.amplitudes[part], part_of(self.step.mask, part), self._local[part]
            slopes, misfit = self._towards(f, forward, y, mask)
            towards = towards + slopes.flatten(-2) @ local.flatten(0, 1)
            left = left + misfit
        towards, left = yield from self.tile.total(towards, left)
        pull = towards / self.variance - self.ridge * self.coefficients
        cost = self._distance(self.coefficients) + left / (2 * self.variance)
        change = torch.cholesky_solve(pull.unsqueeze(-1), self._factor).squeeze(-1)
        surface = self.surface_of(change)
        share = yield from self._shortened(surface)
        for _ in range(1 + _HALVINGS):
            turn = _turn(share * surface)
            then = yield from self._cost_of(f * turn, share * change)
            if float(then) <= (1 + _ROUNDING) * float(cost):
                self.coefficients = self.coefficients + share * change
                return turn
            share = share / 2
        return torch.ones_like(f)

    def _shortened(self, surface: Tensor) -> Program[float]:
        """The share of a change that moves no phase by more than `_LONGEST_STEP`."""
        longest = yield from self.tile.most(float(surface.abs().max()))
        return _LONGEST_STEP / max(longest, _LONGEST_STEP)

    def _cost_of(self, f: Tensor, change: Tensor) -> Program[Tensor]:
        """The sum that a step minimises, of an object around the tile that has the change already."""
        (left,) = yield from self.tile.total(self._misfit(f))
        return self._distance(self.coefficients + change) + left / (2 * self.variance)

    def _misfit(self, f: Tensor) -> Tensor:
        left = self.ridge.new_zeros(1)
        for forward, part in self.step.forward.chunks():
            difference = forward.modulus(forward.apply(f)) - self.step.amplitudes[part]
            mask = part_of(self.step.mask, part)
            left = left + (difference if mask is None else difference * mask).square().sum((-3, -2, -1))
        return left


class _Placed:
    """The model of a tile's positions in the whole object, for the tables of `SlowPhase`."""

    def __init__(self, forward: Forward, w: Tensor):
        self.forward, self.w = forward, w
