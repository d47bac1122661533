"""Scans of NSLS-II (ptycho_gui): amplitudes in `diffamp`, positions in `points`."""

from pathlib import Path

from ptygui.errors import InputError
from ptygui.files.amplitudes import as_counts
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, open_hdf5, positive
from ptygui.files.measured import Measured
from ptygui.files.optics import Optics, in_pixels
from ptygui.files.patterns_on_disk import patterns_in


def is_nsls2(found: Contents) -> bool:
    """Whether the names are those of ptycho_gui."""
    return isinstance(found, Hdf5) and all(found.dataset(n) is not None for n in ("diffamp", "points"))


def read_nsls2(path: Path, pixel_size_m: float | None = None, allow_links: bool = False) -> Measured:
    """Read `diffamp` (K, m, m), square roots of counts, and `points` (2, K), x and y in micrometres."""
    with open_hdf5(path, allow_links) as file:
        points = file.reals("points")
        if points.ndim != 2 or points.shape[0] != 2:
            raise InputError(f"{path}: points are {points.shape}, expected 2 x K, x and y")
        amplitudes = patterns_in(file, "diffamp", positions=points.T)
        patterns, said = as_counts(amplitudes, default="amplitudes")
        wave, pixel = positive(file.number("lambda_nm")), positive(file.number("ccd_pixel_um"))
        optics = Optics(
            1e-9 * wave if wave else None,
            positive(file.number("z_m")),
            (1e-6 * pixel, 1e-6 * pixel) if pixel else None,
        )
        notes = (
            said,
            "points were taken as x (column) and y (row) in micrometres, as ptycho_gui writes them",
        )
        return in_pixels(path, patterns, 1e-6 * points[::-1].T, optics, pixel_size_m, notes=notes)


FORMAT: Format = Format(
    "nsls2", "NSLS-II scan (ptycho_gui)", "scan", is_nsls2, (".h5", ".hdf5"), read_nsls2,
    takes=("pixel_size_m", "allow_links"),
)  # fmt: skip
