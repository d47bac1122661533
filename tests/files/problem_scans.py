"""A scan in CXI with one thing wrong, as public bug reports of other programs describe them."""

import h5py
import numpy as np

from ptygui.files.measured import JOULE_PER_EV
from ptygui.physics.beam_energy import HC_EV_M

WAVELENGTH, DISTANCE, DETECTOR = 1.2e-10, 0.8, 60e-6
DATA = "entry_1/instrument_1/detector_1/data"
MOVES = "entry_1/sample_1/geometry_1/translation"
SOURCE = "entry_1/instrument_1/source_1"
PROBE = f"{SOURCE}/illumination"


def pixels(shape, detector=(DETECTOR, DETECTOR)):
    """Object pixels of frames of a shape [m]."""
    return WAVELENGTH * DISTANCE / (np.array(shape) * np.array(detector))


def metres(scan, pixel):
    """Translations x, y, z."""
    rows, columns = (scan.positions * pixel).T
    return np.stack([columns, rows, 0 * rows], 1)


def write(path, scan, patterns=None, detector=(DETECTOR, DETECTOR)):
    """The scan as it should be, or with other patterns."""
    with h5py.File(path, "w") as file:
        file["cxi_version"] = 160
        group = file.create_group("entry_1/instrument_1/detector_1")
        group["data"] = scan.patterns[:].astype(np.int32) if patterns is None else patterns
        group["y_pixel_size"], group["x_pixel_size"] = detector
        group["distance"] = DISTANCE
        file[f"{SOURCE}/energy"] = HC_EV_M / WAVELENGTH * JOULE_PER_EV
        file[MOVES] = metres(scan, pixels(scan.probe.shape, detector))
        file[PROBE] = scan.probe
    return path


def change(path, **values):
    """Replace data sets: value, or (value, units); None deletes."""
    with h5py.File(path, "a") as file:
        for name, value in values.items():
            place = {"moves": MOVES, "data": DATA, "probe": PROBE}.get(name, f"entry_1/instrument_1/{name}")
            if place in file:
                del file[place]
            if value is None:
                continue
            value, units = value if isinstance(value, tuple) else (value, None)
            file[place] = value
            if units:
                file[place].attrs["units"] = units
    return path
