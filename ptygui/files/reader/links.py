"""Follows what an HDF5 file keeps in other files to the end, and never out of its folder."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import h5py

from ptygui.errors import InputError
from ptygui.files.limits import reading
from ptygui.files.reader.filters import check_filters
from ptygui.files.reader.virtual import check_virtual

_DEEPEST = 8  # virtual data sets of virtual data sets


def inside(path: Path, filename: str) -> Path:
    """The path of a file that `path` links to, if it lies in the same folder; links of the disk count."""
    target = (path.parent / filename).resolve()
    if target.parent != path.parent.resolve():
        raise InputError(f"{path} links to {filename}, outside its own folder: copy that file next to it")
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
        return sum(_raw(path, dataset.name, *piece) for piece in dataset.external)
    if not dataset.is_virtual:
        return int(dataset.id.get_storage_size())
    if depth == _DEEPEST:
        raise InputError(f"{path}: {dataset.name} is virtual through more than {_DEEPEST} files: repair it")
    stored = 0
    with ExitStack() as stack, reading(path):

        def source_of(filename: str, name: str) -> h5py.Dataset | None:
            nonlocal stored
            at, file = path, dataset.file
            if filename != ".":
                at = inside(path, filename)
                file = stack.enter_context(h5py.File(at, "r"))
            found = _dataset_at(at, file, name)
            if found is not None:
                stored += check_sources(at, found, depth + 1)
            return found

        check_virtual(path, dataset, source_of, lambda filename: inside(path, filename))
    return stored


def _raw(path: Path, dataset: str, name: str, offset: int, size: int) -> int:
    target = inside(path, name)
    if not target.is_file():
        raise InputError(
            f"{path}: {dataset} takes values from {name}, which is missing: copy it next to {path.name}"
        )
    there = max(target.stat().st_size - offset, 0)
    if there < size and size != h5py.h5f.UNLIMITED:
        raise InputError(
            f"{path}: {dataset} needs {size} bytes of {name}, which holds {there}: copy it again"
        )
    return there


def _dataset_at(path: Path, file: h5py.File, name: str) -> h5py.Dataset | None:
    for link in _links_on(file, name):
        if isinstance(link, h5py.ExternalLink):
            raise InputError(f"{path}: {name} is a link to {link.filename}: take the values from that file")
    found = file.get(name)
    return found if isinstance(found, h5py.Dataset) else None


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
