"""Makes a Scan from a file's contents: centring, masks, positions, probe scale; every change is noted."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ptygui.detector import WHOLE
from ptygui.errors import InputError
from ptygui.files.limits import check_object, check_size, real_numbers
from ptygui.physics.orientation import Orientation
from ptygui.scan import Scan

HC_EV_M = 1.239841984e-6  # Planck constant x speed of light [eV m]
JOULE_PER_EV = 1.602176634e-19

_PROBE_RANGE = (0.05, 2.0)  # a pattern's total relative to the probe's energy; outside it one is wrong
_CLEAR = 0.02  # mean cosine below which the place of the zero frequency is undecided


@dataclass(frozen=True, eq=False)
class Measured:
    """The content of a scan file in its own conventions.

    Attributes
    ----------
    path : Path
    patterns : array, shape (K, m, m)
        Counts.
    positions : float64 array, shape (K, 2)
        Row and column [px] from any origin.
    centred : bool, optional
        Whether the zero frequency is in the centre; None if the format does not say.
    mask : bool array, optional
        True for valid pixels.
    obj : complex array, optional
        An object in the file; `obj_corner` is the position of its first pixel, like `positions`.
    """

    path: Path
    patterns: np.ndarray
    positions: np.ndarray
    probe: np.ndarray | None = None
    mask: np.ndarray | None = None
    centred: bool | None = None
    obj: np.ndarray | None = None
    obj_corner: tuple[float, float] | None = None
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    distance_m: float | None = None
    name: str = ""
    notes: tuple[str, ...] = ()

    def noted(self, *notes: str, **changes: Any) -> "Measured":
        """A copy with fields changed and notes added."""
        return replace(self, notes=(*self.notes, *notes), **changes)


@np.errstate(over="ignore", invalid="ignore")  # counts and spans without end are found below
def scan_of(
    measured: Measured,
    probe: np.ndarray | None = None,
    turns: Orientation | None = None,
    zero_frequency: str = "auto",
) -> tuple[Scan, np.ndarray | None]:
    """Make the Scan, and the file's object cropped to it if there is one."""
    turns = turns or Orientation()
    measured = _with_shapes_checked(measured)
    measured = _with_good_counts(measured)
    measured = _with_centred_patterns(measured, zero_frequency)
    positions, shift = _placed(turns.apply(measured.positions), measured)
    notes = list(measured.notes)
    if turns:
        notes.append(turns.note)
    if probe is None:
        probe = measured.probe
    if probe is None:
        probe = guessed_probe(measured.patterns, measured.mask)
        notes.append("probe guessed from the mean pattern (flat phase); refine it or give one with --probe")
    else:
        probe, said = matched_probe(probe, measured.patterns, measured.mask)
        notes += said
    try:
        scan = Scan(
            patterns=measured.patterns,
            positions=positions,
            probe=probe,
            mask=measured.mask,
            pixel_size_m=measured.pixel_size_m,
            wavelength_m=measured.wavelength_m,
            distance_m=measured.distance_m,
            name=measured.name or measured.path.name.split(".")[0],
            notes=tuple(notes),
        )
    except InputError as error:
        raise InputError(f"{measured.path}: {error}") from None
    if measured.obj is None or turns:
        return scan, None
    return scan, _cut(measured.obj, np.asarray(measured.obj_corner) + shift, scan.object_shape)


def object_pixel(wavelength_m: float, distance_m: float, width: int, detector_pixel_m: float) -> float:
    """Pixel of the sample plane in the far field, λ z / (m d) [m]."""
    return wavelength_m * distance_m / (width * detector_pixel_m)


