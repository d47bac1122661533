"""Writes the modes of a probe: HDF5, CXI, or TIFF planes, as `read_probe` and other programs read them."""

from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import WriteError
from ptygui.files.atomic import check_target, replacing
from ptygui.files.hdf5 import writing_hdf5
from ptygui.files.measured import JOULE_PER_EV
from ptygui.files.nexus import put_plot
from ptygui.physics.beam_energy import HC_EV_M

FORMATS = {"HDF5": (".h5", ".hdf5"), "CXI": (".cxi",), "TIFF": (".tif", ".tiff")}


def write_probe(
    path: str | PathLike[str],
    modes: np.ndarray,
    pixel_size_m: float | None = None,
    wavelength_m: float | None = None,
    inputs: tuple[str | PathLike[str], ...] = (),
) -> Path:
    """Write a probe in the format that the name of the file asks for.

    HDF5 holds it as ``/probe`` with its pixel size; CXI as ``/entry_1/instrument_1/source_1/illumination``
    with the photon energy; TIFF holds real and imaginary part of each mode in turn, float32 planes.

    Parameters
    ----------
    path : path
        An existing file is replaced once the new one is complete.
    modes : complex array, shape (M, m, m)
        In square roots of photon counts.
    pixel_size_m, wavelength_m : float, optional
        [m]
    inputs : tuple of paths
        Files that must not be overwritten.

    Raises
    ------
    WriteError
        If no format has this ending, or the file cannot be written.
    """
    path, modes = Path(path), np.ascontiguousarray(modes, np.complex64)
    ending = path.suffix.lower()
    if ending in FORMATS["TIFF"]:
        return _write_tiff(path, modes, inputs)
    if ending not in (*FORMATS["HDF5"], *FORMATS["CXI"]):
        known = ", ".join(each for endings in FORMATS.values() for each in endings)
        raise WriteError(f"{path.name}: a probe is written as one of {known}: choose one of these endings")
    with writing_hdf5(path, inputs) as file:
        if ending in FORMATS["HDF5"]:
            file["probe"] = modes
            if pixel_size_m:
                file["probe"].attrs["pixel_size_m"] = pixel_size_m
            put_plot(file, "/probe", "probe", np.full(2, pixel_size_m) if pixel_size_m else None)
        else:
            file["cxi_version"] = 160
            source = file.create_group("entry_1/instrument_1/source_1")
            source["illumination"] = modes
            if wavelength_m:
                source["energy"] = HC_EV_M / wavelength_m * JOULE_PER_EV
    return path


def _write_tiff(path: Path, modes: np.ndarray, inputs: tuple[str | PathLike[str], ...]) -> Path:
    import tifffile

    check_target(path, inputs)
    planes = np.stack((modes.real, modes.imag), 1).reshape(-1, *modes.shape[1:])
    with replacing(path, inputs) as scratch:
        tifffile.imwrite(scratch, planes.astype(np.float32), photometric="minisblack")
    return path
