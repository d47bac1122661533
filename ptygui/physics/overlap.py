"""How much of the object neighbouring positions share: overlap measures, with their usual names.

The probe's size is that of its participation ratio: A = (sum I)² / sum I², with I its intensity; the
effective diameter d is that of a disc of area A. A disc at each position, N in all, gives

    redundancy map     how many discs lie over each point
    covered area       where there is at least one disc
    areal redundancy   N A / covered area
    equivalent linear  1 - s / d, with the effective step s = sqrt(covered area / N)
    pairwise           sum I(r) I(r + Δ) / sum I(r)², Δ from a position to a neighbour

besides the linear overlap, 1 - step / reference length, with which scans are specified. The reference
length is the window, or D90, the diameter that holds 90 % of the probe's energy: papers use either.
"""

from dataclasses import dataclass

import numpy as np

from ptygui.options import Options, option
from ptygui.physics.positions import neighbours, overlap_ratio, overlap_text, step_length
from ptygui.physics.probe import energy_diameter
from ptygui.scan import Geometry

OVERLAPS = ("window", "d90", "equivalent", "pairwise")
MOST = 512  # points per side of the maps on which areas are counted
_FINEST = 256  # points per side of the probe for its autocorrelation


@dataclass(frozen=True, eq=False)
class Sampling:
    """The sampling of a set of positions; overlaps are fractions, lengths in px, nan if undefined.

    Attributes
    ----------
    count : int
        Positions, N.
    step : float
        Median distance to the four nearest others.
    diameter : float
        Effective diameter of the probe.
    linear, equivalent, pairwise, redundancy : float
        As defined above; `pairwise` is the median over all pairs of neighbours.
    covered : float
        Share of the object that the discs cover.
    data_per_unknown : float
        Measured values over real unknowns: two for each object pixel within a patch.
    reached : float
        Share of the object within patches.
    counts : float32 array
        The redundancy map, at most `MOST` points a side, stretched over the object.
    of_d90 : float
        Linear overlap relative to the probe's D90; below 0 there are gaps.
    """

    count: int
    step: float
    diameter: float
    linear: float
    equivalent: float
    pairwise: float
    redundancy: float
    covered: float
    data_per_unknown: float
    reached: float
    counts: np.ndarray
    of_d90: float = float("nan")


@dataclass(frozen=True)
class Acquisition(Options):
    """The cost of a position, and the reference scan."""

    reference_overlap: float = option(
        0.7, min=-1, max=0.98,
        help="linear overlap of the reference scan for dose and time: more makes both smaller in comparison",
    )  # fmt: skip
    dwell: float = option(
        0.1, min=0, max=1e4, unit="s", help="exposure at each position: more takes more time, same overlap"
    )
    overhead: float = option(
        0.1,
        min=0,
        max=1e4,
        unit="s",
        help="time to move, settle and read out at each position: more takes more time",
    )

    def seconds(self, count: int) -> float:
        """Duration of a scan with this number of positions."""
        return count * (self.dwell + self.overhead)


def sampling(
    positions: np.ndarray,
    probe: np.ndarray,
    object_shape: tuple[int, int],
    reference_length: float = 0,
    trusted: float = 1.0,
) -> Sampling:
    """The sampling of a set of positions.

    Parameters
    ----------
    positions : array, shape (K, 2)
        First row and column of each patch [px].
    probe : complex array, shape (m, m)
    object_shape : (int, int)
    reference_length : float
        Length that the linear overlap is relative to [px]; 0 means m.
    trusted : float
        Share of the detector's pixels that are not masked.
    """
    count, width = len(positions), probe.shape[-1]
    area, diameter = probe_area(probe), effective_diameter(probe)
    counts = redundancy_map(positions + centre_of_mass(probe), diameter, object_shape)
    covered = float(np.mean(counts > 0.5))  # half of a disc's soft edge is inside
    covered_area = max(covered * object_shape[0] * object_shape[1], 1.0)
    step, linear, pairwise = float("nan"), float("nan"), float("nan")
    shifts = neighbours(positions)
    if len(shifts):
        step = float(np.median(np.hypot(*shifts.T)))
        linear = 1 - step / (reference_length or width)
        pairwise = float(np.median(pairwise_overlap(probe, shifts)))
    reached = float(np.mean(_patch_counts(positions, width, object_shape) > 0))
    return Sampling(
        count=count,
        step=step,
        diameter=diameter,
        linear=linear,
        equivalent=1 - np.sqrt(covered_area / count) / diameter,
        pairwise=pairwise,
        redundancy=count * area / covered_area,
        covered=covered,
        data_per_unknown=count * width**2 * trusted / (2 * reached * object_shape[0] * object_shape[1]),
        reached=reached,
        counts=counts,
        of_d90=1 - step / energy_diameter(probe),
    )


def overlap_by(by: str, positions: np.ndarray, probe: np.ndarray, object_shape: tuple[int, int]) -> float:
    """The overlap of positions by one of the definitions `OVERLAPS`, a fraction; below 0 there are gaps.

    Parameters
    ----------
    by : {"window", "d90", "equivalent", "pairwise"}
        Linear overlap of the window or of D90, or as defined above.
    positions, probe, object_shape
        As for `sampling`.
    """
    if by in ("window", "d90"):
        return overlap_ratio(positions, probe.shape[-1] if by == "window" else energy_diameter(probe))
    if by == "pairwise":
        return float(np.median(pairwise_overlap(probe, neighbours(positions))))
    return sampling(positions, probe, object_shape).equivalent


