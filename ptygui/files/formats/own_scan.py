"""The scan file of ptygui: one HDF5 file with everything in a Scan, readable by any HDF5 viewer.

/patterns (K, m, m)    counts, zero frequency in the centre    /positions_px (K, 2)  row, column
/probe (m, m)          complex, square roots of counts         /mask, /truth         where known
/held_out              patterns, positions and more of the test patterns, as here
/reference, /reference_lit   the object to compare with, if any; attribute `reference`: what it is
/weaker_modes (M - 1, m, m), /weights (K,), /background (m, m), where the scan has them: see `ptygui.scan`
/entry                 NeXus: the plot that viewers open with
attributes: format, version, name, specimen, noise, object_shape, notes, pixel_size_m, wavelength_m,
distance_m, pixel_aspect (if it is not 1)
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Group, Hdf5, attributes, open_hdf5, writing_hdf5
from ptygui.files.limits import check_length, check_object
from ptygui.files.measured import check_counts, check_patterns
from ptygui.files.nexus import put_plot
from ptygui.files.patterns_on_disk import frames_of
from ptygui.files.unreadable import what_is_wrong
from ptygui.scan import Geometry, Patterns, Reference, Scan

MARK, VERSION = "ptygui scan", 1
LONGEST_SPECIMEN = 200  # characters
HELD_OUT = "held_out"
_FURTHER = ("mask", "truth", "weaker_modes", "weights", "background")  # arrays that a scan may have
_LENGTHS = ("pixel_size_m", "wavelength_m", "distance_m")


def is_own_scan(found: Contents) -> bool:
    """Whether `write_scan` wrote the file."""
    return isinstance(found, Hdf5) and found.attrs.get("format") == MARK


def write_scan(path: str | Path, scan: Geometry, inputs: tuple[str | Path, ...] = ()) -> Path:
    """Write a scan as HDF5; `read_scan` returns it unchanged.

    Parameters
    ----------
    path : path
        Target; an existing file is replaced once the new one is complete.
    scan : Scan
        A geometry without patterns is refused.
    inputs : tuple of paths
        Files that must not be overwritten.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the scan has no patterns, or the file cannot be written.
    """
    path = Path(path)
    if not scan.has_patterns:
        raise InputError(f"{scan.name} is of a result: its diffraction patterns are in the file of its scan")
    with writing_hdf5(path, inputs) as file:
        put_scan(file, scan)
        if scan.truth is not None:
            put_plot(file, "/truth", "truth", scan.pixels_m)
        else:
            put_plot(file, "/patterns", "patterns", None)
    return path


def put_scan(group: h5py.Group, scan: Geometry, patterns: bool = True) -> None:
    """Write a scan, or a geometry, into a group; `patterns`: with the patterns, if it has any."""
    about = {
        "format": MARK,
        "version": VERSION,
        "name": scan.name,
        "specimen": scan.specimen,
        "noise": scan.noise if isinstance(scan, Scan) else "none",
        "object_shape": scan.object_shape,
        "notes": json.dumps(scan.notes, ensure_ascii=False),
    }
    if isinstance(scan, Scan):
        about["simulated"] = scan.simulated
    else:
        about["measured"] = False
    about |= {name: getattr(scan, name) for name in _LENGTHS if getattr(scan, name) is not None}
    if scan.pixel_aspect != 1:
        about["pixel_aspect"] = scan.pixel_aspect
    for name, value in about.items():
        group.attrs[name] = value
    if patterns and isinstance(scan, Scan):
        put_patterns(group, "patterns", scan)
        group["patterns"].attrs["units"] = "counts, zero frequency in the centre"
    group["positions_px"] = scan.positions
    group["positions_px"].attrs["axes"] = "pattern, (row, column) of the patch's first pixel"
    group["probe"] = scan.probe
    for name in _FURTHER:
        value = getattr(scan, name, None)
        if value is not None:
            group.create_dataset(name, data=value, compression="gzip")
    put_reference(group, scan.reference)
    if isinstance(scan, Scan) and scan.held_out is not None:
        put_scan(group.create_group(HELD_OUT), scan.held_out)


def put_patterns(group: h5py.Group, name: str, scan: Scan) -> None:
    """Write the patterns of a scan, in parts, as the smallest type that holds them."""
    kind = smallest(scan)
    written = group.create_dataset(
        name, scan.patterns.shape, kind, chunks=(1, *scan.patterns.shape[1:]), compression="gzip",
        compression_opts=4, shuffle=True,
    )  # fmt: skip
    for which, part in scan.chunks():
        written[which] = part.astype(kind)


def read_own_scan(path: Path, allow_links: bool = False) -> Scan:
    """Read a file of `write_scan` unchanged; its arrays may lie in others of the folder if `allow_links`."""
    with open_hdf5(path, allow_links) as file:
        found = scan_in(file)
    if not isinstance(found, Scan):
        raise InputError(f"{path} holds no diffraction patterns: open the file of the scan itself")
    return found


def scan_in(file: Hdf5, name: str = "", patterns: Patterns | None = None) -> Geometry:
    """Read a group of `put_scan`; with these patterns if the scan was written without them."""
    path, group, at = file.path, file.find(name), f"{name}/" if name else ""
    where = f"{path}: {name}" if name else str(path)
    if not isinstance(group, Group):
        raise InputError(f"{where} is missing: the file is incomplete")
    about = attributes(group)
    if about.get("version") != VERSION:
        raise InputError(
            f"{where}: version is {about.get('version')!r}, this program reads {VERSION}: update ptygui"
        )
    arrays = {
        key: None if file.dataset(f"{at}{key}") is None else file.array(f"{at}{key}") for key in _FURTHER
    }
    shape, measured = about.get("object_shape"), bool(about.get("measured", True))
    try:
        if measured and patterns is None:
            patterns = _patterns_in(file, name)
        known: dict[str, Any] = {
            "positions": file.array(f"{at}positions_px"),
            "probe": file.array(f"{at}probe"),
            "object_shape": None if shape is None else tuple(shape),
            "name": str(about.get("name", path.stem))[:LONGEST_SPECIMEN],
            "specimen": str(about.get("specimen", ""))[:LONGEST_SPECIMEN],
            "notes": _notes(about.get("notes")),
            "truth": arrays["truth"],
            "reference": reference_in(file, at, about),
            "weaker_modes": arrays["weaker_modes"],
            "weights": arrays["weights"],
        }
        known |= {key: check_length(key, about[key]) for key in _LENGTHS if key in about}
        known["pixel_aspect"] = _aspect(about.get("pixel_aspect", 1.0))
        if measured:
            known |= {"patterns": patterns, "mask": arrays["mask"], "background": arrays["background"]}
            known["noise"] = str(about.get("noise", "poisson"))
            # Files of earlier versions do not say: only a simulation knew the truth.
            known["simulated"] = bool(about.get("simulated", arrays["truth"] is not None))
            known["held_out"] = _held_out_in(file, at)
        scan = Scan(**known) if measured else Geometry(**known)
    except InputError as error:
        raise (error if str(path) in str(error) else InputError(f"{where}: {error}")) from None
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{where} does not hold a scan ({what_is_wrong(error)}): write it again") from error
    check_object(path, scan.object_shape, "object_shape is {} x {} px: too large".format(*scan.object_shape))
    return scan


def _aspect(value: object) -> float:
    if not isinstance(value, int | float) or not 1e-3 < value < 1e3:
        raise InputError(f"pixel_aspect is {value!r}, expected height over width, a number above 0")
    return float(value)


def put_reference(group: h5py.Group, reference: Reference | None) -> None:
    """Write a reference into a group, if there is one."""
    if reference is not None:
        group.attrs["reference"] = reference.name
        group.create_dataset("reference", data=reference.obj, compression="gzip")
        group.create_dataset("reference_lit", data=reference.lit, compression="gzip")


def reference_in(file: Hdf5, at: str, about: Mapping[str, Any]) -> Reference | None:
    """Read it from the group whose name, with a slash, is `at`; `about` are the attributes of the group."""
    if file.dataset(f"{at}reference") is None or file.dataset(f"{at}reference_lit") is None:
        return None
    obj, lit = file.array(f"{at}reference"), file.array(f"{at}reference_lit")
    good = obj.ndim == 2 and obj.dtype.kind == "c" and np.isfinite(obj).all()
    if not (good and lit.dtype == bool and lit.any()):
        raise InputError(f"reference is {obj.dtype} {obj.shape}, expected finite complex numbers, some lit")
    return Reference(obj.astype(np.complex64), lit, str(about.get("reference", "the reference")))


def _held_out_in(file: Hdf5, at: str) -> Scan | None:
    """The test patterns of a group, which have no test patterns themselves."""
    if HELD_OUT in at.split("/") or not isinstance(file.find(f"{at}{HELD_OUT}"), Group):
        return None
    found = scan_in(file, f"{at}{HELD_OUT}")
    return found if isinstance(found, Scan) else None


def _patterns_in(file: Hdf5, name: str) -> Patterns:
    """The patterns of a group; left in the file if they are large and the file holds only the scan.

    A project is rewritten at each save, and a file that is followed grows, so their patterns are loaded.
    """
    place = f"{name}/patterns" if name else "patterns"
    dataset, alone = file.dataset(place), name in ("", HELD_OUT)
    positions = file.dataset(f"{name}/positions_px" if name else "positions_px")
    if dataset is not None and positions is not None:
        check_patterns(file.path, dataset)
        check_counts(file.path, dataset, positions)
    whole = not alone
    if whole or dataset is None or dataset.ndim != 3:
        return file.array(place)
    return frames_of(file, place, dataset)


def smallest(scan: Scan) -> type[np.generic]:
    """The smallest integer type that holds the counts: exact, and half the size on disk."""
    if all(np.array_equal(part, np.rint(part)) for _, part in scan.chunks()):
        for kind in (np.uint16, np.uint32):
            if scan.brightest <= np.iinfo(kind).max:
                return kind
    return np.float32


def _notes(text: object) -> tuple[str, ...]:
    try:
        notes = json.loads(str(text)) if text else []
    except ValueError:
        notes = [text]
    return tuple(str(n) for n in notes) if isinstance(notes, list) else (str(notes),)


FORMAT: Format = Format(
    "scan", MARK, "scan", is_own_scan, (".h5", ".hdf5"), read_own_scan, takes=("allow_links",),
    grows=(("patterns",), ("positions_px",), ("mask",), ("weights",)),
)  # fmt: skip
