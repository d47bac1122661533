"""Reconstruct in tiles: `Steps` of the whole object from what its tiles show."""

import time
from collections.abc import Callable, Container, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.analysis import metrics
from ptygui.analysis.scores import scores_of
from ptygui.errors import Diverged, InputError
from ptygui.experiment.reconstruct import pick_device
from ptygui.experiment.run import Run, Steps
from ptygui.methods.base import Method
from ptygui.physics.overlap import data_per_unknown
from ptygui.scan import Scan
from ptygui.step import Step

if TYPE_CHECKING:
    from ptygui.methods.tiled.cut import Tiling
    from ptygui.methods.tiled.talk import Shown
    from ptygui.methods.tiled.tile import Part

# Carries what tiles say: of their parts, the method, device, seed, and the iterates that are shown. It yields
# None as soon as it may begin, which is when a batch system has given it workers.
Carrier = Callable[["Sequence[Part]", Method, str, int, Container[int]], "Iterator[list[Shown] | None]"]


@dataclass(eq=False)
class TiledRun(Run):
    """A run of an object in tiles.

    Attributes
    ----------
    tiles : str
        Rows and columns of tiles, such as "2x2".
    carrier : function
        Where the tiles are computed; by default in this process, one after the other.
    where : str
        In words, such as "2 workers".
    """

    tiles: str = "1x1"
    carrier: Carrier = field(default_factory=lambda: in_this_process)
    where: str = "this process"

    def steps(self, resume: Step | dict[str, Any] | None = None, **how: Any) -> Steps:
        """As `Run.steps`; `start` and `record` are used."""
        if resume is not None:
            raise InputError("a run in tiles cannot be continued: --start begins with its object")
        if not isinstance(self.scan, Scan):
            raise InputError(
                f"{self.scan.name} is a result without its diffraction patterns: open its scan first"
            )
        return tiled_steps(self, self.scan, how.get("start"), how.get("record", ()))


def in_this_process(
    parts: "Sequence[Part]", method: Method, device: str, seed: int, record: Container[int]
) -> "Iterator[list[Shown] | None]":
    """All tiles in this process."""
    yield None  # as on workers, once they are there
    from ptygui.methods.tiled.program import program_of
    from ptygui.methods.tiled.talk import together

    device = pick_device(device)
    yield from together([program_of(part, method, device, seed, record) for part in parts])


def tiled_steps(run: TiledRun, scan: Scan, start: np.ndarray | None, record: Container[int]) -> Steps:
    """Steps at the iterates in `record` and at the last; None wherever a caller may stop.

    Raises
    ------
    InputError
        If the scan or the method does not go with tiles.
    Diverged
        If an object that is shown has a number that is not finite.
    """
    from ptygui.methods.tiled.cut import Tiling
    from ptygui.methods.tiled.program import check
    from ptygui.methods.tiled.tile import Part

    check(run.method)
    tiling = Tiling.of(scan.object_shape, run.tiles)
    tiling.check(scan)
    if start is not None and start.shape != scan.object_shape:
        raise InputError(f"start object is {start.shape}, the scan's object is {scan.object_shape}")
    known = data_per_unknown(scan)
    parts = [Part.of(scan, tiling, tile, known, start) for tile in range(len(tiling))]
    made, began = _Made(scan, tiling, run), 0.0
    said = run.carrier(parts, run.method, run.settings.device, run.settings.seed, record)
    try:
        for shown in said:
            began = began or time.perf_counter()
            yield None if shown is None else made.step(shown, time.perf_counter() - began)
    finally:
        if isinstance(said, Generator):
            said.close()


class _Made:
    """Makes Steps of what all tiles show."""

    def __init__(self, scan: Scan, tiling: "Tiling", run: TiledRun):
        self.scan, self.tiling, self.run = scan, tiling, run
        self.belong = [tiling.positions(scan, tile) for tile in range(len(tiling))]
        self.scores = scores_of(scan)
        self.unlit = ~metrics.illuminated(scan.illumination)

    def step(self, shown: "list[Shown]", seconds: float) -> Step:
        began, first = time.thread_time(), shown[0]
        obj = self._whole([one.obj for one in shown])
        if not np.isfinite(obj.sum()):
            raise Diverged(
                f"the reconstruction diverged: step {first.index} holds values that are not finite"
            )
        share = np.zeros(self.scan.object_shape, np.float32)
        given = [one.share for one in shown if one.share is not None]
        if len(given) == len(shown):
            share = self._whole(given)
        share[self.unlit] = np.nan
        left, expected, counts = (
            self._of_positions([getattr(one, name) for one in shown])
            for name in ("left", "expected", "counts")
        )
        total, noisy = counts.sum(), self.scan.noise != "none"
        nrmse, ssim = (None, None) if self.scores is None else self.scores.of(obj)
        return Step(
            index=first.index,
            total=self.run.method.total,
            seconds=seconds,
            nfe=first.nfe,
            obj=obj,
            probe=first.probe if first.probe.ndim == 2 else first.probe[0],
            weaker_modes=None if first.probe.ndim == 2 else first.probe[1:],
            misfit=float(left.sum() / total),
            misfits=(left / np.where(expected > 0, expected, 1)).astype(np.float32),
            noise_floor=float(expected.sum() / total) if noisy else 0.0,
            nrmse=nrmse,
            ssim=ssim,
            level=first.level,
            prior_share=share,
            discrepancy=first.discrepancy,
            resolved=dict(first.resolved),
            note=self._note(shown),
            scoring=time.thread_time() - began,
        )

    def _whole(self, parts: "list[np.ndarray]") -> np.ndarray:
        whole = np.empty(self.scan.object_shape, parts[0].dtype)
        for tile, part in enumerate(parts):
            own = self.tiling.owned(tile)
            whole[own.top : own.bottom, own.left : own.right] = part
        return whole

    def _of_positions(self, parts: "list[np.ndarray]") -> np.ndarray:
        whole = np.empty(len(self.scan))
        for (touching, belongs), part in zip(self.belong, parts, strict=True):
            whole[touching[belongs]] = part
        return whole

    def _note(self, shown: "list[Shown]") -> str:
        peak = max(one.memory for one in shown)
        used = f", of which none needed more than {peak / 1e9:.2f} GB" if peak else ""
        return f"in {self.tiling.words} on {self.run.where}{used}"
