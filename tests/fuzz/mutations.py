"""Damage: to the bytes of any file, and to what is in files of arrays, HDF5 and JSON."""

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np

_NUMBERS = (0, -1, 1e308, -1e308, np.nan, np.inf, 1e-300, 2**63 - 1, 10**400)
_JSON = (
    None,
    True,
    "text",
    "",
    [],
    {},
    [[]],
    {"a": [1]},
    -1,
    0,
    1e999,
    10**400,
    "9" * 5000,
    [0] * 5000,
    [[1, 2], {}],
)


def mutate(path: Path, rng: np.random.Generator) -> str:
    """Damage a sample in one way; what was done, in a word."""
    if path.is_dir():
        files = sorted(path.iterdir())
        return mutate(files[rng.integers(len(files))], rng)
    kinds = [flip, flip, flip, cut, blank, repeat]
    with open(path, "rb") as file:
        start = file.read(8)
    if start == b"\x89HDF\r\n\x1a\n":
        kinds += [change_hdf5] * 8
    if start.startswith(b"PK"):
        kinds += [change_npz] * 4
    if path.suffix == ".json":
        kinds = [change_json] * 5 + [flip, cut]
    chosen = kinds[rng.integers(len(kinds))]
    try:
        chosen(path, rng)
    except (OSError, TypeError, ValueError, KeyError, RuntimeError, NotImplementedError):
        chosen = flip  # what was drawn cannot be done to this item, or is damaged already
        chosen(path, rng)
    return chosen.__name__


def _bytes(path: Path) -> np.ndarray:
    return np.frombuffer(path.read_bytes(), np.uint8).copy()


def flip(path: Path, rng: np.random.Generator) -> None:
    """Some bytes at random places, near the start more often than later."""
    data = _bytes(path)
    if not len(data):
        return
    top = len(data) if rng.random() < 0.5 else min(len(data), 2000)
    places = rng.integers(0, top, rng.integers(1, 16))
    extremes = rng.choice([0, 1, 127, 128, 255], len(places))
    data[places] = np.where(rng.random(len(places)) < 0.5, extremes, rng.integers(0, 256, len(places)))
    path.write_bytes(data.tobytes())


def cut(path: Path, rng: np.random.Generator) -> None:
    data = _bytes(path)
    path.write_bytes(data[: rng.integers(0, len(data))].tobytes())


def blank(path: Path, rng: np.random.Generator) -> None:
    data = _bytes(path)
    first = rng.integers(0, len(data))
    data[first : first + rng.integers(1, 512)] = rng.choice([0, 255])
    path.write_bytes(data.tobytes())


def repeat(path: Path, rng: np.random.Generator) -> None:
    """A piece of it in another place."""
    data = _bytes(path)
    first, to, size = [*rng.integers(0, len(data), 2).tolist(), int(rng.integers(1, 256))]
    piece = data[first : first + size][: len(data) - to]
    data[to : to + len(piece)] = piece
    path.write_bytes(data.tobytes())


