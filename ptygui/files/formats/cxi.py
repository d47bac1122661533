"""Scans in CXI: far-field patterns, sample translations in metres, photon energy in joules."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.checked import as_rows
from ptygui.files.formats.base import Contents, Format
from ptygui.files.geometry_file import read_geometry
from ptygui.files.hdf5 import Hdf5, attributes, open_hdf5, positive
from ptygui.files.measured import Measured, object_pixel
from ptygui.files.nominal import nominal_in
from ptygui.files.optics import Optics
from ptygui.files.pair import measured_pair, metadata_beside
from ptygui.files.patterns_on_disk import patterns_in
from ptygui.files.probes import modes_of
from ptygui.files.units import PHOTONS_EV, energy_ev
from ptygui.physics.beam_energy import HC_EV_M

_DETECTOR = "/entry_1/instrument_1/detector_1"
_SOURCE = "/entry_1/instrument_1/source_1"
_BEAM = "/entry_1/instrument_1/beam_1"
_DATA = (f"{_DETECTOR}/data", "/entry_1/data_1/data")
_TRANSLATION = (
    "/entry_1/sample_1/geometry_1/translation",
    "/entry_1/data_1/translation",
    f"{_DETECTOR}/translation",
)
OURS = "/entry_1/ptygui"
_HAS_SIGNAL = 0x1000  # a bit of the CXI mask that marks a good pixel
_NEAR = re.compile(r"near[-_ ]?field", re.IGNORECASE)


def is_cxi(found: Contents) -> bool:
    """Whether the file is laid out as CXI."""
    return isinstance(found, Hdf5) and any(found.find(n) is not None for n in ("cxi_version", _DETECTOR))


def read_cxi(
    path: Path, metadata: Path | None = None, pixel_size_m: float | None = None, allow_links: bool = False
) -> Measured:
    """Read a CXI scan; `metadata`: the file of positions and probe, if they are apart.

    A translation is the sample's; with the default detector basis of cdtools its y is the row and its x
    the column of the patch. If `basis_vectors` are given, they set sign and order.
    """
    with open_hdf5(path, allow_links) as file:
        found = file.dataset(*_TRANSLATION)
        if metadata is None and found is None:
            metadata = metadata_beside(path)
            if metadata is None:
                raise InputError(f"{path} holds no positions (translation): give their file with --metadata")
        if metadata is not None or found is None:
            return _pair(file, Path(metadata or ""), pixel_size_m, allow_links)
        patterns = patterns_in(file, *_DATA, positions=found)
        translations, notes = as_rows(path, file.lengths(found), int(np.prod(patterns.shape[:-2])))
        wavelength, said = _wavelength(file)
        notes += said
        distance = file.length(f"{_DETECTOR}/distance")
        basis = _basis(file)
        pixels, stated = _object_pixels(file, basis, wavelength, distance, patterns.shape, pixel_size_m)
        notes += stated
        positions = _rows_and_columns(translations[:, :2].astype(np.float64), basis) / pixels
        lit = file.dataset(f"{_SOURCE}/illumination")
        probe, said = (None, ()) if lit is None else modes_of(file.read(lit))
        notes += said
        made = Measured(
            path,
            patterns,
            positions,
            probe=probe,
            mask=_mask(file, patterns.shape),
            dark=_dark(file, patterns.shape),
            weights=_own(file, "weights"),
            background=_own(file, "background"),
            pixel_size_m=(float(pixels[0]), float(pixels[1])),
            wavelength_m=wavelength,
            distance_m=distance,
            notes=(*notes, _field_note(path, file)),
        )
        nominal = nominal_in(file.text("/entry_1/experiment_description"))
        if not nominal:
            return made
        unknown: dict[str, Any] = dict.fromkeys(nominal)
        return made.noted(f"not known, and nominal in the file: {', '.join(nominal)}", **unknown)


def _pair(file: Hdf5, metadata: Path, pixel_size_m: float | None, allow_links: bool) -> Measured:
    """The scan of a file without positions: Ptychodus writes diffraction.cxi and product.cxi apart."""
    sizes = [file.length(f"{_DETECTOR}/{axis}_pixel_size") for axis in ("y", "x")]
    rows, columns = sizes[0] or sizes[1], sizes[1] or sizes[0]
    wavelength, said = _wavelength(file)
    optics = Optics(
        wavelength, file.length(f"{_DETECTOR}/distance"), (rows, columns) if rows and columns else None
    )
    geometry = read_geometry(metadata, allow_links)
    patterns = patterns_in(file, *_DATA, positions=geometry.metres)
    found = measured_pair(
        file.path, patterns, None, _mask(file, patterns.shape), geometry, pixel_size_m, optics
    )
    return found.noted(*said, _field_note(file.path, file), dark=_dark(file, patterns.shape))


def _wavelength(file: Hdf5) -> tuple[float | None, tuple[str, ...]]:
    """Of the photons [m], and a note: in NeXus the beam has it, and the source the energy of its ring."""
    stated = file.length(f"{_BEAM}/incident_wavelength", f"{_BEAM}/wavelength", f"{_SOURCE}/wavelength")
    if stated is not None:
        return stated, ()
    ring: tuple[str, ...] = ()
    for name, usual in (
        (f"{_BEAM}/incident_beam_energy", "eV"),
        (f"{_BEAM}/incident_energy", "eV"),
        (f"{_SOURCE}/energy", "J"),
        (f"{_BEAM}/energy", "J"),
    ):
        value, found = positive(file.number(name)), file.dataset(name)
        if value is None or found is None:
            continue
        unit = attributes(found).get("units")
        volts = name.startswith(_SOURCE) and unit in (None, "") and value > PHOTONS_EV[1]
        energy, notes = (value, ()) if volts else energy_ev(file.path, name, value, unit, usual)
        if energy <= PHOTONS_EV[1]:
            return HC_EV_M / energy, (*ring, *notes)
        ring = (f"{name} is {energy:.4g} eV, the energy of a ring and not of photons: not used",)
    return None, ring


def _basis(file: Hdf5) -> np.ndarray | None:
    """Detector basis, columns slow and fast axis [m per pixel], shape (3, 2)."""
    found = file.dataset(f"{_DETECTOR}/basis_vectors")
    if found is None:
        return None
    basis = file.read(found).astype(np.float64)
    if basis.shape == (2, 3):
        basis = basis.T
    lengths = np.linalg.norm(basis, axis=0) if basis.shape == (3, 2) else np.zeros(1)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise InputError(
            f"{file.path}: basis_vectors are {basis.tolist()}, expected two vectors of length > 0"
        )
    return basis


def _object_pixels(
    file: Hdf5,
    basis: np.ndarray | None,
    wavelength: float | None,
    distance: float | None,
    shape: tuple[int, ...],
    given: float | None,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Size of an object pixel along rows and columns [m]."""
    if given:
        return np.array([given, given]), (f"pixel size given by the user: {given:.4g} m",)
    columns = file.length(f"{_DETECTOR}/x_pixel_size")
    rows = file.length(f"{_DETECTOR}/y_pixel_size")
    if basis is not None:
        rows, columns = (
            stated or b for stated, b in zip((rows, columns), np.linalg.norm(basis, axis=0), strict=True)
        )
    rows, columns = rows or columns, columns or rows
    missing = [
        name
        for name, value in (
            ("energy or wavelength", wavelength),
            ("distance", distance),
            ("x_pixel_size", rows),
        )
        if not value
    ]
    if missing or not (wavelength and distance and rows and columns):
        raise InputError(
            f"{file.path} states no {' and no '.join(missing)}, so its positions cannot be converted to "
            "pixels: give the object's pixel size in metres"
        )
    pixels = np.array(
        [object_pixel(wavelength, distance, n, d) for n, d in zip(shape[-2:], (rows, columns), strict=True)]
    )
    return pixels, ()


