"""Scan positions for an overlap ratio, and the overlap ratio of positions."""

import math

import numpy as np

from ptygui.errors import InputError

LAYOUTS = ("cover", "centred", "fit")
SHIFTED_VALUES = 2**27  # pixels of all shifted probes, where positions are between pixels, that are kept


def raster(
    object_shape: tuple[int, int],
    width: int,
    overlap: float,
    reference_length: float = 0,
    layout: str = "cover",
    jitter: float = 0,
    rng: np.random.Generator | None = None,
    whole: bool = True,
) -> np.ndarray:
    """Raster positions with a linear overlap ratio: step = (1 - overlap) * reference length.

    Parameters
    ----------
    object_shape : (int, int)
        Rows and columns of the object [px].
    width : int
        Probe width m [px].
    overlap : float
        Linear overlap as a fraction, below 1; may be negative (gaps).
    reference_length : float
        Length that the overlap is relative to [px]; 0 means the probe width.
    layout : {"cover", "centred", "fit"}
        cover: full steps from the edge, and a last row and column at the far edge, so that every
        pixel is covered. centred: only full steps, centred on the object. fit: as many as cover,
        evenly spaced from edge to edge.
    jitter : float
        Uniform random offset of up to this many pixels along each axis, kept inside the object.
    rng : numpy Generator
        Needed for jitter.
    whole : bool
        Round to whole pixels. Otherwise, without jitter, each position gets a random fraction of a pixel.

    Returns
    -------
    float64 array, shape (K, 2)
        First row and column of each patch [px], row by row.
    """
    step = spacing(object_shape, width, overlap, reference_length)
    axes = [_axis(n - width, step, layout) for n in object_shape]
    positions = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    reach = jitter or (0.0 if whole else 0.5)
    if reach:
        positions = positions + (rng or np.random.default_rng(0)).uniform(-reach, reach, positions.shape)
    limit = np.array(object_shape) - width
    return np.clip(np.rint(positions) if whole else positions, 0, limit).astype(np.float64)


def spacing(object_shape: tuple[int, int], width: int, overlap: float, reference_length: float = 0) -> float:
    """The step of a raster [px]; arguments are those of `raster`.

    Raises
    ------
    InputError
        If it is below a pixel, or the object is smaller than the probe.
    """
    step = (1 - overlap) * (reference_length or width)
    if step < 1:
        raise InputError(
            f"overlap {overlap:.0%} of {reference_length or width:g} px is a step of {step:.2g} px; "
            f"expected at least 1 px: lower the overlap"
        )
    for n in object_shape:
        if n < width:
            raise InputError(
                f"object is {n} px along one side, the probe is {width} px: give a larger object"
            )
    return step


def _axis(room: int, step: float, layout: str) -> np.ndarray:
    if layout == "centred":
        n = math.floor(room / step + 1e-9) + 1
        return (room - (n - 1) * step) / 2 + step * np.arange(n)
    n = math.ceil(room / step - 1e-9) + 1
    if layout == "fit":
        return np.linspace(0, room, n)
    if layout == "cover":
        return np.minimum(step * np.arange(n), room)
    raise InputError(f"layout is {layout!r}, expected one of {', '.join(LAYOUTS)}")


def neighbours(positions: np.ndarray, most: int = 10_000) -> np.ndarray:
    """Shifts from positions to their four nearest others, shape (pairs, 2) [px]; empty for one position.

    Four, not one: the short last step of a `cover` raster would be the nearest for too many positions.
    If there are more than `most` positions, only those about the middle are used.
    """
    from scipy.spatial import cKDTree

    count = min(4, len(positions) - 1)
    if count < 1:
        return np.empty((0, 2))
    if len(positions) > most:
        away = np.square(positions - positions.mean(0)).sum(1)
        positions = positions[np.argpartition(away, most)[:most]]
    _, nearest = cKDTree(positions).query(positions, k=count + 1)
    return (positions[nearest[:, 1:]] - positions[:, None]).reshape(-1, 2)


def step_length(positions: np.ndarray) -> float:
    """Median distance from a position to its four nearest others [px]; 0 for a single one."""
    shifts = neighbours(positions)
    return float(np.median(np.hypot(*shifts.T))) if len(shifts) else 0.0


def overlap_ratio(positions: np.ndarray, reference_length: float) -> float:
    """Linear overlap ratio, 1 - `step_length` / (reference length)."""
    return 1 - step_length(positions) / reference_length


def overlap_text(overlap: float) -> str:
    """An overlap as text, such as "43.8 %".

    One decimal tells apart whole-pixel steps of probes up to 1000 px.
    """
    return f"{100 * overlap:.1f} %"


def disjoint_groups(corners: np.ndarray, width: int) -> list[np.ndarray]:
    """Sort positions into few groups whose patches do not overlap within the group.

    Greedy: each position, taken row by row, joins the first group with room for it.

    Returns
    -------
    list of int64 arrays
        Indices of positions; every position is in exactly one group.
    """
    corners = corners - corners.min(0)
    groups: list[list[int]] = []
    bottoms: list[np.ndarray] = []  # of each group: the row down to which each column is occupied
    for k in np.lexsort((corners[:, 1], corners[:, 0])):
        row, column = corners[k]
        columns = slice(column, column + width)
        place = next((g for g, bottom in enumerate(bottoms) if bottom[columns].max() <= row), len(groups))
        if place == len(groups):
            groups.append([])
            bottoms.append(np.zeros(corners[:, 1].max() + width, dtype=np.int64))
        groups[place].append(int(k))
        bottoms[place][columns] = row + width
    return [np.array(group, dtype=np.int64) for group in groups]
