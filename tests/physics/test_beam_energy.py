"""Energies as they are told of a wavelength."""

import pytest

from ptygui.physics.beam_energy import electron_energy, electron_wavelength, energy_text


@pytest.mark.parametrize(
    ("energy_ev", "wavelength_m"),  # tabulated, e.g. Kirkland, Advanced Computing in Electron Microscopy
    [(80e3, 4.1757e-12), (200e3, 2.5079e-12), (300e3, 1.9687e-12)],
)
def test_electrons(energy_ev, wavelength_m):
    assert electron_wavelength(energy_ev) == pytest.approx(wavelength_m, rel=1e-4)
    assert electron_energy(electron_wavelength(energy_ev)) == pytest.approx(energy_ev)
    assert energy_text(electron_wavelength(energy_ev)) == f"{energy_ev / 1e3:.0f} keV, electrons"


def test_photons_unless_it_is_said():
    assert energy_text(1.24e-10) == "9998.7 eV"
    assert energy_text(electron_wavelength(5e3), electrons=True) == "5 keV, electrons"
    assert energy_text(None) == "not stated"
