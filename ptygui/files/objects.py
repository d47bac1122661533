"""Objects (complex transmissions) from files, images, and the procedural ones, smear and chip.

read_object("smears.npz::obj_flat@352:512,0:160").obj        # one array of a file, cropped
read_object("amplitude.png+phase.tif").notes                 # what was assumed
read_object("smear:3:256").obj.shape                         # (256, 256)
"""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.example import PROCEDURAL
from ptygui.files.arrays import Arrays, Entry, listed, open_arrays
from ptygui.files.hdf5 import positive
from ptygui.files.images import is_image, read_image
from ptygui.files.margin import MARGIN, without_margin
from ptygui.physics.beam_energy import HC_EV_M

LARGEST_TRANSMISSION = 1e9  # amplitude; some programs scale objects and probes by counts
MADE_UP_PHASE = 1.0  # rad, of a fully absorbing pixel if only an amplitude is given

_CROP = re.compile(r"@(-?\d*):(-?\d*),(-?\d*):(-?\d*)$")
_PREFERRED = ("obj", "object", "truth", "objectguess", "object_0")
_NOT_OBJECTS = (  # complex, and used as an object only on request with ::KEY
    "probe",
    "pupil",
    "illumination",
    "prb",
)
_CXI_PROBE = "entry_1/image_1/data"  # of results in CXI, whose object is image_2
_AMPLITUDE, _PHASE = re.compile(r"amp|abs|mod|mag"), re.compile(r"pha|arg|angle")


@dataclass(frozen=True, eq=False)
class ObjectFile:
    """An object as read, complex64 (H, W); lengths and specimen where known; what was assumed."""

    obj: np.ndarray
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    name: str = "object"
    notes: tuple[str, ...] = ()
    specimen: str = ""


@np.errstate(all="ignore")  # values without end are found below
def read_object(spec: str | os.PathLike[str]) -> ObjectFile:
    """Read an object: the complex transmission of a sample.

    Parameters
    ----------
    spec : str or path
        ``PATH``, ``PATH::KEY`` or ``AMPLITUDE+PHASE`` (two images), or ``smear`` or ``chip``, with ``:SEED``
        or ``:SEED:SIZE``; then ``@R0:R1,C0:C1`` to take those rows and columns. PATH is an NPY,
        NPZ, MAT or HDF5 file, or one image. KEY may be ``A+B``: amplitude and phase.

    Returns
    -------
    ObjectFile
        `obj`, complex64 of shape (H, W); `pixel_size_m` and `wavelength_m` [m] if known; `notes`.

    Raises
    ------
    InputError
        If nothing, or not a single array, matches it.
    """
    spec = os.fspath(spec)
    crop = None if Path(spec).exists() else _CROP.search(spec)
    where = spec[: crop.start()] if crop else spec
    if where.partition(":")[0] in PROCEDURAL and not Path(where).exists():
        found = _procedural(where)
    else:
        found = _from_files(where)
    if found.obj.size == 0 or not np.isfinite(found.obj).all():
        bad = np.count_nonzero(~np.isfinite(found.obj))
        raise InputError(f"{where}: the object holds {bad} values that are not finite: repair the file")
    if (largest := float(np.abs(found.obj).max())) > LARGEST_TRANSMISSION or not largest:
        raise InputError(
            f"{where}: the object's largest amplitude is {largest:.4g}, expected about 1, as of a "
            f"transmission, at most {LARGEST_TRANSMISSION:g}: is it the right array, and complete?"
        )
    return _cropped(found, crop, spec) if crop else found


def _from_files(where: str) -> ObjectFile:
    path, _, key = (where, "", "") if Path(where).exists() else where.partition("::")
    if not key and not Path(path).exists() and "+" in path:
        for place in [m.start() for m in re.finditer(r"\+", path)]:  # a + may be part of a name
            if Path(path[:place]).exists() and Path(path[place + 1 :]).exists():
                return _image_pair(Path(path[:place]), Path(path[place + 1 :]))
        raise InputError(f"{path}: one of the two images is missing: give AMPLITUDE+PHASE, both with path")
    if Path(path).is_file() and Path(path).stat().st_size and is_image(path):
        if key:
            raise InputError(f"{path} is an image and has no arrays such as {key}: omit ::{key}")
        return _one_image(Path(path))
    with open_arrays(path) as arrays:
        found = _from_arrays(arrays, key)
    return replace(found, name=Path(path).stem)


def _from_arrays(arrays: Arrays, key: str) -> ObjectFile:
    if "+" in key and key not in arrays.entries:
        first, _, second = key.partition("+")
        obj, notes = _joined(arrays, arrays.named(first), arrays.named(second))
        chosen = first
    else:
        entry, notes = (arrays.named(key), ()) if key else _choose(arrays)
        if isinstance(entry, tuple):
            obj, more = _joined(arrays, *entry)
            chosen = entry[0].name
        else:
            obj, more = _flat(arrays, entry)
            chosen = entry.name
        notes = (*notes, *more)
    size, wavelength = _units(arrays, chosen)
    return ObjectFile(np.ascontiguousarray(obj, np.complex64), size, wavelength, notes=notes)


