"""Results of other programs: an object with its probe, without method, steps and numbers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.settings import RunSettings
from ptygui.files.limits import real_numbers
from ptygui.files.probes import modes_of
from ptygui.files.result import Result

BY_OTHERS = "written by another program: no method, steps or numbers"


def foreign_result(
    path: Path,
    obj: np.ndarray,
    probe: np.ndarray,
    centres: np.ndarray | None = None,
    pixel_size_m: float | None = None,
    wavelength_m: float | None = None,
    distance_m: float | None = None,
    name: str = "",
    notes: Sequence[str] = (),
    weights: np.ndarray | None = None,
) -> Result:
    """A result from the arrays of another program.

    Parameters
    ----------
    path : Path
        For messages, and the name if there is none.
    obj : complex array, shape (..., H, W)
        Layers are multiplied; of other leading axes the first is taken.
    probe : complex array, shape (..., m, m)
        With its incoherent modes, strongest first.
    centres : array, shape (K, 2), optional
        Row and column of the centres of the patches about the centre of the object [px].
    weights : array, shape (K,), optional
        Amplitude of the beam at each position.

    Raises
    ------
    InputError
        If object or probe are not planes of finite complex numbers.
    """
    flat, said = layers_multiplied(path, obj)
    modes, said_of_modes = modes_of(probe)
    probe = modes if modes.ndim < 3 else modes[0]
    for what, array, values in (("object", flat, flat), ("probe", probe, modes)):
        if array.ndim != 2 or 0 in array.shape or array.dtype.kind not in "biufc":
            raise InputError(
                f"{path}: the {what} has shape {array.shape} and type {array.dtype}, expected a plane"
            )
        if not np.isfinite(values).all():
            bad = np.count_nonzero(~np.isfinite(values))
            raise InputError(f"{path}: the {what} holds {bad} values that are not finite: repair the file")
    positions = np.empty((0, 2))
    if centres is not None:
        centres = real_numbers(path, "positions", np.asarray(centres))
        if centres.ndim != 2 or centres.shape[1] != 2 or not np.isfinite(centres).all():
            raise InputError(
                f"{path}: positions have shape {centres.shape}, expected finite rows and columns"
            )
        positions = centres + (np.array(flat.shape) - probe.shape) / 2
    return Result(
        name=name or path.stem,
        method="",
        options={},
        settings=RunSettings(device=""),
        obj=flat,
        probe=np.ascontiguousarray(probe, np.complex64),
        weaker_modes=None if modes.ndim < 3 else np.ascontiguousarray(modes[1:], np.complex64),
        weights=None if centres is None else weights,
        positions=positions,
        offset=(0, 0),
        span=flat.shape,
        pixel_size_m=pixel_size_m,
        wavelength_m=wavelength_m,
        distance_m=distance_m,
        notes=(*notes, *said, *said_of_modes, BY_OTHERS),
    )


def layers_multiplied(path: Path, obj: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The object of a file, its layers multiplied, complex64 (H, W); and notes."""
    if obj.ndim < 2:
        raise InputError(f"{path}: object has shape {obj.shape}, expected layer, row, column")
    notes: tuple[str, ...] = ()
    while obj.ndim > 3:
        if len(obj) > 1:
            notes = (*notes, f"the first of {len(obj)} objects was taken")
        obj = obj[0]
    if obj.ndim == 3:
        if len(obj) > 1:
            notes = (*notes, f"the object's {len(obj)} layers were flattened to their product")
        obj = np.prod(obj, axis=0)
    return np.ascontiguousarray(obj, np.complex64), notes
