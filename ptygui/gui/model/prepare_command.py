"""The command line that prepares a scan as the window does."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ptygui.files.layout.layout import Layout
from ptygui.files.layout.quantity import LENGTHS, typed
from ptygui.options import flag_of
from ptygui.physics.orientation import Orientation
from ptygui.prepare.preparation import Preparation

_SETS = ("probe", "mask", "dark")  # fields of a layout whose flag ends in -path: the plain one means a file


def prepare_command(path: str, reading: dict[str, Any], preparation: Preparation) -> str:
    """`ptygui prepare` of a scan with all flags that differ from their defaults, quoted for the shell.

    Parameters
    ----------
    path : str
    reading : dict
        Keywords of `files.scans.read_scan`. A probe that is an array has no file: it is written as FILE.
    preparation : Preparation
    """
    words = ["ptygui", "prepare", path, *reading_flags(reading)]
    for name, value in preparation.changed().items():
        words += _said(flag_of(name), str(value))
    words += ["--out", str(prepared_path(path))]
    return command_line(words)


def command_line(words: Sequence[str]) -> str:
    """A command quoted for the shell of this system."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def prepared_path(path: str) -> Path:
    """Where a prepared scan is written unless another place is chosen: beside the file."""
    file = Path(path)
    return file.with_name(f"{file.name.split('.')[0]}-prepared.h5")


def reading_flags(reading: Mapping[str, Any]) -> list[str]:
    """The flags that say how a scan is read, without those of its preparation."""
    flags: list[str] = []
    for name, flag in (("metadata", "--metadata"), ("pixel_size_m", "--pixel-size")):
        if reading.get(name) is not None:
            flags += _said(flag, str(reading[name]))
    if reading.get("zero_frequency", "auto") != "auto":
        flags += ["--zero-frequency", reading["zero_frequency"]]
    if reading.get("allow_links"):
        flags.append("--allow-links")
    probe = reading.get("probe")
    if probe is not None:
        flags += ["--probe", probe if isinstance(probe, str) else "FILE"]
    turns = Orientation(*(bool(reading.get(n)) for n in ("swap_axes", "flip_rows", "flip_columns")))
    if turns:
        flags += ["--orientation", turns.name]
    return flags + _layout_flags(reading.get("layout") or Layout())


def _layout_flags(layout: Layout) -> list[str]:
    flags: list[str] = []
    for name, text in layout.asdict().items():
        if name == "pixel_size":  # the flag takes metres only
            size = typed(text, LENGTHS, "pixel size")
            flags += ["--pixel-size", "METRES" if size is None else repr(size)]
        else:
            flags += _said(flag_of(name) + ("-path" if name in _SETS else ""), text)
    return flags


def _said(flag: str, value: str) -> list[str]:
    """A flag with its value; one that begins with a dash would be taken for a flag."""
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]
