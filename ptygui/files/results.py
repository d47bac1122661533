"""Results: a Ptychodus product in HDF5 that Ptychodus opens, with all of ours in a group `ptygui`.

/object (1, y, x), /probe (1, 1, y, x), /probe_position_{x,y}_m, ...  as Ptychodus has them
/ptygui            attributes: method, options, seed, versions, placement, nominal, ...
/ptygui/metrics    one dataset a number, one value a step
/ptygui/frames     the images of some of the steps
/ptygui/state      what the last step goes on from
"""

import json
import platform
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ptygui.errors import InputError
from ptygui.files.atomic import replacing
from ptygui.files.hdf5 import Hdf5, attributes, open_hdf5, positive
from ptygui.files.limits import largest_array
from ptygui.files.measured import HC_EV_M
from ptygui.files.probes import first_mode
from ptygui.files.steps import (
    PACKED,
    column,
    read_frames,
    read_numbers,
    read_state,
    write_frames,
    write_numbers,
    write_state,
)
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.methods.unet import UNet
from ptygui.run import Origin, Run, changes_of, spent
from ptygui.scan import Scan
from ptygui.step import Step

VERSION = 1
MAX_FRAMES = 64
MAX_FRAME_BYTES = 512 * 2**20
# written where a scan says nothing, because Ptychodus asks for values; always named in `comments`
NOMINAL = {"pixel_size_m": 1e-6, "wavelength_m": HC_EV_M / 10_000, "distance_m": 1.0}
_ATTRIBUTE = {
    "pixel_size_m": "pixel_width_m, pixel_height_m and all positions",
    "wavelength_m": "photon_energy_eV",
    "distance_m": "detector_object_distance_m",
}


@dataclass(frozen=True, eq=False)
class Result:
    """One finished (or stopped) reconstruction.

    Attributes
    ----------
    obj : complex64 array, shape `object_shape`
        The estimate; outside the area that patches span it is whatever the method left there.
    offset, span : (int, int)
        First row and column of that area in the object, and its rows and columns.
    positions : float64 array, shape (K, 2)
        As in the Scan: row and column of each patch's first pixel in `obj` [px].
    numbers : dict of lists
        One value a step, by the names of `ptygui.step.NUMBERS`.
    frames : tuple of Step
        Evenly thinned; the last is the newest and the only one with a state.
    pins : set of int
        Numbers of the steps that the user marked: their frames are kept whatever is thinned.
    past : tuple of (int, dict)
        Options that held before those in `options`, oldest first: up to which step, and all of them by name.
    origin : Origin, optional
        The run and the step that this one branched off from; numbers and frames up to there are of both.
    """

    name: str
    method: str
    options: dict[str, Any]
    seed: int
    device: str
    obj: np.ndarray
    probe: np.ndarray
    positions: np.ndarray
    offset: tuple[int, int]
    span: tuple[int, int]
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    distance_m: float | None = None
    truth: np.ndarray | None = None
    numbers: dict[str, list] = field(default_factory=dict)
    frames: tuple[Step, ...] = ()
    samples: np.ndarray | None = None
    state: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    past: tuple[tuple[int, dict[str, Any]], ...] = ()
    origin: Origin | None = None
    pins: frozenset[int] = frozenset()

    @classmethod
    def of_run(cls, run: Run) -> "Result":
        """What a run has come to; `InputError` before its first step."""
        result = cls.of(run.scan, run.method, run.history, run.seed, run.device)
        return replace(
            result, past=tuple((step, held.asdict()) for step, held in run.past), origin=run.origin
        )

    @classmethod
    def of(cls, scan: Scan, method: Method, history: History, seed: int, device: str) -> "Result":
        """What a method has come to over a scan; `InputError` before its first step."""
        last = history.last
        if last is None:
            raise InputError("there is no step to keep yet: let the reconstruction make one first")
        rows, columns = scan.span
        return cls(
            name=scan.name,
            method=method.key(),
            options=method.asdict(),
            seed=seed,
            device=device,
            obj=last.obj,
            probe=last.probe,
            positions=scan.positions,
            offset=(rows.start, columns.start),
            span=(rows.stop - rows.start, columns.stop - columns.start),
            pixel_size_m=scan.pixel_size_m,
            wavelength_m=scan.wavelength_m,
            distance_m=scan.distance_m,
            truth=scan.truth,
            numbers={name: list(values) for name, values in history.numbers.items()},
            frames=tuple(history.frames),
            pins=frozenset(history.pins),
            samples=last.samples,
            state=dict(last.state),
            seconds=last.seconds,
            versions=versions() | _weights(method, scan),
            notes=(*scan.notes, *([last.note] if last.note else [])),
        )

    @property
    def object_shape(self) -> tuple[int, int]:
        """Rows and columns of the whole object."""
        return self.obj.shape

    @property
    def cropped(self) -> np.ndarray:
        """The object where patches span it: what `/object` holds."""
        return self.crop(self.obj)

    @property
    def last(self) -> Step | None:
        """The newest step, from which the method can go on."""
        return self.frames[-1] if self.frames else None

    @property
    def changes(self) -> list[tuple[int, dict[str, Any]]]:
        """Options changed on the way, a branching too: after which step, and their new values by name."""
        return changes_of(self.past, self.options)

    @property
    def options_by_step(self) -> list[dict[str, Any]]:
        """Which options held from which step on, in plain values."""
        starts = [1, *(step + 1 for step, _ in self.past)]
        held = [*(options for _, options in self.past), self.options]
        return [{"from_step": k, "options": options} for k, options in zip(starts, held, strict=True)]

    def options_at(self, step: int) -> dict[str, Any]:
        """The options that step number `step` was made with."""
        return next((options for until, options in self.past if step <= until), self.options)

    def varied_at(self, step: int) -> dict[str, Any]:
        """Of these, the ones that changed on the way."""
        held = self.options_at(step)
        return {name: held[name] for _, changed in self.changes for name in changed}

    @property
    def cost(self) -> dict[str, float]:
        """Evaluations and seconds of this run, and of it with what it branched from, by name."""
        since = 0 if self.origin is None else self.origin.step
        return {
            "evaluations": spent(self.numbers, "nfe", since),
            "seconds": spent(self.numbers, "seconds", since),
            "evaluations_from_the_start": spent(self.numbers, "nfe"),
            "seconds_from_the_start": spent(self.numbers, "seconds"),
        }

    def crop(self, image: np.ndarray) -> np.ndarray:
        """The part of an image of the whole object that patches span."""
        (row, column), (rows, columns) = self.offset, self.span
        return image[..., row : row + rows, column : column + columns]