def _choose(arrays: Arrays) -> tuple[Entry | tuple[Entry, Entry], tuple[str, ...]]:
    """The array that is the object: the only complex one, one with that name, or an amplitude-phase pair."""
    planes = [e for e in arrays.entries.values() if e.numeric and _is_plane(e)]
    complexes = [e for e in planes if e.complex]
    images = [e for e in complexes if e.title not in _NOT_OBJECTS and e.name != _CXI_PROBE]
    if len(images) == 1:
        return images[0], ()
    for name in _PREFERRED:
        named = [e for e in images if e.title == name]
        if len(named) == 1:
            others = listed(e for e in images if e is not named[0])
            return named[0], (f"{named[0].name} was used as the object; there is also {others}",)
    if images:
        raise InputError(
            f"{arrays.path} holds several complex arrays: choose one with ::KEY of {listed(images)}"
        )
    pairs = [
        (a, p)
        for a in planes
        for p in planes
        if a.shape == p.shape and _AMPLITUDE.search(a.title) and _PHASE.search(p.title)
    ]
    if len(pairs) == 1:
        return pairs[0], ()
    lone = [e for e in planes if e.dtype.kind in "iuf" and min(e.shape[-2:]) >= 16]
    if not pairs and not complexes and len(lone) == 1:
        return lone[0], ()
    raise InputError(
        f"{arrays.path} holds no single complex array of two axes: choose one with ::KEY "
        f"(or ::AMPLITUDE+PHASE) of {listed(arrays.entries.values())}"
    )


def _is_plane(entry: Entry) -> bool:
    layers = entry.shape[:-2]
    stack = len(layers) == 1 and entry.title in ("object", "object_0", "obj") and layers[0] <= 64
    return len(entry.shape) >= 2 and min(entry.shape[-2:]) >= 2 and (all(n == 1 for n in layers) or stack)


def _flat(arrays: Arrays, entry: Entry) -> tuple[np.ndarray, tuple[str, ...]]:
    """A chosen array as one complex plane."""
    if not entry.numeric or not _is_plane(entry):
        raise InputError(f"{arrays.path}: {entry} is not an object: expected two axes, rows and columns")
    array = without_margin(entry.load(), _margin(arrays, entry))
    array = array.reshape(-1, *array.shape[-2:])
    notes: tuple[str, ...] = ()
    if len(array) > 1:
        notes = (f"the object of {len(array)} layers was flattened to their product",)
    array = array[0] if len(array) == 1 else np.prod(array, axis=0)
    if entry.complex:
        return array, notes
    obj, made_up = _with_made_up_phase(array, _full_scale(array), entry.name)
    return obj, (*notes, *made_up)


def _margin(arrays: Arrays, entry: Entry) -> object:
    """The margin that ptygui states: as an attribute in HDF5, as an array in NPZ."""
    stated = arrays.attrs.get(entry.name, {}).get(MARGIN)
    return arrays.entries[MARGIN].load() if stated is None and MARGIN in arrays.entries else stated


def _joined(arrays: Arrays, amplitude: Entry, phase: Entry) -> tuple[np.ndarray, tuple[str, ...]]:
    a, p = (np.squeeze(e.load()) for e in (amplitude, phase))
    if a.shape != p.shape or a.ndim != 2:
        raise InputError(
            f"{arrays.path}: {amplitude} and {phase} are not a pair: expected two planes of one shape"
        )
    notes = (f"amplitude from {amplitude.name}, phase from {phase.name}",)
    p, said = _as_phase(p, _full_scale(p), phase.name)
    a, more = _as_amplitude(a, _full_scale(a), amplitude.name)
    return a * np.exp(1j * p), (*notes, *more, *said)


def _units(arrays: Arrays, name: str) -> tuple[float | None, float | None]:
    """Pixel size and wavelength [m], if the file states them and not as nominal."""
    attrs, root = arrays.attrs.get(name, {}), arrays.attrs.get("", {})
    nominal = str(arrays.attrs.get("", {}).get("comments", ""))
    size = positive(attrs.get("pixel_height_m")) or positive(root.get("pixel_size_m"))
    size = size or positive(arrays.number("pixel_size_m", "object_pixel_height_m"))
    energy = positive(root.get("photon_energy_eV")) or positive(root.get("probe_energy_eV"))
    wavelength = positive(root.get("wavelength_m")) or (HC_EV_M / energy if energy else None)
    wavelength = wavelength or positive(arrays.number("wavelength_m"))
    if nominal.startswith("NOMINAL"):
        size = None if "pixel_height_m" in nominal else size
        wavelength = None if "photon_energy_eV" in nominal else wavelength
    if arrays.content == "mat5" and "basis" in arrays.entries and arrays.entries["basis"].shape == (3, 2):
        size = float(np.linalg.norm(arrays.entries["basis"].load()[:, 0]))  # a cdtools result
        wavelength = positive(arrays.number("wavelength"))
    return size, wavelength


