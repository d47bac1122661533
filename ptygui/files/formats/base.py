"""The declaration of a file format: how it is recognised, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ptygui.files.arrays import Arrays
from ptygui.files.hdf5 import Hdf5
from ptygui.files.layout.layout import Layout
from ptygui.files.measured import Measured
from ptygui.files.result import Result
from ptygui.scan import Scan

# An open HDF5 file, the arrays of an NPY, NPZ or MAT file, or the path of anything else.
Contents = Hdf5 | Arrays | Path


@dataclass(frozen=True)
class Format:
    """One format of files.

    Attributes
    ----------
    key : str
        Its short name, such as in `ptygui info --json`.
    title : str
        Its name in words, as after "this file is a".
    opens_as : {"scan", "result", "project"}
        The kind as which the window opens it and `ptygui info` describes it.
    recognise : function of `Contents` to bool
        Whether a file has this format; the first match in `FORMATS` counts.
    suffixes : tuple of str
        For file dialogs. Files are recognised only by their content.
    read : function, optional
        Reads a scan from a path: `Measured` values as in the file, which are then checked and
        placed, or a whole `Scan`. Own results and projects are read by `files.results` and `files.project`.
    takes : tuple of str
        The keywords of `read`, of those of `files.scans.read_scan`: "metadata" (a path), "pixel_size_m",
        "allow_links". Others are handled by `read_scan`, or do not apply.
    beside : function of a path to path or None, optional
        The second file, found by the name of the first.
    owns : tuple of str
        File types (`files.file_type`) only of this format: they are not opened to recognise it.
    result : function of a path to `Result`, optional
        Reads the result of another program.
    layout : function of a path and of whether links are followed to `Layout`, optional
        What is known of a file whose positions, or more, the user must say.
    grows : tuple of tuples of str
        Data sets with a row per frame, each by the names that it may have: patterns, positions, then others.
        Without it a file cannot be followed while it grows (`files.growing`).
    """

    key: str
    title: str
    opens_as: str
    recognise: Callable[[Contents], bool]
    suffixes: tuple[str, ...]
    read: Callable[..., Measured | Scan] | None = None
    takes: tuple[str, ...] = ()
    beside: Callable[[Path], Path | None] | None = None
    owns: tuple[str, ...] = ()
    result: Callable[[Path], Result] | None = None
    layout: Callable[[Path, bool], Layout] | None = None
    grows: tuple[tuple[str, ...], ...] = ()
