"""Images, by Pillow and tifffile: in the reading process."""

import logging
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.limits import check_size, check_stored, reading

if TYPE_CHECKING:
    from tifffile import TiffFile

LARGEST_SIDE = 2**16  # px

_METRES = {"nm": 1e-9, "um": 1e-6, "\\u00B5m": 1e-6, "µm": 1e-6, "micron": 1e-6, "mm": 1e-3, "m": 1.0}
_COLOURS = ("RGBA", "LA", "PA", "P", "RGB", "CMYK", "YCbCr", "LAB", "HSV")

Answer = tuple[dict[str, Any], Sequence[np.ndarray]]


def read(path: Path, content: str, exact: bool = False) -> Answer:
    """The values (planes, H, W); value of white, pixel size, whether colours became grey.

    They are float32, or if they are grey and `exact`, of the type that the file has.
    """
    return _tiff(path, exact) if content == "tiff" else _pillow(path, exact)


def _pillow(path: Path, exact: bool) -> Answer:
    from PIL import Image, UnidentifiedImageError

    grey = False
    with reading(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the size is checked below
        try:
            image: Image.Image = Image.open(path)
        except Image.DecompressionBombError:
            raise InputError(f"{path} has more pixels than any detector: crop it") from None
        except UnidentifiedImageError:
            raise InputError(f"{path} begins like an image and is none: copy it again") from None
        with image:
            shape = image.size[::-1]
            if max(shape) > LARGEST_SIDE:
                raise InputError(f"{path} is {shape[0]} x {shape[1]} px: crop it")
            check_stored(path, "image", shape, np.dtype(np.uint8), path.stat().st_size)
            if image.mode in _COLOURS:
                grey = True
                image = image.convert("RGB").convert("L")
            values = np.asarray(image)
    if values.dtype == bool:
        values = values.astype(np.uint8) * 255
    full = 65535.0 if image.mode.startswith("I") else 255.0
    full_scale = None if values.dtype.kind == "f" else full
    return _answer(path, values[None], full_scale, None, grey, exact)


def _tiff(path: Path, exact: bool) -> Answer:
    import tifffile

    # it logs errors that it then raises or recovers from
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with reading(path), tifffile.TiffFile(path) as file:
        if not file.series:
            raise InputError(f"{path} holds no image: is it complete?")
        series = file.series[0]
        if series.dtype is None or series.dtype.kind not in "biuf" or 0 in series.shape:
            raise InputError(
                f"{path} holds {series.dtype} values of shape {series.shape}, expected pixels that are "
                "integers or real numbers"
            )
        check_size(path, "image", series.shape, series.dtype)
        check_stored(path, "image", series.shape, series.dtype, path.stat().st_size)
        values, axes = series.asarray(), series.axes
        size = _pixel_size(file)
    full = None if values.dtype.kind == "f" else float(_top(values.dtype))
    grey = axes.endswith("S")
    if grey:
        weights = np.array([0.299, 0.587, 0.114], np.float32)[: values.shape[-1]]
        values = values[..., :3].astype(np.float32) @ weights
    return _answer(path, values, full, size, grey, exact)


def _top(dtype: np.dtype) -> int:
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def _answer(
    path: Path, values: np.ndarray, full: float | None, size: float | None, grey: bool, exact: bool
) -> Answer:
    if values.ndim < 2 or 0 in values.shape:
        raise InputError(f"{path} is not a plane of pixels (shape {values.shape}): give an image")
    dtype = values.dtype.newbyteorder("=") if exact and values.dtype.kind in "biuf" else np.float32
    values = np.ascontiguousarray(values.reshape(-1, *values.shape[-2:]), dtype)
    return {"full": full, "pixel_size_m": size, "grey": grey}, (values,)


def _pixel_size(file: "TiffFile") -> float | None:
    """Pixel size of an ImageJ TIFF [m]."""
    unit = _METRES.get(str((file.imagej_metadata or {}).get("unit", "")))
    tag = file.pages.first.tags.get("XResolution")
    if unit is None or tag is None or not isinstance(tag.value, tuple) or len(tag.value) != 2:
        return None
    above, below = tag.value
    size = unit * below / above if above else math.nan
    return size if math.isfinite(size) and size > 0 else None
