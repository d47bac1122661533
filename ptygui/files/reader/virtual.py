"""Virtual HDF5 datasets: whether all their values come from somewhere."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import h5py

from ptygui.errors import InputError


def check_virtual(
    path: Path,
    dataset: h5py.Dataset,
    source_of: Callable[[str, str], h5py.Dataset | None],
    inside: Callable[[str], Path],
) -> None:
    """Refuse a virtual dataset that would be filled with zeros: a source is missing, too small, or unmapped.

    Parameters
    ----------
    path : Path
    dataset : Dataset
        A virtual one.
    source_of : function of a file name and the name of a dataset to Dataset or None
        The source, checked in the same way.
    inside : function of a file name to Path
    """
    mapped, known = 0, True
    needed: dict[tuple[str, str], tuple[int, ...]] = {}
    for source in dataset.virtual_sources():
        try:
            points = source.vspace.get_select_npoints()
            mapped += points
            if source.src_space.get_select_type() == h5py.h5s.SEL_ALL:
                ends: tuple[int, ...] = (points,)  # of all, however they are arranged
            else:
                ends = tuple(int(n) + 1 for n in source.src_space.get_select_bounds()[1])
        except (RuntimeError, ValueError, TypeError, OverflowError):  # without limit: as much as there is
            known, ends = False, ()
        for file_name in _blocks(path, dataset.name, source.file_name, inside):
            key = file_name, source.dset_name
            before = needed.get(key, ends)
            needed[key] = tuple(map(max, before, ends)) if len(before) == len(ends) else ends
    for (file_name, name), ends in needed.items():
        if file_name != ".":
            _require(path, dataset.name, file_name, inside(file_name))
        found = source_of(file_name, name)
        if found is None:
            raise InputError(
                f"{path}: {dataset.name} takes values from {name} of {file_name}, which does not hold it: "
                f"HDF5 would "
                "read zeros; copy the right file next to it"
            )
        shape = found.shape or ()
        have = shape if len(ends) == len(shape) else (math.prod(shape),)
        if any(n < need for n, need in zip(have, ends, strict=False)):
            raise InputError(
                f"{path}: {dataset.name} takes {' x '.join(map(str, ends))} values from {name} of "
                f"{file_name}, which has "
                f"{found.shape}: "
                "HDF5 would read zeros; is the acquisition finished, the copy complete?"
            )
    total = math.prod(dataset.shape or ())
    if known and mapped < total:
        raise InputError(
            f"{path}: of the {total} values of {dataset.name} {total - mapped} come from no file and would "
            f"be read as "
            "zeros: write the file again"
        )


def _blocks(path: Path, dataset: str, name: str, inside: Callable[[str], Path]) -> list[str]:
    """The files that a name stands for: one, or those numbered in place of %b, without a gap."""
    if "%b" not in name:
        return [name]
    pattern = re.compile(re.escape(name).replace("%b", r"(\d+)"))
    folder = inside(name.replace("%b", "0")).parent
    numbers = sorted(int(m[1]) for p in folder.iterdir() if (m := pattern.fullmatch(p.name)))
    gap = next((k for k in range(len(numbers) + 1) if k >= len(numbers) or numbers[k] != k), 0)
    if gap < len(numbers) or not numbers:
        _require(path, dataset, name.replace("%b", str(gap)), folder / name.replace("%b", str(gap)))
    return [name.replace("%b", str(k)) for k in numbers]


def _require(path: Path, dataset: str, name: str, target: Path) -> None:
    if not target.is_file():
        raise InputError(
            f"{path}: {dataset} takes values from {name}, which is missing, so that they would be read as "
            f"zeros: "
            f"copy it next to {path.name}"
        )
