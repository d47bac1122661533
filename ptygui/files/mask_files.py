"""Masks and dark frames in files of their own."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Entry, listed, open_arrays
from ptygui.files.images import is_image, read_image
from ptygui.files.prepared import FoundMasks
from ptygui.prepare.preparation import MASKS, Preparation

_MASKS = ("mask", "bad_pixels", "valid_pixel_mask", "pixel_mask")
_DARKS = ("dark", "data_dark", "background", "data")


def found_masks(preparation: Preparation, shape: tuple[int, ...]) -> FoundMasks:
    """Read the files that a preparation names.

    Parameters
    ----------
    preparation : Preparation
    shape : (int, int)
        Rows and columns of a frame.

    Raises
    ------
    InputError
        If one does not hold an array of that shape.
    """
    mask, dark, notes = None, None, []
    if preparation.mask not in MASKS:
        values = _read(preparation.mask, _MASKS, shape, "mask")
        mask, said = good_of(preparation.mask, values)
        notes.append(said)
    if preparation.dark:
        dark = _read(preparation.dark, _DARKS, shape, "dark frame").astype(np.float32)
        if not np.isfinite(dark).all():
            raise InputError(f"{preparation.dark}: the dark frame holds values that are not finite")
    return FoundMasks(mask, dark, tuple(notes))


def good_of(spec: str, values: np.ndarray) -> tuple[np.ndarray, str]:
    """Good pixels of a mask that does not say whether 1 or 0 is good: most pixels are; and a note."""
    marked = values != 0
    good = marked if marked.mean() > 0.5 else ~marked
    name, bad = Path(spec.partition("::")[0]).name, int(np.count_nonzero(~good))
    meaning = "0 is bad" if marked.mean() > 0.5 else "0 is good"
    return good, f"mask from {name}: {bad} bad pixels ({meaning}, since most pixels are good)"


def _read(spec: str, names: tuple[str, ...], shape: tuple[int, ...], what: str) -> np.ndarray:
    """The array of a file, the mean of a stack of dark frames."""
    path, _, key = (spec, "", "") if Path(spec).exists() else spec.partition("::")
    if Path(path).is_file() and Path(path).stat().st_size and is_image(path):
        values = read_image(path).values
        values = values[0] if what == "mask" else values.mean(0)
    else:
        with open_arrays(path) as arrays:
            fitting = [e for e in arrays.entries.values() if e.numeric and e.shape[-2:] == tuple(shape)]
            entry = arrays.named(key) if key else _chosen(path, fitting, names, shape, what)
            values = entry.load()
    if values.ndim == 3 and what != "mask":
        values = values.mean(0, dtype=np.float64)
    if values.shape != tuple(shape) or values.dtype.kind not in "biuf":
        raise InputError(
            f"{spec}: the {what} is {values.shape} {values.dtype}, the patterns are {shape[0]} x "
            f"{shape[1]} px"
        )
    return values


def _chosen(
    path: str, fitting: list[Entry], names: tuple[str, ...], shape: tuple[int, ...], what: str
) -> Entry:
    named = [e for name in names for e in fitting if e.title == name]
    if named or len(fitting) == 1:
        return (named or fitting)[0]
    raise InputError(
        f"{path} holds no single {what} of {shape[0]} x {shape[1]} px: choose one with ::KEY of "
        f"{listed(fitting)}"
    )
