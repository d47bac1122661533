"""Results: a Ptychodus product in HDF5 that Ptychodus opens, with ptygui's own data in a group `ptygui`.

/object, /probe, ... as in `product`
/ptygui            attributes: method, options, values of "auto" ones (resolved), seed, versions, ...
/ptygui/metrics    one dataset per number, one value per step; misfit has its definition as an attribute
/ptygui/reference  what NRMSE and SSIM compare with if there is no truth, as in the scan file of ptygui
/ptygui/frames     the images of some of the steps
/ptygui/state      the state that the last step continues from
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.analysis.judged import Judged
from ptygui.analysis.verdict import DEFINITIONS
from ptygui.errors import InputError
from ptygui.experiment.run import Origin
from ptygui.experiment.settings import RunSettings
from ptygui.files.foreign import layers_multiplied
from ptygui.files.formats.own_scan import put_reference, reference_in
from ptygui.files.formats.product import is_result
from ptygui.files.hdf5 import Hdf5, attributes, open_hdf5, writing_hdf5
from ptygui.files.kept_frames import thinned
from ptygui.files.limits import check_length, largest_array, reading
from ptygui.files.margin import MARGIN, without_margin
from ptygui.files.nominal import nominal_of
from ptygui.files.probes import first_mode
from ptygui.files.product_writer import write_product
from ptygui.files.recognise import format_named, opens_as, recognise, title_of
from ptygui.files.result import Result
from ptygui.files.source import Source
from ptygui.files.steps import (
    PACKED,
    read_frames,
    read_numbers,
    read_state,
    write_frames,
    write_numbers,
    write_state,
)
from ptygui.files.unreadable import what_is_wrong
from ptygui.methods import Method, method_named, refining
from ptygui.options import current_names, options_of
from ptygui.physics.beam_energy import HC_EV_M

VERSION = 1
_LONGEST = 4000  # letters of a verdict


def write_result(
    path: str | PathLike[str], result: Result, inputs: tuple[str | PathLike[str], ...] = ()
) -> Path:
    """Write a result as HDF5, a Ptychodus product with a group `ptygui`.

    Parameters
    ----------
    path : path
        Target; an existing file is replaced once the new one is complete.
    result : Result
        Such as `Result.of_run(run)`.
    inputs : tuple of paths
        Files that must not be overwritten.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    path = Path(path)
    with writing_hdf5(path, inputs) as file:
        write_product(file, result)
        _write_ours(file.create_group("ptygui"), result)
    return path


def _write_ours(group: h5py.Group, result: Result) -> None:
    frames = thinned(result.frames, result.pins)
    about = {
        "version": VERSION,
        "method": result.method,
        "options": json.dumps(result.options),
        "resolved": json.dumps(result.resolved),
        **result.settings.asdict(),
        "seconds": result.seconds,
        "versions": json.dumps(result.versions),
        "nominal": json.dumps(nominal_of(result)),
        "notes": json.dumps(result.notes, ensure_ascii=False),
        "origin": json.dumps(result.origin and result.origin._asdict(), ensure_ascii=False),
        "source": json.dumps(result.source and result.source._asdict(), ensure_ascii=False),
        "options_by_step": json.dumps(result.options_by_step),
        "cost": json.dumps(result.cost),
        "judged": json.dumps(result.judged and result.judged.plain()),
        "verdict": json.dumps(dict(result.verdict), ensure_ascii=False),
        "refined": json.dumps(dict(result.refined), ensure_ascii=False),
        "pins": json.dumps([frame.index for frame in frames if frame.index in result.pins]),
        "offset_px": result.offset,
        "object_shape": result.object_shape,
    }
    for name, value in about.items():
        group.attrs[name] = value
    group["positions_px"] = result.positions
    write_numbers(group.create_group("metrics"), result.numbers)
    if "misfit" in result.numbers:
        group["metrics/misfit"].attrs["definition"] = DEFINITIONS["misfit"]
        group["metrics/misfit"].attrs["noise_floor"] = result.noise_floor
    for name in ("truth", "samples"):
        value = getattr(result, name)
        if value is not None:
            group.create_dataset(name, data=result.crop(value), **PACKED)
    if result.crop(result.obj).shape != result.obj.shape:
        group.create_dataset("whole_object", data=result.obj, **PACKED)
        for name in ("truth", "samples"):
            if getattr(result, name) is not None:
                group.create_dataset(f"whole_{name}", data=getattr(result, name), **PACKED)
    put_reference(group, result.reference)
    write_frames(group.create_group("frames"), frames)
    write_state(group.create_group("state"), result.state)


