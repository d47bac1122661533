"""Objects to start from: object files, and results, laid over the positions of a scan."""

from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.watching import shifted
from ptygui.files.objects import read_object
from ptygui.files.recognise import opens_as, recognise
from ptygui.files.result import Result
from ptygui.files.results import read_result
from ptygui.scan import Geometry

_PIXELS = 0.01  # by how much the sizes of object pixels may differ
_APART = 2.0  # px, by which positions may differ after a common shift: refined ones are not alike


def object_for(path: str | PathLike[str], scan: Geometry) -> tuple[np.ndarray, tuple[str, ...]]:
    """An object of the shape of a scan's, and notes.

    Parameters
    ----------
    path : path
        An object as `read_object` takes it, or a result, also of another program: that is placed so that its
        positions lie on those of the scan. What it does not cover is 1.

    Returns
    -------
    complex64 array, shape `scan.object_shape`
    tuple of str

    Raises
    ------
    InputError
        If shapes, pixel sizes or positions do not fit.
    """
    if Path(path).is_file():
        kind = recognise(path)
        if kind is not None and opens_as(kind) == "result":
            result = read_result(path)
            if result.obj.shape != tuple(scan.object_shape):
                return _placed(Path(path), result, scan)
            return result.obj, ()
    obj = read_object(path).obj
    if obj.shape != tuple(scan.object_shape):
        sizes = ("{} x {} px".format(*shape) for shape in (obj.shape, scan.object_shape))
        raise InputError(
            f"{path}: the start object is {next(sizes)}, the object of {scan.name} is {next(sizes)}: give "
            "one of that size, or a result with positions"
        )
    return obj, ()


def _placed(path: Path, result: Result, scan: Geometry) -> tuple[np.ndarray, tuple[str, ...]]:
    """The object of a result, shifted by whole pixels so that positions agree."""
    a, b = result.pixel_size_m, scan.pixel_size_m
    aspect = result.pixel_aspect / scan.pixel_aspect
    if a and b and max(abs(a / b - 1), abs(aspect - 1)) > _PIXELS:
        raise InputError(f"{path} has object pixels of {a:.4g} m, the scan of {b:.4g} m: it is not resampled")
    if len(result.positions) != len(scan.positions):
        raise InputError(
            f"{path} has {len(result.positions)} positions and the scan {len(scan.positions)}, and their "
            "objects are of different sizes: give a result of this scan"
        )
    # the probe of a result may be of another width: its centre is what counts
    centres = np.asarray(result.positions) + result.probe.shape[-1] / 2
    apart = scan.positions + scan.width / 2 - centres
    shift = np.rint(np.median(apart, axis=0)).astype(int)
    if np.abs(apart - shift).max() > _APART:
        raise InputError(
            f"{path}: its positions differ from those of the scan by up to {np.abs(apart - shift).max():.3g} "
            "px: is it of another scan, or in another orientation?"
        )
    out = shifted(result.obj, shift, scan.object_shape, 1)
    return out, (f"start: the object of {path.name}, moved by {shift[0]:d} and {shift[1]:d} px",)
