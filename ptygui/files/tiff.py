"""TIFF for Fiji: amplitude and phase as float32 with pixel size, and the steps of a run as a hyperstack."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.errors import InputError, WriteError
from ptygui.experiment.run import in_words
from ptygui.files.about import about_result, frame_of, label, write_record
from ptygui.files.atomic import check_target, replacing
from ptygui.files.kept_frames import thinned
from ptygui.files.result import Result
from ptygui.step import Step

PHASE_RANGE = (-math.pi, math.pi)
MAX_STACK_BYTES = 2**30


def write_tiff(
    folder: str | PathLike[str],
    obj: np.ndarray,
    pixel_size_m: float | None = None,
    name: str = "object",
    about: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write NAME_amplitude.tif, NAME_phase.tif (ImageJ, float32) and NAME.json into a folder.

    Parameters
    ----------
    folder : path
        Created if it does not exist.
    obj : complex array, shape (H, W)
    pixel_size_m : float, optional
        Without it the images are in pixels.
    name : str
        Prefix of the file names.
    about : mapping, optional
        Method, options and the like for the JSON file; must be plain values.

    Returns
    -------
    list of Path
        The files written.
    """
    folder = Path(folder)
    if folder.is_file():
        raise WriteError(f"{folder} is a file: give a folder for the TIFF images")
    stem = safe_name(name)
    shown = {"amplitude": (np.abs(obj), (0.0, max(float(np.abs(obj).max()), 1e-6)))}
    shown["phase"] = (np.angle(obj), PHASE_RANGE)
    written = []
    for what, (image, (low, high)) in shown.items():
        path = folder / f"{stem}_{what}.tif"
        info = {"axes": "YX", "min": low, "max": high, "Labels": [f"{what}{' [rad]' * (what == 'phase')}"]}
        _imagej(path, image.astype(np.float32), pixel_size_m, info)
        written.append(path)
    written.append(write_record(folder / f"{stem}.json", written, pixel_size_m, about))
    return written


def write_values(path: Path, values: np.ndarray, pixel_size_m: float | None) -> None:
    """Write an array of shape (H, W) as a float32 TIFF of ImageJ, with its range."""
    low, high = (float(np.nan_to_num(edge)) for edge in (np.nanmin(values), np.nanmax(values)))
    _imagej(path, values.astype(np.float32), pixel_size_m, {"axes": "YX", "min": low, "max": high})


def write_share(path: Path, share: np.ndarray, pixel_size_m: float | None) -> None:
    """Write the prior's share of an object (H, W) as a float32 TIFF of ImageJ; NaN where nothing was lit."""
    _imagej(path, share, pixel_size_m, {"axes": "YX", "min": 0.0, "max": 1.0, "Labels": ["prior's share"]})


def write_stack(
    path: str | PathLike[str],
    steps: Sequence[Step],
    pixel_size_m: float | None = None,
    about: Mapping[str, Any] | None = None,
    options_at: Callable[[int], Mapping[str, Any]] = lambda step: {},
    pins: Collection[int] = (),
) -> list[Path]:
    """Write the objects of steps as one ImageJ hyperstack: time = step, channels amplitude and phase.

    Each frame is labelled with its step and its numbers, including the options that `options_at` gives for
    its number; NAME.json has all of it. Long runs are thinned evenly, except for `pins`.
    """
    path = check_target(path)
    if not steps:
        raise InputError(f"{path}: there is no step to write: wait for the first step of the reconstruction")
    kept = thinned(tuple(steps), pins, most=1000, max_bytes=MAX_STACK_BYTES)
    stack = np.stack([[np.abs(s.obj), np.angle(s.obj)] for s in kept]).astype(np.float32)
    top = max(float(stack[:, 0].max()), 1e-6)
    info = {
        "axes": "TCYX",
        "mode": "grayscale",
        "Ranges": (0.0, top, *PHASE_RANGE),
        "min": 0.0,
        "max": top,
        "Labels": [
            ", ".join(word for word in (what, label(s), in_words(options_at(s.index))) if word)
            for s in kept
            for what in ("amplitude", "phase [rad]")
        ],
    }
    _imagej(path, stack, pixel_size_m, info)
    said = {**(about or {}), "frames": [frame_of(s, options_at(s.index)) for s in kept]}
    return [path, write_record(path.with_suffix(".json"), [path], pixel_size_m, said)]


def write_result_tiff(folder: str | PathLike[str], result: Result, stack: bool = True) -> list[Path]:
    """All TIFF files of a result: object (the area that patches span), probe, and its steps."""
    about = about_result(result)
    name = safe_name(f"{result.name}_{result.method}" if result.method else result.name)
    written = write_tiff(folder, result.cropped, result.pixel_size_m, name, about)
    if result.prior_share is not None:
        path = Path(folder) / f"{name}_prior_share.tif"
        write_share(path, result.crop(result.prior_share), result.pixel_size_m)
        written.append(path)
    written += write_tiff(folder, result.probe, result.pixel_size_m, f"{name}_probe", about)
    if stack and result.frames:
        written += write_result_stack(Path(folder) / f"{name}_steps.tif", result)
    return written


def write_result_stack(path: str | PathLike[str], result: Result) -> list[Path]:
    """The recorded steps of a result, each with the options that it was made with."""
    pixel, about = result.pixel_size_m, about_result(result)
    return write_stack(path, result.frames, pixel, about, result.varied_at, result.pins)


def safe_name(name: str) -> str:
    """A name that every file system accepts."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip("._")[:80] or "object"


def _imagej(path: Path, image: np.ndarray, pixel_size_m: float | None, info: dict[str, Any]) -> None:
    import tifffile

    extra: dict[str, Any] = {}
    if pixel_size_m:
        unit, metre = ("um", 1e-6) if pixel_size_m >= 1e-7 else ("nm", 1e-9)
        extra["resolution"] = (metre / pixel_size_m,) * 2  # pixels per unit
        info = {**info, "unit": unit}
    else:
        info = {**info, "unit": "pixel"}
    with replacing(path) as scratch:
        tifffile.imwrite(scratch, image, imagej=True, metadata=info, **extra)
