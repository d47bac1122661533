"""NPZ: a result as NumPy arrays, by the names of Ptychodus' NPZ products, with our own for the rest."""

from pathlib import Path
from typing import Any

import numpy as np

from ptygui.export.exported import Exported
from ptygui.files.atomic import replacing
from ptygui.files.margin import MARGIN, SHARE, margin_of, with_margin
from ptygui.files.nominal import comments_of, lengths_of, pixels_in
from ptygui.files.product_writer import centres_of, photons_of
from ptygui.files.result import Result
from ptygui.files.steps import column
from ptygui.physics.beam_energy import HC_EV_M


def write_npz(path: Path, exported: Exported) -> list[Path]:
    """Write object, probe, positions, lengths, truth and curves."""
    with replacing(path) as scratch:
        np.savez_compressed(scratch, **arrays_of(exported.given))
    return [path]


def arrays_of(result: Result) -> dict[str, Any]:
    """The arrays by name.

    `positions` are row and column of each patch's first pixel in `object` [px]. `object` and `truth` have
    the margin of a product. `curve_NAME` has one value for each step.
    """
    known, margin = lengths_of(result), margin_of(result)
    pixels = pixels_in(result)
    rows, columns = (centres_of(result) * pixels).T
    found: dict[str, Any] = {
        "name": result.name,
        "comments": comments_of(result),
        "object": with_margin(result.obj, result, margin),
        "probe": result.modes,
        "positions": result.refined_positions - result.offset + margin,
        MARGIN: margin,
    }
    found |= {name: getattr(result, name) for name in known if getattr(result, name) is not None}
    if result.prior_share is not None:
        found[SHARE] = with_margin(result.prior_share, result, margin)
    if result.truth is not None:
        found["truth"] = with_margin(result.truth, result, margin)
    found |= {"probe_position_indexes": np.arange(len(rows))}
    found |= {"probe_position_x_m": columns, "probe_position_y_m": rows}
    for name in ("object", "probe"):
        found |= {f"{name}_pixel_height_m": pixels[0], f"{name}_pixel_width_m": pixels[1]}
    found |= {"object_center_x_m": 0.0, "object_center_y_m": 0.0}
    found["photon_energy_eV"] = HC_EV_M / known["wavelength_m"]
    found["detector_object_distance_m"] = known["distance_m"]
    found["probe_photon_count"] = photons_of(result)
    if result.beam_weights is not None:
        found["probe_photon_counts"] = np.square(result.beam_weights) * found["probe_photon_count"]
    if result.numbers.get("index"):
        found["loss_epochs"] = np.array(result.numbers["index"], np.int64)
        found["loss_values"] = column(result.numbers["misfit"])
    return found | {f"curve_{name}": column(values) for name, values in result.numbers.items()}
