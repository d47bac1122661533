"""The pair of pty-chi and Ptychodus: patterns in one file, a product with the geometry in the other."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, open_arrays
from ptygui.files.file_type import file_type_of
from ptygui.files.formats.base import Contents, Format
from ptygui.files.formats.product import is_product
from ptygui.files.hdf5 import Hdf5, attributes, finite, open_hdf5, positive
from ptygui.files.measured import HC_EV_M, Measured, check_patterns
from ptygui.files.probes import first_mode

PATTERNS = ("dp", "patterns")
INDEXES = "probe_position_indexes"


def is_patterns(found: Contents) -> bool:
    """Whether the file holds the patterns of a pair: a stack with the right name."""
    if isinstance(found, Arrays):
        return {"patterns", "indexes"} <= found.entries.keys()
    stack = found.dataset(*PATTERNS) if isinstance(found, Hdf5) else None
    return stack is not None and len(stack.shape or ()) == 3


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
    patterns, indexes, good = _patterns(path, allow_links)
    with open_hdf5(metadata, allow_links) as file:
        if not is_product(file):
            raise InputError(
                f"{metadata} is not a metadata file of pty-chi: it holds no probe_position_x_m and object"
            )
        rows, columns = (file.array(f"probe_position_{axis}_m").astype(np.float64).ravel() for axis in "yx")
        if len(rows) != len(columns):
            raise InputError(f"{metadata} has {len(columns)} x and {len(rows)} y positions: repair the file")
        named = file.dataset(INDEXES)
        values = np.arange(len(rows)) if named is None else file.read(named).ravel()
        if len(values) != len(rows):
            raise InputError(
                f"{metadata} has {len(rows)} positions and {len(values)} indexes: repair the file"
            )
        obj_set = file.dataset("object")
        height, width = _pixels(file, pixel_size_m)
        obj = file.array("object")
        obj = np.prod(obj.reshape(-1, *obj.shape[-2:]), axis=0)
        about = attributes(obj_set)
        centre = [finite(about.get(f"center_{axis}_m")) for axis in "yx"]
        probe, notes = first_mode(file.array("probe"))
        attrs = file.attrs
    which, where, said = _joined(path, patterns, indexes, values)
    positions = np.stack([(rows - centre[0]) / height, (columns - centre[1]) / width], 1)[where]
    energy = positive(attrs.get("photon_energy_eV")) or positive(attrs.get("probe_energy_eV"))
    m = patterns.shape[-1]
    return Measured(
        path,
        patterns if which is None else patterns[which],
        positions,
        probe=probe,
        mask=good,
        obj=obj,
        # a position is where the centre of the patch is, counted from the centre of the object
        obj_corner=tuple(m / 2 - n / 2 for n in obj.shape),
        pixel_size_m=float(np.sqrt(height * width)),
        wavelength_m=HC_EV_M / energy if energy else None,
        distance_m=positive(attrs.get("detector_object_distance_m")),
        name=str(attrs.get("name") or ""),
        notes=(f"positions, probe and geometry from {metadata.name}", *said, *notes),
    )


def _patterns(path: Path, allow_links: bool) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Patterns, their indexes if given, and the mask of good pixels."""
    if file_type_of(path) in ("npz", "bz2"):
        with open_arrays(path) as arrays:
            patterns = arrays.named("patterns").load()
            indexes, bad = (
                arrays.entries[name].load() if name in arrays.entries else None
                for name in ("indexes", "bad_pixels")
            )
    else:
        with open_hdf5(path, allow_links) as file:
            patterns = file.array(*PATTERNS)
            optional = [file.dataset(*names) for names in (("indexes", INDEXES), ("bad_pixels",))]
            indexes, bad = (None if found is None else file.read(found) for found in optional)
    check_patterns(path, patterns)
    if bad is not None and bad.shape != patterns.shape[1:]:
        raise InputError(f"{path}: bad_pixels is {bad.shape}, the patterns are {patterns.shape[1:]}")
    return patterns, indexes, None if bad is None else ~bad.astype(bool)


def _pixels(file: Hdf5, given: float | None) -> tuple[float, float]:
    """Height and width of an object pixel [m]; programs write 0 for unknown values."""
    if given:
        return given, given
    for name in ("object", "probe"):
        found = file.dataset(name)
        about = attributes(found) if found is not None else {}
        height, width = (positive(about.get(f"pixel_{side}_m")) for side in ("height", "width"))
        known = height or width
        if known:
            return height or known, width or known
    raise InputError(
        f"{file.path} states no pixel size (pixel_height_m of object and probe): give it in metres"
    )


def _joined(
    path: Path, patterns: np.ndarray, indexes: np.ndarray | None, values: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray, list[str]]:
    """Rows of patterns and of positions that belong together: by the value of their index."""
    rows = np.arange(len(patterns)) if indexes is None else np.asarray(indexes).ravel()
    if len(rows) != len(patterns):
        raise InputError(f"{path}: {len(patterns)} patterns and {len(rows)} indexes: repair the file")
    if np.array_equal(rows, values):
        return None, np.arange(len(values)), []
    if len(np.unique(rows)) < len(rows) or len(np.unique(values)) < len(values):
        raise InputError(f"{path}: an index stands for more than one pattern or position: repair the file")
    common, which, where = np.intersect1d(rows, values, return_indices=True)
    if indexes is None and len(common) < min(len(rows), len(values)):
        if len(rows) == len(values):
            note = (
                f"indexes of positions ({values.min()} to {values.max()}) name no patterns: joined row by row"
            )
            return None, np.arange(len(values)), [note]
        raise InputError(
            f"{path}: {len(rows)} patterns and {len(values)} positions with indexes from {values.min()} to "
            f"{values.max()}: expected one position per pattern"
        )
    if not len(common):
        raise InputError(
            f"{path}: no index of a pattern is among those of the positions: wrong metadata file?"
        )
    left = len(rows) - len(common), len(values) - len(common)
    note = f"patterns and positions joined by index: {len(common)} pairs"
    if any(left):
        note += f", {left[0]} patterns and {left[1]} positions without a match left out"
    return which, where, [note]


FORMAT: Format = Format(
    "ptychi", "patterns of a pty-chi / Ptychodus pair", "scan", is_patterns, (".hdf5", ".h5", ".npz"),
    read_ptychi, takes=("metadata", "pixel_size_m", "allow_links"), beside=metadata_beside,
)  # fmt: skip
