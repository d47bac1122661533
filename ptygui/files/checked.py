"""Checks that every format goes through: shapes, spans that cannot be, near field."""

import numpy as np

from ptygui.errors import InputError
from ptygui.files.limits import check_object, check_size, real_numbers
from ptygui.files.measured import Measured, check_patterns
from ptygui.files.stack import Stack, flattened
from ptygui.physics.fresnel import fresnel_number
from ptygui.physics.probe import energy_diameter
from ptygui.scan import Scan

_UNITS = ((1, "m"), (1e-3, "mm"), (1e-6, "µm"), (1e-9, "nm"), (1e-12, "pm"))
_FEWEST_COUNTS = 100  # of a pattern, from which values that are not whole may be photons, less a background
_FAR = 1.0  # Fresnel number from which the far field is doubtful


def length(metres: float | None) -> str:
    """A length with a fitting unit: 10 nm."""
    if metres is None:
        return "not stated"
    scale, unit = next(((s, u) for s, u in _UNITS if abs(metres) >= 0.9999 * s), _UNITS[-1])
    return f"{metres / scale:.4g} {unit}"


def checked_shapes(measured: Measured) -> Measured:
    """Patterns as (K, rows, columns) and positions as (K, 2); what was rearranged is noted.

    Raises
    ------
    InputError
        If they do not belong together, or are too large.
    """
    path, patterns, notes = measured.path, measured.patterns, []
    positions, mask = real_numbers(path, "positions", np.asarray(measured.positions)), measured.mask
    check_patterns(path, patterns)
    if patterns.ndim == 4:
        grid, frame = patterns.shape[:2], patterns.shape[2:]
        if positions.shape[:1] not in ((grid[0] * grid[1],), grid[:1]):
            raise InputError(
                f"{path}: {grid[0]} x {grid[1]} patterns and positions of shape {positions.shape}, expected "
                "one position per pattern"
            )
        patterns = flattened(patterns)
        if mask is not None and mask.ndim == 4:
            mask = mask.reshape(-1, *frame)
        if positions.shape == (*grid, 2):
            positions = positions.reshape(-1, 2)
        notes.append("the grid of {} x {} patterns was taken row by row".format(*grid))
    if positions.shape != (len(patterns), 2):
        raise InputError(
            f"{path}: {len(patterns)} patterns and positions of shape {positions.shape}, expected "
            f"{len(patterns)} x 2: one position per pattern"
        )
    if not np.isfinite(positions).any(0).all():
        raise InputError(f"{path}: {len(positions)} positions are not finite: is this the right data set?")
    if not isinstance(patterns, Stack):
        check_size(path, "patterns as float32", patterns.shape, np.dtype(np.float32))
    probe, weights = measured.probe, measured.weights
    if weights is not None:
        weights = real_numbers(path, "weights", np.asarray(weights))
        if weights.shape != (len(patterns),) or not (np.isfinite(weights) & (weights > 0)).all():
            raise InputError(
                f"{path}: weights have shape {weights.shape} and are from {weights.min(initial=np.inf):g}, "
                f"expected one above 0 for each of {len(patterns)} patterns"
            )
    if probe is not None and (probe.dtype.kind not in "biufc" or probe.ndim < 2 or 0 in probe.shape):
        raise InputError(
            f"{path}: the probe holds {probe.dtype} values of shape {probe.shape}, expected numbers with "
            "rows and columns: give one with --probe"
        )
    return measured.noted(*notes, patterns=patterns, positions=positions, mask=mask, weights=weights)


def as_rows(
    path: object, table: np.ndarray, count: int, columns: tuple[int, ...] = (2, 3)
) -> tuple[np.ndarray, tuple[str, ...]]:
    """A table with one row per pattern, turned if its axes are exchanged; and a note.

    Parameters
    ----------
    path : path
        For the message.
    table : array, shape (count, n), (n, count) or (rows, columns, n)
    count : int
        How many patterns there are.
    columns : tuple of int
        The n that are accepted.
    """
    if table.ndim == 3 and table.shape[-1] in columns:
        table = table.reshape(-1, table.shape[-1])
    if table.ndim == 2 and table.shape[1] in columns:
        return table, ()
    if table.ndim == 2 and table.shape[0] in columns and table.shape[1] == count:
        return table.T, (
            f"the table of {table.shape[0]} x {count} positions was turned: one row per pattern",
        )
    raise InputError(
        f"{path}: translation has shape {table.shape}, expected one (x, y, z) [m] for each of {count} "
        f"patterns"
    )


def check_span(measured: Measured, positions: np.ndarray, width: int) -> None:
    """Refuse positions whose span cannot be that of a scan; the message says what it comes from.

    Parameters
    ----------
    measured : Measured
    positions : array, shape (K, 2)
        In pixels.
    width : int
        Of a patch [px].
    """
    span = np.ptp(positions, axis=0)
    told = _told(measured, span)
    if len(positions) > 1 and not span.any():
        raise InputError(
            f"{measured.path}: all {len(positions)} positions are the same place: they were not filled in, "
            f"or "
            "are those of another motor"
        )
    if len(positions) > 1 and span.max() < 1:
        raise InputError(
            f"{measured.path}: all positions lie within one pixel, which cannot be: {told}. Check the "
            f"units of "
            "positions, wavelength and distance, or give --pixel-size"
        )
    whole = span + width + 1
    check_object(
        measured.path,
        whole,
        f"positions span {span[0]:.4g} x {span[1]:.4g} px, which cannot be: {told}. Check the unit of the "
        "positions, wavelength and distance, or give --pixel-size",
    )


def _told(measured: Measured, span: np.ndarray) -> str:
    """What was read, and the pixel size and span that it comes to."""
    pixels = measured.pixels_m
    known = [
        f"{name} {length(value)}"
        for name, value in (("wavelength", measured.wavelength_m), ("distance", measured.distance_m))
        if value
    ]
    if pixels is None:
        return "the file states positions in pixels"
    size = " x ".join(dict.fromkeys(length(p) for p in pixels))
    metres = " x ".join(length(s * p) for s, p in zip(span, pixels, strict=True))
    read = f"{', '.join(known)} and " if known else ""
    return f"{read}an object pixel of {size} were read, so that the positions span {metres}"


def fresnel_notes(scan: Scan) -> tuple[str, ...]:
    """A warning if the Fresnel number of the beam says near field."""
    if not (scan.pixel_size_m and scan.wavelength_m and scan.distance_m):
        return ()
    diameter = energy_diameter(scan.probe) * scan.pixel_size_m
    number = fresnel_number(diameter, scan.wavelength_m, scan.distance_m)
    if number < _FAR:
        return ()
    return (
        f"WARNING: the Fresnel number D²/(λz) is {number:.2g}, for a beam of {length(diameter)} and a "
        f"distance of "
        f"{length(scan.distance_m)}: not the far field that the model assumes. It fits only with a probe "
        f"that "
        "includes the curvature of the beam, such as a refined one",
    )


def scale_notes(scan: Scan) -> tuple[str, ...]:
    """A warning if patterns are not in counts: whole numbers, or at least many."""
    mean = scan.photons / len(scan)
    first = np.asarray(scan.patterns[:1])
    if mean >= _FEWEST_COUNTS or np.array_equal(first, np.rint(first)):
        return ()
    return (
        f"WARNING: a pattern holds {mean:.3g} counts, and they are not whole numbers: they were scaled and "
        "are not photons, so that figures in units of photon noise mean nothing",
    )
