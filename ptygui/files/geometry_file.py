"""Files that go with a file of patterns: positions, probe and object of the same scan.

Products of Ptychodus in HDF5, NPZ and CXI, and the parameter files of fold_slice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, open_arrays
from ptygui.files.file_type import file_type_of
from ptygui.files.foreign import foreign_result, layers_multiplied
from ptygui.files.hdf5 import Hdf5, attributes, open_hdf5, positive
from ptygui.files.margin import MARGIN, SHARE, without_empty_margin
from ptygui.files.measured import JOULE_PER_EV
from ptygui.files.nominal import nominal_in
from ptygui.files.optics import Optics, wavelength_of
from ptygui.files.result import Result

IMAGE_PROBE, IMAGE_OBJECT = "/entry_1/image_1/data", "/entry_1/image_2/data"
_CXI = "/entry_1/ptychodus"
_WEIGHTS = "/entry_1/ptygui/weights"
_SHARE = "/entry_1/ptygui/prior_share"
_TRANSLATION = ("/entry_1/sample_1/geometry_1/translation", "/entry_1/data_1/translation")


@dataclass(frozen=True, eq=False)
class GeometryFile:
    """Where the beam was, and what is known of probe and object.

    Attributes
    ----------
    path : Path
    metres : array, shape (K, 2)
        Row and column of the beam [m]: of the patch's centre, about the object's centre if there is an
        object.
    optics : Optics
    indexes : array, shape (K,), optional
        Numbers of the patterns that belong to the positions.
    probe, obj : complex array, optional
    centre_m : (float, float)
        Row and column of the object's centre [m].
    name : str
    near_field : bool
        Whether the file says that it is not of the far field.
    matlab : bool
        Whether it was written by MATLAB, whose frames HDF5 shows transposed.
    margin : array, optional
        Rows and columns of the object beyond the patches, if ptygui wrote it.
    nominal : tuple of str
        Lengths that ptygui did not know when it wrote the file.
    notes : tuple of str
    weights : array, shape (K,), optional
        Amplitude of the beam at each position, relative to the probe's.
    share : array, shape (H, W), optional
        The prior's share of the object's pixels, if ptygui wrote it.
    """

    path: Path
    metres: np.ndarray
    optics: Optics
    indexes: np.ndarray | None = None
    probe: np.ndarray | None = None
    obj: np.ndarray | None = None
    centre_m: tuple[float, float] = (0.0, 0.0)
    name: str = ""
    near_field: bool = False
    matlab: bool = False
    margin: Any = None
    nominal: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    share: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not len(self.metres) or not np.isfinite(self.metres).all():
            raise InputError(f"{self.path} holds {len(self.metres)} positions, expected finite ones")
        if self.indexes is not None and len(self.indexes) != len(self.metres):
            raise InputError(
                f"{self.path} has {len(self.metres)} positions and {len(self.indexes)} indexes: repair it"
            )

    @property
    def numbers(self) -> np.ndarray:
        """Number of the pattern of each position: its row if the file has no indexes."""
        return np.arange(len(self.metres)) if self.indexes is None else self.indexes

    def as_result(self) -> Result:
        """The same as the result of another program; `InputError` if it has no object or no probe."""
        if self.obj is None or self.probe is None:
            raise InputError(f"{self.path} is not a result: it holds no object and probe")
        notes, pixel, centres = self.notes, self.optics.object_pixel_m, None
        if pixel is None:
            notes = (*notes, "the file states no pixel size: positions are omitted")
        else:
            centres = (self.metres - self.centre_m) / pixel
        obj, share = self.obj, _checked_share(self.share, self.obj)
        if centres is not None and self.margin is not None:
            obj = without_empty_margin(obj, self.margin, centres, self.probe.shape[-1])
            if share is not None:
                share = without_empty_margin(share, self.margin, centres, self.probe.shape[-1])
        found = foreign_result(
            self.path,
            obj,
            self.probe,
            centres,
            None if pixel is None else float(np.sqrt(pixel[0] * pixel[1])),
            self.optics.wavelength_m,
            self.optics.distance_m,
            self.name,
            notes,
            self.weights,
        )
        unknown: dict[str, Any] = dict.fromkeys(self.nominal)
        return replace(found, given_share=share, **unknown)

    @property
    def flat_object(self) -> np.ndarray | None:
        """Its object with the layers multiplied."""
        return None if self.obj is None else layers_multiplied(self.path, self.obj)[0]


def read_geometry(path: Path, allow_links: bool = False) -> GeometryFile:
    """Read any file of this kind.

    Raises
    ------
    InputError
        If it is of no such kind, or incomplete.
    """
    if file_type_of(path) in ("npz", "bz2"):
        with open_arrays(path) as arrays:
            if is_npz_product(arrays):
                return npz_product(arrays)
    else:
        with open_hdf5(path, allow_links) as file:
            for fits, read in _HDF5:
                if fits(file):
                    return read(file)
    raise InputError(
        f"{path} is not a metadata file: it holds no probe_position_x_m and object (Ptychodus, pty-chi), no "
        "translation (CXI) and no ppX and ppY (fold_slice)"
    )


def is_hdf5_product(file: Hdf5) -> bool:
    """Whether a file holds an object with probe positions."""
    return all(file.dataset(name) is not None for name in ("object", "probe_position_x_m"))


def hdf5_product(file: Hdf5) -> GeometryFile:
    """Read `product.h5`; also the metadata file of pty-chi."""
    obj = file.dataset("object")
    probe, about = file.array("probe"), attributes(obj)
    sizes = [attributes(found) for name in ("object", "probe") if (found := file.dataset(name)) is not None]
    named = file.dataset("probe_position_indexes")
    axes = [file.reals(f"probe_position_{axis}_m").ravel() for axis in "yx"]
    return _product(
        file.path,
        axes,
        None if named is None else file.read(named).ravel(),
        probe,
        file.array("object"),
        _pixel([(size.get("pixel_height_m"), size.get("pixel_width_m")) for size in sizes]),
        (about.get("center_y_m"), about.get("center_x_m")),
        {**file.attrs, MARGIN: about.get(MARGIN)},
        _weights(
            file.reals(_COUNTS).ravel() if file.dataset(_COUNTS) is not None else None,
            file.attrs.get("probe_photon_count"),
        ),
        None if (share := file.dataset(SHARE)) is None else file.read(share),
    )


_COUNTS = "probe_photon_counts"


def _checked_share(share: np.ndarray | None, obj: np.ndarray) -> np.ndarray | None:
    """The prior's share as float32; None if it is not one of this object."""
    if share is None or share.shape != obj.shape[-2:] or share.dtype.kind != "f":
        return None
    share = np.ascontiguousarray(share, np.float32)
    return share if (np.isnan(share) | ((share >= 0) & (share <= 1))).all() else None