def _rows_and_columns(translations: np.ndarray, basis: np.ndarray | None) -> np.ndarray:
    """Row and column of the patches [m] from x, y of the sample."""
    if basis is None:
        return translations[:, ::-1]
    # the beam moves over the sample opposite to the sample's motion; axes follow the detector's
    return -translations @ (basis / np.linalg.norm(basis, axis=0))[:2]


def _own(file: Hdf5, name: str) -> np.ndarray | None:
    """What ptygui writes besides the standard: weights of the positions, background."""
    found = file.dataset(f"{OURS}/{name}")
    return None if found is None else file.reals(f"{OURS}/{name}")


def _dark(file: Hdf5, shape: tuple[int, ...]) -> np.ndarray | None:
    found = file.dataset(f"{_DETECTOR}/data_dark")
    if found is None:
        return None
    dark = file.read(found).astype(np.float32)
    dark = dark.mean(0) if dark.ndim == 3 else dark
    if dark.shape != shape[-2:]:
        raise InputError(f"{file.path}: data_dark is {dark.shape}, the patterns are {shape[-2:]}")
    return dark


def _mask(file: Hdf5, shape: tuple[int, ...]) -> np.ndarray | None:
    found = file.dataset(f"{_DETECTOR}/mask")
    if found is None:
        return None
    mask = file.read(found)
    if mask.dtype.kind not in "biu" or mask.shape not in (shape, shape[-2:]):
        raise InputError(
            f"{file.path}: mask is {mask.shape} {mask.dtype}, expected {shape[-2:]} whole numbers, 0 for good"
        )
    return (mask.astype(np.int64) & ~_HAS_SIGNAL) == 0


def _field_note(path: Path, file: Hdf5) -> str:
    words = f"{path.name} {file.text('/entry_1/title')}"
    if _NEAR.search(words):
        return (
            "WARNING: the name says near field, and far field is assumed: CXI has no marker for it, and the "
            "near-field propagation (focus-to-sample distance) is not in the file; a reconstruction will not "
            "show the sample"
        )
    return "far field is assumed: CXI has no marker for it"


FORMAT = Format(
    "cxi", "CXI scan", "scan", is_cxi, (".cxi", ".h5"), read_cxi,
    takes=("metadata", "pixel_size_m", "allow_links"), beside=metadata_beside,
    grows=(_DATA, _TRANSLATION, (f"{_DETECTOR}/mask",)),
)  # fmt: skip