def zero_frequency_centred(patterns: np.ndarray, mask: np.ndarray | None = None) -> bool | None:
    """Whether the patterns' zero frequency is in the centre (True) or the corner (False); None: unclear.

    The mean pattern is weighted with the cosine of the distance from the centre along both axes,
    which is +1 in the centre and -1 in the corner, and also works for ring-shaped patterns.
    """
    mean = patterns.mean(0, dtype=np.float64)
    if mask is not None:
        mean = mean * (mask if mask.ndim == 2 else mask.all(0))
    if mean.sum() == 0:
        return None
    m = mean.shape[-1]
    wave = np.cos(2 * np.pi * (np.arange(m) - m // 2) / m)
    verdict = (mean * (wave[:, None] + wave) / 2).sum() / mean.sum()
    return None if abs(verdict) < _CLEAR else bool(verdict > 0)


def guessed_probe(patterns: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """A probe with the mean pattern as far field, a flat phase, and the energy of the brightest pattern."""
    mean = patterns.mean(0)
    if mask is not None:
        mean = mean * (mask if mask.ndim == 2 else mask.all(0))
    probe = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(np.sqrt(mean)), norm="ortho"))
    energy = np.vdot(probe, probe).real
    return (probe * np.sqrt(_brightest(patterns) / energy)).astype(np.complex64) if energy else probe


def matched_probe(
    probe: np.ndarray, patterns: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, list[str]]:
    """The probe unchanged, or scaled to the counts if it contradicts them; and a note."""
    probe = np.asarray(probe, np.complex64)
    energy = float(np.square(np.abs(probe), dtype=np.float64).sum())
    seen = patterns if mask is None else patterns * mask
    brightest = _brightest(seen)
    low, high = _PROBE_RANGE
    if not energy or not np.isfinite(energy) or low <= brightest / energy <= high:
        return probe, []
    factor = np.sqrt(brightest / energy)
    return (probe * np.float32(factor)).astype(np.complex64), [
        f"the probe's energy of {energy:.4g} counts contradicts the brightest pattern's {brightest:.4g}: "
        f"the probe was multiplied by {factor:.4g}"
    ]


def _brightest(patterns: np.ndarray) -> float:
    return float(np.percentile(patterns.sum((-2, -1), dtype=np.float64), 99.9))


class Shaped(Protocol):
    """An array, or a dataset that is not read yet."""

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def dtype(self) -> np.dtype: ...  # noqa: D102


def check_counts(path: Path, patterns: Shaped, positions: Shaped) -> None:
    """Check, before patterns are read, that there is a position for each."""
    count, known = (patterns.shape or (0,))[0], positions.shape
    if count not in known:
        raise InputError(
            f"{path}: {count} patterns and positions of shape {known}, expected one position per pattern"
        )


def check_patterns(path: Path, stack: Shaped) -> None:
    """Check that patterns are a stack of square arrays of real numbers, also before they are read."""
    shape = stack.shape
    if len(shape) != 3 or stack.dtype.kind not in "biuf":
        raise InputError(
            f"{path}: patterns have shape {shape} and type {stack.dtype}, expected real numbers "
            "with the axes pattern, row, column"
        )
    if 0 in shape:
        raise InputError(f"{path}: patterns have shape {shape}: the scan is empty")
    check_size(path, "patterns", shape, stack.dtype)
    if shape[1] != shape[2]:
        side = min(shape[1:])
        raise InputError(
            f"{path}: patterns are {shape[1]} x {shape[2]} px, expected a square: "
            f"cut them to {side} x {side} px about the beam's centre and save them again"
        )


def _with_shapes_checked(measured: Measured) -> Measured:
    path, patterns = measured.path, measured.patterns
    positions = real_numbers(path, "positions", np.asarray(measured.positions))
    check_patterns(path, patterns)
    if positions.shape != (len(patterns), 2):
        raise InputError(
            f"{path}: {len(patterns)} patterns and positions of shape {positions.shape}, expected "
            f"{len(patterns)} x 2: one position per pattern"
        )
    if not np.isfinite(positions).all():
        raise InputError(
            f"{path}: {np.count_nonzero(~np.isfinite(positions).all(1))} positions are not finite: "
            "remove those patterns"
        )
    check_size(path, "patterns as float32", patterns.shape, np.dtype(np.float32))
    probe = measured.probe
    if probe is not None and not (probe.dtype.kind in "biufc" and np.isfinite(probe).all()):
        raise InputError(
            f"{path}: the probe holds {probe.dtype} values, expected finite numbers: give one with --probe"
        )
    return replace(measured, positions=positions)


def _with_good_counts(measured: Measured) -> Measured:
    patterns = np.ascontiguousarray(measured.patterns, np.float32)
    if patterns is measured.patterns:
        patterns = patterns.copy()
    notes, mask = [], measured.mask
    good = np.isfinite(patterns)
    if not good.all():
        notes.append(f"{np.count_nonzero(~good)} counts are not finite: masked")
        patterns[~good] = 0
        if np.array_equal(good.all(0), good.any(0)):  # the same pixels in every pattern
            good = np.asarray(good.all(0))
        mask = good if mask is None else good & mask
    negative = np.count_nonzero(patterns < 0)
    if negative:
        notes.append(f"{negative} negative counts (down to {patterns.min():g}) set to 0")
        np.maximum(patterns, 0, out=patterns)
    if mask is not None and not mask.any():
        raise InputError(f"{measured.path}: the mask leaves no detector pixel: is 0 good in this file?")
    if not patterns.any():
        raise InputError(f"{measured.path}: all patterns are zero: is this the right data set?")
    if mask is not None and mask.all():
        mask = None
    return measured.noted(*notes, patterns=patterns, mask=mask)


def _with_centred_patterns(measured: Measured, zero_frequency: str) -> Measured:
    if zero_frequency not in ("auto", "centre", "corner"):
        raise InputError(f"zero frequency is {zero_frequency!r}, expected auto, centre or corner")
    centred = {"auto": measured.centred, "centre": True, "corner": False}[zero_frequency]
    notes = []
    if centred is None:
        centred = zero_frequency_centred(measured.patterns, measured.mask)
        if centred is None:
            centred = True
            notes.append("the mean pattern does not show where the zero frequency is: the centre was assumed")
        else:
            place = "centre" if centred else "corner"
            notes.append(f"zero frequency found in the {place} of the mean pattern")
    if centred:
        return measured.noted(*notes)

    def shifted(array: np.ndarray) -> np.ndarray:
        return np.fft.fftshift(array, axes=(-2, -1))

    return measured.noted(
        *notes,
        patterns=shifted(measured.patterns),
        mask=None if measured.mask is None else shifted(measured.mask),
    )


def _placed(positions: np.ndarray, measured: Measured) -> tuple[np.ndarray, np.ndarray]:
    """Positions shifted so that the smallest whole-pixel corner is 0, and the shift.

    A fraction of a pixel that all share is removed along that axis: whole steps need no shifted probe.
    """
    # 8.999999999, converted from metres, means 9: the difference is far below any sub-pixel step
    positions = np.round(positions, 6)
    least = positions.min(0)
    beyond = positions - least
    alike = np.abs(beyond - np.rint(beyond)).max(0) < WHOLE
    shift = -np.where(alike, least, np.rint(least))
    span = np.ptp(positions, axis=0) + measured.patterns.shape[-1] + 1
    check_object(
        measured.path,
        span,
        f"positions span {span[0]:.4g} x {span[1]:.4g} px: check their unit, the pixel size, wavelength "
        "and distance",
    )
    return positions + shift, shift


def _cut(obj: np.ndarray, corner: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The part of an object that a scan spans; 1 (full transmission) where the object ends earlier."""
    out = np.ones(shape, np.complex64)
    first = np.rint(np.clip(corner, -1e9, 1e9)).astype(int)
    here, there = [], []
    for at, size, room in zip(first, obj.shape, shape, strict=True):
        low, high = max(at, 0), min(at + size, room)
        if low >= high:
            return out
        here.append(slice(low - at, high - at))
        there.append(slice(low, high))
    out[tuple(there)] = obj[tuple(here)]
    return out
