"""`FORMS`: every kind of file that can be exported. Command line and window take their choices from it.

A new one is a function of a path and `Exported` that returns the files it wrote, and a `Form` here. Writers
are imported when they are called, so that --help need not wait for them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ptygui.export.form import Form

if TYPE_CHECKING:
    from ptygui.export.exported import Exported


def _tiff(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.files.tiff import write_result_tiff

    return write_result_tiff(path, exported.given, stack=False)


def _stack(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.files.tiff import write_result_stack

    return write_result_stack(path, exported.given)


def _product(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.files.product_writer import export_product

    return [export_product(path, exported.given)]


def _cxi(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.export.cxi import write_cxi

    return write_cxi(path, exported)


def _npz(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.export.npz import write_npz

    return write_npz(path, exported)


def _curves(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.export.tables import write_curves

    return write_curves(path, exported)


def _positions(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.export.tables import write_positions

    return write_positions(path, exported)


def _movie(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.export.movie import write_movie

    return write_movie(path, exported)


def _ptyd(path: Path, exported: "Exported") -> list[Path]:
    from ptygui.export.ptyd import write_ptyd

    return write_ptyd(path, exported)


FORMS = (
    Form(
        "tiff", "Amplitude and phase (float32 TIFF)",
        "amplitude and phase of the object as float32 TIFF, with the pixel size",
        "_tiff", _tiff, recorded=True,
    ),
    Form(
        "stack", "All recorded steps (TIFF stack)", "the recorded steps as one TIFF stack",
        "_steps.tif", _stack, (".tif", ".tiff"), "steps", recorded=True,
    ),
    Form(
        "product", "Ptychodus product (HDF5)", "a Ptychodus product of the last step",
        "_product.h5", _product, (".h5", ".hdf5"),
    ),
    Form(
        "cxi", "CXI 1.6: object, probe, positions",
        "CXI 1.6: object, probe and positions; with the patterns where the scan is given",
        ".cxi", _cxi, (".cxi",), "either",
    ),
    Form(
        "npz", "NumPy arrays (NPZ)",
        "object, probe, positions and curves as NumPy arrays, by the names of Ptychodus",
        ".npz", _npz, (".npz",),
    ),
    Form(
        "csv", "Curves: every number of every step (CSV)",
        "the numbers of every step: misfit, NRMSE, SSIM, seconds",
        "_curves.csv", _curves, (".csv",), "curves",
    ),
    Form(
        "positions-csv", "Positions (CSV)",
        "the positions, refined if they were, in pixels, and in metres where the pixel size is known",
        "_positions.csv", _positions, (".csv",), "either",
    ),
    Form(
        "movie", "All recorded steps (movie)",
        "the recorded steps as a movie: GIF, or MP4 with the extra ptygui[movie]",
        "_movie.gif", _movie, (".gif", ".mp4"), "steps",
    ),
    Form(
        "ptyd", "Scan for ptypy (.ptyd)", "the scan as ptypy reads it: counts, mask and positions",
        ".ptyd", _ptyd, (".ptyd",), "scan",
    ),
)  # fmt: skip


def form_named(key: str) -> Form:
    """The form of a key."""
    return next(form for form in FORMS if form.key == key)
