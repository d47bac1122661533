"""Energy and wavelength of photons and of electrons."""

HC_EV_M = 1.239841984e-6  # Planck constant x speed of light [eV m]
SHORTEST_XRAY = 1e-11  # m, 124 keV: what diffracts at less is taken for electrons

_REST_ENERGY = 510998.95  # eV, of an electron


def electron_wavelength(energy_ev: float) -> float:
    """De Broglie wavelength of electrons of a kinetic energy, h c / √(E (E + 2 m c²)) [m]."""
    return HC_EV_M / (energy_ev * (energy_ev + 2 * _REST_ENERGY)) ** 0.5


def electron_energy(wavelength_m: float) -> float:
    """Kinetic energy of electrons of a wavelength, the inverse of `electron_wavelength` [eV]."""
    return ((HC_EV_M / wavelength_m) ** 2 + _REST_ENERGY**2) ** 0.5 - _REST_ENERGY


def energy_text(wavelength_m: float | None, electrons: bool = False) -> str:
    """Energy of the photons of a wavelength, or of the electrons if it is so short, or said to be theirs."""
    if not wavelength_m:
        return "not stated"
    if electrons or wavelength_m < SHORTEST_XRAY:
        return f"{electron_energy(wavelength_m) / 1e3:.5g} keV, electrons"
    return f"{HC_EV_M / wavelength_m:.5g} eV"
