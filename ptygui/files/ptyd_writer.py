"""Writes a scan as data of ptypy (.ptyd), which ptypy's PtydScan reads."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files.hdf5 import writing_hdf5
from ptygui.files.measured import HC_EV_M
from ptygui.scan import Scan

_NEEDED = ("pixel_size_m", "wavelength_m", "distance_m")


def write_ptyd(path: str | PathLike[str], scan: Scan, inputs: tuple[str | PathLike[str], ...] = ()) -> Path:
    """Write the patterns, positions and mask of a scan; ptypy has no place for a probe in such a file.

    Parameters
    ----------
    path : path
        Target; an existing file is replaced once the new one is complete.
    scan : Scan
        With pixel size, wavelength and distance, which ptypy needs.
    inputs : tuple of paths
        Files that must not be overwritten.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If one of these is not known, or the file cannot be written.
    """
    path = Path(path)
    missing = [name.removesuffix("_m").replace("_", " ") for name in _NEEDED if not getattr(scan, name)]
    if missing or scan.pixels_m is None or not (scan.wavelength_m and scan.distance_m):
        raise InputError(
            f"{scan.name} states no {' and no '.join(missing)}, which ptypy needs: give them when the scan "
            "is opened"
        )
    detector = scan.wavelength_m * scan.distance_m / (scan.width * scan.pixels_m)
    meta = {
        "version": 0.1,
        "num_frames": len(scan),
        "label": scan.name,
        "shape": np.array([scan.width, scan.width]),
        "psize": detector,
        "energy": HC_EV_M / scan.wavelength_m / 1e3,  # keV
        "distance": scan.distance_m,
        "center": np.array([scan.width // 2, scan.width // 2], float),
        "propagation": "farfield",
    }
    metres = scan.positions * scan.pixels_m
    with writing_hdf5(path, inputs) as file:
        file.attrs["h5rw_version"] = "0.1"
        _put(file, "meta", meta)
        _put(file, "info", {**meta, "positions_scan": metres})
        chunks = file.create_group("chunks")
        chunks.attrs["type"] = "dict"
        for number, (which, part) in enumerate(scan.chunks()):
            held = {"data": part, "indices": np.arange(which.start, which.stop), "positions": metres[which]}
            if scan.mask is not None:
                mask = scan.mask if scan.mask.ndim == 2 else scan.mask[which]
                held["weights"] = np.broadcast_to(mask, part.shape).astype(np.float32)
            _put(chunks, str(number), held)
    return path


def _put(parent: h5py.Group, name: str, values: Mapping[str, object]) -> None:
    """A group of values, each with the attribute by which ptypy knows its type."""
    group = parent.create_group(name)
    group.attrs["type"] = "dict"
    for key, value in values.items():
        large = isinstance(value, np.ndarray) and value.ndim > 1
        item = group.create_dataset(key, data=value, compression="gzip" if large else None)
        item.attrs["type"] = (
            "string" if isinstance(value, str) else "array" if isinstance(value, np.ndarray) else "scalar"
        )
