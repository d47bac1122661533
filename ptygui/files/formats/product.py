"""Products of Ptychodus in HDF5, NPZ and CXI: object, probe and positions; results are products too.

/object (1, y, x), /probe (1, mode, y, x), /probe_position_{x,y}_m, ...  as in Ptychodus
"""

from pathlib import Path

import h5py
import numpy as np

from ptygui.files.arrays import Arrays
from ptygui.files.formats.base import Contents, Format
from ptygui.files.geometry_file import (
    IMAGE_OBJECT,
    is_cxi_positions,
    is_hdf5_product,
    is_npz_product,
    read_geometry,
)
from ptygui.files.hdf5 import Hdf5
from ptygui.files.measured import HC_EV_M
from ptygui.files.result import Result
from ptygui.files.steps import PACKED, column
from ptygui.scan import pixels_of

# written for unknown values, because Ptychodus requires them; always listed in `comments`
NOMINAL = {"pixel_size_m": 1e-6, "wavelength_m": HC_EV_M / 10_000, "distance_m": 1.0}
_CXI_DATA = ("/entry_1/instrument_1/detector_1", "/entry_1/data_1")
_ATTRIBUTES = {
    "pixel_size_m": "pixel_width_m, pixel_height_m and all positions",
    "wavelength_m": "photon_energy_eV",
    "distance_m": "detector_object_distance_m",
}


def is_product(found: Contents) -> bool:
    """Whether a file holds an object with probe positions."""
    return isinstance(found, Hdf5) and is_hdf5_product(found)


def is_result(found: Contents) -> bool:
    """Whether a product also holds what ptygui adds to a result."""
    return isinstance(found, Hdf5) and is_product(found) and found.find("ptygui") is not None


def nominal_of(result: Result) -> list[str]:
    """Values that a result lacks and a product must state."""
    return [name for name in NOMINAL if getattr(result, name) is None]


def write_product(file: h5py.File, result: Result) -> None:
    """Write the product in a result."""
    nominal = nominal_of(result)
    known = {name: getattr(result, name) or NOMINAL[name] for name in NOMINAL}
    pixels = pixels_of(known["pixel_size_m"], result.pixel_aspect)
    height, width = float(pixels[0]), float(pixels[1])
    said = [f"ptygui {result.method}" if result.method else "ptygui"]
    if nominal:
        said.insert(0, "NOMINAL, not known: " + "; ".join(_ATTRIBUTES[name] for name in nominal) + ".")
    file.attrs["name"] = result.name
    file.attrs["comments"] = " ".join(said)
    file.attrs["detector_object_distance_m"] = known["distance_m"]
    file.attrs["photon_energy_eV"] = HC_EV_M / known["wavelength_m"]
    file.attrs["probe_photon_count"] = float(np.square(np.abs(result.modes), dtype=np.float64).sum())
    obj = file.create_dataset("object", data=result.cropped[None], **PACKED)
    modes = result.modes.reshape(1, -1, *result.probe.shape)
    probe = file.create_dataset("probe", data=modes)
    for item in (obj, probe):
        item.attrs["pixel_width_m"], item.attrs["pixel_height_m"] = width, height
    obj.attrs["center_x_m"] = obj.attrs["center_y_m"] = 0.0
    # metres from the centre of /object to the centre of the patch
    centres = result.refined_positions - result.offset + (np.array(result.probe.shape) - result.span) / 2
    file["probe_position_y_m"], file["probe_position_x_m"] = (centres * pixels).T
    file["probe_position_indexes"] = np.arange(len(result.positions))
    numbers = result.numbers
    if numbers.get("index"):
        file["loss_epochs"] = np.array(numbers["index"], np.int64)
        file["loss_values"] = column(numbers["misfit"])


def read_product(path: Path) -> Result:
    """Read the product of another program: a result without method, steps and numbers."""
    return read_geometry(path).as_result()


def is_npz(found: Contents) -> bool:
    """Whether it is a product in NPZ."""
    return isinstance(found, Arrays) and is_npz_product(found)


def is_cxi(found: Contents) -> bool:
    """Whether it is a product in CXI: an object and positions, and no patterns."""
    return (
        isinstance(found, Hdf5)
        and found.dataset(IMAGE_OBJECT) is not None
        and is_cxi_positions(found)
        and not any("data" in found.names(group) for group in _CXI_DATA)
    )


RESULT = Format("result", "ptygui result (Ptychodus product)", "result", is_result, (".h5", ".hdf5"))
PRODUCT = Format("product", "Ptychodus product", "result", is_product, (".h5", ".hdf5"), result=read_product)
NPZ = Format("product-npz", "Ptychodus product in NPZ", "result", is_npz, (".npz",), result=read_product)
CXI = Format("product-cxi", "Ptychodus product in CXI", "result", is_cxi, (".cxi",), result=read_product)