def _other(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same, but wrong: another kind, shape or value."""
    which = rng.integers(12)
    if which == 0:
        return array.astype("S8") if array.dtype.kind != "V" else array.reshape(-1)[:0]
    if which == 1:
        return array.reshape(-1)[: rng.integers(0, 3)]
    if which == 2:
        return array[None]
    if which == 3:
        return array.reshape(-1)
    if which == 4:
        return array.astype(np.complex128)
    if which == 5:
        return np.zeros(array.shape, [("x", "f4"), ("y", "i2"), ("z", "S3")])
    if which == 6:
        return np.zeros_like(array)
    numbers = np.array(array, dtype=np.float64 if array.dtype.kind != "c" else array.dtype)
    if which == 7:
        return numbers * rng.choice([1e30, -1, 1e-30])
    if which == 8:
        place = rng.integers(max(numbers.size, 1))
        numbers.reshape(-1)[place : place + 1] = rng.choice([np.nan, np.inf, -np.inf, 1e38])
        return numbers
    if which == 9:
        return np.swapaxes(array, 0, -1) if array.ndim else array
    if which == 10:
        return array[..., :-1] if array.ndim else np.array([0, 1])
    return np.array(rng.choice([0, -1, 1e300, np.nan]))


def change_hdf5(path: Path, rng: np.random.Generator) -> None:
    """A dataset or attribute is another; a link or source leads elsewhere."""
    with h5py.File(path, "r+") as file:
        items: list[h5py.Dataset | h5py.Group] = [file]
        file.visititems(lambda _, item: items.append(item))
        sets = [item for item in items if isinstance(item, h5py.Dataset)]
        which = rng.integers(8)
        with_attrs = [item for item in items if len(item.attrs)]
        if which < 3 and with_attrs:
            item = with_attrs[rng.integers(len(with_attrs))]
            name = list(item.attrs)[rng.integers(len(item.attrs))]
            del item.attrs[name]
            values = [
                *_NUMBERS[:-1],
                "text",
                h5py.Empty("f8"),
                np.zeros(3),
                "x" * 3000,
                np.array(["a", "b"], "S1"),
                1j,
            ]
            if rng.random() < 0.9:
                item.attrs[name] = values[rng.integers(len(values))]
            return
        dataset = sets[rng.integers(len(sets))]
        name, parent = dataset.name.rsplit("/", 1)[-1], dataset.parent
        shape = dataset.shape or ()
        array = dataset[()] if dataset.dtype.kind in "biufcV" else np.zeros(3)
        del parent[name]
        if which == 3:
            more = (
                {"compression": "gzip", "chunks": tuple(min(n, 1000) for n in (10**4, *shape[1:]))}
                if shape
                else {}
            )
            parent.create_dataset(
                name, (rng.choice([10**5, 10**9]), *shape[1:]) if shape else (), "f4", **more
            )
        elif which == 4:
            links = [h5py.SoftLink(f"/{name}"), h5py.ExternalLink("/etc/passwd", "/a"), h5py.SoftLink("/")]
            links += [h5py.ExternalLink("../other.h5", "/a"), h5py.ExternalLink(path.name, dataset.name)]
            parent[name] = links[rng.integers(len(links))]
        elif which == 5:
            kind = rng.integers(3)
            if kind == 0:
                parent[name] = h5py.Empty("f4")
            elif kind == 1:
                parent.create_group(name)
            else:
                outside = [("/etc/passwd", 0, 8 * max(1, array.size)), (str(path), 0, 8 * max(1, array.size))]
                parent.create_dataset(name, shape, "u1", external=[outside[rng.integers(2)]])
        else:
            parent[name] = _other(np.asarray(array), rng)


def change_npz(path: Path, rng: np.random.Generator) -> None:
    """An array is another, is declared larger than it is, or is missing."""
    with np.load(path) as file:
        arrays = dict(file)
    name = list(arrays)[rng.integers(len(arrays))]
    if rng.random() < 0.15:
        del arrays[name]
    elif rng.random() < 0.15:
        array = arrays.pop(name)
        np.savez(path.open("wb"), **arrays)
        header = {
            "descr": array.dtype.str,
            "fortran_order": False,
            "shape": (int(rng.choice([10**6, 10**12])), *array.shape),
        }
        with (
            zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
            archive.open(f"{name}.npy", "w") as part,
        ):
            np.lib.format.write_array_header_1_0(part, header)
            part.write(array.tobytes())
        return
    else:
        arrays[name] = _other(arrays[name], rng)
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)


def change_json(path: Path, rng: np.random.Generator) -> None:
    """One value, at any depth, is another."""
    said = json.loads(path.read_text())
    at = said
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = keys[rng.integers(len(keys))]
        if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.5:
            at = at[key]
            continue
        at[key] = _JSON[rng.integers(len(_JSON))]
        break
    path.write_text(json.dumps(said))
