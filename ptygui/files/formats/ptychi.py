"""The pair of pty-chi and Ptychodus: patterns in one file, a product with the geometry in the other."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, entry_frames, open_arrays
from ptygui.files.file_type import file_type_of
from ptygui.files.formats.base import Contents, Format
from ptygui.files.geometry_file import GeometryFile, read_geometry
from ptygui.files.hdf5 import Hdf5, open_hdf5
from ptygui.files.measured import Measured, check_patterns
from ptygui.files.pair import check_pair, measured_pair, metadata_beside, metadata_names
from ptygui.files.patterns_on_disk import patterns_in
from ptygui.files.stack import Frames

PATTERNS = ("dp", "patterns")
INDEXES = "probe_position_indexes"


def is_patterns(found: Contents) -> bool:
    """Whether the file holds the patterns of a pair: a stack with the right name."""
    if isinstance(found, Arrays):
        return {"patterns", "indexes"} <= found.entries.keys()
    stack = found.dataset(*PATTERNS) if isinstance(found, Hdf5) else None
    return stack is not None and stack.ndim == 3


def read_ptychi(
    path: Path, metadata: Path | None = None, pixel_size_m: float | None = None, allow_links: bool = False
) -> Measured:
    """Read a pair; positions are metres about the object's centre, x the column and y the row."""
    metadata = metadata or metadata_beside(path)
    if metadata is None:
        tried = " or ".join(p.name for p in metadata_names(path)[:2]) or "none, since the name is not X_dp"
        raise InputError(
            f"{path} holds only patterns and there is no metadata file next to it (tried {tried}): "
            "give it with --metadata"
        )
    geometry = read_geometry(metadata, allow_links)
    patterns, indexes, good = _patterns(path, geometry, allow_links)
    return measured_pair(path, patterns, indexes, good, geometry, pixel_size_m)


def _patterns(
    path: Path, geometry: GeometryFile, allow_links: bool
) -> tuple[Frames, np.ndarray | None, np.ndarray | None]:
    """Patterns, their indexes if given, and the mask of good pixels."""
    patterns: Frames
    if file_type_of(path) in ("npz", "bz2"):
        with open_arrays(path) as arrays:
            stack = arrays.named("patterns")
            check_patterns(path, stack)
            indexes, bad = (
                arrays.entries[name].load() if name in arrays.entries else None
                for name in ("indexes", "bad_pixels")
            )
            check_pair(path, stack, indexes, geometry)
            patterns = entry_frames(stack)
    else:
        with open_hdf5(path, allow_links) as file:
            optional = [file.dataset(*names) for names in (("indexes", INDEXES), ("bad_pixels",))]
            indexes, bad = (None if found is None else file.read(found) for found in optional)
            if (dataset := file.dataset(*PATTERNS)) is not None:
                check_patterns(path, dataset)
                check_pair(path, dataset, indexes, geometry)
            patterns = patterns_in(file, *PATTERNS)
    if bad is not None and bad.shape != patterns.shape[1:]:
        raise InputError(f"{path}: bad_pixels is {bad.shape}, the patterns are {patterns.shape[1:]}")
    return patterns, indexes, None if bad is None else ~bad.astype(bool)


FORMAT: Format = Format(
    "ptychi", "patterns of a pty-chi / Ptychodus pair", "scan", is_patterns, (".hdf5", ".h5", ".npz"),
    read_ptychi, takes=("metadata", "pixel_size_m", "allow_links"), beside=metadata_beside,
)  # fmt: skip
