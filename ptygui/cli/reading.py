"""Flags that say how to interpret a scan file, and the scan that they give."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ptygui.cli.flags import add_options, given
from ptygui.prepare.preparation import Preparation

if TYPE_CHECKING:
    from ptygui.scan import Scan

READING: dict[str, dict[str, Any]] = {
    "--metadata": {"metavar": "FILE", "help": "the file of positions and probe, if separate"},
    "--probe": {"metavar": "FILE", "help": "use this probe instead of the scan's: PATH[::KEY]"},
    "--use-object": {
        "choices": ("no", "truth", "start"),
        "default": "no",
        "help": "how to use an object in the scan file (default: no)",
    },
    "--pixel-size": {"type": float, "metavar": "METRES", "help": "object pixel size, if missing in the file"},
    "--zero-frequency": {
        "choices": ("auto", "centre", "corner"),
        "default": "auto",
        "help": "where it is in the patterns (default: auto)",
    },
    "--allow-links": {"action": "store_true", "help": "follow links to other files in the scan's folder"},
    "--swap-axes": {"action": "store_true", "help": "exchange rows and columns of the positions"},
    "--flip-rows": {"action": "store_true", "help": "reverse the rows of the positions"},
    "--flip-columns": {"action": "store_true", "help": "reverse the columns of the positions"},
}
_TURNS = ("swap_axes", "flip_rows", "flip_columns")


def add_reading(parser: ArgumentParser, skip: Sequence[str] = ()) -> None:
    """Add the flags, without those that mean something else in the command: they are at their defaults."""
    group = parser.add_argument_group("reading the scan")
    for flag, settings in READING.items():
        if flag not in skip:
            group.add_argument(flag, **settings)
    skipped = tuple(flag[2:].replace("-", "_") for flag in skip)
    parser.set_defaults(not_reading=skipped)
    add_options(parser, Preparation, skip=skipped)


def read(args: Namespace) -> "Scan":
    """The scan of `args.scan`."""
    from ptygui.files.probes import read_probe
    from ptygui.files.scans import read_scan

    probe = read_probe(args.probe) if args.probe else None
    return read_scan(
        args.scan,
        probe=None if probe is None else probe.probe,
        use_object="truth" if args.use_object == "truth" else "no",
        **{name: getattr(args, name) for name in _TURNS},
        **_how(args),
    ).noted(*(() if probe is None else probe.notes))


def reading_given(args: Namespace) -> dict[str, Any]:
    """The flags that were given, by name."""
    defaults = {flag[2:].replace("-", "_"): how.get("default", False) for flag, how in READING.items()}
    found = {name: getattr(args, name, None) for name in defaults}
    found = {name: value for name, value in found.items() if value not in (None, defaults[name])}
    return found | _preparation(args)


def start_of(args: Namespace) -> np.ndarray | None:
    """The object in the scan file, if it is to be the start."""
    from ptygui.files.scans import read_start

    return read_start(args.scan, **_how(args)) if args.use_object == "start" else None


def turned(args: Namespace) -> bool:
    """Whether the positions are transformed."""
    return any(getattr(args, name) for name in _TURNS)


def inputs(args: Namespace) -> tuple[str | None, ...]:
    """Every file that is read, which no output may replace."""
    from ptygui.files.scans import files_beside

    chosen = _preparation(args)
    masks = chosen.get("mask"), chosen.get("dark")
    return args.scan, args.metadata, *map(str, files_beside(args.scan)), args.probe, *masks


def _how(args: Namespace) -> dict[str, Any]:
    how = {"pixel_size_m": args.pixel_size, "zero_frequency": args.zero_frequency}
    how |= {"metadata": args.metadata, "allow_links": args.allow_links}
    return how | {"preparation": Preparation(**_preparation(args))}


def _preparation(args: Namespace) -> dict[str, Any]:
    return given(args, Preparation, skip=args.not_reading)
