"""Image files as arrays of numbers; `ptygui.files.reader.pictures` decodes them."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.file_type import file_type_of
from ptygui.files.reader.process import borrowed


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
    if content not in ("image", "tiff"):
        raise InputError(f"{path} is not an image: give PNG, JPEG, BMP or TIFF")
    with borrowed() as reader:
        said, (values,) = reader.ask("picture", path, content=content)
    notes = (f"colours of {path.name} were converted to grey",) if said["grey"] else ()
    return Picture(values, said["full"], said["pixel_size_m"], notes)