def _weights(counts: np.ndarray | None, of_probe: Any) -> np.ndarray | None:
    """Amplitudes of the beam from its photons at each position, relative to those of the probe."""
    if counts is None or not counts.size or not (np.isfinite(counts) & (counts > 0)).all():
        return None
    return np.sqrt(counts / (positive(of_probe) or float(counts.mean())))


def is_npz_product(arrays: Arrays) -> bool:
    """Whether the names are those of a product of Ptychodus in NPZ."""
    return {"probe_position_x_m", "probe_position_y_m", "probe", "object"} <= arrays.entries.keys()


def npz_product(arrays: Arrays) -> GeometryFile:
    """Read `product.npz`, the same with the names in one level."""
    number = arrays.number
    known: dict[str, Any] = {
        key: number(key)
        for key in ("photon_energy_eV", "probe_energy_eV", "detector_object_distance_m", "far_field")
    }
    far = arrays.entries.get("far_field")
    if far is not None and far.dtype == bool and not far.shape:
        known["far_field"] = bool(far.load())
    for key in (MARGIN, "comments"):
        if key in arrays.entries:
            known[key] = arrays.entries[key].load()
    indexes = arrays.entries.get("probe_position_indexes")
    return _product(
        arrays.path,
        [arrays.reals(f"probe_position_{axis}_m").ravel() for axis in "yx"],
        None if indexes is None else indexes.load().ravel(),
        arrays.named("probe").load(),
        arrays.named("object").load(),
        _pixel(
            [(number(f"{of}_pixel_height_m"), number(f"{of}_pixel_width_m")) for of in ("object", "probe")]
        ),
        (number("object_center_y_m"), number("object_center_x_m")),
        known,
        _weights(
            arrays.reals(_COUNTS).ravel() if _COUNTS in arrays.entries else None, number("probe_photon_count")
        ),
        arrays.entries[SHARE].load() if SHARE in arrays.entries else None,
    )


def is_cxi_positions(file: Hdf5) -> bool:
    """Whether a CXI file holds positions, and maybe the probe and object of a reconstruction."""
    return file.dataset(*_TRANSLATION) is not None


