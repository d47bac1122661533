"""Writes CXI 1.6: a scan, a result, or both in one file; Ptychodus and others read it."""

from os import PathLike
from pathlib import Path

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files.geometry_file import IMAGE_OBJECT, IMAGE_PROBE
from ptygui.files.hdf5 import writing_hdf5
from ptygui.files.measured import HC_EV_M, JOULE_PER_EV
from ptygui.files.result import Result
from ptygui.files.steps import PACKED
from ptygui.scan import Geometry, Scan

VERSION = 160
_DETECTOR, _SOURCE = "entry_1/instrument_1/detector_1", "entry_1/instrument_1/source_1"
_TRANSLATION = "entry_1/sample_1/geometry_1/translation"
_BAD = 1  # a bit of the mask


def write_cxi(
    path: str | PathLike[str],
    scan: Scan | None = None,
    result: Result | None = None,
    inputs: tuple[str | PathLike[str], ...] = (),
) -> Path:
    """Write a scan, a result, or both.

    Parameters
    ----------
    path : path
        Target; an existing file is replaced once the new one is complete.
    scan : Scan, optional
        Patterns and mask.
    result : Result, optional
        Object and probe, as images 2 and 1. Its positions are written, else those of the scan.
    inputs : tuple of paths
        Files that must not be overwritten.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If neither is given, positions are in pixels only, the two do not fit, or it cannot be written.
    """
    path = Path(path)
    source = result if result is not None else scan
    if source is None:
        raise InputError("nothing to write as CXI: give a scan or a result")
    if not source.pixel_size_m:
        raise InputError(
            f"{source.name} states no pixel size, and positions in CXI are metres: give one when it is opened"
        )
    if scan is not None and result is not None and len(scan) != len(result.positions):
        raise InputError(
            f"the result has {len(result.positions)} positions and the scan {len(scan)}: give the scan that "
            "it was made from"
        )
    with writing_hdf5(path, inputs) as file:
        file["cxi_version"], file["entry_1/title"] = VERSION, source.name
        file["entry_1/process_1/program"] = "ptygui"
        if source.wavelength_m:
            file[f"{_SOURCE}/energy"] = HC_EV_M / source.wavelength_m * JOULE_PER_EV
            file[f"{_SOURCE}/energy"].attrs["units"] = "J"
        if source.distance_m:
            file[f"{_DETECTOR}/distance"] = source.distance_m
            file[f"{_DETECTOR}/distance"].attrs["units"] = "m"
        _put_positions(file, source)
        if scan is not None:
            _put_patterns(file, scan)
        if result is not None:
            _put_result(file, result)
        else:
            file.create_dataset(f"{_SOURCE}/illumination", data=source.probe, **PACKED)
    return path


def _put_positions(file: h5py.File, source: Geometry | Result) -> None:
    """Metres from the centre of the object to the centre of each patch: x, y, z."""
    pixels = np.zeros(2) if source.pixels_m is None else source.pixels_m
    positions, shape = np.asarray(source.positions), np.array(source.object_shape)
    if isinstance(source, Result):
        positions, shape = source.refined_positions - source.offset, np.array(source.span)
    rows, columns = (pixels * (positions + (np.array(source.probe.shape) - shape) / 2)).T
    file[_TRANSLATION] = np.stack([columns, rows, np.zeros_like(rows)], 1)
    file[_TRANSLATION].attrs["units"] = "m"
    file["entry_1/data_1/translation"] = h5py.SoftLink(f"/{_TRANSLATION}")
    file["entry_1/ptychodus/probe_position_indexes"] = np.arange(len(rows))


def _put_patterns(file: h5py.File, scan: Scan) -> None:
    shape = tuple(scan.patterns.shape)
    data = file.create_dataset(f"{_DETECTOR}/data", shape, np.float32, chunks=(1, *shape[1:]), **PACKED)
    for which, part in scan.chunks():
        data[which] = part
    data.attrs["axes"] = "translation:y:x"
    file["entry_1/data_1/data"] = h5py.SoftLink(f"/{_DETECTOR}/data")
    if scan.wavelength_m and scan.distance_m and scan.pixels_m is not None:
        detector = scan.wavelength_m * scan.distance_m / (scan.width * scan.pixels_m)
        for axis, pixel in zip(("y", "x"), detector, strict=True):
            file[f"{_DETECTOR}/{axis}_pixel_size"] = pixel
            file[f"{_DETECTOR}/{axis}_pixel_size"].attrs["units"] = "m"
    if scan.mask is not None:
        bad = np.where(scan.mask, 0, _BAD).astype(np.uint32)
        file.create_dataset(f"{_DETECTOR}/mask", data=bad, **PACKED)


def _put_result(file: h5py.File, result: Result) -> None:
    height, width = np.zeros(2) if result.pixels_m is None else result.pixels_m
    probe = result.modes.reshape(1, -1, *result.probe.shape)
    for place, values, axes in (
        (IMAGE_PROBE, probe, "coherent:incoherent:y:x"),
        (IMAGE_OBJECT, result.cropped[None], "layer:y:x"),
    ):
        image = file.create_dataset(place, data=values.astype(np.complex64), **PACKED)
        image.attrs["axes"] = axes
        group = image.parent
        group["image_size"] = np.array([values.shape[-1] * width, values.shape[-2] * height, 0.0])
        group["data_space"] = "real"
    file[f"{_SOURCE}/illumination"] = h5py.SoftLink(IMAGE_PROBE)
    extras = file["entry_1/ptychodus"]
    for name in ("object", "probe"):
        extras[f"{name}_pixel_width_m"], extras[f"{name}_pixel_height_m"] = width, height
    extras["object_center_x_m"] = extras["object_center_y_m"] = 0.0
    if result.method:
        file["entry_1/ptygui/method"] = result.method
