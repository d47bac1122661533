"""Scans of ptycho_pmace: a folder of one TIFF per frame, and a table of positions in pixels."""

import re
from pathlib import Path

from ptygui.errors import InputError
from ptygui.files import patterns_on_disk
from ptygui.files.amplitudes import as_counts
from ptygui.files.formats.base import Contents, Format
from ptygui.files.images import read_image
from ptygui.files.measured import Measured
from ptygui.files.patterns_on_disk import FramesInFiles
from ptygui.files.table import read_table

_FRAME = re.compile(r"frame_data_(\d+)\.tiff?", re.IGNORECASE)
_TABLES = ("Translations.tsv.txt", "translations.tsv.txt", "Translations.tsv")
_COLUMNS = ("FCy", "FCx")  # row and column of the centre of a patch


def is_pmace(found: Contents) -> bool:
    """Whether a folder holds such frames and their table."""
    return (
        isinstance(found, Path) and found.is_dir() and _table_in(found) is not None and bool(_frames(found))
    )


def read_pmace(path: Path) -> Measured:
    """Read the frames in the order of their numbers, and the centre of each patch in pixels."""
    table = _table_in(path)
    if table is None:
        raise InputError(f"{path} holds no {_TABLES[0]}: positions are missing")
    values, header = read_table(table)
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise InputError(f"{table} has no column {' and no '.join(missing)}; it has {', '.join(header)}")
    positions = values[:, [header.index(name) for name in _COLUMNS]]
    frames = _frames(path)
    if len(frames) != len(positions):
        raise InputError(
            f"{path} holds {len(frames)} frames and {len(positions)} positions: expected one each"
        )
    first = read_image(frames[0], exact=True).values[0]
    images = FramesInFiles(frames, first, lambda frame: read_image(frame, exact=True).values[0])
    patterns, said = as_counts(images if patterns_on_disk.large(images.size) else images[:])
    notes = (said, "FCx and FCy are pixels; the folder states no pixel size, wavelength or distance")
    return Measured(path, patterns, positions, notes=notes)


def _table_in(folder: Path) -> Path | None:
    return next((folder / name for name in _TABLES if (folder / name).is_file()), None)


def _frames(folder: Path) -> list[Path]:
    found = ((m, p) for p in folder.iterdir() if (m := _FRAME.fullmatch(p.name)))
    return [path for _, path in sorted((int(m[1]), path) for m, path in found)]


FORMAT: Format = Format("pmace", "folder of ptycho_pmace", "scan", is_pmace, (), read_pmace)
