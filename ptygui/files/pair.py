"""Joins the patterns of one file with the positions, probe and object of another."""

from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.geometry_file import GeometryFile
from ptygui.files.measured import Measured, Shaped, near_field
from ptygui.files.optics import Optics, in_pixels
from ptygui.files.stack import Frames, chosen, mapped


def metadata_beside(path: Path) -> Path | None:
    """The metadata file that belongs to a file of patterns, by its name; None if it does not exist."""
    return next((p for p in metadata_names(path) if p.is_file()), None)


def metadata_names(path: Path) -> list[Path]:
    """The names tried for the metadata of a file of patterns."""
    stem, names = path.stem, []
    if stem.endswith("_dp"):
        names.append(stem.removesuffix("_dp") + "_para")
    if stem.startswith("dp_"):
        names.append("metadata_" + stem.removeprefix("dp_"))
    if stem == "diffraction":
        names.append("product")
    suffixes = dict.fromkeys((path.suffix, ".hdf5", ".h5"))
    return [path.with_name(name + suffix) for name in names for suffix in suffixes]


def measured_pair(
    path: Path,
    patterns: Frames,
    indexes: np.ndarray | None,
    good: np.ndarray | None,
    geometry: GeometryFile,
    pixel_size_m: float | None = None,
    detector: Optics | None = None,
) -> Measured:
    """The content of a pair of files.

    Parameters
    ----------
    path : Path
        Of the patterns.
    patterns : array or Stack, shape (K, m, m)
    indexes : array, shape (K,), optional
        Their numbers, which `geometry.numbers` refers to; else their rows.
    good : bool array, shape (m, m), optional
    geometry : GeometryFile
    pixel_size_m : float, optional
        Size of an object pixel that the user gave [m].
    detector : Optics, optional
        What the file of patterns says; used where the other one says nothing.

    Raises
    ------
    InputError
        If they do not belong together, or are of the near field.
    """
    if geometry.near_field:
        raise near_field(geometry.path, "far_field = False")
    if geometry.matlab:
        patterns = mapped(patterns, lambda frames: frames.transpose(0, 2, 1))
        good = None if good is None else good.T
    which, where, said = joined(path, len(patterns), indexes, geometry.numbers)
    optics = _first(geometry.optics, detector or Optics())
    patterns = patterns if which is None else chosen(patterns, which)
    metres = geometry.metres[where]
    obj, m = geometry.flat_object, patterns.shape[-1]
    about: dict[str, Any] = {}
    if obj is not None:
        # a position is where the centre of the patch is, counted from the centre of the object
        metres = metres - geometry.centre_m
        about = {"obj": obj, "obj_corner": tuple(m / 2 - n / 2 for n in obj.shape)}
    what = "positions" + (" and probe" if geometry.probe is not None else "")
    return in_pixels(
        path,
        patterns,
        metres,
        optics,
        pixel_size_m,
        geometry.probe,
        (f"{what} from {geometry.path.name}", *geometry.notes, *said),
        mask=good,
        weights=None if geometry.weights is None else geometry.weights[where],
        name=geometry.name,
        **about,
    )


def _first(optics: Optics, other: Optics) -> Optics:
    """What the first says, and the second where it says nothing."""
    return Optics(**{name: value or getattr(other, name) for name, value in vars(optics).items()})


def check_pair(path: Path, stack: Shaped, indexes: np.ndarray | None, geometry: GeometryFile) -> None:
    """Refuse patterns, before they are read, that do not belong to these positions."""
    joined(path, stack.shape[0], indexes, geometry.numbers)


def joined(
    path: Path, count: int, indexes: np.ndarray | None, values: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray, list[str]]:
    """Rows of `count` patterns and of positions that belong together, by their index; and notes."""
    rows = None if indexes is None else np.asarray(indexes).ravel()
    if rows is not None and len(rows) != count:
        raise InputError(f"{path}: {count} patterns and {len(rows)} indexes: repair the file")
    if count == len(values) and np.array_equal(np.arange(count) if rows is None else rows, values):
        return None, np.arange(len(values)), []
    if (rows is not None and len(np.unique(rows)) < count) or len(np.unique(values)) < len(values):
        raise InputError(f"{path}: an index stands for more than one pattern or position: repair the file")
    if rows is None:  # 0, 1, 2 ..., however many a damaged file declares
        order = np.argsort(values)
        where = order[(values[order] >= 0) & (values[order] < count)]
        common = which = values[where]
    else:
        common, which, where = np.intersect1d(rows, values, return_indices=True)
    if rows is None and len(common) < min(count, len(values)):
        if count == len(values):
            note = (
                f"indexes of positions ({values.min()} to {values.max()}) name no patterns: joined row by row"
            )
            return None, np.arange(len(values)), [note]
        raise InputError(
            f"{path}: {count} patterns and {len(values)} positions with indexes from {values.min()} to "
            f"{values.max()}: expected one position per pattern"
        )
    if not len(common):
        raise InputError(
            f"{path}: no index of a pattern is among those of the positions: wrong metadata file?"
        )
    left = count - len(common), len(values) - len(common)
    note = f"patterns and positions joined by index: {len(common)} pairs"
    if any(left):
        note += f", {left[0]} patterns and {left[1]} positions without a match left out"
    return which, where, [note]
