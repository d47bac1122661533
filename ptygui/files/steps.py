"""Steps in a group of an HDF5 file: one column per number, one stack per image.

index, nfe, misfit, ...   one value per frame; NaN if there is none
obj, probe, x_t, ...      images; the attribute `frames` lists their frames; a single image is for all
state.NAME                the state that each frame continues from: arrays like images
plain                     JSON: the rest of these states, resolved options, notes; a list each
"""

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files.hdf5 import Group, Hdf5, attributes
from ptygui.files.unreadable import what_is_wrong
from ptygui.scan import Geometry
from ptygui.step import BEAM, NUMBERS, Step

PACKED = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
_STEP_NUMBERS = (*NUMBERS, "total", "noise_floor")
_LATER = ("t", "held_out", "moved", "prior_step", "data_step", "discrepancy")  # older files lack them
_EARLIER = ("prior_weight",)  # numbers that only older files have
_STATE = "state."
_MOST_TEXT = 2**26  # bytes of JSON; as Python's lists it takes twenty times that
_MOST_STEPS = 2**22  # numbers as Python's own take four times as much


def write_numbers(group: h5py.Group, numbers: Mapping[str, list[Any]]) -> None:
    """Write one dataset per number, one value per step."""
    for name, values in numbers.items():
        group.create_dataset(name, data=column(values))


def read_numbers(file: Hdf5, name: str) -> dict[str, list[Any]]:
    """Read what `write_numbers` wrote into the group of this name."""
    found = {key: _values(file, f"{name}/{key}") for key in file.names(name) if key in NUMBERS}
    if "index" in found:
        found |= {key: [None] * len(found["index"]) for key in _LATER if key in NUMBERS and key not in found}
    return {key: found[key] for key in NUMBERS if key in found}


def write_frames(
    group: h5py.Group, frames: Sequence[Step], whole: bool = False, packed: bool | None = None
) -> None:
    """Write steps; with `whole` also states and samples, uncompressed for speed unless `packed` is said."""
    packed = not whole if packed is None else packed
    if not frames:
        return
    for name in _STEP_NUMBERS:
        group[name] = column([getattr(f, name) for f in frames])
    for name in ("obj", "probe", "x_t", "prior_share", "misfits", *BEAM, *(("samples",) if whole else ())):
        images = {k: getattr(f, name) for k, f in enumerate(frames) if getattr(f, name) is not None}
        _write_images(group, name, images, len(frames), packed)
    arrays, plain = _taken_apart([f.state if whole else {} for f in frames])
    for name, images in arrays.items():
        _write_images(group, _STATE + name, images, len(frames), packed and whole)
    about = {"states": plain, "resolved": [f.resolved for f in frames], "notes": [f.note for f in frames]}
    write_json(group, "plain", about)


def read_frames(file: Hdf5, name: str) -> tuple[Step, ...]:
    """Read what `write_frames` wrote into the group of this name."""
    held = file.find(name)
    if not isinstance(held, Group) or file.dataset(f"{name}/obj") is None:
        return ()
    columns = {
        key: _values(file, f"{name}/{key}") for key in _STEP_NUMBERS if key in held or key not in _LATER
    }
    count = len(columns["index"])
    images: list[dict[str, np.ndarray]] = [{} for _ in range(count)]
    for key in held:
        if key not in (*_STEP_NUMBERS, *_EARLIER, "plain"):
            for place, image in _read_images(file, f"{name}/{key}", count):
                images[place][key.partition("~")[0]] = image
    # older files lack some
    plain: dict[str, list[Any]] = {"states": [{}] * count, "resolved": [{}] * count, "notes": [""] * count}
    if "plain" in held:
        plain |= read_json(file, f"{name}/plain")
    return tuple(
        _step(images[k], {n: v[k] for n, v in plain.items()}, {n: v[k] for n, v in columns.items()})
        for k in range(count)
    )


