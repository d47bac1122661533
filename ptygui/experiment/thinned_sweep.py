"""The plan of a sweep over the overlaps of a measured scan, which is thinned to each of them."""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import ClassVar

import numpy as np

from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Steps
from ptygui.experiment.sweep import INTERVAL, Plan, Planned
from ptygui.experiment.thinning import Thinning, dense_positions, kept, reference_scan, thinned
from ptygui.methods.base import Method
from ptygui.scan import Scan


@dataclass(frozen=True, eq=False)
class ThinnedPlan(Plan):
    """The plan of a sweep over a measured scan.

    Attributes
    ----------
    scan : Scan
    thinning : Thinning
        How it is thinned; each overlap replaces the one in it. The reference is made once, first.
    methods : tuple of Method
    overlaps : tuple of float
        Overlaps to thin to, as `thinning.by` counts them; those that the scan does not have are left out.
    seeds : int
        How many: each is another choice of positions, and a seed of the method, counted from `first_seed`.
    first_seed, number : int
    """

    making: ClassVar[str] = "thinning to"

    scan: Scan
    thinning: Thinning
    methods: tuple[Method, ...]
    overlaps: tuple[float, ...]
    seeds: int = 1
    first_seed: int = 0
    number: int = 1

    @cached_property
    def scans(self) -> tuple[Planned, ...]:  # noqa: D102
        found: dict[bytes, tuple[Thinning, int]] = {}
        for overlap in sorted(self.overlaps, reverse=True):
            thinning = replace(self.thinning, overlap=overlap)
            which = kept(self.scan, thinning)
            if len(which) < len(self.scan):  # there must be some to test with
                found.setdefault(which.tobytes(), (thinning, len(which)))
        return tuple(
            Planned(thinning.overlap, count, k, partial(thinned, self.scan, thinning, draw=k))
            for k in range(self.seeds)
            for thinning, count in found.values()
        )

    @property
    def reference_count(self) -> int:  # noqa: D102
        return len(dense_positions(self.scan, self.thinning)) if self._needs_reference else 0

    def reference(self, device: str) -> Steps:  # noqa: D102
        if self._needs_reference:
            method = self.thinning.reference_method
            dense = reference_scan(self.scan, self.thinning)
            yield from reconstruct(dense, method, device=device, interval=INTERVAL)

    @property
    def nbytes(self) -> int:  # noqa: D102
        return self.count * 8 * int(np.prod(self.scan.object_shape))  # patterns are those of the scan

    @property
    def _needs_reference(self) -> bool:
        return self.thinning.reference > 0 and not self.scan.compared_with


def overlaps_between(lowest: float, highest: float, by: float) -> tuple[float, ...]:
    """Overlaps from `lowest` to `highest` at an interval, a twentieth if it is 0."""
    lowest, highest = sorted((lowest, highest))
    by = by or 0.05
    return tuple(lowest + by * np.arange(int((highest - lowest) / by + 1e-6) + 1))
