"""Prepared data of PtychoShelves: `/measurement/n0/diff` and positions, written by MATLAB."""

from pathlib import Path

from ptygui.errors import InputError
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, open_hdf5
from ptygui.files.measured import Measured
from ptygui.files.patterns_on_disk import patterns_in
from ptygui.files.stack import mapped

_AT = "measurement/n0"


def is_shelves_data(found: Contents) -> bool:
    """Whether the names are those of prepared data."""
    return isinstance(found, Hdf5) and found.dataset(f"{_AT}/diff") is not None


def read_shelves_data(path: Path, allow_links: bool = False) -> Measured:
    """Read `diff`, in HDF5 (K, column, row), and `positions` (2, K), row and column [px]."""
    with open_hdf5(path, allow_links) as file:
        positions = file.reals(f"{_AT}/positions")
        if positions.ndim == 2 and positions.shape[0] == 2 != positions.shape[1]:
            positions = positions.T
        if positions.ndim != 2 or positions.shape[1] != 2:
            raise InputError(f"{path}: positions are {positions.shape}, expected 2 x K")
        patterns = mapped(
            patterns_in(file, f"{_AT}/diff", positions=positions), lambda frames: frames.swapaxes(-1, -2)
        )
        others = [name for name in file.names("measurement") if name.startswith("n") and name != "n0"]
    notes = [
        "layout of PtychoShelves: rows and columns of each frame were exchanged, positions are pixels",
        "the file states no pixel size, wavelength or distance: lengths are in pixels",
    ]
    if others:
        notes.append(f"the first of {1 + len(others)} scans in the file was taken")
    return Measured(path, patterns, positions, notes=tuple(notes))


FORMAT: Format = Format(
    "shelves-data", "prepared data of PtychoShelves", "scan", is_shelves_data, (".h5",), read_shelves_data,
    takes=("allow_links",),
)  # fmt: skip
