"""Accelerated Wirtinger flow of a tile: each iteration is that of the whole object."""

from collections.abc import Container

import torch
from torch import Tensor

from ptygui.methods import refining
from ptygui.methods.awf import AWF, OFTEN, SELDOM
from ptygui.methods.solvers.refinement import Model, begun
from ptygui.methods.tiled.gaussian_prior import REACH, tile_prior
from ptygui.methods.tiled.probe import TileProbe
from ptygui.methods.tiled.talk import Program
from ptygui.methods.tiled.tile import Tile


def awf(tile: Tile, method: AWF, record: Container[int] | None = None) -> Program[tuple[Tensor, Model]]:
    """The object of a tile after all iterations, and a probe width around it; and the model found.

    Shown are the iterations in `record`, and the last; nothing without it.

    A data step needs the object as far around the tile as patches reach: so far its neighbours send theirs,
    once an iteration.
    """
    own, halo = tile.own, tile.halo
    if method.gaussian_prior != "none":
        yield from tile.stabilised()
    forward, given = begun(tile.problem, method.probe_modes)
    refined = refining.refined_by(method, tile.problem)
    found = refining.resolved(method, refined, forward.modes)
    yield from tile.use(forward)
    prior = yield from tile_prior(tile, method)
    margin = halo if prior is None else (1 + REACH) * halo
    probe = TileProbe(tile, given) if refined.probe else None
    area = float(tile.tiling.shape[0] * tile.tiling.shape[1])
    obj, _ = yield from tile.exchanged(tile.start, halo)
    previous, since = obj, 0
    for k in range(method.iterations):
        z = obj
        if method.momentum and k > since:
            ahead = (k - since + 2) / (k - since + 4)
            z = torch.add(obj, obj - previous, alpha=ahead)
        back = tile.step.back(z)[own]
        moved = z[own] - (tile.w * z[own] - back) / tile.w_max
        also = () if prior is None else (moved.sum(),)
        wide, sums = yield from tile.exchanged(moved, margin, *also)
        if prior is not None:
            wide = prior.pulled(wide, sums[0] / area, tile.w_max, method.weight_at(k))
            wide = tile.cropped(wide, margin, halo)
        previous, obj = obj, wide
        if probe is not None and k >= method.probe_update_start:
            since = yield from _refined(tile, probe, z, obj, previous, k, since)
        if record is not None and (k + 1 in record or k + 1 == method.iterations):
            f = obj[own].contiguous()
            share = None if prior is None else prior.share(tile.w, method.prior_weight).cpu().numpy()
            yield tile.shown(k + 1, 0, f, obj, share=share, resolved=found)
    return obj, Model(tile.step.forward, None) if probe is None else probe.model


def _refined(
    tile: Tile, probe: TileProbe, z: Tensor, obj: Tensor, previous: Tensor, k: int, since: int
) -> Program[int]:
    """A step of the probe, where one is due; and since when the momentum grows."""
    own, due = tile.own, k % OFTEN == 0
    against = ((z - obj)[own].conj() * (obj - previous)[own]).real.sum()
    opposed, *sums = yield from tile.total(against, *(probe.sums(obj) if due else ()))
    if due:
        yield from probe.step(sums)
    if k % SELDOM == 0:
        yield from probe.correct_aberrations(obj)
    return k + 1 if float(opposed) > 0 else since
