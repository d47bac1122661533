"""Our own scan file: one HDF5 that says everything a Scan says, readable by any HDF5 viewer.

/patterns (K, m, m)    counts, zero frequency in the centre    /positions_px (K, 2)  row, column
/probe (m, m)          complex, square roots of counts         /mask, /truth         where known
attributes: format, version, name, noise, object_shape, notes, pixel_size_m, wavelength_m, distance_m
"""

import json
from pathlib import Path

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files.atomic import replacing
from ptygui.files.hdf5 import Hdf5, open_hdf5
from ptygui.files.limits import check_length, check_object
from ptygui.scan import Scan

FORMAT, VERSION = "ptygui scan", 1
_LENGTHS = ("pixel_size_m", "wavelength_m", "distance_m")


def is_own_scan(file: Hdf5) -> bool:
    """Whether `write_scan` wrote the file."""
    return file.attrs.get("format") == FORMAT


def write_scan(path: str | Path, scan: Scan, inputs: tuple[str | Path, ...] = ()) -> Path:
    """Write a scan; `inputs` are files that must not be overwritten. Returns the path."""
    path = Path(path)
    with replacing(path, inputs) as scratch, h5py.File(scratch, "w") as file:
        about = {
            "format": FORMAT,
            "version": VERSION,
            "name": scan.name,
            "noise": scan.noise,
            "object_shape": scan.object_shape,
            "notes": json.dumps(scan.notes, ensure_ascii=False),
        }
        about |= {name: getattr(scan, name) for name in _LENGTHS if getattr(scan, name) is not None}
        for name, value in about.items():
            file.attrs[name] = value
        patterns = _whole(scan.patterns)
        file.create_dataset(
            "patterns", data=patterns, chunks=(1, *patterns.shape[1:]), compression="gzip",
            compression_opts=4, shuffle=True,
        )  # fmt: skip
        file["patterns"].attrs["units"] = "counts, zero frequency in the centre"
        file["positions_px"] = scan.positions
        file["positions_px"].attrs["axes"] = "pattern, (row, column) of the patch's first pixel"
        file["probe"] = scan.probe
        for name in ("mask", "truth"):
            value = getattr(scan, name)
            if value is not None:
                file.create_dataset(name, data=value, compression="gzip")
    return path


def read_own_scan(path: Path) -> Scan:
    """Read what `write_scan` wrote, as it was."""
    with open_hdf5(path) as file:
        about = file.attrs
        if about.get("version") != VERSION:
            raise InputError(
                f"{path}: version is {about.get('version')!r}, this program reads {VERSION}: update ptygui"
            )
        optional = {
            name: None if file.dataset(name) is None else file.array(name) for name in ("mask", "truth")
        }
        shape = about.get("object_shape")
        try:
            scan = Scan(
                patterns=file.array("patterns"),
                positions=file.array("positions_px"),
                probe=file.array("probe"),
                object_shape=None if shape is None else tuple(shape),
                noise=str(about.get("noise", "poisson")),
                name=str(about.get("name", path.stem)),
                notes=_notes(about.get("notes")),
                **optional,
                **{name: check_length(name, about[name]) for name in _LENGTHS if name in about},
            )
        except InputError as error:
            raise (error if str(path) in str(error) else InputError(f"{path}: {error}")) from None
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(f"{path} does not hold a scan ({error}): write it again") from None
    check_object(path, scan.object_shape, "object_shape is {} x {} px: too large".format(*scan.object_shape))
    return scan


def _whole(patterns: np.ndarray) -> np.ndarray:
    """Counts as the smallest whole numbers that hold them: exact, and half the size on disk."""
    for kind in (np.uint16, np.uint32):
        if patterns.max() <= np.iinfo(kind).max and np.array_equal(patterns, np.rint(patterns)):
            return patterns.astype(kind)
    return patterns


def _notes(text: object) -> tuple[str, ...]:
    try:
        notes = json.loads(str(text)) if text else []
    except ValueError:
        notes = [text]
    return tuple(str(n) for n in notes) if isinstance(notes, list) else (str(notes),)
