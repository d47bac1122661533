"""Reads and writes scans: `read_scan` reads every format of `FORMATS`, `write_scan` writes ptygui's own."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files import formats
from ptygui.files.formats.base import Format
from ptygui.files.formats.own_scan import write_scan
from ptygui.files.layout.guess import guess_layout
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.read import read_layout
from ptygui.files.limits import check_length, reading
from ptygui.files.measured import Measured, matched_probe, scan_of
from ptygui.files.recognise import recognise, scan_format
from ptygui.physics.orientation import Orientation
from ptygui.scan import Scan

__all__ = ["files_beside", "read_scan", "read_start", "recognise", "write_scan"]

OBJECT_USES = ("no", "truth")
_UNKNOWN = ("arrays", "image", None)  # kinds that may be a scan if the user says what is where in them


def read_scan(
    path: str | PathLike[str],
    *,
    metadata: str | PathLike[str] | None = None,
    probe: np.ndarray | None = None,
    use_object: str = "no",
    pixel_size_m: float | None = None,
    swap_axes: bool = False,
    flip_rows: bool = False,
    flip_columns: bool = False,
    zero_frequency: str = "auto",
    allow_links: bool = False,
    layout: Layout | None = None,
) -> Scan:
    """Read a scan of any known format; `Scan.notes` says what was assumed or changed.

    Parameters
    ----------
    path : path
        ptygui's HDF5, CXI, tike NPZ (also .bz2), the patterns of a pty-chi pair: any of `FORMATS`.
    metadata : path, optional
        The second file of a pair, if it is not found next to the first by its name.
    probe : complex array, shape (m, m), optional
        Used instead of the file's.
    use_object : {"no", "truth"}
        Whether an object in a pty-chi pair is used as the truth; see also `read_start`.
    pixel_size_m : float, optional
        Object pixel [m] if the file's is missing or wrong.
    swap_axes, flip_rows, flip_columns : bool
        Transform positions (in this order), if a file's axes are not those of its format.
    zero_frequency : {"auto", "centre", "corner"}
        Where it is in the file's patterns; "auto" uses the format's rule or the mean pattern.
    allow_links : bool
        Follow links into other files of the same folder.
    layout : Layout, optional
        What is where in a file of no known layout, or in one without positions. What it does not say is
        taken from the file where that says it, the patterns also by a guess, which is noted.

    Returns
    -------
    Scan
        In pixels and photon counts, zero frequency in the centre; lengths [m] if the file has them.

    Raises
    ------
    InputError
        Naming the file, what is wrong and what to do.
    """
    if pixel_size_m is not None:
        check_length("pixel size", pixel_size_m)
    turns = Orientation(swap_axes, flip_rows, flip_columns)
    if use_object not in OBJECT_USES:
        raise InputError(f"use of the object is {use_object!r}, expected one of {', '.join(OBJECT_USES)}")
    path, found = _read(path, metadata, pixel_size_m, allow_links, layout)
    if isinstance(found, Scan):
        return _adjusted(path, found, probe, turns)
    scan, obj = scan_of(found, probe, turns, zero_frequency)
    if use_object == "truth":
        if obj is None:
            raise InputError(f"{path}: there is no object that fits these positions: omit the truth")
        return scan.noted("the file's object is used as the truth", truth=obj)
    return scan


def read_start(
    path: str | PathLike[str],
    *,
    metadata: str | PathLike[str] | None = None,
    pixel_size_m: float | None = None,
    zero_frequency: str = "auto",
    allow_links: bool = False,
    layout: Layout | None = None,
) -> np.ndarray:
    """The object in a pty-chi pair, cropped to `object_shape` of the same scan: a start for a method."""
    path, found = _read(path, metadata, pixel_size_m, allow_links, layout)
    obj = None if isinstance(found, Scan) else scan_of(found, None, Orientation(), zero_frequency)[1]
    if obj is None:
        raise InputError(f"{path} holds no object to start from: give one with --start")
    return obj


def files_beside(path: str | PathLike[str]) -> list[Path]:
    """Files that may be read with a scan because of its name."""
    found = (one.beside(Path(path)) for one in formats.FORMATS if one.beside is not None)
    return [beside for beside in found if beside is not None]


def _read(
    path: str | PathLike[str],
    metadata: str | PathLike[str] | None,
    pixel_size_m: float | None,
    allow_links: bool,
    layout: Layout | None = None,
) -> tuple[Path, Measured | Scan]:
    """The result of the format's reader with the keywords that it takes; else the pixel size is set here."""
    path = Path(path)
    one = None if layout and recognise(path, allow_links) in _UNKNOWN else scan_format(path, allow_links)
    if one is None or one.layout is not None:
        if metadata is not None:
            raise InputError(f"{path}: --metadata does not apply to a file of this kind: use --positions")
        whole = _whole_layout(path, one, layout, pixel_size_m, allow_links)
        with reading(path):
            return path, read_layout(path, whole, allow_links)
    if layout:
        raise InputError(
            f"{path} is a {one.title}, whose layout is known: {', '.join(layout.asdict())} cannot be set"
        )
    if one.read is None:
        raise ValueError(f"the format {one.key} is opened as a scan and has no reader")
    told = {
        "metadata": None if metadata is None else Path(metadata),
        "pixel_size_m": pixel_size_m,
        "allow_links": allow_links,
    }
    with reading(path):
        found = one.read(path, **{name: told[name] for name in one.takes})
    if pixel_size_m and "pixel_size_m" not in one.takes:
        notes = () if isinstance(found, Scan) else (f"pixel size given by the user: {pixel_size_m:.4g} m",)
        found = found.noted(*notes, pixel_size_m=pixel_size_m)
    return path, found


def _whole_layout(
    path: Path, one: Format | None, layout: Layout | None, pixel_size_m: float | None, allow_links: bool
) -> Layout:
    """What the user says, then what the format knows; of an unknown file, only the patterns are guessed."""
    whole = layout or Layout()
    if pixel_size_m:
        whole = replace(whole, pixel_size=f"{pixel_size_m!r}m")
    if one is not None and one.layout is not None:
        return whole.over(one.layout(path, allow_links))
    if not whole.patterns:
        guessed = guess_layout(path, allow_links).layout
        whole = whole.over(Layout(patterns=guessed.patterns, axes=guessed.axes))
    return whole


def _adjusted(path: Path, scan: Scan, probe: np.ndarray | None, turns: Orientation) -> Scan:
    if probe is not None:
        probe, notes = matched_probe(probe, scan.patterns[:], scan.mask)
        try:
            scan = scan.noted(*notes, probe=probe)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    return turns.turned(scan)
