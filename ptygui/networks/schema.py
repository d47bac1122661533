"""The schema of a model's JSON description: declared with the fields, checked in one place.

    @dataclass(frozen=True)
    class Shape:
        widths: Annotated[tuple[int, ...], Listed(Number(1, 2048, whole=True), 1, 8)]
        stem: Annotated[int, Number(1, 8, whole=True)] = 1

    shape = read_group(Shape, read_json(path), Place(path))

Files are not trusted. Every refusal is one sentence that names the file, the entry, its value, what was
expected and what to do. Entries that are not declared are tolerated: later versions may write more.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol, TypeVar, get_args, get_origin, get_type_hints

from ptygui.errors import InputError

LARGEST_JSON = 2**20  # bytes
DEEPEST = 32  # levels of nested lists and tables

_LONGEST_SHOWN = 60  # characters of a value
_REMEDY = "correct the entry, or take an earlier copy of the model"
_COUNTS = {2: "two"}

_T = TypeVar("_T")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a model folder; size and depth are checked.

    Raises
    ------
    InputError
        If the file is missing, too large, too deep or not a JSON object.
    """
    if not path.is_file():
        raise InputError(f"{path.parent} is not a model folder: {path.name} is missing")
    try:
        size = path.stat().st_size
        if size > LARGEST_JSON:
            raise InputError(
                f"{path} has {size} bytes, expected at most {LARGEST_JSON}: it is not a model description"
            )
        said = json.loads(path.read_text(encoding="utf-8"))
    except InputError:
        raise
    except RecursionError:
        raise InputError(_too_deep(path)) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not JSON: take an earlier copy of the model") from error
    if not isinstance(said, dict):
        raise InputError(
            f"{path} is {shown(said)}, expected a JSON object: take an earlier copy of the model"
        )
    level: list[Any] = [said]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise InputError(_too_deep(path))
    return said


def _too_deep(path: Path) -> str:
    return f"{path} is not JSON of a model, nested more than {DEEPEST} levels deep: take an earlier copy"


def _inside(value: Any) -> Iterator[Any]:
    """The lists and tables directly in a list or table."""
    values = value.values() if isinstance(value, dict) else value
    return (inner for inner in values if isinstance(inner, dict | list))


def shown(value: Any) -> str:
    """A value of a file, as a short text on one line."""
    if value is MISSING:
        return "missing"
    if isinstance(value, dict | list) and len(value) > _LONGEST_SHOWN:
        return f"{'values by name' if isinstance(value, dict) else 'a list'} of {len(value)} entries"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


@dataclass(frozen=True)
class Place:
    """The place of a value: the file, the entry, and what a user can do about a wrong value."""

    path: Path
    remedy: str = _REMEDY
    entry: str = ""

    def at(self, name: str) -> "Place":
        """The place of an entry inside this one."""
        name = shown(name)[1:-1]
        return replace(self, entry=f"{self.entry}.{name}" if self.entry else name)

    def refuse(self, value: Any, expected: str) -> NoReturn:
        """Raise the error for a value, in one sentence."""
        raise InputError(f"{self.path}: {self.entry} is {shown(value)}, expected {expected}: {self.remedy}")


