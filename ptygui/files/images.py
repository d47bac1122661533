"""Image files as arrays of numbers; `ptygui.files.reader.pictures` decodes them."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.file_type import file_type_of
from ptygui.files.patterns_on_disk import OnDisk
from ptygui.files.progress import tell_bytes
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


def read_image(path: str | PathLike[str], exact: bool = False) -> Picture:
    """Read an image file; colours become grey (0.299 red, 0.587 green, 0.114 blue).

    Values are float32; `exact`: of the type that the file has, as frames of a detector need.
    """
    content, path = file_type_of(path), Path(path)
    if content not in ("image", "tiff"):
        raise InputError(f"{path} is not an image: give PNG, JPEG, BMP or TIFF")
    tell_bytes(0, path.stat().st_size)
    with borrowed() as reader:
        said, (values,) = reader.ask("picture", path, content=content, exact=exact)
    notes = (f"colours of {path.name} were converted to grey",) if said["grey"] else ()
    return Picture(values, said["full"], said["pixel_size_m"], notes)


def planes_of(path: Path) -> int:
    """How many planes an image file has; a stack of pages is not read for it."""
    stack = tiff_stack(path) if file_type_of(path) == "tiff" else None
    return len(read_image(path).values) if stack is None else len(stack)


class TiffStack(OnDisk):
    """Frames of a TIFF file with a page for each, read page by page."""

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        self.check()
        frame = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        with borrowed() as reader:
            _, (found,) = reader.ask("tiff.frames", self.path, (stop - first) * frame, first=first, stop=stop)
        return found


def tiff_stack(path: Path) -> TiffStack | None:
    """The frames of a TIFF file as they are, not read yet; None if it must be read as a whole."""
    with borrowed() as reader:
        said, _ = reader.ask("tiff.about", path)
    if not said["frames"]:
        return None
    return TiffStack(path, (said["frames"], said["rows"], said["columns"]), np.dtype(said["dtype"]))
