"""AWF's Gaussian prior on a tile: the same filter of the object, which reaches about a probe's diameter."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ptygui.methods.problem import PHOTON_VARIANCE
from ptygui.methods.solvers.gaussian_prior import CosineTransform, GaussianPrior
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Tile
from ptygui.networks.spectrum import BLOCK
from ptygui.physics.amplitudes import counts_measured
from ptygui.physics.forward import part_of
from ptygui.physics.power_law import fit_power_law

if TYPE_CHECKING:
    from ptygui.methods.awf import AWF

REACH = 1  # probe widths around a halo, as far as the filter may reach


class TilePrior:
    """`GaussianPrior` of the pixels around a tile.

    The step of the prior multiplies each frequency by ``1 / (1 + weight s² / (w S(q)))``, except the mean. S
    is constant below one cycle over the probe's diameter d, so that in space the filter falls as
    exp(-2π r / d): what is more than a probe width away does not matter.

    Parameters
    ----------
    transform : CosineTransform
        Of the tile with a halo of `1 + REACH` probe widths.
    power : tensor
        S at its frequencies.
    """

    def __init__(self, transform: CosineTransform, power: Tensor):
        self._transform, self._precision = transform, 2 * PHOTON_VARIANCE / power.clamp_min(1e-12)
        self._whole = GaussianPrior(transform, power)

    def pulled(self, f: Tensor, mean: Tensor, curvature: float, weight: float) -> Tensor:
        """As `GaussianPrior.pulled`, about the mean of the whole object."""
        kept = curvature / (curvature + weight * self._precision)
        return mean + self._transform.back(kept * self._transform.forward(f - mean))

    def share(self, illumination: Tensor, weight: float) -> Tensor:
        """As `GaussianPrior.share`."""
        return self._whole.share(illumination, weight)


def tile_prior(tile: Tile, method: "AWF") -> Program[TilePrior | None]:
    """The Gaussian prior of AWF, fitted to the whole scan; None if it has none."""
    if method.gaussian_prior == "none":
        return None
    around = tile.tiling.grown(tile.number, (1 + REACH) * tile.halo)
    transform = CosineTransform(around.shape, tile.problem.device)
    if method.gaussian_prior == "trained":
        return TilePrior(transform, method._trained().object_power(2 * BLOCK * transform.frequency))
    forward, background = tile.problem.forward, tile.problem.forward.background
    total, count = yield from tile.total(*_pattern(tile))
    law = fit_power_law(
        (total / count).numpy(),
        forward.probe.cpu().numpy(),
        int(count.max()),
        0.0 if background is None else background.cpu().numpy(),
    )
    power = torch.from_numpy(law.at(transform.frequency.cpu().numpy())).float()
    return TilePrior(transform, power.to(tile.problem.device))


def _pattern(tile: Tile) -> tuple[Tensor, Tensor]:
    """Sum of the trusted counts of each detector pixel over the positions of a tile, and their number."""
    problem, size = tile.problem, tile.problem.forward.size
    total, count = torch.zeros(2, size, size, dtype=torch.float64)
    for first in range(0, tile.count, 64):
        rows = slice(first, min(first + 64, tile.count))
        counts = counts_measured(problem.amplitudes[rows], problem.forward.added)
        mask = part_of(problem.mask, rows)
        used = torch.ones_like(counts) if mask is None else mask.expand_as(counts).float()
        total += (used * counts).sum(0).cpu().double()
        count += used.sum(0).cpu().double()
    return total, count
