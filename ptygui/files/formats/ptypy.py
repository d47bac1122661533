"""Files of ptypy: prepared data (.ptyd) in chunks, and reconstructions (.ptyr); nothing is unpickled."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files import patterns_on_disk
from ptygui.files.foreign import foreign_result
from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Group, Hdf5, open_hdf5, positive
from ptygui.files.limits import check_size
from ptygui.files.measured import Measured, check_patterns, near_field
from ptygui.files.optics import Optics, in_pixels, wavelength_of
from ptygui.files.result import Result
from ptygui.files.stack import Frames, joined
from ptygui.prepare.survey import chunks

OURS = "ptygui"  # group of what ptypy has no place for, see `ptygui.export.ptyd`


def is_ptyd(found: Contents) -> bool:
    """Whether it holds chunks of data."""
    return isinstance(found, Hdf5) and isinstance(found.find("meta"), Group) and bool(found.names("chunks"))


def is_ptyr(found: Contents) -> bool:
    """Whether it is a reconstruction."""
    return isinstance(found, Hdf5) and bool(found.names("content/obj") and found.names("content/probe"))


def read_ptyd(path: Path, pixel_size_m: float | None = None, allow_links: bool = False) -> Measured:
    """Read every chunk, in the order of their numbers; positions are metres, row first.

    Weights are per pixel and frame: where they are 0, a pixel is bad.
    """
    with open_hdf5(path, allow_links) as file:
        _check_far_field(file)
        chunks = [_Chunk(file, f"chunks/{name}") for name in file.names("chunks")]
        chunks = [chunk for chunk in chunks if len(chunk.shape) == 3 and chunk.shape[0]]
        if not chunks:
            raise InputError(f"{path}: its chunks hold no frames: was the preparation stopped early?")
        sizes = {chunk.shape[1:] for chunk in chunks}
        if len(sizes) > 1:
            raise InputError(
                f"{path}: frames are of different sizes, {sorted(sizes)}: prepare the data again"
            )
        count = sum(chunk.shape[0] for chunk in chunks)
        metres = np.concatenate([chunk.positions() for chunk in chunks])
        patterns = _frames(file, chunks)
        good, said = _mask(file, chunks)
        height, width = _pair(file, "psize")
        energy = positive(file.number("meta/energy"))
        optics = Optics(
            wavelength_of(1e3 * energy if energy else None),
            positive(file.number("meta/distance")),
            (height, width) if height and width else None,
        )
        total = file.number("meta/num_frames", "info/num_frames")
        notes = [*said, *_centre_note(file, patterns.shape)]
        if total and total != count:
            notes.append(f"{count} of {total:.0f} frames are in the file: the rest was not prepared")
        probe, weights, background = (
            None if (item := file.dataset(f"{OURS}/{name}")) is None else file.read(item)
            for name in ("probe", "weights", "background")
        )
        return in_pixels(
            path, patterns, metres, optics, pixel_size_m, probe, notes,
            mask=good, weights=weights, background=background,
        )  # fmt: skip


def read_ptyr(path: Path) -> Result:
    """Read object, probe and positions of the first storage of each."""
    with open_hdf5(path) as file:
        obj_at, obj_notes = _storage(file, "obj")
        probe_at, probe_notes = _storage(file, "probe")
        obj, probe = file.array(f"{obj_at}/data"), file.array(f"{probe_at}/data")
        height, width = _pair(file, "_psize", (obj_at,))
        centre = file.dataset(f"{obj_at}/_center", f"{obj_at}/center")
        energy = positive(file.number(f"{probe_at}/_energy", f"{obj_at}/_energy"))
        places = None
        named = file.names("content/positions")
        if named and height and width:
            metres = file.reals(f"content/positions/{named[0]}")
            if metres.ndim == 2 and metres.shape[1] == 2:
                about = np.array(obj.shape[-2:]) / 2 if centre is None else file.read(centre).ravel()[-2:]
                places = metres / (height, width) + about - np.array(obj.shape[-2:]) / 2
    return foreign_result(
        path,
        obj,
        probe,
        places,
        float(np.sqrt(height * width)) if height and width else None,
        wavelength_of(1e3 * energy if energy else None),
        notes=(*obj_notes, *probe_notes),
    )


_Pair = tuple[float | None, float | None]


class _Chunk:
    """One chunk: its shape is known before anything is read."""

    def __init__(self, file: Hdf5, at: str):
        self.file, self.at = file, at
        found = file.dataset(f"{at}/data")
        if found is not None:
            self.dataset = found
        self.shape = () if found is None else tuple(found.shape)

    def positions(self) -> np.ndarray:
        found = self.file.dataset(f"{self.at}/positions")
        if found is None or found.shape != (self.shape[0], 2):
            found = None if self.indices is None else self.file.dataset("info/positions_scan")
            if found is None or found.ndim != 2 or found.shape[1] != 2 or self.indices is None:
                raise InputError(f"{self.file.path}: {self.at} holds {self.shape[0]} frames and no positions")
            everywhere = self.file.read(found)
            if self.indices.min() < 0 or self.indices.max() >= len(everywhere):
                raise InputError(
                    f"{self.file.path}: {self.at} names frame {self.indices.max()}, there are "
                    f"{len(everywhere)} positions"
                )
            return everywhere[self.indices]
        return self.file.read(found)

    @property
    def indices(self) -> np.ndarray | None:
        found = self.file.dataset(f"{self.at}/indices")
        right = found is not None and found.shape == (self.shape[0],) and found.dtype.kind in "iu"
        return self.file.read(found) if right and found is not None else None

    def weights(self) -> np.ndarray | None:
        """True for good pixels, (M, rows, columns)."""
        found = self.file.dataset(f"{self.at}/weights")
        if found is None or found.shape not in (self.shape, self.shape[1:]) or found.dtype.kind not in "biuf":
            return None
        if found.shape != self.shape:
            return np.broadcast_to(self.file.read(found) != 0, self.shape)
        check_size(self.file.path, "weights", self.shape, np.dtype(bool))
        weights, good = (
            patterns_on_disk.frames_of(self.file, f"{self.at}/weights", found),
            np.empty(self.shape, bool),
        )
        for part in chunks(self.shape):
            good[part] = weights[part] != 0
        return good


def _frames(file: Hdf5, parts: list[_Chunk]) -> Frames:
    """The frames of all chunks; left in the file if they are large together."""
    datasets = [(f"{part.at}/data", part.dataset) for part in parts]
    for _, dataset in datasets:
        check_patterns(file.path, dataset)
    if not patterns_on_disk.large(sum(dataset.size for _, dataset in datasets)):
        return np.concatenate([file.read(dataset) for _, dataset in datasets])
    return joined([patterns_on_disk.left_in(file, name, dataset) for name, dataset in datasets])


def _mask(file: Hdf5, parts: list[_Chunk]) -> tuple[np.ndarray | None, list[str]]:
    """Good pixels: one mask if it is the same in all frames."""
    common = file.dataset("meta/weight2d", "info/weight2d")
    size = parts[0].shape[1:]
    alone = None
    if common is not None and common.shape == size:
        alone = file.read(common) != 0
    each = [part.weights() for part in parts]
    if all(one is None for one in each):
        return alone, []
    masks = [
        np.broadcast_to(True if alone is None else alone, part.shape) if one is None else one
        for one, part in zip(each, parts, strict=True)
    ]
    always, ever = (np.logical_and.reduce, np.logical_or.reduce)
    alike = np.array_equal(always([m.all(0) for m in masks]), ever([m.any(0) for m in masks]))
    return np.asarray(masks[0][0] if alike else np.concatenate(masks)), [
        "weights of 0 mark bad pixels; other weights were not used"
    ]


def _check_far_field(file: Hdf5) -> None:
    text = file.text("meta/propagation", "info/propagation")
    if text.lower().startswith("near"):
        raise near_field(file.path, f"propagation = {text}")


def _centre_note(file: Hdf5, shape: tuple[int, ...]) -> list[str]:
    rows, columns = _pair(file, "center")
    middle = [n // 2 for n in shape[-2:]]
    if rows is None or columns is None or np.abs([rows - middle[0], columns - middle[1]]).max() < 1:
        return []
    return [
        f"WARNING: the file says that the beam is at row {rows:g}, column {columns:g}, not at the middle "
        f"({middle[0]}, {middle[1]}): crop the frames about the beam"
    ]


def _pair(file: Hdf5, name: str, groups: tuple[str, ...] = ("meta", "info")) -> _Pair:
    """Row and column of a value that is one number or two; None where it is not known."""
    for group in groups:
        found = file.dataset(f"{group}/{name}")
        if found is not None and found.size in (1, 2) and found.dtype.kind in "iuf":
            values = [positive(float(v)) for v in file.read(found).ravel()]
            if all(values):
                return values[0], values[-1]
    return None, None


def _storage(file: Hdf5, kind: str) -> tuple[str, list[str]]:
    names = file.names(f"content/{kind}")
    notes = [f"the first of {len(names)} storages of {kind} was taken"] if len(names) > 1 else []
    return f"content/{kind}/{names[0]}", notes


DATA: Format = Format(
    "ptyd", "ptypy data (.ptyd)", "scan", is_ptyd, (".ptyd", ".h5"), read_ptyd,
    takes=("pixel_size_m", "allow_links"),
)  # fmt: skip
RESULT: Format = Format(
    "ptyr", "ptypy reconstruction (.ptyr)", "result", is_ptyr, (".ptyr",), result=read_ptyr
)
