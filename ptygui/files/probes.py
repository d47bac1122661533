"""Probes from files: NPY, NPZ, MAT, HDF5 (products, CXI, own scans) and TIFF planes."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, Entry, listed, open_arrays
from ptygui.files.images import is_image, read_image
from ptygui.physics.probe import PROBES, make_probe

FORMULA_WIDTH = 32  # px, where nothing else is asked for

_PREFERRED = ("probe", "illumination", "probeguess", "probe_guess", "probe_0", "probes", "prb")
_ENERGIES = (1e-18, 1e24)
_FAINTEST = 1e-6  # share of the power, below which a mode is none
_NOT_PROBES = ("obj", "object", "truth", "objectguess", "mask", "background", "dark", "flat")


@dataclass(frozen=True, eq=False)
class ProbeFile:
    """A probe as read, complex64 (m, m) or modes (M, m, m), in the units of its file, and notes."""

    probe: np.ndarray
    name: str = "probe"
    notes: tuple[str, ...] = ()


def probe_named(spec: str, width: int | None = None) -> ProbeFile:
    """The probe of a formula, one of `PROBES`, or of a file; `width` is that of its window [px]."""
    if spec not in PROBES:
        return read_probe(spec, width)
    return ProbeFile(make_probe(spec, FORMULA_WIDTH if width is None else width), spec)


def read_probe(spec: str | os.PathLike[str], width: int | None = None, all_modes: bool = False) -> ProbeFile:
    """Read a probe.

    Parameters
    ----------
    spec : str or path
        ``PATH`` or ``PATH::KEY``; a TIFF holds real and imaginary part as its first two planes.
    width : int, optional
        Crop or zero-pad about the centre to this width [px]. Probes are never resampled.
    all_modes : bool
        Read all incoherent modes, (M, m, m) if there are several, and not the strongest alone.

    Returns
    -------
    ProbeFile
        `probe`, complex64 of shape (m, m) in the units of its file; `name`; `notes`.

    Raises
    ------
    InputError
        If not a single array matches it, or it is not square.
    """
    spec = os.fspath(spec)
    path, _, key = (spec, "", "") if Path(spec).exists() else spec.partition("::")
    if Path(path).is_file() and Path(path).stat().st_size and is_image(path):
        probe, notes = _planes(Path(path))
    else:
        with open_arrays(path) as arrays:
            entry = arrays.named(key) if key else _choose(arrays)
            if not entry.numeric or len(entry.shape) < 2 or min(entry.shape) < 1:
                raise InputError(f"{path}: {entry} is not a probe: expected rows and columns")
            probe, notes = (modes_of if all_modes else first_mode)(entry.load(), entry.name)
    strange = int(np.size(probe) - np.isfinite(probe).sum())
    if strange:
        raise InputError(
            f"{spec}: {strange} of the probe's {np.size(probe)} values are not finite: give another probe"
        )
    if not np.any(probe):
        raise InputError(f"{spec}: the probe is zero everywhere: give another probe")
    check_energy(spec, probe)
    found = ProbeFile(np.ascontiguousarray(probe, np.complex64), Path(path).stem, notes)
    return _checked(found, spec) if width is None else fitted(found, width)


def check_energy(path: str | os.PathLike[str], probe: np.ndarray) -> None:
    """Refuse a probe of an energy that no beam has: what follows would overflow, or be zero."""
    low, high = _ENERGIES
    with np.errstate(all="ignore"):
        energy = float(np.square(np.abs(np.asarray(probe, np.complex128))).sum())
    if not low <= energy <= high:
        raise InputError(
            f"{path}: the probe's energy is {energy:.4g}, expected {low:g} to {high:g} "
            "counts, or of another unit: it is damaged, give another probe"
        )


def first_mode(probe: np.ndarray, name: str = "probe") -> tuple[np.ndarray, tuple[str, ...]]:
    """The strongest of `modes_of`, and notes."""
    modes, notes = modes_of(probe, name)
    if modes.ndim < 3:
        return modes, notes
    share = np.vdot(modes[0], modes[0]).real / np.vdot(modes, modes).real
    said = f"{name}: the strongest of {len(modes)} modes was used, with {share:.1%} of the power"
    return modes[0], (*notes[:-1], said)


def modes_of(probe: np.ndarray, name: str = "probe") -> tuple[np.ndarray, tuple[str, ...]]:
    """The incoherent modes of a probe with any number of leading axes, strongest first, and notes.

    The axis before rows and columns is that of incoherent modes; of axes before it (positions,
    orthogonal variations) the first is taken. Modes without light are left out.

    Returns
    -------
    complex array, shape (m, m), or (M, m, m) of several modes
    tuple of str
    """
    notes: tuple[str, ...] = ()
    if probe.dtype.kind != "c":
        notes = (f"{name} is real: a phase of 0 was assumed",)
    while probe.ndim > 3:
        if len(probe) > 1:
            notes = (*notes, f"{name}: the first of {len(probe)} variations was used")
        probe = probe[0]
    if probe.ndim < 3:
        return probe, notes
    with np.errstate(all="ignore"):
        power = np.nan_to_num(np.square(np.abs(probe), dtype=np.float64).sum((-2, -1)))
    order = np.argsort(-power, kind="stable")
    order = order[: max(1, int(np.count_nonzero(power > _FAINTEST * power.sum())))]
    if len(order) > 1:
        shares = ", ".join(f"{share:.1%}" for share in power[order[:6]] / power.sum())
        more = f" and {len(order) - 6} weaker ones" if len(order) > 6 else ""
        notes = (*notes, f"{name}: {len(order)} modes, with {shares}{more} of the power")
    return (probe[order] if len(order) > 1 else probe[order[0]]), notes


def fitted(found: ProbeFile, width: int) -> ProbeFile:
    """The probe cut or zero-padded about its centre to `width` [px]; a note says so."""
    if not 4 <= width <= 8192:
        raise InputError(f"probe width is {width} px, expected 4 to 8192")
    probe = found.probe
    if probe.shape[-2:] == (width, width):
        return found
    out = np.zeros((*probe.shape[:-2], width, width), np.complex64)
    here, there = zip(*(_overlap(n, width) for n in probe.shape[-2:]), strict=True)
    out[(..., *there)] = probe[(..., *here)]
    kept = np.vdot(out, out).real / np.vdot(probe, probe).real
    size = " x ".join(map(str, probe.shape[-2:]))
    note = f"the probe of {size} px was cut or padded to {width} px, keeping {kept:.1%} of its energy"
    return replace(found, probe=out, notes=(*found.notes, note))


def _overlap(size: int, width: int) -> tuple[slice, slice]:
    """Slices of two lengths whose centres coincide."""
    common = min(size, width)
    first, other = size // 2 - common // 2, width // 2 - common // 2
    return slice(first, first + common), slice(other, other + common)


def _checked(found: ProbeFile, spec: str) -> ProbeFile:
    rows, columns = found.probe.shape[-2:]
    if rows != columns:
        raise InputError(f"{spec}: the probe is {rows} x {columns} px, expected a square: give its width")
    return found


def _choose(arrays: Arrays) -> Entry:
    images = [
        e
        for e in arrays.entries.values()
        if e.numeric and len(e.shape) >= 2 and min(e.shape[-2:]) >= 4 and e.title not in _NOT_PROBES
    ]
    for name in _PREFERRED:
        named = [e for e in images if e.title == name]
        if named:
            return named[0]
    complexes = [e for e in images if e.complex]
    if len(complexes) == 1:
        return complexes[0]
    could = complexes or [e for e in images if len(e.shape) == 2 and e.dtype.kind != "b"]
    if not could:
        raise InputError(
            f"{arrays.path} holds no probe, only {listed(arrays.entries.values())}: give another file, or "
            "estimate, to find the probe from the patterns of the scan"
        )
    raise InputError(f"{arrays.path} holds no single probe: choose one with ::KEY of {listed(could)}")


def _planes(path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    picture = read_image(path)
    if len(picture.values) == 1:
        return picture.values[0], (*picture.notes, f"{path.name} is an amplitude: a phase of 0 was assumed")
    real, imaginary = picture.values[:2]
    return real + 1j * imaginary, (f"planes 1 and 2 of {path.name} are the real and imaginary part",)
