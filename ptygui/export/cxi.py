"""CXI 1.6: a result, on demand with the patterns of its scan, or a scan alone.

/entry_1/instrument_1/detector_1   patterns, mask (0: good), distance, pixel size
/entry_1/sample_1/geometry_1       translation (K, 3): x, y, z [m] from the object's centre, as refined
/entry_1/image_1, /entry_1/image_2  probe (1, mode, y, x) and object (1, y, x)
/entry_1/ptychodus, /entry_1/ptygui  what CXI has no words for
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.export.exported import Exported, beam_of
from ptygui.files.formats.own_scan import put_patterns
from ptygui.files.hdf5 import writing_hdf5
from ptygui.files.margin import MARGIN, margin_of, with_margin
from ptygui.files.measured import JOULE_PER_EV
from ptygui.files.nexus import put_image
from ptygui.files.nominal import comments_of, lengths_of, nominal_of, pixels_in
from ptygui.files.product_writer import centres_of, detector_pixels_of, photons_of, put_share
from ptygui.files.result import Result, versions
from ptygui.files.steps import PACKED, column, write_json
from ptygui.physics.beam_energy import HC_EV_M
from ptygui.scan import Geometry, Scan

VERSION = 160  # 1.6
_UNITS = {
    "instrument_1/source_1/energy": "J",
    "instrument_1/detector_1/distance": "m",
    "instrument_1/detector_1/x_pixel_size": "m",
    "instrument_1/detector_1/y_pixel_size": "m",
    "sample_1/geometry_1/translation": "m",
}
_BAD = 1  # bit of the mask: the pixel is invalid


def write_cxi(path: Path, exported: Exported) -> list[Path]:
    """Write it; patterns only if there is a scan."""
    about: Result | Geometry = exported.measured if exported.result is None else exported.result
    known, pixels = lengths_of(about), pixels_in(about)
    with writing_hdf5(path) as file:
        file["cxi_version"] = VERSION
        file.attrs["NX_class"], file.attrs["default"] = "NXroot", "entry_1"
        entry = file.create_group("entry_1")
        entry.attrs["NX_class"] = "NXentry"
        entry["title"], entry["start_time"] = about.name, _now()
        entry["experiment_description"] = comments_of(about)
        source = entry.create_group("instrument_1/source_1")
        source["energy"] = HC_EV_M / known["wavelength_m"] * JOULE_PER_EV
        detector = entry.create_group("instrument_1/detector_1")
        detector["distance"] = known["distance_m"]
        detector["y_pixel_size"], detector["x_pixel_size"] = detector_pixels_of(about)
        centres = centres_of(about) * pixels
        translation = np.stack([centres[:, 1], centres[:, 0], np.zeros(len(centres))], 1)
        entry["sample_1/geometry_1/translation"] = translation
        entry["sample_1/name"] = about.name
        entry["data_1/translation"] = h5py.SoftLink("/entry_1/sample_1/geometry_1/translation")
        _put_probe(entry, about, pixels)
        source["illumination"] = h5py.SoftLink("/entry_1/image_1/data")
        if exported.scan is not None:
            _put_patterns(entry, exported.scan)
        if exported.result is not None:
            _put_object(entry, exported.result, pixels)
        _put_rest(entry, exported, about, pixels)
        for name, unit in _UNITS.items():
            entry[name].attrs["units"] = unit
    return [path]


def _put_probe(entry: h5py.Group, about: Result | Geometry, pixels: np.ndarray) -> None:
    image = entry.create_group("image_1")
    image["data"] = about.modes.reshape(1, -1, *about.probe.shape)
    image["data"].attrs["axes"] = "coherent:incoherent:y:x"
    _put_size(image, "amplitude", about.probe.shape, pixels)


def _put_object(entry: h5py.Group, result: Result, pixels: np.ndarray) -> None:
    image, margin = entry.create_group("image_2"), margin_of(result)
    data = image.create_dataset("data", data=with_margin(result.obj, result, margin)[None], **PACKED)
    data.attrs["axes"], data.attrs[MARGIN] = "layer:y:x", margin
    _put_size(image, "electron density", data.shape[1:], pixels)
    put_image(image, data, None if "pixel_size_m" in nominal_of(result) else pixels, "object")
    entry.attrs["default"] = "image_2"


def _put_size(image: h5py.Group, kind: str, shape: tuple[int, ...], pixels: np.ndarray) -> None:
    image["data_type"], image["data_space"] = kind, "real"
    image["image_size"] = np.array([shape[1] * pixels[1], shape[0] * pixels[0], 0.0])
    for name in ("source_1", "detector_1"):
        image[name] = h5py.SoftLink(f"/entry_1/instrument_1/{name}")


def _put_patterns(entry: h5py.Group, scan: Scan) -> None:
    detector, data = entry["instrument_1/detector_1"], entry["data_1"]
    put_patterns(detector, "data", scan)
    detector["data"].attrs["axes"] = "translation:y:x"
    if scan.mask is not None:
        mask = np.where(scan.mask, 0, _BAD).astype(np.uint32)
        detector.create_dataset("mask", data=mask, compression="gzip")
    # viewers take axes from the group first: those of CXI, in the data set, name none of NeXus
    put_image(data, detector["data"], None, "patterns")
    entry.attrs["default"] = "data_1"


def _put_rest(entry: h5py.Group, exported: Exported, about: Result | Geometry, pixels: np.ndarray) -> None:
    process = entry.create_group("process_1")
    process["program"], process["version"], process["date"] = "ptygui", versions()["ptygui"], _now()
    theirs = entry.create_group("ptychodus")
    said: dict[str, Any] = {
        "probe_position_indexes": np.arange(len(about.positions)),
        "probe_photon_count": photons_of(about),
    }
    for name in ("probe", "object"):
        said |= {f"{name}_pixel_height_m": pixels[0], f"{name}_pixel_width_m": pixels[1]}
    said |= {"object_center_x_m": 0.0, "object_center_y_m": 0.0}
    if exported.result is not None and exported.result.numbers.get("index"):
        said["loss_epochs"] = np.array(exported.result.numbers["index"], np.int64)
        said["loss_values"] = column(exported.result.numbers["misfit"])
    for name, value in said.items():
        theirs[name] = value
    ours = entry.create_group("ptygui")
    if exported.result is not None:
        put_share(ours, "prior_share", exported.result, margin_of(exported.result))
    write_json(ours, "record", _plain(exported.about))
    for name, value in beam_of(exported).items():
        ours[name] = value


def _plain(about: dict[str, Any]) -> dict[str, Any]:
    """The record without what JSON has no words for."""
    return dict(json.loads(json.dumps(about, default=str)))


def _now() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat()
