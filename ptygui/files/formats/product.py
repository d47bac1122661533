"""Products of Ptychodus in HDF5: object, probe and positions; results are products too.

/object (1, y, x), /probe (1, mode, y, x), /probe_position_{x,y}_m, ...  as in Ptychodus
/entry             NeXus: the plot that viewers open with
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, attributes, positive, writing_hdf5
from ptygui.files.limits import check_object
from ptygui.files.measured import HC_EV_M
from ptygui.files.nexus import put_plot
from ptygui.files.probes import first_mode
from ptygui.files.result import Result
from ptygui.files.steps import PACKED, column

# written for unknown values, because Ptychodus requires them; always listed in `comments`
NOMINAL = {"pixel_size_m": 1e-6, "wavelength_m": HC_EV_M / 10_000, "distance_m": 1.0}
MARGIN = "ptygui_margin_px"  # attribute of /object: rows and columns on each side beyond the patches
_READ_BEYOND = 1  # px: Ptychodus interpolates between pixels, and reads one more than a patch has
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


def export_product(path: str | PathLike[str], result: Result) -> Path:
    """Write a result as a product alone: its last step, and the curve of its misfit.

    Raises
    ------
    InputError
        If positions are far outside the object, or the file cannot be written.
    """
    with writing_hdf5(path) as file:
        write_product(file, result)
    return Path(path)


def write_product(file: h5py.File, result: Result) -> None:
    """Write the product in a result."""
    nominal = nominal_of(result)
    known = lengths_of(result)
    pixel = known["pixel_size_m"]
    file.attrs["name"] = result.name
    file.attrs["comments"] = comments_of(result)
    file.attrs["detector_object_distance_m"] = known["distance_m"]
    file.attrs["photon_energy_eV"] = HC_EV_M / known["wavelength_m"]
    file.attrs["probe_photon_count"] = photons = photons_of(result)
    margin = margin_of(result)
    obj = file.create_dataset("object", data=with_margin(result, margin)[None], **PACKED)
    obj.attrs[MARGIN] = margin
    modes = result.modes.reshape(1, -1, *result.probe.shape)
    probe = file.create_dataset("probe", data=modes)
    for item in (obj, probe):
        item.attrs["pixel_width_m"] = item.attrs["pixel_height_m"] = pixel
    obj.attrs["center_x_m"] = obj.attrs["center_y_m"] = 0.0
    file["probe_position_y_m"], file["probe_position_x_m"] = centres_of(result).T * pixel
    file["probe_position_indexes"] = np.arange(len(result.positions))
    weights = None if result.last is None else result.last.weights
    if weights is not None:
        file["probe_photon_counts"] = np.square(weights) * photons
    numbers = result.numbers
    if numbers.get("index"):
        file["loss_epochs"] = np.array(numbers["index"], np.int64)
        file["loss_values"] = column(numbers["misfit"])
    put_plot(file, "/object", "object", None if "pixel_size_m" in nominal else pixel)


def lengths_of(result: Result) -> dict[str, float]:
    """Pixel size, wavelength and distance of a result [m], nominal where they are not known."""
    return {name: getattr(result, name) or NOMINAL[name] for name in NOMINAL}


def comments_of(result: Result) -> str:
    """Who made a result, after what is nominal in its file."""
    made = f"ptygui {result.method}" if result.method else "ptygui"
    nominal = "; ".join(_ATTRIBUTES[name] for name in nominal_of(result))
    return f"NOMINAL, not known: {nominal}. {made}" if nominal else made


def photons_of(result: Result) -> float:
    """The sum of the probe's intensity over all modes [photons]."""
    return float(np.square(np.abs(result.modes), dtype=np.float64).sum())


def centres_of(result: Result) -> np.ndarray:
    """Row and column of the centres of the patches from the centre of /object [px], (K, 2)."""
    return result.refined_positions - result.offset + (np.array(result.probe.shape) - result.span) / 2


def margin_of(result: Result) -> np.ndarray:
    """Rows and columns on each side of the area that the patches spanned, so that /object holds all of them.

    Positions that a run refined, or that are between pixels, leave that area.

    Raises
    ------
    InputError
        If positions are so far outside that the object would be too large.
    """
    positions, width = np.round(result.refined_positions, 6), np.array(result.probe.shape)
    if not len(positions):
        return np.array([_READ_BEYOND, _READ_BEYOND])
    low = result.offset - positions.min(0)
    high = positions.max(0) + width - result.offset - result.span
    beyond = np.nan_to_num(np.ceil(np.maximum(np.maximum(low, high), 0)), nan=np.inf)
    said = f"positions are up to {beyond.max():.4g} px outside the object: are they right?"
    check_object(result.name, tuple(np.minimum(result.span + 2 * beyond, 1e9)), said)
    return beyond.astype(int) + _READ_BEYOND


def with_margin(result: Result, margin: np.ndarray) -> np.ndarray:
    """The object in the area that patches spanned and a margin; its edge goes on where the object ends."""
    first, size = np.array(result.offset) - margin, np.array(result.span) + 2 * margin
    low, high = np.maximum(first, 0), np.minimum(first + size, result.obj.shape)
    part = result.obj[low[0] : high[0], low[1] : high[1]]
    return np.pad(part, np.stack([low - first, first + size - high], 1), mode="edge")


def without_margin(obj: np.ndarray, about: Mapping[str, Any]) -> np.ndarray:
    """/object without the margin that its attributes state, if any."""
    stated = np.atleast_1d(np.asarray(about.get(MARGIN, 0)))
    if stated.dtype.kind not in "iu" or stated.size not in (1, 2):
        return obj
    rows, columns = np.broadcast_to(stated.astype(int), 2)
    if not (0 <= 2 * rows < obj.shape[-2] and 0 <= 2 * columns < obj.shape[-1]):
        return obj
    return obj[..., rows : obj.shape[-2] - rows, columns : obj.shape[-1] - columns]


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
        centre = [about.get(f"center_{axis}_m") or 0.0 for axis in "yx"]
        positions = (metres - centre) / pixel + (np.array(obj.shape) - probe.shape) / 2
        obj, positions = _within_margin(obj, positions, probe.shape, about)
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
        notes=(*notes, *said, "a product alone: no method, steps or numbers"),
    )


def _within_margin(
    obj: np.ndarray, positions: np.ndarray, window: tuple[int, ...], about: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """An object and its positions without the margin, if all patches are within it."""
    inner = without_margin(obj, about)
    corners = np.rint(positions - (np.array(obj.shape) - inner.shape) / 2)
    if len(corners) and ((corners < 0) | (corners + window > inner.shape)).any():
        return obj, positions
    return np.ascontiguousarray(inner), positions - (np.array(obj.shape) - inner.shape) / 2


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
