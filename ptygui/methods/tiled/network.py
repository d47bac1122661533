"""The prior's network on a tile: the same crops of the whole object, blended alike."""

from collections.abc import Callable

import torch
from torch import Tensor

from ptygui.methods.solvers.annealing import _turned, _turned_back
from ptygui.methods.tiled.tile import Tile
from ptygui.prior.tiles import AT_ONCE, TILE, WHOLE, cuts_of

# As far around a tile as crops reach that hold one of its pixels; a side that is not cut is one crop.
REACH = max(TILE, WHOLE)


def denoised(tile: Tile, clean: Callable[[Tensor], Tensor], wide: Tensor, turn: int) -> Tensor:
    """The clean estimate (1, 2, h, w) of the pixels of a tile.

    Crops that reach into the tile are evaluated here, by its neighbours, too; so nothing is exchanged
    but their noisy pixels, before.

    Parameters
    ----------
    tile : Tile
    clean : callable
        The network, of crops (n, 2, rows, columns).
    wide : float32 tensor, shape (1, 2, h, w)
        The noisy image with `REACH` around the tile.
    turn : int
        One of eight orientations in which the network sees each crop.
    """
    own, around = tile.rect, tile.tiling.grown(tile.number, REACH)
    top, left = around.top, around.left
    rows = _within(cuts_of(tile.tiling.shape[0], TILE, wide), own.top, own.bottom)
    columns = _within(cuts_of(tile.tiling.shape[1], TILE, wide), own.left, own.right)
    places = [(r, c, v[:, None] * h) for r, v in rows for c, h in columns]
    total = torch.zeros_like(wide[0])
    for first in range(0, len(places), AT_ONCE):
        some = [
            (slice(r.start - top, r.stop - top), slice(c.start - left, c.stop - left), weight)
            for r, c, weight in places[first : first + AT_ONCE]
        ]
        crops = torch.stack([wide[0, :, r, c] for r, c, _ in some])
        estimates = _turned_back(clean(_turned(crops, turn)), turn)
        for (r, c, weight), estimate in zip(some, estimates, strict=True):
            total[:, r, c] += weight * estimate
    return total[(..., *own.inside(around))].unsqueeze(0).contiguous()


def _within(cuts: list[tuple[slice, Tensor]], low: int, high: int) -> list[tuple[slice, Tensor]]:
    """The crops along a side that hold one of the pixels `low` to `high`."""
    return [(place, weight) for place, weight in cuts if place.start < high and place.stop > low]
