"""Frames whose positions are elsewhere: EIGER masters, 4D data of a grid scan, bare stacks."""

import re
from pathlib import Path

from ptygui.files.arrays import Arrays
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Group, Hdf5, attributes, open_hdf5
from ptygui.files.layout.folder import described, frames_in, tables_in
from ptygui.files.layout.guess import guess_layout
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.sources import is_empad

_DETECTOR = "entry/instrument/detector"
_BLOCK = re.compile(r"data_\d+")
_SMALLEST, FEWEST = 16, 4  # px of a frame, frames of a stack
_SWISS, _MONO = "entry/instrument/eiger_4", "entry/instrument/monochromator"  # of cSAXS and LamNI
_NUMBERS = {  # fields of a layout, and the places of their values, each with its unit if the file says none
    "distance": (
        (f"{_DETECTOR}/detector_distance", "m"), (f"{_DETECTOR}/distance", "m"), (f"{_MONO}/distance", "mm"),
    ),
    "detector_pixel": ((f"{_DETECTOR}/x_pixel_size", "m"), (f"{_SWISS}/x_pixel_size", "um")),
    "energy": (
        (f"{_DETECTOR}/detectorSpecific/photon_energy", "eV"),
        ("entry/instrument/beam/incident_energy", "eV"),
        (f"{_MONO}/energy", "keV"),
    ),
    "wavelength": (
        ("entry/instrument/beam/incident_wavelength", "angstrom"),
        (f"{_DETECTOR}/incident_wavelength", "angstrom"),
    ),
}  # fmt: skip
_FRAMES = ("data", "eiger_4")  # of one data set
_POSITIONS = (("entry/measurement/pseudo/x", "entry/measurement/pseudo/y", "um"),)


def is_eiger(found: Contents) -> bool:
    """Whether it is a master file: blocks of frames, most often links, and a detector."""
    if not isinstance(found, Hdf5) or not isinstance(found.find("entry/instrument"), Group):
        return False
    names = found.names("entry/data")
    return any(_BLOCK.fullmatch(name) or name in _FRAMES for name in names)


def eiger_layout(path: Path, allow_links: bool = False) -> Layout:
    """What a master file says; the positions are most often elsewhere."""
    with open_hdf5(path, allow_links) as file:
        names = file.names("entry/data")
        blocks = any(_BLOCK.fullmatch(name) for name in names)
        whole = next((name for name in _FRAMES if name in names), "data")
        said = {"patterns": "entry/data/data_*" if blocks else f"entry/data/{whole}", "axes": "kyx"}
        for name, places in _NUMBERS.items():
            for place, unit in places:
                if file.number(place):
                    about = attributes(file.dataset(place))
                    said[name] = place if about.get("units") else f"{place} {unit}"
                    break
        if file.dataset(f"{_DETECTOR}/detectorSpecific/pixel_mask") is not None:
            said["mask"], said["mask_good"] = f"{_DETECTOR}/detectorSpecific/pixel_mask", "zero"
        for x, y, unit in _POSITIONS:
            if file.dataset(x) is not None and file.dataset(y) is not None:
                said["positions"], said["positions_axes"] = f"{x},{y}", "xy"
                said["positions_unit"] = str(attributes(file.dataset(x)).get("units") or unit)
    return Layout(**said)


def is_grid(found: Contents) -> bool:
    """Whether it holds one array of four axes: scan row, scan column, detector row, detector column."""
    if isinstance(found, Path):
        return found.is_file() and is_empad(found)
    shapes = _shapes(found)
    four = [shape for shape, kind in shapes if len(shape) == 4 and kind in "iuf"]
    return len(four) == 1 and min(four[0][-2:]) >= _SMALLEST and four[0][0] > 1


def is_stack(found: Contents) -> bool:
    """Whether it is one stack of real frames and nothing else: a bare NPY."""
    shapes = _shapes(found) if isinstance(found, Arrays) else []
    if len(shapes) != 1:
        return False
    shape, kind = shapes[0]
    return len(shape) == 3 and kind in "iuf" and shape[0] >= FEWEST and min(shape[1:]) >= _SMALLEST


def is_folder(found: Contents) -> bool:
    """Whether it is a folder with one file per frame, and a table."""
    if not isinstance(found, Path) or not found.is_dir() or len(tables_in(found)) != 1:
        return False
    return len(frames_in(found)) >= FEWEST


def folder_layout(path: Path, allow_links: bool = False) -> Layout:
    """All frames of a folder, and the table of positions if there is one."""
    tables = tables_in(path)
    said = described(tables[0]) if len(tables) == 1 else {}
    return Layout(patterns="*", axes="kyx", **said)


def guessed(path: Path, allow_links: bool = False) -> Layout:
    """What names, shapes and units in the file say."""
    return guess_layout(path, allow_links).layout


def _shapes(found: Contents) -> list[tuple[tuple[int, ...], str]]:
    if isinstance(found, Hdf5):
        return [(d.shape, d.dtype.kind) for d in found.datasets() if d.shape is not None]
    if isinstance(found, Arrays):
        return [(entry.shape, entry.dtype.kind) for entry in found.entries.values()]
    return []


EIGER: Format = Format(
    "eiger", "EIGER / NeXus master file", "scan", is_eiger, (".h5", ".nxs"), layout=eiger_layout
)
GRID: Format = Format(
    "grid", "4D data of a grid scan", "scan", is_grid, (".h5", ".mat", ".npy", ".raw"), layout=guessed
)
STACK: Format = Format("stack", "stack of frames", "scan", is_stack, (".npy", ".npz"), layout=guessed)
FOLDER: Format = Format("folder", "folder of frames", "scan", is_folder, (), layout=folder_layout)
