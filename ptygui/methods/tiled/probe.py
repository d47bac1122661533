"""The probe, refined by all tiles: each adds the sums of its own positions."""

import torch
from torch import Tensor

from ptygui.methods.solvers.aberrations import Aberrations
from ptygui.methods.solvers.refinement import Refined, Refinement, in_gauge
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Tile
from ptygui.physics.forward import Forward

SURE, UNSURE = 1e-3, 0.1  # as in `solvers.refinement`: share of the largest v added, and between pixels


class TileProbe:
    """Steps of the probe, in closed form: ``P + Σ d / (Σ v + λ)``, sums over the tiles.

    Parameters
    ----------
    tile : Tile
    given : Forward
        The model as given.
    """

    def __init__(self, tile: Tile, given: Forward):
        self.tile, self.given = tile, given
        self._aberrations = Aberrations(given.probe)
        self._gauge = Refinement(tile.step, given, Refined(probe=True))

    def sums(self, wide: Tensor) -> tuple[Tensor, Tensor]:
        """D and v of the positions that belong to the tile, for the object around it."""
        _, towards, seen = self.tile.owned_step.back_both(wide)
        return towards, seen

    def step(self, towards: Tensor, seen: Tensor) -> Program[None]:
        """Take a step with the sums of all tiles."""
        forward = self.tile.step.forward
        seen = torch.lerp(seen, seen.max(), SURE if forward.shifts is None else UNSURE)
        change = self._gauge.held_in_gauge(towards / seen)
        yield from self.tile.use(forward.with_probe(forward.probe + change))

    def take(self, wide: Tensor) -> Program[None]:
        """A step for the object around the tile."""
        yield from self.step(*(yield from self.tile.total(*self.sums(wide))))

    def correct_aberrations(self, wide: Tensor) -> Program[None]:
        """A step of the aberrations, from the normal equations of all tiles."""
        forward = self.tile.step.forward
        if len(self._aberrations.phases):
            sums = yield from self.tile.total(*self._aberrations.normal_equations(self.tile.owned_step, wide))
            change = self._aberrations.solved(*sums)
            probe = self._aberrations.applied(forward.probe, change)
            yield from self.tile.use(forward.with_probe(probe))

    def fix_gauge(self) -> Program[None]:
        """Bring the probe back to where the given one is."""
        forward = self.tile.step.forward
        yield from self.tile.use(forward.with_probe(in_gauge(forward.probe, self.given.probe)))
