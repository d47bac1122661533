"""What was measured or simulated: one frozen value that every method, file and view understands."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ptygui.errors import InputError


@dataclass(frozen=True, eq=False)
class Scan:
    """A ptychographic scan, in pixels and photon counts.

    Parameters
    ----------
    patterns : float32 array, shape (K, m, m)
        Diffraction patterns [photon counts], zero frequency in the centre (index m // 2).
    positions : float64 array, shape (K, 2)
        Row and column of each patch's first pixel in the object [px]. May be fractional; the
        forward model rounds to whole pixels for now (see `corners`).
    probe : complex64 array, shape (m, m)
        Probe in the sample plane; its squared modulus sums to photon counts (unitary transform).
    object_shape : (int, int), optional
        Rows and columns of the object array; by default just what the patches span.
    mask : bool array, shape (m, m) or (K, m, m), optional
        True where the detector is to be trusted; centred like the patterns.
    truth : complex64 array, shape `object_shape`, optional
        The object, where it is known.
    pixel_size_m, wavelength_m, distance_m : float, optional
        Size of an object pixel, wavelength, sample to detector [m]; None where nothing is said.
    noise : str
        "poisson" for counted photons, "none" for exact intensities: sets the misfit's noise floor.
    name : str
        Shown to the user.
    notes : tuple of str
        What was assumed or changed when the scan was made or read: one sentence each.
    measured : bool
        Whether there are patterns. A result that is opened without its scan has none: `patterns` are
        then None when the scan is made, and zeros that take no memory.

    Raises
    ------
    InputError
        If shapes contradict each other, values are not finite, or a patch leaves the object.
    """

    patterns: np.ndarray | None
    positions: np.ndarray
    probe: np.ndarray
    object_shape: tuple[int, int] | None = None
    mask: np.ndarray | None = None
    truth: np.ndarray | None = None
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    distance_m: float | None = None
    noise: str = "poisson"
    name: str = "scan"
    notes: tuple[str, ...] = ()
    measured: bool = True

    def __post_init__(self):
        put = lambda key, value: object.__setattr__(self, key, value)  # noqa: E731 - frozen
        put("positions", _array("positions", self.positions, np.float64, 2))
        put("probe", _array("probe", self.probe, np.complex64, 2))
        if self.measured:
            put("patterns", _array("patterns", self.patterns, np.float32, 3))
        else:
            put("patterns", np.broadcast_to(np.float32(0), (len(self.positions), *self.probe.shape)))
        count, rows, columns = self.patterns.shape
        if rows != columns:
            raise InputError(f"patterns are {rows} x {columns} px; they must be square: crop or pad them")
        if self.probe.shape != (rows, rows):
            raise InputError(
                f"probe is {_by(self.probe.shape)} px, the patterns are {rows} x {rows}: they must agree, "
                f"so give a probe of {rows} x {rows} px"
            )
        if self.positions.shape != (count, 2):
            raise InputError(
                f"positions have shape {_by(self.positions.shape)}, expected {count} x 2: row and column each"
            )
        if count == 0:
            raise InputError("the scan holds no patterns")
        if self.measured and self.patterns.min() < 0:
            raise InputError(
                f"patterns hold a negative count ({self.patterns.min():g}): mask or clip such pixels"
            )
        if not np.any(self.probe):
            raise InputError("the probe is zero everywhere")
        if self.object_shape is None:
            put("object_shape", tuple(int(n) for n in self.corners.max(0) + rows))
        else:
            put("object_shape", tuple(int(n) for n in self.object_shape))
        low, high = self.corners.min(0), self.corners.max(0) + rows
        if low.min() < 0 or high[0] > self.object_shape[0] or high[1] > self.object_shape[1]:
            raise InputError(
                f"patches span rows {low[0]} to {high[0]} and columns {low[1]} to {high[1]}, "
                f"outside the object of {_by(self.object_shape)} px"
            )
        if self.mask is not None:
            put("mask", np.ascontiguousarray(self.mask, dtype=bool))
            if self.mask.shape not in ((rows, rows), self.patterns.shape):
                raise InputError(f"mask is {_by(self.mask.shape)}, expected {rows} x {rows} as the patterns")
            if not self.mask.any():
                raise InputError("the mask leaves no detector pixel")
        if self.truth is not None:
            put("truth", _array("truth", self.truth, np.complex64, 2))
            if self.truth.shape != self.object_shape:
                raise InputError(
                    f"truth is {_by(self.truth.shape)} px, the object is {_by(self.object_shape)} px"
                )
            if not self.truth.any():
                raise InputError("the truth is zero everywhere: leave it out where it is not known")

    def __len__(self) -> int:
        return len(self.patterns)

    @property
    def width(self) -> int:
        """Probe and detector width m [px]."""
        return self.patterns.shape[-1]

    @cached_property
    def corners(self) -> np.ndarray:
        """First row and column of each patch, whole pixels, shape (K, 2) int64."""
        return np.rint(self.positions).astype(np.int64)

    @cached_property
    def illumination(self) -> np.ndarray:
        """Summed probe intensity w = sum_i D_i^T |P|² over the object, float32 [counts]."""
        w, intensity = np.zeros(self.object_shape, np.float32), np.square(np.abs(self.probe))
        for row, column in self.corners:
            w[row : row + self.width, column : column + self.width] += intensity
        return w

    @property
    def span(self) -> tuple[slice, slice]:
        """Rows and columns of the object that the patches cover."""
        low, high = self.corners.min(0), self.corners.max(0) + self.width
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))

    def fits(self, other: "Scan") -> bool:
        """Whether another scan, or a result, has the same positions, probe width and object shape."""
        return (
            self.object_shape == tuple(other.object_shape)
            and self.probe.shape == other.probe.shape
            and np.array_equal(self.positions, other.positions)
        )

    def noted(self, *notes: str, **changes) -> "Scan":
        """A copy with fields changed and sentences added to the notes."""
        return replace(self, notes=(*self.notes, *notes), **changes)


def _array(name: str, value: np.ndarray, dtype: type, ndim: int) -> np.ndarray:
    value = np.ascontiguousarray(value, dtype=dtype)
    if value.ndim != ndim:
        raise InputError(f"{name} have {value.ndim} axes ({_by(value.shape)}), expected {ndim}")
    if not np.isfinite(value).all():
        raise InputError(f"{name} hold {np.count_nonzero(~np.isfinite(value))} values that are not finite")
    return value


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(int(n)) for n in shape)
