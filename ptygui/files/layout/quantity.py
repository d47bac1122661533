"""Quantities as typed or as in a file: a number with a unit, or the name of a data set."""

import re
from dataclasses import dataclass

from ptygui.errors import InputError
from ptygui.files.measured import HC_EV_M, JOULE_PER_EV

LENGTHS = {
    "m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "A": 1e-10, "pm": 1e-12, "cm": 1e-2, "µm": 1e-6, "μm": 1e-6,
    "micron": 1e-6, "microns": 1e-6, "\u00c5": 1e-10, "\u212b": 1e-10, "ang": 1e-10, "angstrom": 1e-10,
    "angstroms": 1e-10, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0,
}  # fmt: skip
ENERGIES = {"eV": 1.0, "keV": 1e3, "MeV": 1e6, "J": 1 / JOULE_PER_EV, "joule": 1 / JOULE_PER_EV}
PIXELS = ("px", "pixel", "pixels")

_REST_ENERGY = 510998.95  # eV, of an electron
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*")


@dataclass(frozen=True)
class Quantity:
    """A number in SI units or electronvolts, and where it came from: "typed" or "file: NAME"."""

    value: float
    source: str


def factor_of(unit: str, units: dict[str, float], what: str) -> float:
    """What a number in a unit is multiplied by.

    Raises
    ------
    InputError
        If the unit is unknown; names those that are known.
    """
    lower = {name.lower(): value for name, value in units.items() if name not in ("m", "MeV")}
    found = units.get(unit) or lower.get(unit.lower())
    if found is None:
        raise InputError(f"{what} has the unit {unit!r}, expected one of {', '.join(list(units)[:7])}")
    return found


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


def electron_wavelength(energy_ev: float) -> float:
    """De Broglie wavelength of electrons of a kinetic energy, h c / √(E (E + 2 m c²)) [m]."""
    return HC_EV_M / (energy_ev * (energy_ev + 2 * _REST_ENERGY)) ** 0.5