def _step(images: dict[str, np.ndarray], plain: dict[str, Any], numbers: dict[str, Any]) -> Step:
    arrays = {k.removeprefix(_STATE): v for k, v in images.items() if k.startswith(_STATE)}
    known: dict[str, Any] = {
        k: _kept_once(images[k], arrays)
        for k in ("obj", "probe", "x_t", "prior_share", "samples", "misfits", *BEAM)
        if k in images
    }
    known |= {"resolved": dict(plain["resolved"]), "note": str(plain["notes"])}
    return Step(**known, **numbers, state={**plain["states"], **arrays})


def _kept_once(image: np.ndarray, state: Mapping[str, np.ndarray]) -> np.ndarray:
    """The part of a state that is this image, if any: stored in memory only once, as in a run."""
    for whole in state.values():
        if whole.dtype == image.dtype and image.ndim and whole.shape[-image.ndim :] == image.shape:
            for part in whole.reshape(-1, *image.shape):
                if _same(part, image):
                    return part.reshape(image.shape)
    return image


def check_steps(
    where: str,
    scan: Geometry,
    numbers: Mapping[str, list[Any]],
    frames: Sequence[Step],
    pins: Set[int] = frozenset(),
) -> None:
    """Refuse data that the views could not show."""
    count = len(numbers.get("index", ()))
    if set(numbers) != set(NUMBERS) or any(len(values) != count for values in numbers.values()):
        raise InputError(f"{where}: some numbers are missing: expected {count} of each of {NUMBERS}")
    indices = [frame.index for frame in frames]
    needed = ("index", "total", "seconds", "nfe", "misfit", "noise_floor")
    if any(getattr(frame, key) is None for frame in frames for key in needed):
        raise InputError(f"{where}: a frame lacks one of {', '.join(needed)}")
    if indices != sorted(set(indices)) or not pins <= set(indices) or bool(indices) != bool(count):
        raise InputError(f"{where}: the frames are not in order, or pins are not among them")
    shape, count = scan.object_shape, len(scan)
    for frame in frames:
        samples, weaker = frame.samples, frame.weaker_modes
        images = {
            "obj": (frame.obj, shape, np.complex64),
            "probe": (frame.probe, scan.probe.shape, np.complex64),
            "x_t": (frame.x_t, (2, *shape), np.float32),
            "prior_share": (frame.prior_share, shape, np.float32),
            "weaker_modes": (
                weaker,
                (*(() if weaker is None else weaker.shape[:1]), *scan.probe.shape),
                np.complex64,
            ),
            "positions": (frame.positions, (count, 2), np.float64),
            "weights": (frame.weights, (count,), np.float64),
            "misfits": (frame.misfits, (count,), np.float32),
            "background": (frame.background, scan.probe.shape, np.float32),
            "samples": (samples, (*(() if samples is None else samples.shape[:1]), *shape), np.complex64),
        }
        for name, (image, expected, dtype) in images.items():
            if image is not None and (image.shape != expected or image.dtype != dtype):
                raise InputError(
                    f"{where}: {name} of step {frame.index} is {image.dtype} {image.shape}, "
                    f"expected {dtype.__name__} {expected}"
                )


def write_state(group: h5py.Group, state: Mapping[str, Any]) -> None:
    """Write the state of one step: arrays as datasets, the rest in the attribute `plain`."""
    arrays, (plain,) = _taken_apart([state])
    for name, images in arrays.items():
        # a scalar dataset cannot be compressed
        group.create_dataset(name, data=images[0], **(PACKED if images[0].size > 64 else {}))
    group.attrs["plain"] = json.dumps(plain)


def read_state(file: Hdf5, name: str) -> dict[str, Any]:
    """Read what `write_state` wrote into the group of this name."""
    group = file.find(name)
    if group is None:
        return {}
    state = dict(json.loads(attributes(group).get("plain", "{}")))
    return state | {key: file.array(f"{name}/{key}") for key in file.names(name)}


def write_json(group: h5py.Group, name: str, value: Any) -> None:
    """Plain values of any length as text in UTF-8 bytes: an attribute holds at most 64 KiB."""
    group[name] = np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), np.uint8)


