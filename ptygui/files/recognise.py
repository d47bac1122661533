"""Recognises the kind of a file by its content."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from ptygui.errors import InputError, LayoutNeeded
from ptygui.files import formats
from ptygui.files.arrays import open_arrays
from ptygui.files.file_type import file_type_of
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import open_hdf5
from ptygui.files.limits import reading

# Kinds without a format: folders, and files of images or arrays without a description. Keys, with names
# in words and what the window opens them as; arrays are an object, or a probe by their name.
NETWORKS = ("unet", "ptychonn", "unrolled")  # folders with KEY.json
_OTHERS = {
    "model": ("trained prior", "prior"),
    "unet": ("trained U-Net", "unet"),
    "ptychonn": ("trained PtychoNN", "ptychonn"),
    "unrolled": ("trained unrolled network", "unrolled"),
    "image": ("image", "object"),
    "arrays": ("arrays", "object"),
}


def recognise(path: str | PathLike[str], allow_links: bool = False) -> str | None:
    """The key of a format, one of "model", `NETWORKS`, "image", "arrays", or None; links as in `read_scan`.

    Raises
    ------
    InputError
        If the path cannot be read at all, or the file is damaged.
    """
    path = Path(path)
    if path.is_dir():
        if (path / "config.json").is_file() and (path / "prior.json").is_file():
            return "model"
        for key in NETWORKS:
            if (path / f"{key}.json").is_file():
                return key
        with reading(path):
            return next((one.key for one in formats.FORMATS if one.recognise(path)), None)
    content = file_type_of(path)
    with _opened(path, content, allow_links) as found, reading(path):
        for one in formats.FORMATS:
            if one.recognise(found):
                return one.key
    return {None: None, "image": "image", "tiff": "image"}.get(content, "arrays")


@contextmanager
def _opened(path: Path, content: str | None, allow_links: bool) -> Iterator[Contents]:
    if content in (None, "image", "tiff"):
        yield path
    elif content == "hdf5":
        with open_hdf5(path, allow_links) as file:
            yield file
    else:
        with open_arrays(path) as arrays:
            yield arrays


def format_named(key: str | None) -> Format | None:
    """The format of a key; None for a kind without a format."""
    return next((one for one in formats.FORMATS if one.key == key), None)


def title_of(kind: str) -> str:
    """The name of a kind returned by `recognise`."""
    one = format_named(kind)
    return one.title if one else _OTHERS[kind][0]


def opens_as(kind: str) -> str:
    """What a kind is opened as: "scan", "result", "project", "prior", "object", or of `NETWORKS`."""
    one = format_named(kind)
    return one.opens_as if one else _OTHERS[kind][1]


def suffixes_of(what: str) -> list[str]:
    """The suffixes of all formats that are opened as this, each once."""
    return list(dict.fromkeys(s for one in formats.FORMATS if one.opens_as == what for s in one.suffixes))


def scan_format(path: Path, allow_links: bool = False) -> Format:
    """The format of a scan; else an `InputError` that says what the file is."""
    content = None if path.is_dir() else file_type_of(path)
    for one in formats.FORMATS:
        if content in one.owns:
            return one
    kind = recognise(path, allow_links)
    found = format_named(kind)
    if found is not None and (found.read or found.layout):
        return found
    if found is not None and found.opens_as == "result":
        raise InputError(
            f"{path} is a {found.title} and holds no patterns: give the file of patterns, and this one with "
            "--metadata"
        )
    what = "is, by its content, of no kind that is known"
    if path.is_dir():
        what = "is a folder without frames and a table of their positions"
    if kind == "arrays":
        what = "holds arrays in no known layout of a scan (`ptygui info` lists them)"
    elif kind is not None:
        what = f"is a {title_of(kind)} and not a scan"
    raise (LayoutNeeded if kind in ("arrays", "image", None) and path.is_file() else InputError)(
        f"{path} {what}: give a scan (docs/files.md lists the formats), or say what is where with --patterns "
        "and --positions"
    )
