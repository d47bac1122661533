"""Declare a tunable once; the window, the command line and the result file read it back.

@dataclass(frozen=True)
class RPIE(Options):
    alpha: float = option(0.05, min=0, max=1, symbol="α", help="regularisation of the object step")

[o.name for o in options_of(RPIE)]   # ['alpha']
RPIE(alpha=2)                        # InputError: alpha is 2, expected at most 1
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Self, get_type_hints

from ptygui.errors import InputError

_KEY = "ptygui.option"
AUTO = "auto"


@dataclass(frozen=True)
class Option:
    """One tunable: its name, type, default and how it is shown.

    `kind` says more than the type if needed: "folder" or "file" for a path given as `str`, which may be one
    of the `suggested` words instead, "switch" for what
    is "yes", "no" or a third (see `switch`).
    `auto` says that the default stands for a value derived from the rest: shown, typed and stored as "auto".
    `share` says that the number is a fraction, which may be given as text in percent: "44%" is 0.44.
    `suggested` values are offered to choose from; others may be given. `advanced` options are folded away
    at first.
    `needs` is the name of another option, and its values with which this one has an effect.
    `was` are names in earlier versions: read in files and on the command line, see `current_names`.
    """

    name: str
    type: type
    default: Any
    help: str
    min: float | None = None
    max: float | None = None
    choices: tuple[Any, ...] = ()
    suggested: tuple[Any, ...] = ()
    unit: str = ""
    symbol: str = ""
    kind: str = ""
    auto: bool = False
    share: bool = False
    advanced: bool = False
    needs: tuple[str, tuple[Any, ...]] = ("", ())
    was: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The command line's spelling, `--num-steps` for `num_steps`."""
        return flag_of(self.name)

    @property
    def hint(self) -> str:
        """One line for a tooltip or `--help`: symbol, meaning, unit, range, default."""
        parts = [f"{self.symbol}: {self.help}" if self.symbol else self.help]
        if self.choices:
            parts.append("one of " + ", ".join(str(c) for c in self.choices))
        elif self.min is not None or self.max is not None:
            parts.append(self._range)
        elif self.unit:
            parts.append(f"in {self.unit}")
        name, values = self.needs
        if name:
            parts.append(f"only with {name.replace('_', ' ')} {' or '.join(map(shown, values))}")
        return "; ".join(parts)

    @property
    def _range(self) -> str:
        """The numbers that may be given; the least of an automatic one stands for "auto"."""
        low, high, unit = self.min, self.max, f" {self.unit}" if self.unit else ""
        if self.auto and low is not None and low == self.default:
            if self.type is float:
                most = "" if high is None else f", at most {high:g}"
                return f"auto, or more than {low:g}{most}{unit}"
            low += 1
        least = "" if low is None else f"{low:g}"
        text = f"at least {least}{unit}" if high is None else f"{least} … {high:g}{unit}"
        return f"auto, or {text}" if self.auto else text

    def kept(self, value: Any) -> Any:
        """A value of this option as stored in files: "auto" for the value that stands for it."""
        return AUTO if self.auto and value == self.default else value

    def shown(self, value: Any) -> str:
        """A value of this option for display."""
        return shown(self.kept(value))

    def check(self, value: Any) -> Any:
        """Return `value` in the option's type, or raise `InputError` naming value and expectation."""
        if self.auto and isinstance(value, str) and value.strip().lower() == AUTO:
            return self.default
        typed = isinstance(value, str)
        try:
            if self.kind == "switch" and value not in self.choices:
                value = "yes" if _convert(value, bool) else "no"
            if self.share and isinstance(value, str) and value.endswith("%"):
                value = float(value[:-1]) / 100
            value = _convert(value, self.type)
        except (TypeError, ValueError, OverflowError):
            words = _TYPE_WORDS[self.type]
            if self.kind == "switch":
                words = f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
            raise InputError(f"{self.name} is {value!r}, expected {words}") from None
        if self.choices and value not in self.choices:
            raise InputError(f"{self.name} is {value!r}, expected one of {', '.join(map(str, self.choices))}")
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{self.name} is {value}, expected a finite number")
        number = self.type in (int, float)
        if number and typed and self.auto and value == self.default:  # files have it as a number
            raise InputError(f"{self.name} is {value:g}, expected {self._range}")
        if self.min is not None and value < self.min:
            raise InputError(f"{self.name} is {value:g}, expected at least {self.min:g}")
        if self.max is not None and value > self.max:
            meant = f": {value:g} % is {value / 100:g}" if self.share and 2 <= value <= 100 else ""
            raise InputError(f"{self.name} is {value:g}, expected at most {self.max:g}{meant}")
        return value


