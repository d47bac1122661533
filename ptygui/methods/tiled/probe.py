"""The probe, refined by all tiles: each adds the sums of its own positions."""

from collections.abc import Sequence

from torch import Tensor

from ptygui.methods.solvers.refinement import Model, Refined, Refinement
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Tile
from ptygui.physics.forward import Forward


class TileProbe:
    """Steps of the probe by `Refinement`, from sums over the tiles; objects are those around the tile.

    Parameters
    ----------
    tile : Tile
    given : Forward
        The model as given.
    modes : int, optional
        How many modes of its probe the scan has; all by default.
    """

    def __init__(self, tile: Tile, given: Forward, modes: int | None = None):
        self.tile = tile
        self._refinement = Refinement(tile.step, given, Refined(probe=True), modes=modes)

    def sums(self, wide: Tensor) -> tuple[Tensor, Tensor]:
        """D and v of the positions that belong to the tile."""
        _, towards, seen = self.tile.owned_step.back_both(wide)
        return towards, seen

    def step(self, sums: Sequence[Tensor], stiffness: float = 0.0) -> Program[None]:
        """Take a step with the sums of all tiles; see `Refinement.take`."""
        forward, (towards, seen) = self.tile.step.forward, sums
        moved = self._refinement.moved_probe(forward, towards, seen, stiffness)
        yield from self.tile.use(forward.with_probe(moved))

    def take(self, wide: Tensor, stiffness: float = 0.0) -> Program[None]:
        """A step for this object."""
        yield from self.step((yield from self.tile.total(*self.sums(wide))), stiffness)

    def correct_aberrations(self, wide: Tensor) -> Program[None]:
        """A step of the aberrations, from the normal equations of all tiles."""
        polynomials = self._refinement.polynomials
        if polynomials is not None and len(polynomials.phases):
            sums = yield from self.tile.total(*polynomials.normal_equations(self.tile.owned_step, wide))
            self._refinement.add_aberrations(polynomials.solved(*sums))
            yield from self.tile.lit()

    def hold(self) -> None:
        """Hold the steps from here on: see `Refinement.hold`."""
        self._refinement.hold()

    @property
    def model(self) -> Model:
        """The model as refined so far."""
        return self._refinement.model

    def go_to(self, model: Model) -> Program[None]:
        """Go back to a model, or on from another's."""
        self._refinement.model = model
        yield from self.tile.lit()

    def fix_gauge(self) -> Program[None]:
        """Bring the probe back to where the given one is."""
        self._refinement.fix_gauge()
        yield from self.tile.lit()
