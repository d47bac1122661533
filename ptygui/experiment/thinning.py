"""A measured scan at a lower overlap: some positions kept, the others to test with, a reference to compare.

thinning = Thinning(overlap=0.3)
scan = thinned(full, thinning)                          # `scan.held_out` has the other patterns
*_, dense = reconstruct(reference_scan(full, thinning), thinning.reference_method)
scan = thinned(full, thinning, dense)                   # NRMSE and SSIM are against `dense`
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ptygui.analysis.scores import lit_by
from ptygui.errors import InputError
from ptygui.experiment.run import without_overlap
from ptygui.methods import RPIE
from ptygui.options import Options, option
from ptygui.physics.overlap import OVERLAPS, overlap_by, overlaps_text
from ptygui.physics.positions import overlap_ratio, overlap_text
from ptygui.physics.subsets import halves, to_overlap
from ptygui.scan import Geometry, Reference, Scan
from ptygui.step import Step

FULL, OTHER_HALF = "the full scan", "the other half"
MIDDLE = "the middle of "
_MOST_VALUES = 2**25  # measured values that a reference is made of: 200 iterations take some minutes
_FEWEST = 200  # positions of it, however wide the patterns are
_BY = {
    "window": "of the window",
    "d90": "of the probe's D90",
    "equivalent": "equivalent linear overlap",
    "pairwise": "shared by neighbours",
}


@dataclass(frozen=True)
class Thinning(Options):
    """Which positions of a measured scan are kept, and what its results are compared with."""

    label: ClassVar[str] = "thinning"

    overlap: float = option(
        1.0, min=-1, max=1, share=True,
        help="overlap to thin a scan to, by dropping positions (0.3 is 30 %): less keeps fewer; 1 keeps all",
    )  # fmt: skip
    by: str = option(
        "window", choices=OVERLAPS,
        help="what the overlap is relative to: step / window, step / D90 of the probe, step / effective "
        "diameter from the covered area, or light that neighbours share",
    )  # fmt: skip
    how: str = option(
        "regular", choices=("regular", "random"),
        help="regular: as evenly spaced as the scan allows, of a raster every nth row and column; random",
    )  # fmt: skip
    halves: bool = option(
        False,
        help="keep positions of one half of the scan; the other makes the reference: independent noise",
    )  # fmt: skip
    seed: int = option(
        0, min=0, max=2**31 - 1, help="seed of the halves and of the positions: each gives another choice"
    )
    reference: int = option(
        200, min=0, max=1_000_000,
        help="iterations of rPIE with probe refinement for the reference: more fits noise too; 0: none",
    )  # fmt: skip
    reference_positions: int = option(
        0, min=0, max=10_000_000, advanced=True,
        help="positions about the middle of the scan that make the reference, where results are compared; "
        f"0: all, or of large scans so many that they hold {_MOST_VALUES / 1e6:.0f} million values",
    )  # fmt: skip
    reference_probe: bool = option(
        True, help="use the probe refined with the reference, rather than that of the scan"
    )

    @property
    def thins(self) -> bool:
        """Whether positions are dropped."""
        return self.overlap < 1 or self.halves

    @property
    def reference_method(self) -> RPIE:
        """What makes the reference: no prior, and the probe is refined."""
        return RPIE(iterations=max(1, self.reference), probe_update="yes")

    def needs_reference(self, scan: Geometry) -> bool:
        """Whether a reference is to be made: not if results are compared with the truth or one already."""
        return self.thins and self.reference > 0 and not scan.compared_with

    @property
    def text(self) -> str:
        """Such as "30.0 % of the window"."""
        return f"{overlap_text(self.overlap)} {_BY[self.by]}" if self.overlap < 1 else "one half"


def kept(scan: Geometry, thinning: Thinning, draw: int = 0) -> np.ndarray:
    """Indices of the positions that are kept, in increasing order.

    Overlaps relative to the probe are those of the scan's own one, whatever the reference makes of it.
    Each `draw` is another choice from the same half.
    """
    pool = np.arange(len(scan))
    if thinning.halves:
        pool = halves(len(scan), thinning.seed)[1]
    if thinning.overlap >= 1:
        return pool

    def overlap(positions: np.ndarray) -> float:
        return overlap_by(thinning.by, positions, scan.probe, scan.object_shape)

    seed = thinning.seed + draw
    return pool[to_overlap(scan.positions[pool], thinning.overlap, overlap, thinning.how, seed)]


def reference_scan(scan: Scan, thinning: Thinning) -> Scan:
    """What the reference is reconstructed from: the whole scan, or the half that is not thinned.

    Of a large scan, positions about its middle: the rest would take hours, and tell no more.
    """
    which = dense_positions(scan, thinning)
    if len(which) == len(scan):
        return scan
    return scan.subset(which, name=f"{scan.name}, reference{' half' if thinning.halves else ''}")


def dense_positions(scan: Geometry, thinning: Thinning) -> np.ndarray:
    """Indices of the positions of `reference_scan`, in increasing order."""
    pool = halves(len(scan), thinning.seed)[0] if thinning.halves else np.arange(len(scan))
    most = thinning.reference_positions or max(_FEWEST, _MOST_VALUES // scan.width**2)
    places = scan.positions[pool]
    away = np.abs(places - (places.min(0) + places.max(0)) / 2).max(1)
    return np.sort(pool[np.argsort(away, kind="stable")[:most]])


def thinned(scan: Scan, thinning: Thinning, dense: Step | None = None, draw: int = 0) -> Scan:
    """The scan at the positions that are kept, with the others held out.

    Of two halves, that of the reference is held out only if no positions are dropped; where none is made, it
    is held out like any other position.

    Parameters
    ----------
    scan : Scan
    thinning : Thinning
    dense : Step, optional
        The last step of a reconstruction of `reference_scan`: what to compare with, and the probe.
    draw : int
        As for `kept`.

    Raises
    ------
    InputError
        If the scan has too few positions for two halves.
    """
    if thinning.halves and len(scan) < 4:
        raise InputError(f"{scan.name} has {len(scan)} positions, expected at least 4 for two halves")
    which = kept(scan, thinning, draw)
    used = np.zeros(len(scan), bool)
    used[which] = True
    if thinning.halves and thinning.needs_reference(scan):
        used[halves(len(scan), thinning.seed)[0]] = True
    changes: dict[str, Any] = {} if dense is None else {"reference": reference_of(scan, thinning, dense)}
    if dense is not None and thinning.reference_probe:
        changes |= {"probe": dense.probe, "weaker_modes": dense.weaker_modes}
        changes |= {"background": dense.background}
    rest = scan.held_out
    plain: dict[str, None] = {"truth": None, "reference": None, "held_out": None}
    if not used.all():
        rest = scan.subset(~used, **plain)
    elif thinning.halves:
        rest = scan.subset(halves(len(scan), thinning.seed)[0], **plain)
    found = scan.subset(which, held_out=rest, **changes)
    name = f"{without_overlap(scan.name)}, {overlap_text(overlap_ratio(found.positions, found.width))}"
    return found.noted(*_notes(scan, found, thinning, dense, draw), name=name)


def reference_of(scan: Geometry, thinning: Thinning, dense: Step) -> Reference:
    """The object of a step on `reference_scan` as a reference."""
    which = dense_positions(scan, thinning)
    beam = Geometry(
        positions=scan.positions[which], probe=dense.probe, weaker_modes=dense.weaker_modes,
        object_shape=scan.object_shape,
    )  # fmt: skip
    lit = lit_by(beam)
    whole, count = (OTHER_HALF, len(scan) // 2) if thinning.halves else (FULL, len(scan))
    return Reference(dense.obj, lit, whole if len(which) == count else f"{MIDDLE}{whole}")


def _notes(scan: Scan, found: Scan, thinning: Thinning, dense: Step | None, draw: int) -> list[str]:
    pool, whole = len(scan), f"{len(found)} of {len(scan)} positions"
    how = {"regular": "evenly spaced", "random": "at random"}[thinning.how]
    asked = f" (asked for: {thinning.text})"
    if thinning.halves:
        pool = len(halves(len(scan), thinning.seed)[1])
        whole = f"{len(found)} of the {pool} positions of a random half"
    if thinning.overlap >= 1:
        whole, how, asked = f"{len(found)} of {len(scan)} positions", "a random half", ""
    notes = [f"thinned: {whole}, {how}, seed {thinning.seed + draw}; overlap {overlaps_text(found)}{asked}"]
    if thinning.overlap < 1 and len(found) == pool:
        notes.append("no position is dropped: the scan has no more overlap than was asked for")
    if scan.held_out is not None and found.held_out is not scan.held_out:
        notes.append(f"the {len(scan.held_out)} patterns that were held out before are left out")
    if dense is None and scan.reference is not None:
        notes.append(f"the reference is the one in the file: {scan.compared_with}")
    if dense is not None:
        notes.append(
            f"NRMSE and SSIM are against {found.compared_with}, reconstructed by rPIE with probe refinement, "
            f"{dense.index} iterations on {len(dense_positions(scan, thinning))} positions, without a prior"
        )
        if thinning.reference_probe:
            notes.append("the probe is that refined with the reference")
    return notes