class Kind(Protocol):
    """The allowed values of an entry; `read` returns a value in the program's form, or refuses it."""

    def read(self, value: Any, place: Place) -> Any: ...  # noqa: D102


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, so never NaN; `whole`: without fraction; `none`: or null."""

    low: float
    high: float
    whole: bool = False
    none: bool = False

    @property
    def expected(self) -> str:  # noqa: D102
        return f"{'whole number' if self.whole else 'number'}%s from {self.low:g} to {self.high:g}"

    def read(self, value: Any, place: Place) -> float | None:  # noqa: D102
        if value is None and self.none:
            return None
        good = isinstance(value, int | float) and not isinstance(value, bool)
        # Compared before anything is converted: an int may be too large for a float.
        if not good or not self.low <= value <= self.high or (self.whole and value != int(value)):
            place.refuse(value, f"a {self.expected % ''}")
        return int(value) if self.whole else float(value)


class Word:
    """One of a few words."""

    def __init__(self, *choices: str):
        self.choices = choices

    def read(self, value: Any, place: Place) -> str:  # noqa: D102
        if not isinstance(value, str) or value not in self.choices:
            *others, last = self.choices
            place.refuse(value, f"{', '.join(others)} or {last}" if others else last)
        return value


@dataclass(frozen=True)
class Text:
    """Any text of at most `longest` characters."""

    longest: int = 200

    def read(self, value: Any, place: Place) -> str:  # noqa: D102
        if not isinstance(value, str) or len(value) > self.longest:
            place.refuse(value, f"a text of at most {self.longest} characters")
        return value


@dataclass(frozen=True)
class Listed:
    """A list of `least` to `most` values of one kind, read as a tuple.

    `alike`: a single value stands for `least` of them, as in earlier files.
    """

    item: Kind
    least: int
    most: int
    alike: bool = False

    @property
    def expected(self) -> str:  # noqa: D102
        count = (
            f"{self.least} to {self.most}" if self.least < self.most else _COUNTS.get(self.least, self.least)
        )
        return f"{count} {self.item.expected % 's' if isinstance(self.item, Number) else 'values'}"

    def read(self, value: Any, place: Place) -> tuple[Any, ...]:  # noqa: D102
        if self.alike and not isinstance(value, list):
            value = [value] * self.least
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            place.refuse(value, self.expected)
        return tuple(self.item.read(v, place) for v in value)


@dataclass(frozen=True)
class Table:
    """Values by name, kept as a dict: of one kind, or checked only under the names in `known`."""

    each: Kind | None = None
    known: Mapping[str, Kind] = field(default_factory=dict)

    def read(self, value: Any, place: Place) -> dict[str, Any]:  # noqa: D102
        if not isinstance(value, dict):
            place.refuse(value, "values by name")
        if self.each is not None:
            return {name: self.each.read(v, place.at(name)) for name, v in value.items()}
        for name, kind in self.known.items():
            if name in value:
                kind.read(value[name], place.at(name))
        return value


@dataclass(frozen=True)
class Group:
    """Values by name for one dataclass, whose fields declare what they may be."""

    of: type

    def read(self, value: Any, place: Place) -> Any:  # noqa: D102
        if not isinstance(value, dict):
            place.refuse(value, f"values by name ({', '.join(declared(self.of))})")
        return read_group(self.of, value, place)


def declared(of: type) -> dict[str, tuple[Field[Any], Kind]]:
    """The fields of a dataclass that declare what they may be, by name."""
    hints = get_type_hints(of, include_extras=True)
    known = {f.name: (f, hints[f.name]) for f in fields(of)}
    return {
        name: (one, get_args(hint)[1]) for name, (one, hint) in known.items() if get_origin(hint) is Annotated
    }


def read_group(of: type[_T], said: dict[str, Any], place: Place) -> _T:
    """A dataclass from the entries of a JSON object; missing or null entries get the field's default.

    If the dataclass has a property `fault`, it describes an inconsistency, or is empty.

    Raises
    ------
    InputError
        On the first entry that is missing without a default, or is not what its field declares.
    """
    values = {}
    for name, (one, kind) in declared(of).items():
        optional = one.default is not MISSING or one.default_factory is not MISSING
        value = said.get(name, MISSING)
        if optional and (value is MISSING or (value is None and one.default is None)):
            continue
        values[name] = kind.read(value, place.at(name))
    made = of(**values)
    if fault := getattr(made, "fault", ""):
        where = f"{place.path}: {place.entry}" if place.entry else str(place.path)
        raise InputError(f"{where} {fault}: {place.remedy}")
    return made
