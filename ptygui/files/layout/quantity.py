"""Quantities as typed or as in a file: a number with a unit, or the name of a data set."""

import re
from dataclasses import dataclass

from ptygui.errors import InputError
from ptygui.files.units import ENERGIES, LENGTHS, PIXELS, factor_of

ELECTRONS = "the energy is of electrons"  # a note of a scan

__all__ = [
    "ELECTRONS",
    "ENERGIES",
    "LENGTHS",
    "PIXELS",
    "Quantity",
    "factor_of",
    "typed",
]

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*")


@dataclass(frozen=True)
class Quantity:
    """A number in SI units or electronvolts, and where it came from: "typed" or "file: NAME"."""

    value: float
    source: str


def typed(text: str, units: dict[str, float], what: str) -> float | None:
    """A number with its unit, such as "8.8keV"; None if the text is no number (it names a data set).

    Raises
    ------
    InputError
        If there is no unit, or it is unknown.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number, unit = float(found[1]), found[2]
    if not unit:
        known = ", ".join(list(units)[:4])
        raise InputError(f"{what} is {text!r}: give its unit too ({known}), as in {text}{next(iter(units))}")
    return number * factor_of(unit, units, what)
