"""Scans of tike: NPZ (also .npz.bz2) with `data`, `scan` and `probe`, in pixels, no physical units."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, Entry, entry_frames, listed, open_arrays
from ptygui.files.formats.base import Contents, Format
from ptygui.files.measured import Measured, check_counts
from ptygui.files.probes import modes_of
from ptygui.files.stack import mapped


def is_tike(found: Contents) -> bool:
    """Whether the names are those of a tike scan."""
    return isinstance(found, Arrays) and {"data", "scan"} <= found.entries.keys()


def read_tike(path: Path) -> Measured:
    """Read `data` (1, K, m, m) with the zero frequency in the corner, `scan` (1, K, 2) row and column."""
    with open_arrays(path) as arrays:
        if not is_tike(arrays):
            raise InputError(
                f"{path} is not a tike scan, which has data, scan and probe; "
                f"it holds {listed(arrays.entries.values())}"
            )
        places, stack = _one_scan(arrays, "scan", 2), _one_scan(arrays, "data", 3)
        positions = places.load().reshape(places.shape[-2:])
        check_counts(path, stack, positions)
        frame = stack.shape[-2:]
        patterns = mapped(entry_frames(stack, len(stack.shape) - 3), lambda block: block.reshape(-1, *frame))
        probe: np.ndarray | None = None
        notes: tuple[str, ...] = ()
        if "probe" in arrays.entries:
            probe, notes = modes_of(arrays.named("probe").load())
    notes = (*notes, "the file states no pixel size, wavelength or distance: lengths are in pixels")
    return Measured(path, patterns, positions, probe, centred=False, notes=notes)


def _one_scan(arrays: Arrays, name: str, ndim: int) -> Entry:
    """The array of a name, checked: `ndim` axes, or one more of a single view."""
    entry = arrays.named(name)
    if len(entry.shape) not in (ndim, ndim + 1) or (len(entry.shape) > ndim and entry.shape[0] != 1):
        raise InputError(f"{arrays.path}: {entry} is not a single scan: save the views separately")
    if entry.dtype.kind not in "biuf":
        raise InputError(f"{arrays.path}: {entry} holds no real numbers: is it a tike scan?")
    return entry


FORMAT: Format = Format("tike", "tike scan", "scan", is_tike, (".npz", ".bz2"), read_tike, owns=("bz2",))
