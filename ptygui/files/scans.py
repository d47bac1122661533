"""Scans in and out: `read_scan` knows every format, `write_scan` writes our own."""

from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files import file_type
from ptygui.files.formats.cxi import read_cxi
from ptygui.files.formats.own_scan import read_own_scan, write_scan
from ptygui.files.formats.ptychi import read_ptychi
from ptygui.files.formats.tike import read_tike
from ptygui.files.limits import check_length
from ptygui.files.measured import Turns, matched_probe, scan_of
from ptygui.files.recognise import named_scan, recognise
from ptygui.scan import Scan

__all__ = ["read_scan", "read_start", "recognise", "write_scan"]

OBJECT_USES = ("no", "truth")


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
) -> Scan:
    """Read a scan of any known format; what was assumed or changed stands in `Scan.notes`.

    Parameters
    ----------
    path : path
        Our own HDF5, CXI, tike NPZ (also .bz2), or the file of patterns of a pty-chi pair.
    metadata : path, optional
        The second file of a pair, where it is not found beside the first by its name.
    probe : complex array, shape (m, m), optional
        Used instead of the file's.
    use_object : {"no", "truth"}
        Whether an object in a pty-chi pair is taken as the truth; see also `read_start`.
    pixel_size_m : float, optional
        Object pixel [m] where the file's is missing or wrong.
    swap_axes, flip_rows, flip_columns : bool
        Turn positions (in this order), where a file's axes are not as its format says.
    zero_frequency : {"auto", "centre", "corner"}
        Where it is in the file's patterns; "auto" takes the format's rule or looks at the mean.
    allow_links : bool
        Follow links into other files of the same folder.

    Returns
    -------
    Scan
        In pixels and photon counts, zero frequency in the centre; lengths [m] where the file has them.

    Raises
    ------
    InputError
        Naming the file, what is wrong and what to do.
    """
    if pixel_size_m is not None:
        check_length("pixel size", pixel_size_m)
    turns = Turns(swap_axes, flip_rows, flip_columns)
    if use_object not in OBJECT_USES:
        raise InputError(f"use of the object is {use_object!r}, expected one of {', '.join(OBJECT_USES)}")
    path, kind = Path(path), _kind(path, allow_links)
    if kind == "scan":
        return _own(path, probe, turns, pixel_size_m)
    scan, obj = _foreign(path, kind, metadata, probe, pixel_size_m, turns, zero_frequency, allow_links)
    if use_object == "truth":
        if obj is None:
            raise InputError(f"{path}: there is no object that fits these positions: leave the truth away")
        return scan.noted("the file's object is taken as the truth", truth=obj)
    return scan


def read_start(
    path: str | PathLike[str],
    *,
    metadata: str | PathLike[str] | None = None,
    pixel_size_m: float | None = None,
    zero_frequency: str = "auto",
    allow_links: bool = False,
) -> np.ndarray:
    """The object in a pty-chi pair, cut to `object_shape` of the same scan: a start for a method."""
    path, kind = Path(path), _kind(path, allow_links)
    obj = None
    if kind != "scan":
        _, obj = _foreign(path, kind, metadata, None, pixel_size_m, Turns(), zero_frequency, allow_links)
    if obj is None:
        raise InputError(f"{path} holds no object to start from: give one with --start")
    return obj


def _kind(path: str | PathLike[str], allow_links: bool) -> str:
    # unpacking a .bz2 takes a second: not twice
    if file_type.file_type_of(path) == "bz2":
        return "tike"
    return named_scan(Path(path), recognise(path, allow_links))


def _foreign(
    path: Path,
    kind: str,
    metadata: str | PathLike[str] | None,
    probe: np.ndarray | None,
    pixel_size_m: float | None,
    turns: Turns,
    zero_frequency: str,
    allow_links: bool,
) -> tuple[Scan, np.ndarray | None]:
    if kind == "tike":
        measured = read_tike(path)
        if pixel_size_m:
            measured = measured.noted(
                f"pixel size given by hand: {pixel_size_m:.4g} m", pixel_size_m=pixel_size_m
            )
    elif kind == "cxi":
        measured = read_cxi(path, pixel_size_m, allow_links)
    else:
        measured = read_ptychi(path, None if metadata is None else Path(metadata), pixel_size_m, allow_links)
    return scan_of(measured, probe, turns, zero_frequency)


def _own(path: Path, probe: np.ndarray | None, turns: Turns, pixel_size_m: float | None) -> Scan:
    scan = read_own_scan(path)
    if probe is not None:
        probe, notes = matched_probe(probe, scan.patterns[:], scan.mask)
        try:
            scan = scan.noted(*notes, probe=probe)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    if pixel_size_m:
        scan = scan.noted(pixel_size_m=pixel_size_m)
    if turns:
        positions = turns.apply(scan.positions)
        positions = positions - np.rint(positions.min(0))
        lost = () if scan.truth is None else ("the truth does not fit turned positions: left away",)
        scan = scan.noted(turns.note, *lost, positions=positions, object_shape=None, truth=None)
    return scan
