"""Makes a Scan of what a file holds: checked, prepared, placed, with the probe in its units; all is noted."""

import numpy as np

from ptygui.detector import WHOLE
from ptygui.errors import InputError
from ptygui.experiment.watching import shifted
from ptygui.files.beam_window import probe_in, probe_turned, strongest
from ptygui.files.checked import check_span, checked_shapes, fresnel_notes, length, scale_notes
from ptygui.files.measured import NO_PROBE, Measured, matched_probe
from ptygui.files.prepared import FoundMasks, prepared_patterns
from ptygui.physics.orientation import Orientation
from ptygui.prepare.near_field import near_field_findings
from ptygui.prepare.places import overlap_findings, rotated
from ptygui.prepare.preparation import Preparation
from ptygui.prepare.survey import mean_of
from ptygui.scan import Scan


@np.errstate(over="ignore", invalid="ignore")  # counts and spans without end are found below
def scan_of(
    measured: Measured,
    probe: np.ndarray | str | None = None,
    turns: Orientation | None = None,
    zero_frequency: str = "auto",
    preparation: Preparation | None = None,
    masks: FoundMasks | None = None,
    find_probe: bool = True,
) -> tuple[Scan, np.ndarray | None]:
    """Make the Scan, and the file's object cropped to it if there is one.

    Parameters
    ----------
    measured : Measured
    probe : complex array or `ESTIMATE`, optional
        Instead of the file's.
    turns : Orientation, optional
    zero_frequency : {"auto", "centre", "corner"}
    preparation : Preparation, optional
    masks : FoundMasks, optional
        What `preparation` names in other files: mask and dark frame.
    find_probe : bool
        Search for a probe that is missing; otherwise it is the mean pattern in focus.
    """
    turns, preparation = turns or Orientation(), preparation or Preparation()
    measured = checked_shapes(measured)
    estimate = isinstance(probe, str)
    given = None if isinstance(probe, str) else measured.probe if probe is None else probe
    ready = prepared_patterns(measured, given, zero_frequency, preparation, masks or FoundMasks())
    notes = [*measured.notes, *ready.notes]
    scale, m = ready.window.scale, ready.window.width
    pixels = measured.pixels_m
    if pixels is not None:
        pixels = pixels / scale
        if abs(pixels[0] / pixels[1] - 1) > 1e-3:
            notes.append(
                f"object pixels are {length(pixels[0])} high and {length(pixels[1])} wide: positions are "
                f"in pixels "
                "along each axis, nothing is resampled"
            )
    at = measured.noted(pixel_size_m=None if pixels is None else (pixels[0], pixels[1]))
    units = np.ones(2) if pixels is None else pixels  # axes are exchanged in metres: pixels may be oblong
    positions = turns.apply(measured.positions[ready.frames] * scale * units)
    positions = rotated(positions, preparation.turn) / units
    check_span(at, positions, m)
    positions, shift = _placed(positions)
    if turns:
        notes.append(turns.note)
    mean = mean_of(ready.patterns)
    found = overlap_findings(positions, m) + near_field_findings(ready.patterns, positions, mean)
    notes += [one.text for one in found]
    missing = given is None
    if given is None:
        from ptygui.experiment.probe_search import focus_of

        given = focus_of(ready.patterns, ready.mask)
    else:
        given, said = probe_in(given, ready.window, measured.path)
        if probe is None:
            given, turned = probe_turned(given, turns, mean, ready.mask)
            said = (*said, *turned)
        given, more = matched_probe(given, ready.patterns, ready.mask)
        notes += [*said, *more]
    try:
        scan = Scan(
            patterns=ready.patterns,
            positions=positions,
            probe=strongest(given),
            weaker_modes=given[1:] if given.ndim == 3 and len(given) > 1 else None,
            weights=None if measured.weights is None else measured.weights[ready.frames],
            mask=ready.mask,
            background=ready.background,
            pixel_size_m=None if pixels is None else float(np.sqrt(pixels.prod())),
            pixel_aspect=1.0 if pixels is None else float(pixels[0] / pixels[1]),
            wavelength_m=measured.wavelength_m,
            distance_m=measured.distance_m,
            name=measured.name or measured.path.name.split(".")[0],
            notes=tuple(notes),
        )
    except InputError as error:
        raise InputError(f"{measured.path}: {error}") from None
    scan = scan.noted(*fresnel_notes(scan), *scale_notes(scan))
    if missing:
        scan = _with_found_probe(scan, find_probe, _left_out(measured.probe) if estimate else NO_PROBE)
    if measured.obj is None or turns or preparation.turn or not np.allclose(scale, 1):
        return scan, None
    return scan, _cut(measured.obj, np.asarray(measured.obj_corner) + shift, scan.object_shape)


def _left_out(probe: np.ndarray | None) -> str:
    """What an estimate replaces."""
    if probe is None:
        return NO_PROBE
    modes = len(probe) if probe.ndim == 3 else 1
    return "the file's probe is left out" if modes == 1 else f"the file's {modes} modes are left out"


def _with_found_probe(scan: Scan, search: bool, why: str) -> Scan:
    from ptygui.experiment.probe_search import ENOUGH, find_probe

    if not search or len(scan) < ENOUGH:
        return scan.noted(f"{why}: guessed from the mean pattern, in focus; give one with --probe")
    found = find_probe(scan, scan.probe)
    return scan.noted(f"{why}: {found.note}", probe=found.probe)


def _placed(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions shifted so that the smallest whole-pixel corner is 0, and the shift.

    A fraction of a pixel that all share is removed along that axis: whole steps need no shifted probe.
    """
    # 8.999999999, converted from metres, means 9: the difference is far below any sub-pixel step
    positions = np.round(positions, 6)
    least = positions.min(0)
    beyond = positions - least
    alike = np.abs(beyond - np.rint(beyond)).max(0) < WHOLE
    shift = -np.where(alike, least, np.rint(least))
    return positions + shift, shift


def _cut(obj: np.ndarray, corner: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The part of an object that a scan spans; 1 (full transmission) where the object ends earlier."""
    return shifted(obj, np.rint(np.clip(corner, -1e9, 1e9)).astype(int), shape, 1)
