"""Scans in NPZ as SLAC and PtychoPINN write them: `diffraction`, `xcoords_start`, `ycoords_start`."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.amplitudes import as_counts
from ptygui.files.arrays import Arrays, entry_frames, open_arrays
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import positive
from ptygui.files.measured import Measured, check_patterns
from ptygui.files.optics import Optics, in_pixels, wavelength_of
from ptygui.files.probes import modes_of
from ptygui.files.stack import mapped

_PATTERNS = ("diffraction", "diff3d")
_METRES = 1e-2  # positions that span less than this are metres: no scan spans a hundredth of a pixel


def is_slac(found: Contents) -> bool:
    """Whether the names are those of such a file."""
    if not isinstance(found, Arrays):
        return False
    names = found.entries.keys()
    return any(n in names for n in _PATTERNS) and any({f"x{c}", f"y{c}"} <= names for c in _COORDS)


_COORDS = ("coords_start", "coords")


def read_slac(path: Path, pixel_size_m: float | None = None) -> Measured:
    """Read a scan; the axis of frames is the one that has as many entries as there are positions."""
    with open_arrays(path) as arrays:
        names = arrays.entries
        which = next(c for c in _COORDS if {f"x{c}", f"y{c}"} <= names.keys())
        places = np.stack([arrays.reals(f"{a}{which}").ravel() for a in "yx"], 1)
        stack = arrays.named(next(n for n in _PATTERNS if n in names))
        shape, count = stack.shape[:3] if stack.shape[3:] == (1,) else stack.shape, len(places)
        if len(shape) != 3 or count not in (shape[0], shape[-1]):
            raise InputError(
                f"{path}: patterns are {stack.shape}, positions {count}: expected one per pattern"
            )
        last = shape[-1] == count and shape[0] == shape[1]
        # with the frames last, the whole file would be read for each block of them
        patterns = np.moveaxis(stack.load().reshape(shape), -1, 0) if last else entry_frames(stack)
        probe = names["probeGuess"].load() if "probeGuess" in names else None
        energy, distance, detector = (
            positive(arrays.number(n))
            for n in ("photon_energy_eV", "detector_distance_m", "detector_pixel_size_m")
        )
    if patterns.ndim == 4:
        patterns = mapped(patterns, lambda block: block[..., 0])
    notes = [f"positions from x{which} (column) and y{which} (row)"]
    if last:
        notes.append("the last axis of the patterns is that of frames")
    check_patterns(path, patterns)
    counts, said = as_counts(patterns, default="counts" if last else "amplitudes")
    notes.append(said)
    if np.ptp(places, axis=0).max() < _METRES:
        notes.append("positions are below a hundredth of a pixel: they were taken as metres")
        optics = Optics(wavelength_of(energy), distance, (detector, detector) if detector else None)
        return in_pixels(path, counts, places, optics, pixel_size_m, probe, notes)
    notes.append("positions were taken as pixels of the object")
    said_of_probe: tuple[str, ...] = ()
    if probe is not None:
        probe, said_of_probe = modes_of(probe)
    return Measured(
        path,
        counts,
        places,
        probe,
        pixel_size_m=pixel_size_m,
        wavelength_m=wavelength_of(energy),
        distance_m=distance,
        notes=(*notes, *said_of_probe),
    )


FORMAT: Format = Format(
    "slac", "SLAC / PtychoPINN scan", "scan", is_slac, (".npz",), read_slac, takes=("pixel_size_m",)
)
