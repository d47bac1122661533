"""Products of Ptychodus in HDF5: object, probe and positions; results are products too.

/object (1, y, x), /probe (1, mode, y, x), /probe_position_{x,y}_m, ...  as in Ptychodus
"""

from pathlib import Path

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, attributes, finite, positive
from ptygui.files.measured import HC_EV_M
from ptygui.files.probes import first_mode
from ptygui.files.result import Result
from ptygui.files.steps import PACKED, column

# written for unknown values, because Ptychodus requires them; always listed in `comments`
NOMINAL = {"pixel_size_m": 1e-6, "wavelength_m": HC_EV_M / 10_000, "distance_m": 1.0}
_ATTRIBUTES = {
    "pixel_size_m": "pixel_width_m, pixel_height_m and all positions",
    "wavelength_m": "photon_energy_eV",
    "distance_m": "detector_object_distance_m",
}


def is_product(found: Contents) -> bool:
    """Whether a file holds an object with probe positions."""
    names = ("object", "probe_position_x_m")
    return isinstance(found, Hdf5) and all(found.dataset(name) is not None for name in names)


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
    pixel = known["pixel_size_m"]
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
        item.attrs["pixel_width_m"] = item.attrs["pixel_height_m"] = pixel
    obj.attrs["center_x_m"] = obj.attrs["center_y_m"] = 0.0
    # metres from the centre of /object to the centre of the patch
    centres = result.refined_positions - result.offset + (np.array(result.probe.shape) - result.span) / 2
    file["probe_position_y_m"], file["probe_position_x_m"] = (centres * pixel).T
    file["probe_position_indexes"] = np.arange(len(result.positions))
    numbers = result.numbers
    if numbers.get("index"):
        file["loss_epochs"] = np.array(numbers["index"], np.int64)
        file["loss_values"] = column(numbers["misfit"])


def read_product(path: Path, file: Hdf5) -> Result:
    """Read the product of another program: a result without method, steps and numbers."""
    obj, notes = flattened(file)
    probe, said = first_mode(file.array("probe"))
    about, attrs = attributes(file.dataset("object")), file.attrs
    pixel = positive(about.get("pixel_height_m"))
    energy = positive(attrs.get("photon_energy_eV")) or positive(attrs.get("probe_energy_eV"))
    metres = np.stack([file.array(f"probe_position_{axis}_m").astype(float).ravel() for axis in "yx"], 1)
    if pixel is None:
        said = (*said, "the file states no pixel size: positions are omitted")
        positions = np.empty((0, 2))
    else:
        centre = [finite(about.get(f"center_{axis}_m")) for axis in "yx"]
        positions = (metres - centre) / pixel + (np.array(obj.shape) - probe.shape) / 2
    return Result(
        name=str(attrs.get("name") or path.stem),
        method="",
        options={},
        settings=RunSettings(device=""),
        obj=obj,
        probe=np.ascontiguousarray(probe, np.complex64),
        positions=positions,
        offset=(0, 0),
        span=obj.shape,
        pixel_size_m=pixel,
        wavelength_m=HC_EV_M / energy if energy else None,
        distance_m=positive(attrs.get("detector_object_distance_m")),
        notes=(*notes, *said, "written by another program: no method, steps or numbers"),
    )


def flattened(file: Hdf5) -> tuple[np.ndarray, tuple[str, ...]]:
    """The object of a product, its layers multiplied, complex64; and notes."""
    obj = file.array("object")
    if obj.ndim < 2:
        raise InputError(f"{file.path}: object has shape {obj.shape}, expected layer, row, column")
    obj = obj.reshape(-1, *obj.shape[-2:])
    notes = () if len(obj) == 1 else (f"the object's {len(obj)} layers were flattened to their product",)
    return np.ascontiguousarray(np.prod(obj, axis=0), np.complex64), notes


RESULT = Format("result", "ptygui result (Ptychodus product)", "result", is_result, (".h5", ".hdf5"))
PRODUCT = Format("product", "Ptychodus product", "result", is_product, (".h5", ".hdf5"))
