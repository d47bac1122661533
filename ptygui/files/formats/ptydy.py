"""Datasets of Ptydy: 4D-STEM data of a grid scan, with a calibration in attributes.

/                   attributes: ptydy_format = "ptydy-dataset", dataset: the name of the data
/dataset            (scan row, scan column, row, column), or (scan, row, column) with attribute scan_shape
/ptydy/calibration  attributes: R_pixel_size, Q_pixel_size and their ..._units, QR_rotation [rad], voltage [V]
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, attributes, finite, open_hdf5, positive
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.quantity import LENGTHS
from ptygui.physics.beam_energy import electron_wavelength

MARK = "ptydy-dataset"
_CALIBRATION = "ptydy/calibration"


def is_ptydy(found: Contents) -> bool:
    """Whether Ptydy wrote it."""
    return isinstance(found, Hdf5) and found.attrs.get("ptydy_format") == MARK


def ptydy_layout(path: Path, allow_links: bool = False) -> Layout:
    """What the file says; a step between positions that it does not know is for the user to say."""
    with open_hdf5(path, allow_links) as file:
        name = str(file.attrs.get("dataset") or "/dataset")
        data = file.dataset(name)
        if data is None or data.ndim not in (3, 4):
            raise InputError(f"{path} holds no data {name} of 3 or 4 axes: save it again")
        said, about = {"patterns": name, "values": "counts"}, attributes(file.find(_CALIBRATION))
        said["axes"] = "ijyx" if data.ndim == 4 else "kyx"
        grid = data.attrs.get("scan_shape")
        if data.ndim == 3 and grid is not None and np.size(grid) == 2:
            said["grid"] = ",".join(f"{int(n)}" for n in np.ravel(grid))
    step, unit = positive(about.get("R_pixel_size")), str(about.get("R_pixel_units") or "")
    if step and unit in LENGTHS:
        said["step"] = f"{_CALIBRATION}@R_pixel_size {unit}"
    if finite(about.get("QR_rotation")):
        said["rotation"] = f"{_CALIBRATION}@QR_rotation rad"
    if positive(about.get("voltage")):
        said["energy"], said["beam"] = f"{_CALIBRATION}@voltage eV", "electrons"
    pixel = _object_pixel(about, data.shape[-1])
    if pixel:
        said["pixel_size"] = f"{pixel!r}m"
    return Layout(**said)


def _object_pixel(about: Mapping[str, Any], width: int) -> float | None:
    """Object pixel 1 / (m q) of detector pixels of q [1/m], or λ / (m α) of pixels of an angle α."""
    size = positive(about.get("Q_pixel_size"))
    unit, volts = str(about.get("Q_pixel_units") or ""), positive(about.get("voltage"))
    length = unit.removesuffix("^-1").removesuffix("⁻¹").removeprefix("1/")
    if size and unit != length and length in LENGTHS:
        return LENGTHS[length] / (width * size)
    if size and unit == "mrad" and volts:
        return electron_wavelength(volts) / (width * size * 1e-3)
    return None


FORMAT: Format = Format("ptydy", "Ptydy dataset", "scan", is_ptydy, (".hdf5", ".h5"), layout=ptydy_layout)
