"""Properties of a scan, in words for the scan panel."""

import math

import numpy as np

from ptygui.experiment.run import Run
from ptygui.figures.scale import length
from ptygui.physics.beam_energy import energy_text
from ptygui.physics.overlap import data_per_unknown, overlaps_text
from ptygui.physics.positions import step_length
from ptygui.physics.probe import energy_diameter
from ptygui.scan import Geometry, Scan

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST = 1e-8  # wavelength up to which the energy is told [m]
Facts = tuple[tuple[str, str], ...]  # pairs (what, value)


def counted(number: float) -> str:
    """Photons or counts with three digits, such as "12.3", "12300", "1.23 × 10⁷"."""
    short = f"{number:.3g}"
    if "e" not in short:
        return short
    digits, power = short.split("e")
    if abs(int(power)) < 5:
        return f"{float(short):.0f}"
    return f"{digits} × 10{str(int(power)).translate(_RAISED)}"


def pixel(row: int, column: int, pixel_size_m: float | None) -> str:
    """Where a pixel is, such as "row 84, column 30 (38.7, 13.8 µm)"."""
    at = f"row {row}, column {column}"
    return f"{at} ({length(row * pixel_size_m, column * pixel_size_m)})" if pixel_size_m else at


def duration(seconds: float) -> str:
    """Such as "7.2 s", "12 min", "3.5 h"."""
    for unit, name in ((1, "s"), (60, "min"), (3600, "h")):
        if seconds / unit < (100 if unit < 3600 else math.inf):
            return f"{seconds / unit:.2g} {name}" if seconds < 10 * unit else f"{seconds / unit:.0f} {name}"
    raise ValueError(seconds)


def clock(seconds: float) -> str:
    """A time that passes, such as "7.2 s", "95 s", "12 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def time_left(run: Run) -> str:
    """How long a run will take yet, by its steps without its start; or how long it took."""
    step, each = run.last, run.pace
    if step is None:
        return ""
    if run.outcome != "running" or step.done:
        return f"{'done in' if step.done else 'ended after'} {clock(run.seconds)}"
    return "" if each is None else f"{clock(each * (step.total - step.index))} left"


def facts_of(scan: Geometry) -> Facts:
    """Pairs (what, value): shapes, probe diameters, pixel size, measured overlap, counts."""
    count, m = len(scan), scan.width
    step = step_length(scan.positions)
    half, most = (energy_diameter(scan.probe, part) for part in (0.5, 0.9))
    rows, columns = scan.object_shape
    facts = [
        (
            "patterns",
            f"{count} of {m} × {m} px" if isinstance(scan, Scan) else f"none: a result, of {count} positions",
        ),
        ("object", f"{rows} × {columns} px" + (", truth known" if scan.truth is not None else "")),
        ("probe", f"50 / 90 % of energy in Ø {half:.1f} / {most:.1f} px"),
        ("step", f"{step:.1f} px between neighbours" if count > 1 else "one position"),
    ]
    if isinstance(scan, Scan):
        brightest = counted(scan.brightest)
        facts.insert(1, ("counts", f"{counted(scan.photons / count)} a pattern, brightest pixel {brightest}"))
    if count > 1:
        facts.append(("overlap", overlaps_text(scan).replace("the probe's ", "")))
    facts.append(("sampling", f"{2 * data_per_unknown(scan):.3g} measurements per complex unknown"))
    if isinstance(scan, Scan) and scan.held_out is not None:
        facts.append(("held out", f"{len(scan.held_out)} more patterns, to test results with"))
    if scan.reference is not None:
        facts.append(("compared", f"with {scan.reference.name}"))
    if scan.pixel_size_m:
        facts.append(("pixel", length(scan.pixel_size_m) + _beam(scan)))
    else:
        facts.append(("pixel", "size unknown: lengths are in pixels"))
    if scan.wavelength_m and scan.wavelength_m < _LONGEST:
        facts.append(("energy", energy_text(scan.wavelength_m)))
    if isinstance(scan, Scan) and scan.mask is not None:
        facts.append(("mask", f"{100 - 100 * np.mean(scan.mask):.1f} % of the detector left out"))
    return tuple(facts)


def _beam(scan: Geometry) -> str:
    parts = []
    if scan.wavelength_m:
        parts.append(f"λ {length(scan.wavelength_m)}")
    if scan.distance_m:
        parts.append(f"distance {length(scan.distance_m)}")
    return ", " + ", ".join(parts) if parts else ""
