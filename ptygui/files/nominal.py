"""Values that files for other programs must state, and nobody knows: what is written, and told by reading."""

import numpy as np

from ptygui.files.result import Result
from ptygui.physics.beam_energy import HC_EV_M
from ptygui.scan import Geometry, pixels_of

# written for unknown values, because Ptychodus requires them; always listed in the comments of the file
NOMINAL = {"pixel_size_m": 1e-6, "wavelength_m": HC_EV_M / 10_000, "distance_m": 1.0}
_SAID = "NOMINAL, not known: "
_ATTRIBUTES = {
    "pixel_size_m": "pixel_width_m, pixel_height_m and all positions",
    "wavelength_m": "photon_energy_eV",
    "distance_m": "detector_object_distance_m",
}


def nominal_of(about: Result | Geometry) -> list[str]:
    """Values that a result, or a scan, lacks and a product must state."""
    return [name for name in NOMINAL if getattr(about, name) is None]


def lengths_of(about: Result | Geometry) -> dict[str, float]:
    """Pixel size, wavelength and distance [m], nominal where they are not known."""
    return {name: getattr(about, name) or NOMINAL[name] for name in NOMINAL}


def pixels_in(about: Result | Geometry) -> np.ndarray:
    """Height and width of a pixel [m], nominal where they are not known."""
    return pixels_of(lengths_of(about)["pixel_size_m"], about.pixel_aspect)


def comments_of(about: Result | Geometry) -> str:
    """Who made a file, after what is nominal in it."""
    method = about.method if isinstance(about, Result) else ""
    nominal = "; ".join(_ATTRIBUTES[name] for name in nominal_of(about))
    return (f"{_SAID}{nominal}. " if nominal else "") + f"ptygui {method}".strip()


def nominal_in(comments: object) -> tuple[str, ...]:
    """The values that the comments of a file call nominal."""
    text = str(comments)
    return tuple(name for name, said in _ATTRIBUTES.items() if text.startswith(_SAID) and said in text)
