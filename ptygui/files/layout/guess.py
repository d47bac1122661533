"""Guesses what is where in a file of an unknown layout: ranked candidates, each with the reasons."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ptygui.files.arrays import Arrays, Entry
from ptygui.files.layout.layout import Layout
from ptygui.files.layout.quantity import ENERGIES, LENGTHS, PIXELS
from ptygui.files.layout.sources import open_source

_SMALLEST_FRAME = 8  # px
_NAMES = {
    "patterns": r"dp|diff|frame|pattern|ptychogram|^data|data$|image|intens|detector|exposure|counts",
    "positions": r"pos|encoder|translation|scan|coord|point|motor|stage|location",
    "probe": r"probe|illum|^prb|beam|pupil",
    "mask": r"mask|bad|good|valid|weight|dead",
}
_NOT = {"patterns": r"mask|flat|dark|obj|probe|reference", "probe": r"obj|sample|truth|image"}
_NUMBERS = {  # names of numbers, in the order in which they are taken; the unit may be at the end of the name
    "energy": r"energy|photon_e|accel|voltage|kv$",
    "wavelength": r"wave|lambda|wvl|^lam(_|$)",
    "pixel_size": r"(obj|sample|recon).*(pixel|psize|px)|^dx$|^dxp$",
    "detector_pixel": (
        r"(det|ccd|cam).*(pixel|psize|pitch|px)|^[xy]?_?pixel_?(size|width|height|pitch)|psize|dxd|pitch"
    ),
    "distance": r"dist|^zo$|^z$|det.*z|z_m$|camera_?length|propag",
}
_TYPED = {"step": r"step|scan_?(size|spacing)|spacing", "rotation": r"rot|angle"}  # given as values
_OF_NAME = {  # a unit at the end of a name
    "energy": (("kev", "keV"), ("ev", "eV"), ("kv", "keV")),
    "rotation": (("deg", "deg"), ("degrees", "deg"), ("rad", "rad")),
    "": (
        ("_m", "m"),
        ("_px", "px"),
        ("_mm", "mm"),
        ("_um", "um"),
        ("_nm", "nm"),
        ("_a", "A"),
        ("_angstrom", "A"),
    ),
}
_X = re.compile(r"(^|[^a-z])(x|col|fast)|x$|col(umn)?s?$", re.IGNORECASE)
_Y = re.compile(r"(^|[^a-z])(y|row|slow)|y$|rows?$", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """What a data set may be: `what` is a field of `Layout`, with its text and the reasons."""

    what: str
    text: str
    score: float
    why: str
    more: Mapping[str, str] = field(default_factory=dict)  # other fields that go with it


@dataclass(frozen=True)
class Guess:
    """A guessed layout; the candidates for each field, the best first; and what is missing."""

    layout: Layout
    candidates: Mapping[str, tuple[Candidate, ...]]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why each field of the layout is as it is."""
        chosen = (found[0] for found in self.candidates.values() if found)
        return tuple(f"{c.what.replace('_', ' ')} {c.text}: {c.why}" for c in chosen)

    @property
    def missing(self) -> tuple[str, ...]:
        """What a reconstruction needs, or needs to give lengths, and the guess does not know."""
        layout, lacks = self.layout, []
        if not layout.patterns:
            lacks.append("patterns")
        if not layout.positions and not layout.step:
            lacks.append("positions (--positions, or --step for a grid)")
        elif layout.positions and not layout.positions_unit:
            lacks.append("unit of the positions (--positions-unit)")
        pixel = layout.pixel_size or (
            (layout.energy or layout.wavelength) and layout.distance and layout.detector_pixel
        )
        if not pixel:
            lacks.append("energy, distance and detector pixel, or the object's pixel size")
        return tuple(lacks)


