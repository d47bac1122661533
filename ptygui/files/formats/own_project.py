"""Recognises ptygui's project file; `files.project` reads and writes it."""

from ptygui.files.formats.base import Contents, Format
from ptygui.files.hdf5 import Hdf5

MARK = "ptygui project"


def is_project(found: Contents) -> bool:
    """Whether a project was written to the file."""
    return isinstance(found, Hdf5) and found.attrs.get("format") == MARK


FORMAT: Format = Format("project", MARK, "project", is_project, (".ptygui",))
