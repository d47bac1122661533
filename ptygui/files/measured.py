"""What a scan file holds, in its own conventions; `scan_from` makes a Scan of it."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ptygui.errors import InputError
from ptygui.files.stack import Frames
from ptygui.prepare.survey import totals_of
from ptygui.scan import Patterns

JOULE_PER_EV = 1.602176634e-19

NO_PROBE = "the file holds no probe"
ESTIMATE = "estimate"  # given as a probe: that of the file is left out, as if there were none
_PROBE_RANGE = (0.05, 2.0)  # a pattern's total relative to the probe's energy; outside it one is wrong
_LEAST_SEEN = 0.05  # share of the light that unmasked pixels see at least, where it is made up for
_CLEAR = 0.02  # mean cosine below which the place of the zero frequency is undecided


@dataclass(frozen=True, eq=False)
class Measured:
    """The content of a scan file in its own conventions.

    Attributes
    ----------
    path : Path
    patterns : array or Stack, shape (K, rows, columns)
        Counts; also (scan rows, scan columns, rows, columns). Large ones are left in their file.
    positions : float64 array, shape (K, 2)
        Row and column from any origin, in object pixels of the whole frame, which may differ per axis.
    probe : complex array, shape (m, m) or (M, m, m), optional
        Or its incoherent modes, the strongest first.
    weights : array, shape (K,), optional
        Amplitude of the beam at each position, relative to the probe's.
    centred : bool, optional
        Whether the zero frequency is in the centre; None if the format does not say.
    mask : bool array, optional
        True for valid pixels.
    dark : array, shape (rows, columns), optional
        A mean dark frame, to be subtracted.
    background : array, shape (rows, columns), optional
        Counts that stay in the patterns and are part of the model.
    pixel_size_m : float or (float, float), optional
        Object pixel, or its height and width [m].
    obj : complex array, optional
        An object in the file; `obj_corner` is the position of its first pixel, like `positions`.
    """

    path: Path
    patterns: Frames
    positions: np.ndarray
    probe: np.ndarray | None = None
    weights: np.ndarray | None = None
    mask: np.ndarray | None = None
    dark: np.ndarray | None = None
    background: np.ndarray | None = None
    centred: bool | None = None
    obj: np.ndarray | None = None
    obj_corner: tuple[float, float] | None = None
    pixel_size_m: float | tuple[float, float] | None = None
    wavelength_m: float | None = None
    distance_m: float | None = None
    name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def pixels_m(self) -> np.ndarray | None:
        """Height and width of an object pixel of the whole frame [m]."""
        return None if self.pixel_size_m is None else np.ones(2) * self.pixel_size_m

    def noted(self, *notes: str, **changes: Any) -> "Measured":
        """A copy with fields changed and notes added."""
        return replace(self, notes=(*self.notes, *notes), **changes)


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
    rows, columns = (np.cos(2 * np.pi * (np.arange(n) - n // 2) / n) for n in mean.shape)
    verdict = (mean * (rows[:, None] + columns) / 2).sum() / mean.sum()
    return None if abs(verdict) < _CLEAR else bool(verdict > 0)


def matched_probe(
    probe: np.ndarray, patterns: Patterns, mask: np.ndarray | None = None
) -> tuple[np.ndarray, list[str]]:
    """The probe, or its modes, unchanged, or scaled to the counts if it contradicts them; and a note."""
    probe = np.asarray(probe, np.complex64)
    energy = float(np.square(np.abs(probe), dtype=np.float64).sum())
    low, high = _PROBE_RANGE
    if not energy or not np.isfinite(energy):
        return probe, []
    light = np.square(np.abs(_far(probe)))
    brightest = _brightest(patterns, mask, light if light.ndim == 2 else light.sum(0))
    if low <= brightest / energy <= high:
        return probe, []
    factor = np.sqrt(brightest / energy)
    return (probe * np.float32(factor)).astype(np.complex64), [
        f"the probe's energy of {energy:.4g} counts contradicts the brightest pattern's {brightest:.4g}: "
        f"the probe was multiplied by {factor:.4g}"
    ]


def _brightest(patterns: Patterns, mask: np.ndarray | None, light: np.ndarray) -> float:
    """Counts of the brightest patterns, with those that the mask hides, if light falls as in `light`."""
    totals = totals_of(patterns, mask)
    if mask is None:
        return float(np.percentile(totals, 99.9))
    shares = np.tensordot(mask, light, 2) / max(float(light.sum()), 1e-300)
    return float(np.percentile(totals / np.maximum(shares, _LEAST_SEEN), 99.9))


def _far(probe: np.ndarray) -> np.ndarray:
    """The probe on the detector, zero frequency in the centre; complex128, since files hold any numbers."""
    axes = (-2, -1)
    shifted = np.fft.ifftshift(probe.astype(complex), axes=axes)
    return np.fft.fftshift(np.fft.fft2(shifted, norm="ortho"), axes=axes)


class Shaped(Protocol):
    """An array, or a dataset that is not read yet."""

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def dtype(self) -> np.dtype: ...  # noqa: D102


def check_counts(path: Path, stack: Shaped, positions: Shaped) -> None:
    """Check, before patterns are read, that there is a position for each."""
    count, known = math.prod(stack.shape[:-2]), positions.shape
    if count not in known and math.prod(known[:-1]) != count:
        size = count * math.prod(stack.shape[-2:]) * stack.dtype.itemsize / 2**30
        said = f" of {size:.1f} GiB" if size >= 1 else ""
        raise InputError(
            f"{path}: {count} patterns{said} and positions of shape {known}, expected one position "
            "per pattern"
        )


def check_patterns(path: Path, stack: Shaped) -> None:
    """Check that patterns are frames of real numbers, in a list or on a grid of scan rows and columns.

    Also of a dataset, before it is read.
    """
    shape = stack.shape
    if stack.dtype.kind in "OSU":
        raise InputError(f"{path}: the data set of patterns holds text, expected numbers")
    if len(shape) not in (3, 4) or stack.dtype.kind not in "biuf":
        raise InputError(
            f"{path}: patterns have shape {shape} and type {stack.dtype}, expected real numbers "
            "with the axes pattern, row, column (or scan row, scan column, row, column)"
        )
    if 0 in shape:
        raise InputError(f"{path}: patterns have shape {shape}: the scan is empty")


def near_field(path: Path, said: str) -> InputError:
    """The refusal of a file that says of itself that its patterns are of the near field."""
    return InputError(
        f"{path} says {said}: near-field scans cannot be reconstructed, because the model here assumes the "
        "far field"
    )