def guess_layout(path: Path, allow_links: bool = False) -> Guess:
    """Guess the layout of a file from the shapes, types, names and units of what is in it.

    Nothing is loaded but numbers. Where a unit is not said, the field is left to be asked for.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    with open_source(path, allow_links) as arrays:
        entries = [entry for entry in arrays.entries.values() if entry.numeric]
        found: dict[str, tuple[Candidate, ...]] = {"patterns": _ranked(_patterns(entries))}
        layout = Layout()
        if found["patterns"]:
            best = found["patterns"][0]
            layout = replace(layout, patterns=best.text, **best.more)
            shape = arrays.entries[best.text].shape
            count, frame = _frames(shape, layout.axes)
            others = [entry for entry in entries if entry.name != best.text]
            found["positions"] = _ranked(_positions(others, arrays, count))
            found["probe"] = _ranked(_probes(others, frame))
            found["mask"] = _ranked(_masks(others, frame))
        for name in _NUMBERS:
            found[name] = _ranked(_numbers(arrays, name))
        if "i" in layout.axes and not found.get("positions"):
            for name in _TYPED:
                found[name] = _ranked(_values(arrays, name))
        taken: set[str] = set()
        for name, ranked in found.items():
            if name != "patterns" and ranked and ranked[0].text not in taken:
                layout = replace(layout, **{name: ranked[0].text}, **ranked[0].more)
                taken.add(ranked[0].text)
    return Guess(layout, {name: ranked for name, ranked in found.items() if ranked})


def _ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(candidates, key=lambda c: -c.score))


def _like(kind: str, entry: Entry) -> bool:
    return bool(re.search(_NAMES[kind], entry.title)) and not re.search(_NOT.get(kind, "$^"), entry.title)


def _patterns(entries: list[Entry]) -> Iterable[Candidate]:
    for entry in entries:
        axes = _axes(entry.shape)
        if not axes or entry.dtype.kind not in "iuf":
            continue
        count, frame = _frames(entry.shape, axes)
        if count < 2 or min(frame) < _SMALLEST_FRAME:
            continue
        why = [f"{count} frames of {frame[0]} x {frame[1]}"]
        score = math.log10(count * frame[0] * frame[1])
        if frame[0] == frame[1]:
            score += 1
        if entry.dtype.kind in "iu":
            score += 1
            why.append("whole numbers")
        if _like("patterns", entry):
            score += 3
            why.append("by its name")
        if re.search(_NOT["patterns"], entry.title):
            score -= 3
        yield Candidate("patterns", entry.name, score, ", ".join(why), {"axes": axes})


def _axes(shape: tuple[int, ...]) -> str:
    """The likely order of axes of patterns; empty if there is none."""
    if len(shape) == 4:
        return "1kyx" if shape[0] == 1 else "ijyx"
    if len(shape) == 3:
        return "yxk" if shape[0] == shape[1] != shape[2] else "kyx"
    return ""


def _frames(shape: tuple[int, ...], axes: str) -> tuple[int, tuple[int, int]]:
    sizes = dict(zip(axes, shape, strict=True))
    return math.prod(sizes.get(letter, 1) for letter in "kij"), (sizes["y"], sizes["x"])


def _positions(entries: list[Entry], arrays: Arrays, count: int) -> Iterable[Candidate]:
    tables = [e for e in entries if _is_table(e.shape, count) and e.dtype.kind in "iuf"]
    for entry in tables:
        why, score = [f"{' x '.join(map(str, entry.shape))} numbers for {count} frames"], 2.0
        if _like("positions", entry):
            score += 3
            why.append("by its name")
        yield Candidate("positions", entry.name, score, ", ".join(why), _unit(entry, arrays))
    lists = [e for e in entries if math.prod(e.shape) == count and e.dtype.kind in "iuf"]
    for x in lists:
        for y in lists:
            if x is y or not _X.search(x.title) or not _Y.search(y.title) or _pattern(x) != _pattern(y):
                continue
            said = f"two lists of {count} numbers, x and y by their names"
            score = 4.5 + bool(_like("positions", x)) - 0.01 * len(x.name)
            more = {**_unit(x, arrays), "positions_axes": "xy"}
            yield Candidate("positions", f"{x.name},{y.name}", score, said, more)


def _pattern(entry: Entry) -> str:
    """A name without what tells x from y."""
    return re.sub(r"x|y|col(umn)?s?|rows?|fast|slow", "", entry.name.lower())


def _is_table(shape: tuple[int, ...], count: int) -> bool:
    return shape in ((count, 2), (count, 3), (2, count), (3, count)) or (
        len(shape) == 3 and shape[-1] in (2, 3) and shape[0] * shape[1] == count
    )


def _unit(entry: Entry, arrays: Arrays) -> dict[str, str]:
    about = arrays.attrs.get(entry.name, {})
    unit = str(about.get("units") or about.get("unit") or "")
    if unit in LENGTHS or unit.lower() in PIXELS:
        return {"positions_unit": unit}
    if re.search(r"(_|\b)(px|pixels?)$", entry.title):
        return {"positions_unit": "px"}
    unit = _unit_of_name(entry.title, "")
    return {"positions_unit": unit} if unit else {}


def _probes(entries: list[Entry], frame: tuple[int, int]) -> Iterable[Candidate]:
    for entry in entries:
        if len(entry.shape) < 2 or not entry.complex or re.search(_NOT["probe"], entry.title):
            continue
        same = entry.shape[-2:] == frame
        named = _like("probe", entry)
        if not same and not named:
            continue
        why = ["complex", *(["as large as a frame"] if same else []), *(["by its name"] if named else [])]
        yield Candidate("probe", entry.name, 1.0 + 2 * same + 2 * named, ", ".join(why))


def _masks(entries: list[Entry], frame: tuple[int, int]) -> Iterable[Candidate]:
    for entry in entries:
        named = _like("mask", entry)
        if entry.shape != frame or entry.dtype.kind not in "biu" or not (named or entry.dtype == bool):
            continue
        good = re.search(r"good|valid|weight", entry.title)
        bad = re.search(r"bad|dead", entry.title)
        more = {"mask_good": "nonzero"} if good else {"mask_good": "zero"} if bad else {}
        yield Candidate("mask", entry.name, 1.0 + 2 * named, "as large as a frame, by its name", more)


def _numbers(arrays: Arrays, name: str) -> Iterable[Candidate]:
    """Numbers, also attributes (as NAME@ATTRIBUTE), whose name says what they are."""
    units = ENERGIES if name == "energy" else LENGTHS
    for place, (text, title, unit, _) in enumerate(_named_numbers(arrays)):
        if _first_match(title) != name:
            continue
        unit = unit or _unit_of_name(title, name)
        if unit in units:  # else it is asked for
            volts = name == "energy" and re.search(r"volt|kv$|accel", title)
            more = {"beam": "electrons"} if volts else {}
            yield Candidate(name, f"{text} {unit}", 1.0 - 0.001 * place, "by its name", more)


def _values(arrays: Arrays, name: str) -> Iterable[Candidate]:
    """The step of a grid, or its rotation, from an attribute of that name."""
    for text, title, unit, value in _named_numbers(arrays):
        unit = unit or _unit_of_name(title, "rotation" if name == "rotation" else "")
        if re.search(_TYPED[name], title) and value is not None and unit:
            yield Candidate(name, f"{text} {unit}", 1.0, f"by its name, {value:g} {unit}")


def _named_numbers(arrays: Arrays) -> list[tuple[str, str, str, float | None]]:
    """Every number: its place, its name in lower case, its units, and its value if it is an attribute."""
    listed: list[tuple[str, str, str, float | None]] = [
        (entry.name, entry.title, str(arrays.attrs.get(entry.name, {}).get("units", "")), None)
        for entry in arrays.entries.values()
        if math.prod(entry.shape) == 1 and entry.dtype.kind in "iuf"
    ]
    for of, about in arrays.attrs.items():
        numbers = [(key, value) for key, value in about.items() if _is_number(value)]
        listed += [(f"{of}@{key}", key.lower(), "", float(value)) for key, value in numbers]
    return listed


def _first_match(title: str) -> str:
    return next((name for name, pattern in _NUMBERS.items() if re.search(pattern, title)), "")


def _unit_of_name(title: str, name: str) -> str:
    found = [unit for end, unit in _OF_NAME.get(name, _OF_NAME[""]) if title.endswith(end)]
    return found[0] if found else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
