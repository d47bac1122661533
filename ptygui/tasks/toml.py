"""TOML as specs have it: numbers, texts, lists of them, and tables one level deep."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptygui.errors import InputError

_LARGEST = 2**20  # bytes


def toml_text(values: Mapping[str, Any]) -> str:
    """Values as TOML, tables last; what is None or an empty table is left out."""
    plain = [(name, value) for name, value in values.items() if not isinstance(value, Mapping)]
    tables = [(name, value) for name, value in values.items() if isinstance(value, Mapping) and value]
    lines = [f"{name} = {_value(value)}" for name, value in plain if value is not None]
    for name, table in tables:
        lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The content of a TOML file.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        if Path(path).stat().st_size > _LARGEST:
            raise InputError(
                f"{path} has more than {_LARGEST} bytes, which no spec has: is it the right file?"
            )
        return tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        said = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read as TOML ({said}): check the file") from None


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
