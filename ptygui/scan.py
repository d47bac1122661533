"""What was measured or simulated: frozen values that every method, file and view understands.

`Geometry` says where a probe was on an object; `Scan` adds what the detector counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self
from weakref import WeakKeyDictionary

import numpy as np

from ptygui.detector import WHOLE
from ptygui.errors import InputError

_SPANNED: Any = None  # default of `object_shape`, which is never None once a geometry is made
_FARTHEST = 1e9  # px, of a position from the object's corner
LARGE_RUN = 2**31  # bytes of patterns as float32, from which a run does not keep them in memory
NEARLY_WHOLE = 1e-3  # distance from a whole number up to which a value is a count
_LOOKED_AT = 16  # patterns by which values are taken for counts
CHUNK_VALUES = 2**22  # of patterns that are converted to float32 at a time: 16 MiB

# what `Scan` counted in patterns that are read from a file, which takes long: they outlive many scans
_counted: "WeakKeyDictionary[Patterns, tuple[float, float, float]]" = WeakKeyDictionary()


class Patterns(Protocol):
    """Diffraction patterns that are read in parts, such as an array, or a dataset of a file.

    Indexing by a slice or an integer array along the first axis gives a numpy array of real numbers.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(K, m, m)."""

    def __getitem__(self, which: Any) -> np.ndarray:
        """Some of the patterns."""


class SomePatterns:
    """Some of the patterns of a source, which still reads them only when they are asked for.

    Parameters
    ----------
    source : Patterns
    which : int array, shape (K,)
        Indices along the first axis of the source, in increasing order, as files want them.
    """

    def __init__(self, source: Patterns, which: np.ndarray):
        self.source: Patterns = source
        self.which = which
        if isinstance(source, SomePatterns):  # one lookup, however often a part of a part is taken
            self.source, self.which = source.source, source.which[which]
        self.shape = (len(which), *source.shape[1:])

    def __getitem__(self, which: Any) -> np.ndarray:
        """Some of these, by a slice or integers along the first axis."""
        return self.source[self.which[which]]


@dataclass(frozen=True, eq=False)
class Reference:
    """An object to compare with where the truth is not known: reconstructed from more positions.

    Attributes
    ----------
    obj : complex64 array, shape (H, W)
        Known up to a phase ramp, a shift and a complex factor.
    lit : bool array, shape (H, W)
        Where its scan lit the object enough to compare.
    name : str
        What it is, such as "the full scan".
    """

    obj: np.ndarray
    lit: np.ndarray
    name: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Geometry:
    """Positions of a probe on an object, with units, in pixels and photon counts.

    Parameters
    ----------
    positions : float64 array, shape (K, 2)
        Row and column of each patch's first pixel in the object [px]. Between pixels (`shifts`) the
        forward model shifts the probe.
    probe : complex64 array, shape (m, m)
        Probe in the sample plane; its squared modulus sums to photon counts (unitary transform). Of a
        partially coherent beam, its strongest mode.
    weaker_modes : complex64 array, shape (M - 1, m, m), optional
        The other incoherent modes, whose intensities add to the probe's; see `modes`.
    weights : float64 array, shape (K,), optional
        Amplitude of the beam at each position relative to the probe's, if it was not constant.
    object_shape : (int, int), optional
        Rows and columns of the object array; by default the area that the patches span.
    truth : complex64 array, shape `object_shape`, optional
        The object, if known.
    reference : Reference, optional
        The object to compare with if the truth is not known.
    pixel_size_m, wavelength_m, distance_m : float, optional
        Size of an object pixel, wavelength, sample to detector [m]; None if unknown.
    pixel_aspect : float
        Height of an object pixel over its width, where detector pixels are not square. Nothing is resampled:
        positions are in pixels along each axis, and `pixel_size_m` is the geometric mean of both.
    name : str
        Shown to the user.
    specimen : str
        What the object is, in a few words, such as "blood smear" or "chip"; empty if not known. Methods with
        a prior take that of its domain.
    notes : tuple of str
        What was assumed or changed when the scan was made or read: one sentence each.

    Raises
    ------
    InputError
        If shapes contradict each other, values are not finite, or a patch leaves the object.
    """

    has_patterns: ClassVar[bool] = False  # whether there are data to reconstruct from

    positions: np.ndarray
    probe: np.ndarray
    weaker_modes: np.ndarray | None = None
    weights: np.ndarray | None = None
    object_shape: tuple[int, int] = _SPANNED
    truth: np.ndarray | None = None
    reference: Reference | None = None
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    distance_m: float | None = None
    pixel_aspect: float = 1.0
    name: str = "scan"
    specimen: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._put("positions", _array("positions", self.positions, np.float64, 2))
        self._put("probe", _array("probe", self.probe, np.complex64, 2))
        if self.probe.shape[0] != self.probe.shape[1]:
            raise InputError(f"probe is {_by(self.probe.shape)} px; it must be square: crop or pad it")
        if self.positions.shape[1] != 2:
            shape = _by(self.positions.shape)
            raise InputError(f"positions have shape {shape}, expected K x 2: row and column")
        if len(self.positions) == 0:
            raise InputError("the scan holds no positions")
        if (farthest := float(np.abs(self.positions).max())) > _FARTHEST:
            raise InputError(
                f"positions reach {farthest:.4g} px, expected at most {_FARTHEST:g}: check their unit"
            )
        if not np.any(self.probe):
            raise InputError("the probe is zero everywhere")
        self._check_beam()
        if self.object_shape is _SPANNED:
            self._put("object_shape", tuple(int(n) for n in self.corners.max(0) + self.width))
        else:
            self._put("object_shape", tuple(int(n) for n in self.object_shape))
        low, high = self.corners.min(0), self.corners.max(0) + self.width
        if low.min() < 0 or high[0] > self.object_shape[0] or high[1] > self.object_shape[1]:
            raise InputError(
                f"patterns span rows {low[0]} to {high[0]} and columns {low[1]} to {high[1]}, "
                f"outside the object of {_by(self.object_shape)} px"
            )
        if self.truth is not None:
            self._put("truth", _array("truth", self.truth, np.complex64, 2))
            if self.truth.shape != self.object_shape:
                raise InputError(
                    f"truth is {_by(self.truth.shape)} px, the object is {_by(self.object_shape)} px"
                )
            if not self.truth.any():
                raise InputError("the truth is zero everywhere: omit it if it is unknown")
        if self.reference is not None:
            for array in (self.reference.obj, self.reference.lit):
                if array.shape != self.object_shape:
                    size = _by(self.object_shape)
                    raise InputError(f"the reference is {_by(array.shape)} px, the object is {size} px")

    def _check_beam(self) -> None:
        if self.weaker_modes is not None:
            modes = _array("weaker modes", self.weaker_modes, np.complex64, 3)
            if modes.shape[1:] != self.probe.shape or not len(modes):
                raise InputError(
                    f"weaker modes have shape {_by(modes.shape)}, expected modes of "
                    f"{_by(self.probe.shape)} px like the probe"
                )
            self._put("weaker_modes", modes)
        if self.weights is not None:
            self._put("weights", _array("weights", self.weights, np.float64, 1))
            if len(self.weights) != len(self.positions) or self.weights.min() <= 0:
                raise InputError(
                    f"weights are {len(self.weights)} numbers from {self.weights.min():g}, expected one "
                    f"above 0 for each of {len(self.positions)} positions"
                )

    def _put(self, key: str, value: Any) -> None:
        object.__setattr__(self, key, value)  # frozen

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def width(self) -> int:
        """Probe and detector width m [px]."""
        return self.probe.shape[-1]

    @property
    def pixels_m(self) -> np.ndarray | None:
        """Height and width of an object pixel [m]; None if unknown."""
        return None if self.pixel_size_m is None else pixels_of(self.pixel_size_m, self.pixel_aspect)

    @cached_property
    def corners(self) -> np.ndarray:
        """First row and column of each patch, whole pixels, shape (K, 2) int64."""
        return np.rint(self.positions).astype(np.int64)

    @cached_property
    def shifts(self) -> np.ndarray | None:
        """How far positions are beyond `corners`, shape (K, 2) [px]; None if all are whole pixels."""
        beyond = self.positions - self.corners
        return beyond if np.abs(beyond).max() > WHOLE else None

    @property
    def modes(self) -> np.ndarray:
        """All modes of the probe: (M, m, m), or (m, m) of a coherent one."""
        return self.probe if self.weaker_modes is None else np.stack((self.probe, *self.weaker_modes))

    @cached_property
    def illumination(self) -> np.ndarray:
        """Summed probe intensity w = sum_i D_i^T |P|² over the object, at `corners`, float32 [counts]."""
        w, intensity = np.zeros(self.object_shape, np.float32), np.square(np.abs(self.modes))
        intensity = intensity.sum(0) if intensity.ndim == 3 else intensity
        weights = np.ones(len(self)) if self.weights is None else np.square(self.weights)
        for (row, column), weight in zip(self.corners, weights, strict=True):
            w[row : row + self.width, column : column + self.width] += np.float32(weight) * intensity
        return w

    @property
    def span(self) -> tuple[slice, slice]:
        """Rows and columns of the object that the patches cover."""
        low, high = self.corners.min(0), self.corners.max(0) + self.width
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))

    @property
    def trusted(self) -> float:
        """Share of the detector's pixels that are valid: all of them without a mask."""
        return 1.0

    @property
    def compared_obj(self) -> np.ndarray | None:
        """The object that results are compared with: the truth, or that of the reference."""
        if self.truth is not None or self.reference is None:
            return self.truth
        return self.reference.obj

    @property
    def compared_with(self) -> str:
        """What NRMSE and SSIM compare with: "the truth", the name of the reference, or nothing."""
        if self.truth is not None:
            return "the truth"
        return "" if self.reference is None else self.reference.name

    def fits(self, other: Any) -> bool:
        """Whether another scan, or a result, has the same positions, probe width and object shape."""
        return (
            self.object_shape == tuple(other.object_shape)
            and self.probe.shape == other.probe.shape
            and np.array_equal(self.positions, other.positions)
        )

    def subset(self, which: Any, **changes: Any) -> Self:
        """The same at some of the positions, with fields changed; object shape and truth stay the same.

        Parameters
        ----------
        which : slice, int or bool array
            Indices of positions, in any order: the order stays that of the scan.

        Raises
        ------
        InputError
            If none is left.
        """
        return replace(self, **self._at(np.unique(np.arange(len(self))[which])) | changes)

    def _at(self, which: np.ndarray) -> dict[str, Any]:
        """The fields with one entry per position, at these indices."""
        weights = None if self.weights is None else self.weights[which]
        return {"positions": self.positions[which], "weights": weights}

    def noted(self, *notes: str, **changes: Any) -> Self:
        """A copy with fields changed and sentences added to the notes."""
        return replace(self, notes=(*self.notes, *notes), **changes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan(Geometry):
    """A ptychographic scan: a `Geometry` and its diffraction patterns.

    Parameters
    ----------
    patterns : array or `Patterns`, shape (K, m, m)
        Diffraction patterns [photon counts], zero frequency in the centre (index m // 2): an array,
        converted to float32, or a source that is read in parts. `chunks` yields both as float32, in parts.
    mask : bool array, shape (m, m) or (K, m, m), optional
        True for valid detector pixels; centred like the patterns.
    held_out : Scan, optional
        Patterns of the same object that are not used for the reconstruction, to test it with.
    background : float32 array, shape (m, m), optional
        Counts that do not come from the sample, the same in all patterns; centred like the patterns. They
        are part of the model, not subtracted. One number is the same for all pixels.
    simulated : bool
        Whether the patterns are computed, with the very model that reconstructs them: then nothing of it
        needs refinement, unless asked for.
    noise : str
        "poisson" for counted photons, "none" for exact intensities: sets the misfit's noise floor.

    Raises
    ------
    InputError
        As for `Geometry`, and if counts are negative or not finite, or have another shape.
    """

    has_patterns: ClassVar[bool] = True

    patterns: Patterns
    mask: np.ndarray | None = None
    held_out: "Scan | None" = None
    background: np.ndarray | None = None
    simulated: bool = False
    noise: str = "poisson"

    def __post_init__(self) -> None:
        if isinstance(self.patterns, np.ndarray):
            if self.patterns.dtype.kind not in "biuf":
                raise InputError(f"patterns are of type {self.patterns.dtype}, expected real numbers")
            self._put("patterns", np.ascontiguousarray(self.patterns, np.float32))
        shape = tuple(self.patterns.shape)
        if len(shape) != 3:
            raise InputError(f"patterns have {len(shape)} axes ({_by(shape)}), expected 3")
        count, rows, columns = shape
        if rows != columns:
            raise InputError(f"patterns are {rows} x {columns} px; they must be square: crop or pad them")
        if count == 0:
            raise InputError("the scan holds no patterns")
        if np.shape(self.probe) != (rows, rows):
            raise InputError(
                f"probe is {_by(np.shape(self.probe))} px, the patterns are {rows} x {rows}: they must "
                f"agree, so give a probe of {rows} x {rows} px"
            )
        if np.shape(self.positions) != (count, 2):
            raise InputError(
                f"positions have shape {_by(np.shape(self.positions))}, expected {count} x 2: "
                "row and column each"
            )
        lowest = self._counts[0]
        if lowest < 0:
            raise InputError(f"patterns hold a negative count ({lowest:g}): mask or clip such pixels")
        super().__post_init__()
        if self.mask is not None:
            self._put("mask", np.ascontiguousarray(self.mask, dtype=bool))
            if self.mask.shape not in ((rows, rows), shape):
                raise InputError(f"mask is {_by(self.mask.shape)}, expected {rows} x {rows} as the patterns")
            if not self.mask.any():
                raise InputError("the mask leaves no detector pixel")
        if self.held_out is not None and (self.held_out.width, self.held_out.object_shape) != (
            self.width,
            self.object_shape,
        ):
            raise InputError(
                f"patterns held out are {self.held_out.width} px of an object of "
                f"{_by(self.held_out.object_shape)} px, the others are {self.width} px of one of "
                f"{_by(self.object_shape)} px: they must agree"
            )

        if self.background is not None:
            background = np.asarray(self.background, np.float32)
            good = background.shape in ((), (rows, rows)) and np.isfinite(background).all()
            if not good or background.min() < 0:
                raise InputError(
                    f"background is {_by(background.shape) or 'one number'}, expected finite counts from 0: "
                    f"one, or {rows} x {rows}"
                )
            self._put("background", np.array(np.broadcast_to(background, (rows, rows))))

    def _at(self, which: np.ndarray) -> dict[str, Any]:
        mask = self.mask if self.mask is None or self.mask.ndim == 2 else self.mask[which]
        return {**super()._at(which), "patterns": SomePatterns(self.patterns, which), "mask": mask}

    def chunks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The patterns in order, in parts that use little memory: their slice, and the float32 values."""
        each = max(1, CHUNK_VALUES // self.patterns.shape[-1] ** 2)
        for first in range(0, self.patterns.shape[0], each):
            which = slice(first, min(first + each, self.patterns.shape[0]))
            yield which, np.asarray(self.patterns[which], np.float32)

    @cached_property
    def counted(self) -> bool:
        """Whether trusted values are whole numbers, as counted photons are; by some of the patterns."""
        some = np.unique(np.linspace(0, len(self) - 1, min(len(self), _LOOKED_AT)).astype(int))
        values = np.asarray(self.patterns[some], np.float32)
        if self.mask is not None:
            values = values * (self.mask if self.mask.ndim == 2 else self.mask[some])
        whole = np.abs(values - np.rint(values)).max() <= NEARLY_WHOLE
        return self.noise == "poisson" and bool(whole)

    @cached_property
    def _counts(self) -> tuple[float, float, float]:
        """Smallest and largest count, and the sum of all, in one pass; of a source only once."""
        if isinstance(self.patterns, np.ndarray):
            return self._count()
        if self.patterns not in _counted:
            _counted[self.patterns] = self._count()
        return _counted[self.patterns]

    def _count(self) -> tuple[float, float, float]:
        low, high, total, wrong = np.inf, -np.inf, 0.0, 0
        for _, part in self.chunks():
            low, high = min(low, float(part.min())), max(high, float(part.max()))
            total += float(part.sum(dtype=np.float64))
            if not np.isfinite(total):
                wrong += int(np.count_nonzero(~np.isfinite(part)))
        if wrong:
            raise InputError(f"patterns hold {wrong} values that are not finite")
        return low, high, total

    @property
    def brightest(self) -> float:
        """The largest count of a pixel."""
        return self._counts[1]

    @property
    def photons(self) -> float:
        """The sum of all counts."""
        return self._counts[2]

    @property
    def size(self) -> int:
        """Number of measured values: K m²."""
        return int(np.prod(self.patterns.shape, dtype=np.int64))

    @property
    def stays_in_file(self) -> bool:
        """Whether patterns are so many that a run reads them from their file, each time it needs them."""
        return not isinstance(self.patterns, np.ndarray) and 4 * self.size >= LARGE_RUN

    @property
    def trusted(self) -> float:
        """Share of the detector's pixels that are valid."""
        return 1.0 if self.mask is None else float(np.mean(self.mask))


def pixels_of(pixel_size_m: float, pixel_aspect: float) -> np.ndarray:
    """Height and width of a pixel of this geometric mean and aspect [m]."""
    return pixel_size_m * np.array([pixel_aspect, 1 / pixel_aspect]) ** 0.5


def _array(name: str, value: np.ndarray, dtype: type, ndim: int) -> np.ndarray:
    kind = np.asarray(value).dtype.kind
    if kind not in "biufc" or (kind == "c" and dtype is not np.complex64):
        raise InputError(f"{name} are of type {np.asarray(value).dtype}, expected {np.dtype(dtype)} numbers")
    value = np.ascontiguousarray(value, dtype=dtype)
    if value.ndim != ndim:
        raise InputError(f"{name} have {value.ndim} axes ({_by(value.shape)}), expected {ndim}")
    if not np.isfinite(value).all():
        raise InputError(f"{name} hold {np.count_nonzero(~np.isfinite(value))} values that are not finite")
    return value


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(int(n)) for n in shape)
