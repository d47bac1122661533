"""Reconstructions of PyNX, PtychoShelves, fold_slice and PtyRAD."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.arrays import Arrays, open_arrays
from ptygui.files.foreign import foreign_result
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5, as_complex, open_hdf5, positive
from ptygui.files.limits import real_numbers
from ptygui.files.optics import wavelength_of
from ptygui.files.result import Result

_ANGSTROM = 1e-10  # m
_SHELVES = "reconstruction/p"
_TENSORS, _MODEL, _PARTS = "optimizable_tensors", "model_attributes", "components"


def is_pynx(found: Contents) -> bool:
    """Whether an entry holds an object and a probe, as PyNX writes them."""
    return isinstance(found, Hdf5) and _entry(found) is not None


def read_pynx(path: Path) -> Result:
    """Read the newest entry: object (mode, row, column), probe, positions in metres."""
    with open_hdf5(path) as file:
        entry = _entry(file)
        obj, probe = (file.array(f"{entry}/{name}/data") for name in ("object", "probe"))
        notes = [] if obj.ndim < 3 or len(obj) == 1 else [f"mode 0 of {len(obj)} of the object was taken"]
        pixel = positive(file.number(f"{entry}/object/x_pixel_size", f"{entry}/probe/x_pixel_size"))
        places, found = None, file.dataset(f"{entry}/positions/data")
        if found is not None and found.ndim == 2 and found.shape[0] in (2, 3) and pixel:
            metres = file.reals(f"{entry}/positions/data")[1::-1].T
            places = (metres - metres.mean(0)) / pixel
            notes.append("positions are about their own mean: PyNX has y upwards, here rows go down")
        obj = obj[0] if obj.ndim == 3 else obj
        energy = positive(file.number(f"{entry}/instrument_1/source_1/energy"))
        return foreign_result(path, obj, probe, places, pixel, _from_joules(energy), notes=notes)


def is_ptychoshelves(found: Contents) -> bool:
    """Whether it is a reconstruction of PtychoShelves."""
    return isinstance(found, Hdf5) and all(
        found.dataset(f"{_SHELVES}/{name}") is not None for name in ("objects/object_0", "probes/probe_0")
    )


def read_ptychoshelves(path: Path) -> Result:
    """Read object and probes; MATLAB wrote them, so rows and columns are exchanged."""
    with open_hdf5(path) as file:
        obj = file.array(f"{_SHELVES}/objects/object_0").swapaxes(-1, -2)
        probe = file.array(f"{_SHELVES}/probes/probe_0").swapaxes(-1, -2)
        sizes = file.dataset(f"{_SHELVES}/dx_spec")
        pixel = None if sizes is None else _first(path, file.read(sizes))
        energy = positive(file.number(f"{_SHELVES}/energy"))  # keV
        wave = positive(file.number(f"{_SHELVES}/lambda"))
        return foreign_result(
            path, obj, probe, None, pixel, wave or wavelength_of(1e3 * energy if energy else None)
        )


def is_fold_slice(found: Contents) -> bool:
    """Whether it is `NiterXXX.mat` of fold_slice, of version 7.3."""
    return isinstance(found, Arrays) and {"object", "probe", "p/dx_spec"} <= found.entries.keys()


def read_fold_slice(path: Path) -> Result:
    """Read object (row, column, layer), probe (row, column, mode, variation), positions about the centre."""
    with open_arrays(path) as arrays:
        obj, probe = arrays.named("object").load(), arrays.named("probe").load()
        pixel = _first(path, arrays.named("p/dx_spec").load())
        wave = positive(arrays.number("p/lambda"))
        places, found = None, arrays.entries.get("outputs/probe_positions")
        if found is not None and len(found.shape) == 2 and found.shape[1] == 2:
            places = arrays.reals("outputs/probe_positions")[:, ::-1]
    obj = np.moveaxis(obj, (0, 1), (-2, -1))
    probe = np.transpose(probe, (*range(probe.ndim)[:1:-1], 0, 1))
    return foreign_result(path, obj, probe, places, pixel, wave)


@dataclass(frozen=True)
class _PtyRAD:
    """Where a model of PtyRAD holds what; the first name that there is counts."""

    phase: str
    amplitude: str
    probe: tuple[str, ...]
    corners: str
    shifts: str
    lengths: tuple[str, ...]  # groups of dx and lambd


_PTYRAD = (  # version 1, then the layout of version 2 (`ptyrad_schema` = 2)
    _PtyRAD(
        f"{_TENSORS}/objp", f"{_TENSORS}/obja", (f"{_TENSORS}/probe",), f"{_MODEL}/crop_pos",
        f"{_TENSORS}/probe_pos_shifts", (_MODEL,),
    ),
    _PtyRAD(
        f"{_PARTS}/object/tensors/phase", f"{_PARTS}/object/tensors/amp",
        (f"{_PARTS}/probe/tensors/modes", f"{_PARTS}/probe/tensors/pixels"),
        f"{_PARTS}/positions/tensors/crop_pos", f"{_PARTS}/positions/tensors/shifts",
        ("model_meta", f"{_PARTS}/object/meta"),
    ),
)  # fmt: skip


def is_ptyrad(found: Contents) -> bool:
    """Whether it is a model of PtyRAD, of version 1 or 2."""
    return isinstance(found, Hdf5) and _ptyrad(found) is not None


def _ptyrad(file: Hdf5) -> _PtyRAD | None:
    return next(
        (
            one
            for one in _PTYRAD
            if file.dataset(one.phase) is not None and file.dataset(*one.probe) is not None
        ),
        None,
    )


def read_ptyrad(path: Path) -> Result:
    """Read amplitude and phase of the object (mode, layer, row, column), probe modes, positions.

    A position is the first pixel of its window, `crop_pos`, and a shift beyond it. Lengths are in angstrom.
    """
    with open_hdf5(path) as file:
        at = _ptyrad(file)
        if at is None:
            raise InputError(f"{path} is no model of PtyRAD: it holds no phase of an object and no probe")
        phase, amplitude = file.reals(at.phase), file.dataset(at.amplitude)
        obj = np.exp(1j * phase) * (1 if amplitude is None else file.read(amplitude))
        probe = as_complex(file.array(*at.probe))
        if probe.dtype.kind == "f" and probe.shape[-1] == 2:  # torch.view_as_real
            probe = probe[..., 0] + 1j * probe[..., 1]
        pixel, wave = (
            positive(file.number(*(f"{group}/{name}" for group in at.lengths))) for name in ("dx", "lambd")
        )
        places, corners, shifts = None, file.dataset(at.corners), file.dataset(at.shifts)
        if corners is not None and corners.ndim == 2 and corners.shape[1] == 2:
            places = file.reals(at.corners) + (np.array(probe.shape[-2:]) - obj.shape[-2:]) / 2
            if shifts is not None and shifts.shape == corners.shape:
                places = places + file.reals(at.shifts)
        return foreign_result(
            path, obj, probe, places, pixel and pixel * _ANGSTROM, wave and wave * _ANGSTROM
        )


def _first(path: Path, sizes: np.ndarray) -> float | None:
    """The first size of a pixel, if it is known."""
    values = real_numbers(path, "dx_spec", sizes).ravel()
    return positive(float(values[0])) if values.size else None


def _entry(file: Hdf5) -> str | None:
    """The newest entry of PyNX."""
    names = [name for name in file.names() if name.startswith("entry_") and name[6:].isdecimal()]
    for name in sorted(names, key=lambda n: -int(n[6:])):
        if all(file.dataset(f"{name}/{part}/data") is not None for part in ("object", "probe")):
            return name
    return None


def _from_joules(energy: float | None) -> float | None:
    from ptygui.files.measured import JOULE_PER_EV

    return wavelength_of(energy / JOULE_PER_EV if energy else None)


PYNX: Format = Format("pynx", "PyNX reconstruction", "result", is_pynx, (".cxi", ".h5"), result=read_pynx)
PTYCHOSHELVES: Format = Format(
    "ptychoshelves", "PtychoShelves reconstruction", "result", is_ptychoshelves, (".h5",),
    result=read_ptychoshelves,
)  # fmt: skip
FOLD_SLICE: Format = Format(
    "fold-slice", "fold_slice reconstruction", "result", is_fold_slice, (".mat",), result=read_fold_slice
)
PTYRAD: Format = Format("ptyrad", "PtyRAD model", "result", is_ptyrad, (".hdf5", ".h5"), result=read_ptyrad)
