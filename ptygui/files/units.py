"""Lengths and energies with the units that files state in words."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.files.measured import JOULE_PER_EV

LENGTHS = {
    "m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "A": 1e-10, "pm": 1e-12, "cm": 1e-2, "µm": 1e-6, "μm": 1e-6,
    "micron": 1e-6, "microns": 1e-6, "\u00c5": 1e-10, "\u212b": 1e-10, "ang": 1e-10, "angstrom": 1e-10,
    "angstroms": 1e-10, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0,
}  # fmt: skip
ENERGIES = {"eV": 1.0, "keV": 1e3, "MeV": 1e6, "GeV": 1e9, "J": 1 / JOULE_PER_EV, "joule": 1 / JOULE_PER_EV}
PIXELS = ("px", "pixel", "pixels")

PHOTONS_EV = (0.05, 1e6)  # of photons and electrons; the ring of a synchrotron has GeV


def in_metres(path: Path, name: str, value: np.ndarray | float, unit: object) -> np.ndarray | float:
    """Values in a stated unit of length as metres; without a unit they are metres.

    Raises
    ------
    InputError
        If the unit is not one of length; names it.
    """
    return (
        value if unit in (None, "") else value * factor_of(str(unit).strip()[:40], LENGTHS, f"{path}: {name}")
    )


def energy_ev(
    path: Path, name: str, value: float, unit: object, usual: str = "eV"
) -> tuple[float, tuple[str, ...]]:
    """An energy in eV, and a note if the unit had to be concluded from the number.

    Parameters
    ----------
    path, name
        For messages.
    value : float
    unit : str or None
        As the file states it.
    usual : {"J", "eV", "keV"}
        That of the format, where the file states none.

    Raises
    ------
    InputError
        If the unit is not one of energy, or the number fits neither the usual one nor eV.
    """
    if unit not in (None, ""):
        return value * factor_of(str(unit).strip()[:40], ENERGIES, f"{path}: {name}"), ()
    stated = value * ENERGIES[usual]
    low, high = PHOTONS_EV
    if low <= stated <= high:
        return stated, ()
    if usual == "J" and 100 <= value <= high:
        return value, (f"{name} is {value:.6g} without a unit: taken as eV and not as joules",)
    raise InputError(
        f"{path}: the energy {name} is {value:.6g}, which cannot be {usual} ({stated:.3g} eV), and there "
        f"is no "
        "attribute `units`: add it to the file, or give --pixel-size"
    )


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