def read_result(path: str | PathLike[str]) -> Result:
    """Read a result, or a product of another program (then without method, numbers and frames).

    Parameters
    ----------
    path : path
        A file that `write_result`, the window or another program wrote.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If it is not a product, or is damaged.
    """
    path = Path(path)
    kind = recognise(path)
    found = format_named(kind)
    if found is None or found.opens_as != "result":
        if kind is not None and opens_as(kind) == "scan":
            raise InputError(
                f"{path} is a scan, not a result: reconstruct it first, such as by `ptygui reconstruct awf "
                f"{path.name} --out RESULT`"
            )
        what = "of no kind that is known" if kind is None else f"by its content: {title_of(kind)}"
        raise InputError(f"{path} is not a result ({what}): it holds no object with probe positions")
    if found.result is not None:
        with reading(path):
            return found.result(path)
    with open_hdf5(path, most=largest_array()) as file:
        if not is_result(file):
            raise InputError(f"{path} is not a result: it holds no object with probe positions")
        return _read_ours(path, file)


def _read_ours(path: Path, file: Hdf5) -> Result:
    group = file.find("ptygui")
    about = attributes(group)
    if about.get("version") != VERSION:
        raise InputError(
            f"{path}: version is {about.get('version')!r}, this program reads {VERSION}: update ptygui"
        )
    try:
        nominal, origin = json.loads(about["nominal"]), json.loads(about.get("origin", "null"))
        about_object = attributes(file.dataset("object"))
        energy = file.attrs["photon_energy_eV"]
        height, width = about_object["pixel_height_m"], about_object["pixel_width_m"]
        known = {
            "pixel_size_m": height if height == width else float(np.sqrt(height * width)),
            "wavelength_m": HC_EV_M / energy,
            "distance_m": file.attrs["detector_object_distance_m"],
        }
        known = {name: check_length(name, value) for name, value in known.items()}
        whole, _ = layers_multiplied(path, file.array("object"))
        cropped = np.ascontiguousarray(without_margin(whole, about_object.get(MARGIN)))
        truth, samples = (
            _optional(file, f"ptygui/whole_{name}", f"ptygui/{name}") for name in ("truth", "samples")
        )
        obj = _optional(file, "ptygui/whole_object")
        state = read_state(file, "ptygui/state")
        frames = read_frames(file, "ptygui/frames")
        frames = tuple(replace(frame, resolved=_named(about, frame.resolved)) for frame in frames)
        if frames:
            frames = (*frames[:-1], replace(frames[-1], samples=samples, state=state))
        row, column = about["offset_px"]
        result = Result(
            name=str(file.attrs.get("name", "")),
            method=str(about["method"]),
            options=_kept(about, json.loads(about["options"])),
            settings=_settings(about),
            obj=cropped if obj is None else obj,
            probe=first_mode(file.array("probe"))[0],
            positions=file.reals("ptygui/positions_px"),
            offset=(int(row), int(column)),
            span=cropped.shape,
            pixel_aspect=float(height / width),
            truth=truth,
            reference=reference_in(file, "ptygui/", about),
            numbers=read_numbers(file, "ptygui/metrics"),
            frames=frames,
            samples=samples,
            state=state,
            seconds=float(about["seconds"]),
            versions=json.loads(about["versions"]),
            notes=tuple(json.loads(about["notes"])),
            pins=frozenset(json.loads(about.get("pins", "[]"))),
            past=_past(about, json.loads(about.get("options_by_step", "[]"))),
            origin=None if origin is None else Origin.read(origin.values()),
            source=Source.read(json.loads(about.get("source", "null"))),
            judged=_judged(json.loads(about.get("judged", "null"))),
            verdict=_verdict(json.loads(about.get("verdict", "{}"))),
            refined=_refined(json.loads(about.get("refined", "{}"))),
            **{name: None if name in nominal else value for name, value in known.items()},
        )
        _check_shapes(path, result)
        return result
    except InputError as error:
        raise (error if str(path) in str(error) else InputError(f"{path}: {error}")) from None
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        why = what_is_wrong(error)
        raise InputError(f"{path} is not a complete ptygui result ({why}): write it again") from error


