"""The window about the beam of a file's patterns, and its probe in that window."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.measured import Measured, zero_frequency_centred
from ptygui.files.probes import ProbeFile, fitted
from ptygui.physics.orientation import ORIENTATIONS, Orientation
from ptygui.prepare.preparation import Preparation
from ptygui.prepare.window import Window, beam_centre, beam_is_off, far_field_fit, window_about

_BETTER = 0.01  # gain in correlation, above which a probe is turned with the positions
_CLEARLY_BETTER = 0.05  # above which turning is suggested


def beam_window(
    measured: Measured,
    probe: np.ndarray | None,
    zero_frequency: str,
    preparation: Preparation,
    mean: np.ndarray,
    seen: np.ndarray,
    notes: list[str],
) -> tuple[Window, np.ndarray]:
    """The square about the beam, and the row and column of the beam [px], zero frequency in the centre.

    Parameters
    ----------
    measured : Measured
    probe : complex array, optional
        Whose far field says where the beam belongs.
    zero_frequency : {"auto", "centre", "corner"}
    preparation : Preparation
    mean : float array, shape (rows, columns)
        Mean pattern.
    seen : bool array, shape (rows, columns)
        True for good pixels.
    notes : list of str
        What is found is added.
    """
    centred, said = is_centred(measured, zero_frequency, mean, seen)
    notes += said
    mean = np.maximum(mean, 0)
    if not centred:
        mean, seen = np.fft.fftshift(mean), np.fft.fftshift(seen)
    shape, side = mean.shape, min(mean.shape)
    template = None if probe is None else _template(probe, shape)
    centre = beam_centre(mean, seen, template)
    off = zero_frequency == "auto" and beam_is_off(mean, seen, template, centre)
    recentre = {"yes": True, "no": False}.get(
        preparation.recentre, off or (shape[0] != shape[1] and probe is not None)
    )
    about = centre if recentre or shape[0] != shape[1] else np.array([n // 2 for n in shape], float)
    window = window_about(shape, about, recentre, preparation.crop, preparation.bin, not centred)
    if shape[0] != shape[1] or preparation.crop:
        notes.append(
            f"patterns of {shape[0]} x {shape[1]} px were cropped to a square of {window.side} px about "
            f"the beam at "
            f"row {about[0]:.4g}, column {about[1]:.4g}"
        )
    if window.roll != (0, 0):
        down, right = window.roll
        notes.append(
            f"the beam is at row {centre[0]:.4g}, column {centre[1]:.4g} of the mean pattern: frames were "
            f"moved "
            f"{down:+d} px down and {right:+d} px right, and what came in from the other side is masked"
        )
    elif off and not recentre and side:
        notes.append(
            f"the beam seems to be at row {centre[0]:.4g}, column {centre[1]:.4g} and not in the middle: "
            f"try --recentre"
        )
    if window.bin > 1:
        notes.append(f"{window.bin} x {window.bin} detector pixels were summed to one: {window.width} px")
    return window, centre


def is_centred(
    measured: Measured, zero_frequency: str, mean: np.ndarray, seen: np.ndarray
) -> tuple[bool, list[str]]:
    """Whether the zero frequency is in the centre of the frames, not in the corner, and what is said of it.

    Parameters are those of `beam_window`.
    """
    if zero_frequency not in ("auto", "centre", "corner"):
        raise InputError(f"zero frequency is {zero_frequency!r}, expected auto, centre or corner")
    told = {"auto": measured.centred, "centre": True, "corner": False}[zero_frequency]
    if told is not None:
        return told, []
    found = zero_frequency_centred(np.maximum(mean, 0)[None], seen)
    if found is None:
        return True, ["the mean pattern does not show where the zero frequency is: the centre was assumed"]
    return found, [f"zero frequency found in the {'centre' if found else 'corner'} of the mean pattern"]


def _template(probe: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """The probe on the largest square of the detector, or on all of it; None if its numbers are no probe."""
    side, probe = min(shape), strongest(probe)
    size = np.abs(probe).max(initial=0)
    if probe.ndim != 2 or not np.isfinite(size) or not 0 < size < 1e15:
        return None
    if probe.shape in (shape, (side, side)) or not 4 <= side <= 8192:
        return probe
    return fitted(ProbeFile(np.asarray(probe, np.complex64)), side).probe


def probe_in(probe: np.ndarray, window: Window, path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """A probe, or its modes, as the window sees it, and notes; cut or padded about its middle if needed."""
    m = window.width
    strange = int(np.count_nonzero(~np.isfinite(probe)))
    if strange:
        raise InputError(
            f"{path}: the probe holds {strange} values that are not finite: give one with --probe"
        )
    if not np.any(probe):
        raise InputError(f"{path}: the probe is zero everywhere: give another one with --probe")
    if probe.shape[-2:] == (m, m):
        return probe, ()
    notes: tuple[str, ...] = ()
    if probe.shape[-2:] != window.shape:
        side = min(window.shape)
        if probe.shape[-2:] != (side, side):
            try:
                found = fitted(ProbeFile(np.asarray(probe, np.complex64)), side)
            except InputError as error:
                raise InputError(f"{path}: {error}") from None
            probe, notes = found.probe, found.notes
        window = replace(window, shape=(side, side))
    before = float(np.square(np.abs(probe), dtype=np.float64).sum())
    probe = window.of_probe(probe)
    kept = float(np.square(np.abs(probe), dtype=np.float64).sum()) / before if before else 1.0
    if kept < 0.995:
        notes = (*notes, f"the window keeps {kept:.1%} of the probe's energy")
    return probe, notes


def probe_turned(
    probe: np.ndarray, turns: Orientation, mean: np.ndarray, mask: np.ndarray | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The probe of a file turned with the positions, if its far field then fits the mean pattern; and a note.

    Where frames were turned when they were written, positions and probe belong together, and both are turned
    to the frames. Where positions were, the probe belongs to the frames.
    """
    if mask is None:
        mask = np.ones(probe.shape[-2:], bool)
    good = np.asarray(mask if mask.ndim == 2 else mask.all(0))
    first = strongest(probe)

    def fit(turns: Orientation) -> float:
        return far_field_fit(mean, good, turned_image(first, turns))

    if turns:
        if fit(turns) <= fit(Orientation()) + _BETTER:
            return probe, ()
        return turned_image(probe, turns), (
            "the probe was turned with the positions: its far field then fits the mean pattern",
        )
    fits = [fit(one) for one in ORIENTATIONS]
    if max(fits) <= fits[0] + _CLEARLY_BETTER:
        return probe, ()
    near = (one for one, found in zip(ORIENTATIONS, fits, strict=True) if found > max(fits) - _BETTER)
    best = min(near, key=lambda one: sum(vars(one).values()))  # many probes are alike in some
    return probe, (
        "WARNING: the far field of the file's probe fits the mean pattern only if it is turned: the frames "
        f"seem to be turned against positions and probe, so try --orientation {best.name}",
    )


def strongest(probe: np.ndarray) -> np.ndarray:
    """The first of several modes, (m, m)."""
    return probe if probe.ndim == 2 else probe[0]


def turned_image(image: np.ndarray, turns: Orientation) -> np.ndarray:
    """An image, or some (..., m, m), turned like positions."""
    image = image.swapaxes(-1, -2) if turns.swap_axes else image
    return image[..., :: -1 if turns.flip_rows else 1, :: -1 if turns.flip_columns else 1]