def cxi_product(file: Hdf5) -> GeometryFile:
    """Read `product.cxi` of Ptychodus: images 1 and 2 are probe and object; or any CXI with positions."""
    found = {
        name: file.dataset(*places)
        for name, places in (
            ("probe", (IMAGE_PROBE, "/entry_1/instrument_1/source_1/illumination")),
            ("object", (IMAGE_OBJECT,)),
            ("indexes", (f"{_CXI}/probe_position_indexes",)),
        )
    }
    arrays = {name: None if item is None else file.read(item) for name, item in found.items()}
    translation = file.reals(*_TRANSLATION)
    if translation.ndim != 2 or translation.shape[1] not in (2, 3):
        raise InputError(f"{file.path}: translation has shape {translation.shape}, expected x, y, z [m]")
    number = file.number
    pixel = _pixel(
        [
            (number(f"{_CXI}/{of}_pixel_height_m"), number(f"{_CXI}/{of}_pixel_width_m"))
            for of in ("object", "probe")
        ]
    )
    energy = positive(number("/entry_1/instrument_1/source_1/energy"))
    detector = [
        positive(number(f"/entry_1/instrument_1/detector_1/{axis}_pixel_size")) for axis in ("y", "x")
    ]
    return GeometryFile(
        file.path,
        translation[:, 1::-1],
        Optics(
            wavelength_of(energy / JOULE_PER_EV if energy else None),
            positive(number("/entry_1/instrument_1/detector_1/distance")),
            _pixel([(detector[0], detector[1])]),
            pixel,
        ),
        None if arrays["indexes"] is None else arrays["indexes"].ravel(),
        arrays["probe"],
        arrays["object"],
        (number(f"{_CXI}/object_center_y_m") or 0.0, number(f"{_CXI}/object_center_x_m") or 0.0),
        file.text("/entry_1/title"),
        margin=None if found["object"] is None else attributes(found["object"]).get(MARGIN),
        nominal=nominal_in(file.text("/entry_1/experiment_description")),
        weights=None if file.dataset(_WEIGHTS) is None else file.reals(_WEIGHTS).ravel(),
        share=None if (share := file.dataset(_SHARE)) is None else file.read(share),
    )


def is_fold_slice(file: Hdf5) -> bool:
    """Whether it is the parameter file of fold_slice."""
    return all(file.dataset(name) is not None for name in ("ppX", "ppY"))


def fold_slice(file: Hdf5) -> GeometryFile:
    """Read `*_para.hdf5` of fold_slice: positions, wavelength and pixel of the sample."""
    rows, columns = (file.reals(name).ravel() for name in ("ppY", "ppX"))
    _check_alike(file.path, rows, columns)
    pixel = positive(file.number("dx"))
    return GeometryFile(
        file.path,
        np.stack([rows, columns], 1),
        Optics(positive(file.number("lambda")), object_pixel_m=None if pixel is None else (pixel, pixel)),
        matlab=True,
        notes=(
            "layout of fold_slice: MATLAB wrote the frames, so rows and columns of each were exchanged",
            "ppY is the row, ppX the column (fold_slice negates both: --flip-rows --flip-columns)",
        ),
    )


# In the order in which they are tried.
_HDF5: tuple[tuple[Callable[[Hdf5], bool], Callable[[Hdf5], GeometryFile]], ...] = (
    (is_hdf5_product, hdf5_product),
    (is_fold_slice, fold_slice),
    (is_cxi_positions, cxi_product),
)


def _product(
    path: Path,
    axes: list[np.ndarray],
    indexes: np.ndarray | None,
    probe: np.ndarray,
    obj: np.ndarray,
    pixel: tuple[float, float] | None,
    centre: tuple[Any, Any],
    attrs: Mapping[str, Any],
    weights: np.ndarray | None,
    share: np.ndarray | None,
) -> GeometryFile:
    rows, columns = axes
    _check_alike(path, rows, columns)
    if weights is not None and len(weights) != len(rows):
        raise InputError(f"{path} has {len(rows)} positions and {len(weights)} {_COUNTS}: repair the file")
    energy = positive(attrs.get("photon_energy_eV")) or positive(attrs.get("probe_energy_eV"))
    far = attrs.get("far_field", True)
    return GeometryFile(
        path,
        np.stack([rows, columns], 1),
        Optics(
            wavelength_of(energy), positive(attrs.get("detector_object_distance_m")), object_pixel_m=pixel
        ),
        indexes,
        probe,
        obj,
        (_finite(centre[0]), _finite(centre[1])),
        str(attrs.get("name") or ""),
        near_field=far is not None and not bool(far),
        margin=attrs.get(MARGIN),
        nominal=nominal_in(attrs.get("comments")),
        notes=() if weights is None else (f"brightness of each frame from {_COUNTS}",),
        weights=weights,
        share=share,
    )


def _pixel(candidates: list[tuple[Any, Any]]) -> tuple[float, float] | None:
    """The first height and width of a pixel that is known; programs write 0 for unknown values."""
    for pair in candidates:
        height, width = (positive(value) for value in pair)
        known = height or width
        if known:
            return height or known, width or known
    return None


def _finite(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else 0.0


def _check_alike(path: Path, rows: np.ndarray, columns: np.ndarray) -> None:
    if len(rows) != len(columns):
        raise InputError(f"{path} has {len(columns)} x and {len(rows)} y positions: repair the file")
