"""One picture as it is drawn: PNG in its colours, or TIFF of its values for Fiji."""

from io import BytesIO
from pathlib import Path

import numpy as np

from ptygui.atomic import put, replacing
from ptygui.errors import InputError
from ptygui.files.tiff import write_values

FORMATS = {".png": "PNG, in its colours", ".tif": "TIFF, its values"}


def write_picture(path: Path, values: np.ndarray, colours: np.ndarray, pixel_size_m: float | None) -> Path:
    """Write a picture; the ending of the file says how.

    Parameters
    ----------
    path : Path
        Ends in one of `FORMATS`; with none of them, ".png" is added.
    values : array, shape (H, W)
        For TIFF, float32; colours (H, W, 3 or 4) are written as such.
    colours : uint8 array, shape (H, W, 3 or 4)
        For PNG.
    pixel_size_m : float, optional
        Written to the TIFF.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        If it cannot be written, or the ending is of another kind.
    """
    kind = path.suffix.lower()
    if kind == ".tiff":
        kind = ".tif"
    if not kind:
        path, kind = path.with_suffix(".png"), ".png"
    if kind not in FORMATS:
        raise InputError(f"{path.name} ends in {kind}: a picture is written as {' or '.join(FORMATS)}")
    if kind == ".tif" and values.ndim == 2:
        write_values(path, values, pixel_size_m)
        return path
    from PIL import Image

    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(colours)).save(file, "PNG" if kind == ".png" else "TIFF")
    with replacing(path) as scratch:
        put(scratch, file.getvalue())
    return path
