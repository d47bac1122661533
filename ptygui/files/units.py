"""Lengths and energies with the units that files state in words."""

from pathlib import Path

import numpy as np

from ptygui.errors import InputError

_METRES = {
    "m": 1.0, "metre": 1.0, "meter": 1.0, "cm": 1e-2, "mm": 1e-3, "millimetre": 1e-3, "millimeter": 1e-3,
    "um": 1e-6, "micron": 1e-6, "micrometre": 1e-6, "micrometer": 1e-6,
    "nm": 1e-9, "nanometre": 1e-9, "nanometer": 1e-9, "pm": 1e-12,
    "a": 1e-10, "å": 1e-10, "ang": 1e-10, "angstrom": 1e-10, "ångström": 1e-10,
}  # fmt: skip
_EV = {"ev": 1.0, "kev": 1e3, "mev": 1e6, "gev": 1e9, "j": 1 / 1.602176634e-19, "joule": 1 / 1.602176634e-19}
PHOTONS_EV = (0.05, 1e6)  # of photons and electrons; the ring of a synchrotron has GeV


def in_metres(path: Path, name: str, value: np.ndarray | float, unit: object) -> np.ndarray | float:
    """Values in a stated unit of length as metres; without a unit they are metres.

    Raises
    ------
    InputError
        If the unit is not one of length; names it.
    """
    return (
        value
        if unit in (None, "")
        else value * _factor(path, name, unit, _METRES, "a length (m, mm, um, nm)")
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
        return value * _factor(path, name, unit, _EV, "an energy (eV, keV, J)"), ()
    stated = value * _EV[usual.lower()]
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


def _factor(path: Path, name: str, unit: object, known: dict[str, float], what: str) -> float:
    text = str(unit).strip()
    plain = text.replace("µ", "u").replace("μ", "u").lower()  # micro is either of two characters
    plain = plain if plain in known else plain.removesuffix("s")
    if plain not in known:
        raise InputError(f"{path}: {name} has the unit {text[:40]!r}, expected {what}: repair the attribute")
    return known[plain]