def _check_shapes(path: Path, result: Result) -> None:
    """Refuse images and positions that views and exports could not show."""
    shape = result.obj.shape
    known = {"object": result.obj, "probe": result.probe, "truth": result.truth, "samples": result.samples}
    for name, image in known.items():
        axes = 3 if name == "samples" else 2
        fits = image is None or (image.ndim == axes and image.dtype.kind == "c" and image.size > 0)
        if not fits or (image is not None and name != "probe" and image.shape[-2:] != shape):
            kind = None if image is None else f"{image.dtype} {image.shape}"
            raise InputError(f"{path}: the {name} is {kind}, expected a complex image: is it damaged?")
    if result.positions.ndim != 2 or result.positions.shape[1] != 2:
        raise InputError(f"{path}: positions have shape {result.positions.shape}, expected rows and columns")
    if not np.isfinite(result.positions).all() or not all(
        0 <= first and first + count <= size
        for first, count, size in zip(result.offset, result.span, shape, strict=True)
    ):
        raise InputError(f"{path}: positions are not finite, or lie outside the object: is it damaged?")


def _judged(values: Any) -> Judged | None:
    return None if values is None else Judged.read(values)


def _verdict(values: Any) -> dict[str, str]:
    """A verdict of a file; any text is plain text."""
    known = {name: str(values[name])[:_LONGEST] for name in ("word", "why") if name in values}
    return known if len(known) == 2 else {}


def _refined(values: Any) -> dict[str, str]:
    """What was refined, of a file: as plain text, by options that refine."""
    return {name: str(values[name])[:_LONGEST] for name in refining.NAMES if name in values}


def _past(about: Mapping[str, Any], by_step: list[dict[str, Any]]) -> tuple[tuple[int, dict[str, Any]], ...]:
    pairs = pairwise(by_step)
    return tuple((int(after["from_step"]) - 1, _kept(about, before["options"])) for before, after in pairs)


def _kept(about: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a file by their present names; earlier files store "auto" as the number for it."""
    options, known = _named(about, options), {}
    if _method(about) is not None:
        known = {o.name: o for o in options_of(_method(about))}
    return {name: known[name].kept(value) if name in known else value for name, value in options.items()}


def _named(about: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the present names of options."""
    method = _method(about)
    return dict(values) if method is None else current_names(method, values)


def _method(about: Mapping[str, Any]) -> type[Method] | None:
    """The method of a file; None if this version does not have it."""
    try:
        return method_named(str(about["method"]))
    except InputError:
        return None


def _optional(file: Hdf5, *names: str) -> np.ndarray | None:
    found = file.dataset(*names)
    return None if found is None else file.read(found)


def _settings(about: Mapping[str, Any]) -> RunSettings:
    """Settings of a run among other attributes, those of later versions by default."""
    return RunSettings.read({o.name: about[o.name] for o in options_of(RunSettings) if o.name in about})
