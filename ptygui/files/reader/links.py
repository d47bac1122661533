"""Follows what an HDF5 file keeps in other files to the end, and never out of its folder."""

from collections.abc import Iterator
from pathlib import Path

import h5py

from ptygui.errors import InputError
from ptygui.files.limits import reading
from ptygui.files.reader.filters import check_filters

_DEEPEST = 8  # virtual data sets of virtual data sets
_MOST_SOURCES = 100_000


def beside(path: Path, filename: str) -> Path:
    """The file that `path` links to, if it lies in the same folder; links of the file system count."""
    target = (path.parent / filename).resolve()
    if target.parent != path.parent.resolve():
        raise InputError(f"{path} links to {filename}, outside its own folder: copy that file next to it")
    if not target.is_file():
        raise InputError(f"{path} needs {filename}, which is not next to it: copy it there")
    return target


def stored_elsewhere(dataset: h5py.Dataset) -> bool:
    """Whether its values, or a part of them, are in other files or in other data sets."""
    return bool(dataset.external) or bool(dataset.is_virtual)


def check_sources(path: Path, dataset: h5py.Dataset, depth: int = 0) -> int:
    """Refuse values that lie outside the folder, or in a file or data set that is gone.

    HDF5 reads zeros where a source is missing, and raw data of a relative name from the working directory.

    Returns
    -------
    int
        The bytes that the values take on the disk, in all files.
    """
    check_filters(path, dataset.name, dataset.id)
    if dataset.external:
        return sum(_raw(path, name, offset, size) for name, offset, size in dataset.external)
    if not dataset.is_virtual:
        return int(dataset.id.get_storage_size())
    if depth == _DEEPEST:
        raise InputError(f"{path}: {dataset.name} is virtual through more than {_DEEPEST} files: repair it")
    stored = 0
    for filename, name in sorted(_sources(path, dataset)):
        stored += _stored_in(path, filename, name, dataset, depth)
    return stored


def _raw(path: Path, name: str, offset: int, size: int) -> int:
    target = beside(path, name)
    there = target.stat().st_size - offset
    if there < size and size != h5py.h5f.UNLIMITED:
        raise InputError(f"{path} needs {size} bytes of {name}, which has {max(there, 0)}: copy it again")
    return max(there, 0)


def _sources(path: Path, dataset: h5py.Dataset) -> set[tuple[str, str]]:
    found = set()
    with reading(path):
        settings = dataset.id.get_create_plist()
        count = settings.get_virtual_count()
        if count > _MOST_SOURCES:
            raise InputError(f"{path}: {dataset.name} has {count} sources, more than {_MOST_SOURCES}")
        for k in range(count):
            found.add((settings.get_virtual_filename(k), settings.get_virtual_dsetname(k)))
    return found


def _stored_in(path: Path, filename: str, name: str, dataset: h5py.Dataset, depth: int) -> int:
    if filename == ".":
        return _stored_at(path, dataset.file, name, depth)
    if "%" in filename or "%" in name:
        raise InputError(
            f"{path}: {dataset.name} takes its values from files numbered as {filename}, which is not read: "
            "copy it into one file (h5repack)"
        )
    target = beside(path, filename)
    with reading(target), h5py.File(target, "r") as file:
        return _stored_at(target, file, name, depth)


def _stored_at(path: Path, file: h5py.File, name: str, depth: int) -> int:
    for link in _links_on(file, name):
        if isinstance(link, h5py.ExternalLink):
            beside(path, link.filename)
            raise InputError(f"{path}: {name} is a link to {link.filename}: link to that file itself")
    with reading(path):
        found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        raise InputError(f"{path} holds no data set {name}, which another file takes values from: repair it")
    return check_sources(path, found, depth + 1)


def _links_on(file: h5py.File, name: str) -> Iterator[object]:
    """The links along a path, as far as groups of this file go."""
    at: object = file
    for part in [p for p in name.split("/") if p]:
        if not isinstance(at, h5py.Group):
            return
        link = at.get(part, getlink=True)
        yield link
        if isinstance(link, h5py.ExternalLink):
            return
        if isinstance(link, h5py.SoftLink):
            yield from _links_on(file, link.path)
        at = at.get(part)
