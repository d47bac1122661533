"""What kind of file something is, by what it holds."""

from os import PathLike
from pathlib import Path

from ptygui.errors import InputError
from ptygui.files.arrays import open_arrays
from ptygui.files.file_type import file_type_of
from ptygui.files.formats import cxi, own_scan, ptychi, tike
from ptygui.files.hdf5 import Hdf5, open_hdf5

KINDS = {
    "scan": "ptygui scan",
    "cxi": "CXI scan",
    "tike": "tike scan",
    "ptychi": "patterns of a pty-chi / Ptychodus pair",
    "result": "ptygui result (Ptychodus product)",
    "product": "Ptychodus product",
    "project": "ptygui project",
    "model": "trained prior",
    "unet": "trained U-Net",
    "image": "image",
    "arrays": "arrays",
}
SCANS = ("scan", "cxi", "tike", "ptychi")


def recognise(path: str | PathLike[str], allow_links: bool = False) -> str | None:
    """A key of `KINDS`, or None for a file that is not known; links as in `read_scan`.

    Raises
    ------
    InputError
        If the path cannot be read at all, or the file is damaged.
    """
    path = Path(path)
    if path.is_dir():
        if (path / "config.json").is_file() and (path / "prior.json").is_file():
            return "model"
        return "unet" if (path / "unet.json").is_file() else None
    content = file_type_of(path)
    if content is None:
        return None
    if content in ("image", "tiff"):
        return "image"
    if content == "hdf5":
        with open_hdf5(path, allow_links) as file:
            return _kind_of_hdf5(file)
    with open_arrays(path) as arrays:
        if tike.is_tike(arrays):
            return "tike"
        return "ptychi" if {"patterns", "indexes"} <= arrays.entries.keys() else "arrays"


def _kind_of_hdf5(file: Hdf5) -> str:
    if own_scan.is_own_scan(file):
        return "scan"
    if file.attrs.get("format") == "ptygui project":
        return "project"
    if ptychi.is_product(file):
        return "result" if file.find("ptygui") is not None else "product"
    if cxi.is_cxi(file):
        return "cxi"
    return "ptychi" if ptychi.is_patterns(file) else "arrays"


def named_scan(path: Path, kind: str | None) -> str:
    """The kind again, if it is one of a scan; else an `InputError` that says what the file is."""
    if kind in SCANS:
        return kind
    if kind in ("product", "result"):
        raise InputError(
            f"{path} is a {KINDS[kind]} and holds no patterns: give the file of patterns, and this one with "
            "--metadata"
        )
    what = "is, by its content, of no kind that is known"
    if kind == "arrays":
        what = "holds arrays in no layout of a scan that is known (`ptygui info` lists them)"
    elif kind is not None:
        what = f"is of the kind '{KINDS[kind]}' and no scan"
    raise InputError(f"{path} {what}: give a ptygui scan, CXI, tike NPZ or pty-chi pair")
