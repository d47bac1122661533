"""Quantities as typed or as in a file: a number with a unit, or the name of a data set."""

import re
from dataclasses import dataclass

from ptygui.errors import InputError
from ptygui.files.measured import HC_EV_M
from ptygui.files.units import ENERGIES, LENGTHS, PIXELS, factor_of

ELECTRONS = "the energy is of electrons"  # a note of a scan

_REST_ENERGY = 510998.95  # eV, of an electron
__all__ = [
    "ELECTRONS",
    "ENERGIES",
    "LENGTHS",
    "PIXELS",
    "Quantity",
    "electron_energy",
    "electron_wavelength",
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


def electron_wavelength(energy_ev: float) -> float:
    """De Broglie wavelength of electrons of a kinetic energy, h c / √(E (E + 2 m c²)) [m]."""
    return HC_EV_M / (energy_ev * (energy_ev + 2 * _REST_ENERGY)) ** 0.5


def electron_energy(wavelength_m: float) -> float:
    """Kinetic energy of electrons of a wavelength, the inverse of `electron_wavelength` [eV]."""
    return ((HC_EV_M / wavelength_m) ** 2 + _REST_ENERGY**2) ** 0.5 - _REST_ENERGY