def overlaps_text(scan: Geometry) -> str:
    """The linear overlap told both ways: "43.8 % of the window, 20.5 % of the probe's D90"."""
    step, d90 = step_length(scan.positions), energy_diameter(scan.probe)
    of_window, of_probe = (
        overlap_text(1 - step / length) if step < length else "none" for length in (scan.width, d90)
    )
    return f"{of_window} of the window, {of_probe} of the probe's D90"


def data_per_unknown(scan: Geometry) -> float:
    """Measured values of a scan over real unknowns: two for each object pixel within a patch."""
    rows, columns = scan.object_shape
    reached = float(np.mean(_patch_counts(scan.corners, scan.width, scan.object_shape) > 0))
    return len(scan) * scan.width**2 * scan.trusted / (2 * reached * rows * columns)


def probe_area(probe: np.ndarray) -> float:
    """Area of a probe by its participation ratio, (sum I)² / sum I² [px²]."""
    intensity = np.abs(probe).astype(np.float64) ** 2
    return float(intensity.sum() ** 2 / np.square(intensity).sum())


def effective_diameter(probe: np.ndarray) -> float:
    """Diameter of the disc that has the probe's area [px]."""
    return float(2 * np.sqrt(probe_area(probe) / np.pi))


def centre_of_mass(probe: np.ndarray) -> np.ndarray:
    """Centre of mass of the intensity, from the window's first edge: row and column [px]."""
    intensity = np.abs(probe).astype(np.float64) ** 2
    axes = (intensity.sum(1), intensity.sum(0))
    return np.array([(np.arange(len(a)) + 0.5) @ a / a.sum() for a in axes])


def pairwise_overlap(probe: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Normalised autocorrelation of the probe's intensity at shifts (K, 2) [px]: 1 at none, then less."""
    from scipy.ndimage import map_coordinates

    thin = -(-probe.shape[-1] // _FINEST)
    side = -(-probe.shape[-1] // thin) * thin
    intensity = np.zeros((side, side))
    intensity[: probe.shape[-2], : probe.shape[-1]] = np.abs(probe) ** 2
    intensity = intensity.reshape(side // thin, thin, side // thin, thin).sum((1, 3))
    wide = 2 * len(intensity)
    power = np.abs(np.fft.rfft2(intensity, (wide, wide))) ** 2
    shared = np.fft.fftshift(np.fft.irfft2(power, (wide, wide)))
    at = np.asarray(shifts, dtype=float) / thin + wide // 2
    values = map_coordinates(shared / shared.max(), at.T, order=1, mode="constant", cval=0)
    return np.clip(values, 0, 1)


def redundancy_map(
    centres: np.ndarray, diameter: float, object_shape: tuple[int, int], most: int = MOST
) -> np.ndarray:
    """Number of discs of a diameter about `centres` (K, 2) [px] over each point of the object, float32.

    At most `most` points per side.
    """
    from scipy.fft import irfft2, next_fast_len, rfft2

    shape, scale = _grid(object_shape, most)
    at = np.floor(centres * scale).astype(int).clip(0, np.array(shape) - 1)
    hits = np.zeros(shape, dtype=np.float32)
    np.add.at(hits, tuple(at.T), 1)
    radius = max(diameter * min(scale) / 2, 0.5)
    reach = min(int(np.ceil(radius)) + 1, max(shape))
    wide = [next_fast_len(n + reach, real=True) for n in shape]  # nothing wraps around
    y, x = (np.minimum(np.arange(n), n - np.arange(n)) for n in wide)
    disc = np.clip(radius + 0.5 - np.hypot(y[:, None], x), 0, 1).astype(np.float32)
    counts = irfft2(rfft2(hits, wide) * rfft2(disc), wide)[: shape[0], : shape[1]]
    return np.maximum(counts, 0, dtype=np.float32)


def _patch_counts(
    positions: np.ndarray, width: int, object_shape: tuple[int, int], most: int = MOST
) -> np.ndarray:
    """Number of patches over each point: the corners of all patches, summed along both axes."""
    shape, scale = _grid(object_shape, most)
    first, last = (np.rint(corners * scale).astype(int) for corners in (positions, positions + width))
    edges = np.zeros((shape[0] + 1, shape[1] + 1), dtype=np.int32)
    for rows, columns, sign in ((first, first, 1), (first, last, -1), (last, first, -1), (last, last, 1)):
        np.add.at(edges, (rows[:, 0], columns[:, 1]), sign)
    return edges.cumsum(0).cumsum(1)[:-1, :-1]


def _grid(object_shape: tuple[int, int], most: int) -> tuple[tuple[int, int], np.ndarray]:
    """Shape of a map of at most `most` points per side, and its points per pixel along both axes."""
    rows, columns = (max(1, round(n * min(1.0, most / max(object_shape)))) for n in object_shape)
    shape = (rows, columns)
    return shape, np.array(shape) / object_shape
