"""A small simulated scan as the layouts of other programs have it, and what a reader must give back."""

import numpy as np

from ptygui.files.measured import JOULE_PER_EV
from ptygui.physics.beam_energy import HC_EV_M

PIXEL, WAVELENGTH, DISTANCE = 1e-8, 1e-10, 0.5
ENERGY = HC_EV_M / WAVELENGTH  # eV


def detector_pixel(scan):
    return WAVELENGTH * DISTANCE / (scan.width * PIXEL)


def metres(scan):
    """Row and column of each patch's corner, from an origin that means nothing [m]."""
    return scan.positions * PIXEL + [3e-6, -2e-6]


def about_centre(scan, shape=None):
    """Row and column of each patch's centre about the centre of the object [m]."""
    shape = np.array(scan.object_shape if shape is None else shape)
    return (scan.positions + (scan.width - shape) / 2) * PIXEL


def joules():
    return ENERGY * JOULE_PER_EV


def assert_same_scan(found, scan, probe=True, units=True):
    """The same patterns at the same places, whatever the file's conventions."""
    np.testing.assert_allclose(found.patterns[:], scan.patterns[:], rtol=1e-5, atol=1e-2)
    np.testing.assert_allclose(
        found.positions - found.positions[0], scan.positions - scan.positions[0], atol=2e-3
    )
    if probe:
        factor = np.vdot(scan.probe, found.probe) / np.vdot(scan.probe, scan.probe)
        np.testing.assert_allclose(found.probe, factor * scan.probe, atol=1e-3 * np.abs(scan.probe).max())
    if units:
        np.testing.assert_allclose(found.pixel_size_m, PIXEL, rtol=1e-4)
        np.testing.assert_allclose(found.wavelength_m, WAVELENGTH, rtol=1e-4)
        np.testing.assert_allclose(found.distance_m, DISTANCE, rtol=1e-4)


def assert_same_object(result, obj, probe=None):
    np.testing.assert_allclose(result.obj, obj, atol=1e-5)
    assert result.method == ""
    if probe is not None:
        np.testing.assert_allclose(result.probe, probe, atol=1e-5)
