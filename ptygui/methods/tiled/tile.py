"""One tile of an object: its data on a device, and its part in sums and halos."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.methods.tiled.cut import Tiling
from ptygui.methods.tiled.talk import Program, Shown, Talk
from ptygui.physics.forward import Forward, energy, misfits, part_of, squared_modulus
from ptygui.scan import Patterns, Scan, SomePatterns

START_BLUR = 1.0  # px, of the start of the classical methods (`problem.masked_average`)


@dataclass(frozen=True)
class Part:
    """What a tile needs of a scan, to be sent where it is computed: patterns in a file stay there.

    Attributes
    ----------
    tiling : Tiling
    tile : int
    patterns : Patterns
        Of the positions whose patches touch the tile.
    belongs : bool array, shape (K,)
        Which of them belong to it.
    about : dict
        Other fields of the scan; positions are in the object.
    data_per_unknown : float
        Of the whole scan.
    start : complex64 array, optional
        The object to start from, in the tile and a probe width around.
    """

    tiling: Tiling
    tile: int
    patterns: Patterns
    belongs: np.ndarray
    about: Mapping[str, Any]
    data_per_unknown: float
    start: np.ndarray | None = None

    @classmethod
    def of(
        cls, scan: Scan, tiling: Tiling, tile: int, data_per_unknown: float, start: np.ndarray | None = None
    ) -> "Part":
        """The part of a scan that a tile needs."""
        touching, belongs = tiling.positions(scan, tile)
        patterns = scan.patterns
        some = patterns[touching] if isinstance(patterns, np.ndarray) else SomePatterns(patterns, touching)
        mask = scan.mask if scan.mask is None or scan.mask.ndim == 2 else scan.mask[touching]
        about = {name: getattr(scan, name) for name in _SHARED} | {
            "positions": scan.positions[touching],
            "weights": None if scan.weights is None else scan.weights[touching],
            "mask": mask,
        }
        if start is not None:
            around = tiling.grown(tile, scan.width)
            start = start[around.top : around.bottom, around.left : around.right]
        return cls(tiling, tile, some, belongs, about, data_per_unknown, start)


_SHARED = ("probe", "weaker_modes", "background", "specimen", "simulated", "noise", "name")


@dataclass(frozen=True, eq=False)
class TileProblem(Problem):
    """The problem of a tile: the object is the tile with a probe width around, its `halo`.

    Positions that belong to it come first.

    Attributes
    ----------
    of_all : float
        Measured values per unknown of the whole scan.
    """

    of_all: float = 0.0

    @property
    def data_per_unknown(self) -> float:
        """Of the whole scan."""
        return self.of_all


class Tile:
    """A tile on a device.

    Parameters
    ----------
    part : Part
    device : str
    seed : int

    Attributes
    ----------
    halo : int
        The probe width: as far around a tile as patches reach that touch it.
    own : (slice, slice)
        The tile in the object of `problem`.
    """

    def __init__(self, part: Part, device: str, seed: int):
        self.part, self.tiling, self.number = part, part.tiling, part.tile
        self.halo = part.about["probe"].shape[-1]
        self.rect, self.around = self.tiling.owned(self.number), self.tiling.grown(self.number, self.halo)
        self.own = self.rect.inside(self.around)
        offset = np.array([self.around.top, self.around.left])
        about = dict(part.about) | {"positions": part.about["positions"] - offset}
        scan = Scan(patterns=part.patterns, object_shape=self.around.shape, **about)
        order = np.argsort(~part.belongs, kind="stable")  # files are read in their order, and sorted here
        self.count = int(part.belongs.sum())
        self.problem = _ordered(Problem.of(scan, device, seed, part.start), order, part.data_per_unknown)
        # What is drawn alike on all tiles, and what each draws for itself.
        self.common = torch.Generator().manual_seed(seed)
        own_seed = int(np.random.SeedSequence((seed, self.number)).generate_state(1, np.uint64)[0] >> 1)
        self.generator = torch.Generator().manual_seed(own_seed)
        self.measured = 1.0
        self.plain = self.problem  # with square roots of counts, by which misfits are told

    # ------------------------------------------------------------------ with the other tiles

    def total(self, *values: Tensor) -> Program[tuple[Tensor, ...]]:
        """Sums over all tiles."""
        heard = yield Talk(total=tuple(map(_host, values)))
        assert heard is not None
        return tuple(_tensor(found, self.problem.forward.corners) for found in heard.total)

    def most(self, value: float) -> Program[float]:
        """The largest of all tiles' values."""
        heard = yield Talk(each=np.array([value]))
        assert heard is not None
        assert heard.each is not None
        return float(heard.each.max())

    def exchanged(
        self, values: Tensor, margin: int, *also: Tensor
    ) -> Program[tuple[Tensor, tuple[Tensor, ...]]]:
        """Values (..., h, w) of the tile with those of its neighbours around; and sums of others."""
        tiling, around = self.tiling, self.tiling.grown(self.number, margin)
        mail = {
            other: _host(values[(..., *rect.inside(self.rect))])
            for other, rect in tiling.sent(self.number, margin)
        }
        heard = yield Talk(total=tuple(map(_host, also)), mail=mail)
        assert heard is not None
        wide = values.new_empty(*values.shape[:-2], *around.shape)
        wide[(..., *self.rect.inside(around))] = values
        for other, rect in tiling.received(self.number, margin):
            wide[(..., *rect.inside(around))] = _tensor(heard.mail[other], values)
        return wide, tuple(_tensor(found, values) for found in heard.total)

    def cropped(self, wide: Tensor, margin: int, to: int) -> Tensor:
        """Of values with a margin around the tile those with a smaller one."""
        inner, outer = self.tiling.grown(self.number, to), self.tiling.grown(self.number, margin)
        return wide[(..., *inner.inside(outer))].contiguous()

    # ------------------------------------------------------------------ beginning

    def begun(self) -> Program[None]:
        """Learn the noise floor and the start of the whole scan; sets `problem`, `w_max`, `start`."""
        yield from self._use_problem(self.problem)
        self.plain = self.problem
        if self.problem.given is None:
            self.start = yield from self._masked_average()
        else:
            self.start = self.problem.given[self.own].contiguous()

    def stabilised(self) -> Program[None]:
        """Go on with `Problem.stabilised`, if the values in all tiles are counts."""
        other = yield from self.most(float(not self.problem.counted))
        if not other and not self.problem.forward.added:
            yield from self._use_problem(self.problem.stabilised())

    def _use_problem(self, problem: TileProblem) -> Program[None]:
        """Go on with a problem of this tile, its noise floor that of the whole scan."""
        rows = slice(0, self.count)
        assert problem.expected is not None
        expected = torch.from_numpy(problem.expected[rows]).sum()
        measured = energy(problem.forward.subset(rows), problem.amplitudes[rows], part_of(problem.mask, rows))
        floor, whole = yield from self.total(expected, measured.double())
        self.measured = float(whole)
        noisy = self.part.about["noise"] != "none"
        self.problem = replace(problem, floor=float(floor / whole.clamp_min(1e-30)) if noisy else 0.0)
        self.step = ModulusStep(self.problem)
        yield from self.lit()

    def lit(self) -> Program[None]:
        """Learn the brightest illumination `w_max`, which is the same for all tiles."""
        self.w = self.step.w[self.own].contiguous()
        self.w_max = yield from self.most(float(self.w.max()))

    def _masked_average(self) -> Program[Tensor]:
        """As `problem.masked_average`, of the whole object: the pixels of the tile."""
        from scipy.ndimage import gaussian_filter

        problem, forward = self.problem, self.problem.forward
        intensity = squared_modulus(forward.probe)
        intensity = intensity.sum(0) if intensity.ndim == 3 else intensity
        ratio, weighted = problem.ratio, torch.zeros_like(self.step.w)
        some = ratio if forward.weights is None else ratio * forward.weights
        for part, which in forward.chunks():
            part.place(some[which, None, None] * intensity, weighted)
        heard = yield Talk(each=_host(ratio[: self.count]))
        assert heard is not None
        assert heard.each is not None
        median = _tensor(heard.each, ratio).median()
        value = torch.where(self.w > 1e-4 * self.w_max, weighted[self.own] / self.w.clamp_min(1e-30), median)
        wide, _ = yield from self.exchanged(value, self.halo)
        smooth = gaussian_filter(_host(wide), START_BLUR, mode="nearest")[self.own]
        return torch.from_numpy(np.ascontiguousarray(smooth)).to(problem.device, torch.complex64)

    # ------------------------------------------------------------------ of the positions that belong to it

    @property
    def owned_step(self) -> ModulusStep:
        """The data of the positions that belong to this tile, and to no other."""
        problem, rows = self.problem, slice(0, self.count)
        some = replace(problem, amplitudes=problem.amplitudes[rows], mask=part_of(problem.mask, rows))
        return ModulusStep(some, forward=self.step.forward.subset(rows))

    def left(self, wide: Tensor, plain: bool = False) -> Tensor:
        """Sum of (y - |A f|)² of each position that belongs to the tile, of the object around it.

        Of amplitudes that may be stabilised; `plain` of square roots of counts.
        """
        rows, problem = slice(0, self.count), self.plain if plain else self.problem
        forward = self.step.forward.subset(rows).with_added(problem.forward.added)
        return misfits(forward, wide, problem.amplitudes[rows], part_of(problem.mask, rows))

    def excess(self, left: Tensor, least: float) -> Program[float]:
        """Misfit of the whole object over its noise floor."""
        (total,) = yield from self.total(left.double().sum())
        return float(total) / self.measured / max(self.problem.floor, least)

    def use(self, forward: Forward) -> Program[None]:
        """Go on with another model."""
        self.step.set_forward(forward)
        yield from self.lit()

    def shown(self, index: int, nfe: int, f: Tensor, wide: Tensor, **more: Any) -> Shown:
        """What there is to see of it, and of the object `wide` around it."""
        problem, rows = self.plain, slice(0, self.count)
        assert problem.expected is not None
        y = problem.amplitudes[rows].square()
        mask = part_of(problem.mask, rows)
        counts = (y if mask is None else y * mask).sum((-2, -1))
        return Shown(
            index, nfe, _host(f), _host(self.left(wide, plain=True)), problem.expected[rows], _host(counts),
            _host(self.step.forward.probe), memory=_memory(), **more,
        )  # fmt: skip


def _ordered(problem: Problem, order: np.ndarray, of_all: float) -> TileProblem:
    """The same problem with its positions in another order."""
    at = torch.from_numpy(order).to(problem.device)
    assert problem.expected is not None
    return TileProblem(
        forward=problem.forward.subset(at),
        amplitudes=problem.amplitudes[at],
        mask=None if problem.mask is None else part_of(problem.mask, at).contiguous(),
        given=problem.given,
        generator=problem.generator,
        resume={},
        specimen=problem.specimen,
        measured=problem.measured,
        floor=problem.floor,
        expected=problem.expected[order],
        counted=problem.counted,
        of_all=of_all,
    )


def _host(values: Tensor) -> np.ndarray:
    """A copy to send."""
    return values.detach().cpu().numpy().copy()


def _tensor(values: np.ndarray, like: Tensor) -> Tensor:
    """What came, on the device; messages may be read-only."""
    return torch.from_numpy(values if values.flags.writeable else values.copy()).to(like.device)


def _memory() -> float:
    """Most that this process has used [bytes]; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    import sys

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0)
