"""Writes products of Ptychodus: object with a margin, probe, positions, and the curve of the misfit."""

from os import PathLike
from pathlib import Path

import h5py
import numpy as np

from ptygui.analysis.coverage import DEFINITION
from ptygui.files.hdf5 import writing_hdf5
from ptygui.files.margin import MARGIN, SHARE, margin_of, with_margin
from ptygui.files.measured import object_pixel
from ptygui.files.nexus import put_plot
from ptygui.files.nominal import comments_of, lengths_of, nominal_of, pixels_in
from ptygui.files.result import Result
from ptygui.files.steps import PACKED, column
from ptygui.physics.beam_energy import HC_EV_M
from ptygui.scan import Geometry


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
    pixels = pixels_in(result)
    file.attrs["name"] = result.name
    file.attrs["comments"] = comments_of(result)
    file.attrs["detector_object_distance_m"] = known["distance_m"]
    file.attrs["photon_energy_eV"] = HC_EV_M / known["wavelength_m"]
    file.attrs["probe_photon_count"] = photons = photons_of(result)
    margin = margin_of(result)
    obj = file.create_dataset("object", data=with_margin(result.obj, result, margin)[None], **PACKED)
    obj.attrs[MARGIN] = margin
    put_share(file, SHARE, result, margin)
    modes = result.modes.reshape(1, -1, *result.probe.shape)
    probe = file.create_dataset("probe", data=modes)
    for item in (obj, probe):
        item.attrs["pixel_height_m"], item.attrs["pixel_width_m"] = pixels
    obj.attrs["center_x_m"] = obj.attrs["center_y_m"] = 0.0
    file["probe_position_y_m"], file["probe_position_x_m"] = (centres_of(result) * pixels).T
    file["probe_position_indexes"] = np.arange(len(result.positions))
    weights = result.beam_weights
    if weights is not None:
        file["probe_photon_counts"] = np.square(weights) * photons
    numbers = result.numbers
    if numbers.get("index"):
        file["loss_epochs"] = np.array(numbers["index"], np.int64)
        file["loss_values"] = column(numbers["misfit"])
    put_plot(file, "/object", "object", None if "pixel_size_m" in nominal else pixels)


def put_share(group: h5py.Group, name: str, result: Result, margin: np.ndarray) -> None:
    """Write the prior's share of the pixels of the object, if it is known."""
    if result.prior_share is not None:
        share = with_margin(result.prior_share, result, margin)
        group.create_dataset(name, data=share, **PACKED).attrs["definition"] = DEFINITION


def detector_pixels_of(about: Result | Geometry) -> np.ndarray:
    """Height and width of the pixel of the detector that these lengths come from, λ z / (m d) [m]."""
    known, size = lengths_of(about), about.probe.shape[0]
    return np.array(
        [object_pixel(known["wavelength_m"], known["distance_m"], size, d) for d in pixels_in(about)]
    )


def photons_of(about: Result | Geometry) -> float:
    """The sum of the probe's intensity over all modes [photons]."""
    return float(np.square(np.abs(about.modes), dtype=np.float64).sum())


def centres_of(about: Result | Geometry) -> np.ndarray:
    """Row and column of the centres of the patches from that of the area which they spanned [px], (K, 2)."""
    if isinstance(about, Result):
        positions, offset, span = about.refined_positions, np.array(about.offset), np.array(about.span)
    else:
        positions, parts = about.positions, about.span
        offset, span = np.array([p.start for p in parts]), np.array([p.stop - p.start for p in parts])
    return positions - offset + (np.array(about.probe.shape) - span) / 2