def read_json(file: Hdf5, name: str) -> Any:
    """Read what `write_json` wrote."""
    _check_count(file, name, _MOST_TEXT)
    try:
        return json.loads(file.array(name).astype(np.uint8, casting="no").tobytes())
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"{file.path}: {name} is not readable ({what_is_wrong(error)}): write it again"
        ) from error


def column(values: Sequence[float | None]) -> np.ndarray:
    """A list of numbers; None as NaN."""
    if values and all(isinstance(v, int) for v in values):
        return np.array(values, np.int64)
    return np.array([np.nan if v is None else v for v in values], np.float64)


def _values(file: Hdf5, name: str) -> list[Any]:
    _check_count(file, name, _MOST_STEPS)
    held = file.array(name)
    if held.dtype.kind not in "biuf":
        raise InputError(
            f"{file.path}: {name} holds {held.dtype} values, expected real numbers: is it damaged?"
        )
    return [None if isinstance(v, float) and np.isnan(v) else v for v in held.reshape(-1).tolist()]


def _check_count(file: Hdf5, name: str, most: int) -> None:
    found = file.dataset(name)
    if found is not None and (found.size or 0) > most:
        raise InputError(
            f"{file.path}: {name} holds {found.size} values, expected at most {most}: is it damaged?"
        )


def _write_images(
    group: h5py.Group, name: str, images: Mapping[int, np.ndarray], count: int, packed: bool
) -> None:
    """Write images of frames by their indices; those of another shape go into stacks NAME~2, NAME~3 ..."""
    alike: dict[tuple[tuple[int, ...], str], dict[int, np.ndarray]] = {}
    for place, image in images.items():
        alike.setdefault((image.shape, image.dtype.str), {})[place] = image
    for k, stacked in enumerate(alike.values()):
        places, stack = list(stacked), list(stacked.values())
        if len(stack) == count and all(_same(image, stack[0]) for image in stack[1:]):
            places, stack = [], stack[:1]
        _write_stack(group, name if k == 0 else f"{name}~{k + 1}", stack, packed)
        if places and (len(places) < count or name == "x_t"):
            group[name if k == 0 else f"{name}~{k + 1}"].attrs["frames"] = places


def _write_stack(group: h5py.Group, name: str, images: list[np.ndarray], packed: bool) -> None:
    shape = images[0].shape
    chunks = {"chunks": (1, *shape)} if images[0].size else {}
    stack = group.create_dataset(
        name, (len(images), *shape), images[0].dtype, **chunks, **(PACKED if packed and chunks else {})
    )
    for k, image in enumerate(images):
        stack[k] = image


def _read_images(file: Hdf5, name: str, count: int) -> list[tuple[int, np.ndarray]]:
    """Read pairs (index of the frame, image)."""
    dataset = file.dataset(name)
    if dataset is None:
        return []
    stack = file.read(dataset)
    places = np.atleast_1d(dataset.attrs.get("frames", range(count))).tolist()
    if len(stack) == 1 and len(places) == count:
        return [(place, stack[0]) for place in places]
    if len(stack) != len(places) or not all(isinstance(p, int) and 0 <= p < count for p in places):
        raise InputError(f"{file.path}: {name} holds {len(stack)} images for {len(places)} of {count} frames")
    return [(place, image.copy()) for place, image in zip(places, stack, strict=True)]  # each freed alone


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two values are equal bit for bit."""
    return a is b or a.tobytes() == b.tobytes()


def _taken_apart(
    states: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, dict[int, np.ndarray]], list[dict[str, Any]]]:
    """Arrays by name and index, and the rest of each state. Other types would not be read back unchanged."""
    arrays: dict[str, dict[int, np.ndarray]] = {}
    plain: list[dict[str, Any]] = []
    for place, state in enumerate(states):
        plain.append({})
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                arrays.setdefault(name, {})[place] = value
            elif isinstance(value, np.generic):
                plain[-1][name] = value.item()
            elif value is None or isinstance(value, bool | int | float | str | list | tuple):
                plain[-1][name] = value
            else:
                raise TypeError(f"state {name} is a {type(value).__name__}, which cannot be stored")
    return arrays, plain
