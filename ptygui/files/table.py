"""Tables of numbers in text: CSV, TSV, or columns between spaces, with or without a line of names."""

import re
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.limits import existing, reading

LARGEST = 64 * 2**20  # bytes of a table

_BETWEEN = re.compile(r"[,;\t ]+")


def read_table(path: str | PathLike[str]) -> tuple[np.ndarray, list[str]]:
    """Read a table.

    Returns
    -------
    values : float64 array, shape (rows, columns)
    header : list of str
        Names of the columns; empty if the file has none.

    Raises
    ------
    InputError
        If it is too large, or a line does not hold as many numbers as the others; names the line.
    """
    path = existing(path)
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path} is larger than {LARGEST / 2**20:.0f} MiB: expected a table of positions")
    with reading(path):
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    rows: list[list[float]] = []
    header: list[str] = []
    for number, line in enumerate(lines, 1):
        words = [word for word in _BETWEEN.split(line.strip().lstrip("#").strip()) if word]
        if not words:
            continue
        values = _numbers(words)
        if values is None:
            if rows and not line.lstrip().startswith("#"):
                raise InputError(f"{path}, line {number}: expected numbers, found {line.strip()[:60]!r}")
            header = words if not rows else header
            continue
        if rows and len(values) != len(rows[0]):
            raise InputError(
                f"{path}, line {number}: {len(values)} numbers, expected {len(rows[0])} as in the other lines"
            )
        rows.append(values)
    if not rows:
        raise InputError(f"{path} holds no table of numbers")
    if len(header) != len(rows[0]):
        header = []
    return np.array(rows, np.float64), header


def _numbers(words: list[str]) -> list[float] | None:
    try:
        return [float(word) for word in words]
    except ValueError:
        return None