_TYPE_WORDS = {int: "a whole number", float: "a number", bool: "yes or no", str: "text"}
_DIGITS = re.compile(r"\s*[+-]?[0-9]+\s*")
_BOOLS = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}


def _convert(value: Any, to: type) -> Any:
    if to is bool:
        if isinstance(value, str):
            if value.lower() not in _BOOLS:
                raise ValueError
            return _BOOLS[value.lower()]
        if value not in (0, 1):
            raise ValueError
        return bool(value)
    if to is int:
        if isinstance(value, str):
            value = int(value) if _DIGITS.fullmatch(value) else float(value)  # which has 16 digits, "1e5" too
        if isinstance(value, bool) or int(value) != value:
            raise ValueError
        return int(value)
    if to is float:
        if isinstance(value, bool):
            raise ValueError
        return float(value)
    return str(value)


def shown(value: Any) -> str:
    """A value for display: yes or no, 1e+05 as 1e5, an empty text as none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}".replace("e+0", "e").replace("e-0", "e-")
    return str(value) if value != "" else "none"


def flag_of(name: str, value: Any = None) -> str:
    """An option's name as the command line spells it: `--no-...` to switch it off, with the value False."""
    return ("--no-" if value is False else "--") + name.replace("_", "-")


def option(default: Any, **declared: Any) -> Any:
    """Declare a field of an `Options` class; keywords are those of `Option` (`help` is required)."""
    return field(default=default, metadata={_KEY: {"help": "", **declared}})


def switch(**declared: Any) -> Any:
    """Declare what is on or off, or follows from the rest: "auto", "yes" or "no", by default "auto".

    `True` and `False`, as files of earlier versions have them, are "yes" and "no".
    """
    return option(AUTO, choices=(AUTO, "yes", "no"), kind="switch", auto=True, **declared)


def options_of(owner: Any) -> tuple[Option, ...]:
    """The options declared on a class or an instance of it, in order."""
    return _options_of(owner if isinstance(owner, type) else type(owner))


@cache  # the list of runs reads them for each row
def _options_of(cls: type) -> tuple[Option, ...]:
    hints = get_type_hints(cls)
    return tuple(
        Option(name=f.name, type=hints[f.name], default=f.default, **f.metadata[_KEY])
        for f in fields(cls)
        if _KEY in f.metadata
    )


def current_names(owner: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name as stored in a file, under the present names.

    Names that are not options are kept: the states of steps hold some options next to other values. If an
    old and a new name are both present, the new one is used.
    """
    renamed = {old: o.name for o in options_of(owner) for old in o.was}
    found = {renamed[name]: value for name, value in values.items() if name in renamed}
    return found | {name: value for name, value in values.items() if name not in renamed}


@dataclass(frozen=True)
class Options:
    """Base of every frozen set of options: values are converted and limits checked on creation."""

    def __post_init__(self) -> None:
        for declared in options_of(self):
            object.__setattr__(self, declared.name, declared.check(getattr(self, declared.name)))

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Create one from the values in a file of any version.

        Raises
        ------
        TypeError
            If there is a name that no version had.
        InputError
            If a value is refused.
        """
        return cls(**current_names(cls, values))

    def changed(self) -> dict[str, Any]:
        """The options that differ from their defaults, by name."""
        return {o.name: getattr(self, o.name) for o in options_of(self) if getattr(self, o.name) != o.default}

    def asdict(self) -> dict[str, Any]:
        """All options by name, as plain values, "auto" among them: as stored in files."""
        return {o.name: o.kept(getattr(self, o.name)) for o in options_of(self)}

    def without_effect(self) -> tuple[str, ...]:
        """Names of the options that have no effect beside the others, see `Option.needs`."""
        needed = {o.name: o.needs for o in options_of(self) if o.needs[0]}
        return tuple(n for n, (other, values) in needed.items() if getattr(self, other) not in values)

    def left_open(self) -> tuple[str, ...]:
        """Names of the options that are "auto"."""
        return tuple(o.name for o in options_of(self) if o.auto and getattr(self, o.name) == o.default)
