"""Image files as arrays of numbers: PNG, JPEG and BMP by Pillow, TIFF by tifffile."""

import logging
import warnings
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ptygui.errors import InputError
from ptygui.files.file_type import file_type_of
from ptygui.files.limits import check_size, reading

if TYPE_CHECKING:
    from tifffile import TiffFile

LARGEST_SIDE = 2**16  # px

_METRES = {"nm": 1e-9, "um": 1e-6, "\\u00B5m": 1e-6, "µm": 1e-6, "micron": 1e-6, "mm": 1e-3, "m": 1.0}


@dataclass(frozen=True)
class Picture:
    """A grey image: `values` (planes, H, W), `full` the value of white (None for floating point)."""

    values: np.ndarray
    full: float | None
    pixel_size_m: float | None = None
    notes: tuple[str, ...] = ()


def is_image(path: str | PathLike[str]) -> bool:
    """Whether the file is an image that `read_image` knows."""
    return file_type_of(path) in ("image", "tiff")


def read_image(path: str | PathLike[str]) -> Picture:
    """Read an image file; colours become grey (0.299 red, 0.587 green, 0.114 blue)."""
    content, path = file_type_of(path), Path(path)
    if content == "tiff":
        return _tiff(path)
    if content == "image":
        return _pillow(path)
    raise InputError(f"{path} is not an image: give PNG, JPEG, BMP or TIFF")


def _pillow(path: Path) -> Picture:
    from PIL import Image

    notes: tuple[str, ...] = ()
    with reading(path), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked below
        try:
            image: Image.Image = Image.open(path)
        except Image.DecompressionBombError as error:
            raise InputError(f"{path} is too large ({error}): crop it") from None
        with image:
            if max(image.size) > LARGEST_SIDE:
                raise InputError(f"{path} is {image.size[0]} x {image.size[1]} px: crop it")
            if image.mode in ("RGBA", "LA", "PA", "P", "RGB", "CMYK", "YCbCr", "LAB", "HSV"):
                notes = (f"colours of {path.name} were turned to grey",)
                image = image.convert("RGB").convert("L")
            values = np.asarray(image)
    if values.dtype == bool:
        values = values.astype(np.uint8) * 255
    full = 65535.0 if image.mode.startswith("I") else 255.0
    return Picture(values[None].astype(np.float32), None if values.dtype.kind == "f" else full, notes=notes)


def _tiff(path: Path) -> Picture:
    import tifffile

    # it logs what it then raises or gets along without
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    with reading(path), tifffile.TiffFile(path) as file:
        series = file.series[0]
        check_size(path, "image", series.shape, series.dtype)
        values, axes = series.asarray(), series.axes
        size = _pixel_size(file)
    if values.dtype.kind not in "biuf":
        raise InputError(f"{path} holds {values.dtype} values, expected whole or real numbers")
    full = None if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
    notes: tuple[str, ...] = ()
    values = values.astype(np.float32)
    if axes.endswith("S"):
        values = values[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)[: values.shape[-1]]
        notes = (f"colours of {path.name} were turned to grey",)
    if values.ndim < 2:
        raise InputError(f"{path} is not a plane of pixels (shape {values.shape}): give an image")
    return Picture(values.reshape(-1, *values.shape[-2:]), full, size, notes)


def _pixel_size(file: "TiffFile") -> float | None:
    """Pixel size of an ImageJ TIFF [m]."""
    unit = _METRES.get(str((file.imagej_metadata or {}).get("unit", "")))
    tag = file.pages.first.tags.get("XResolution")
    if unit is None or tag is None or not tag.value[0]:
        return None
    return unit * tag.value[1] / tag.value[0]
