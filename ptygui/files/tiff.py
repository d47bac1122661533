"""TIFF for Fiji: amplitude and phase as float32 with pixel size, and the steps of a run as a hyperstack."""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ptygui.analysis.verdict import DEFINITIONS, misfit_text, told_numbers
from ptygui.errors import InputError, WriteError
from ptygui.experiment.run import in_words
from ptygui.files.atomic import check_target, replacing, write_text
from ptygui.files.kept_frames import thinned
from ptygui.files.result import Result, versions
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
        Made if it is not there.
    obj : complex array, shape (H, W)
    pixel_size_m : float, optional
        Without it the images are in pixels.
    name : str
        What the file names begin with.
    about : mapping, optional
        Method, options and the like for the JSON beside; must be plain values.

    Returns
    -------
    list of Path
        What was written.
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
    written.append(_sidecar(folder / f"{stem}.json", written, pixel_size_m, about))
    return written


def write_stack(
    path: str | PathLike[str],
    steps: Sequence[Step],
    pixel_size_m: float | None = None,
    about: Mapping[str, Any] | None = None,
    options_at: Callable[[int], Mapping[str, Any]] = lambda step: {},
    pins: Collection[int] = (),
) -> list[Path]:
    """Write the objects of steps as one ImageJ hyperstack: time = step, channels amplitude and phase.

    Each frame is labelled with its step and what is known of it, the options that `options_at` gives for
    its number too; NAME.json beside has all of it. Long runs are thinned evenly, but for `pins`.
    """
    path = check_target(path)
    if not steps:
        raise InputError(f"{path}: there is no step to write: let the reconstruction make one first")
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
    said = {**(about or {}), "frames": [_frame(s, options_at(s.index)) for s in kept]}
    return [path, _sidecar(path.with_suffix(".json"), [path], pixel_size_m, said)]


def write_result_tiff(folder: str | PathLike[str], result: Result, stack: bool = True) -> list[Path]:
    """All TIFF files of a result: object (the area that patches span), probe, and its steps."""
    about = about_result(result)
    name = safe_name(f"{result.name}_{result.method}" if result.method else result.name)
    written = write_tiff(folder, result.cropped, result.pixel_size_m, name, about)
    written += write_tiff(folder, result.probe, result.pixel_size_m, f"{name}_probe", about)
    if stack and result.frames:
        written += write_result_stack(Path(folder) / f"{name}_steps.tif", result)
    return written


def write_result_stack(path: str | PathLike[str], result: Result) -> list[Path]:
    """The recorded steps of a result, each with the options that it was made with."""
    pixel, about = result.pixel_size_m, about_result(result)
    return write_stack(path, result.frames, pixel, about, result.varied_at, result.pins)


def about_result(result: Result) -> dict[str, Any]:
    """What belongs beside an exported picture, in plain values."""
    names = "name", "method", "options", "resolved", "seed", "device", "wavelength_m", "distance_m", "notes"
    about = {name: getattr(result, name) for name in names}
    about |= {"options_by_step": result.options_by_step, "cost": result.cost}
    about["branched_from"] = result.origin and result.origin._asdict()
    final = {k: v[-1] for k, v in result.numbers.items() if v}
    return {**about, **_figures(final, result.noise_floor), "versions": result.versions}


def about_step(result: Result, step: Step) -> dict[str, Any]:
    """What belongs beside a picture of one step of a result: its own options and numbers."""
    held = {"options": result.options_at(step.index), "resolved": step.resolved}
    return {**about_result(result), "step": step.index, **held, **_figures(step.numbers(), step.noise_floor)}


def label(step: Step) -> str:
    """A step in words: its number, time and noise level, NRMSE or misfit."""
    words = [f"step {step.index}"]
    if step.t is not None:
        words.append(f"t {step.t}")
    if step.level is not None:
        words.append(f"sigma {step.level:.3g}")
    floor = step.noise_floor
    words.append(misfit_text(step.misfit, floor) if step.nrmse is None else f"NRMSE {step.nrmse:.4f}")
    return ", ".join(words)


def _figures(numbers: Mapping[str, Any], noise_floor: float) -> dict[str, Any]:
    """Numbers, and what those mean that files of other programs have on other scales."""
    said = told_numbers(numbers, noise_floor) | ({"noise_floor": noise_floor} if noise_floor > 0 else {})
    meant = {name: what for name, what in DEFINITIONS.items() if name == "misfit" or name in said}
    return {"numbers": said, "definitions": meant if "misfit" in numbers else {}}


def _frame(step: Step, options: Mapping[str, Any]) -> dict[str, Any]:
    said = told_numbers(step.numbers(), step.noise_floor)
    numbers = {("step" if name == "index" else name): value for name, value in said.items()}
    return {**numbers, **({"options": dict(options)} if options else {})}


def safe_name(name: str) -> str:
    """A name that every file system takes."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip("._")[:80] or "object"


def _imagej(path: Path, image: np.ndarray, pixel_size_m: float | None, info: dict[str, Any]) -> None:
    import tifffile

    extra: dict[str, Any] = {}
    if pixel_size_m:
        unit, metre = ("um", 1e-6) if pixel_size_m >= 1e-7 else ("nm", 1e-9)
        extra["resolution"] = (metre / pixel_size_m,) * 2  # pixels a unit
        info = {**info, "unit": unit}
    else:
        info = {**info, "unit": "pixel"}
    with replacing(path) as scratch:
        tifffile.imwrite(scratch, image, imagej=True, metadata=info, **extra)


def _sidecar(
    path: Path, files: list[Path], pixel_size_m: float | None, about: Mapping[str, Any] | None
) -> Path:
    said = {"files": [f.name for f in files], "pixel_size_m": pixel_size_m, **(about or {})}
    said.setdefault("versions", versions())
    return write_text(path, json.dumps(said, indent=2, ensure_ascii=False, default=str) + "\n")