def _weights(method: Method, scan: Scan) -> dict[str, str]:
    """Which weights a method ran with: a folder of that name may be trained further."""
    if isinstance(method, UNet):
        from ptygui.networks.corrector import load_corrector

        return {"unet sha256": load_corrector(method.folder(scan.corners, scan.width)).identity}
    if not method.diffusion:
        return {}
    from ptygui.prior.prior import load_prior

    return {"prior sha256": load_prior(method.prior).identity}


def versions() -> dict[str, str]:
    """Versions of the programs whose numbers these are."""
    found = {"python": platform.python_version()}
    for package in ("ptygui", "numpy", "torch", "scipy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            if package == "ptygui":
                found[package] = "from a checkout"
    return found


def write_result(path: str | PathLike, result: Result, inputs: tuple[str | PathLike, ...] = ()) -> Path:
    """Write a result; `inputs` are files that must not be overwritten. Returns the path."""
    path = Path(path)
    with replacing(path, inputs) as scratch, h5py.File(scratch, "w") as file:
        nominal = [name for name in NOMINAL if getattr(result, name) is None]
        _write_product(file, result, nominal)
        _write_ours(file.create_group("ptygui"), result, nominal)
    return path


def _write_product(file: h5py.File, result: Result, nominal: list[str]) -> None:
    known = {name: getattr(result, name) or NOMINAL[name] for name in NOMINAL}
    pixel = known["pixel_size_m"]
    said = [f"ptygui {result.method}" if result.method else "ptygui"]
    if nominal:
        said.insert(0, "NOMINAL, not known: " + "; ".join(_ATTRIBUTE[name] for name in nominal) + ".")
    file.attrs["name"] = result.name
    file.attrs["comments"] = " ".join(said)
    file.attrs["detector_object_distance_m"] = known["distance_m"]
    file.attrs["photon_energy_eV"] = HC_EV_M / known["wavelength_m"]
    file.attrs["probe_photon_count"] = float(np.square(np.abs(result.probe), dtype=np.float64).sum())
    obj = file.create_dataset("object", data=result.cropped[None], **PACKED)
    probe = file.create_dataset("probe", data=result.probe[None, None])
    for item in (obj, probe):
        item.attrs["pixel_width_m"] = item.attrs["pixel_height_m"] = pixel
    obj.attrs["center_x_m"] = obj.attrs["center_y_m"] = 0.0
    # metres from the centre of /object to the centre of the patch
    centres = result.positions - result.offset + (np.array(result.probe.shape) - result.span) / 2
    file["probe_position_y_m"], file["probe_position_x_m"] = (centres * pixel).T
    file["probe_position_indexes"] = np.arange(len(result.positions))
    numbers = result.numbers
    if numbers.get("index"):
        file["loss_epochs"] = np.array(numbers["index"], np.int64)
        file["loss_values"] = column(numbers["misfit"])


def _write_ours(group: h5py.Group, result: Result, nominal: list[str]) -> None:
    frames = thinned(result.frames, result.pins)
    about = {
        "version": VERSION,
        "method": result.method,
        "options": json.dumps(result.options),
        "seed": result.seed,
        "device": result.device,
        "seconds": result.seconds,
        "versions": json.dumps(result.versions),
        "nominal": json.dumps(nominal),
        "notes": json.dumps(result.notes, ensure_ascii=False),
        "origin": json.dumps(result.origin and result.origin._asdict(), ensure_ascii=False),
        "options_by_step": json.dumps(result.options_by_step),
        "cost": json.dumps(result.cost),
        "pins": json.dumps([frame.index for frame in frames if frame.index in result.pins]),
        "offset_px": result.offset,
        "object_shape": result.object_shape,
    }
    for name, value in about.items():
        group.attrs[name] = value
    group["positions_px"] = result.positions
    write_numbers(group.create_group("metrics"), result.numbers)
    for name in ("truth", "samples"):
        value = getattr(result, name)
        if value is not None:
            group.create_dataset(name, data=result.crop(value), **PACKED)
    if result.crop(result.obj).shape != result.obj.shape:
        group.create_dataset("whole_object", data=result.obj, **PACKED)
        for name in ("truth", "samples"):
            if getattr(result, name) is not None:
                group.create_dataset(f"whole_{name}", data=getattr(result, name), **PACKED)
    write_frames(group.create_group("frames"), frames)
    write_state(group.create_group("state"), result.state)


def thinned(
    frames: Sequence[Step],
    pins: Collection[int] = (),
    most: int = MAX_FRAMES,
    max_bytes: int = MAX_FRAME_BYTES,
) -> list[Step]:
    """At most `most` frames within a bound of memory: first, newest, pinned, and others evenly spaced."""
    if not frames:
        return []
    heaviest = max(f.obj.nbytes + f.probe.nbytes + (0 if f.x_t is None else f.x_t.nbytes) for f in frames)
    count = min(len(frames), most, max(2, max_bytes // heaviest))
    pinned = [k for k, frame in enumerate(frames) if frame.index in pins and 0 < k < len(frames) - 1]
    pinned = _spread(pinned, max(0, count - 2))
    free = [k for k in range(len(frames)) if k not in pinned]
    return [frames[k] for k in sorted({*pinned, *_spread(free, count - len(pinned))})]


def _spread(places: Sequence[int], count: int) -> list[int]:
    """So many of the places, evenly spaced, the first and the last among them."""
    if count >= len(places):
        return list(places)
    return [places[k] for k in np.unique(np.rint(np.linspace(0, len(places) - 1, count)).astype(int))]


def read_result(path: str | PathLike) -> Result:
    """Read a result, or a product of another program (then without method, numbers and frames).

    Raises
    ------
    InputError
        If it is no product, or is damaged.
    """
    path = Path(path)
    with open_hdf5(path, most=largest_array()) as file:
        found = file.dataset("object")
        if found is None or file.dataset("probe_position_x_m") is None:
            raise InputError(f"{path} is no result: it holds no object with probe positions")
        if "ptygui" in file.file and isinstance(file.find("ptygui"), h5py.Group):
            return _read_ours(path, file)
        return _read_foreign(path, file)


def _read_foreign(path: Path, file: Hdf5) -> Result:
    obj, notes = _flattened(file)
    probe, said = first_mode(file.array("probe"))
    about, attrs = attributes(file.dataset("object")), file.attrs
    pixel = positive(about.get("pixel_height_m"))
    energy = positive(attrs.get("photon_energy_eV")) or positive(attrs.get("probe_energy_eV"))
    metres = np.stack([file.array(f"probe_position_{axis}_m").astype(float).ravel() for axis in "yx"], 1)
    if pixel is None:
        said = (*said, "the file states no pixel size: positions are left away")
        positions = np.empty((0, 2))
    else:
        centre = [about.get(f"center_{axis}_m") or 0.0 for axis in "yx"]
        positions = (metres - centre) / pixel + (np.array(obj.shape) - probe.shape) / 2
    return Result(
        name=str(attrs.get("name") or path.stem),
        method="",
        options={},
        seed=0,
        device="",
        obj=obj,
        probe=np.ascontiguousarray(probe, np.complex64),
        positions=positions,
        offset=(0, 0),
        span=obj.shape,
        pixel_size_m=pixel,
        wavelength_m=HC_EV_M / energy if energy else None,
        distance_m=positive(attrs.get("detector_object_distance_m")),
        notes=(*notes, *said, "written by another program: no method, steps or numbers"),
    )


def _flattened(file: Hdf5) -> tuple[np.ndarray, tuple[str, ...]]:
    obj = file.array("object")
    if obj.ndim < 2:
        raise InputError(f"{file.path}: object has shape {obj.shape}, expected layer, row, column")
    obj = obj.reshape(-1, *obj.shape[-2:])
    notes = () if len(obj) == 1 else (f"the object's {len(obj)} layers were flattened to their product",)
    return np.ascontiguousarray(np.prod(obj, axis=0), np.complex64), notes


def _read_ours(path: Path, file: Hdf5) -> Result:
    group = file.find("ptygui")
    about = attributes(group)
    if about.get("version") != VERSION:
        raise InputError(
            f"{path}: version is {about.get('version')!r}, this program reads {VERSION}: update ptygui"
        )
    try:
        nominal, origin = json.loads(about["nominal"]), json.loads(about.get("origin", "null"))
        energy, pixel = file.attrs["photon_energy_eV"], attributes(file.dataset("object"))["pixel_height_m"]
        known = {
            "pixel_size_m": pixel,
            "wavelength_m": HC_EV_M / energy,
            "distance_m": file.attrs["detector_object_distance_m"],
        }
        cropped, _ = _flattened(file)
        whole = lambda name: _optional(file, f"ptygui/whole_{name}", f"ptygui/{name}")  # noqa: E731
        obj = _optional(file, "ptygui/whole_object")
        state = read_state(file, "ptygui/state")
        frames = read_frames(file, "ptygui/frames")
        if frames:
            frames = (*frames[:-1], replace(frames[-1], samples=whole("samples"), state=state))
        return Result(
            name=str(file.attrs.get("name", "")),
            method=str(about["method"]),
            options=json.loads(about["options"]),
            seed=int(about["seed"]),
            device=str(about["device"]),
            obj=cropped if obj is None else obj,
            probe=first_mode(file.array("probe"))[0],
            positions=file.array("ptygui/positions_px"),
            offset=tuple(int(n) for n in about["offset_px"]),
            span=cropped.shape,
            truth=whole("truth"),
            numbers=read_numbers(file, "ptygui/metrics"),
            frames=frames,
            samples=whole("samples"),
            state=state,
            seconds=float(about["seconds"]),
            versions=json.loads(about["versions"]),
            notes=tuple(json.loads(about["notes"])),
            pins=frozenset(json.loads(about.get("pins", "[]"))),
            past=_past(json.loads(about.get("options_by_step", "[]"))),
            origin=None if origin is None else Origin.read(origin.values()),
            **{name: None if name in nominal else value for name, value in known.items()},
        )
    except InputError:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise InputError(f"{path} is not a whole result of ptygui ({error}): write it again") from None


def _past(by_step: list[dict[str, Any]]) -> tuple[tuple[int, dict[str, Any]], ...]:
    pairs = pairwise(by_step)
    return tuple((int(after["from_step"]) - 1, dict(before["options"])) for before, after in pairs)


def _optional(file: Hdf5, *names: str) -> np.ndarray | None:
    found = file.dataset(*names)
    return None if found is None else file.read(found)
