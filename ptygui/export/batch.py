"""Writes several files at once, and the record of them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ptygui.errors import InputError
from ptygui.export.exported import Exported
from ptygui.files.about import write_record

Writer = Callable[[], list[Path]]


def write_all(writers: Mapping[Path, Writer]) -> list[Path]:
    """Write to every target; if one cannot be written, the others are written nevertheless.

    Raises
    ------
    InputError
        If one could not be written; it says what was.
    """
    written: list[Path] = []
    problems = []
    for path, write in writers.items():
        try:
            written += write()
        except InputError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{path} cannot be written ({error.strerror or error}): choose another folder")
    if problems:
        said = f". Written: {', '.join(path.name for path in written)}" if written else ""
        raise InputError("; ".join(problems) + said)
    return written


def recorded(path: Path, exported: Exported, files: Iterable[Path]) -> Path:
    """Write the record of files to a path."""
    return write_record(path, list(files), exported.pixel_size_m, exported.about)
