"""The parts of all model cards: the README.md of a model folder, written from its description."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ptygui.errors import InputError
from ptygui.files.unreadable import what_is_wrong
from ptygui.networks.channels import Channels

HELD_OUT = "Held out: the lower right block, 128 rows by 40 % of the columns, of every image of at least"

_LARGEST_NOTICE = 100_000  # characters
_SHOWN = 8  # rows of the table of losses


def assembled(parts: list[str], said: dict[str, Any]) -> str:
    """A card's text: its parts, each paragraph wrapped, then the command and the notice on the data."""
    if said.get("command"):
        parts = [*parts, f"## Made by\n\n```\n{said['command']}\n```"]
    if said.get("notice"):
        parts = [*parts, f"## Notice on the data\n\n{said['notice'].strip()}"]
    wrapped = (part if "\n" in part else textwrap.fill(part, 110) for part in parts if part)
    return "\n\n".join(wrapped) + "\n"


def read_notice(path: str) -> str:
    """The text of a notice file, or nothing for an empty path."""
    if not path:
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"notice {path} cannot be read ({what_is_wrong(error)}): expected a text file in UTF-8"
        ) from error
    if len(text) > _LARGEST_NOTICE:
        raise InputError(f"notice {path} has {len(text)} characters, expected at most {_LARGEST_NOTICE}")
    return text


def data_lines(said: dict[str, Any], options: dict[str, Any]) -> list[str]:
    """The section on the data, common to all: the training data and their proportions."""
    lines = ["## Data", "", *(f"- `{name}`" for name in said.get("data", []))]
    if options.get("data_weights"):
        lines += ["", f"Drawn in the proportions {options['data_weights']}."]
    return lines


def numbers(channels: Channels, network: str, said: dict[str, Any], rows: Mapping[str, Iterable[Any]]) -> str:
    """The section of numbers; `rows` are those of one kind of network, by the row that they follow."""
    c, hours = channels, said.get("hours", 0)
    every = [
        ("network", network),
        ("amplitude", f"{c.amplitude_centre:.4f} + {c.amplitude_scale:.4f} x0"),
        ("phase [rad]", f"{c.phase_centre:.4f} + {c.phase_scale:.4f} x1"),
        ("steps", said.get("steps")),
        ("samples", said.get("samples")),
        ("hours", f"{hours:.2f} on {said.get('device')}, {said.get('threads')} thread(s)"),
        ("seed", said.get("seed")),
    ]
    shown = [row for one in every for row in (one, *rows.get(one[0], ()))]
    return "\n".join(["## Numbers", "", "| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in shown)])


def losses(
    title: str, head: Sequence[str], rows: Iterable[tuple[dict[str, Any], Sequence[str]]], said: str = ""
) -> str:
    """A section with a table of validations, thinned to a few rows, always with the last."""
    rows = list(rows)
    every = -(-len(rows) // _SHOWN)
    shown = [["step", "minutes", *head]]
    shown += [[str(e["step"]), f"{e['minutes']:.0f}", *values] for e, values in rows[::-1][::every][::-1]]
    first, *others = (f"| {' | '.join(row)} |" for row in shown)
    ruler = "|---" * len(shown[0]) + "|"
    return "\n".join([f"## {title}", "", *([said, ""] if said else []), first, ruler, *others])
