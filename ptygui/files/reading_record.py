"""How a scan was read, as plain values for JSON, and back: so that a project can read its file again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptygui.errors import InputError
from ptygui.files.layout.layout import Layout
from ptygui.files.measured import ESTIMATE
from ptygui.prepare.preparation import Preparation

_PLAIN: dict[str, type | tuple[type, ...]] = {  # keywords of `read_scan` that are stored unchanged
    "pixel_size_m": float, "zero_frequency": str, "allow_links": bool, "swap_axes": bool,
    "flip_rows": bool, "flip_columns": bool,
}  # fmt: skip


def recorded(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values of keywords of `files.scans.read_scan`; a probe that is an array is left out."""
    said = {name: reading[name] for name in _PLAIN if reading.get(name)}
    if reading.get("metadata"):
        said["metadata"] = str(Path(reading["metadata"]).absolute())
    if isinstance(reading.get("probe"), str):
        said["probe"] = reading["probe"]
    for name in ("layout", "preparation"):
        values = reading.get(name)
        if isinstance(values, Layout):
            said[name] = values.asdict()
        elif isinstance(values, Preparation) and values.changed():
            said[name] = values.changed()
    return said


def reading_of(said: Any) -> dict[str, Any]:
    """The keywords of plain values.

    Raises
    ------
    InputError
        If they are none that `recorded` gives.
    """
    if not isinstance(said, dict):
        raise InputError(f"how the scan was read is {type(said).__name__}, expected names with values")
    found: dict[str, Any] = {}
    for name, value in said.items():
        kind = {"metadata": str, "probe": str, **_PLAIN}.get(name, dict)
        if name not in (*_PLAIN, "metadata", "probe", "layout", "preparation") or not isinstance(value, kind):
            raise InputError(f"how the scan was read has {name} as {value!r}, which is not known")
        found[name] = value
    if found.get("probe", ESTIMATE) != ESTIMATE:
        raise InputError(f"the probe of the scan is {found['probe']!r}, expected {ESTIMATE}")
    if "layout" in found:
        found["layout"] = Layout.of(found["layout"])
    if "preparation" in found:
        found["preparation"] = Preparation.read(found["preparation"])
    return found
