"""Probes: the diameters they are defined by, and their energy."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.probe import PROBES, energy_diameter, make_probe


@pytest.mark.parametrize(("kind", "diameter"), [("medium", 22.6), ("focused", 29.0), ("compact", 14.2)])
def test_ninety_percent_diameters(kind, diameter):
    # the diameters that the annular probes are defined to have in a 32 px window
    assert energy_diameter(make_probe(kind)) == pytest.approx(diameter, abs=0.06)


@pytest.mark.parametrize("kind", PROBES)
@pytest.mark.parametrize("width", [16, 32, 64])
def test_unit_energy_and_shape(kind, width):
    probe = make_probe(kind, width)
    assert probe.shape == (width, width)
    assert probe.dtype == np.complex64
    assert np.linalg.norm(probe) == pytest.approx(1, abs=1e-5)


def test_probe_scales_with_its_window():
    small, large = (energy_diameter(make_probe("medium", m)) for m in (32, 64))
    assert large == pytest.approx(2 * small, rel=0.02)


def test_energy_diameter_of_a_disk():
    # a uniform disk of diameter D holds the fraction q within D sqrt(q)
    disk = make_probe("disk", 128, diameter=80)
    assert energy_diameter(disk, 0.9) == pytest.approx(80 * 0.9**0.5, rel=0.02)


@pytest.mark.parametrize(("kind", "width"), [("airy", 32), ("medium", 2), ("medium", 10_000)])
def test_bad_input(kind, width):
    with pytest.raises(InputError):
        make_probe(kind, width)
