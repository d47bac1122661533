"""The scan file of ptypy (.ptyd): counts, weights and positions in chunks, as ptypy's PtydScan reads them.

/meta          energy [keV], distance and psize [m], shape, center [px], num_frames, label, version
/info          the same, and the positions of all frames
/chunks/0 ...  data (M, m, m), indices (M), positions (M, 2): y, x [m], weights (M, m, m): 0 for bad pixels

/ptygui        what ptypy has no place for: probe and its modes, weights of the positions, background

Every item says its type in an attribute; None is an array of one 0.
"""

import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.export.exported import Exported, beam_of
from ptygui.files.formats.own_scan import smallest
from ptygui.files.formats.ptypy import OURS
from ptygui.files.hdf5 import writing_hdf5
from ptygui.files.nexus import put_plot
from ptygui.files.nominal import comments_of, lengths_of, pixels_in
from ptygui.files.product_writer import centres_of, detector_pixels_of
from ptygui.files.steps import PACKED
from ptygui.physics.beam_energy import HC_EV_M
from ptygui.scan import Scan


def write_ptyd(path: Path, exported: Exported) -> list[Path]:
    """Write it; the positions are those of the scan."""
    scan = exported.measured
    known = lengths_of(scan)
    positions = centres_of(scan) * pixels_in(scan)
    meta = {
        "version": 0.1,
        "num_frames": len(scan),
        "label": scan.name,
        "shape": np.array([scan.width, scan.width]),
        "psize": detector_pixels_of(scan),
        "energy": HC_EV_M / known["wavelength_m"] / 1e3,
        "distance": known["distance_m"],
        "center": np.full(2, scan.width // 2, np.float64),
    }
    info = {**meta, "comment": comments_of(scan), "auto_center": False, "positions_scan": positions}
    with writing_hdf5(path) as file:
        file.attrs["h5rw_version"] = "0.1"
        file.attrs["ctime"] = file.attrs["mtime"] = time.asctime()
        for name, values in (("meta", meta), ("info", info)):
            group = _group(file, name)
            for key, value in values.items():
                _put(group, key, value)
        _put_chunks(_group(file, "chunks"), scan, positions)
        ours = _group(file, OURS)
        for name, value in {"probe": scan.modes, **beam_of(exported)}.items():
            _put(ours, name, np.asarray(value))
        put_plot(file, "/chunks/0/data", "patterns", None)
    return [path]


def _put_chunks(group: h5py.Group, scan: Scan, positions: np.ndarray) -> None:
    good, kind = np.ones((scan.width, scan.width), bool), smallest(scan)
    frame = (1, scan.width, scan.width)
    for k, (which, counts) in enumerate(scan.chunks()):
        chunk = _group(group, str(k))
        mask = good if scan.mask is None else scan.mask if scan.mask.ndim == 2 else scan.mask[which]
        weights = np.broadcast_to(mask.astype(np.float32), counts.shape)
        _put(chunk, "data", counts.astype(kind), chunks=frame, **PACKED)
        _put(chunk, "weights", weights, chunks=frame, **PACKED)
        _put(chunk, "positions", positions[which])
        _put(chunk, "indices", np.arange(which.start, which.stop)).attrs["type"] = "arraylist"


def _group(at: h5py.Group, name: str) -> h5py.Group:
    group = at.create_group(name)
    group.attrs["type"] = "dict"
    return group


def _put(group: h5py.Group, name: str, value: Any, **how: Any) -> h5py.Dataset:
    written = group.create_dataset(name, data=value, **how)
    kinds = {np.ndarray: "array", str: "string"}
    written.attrs["type"] = kinds.get(type(value), "scalar")
    return written