def _one_image(path: Path) -> ObjectFile:
    picture = read_image(path)
    if len(picture.values) == 4 and picture.full is None:  # PMACE: real, imaginary, modulus, angle
        obj = picture.values[0] + 1j * picture.values[1]
        notes: tuple[str, ...] = (f"planes 1 and 2 of {path.name} are the real and imaginary part",)
    elif len(picture.values) == 1:
        obj, notes = _with_made_up_phase(picture.values[0], picture.full, path.name)
    else:
        raise InputError(
            f"{path} holds {len(picture.values)} planes: give one plane, or four as PMACE writes"
        )
    return ObjectFile(
        obj.astype(np.complex64), picture.pixel_size_m, None, path.stem, (*picture.notes, *notes)
    )


def _image_pair(first: Path, second: Path) -> ObjectFile:
    one, two = read_image(first), read_image(second)
    if len(one.values) != 1 or one.values.shape != two.values.shape:
        raise InputError(
            f"{first} is {one.values.shape} and {second} is {two.values.shape} (planes, rows, columns): "
            "expected one plane each, of one size"
        )
    amplitude, said = _as_amplitude(one.values[0], one.full, first.name)
    phase, more = _as_phase(two.values[0], two.full, second.name)
    return ObjectFile(
        (amplitude * np.exp(1j * phase)).astype(np.complex64),
        one.pixel_size_m or two.pixel_size_m,
        None,
        first.stem,
        (*one.notes, *two.notes, *said, *more),
    )


def _as_amplitude(values: np.ndarray, full: float | None, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if values.min() < 0:
        raise InputError(f"{name}: an amplitude is {values.min():g}, expected 0 or more: is it the phase?")
    if full is None:
        return values, ()
    return values / full, (f"amplitude: {name} divided by {full:g}",)


def _as_phase(values: np.ndarray, full: float | None, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if full is None:
        return values, (f"phase: {name} in rad",)
    return values / full * 2 * np.pi - np.pi, (f"phase: 0 to {full:g} in {name} taken as -π to π rad",)


def _with_made_up_phase(
    values: np.ndarray, full: float | None, name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    amplitude, notes = _as_amplitude(values, full, name)
    top = 1.0 if full else float(amplitude.max()) or 1.0
    phase = MADE_UP_PHASE * (1 - amplitude / top)
    what = "amplitude" if full else "amplitude / its maximum"
    made_up = f"the phase is made up: {MADE_UP_PHASE:g} rad x (1 - {what}), since {name} is only an amplitude"
    return amplitude * np.exp(1j * phase), (*notes, made_up)


def _full_scale(array: np.ndarray) -> float | None:
    return float(np.iinfo(array.dtype).max) if array.dtype.kind in "iu" else None


def procedural_named(name: str) -> tuple[str, int, int]:
    """Kind, seed and size [px] of a procedural object, as ``smear:3:256`` says them.

    Raises
    ------
    InputError
        If it says something else.
    """
    kind, *numbers = name.split(":")
    if len(numbers) > 2 or not all(n.isdigit() for n in numbers):
        raise InputError(f"object is {name!r}, expected {kind}, {kind}:SEED or {kind}:SEED:SIZE")
    seed, size = [*map(int, numbers), *(0, 256)[len(numbers) :]]
    if not 16 <= size <= 8192:
        raise InputError(f"object {name} is {size} px, expected 16 to 8192")
    return kind, seed, size


def _procedural(name: str) -> ObjectFile:
    kind, seed, size = procedural_named(name)
    example = PROCEDURAL[kind]
    return ObjectFile(
        np.ascontiguousarray(example.draw(size, seed), np.complex64),
        name=f"{kind} {seed}",
        specimen=example.specimen,
        notes=(f"a procedural {example.specimen}, seed {seed}, {size} px",),
    )


def _cropped(found: ObjectFile, crop: re.Match[str], spec: str) -> ObjectFile:
    numbers = [int(n) if n else None for n in crop.groups()]
    part = found.obj[slice(*numbers[:2]), slice(*numbers[2:])]
    rows, columns = found.obj.shape
    asked = [n for n in numbers if n is not None]
    too_far = any(abs(n) > rows for n in numbers[:2] if n is not None) or any(
        abs(n) > columns for n in numbers[2:] if n is not None
    )
    if part.size == 0 or (asked and too_far):
        raise InputError(f"{spec}: this is not inside the object of {rows} x {columns} px")
    note = f"rows and columns {crop.group()[1:]} of {rows} x {columns} px"
    return replace(found, obj=np.ascontiguousarray(part), notes=(*found.notes, note))
