"""A file format as a newcomer would add it: one module, whose `FORMAT` goes into the list."""

import json
from pathlib import Path

import numpy as np

from ptygui.files.formats.base import Contents, Format
from ptygui.files.measured import Measured

MARK = "TOY SCAN\n"


def is_toy(found: Contents) -> bool:
    if not isinstance(found, Path):
        return False
    with open(found, "rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def write_toy(path, scan):
    said = {"patterns": scan.patterns.tolist(), "positions": scan.positions.tolist()}
    path.write_text(MARK + json.dumps(said))
    return path


def beside(path: Path) -> Path | None:
    return path.with_suffix(".probe") if path.suffix == ".toy" else None


def read_toy(path: Path, metadata: Path | None) -> Measured:
    said = json.loads(path.read_text().removeprefix(MARK))
    notes = () if metadata is None else (f"metadata from {metadata.name}",)
    return Measured(path, np.array(said["patterns"]), np.array(said["positions"]), centred=True, notes=notes)


FORMAT = Format("toy", "toy scan", "scan", is_toy, (".toy",), read_toy, takes=("metadata",), beside=beside)
