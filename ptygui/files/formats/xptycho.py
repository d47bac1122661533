"""Scans of xptycho: `/scan/frames` and `/scan/probe_positions`, with the optics as attributes."""

from pathlib import Path

from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, attributes, open_hdf5, positive
from ptygui.files.measured import Measured
from ptygui.files.optics import Optics, in_pixels
from ptygui.files.patterns_on_disk import patterns_in


def is_xptycho(found: Contents) -> bool:
    """Whether the names are those of xptycho."""
    names = ("scan/frames", "scan/probe_positions")
    return isinstance(found, Hdf5) and all(found.dataset(n) is not None for n in names)


def read_xptycho(path: Path, pixel_size_m: float | None = None, allow_links: bool = False) -> Measured:
    """Read frames (K, m, m) and positions (K, 2) in metres, row first."""
    with open_hdf5(path, allow_links) as file:
        about = attributes(file.find("scan"))
        pixel = positive(about.get("det_pixel_pitch"))
        optics = Optics(
            positive(about.get("wavelength")),
            positive(about.get("det_distance")),
            (pixel, pixel) if pixel else None,
        )
        metres = file.array("scan/probe_positions")
        patterns = patterns_in(file, "scan/frames", positions=metres)
        name = str(about.get("name") or "")
        return in_pixels(path, patterns, metres[:, :2], optics, pixel_size_m, name=name)


FORMAT: Format = Format(
    "xptycho", "xptycho scan", "scan", is_xptycho, (".h5", ".hdf5"), read_xptycho,
    takes=("pixel_size_m", "allow_links"),
)  # fmt: skip
