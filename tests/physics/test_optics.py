"""The probe of a zone plate or lens, from its numbers."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.optics import Optics
from ptygui.physics.probe import energy_diameter

ZONE_PLATE = {"wavelength_m": 1.4e-10, "pixel_size_m": 1e-8, "outer_zone_m": 5e-8, "stop": 0.4}


def far_field(probe):
    return np.abs(np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(probe))))


def test_a_zone_plate_is_a_lens_of_half_the_wavelength_over_its_outer_zone():
    plate = Optics(**ZONE_PLATE)
    lens = Optics(1.4e-10, 1e-8, aperture=1.4e-3, stop=0.4)
    assert plate.numerical_aperture == pytest.approx(1.4e-3)
    np.testing.assert_allclose(plate.probe(64), lens.probe(64), rtol=1e-5)


def test_the_far_field_ends_at_the_aperture_and_is_dark_behind_the_stop():
    plate = Optics(**ZONE_PLATE, defocus_m=2e-5)
    far = far_field(plate.probe(128))
    row, column = np.indices(far.shape) - 64
    rho = np.hypot(row, column) / 128 * 1.4e-10 / 1e-8 / plate.numerical_aperture
    bright = far[(rho > 0.6) & (rho < 0.9)].mean()
    assert far[rho > 1.2].max() < 0.3 * bright
    assert far[rho < 0.2].mean() < 0.2 * bright


@pytest.mark.parametrize("wavelength", [0.7e-10, 1.4e-10])
@pytest.mark.parametrize("defocus", [2e-4, -3e-4])
def test_the_beam_is_as_wide_as_the_cone(wavelength, defocus):
    lens = Optics(wavelength, 2e-8, aperture=1.4e-3, defocus_m=defocus)
    cone = 2 * abs(defocus) * 1.4e-3 / 2e-8
    # a disk evenly lit holds 90 % of its energy in 0.95 of its diameter
    assert energy_diameter(lens.probe(64)) == pytest.approx(0.95 * cone, rel=0.15)


def test_the_pupil_in_pixels_is_the_same_optics():
    plate = Optics(**ZONE_PLATE, defocus_m=3e-5)
    pupil = plate.pupil()
    assert pupil.numerical_aperture(1e-8, 1.4e-10) == pytest.approx(plate.numerical_aperture)
    assert pupil.defocus_m(1e-8, 1.4e-10) == pytest.approx(3e-5)


def test_before_and_behind_the_focus_differ_by_the_sign_of_the_phase():
    behind, before = (Optics(1.4e-10, 1e-8, aperture=1.4e-3, defocus_m=z).probe(64) for z in (2e-5, -2e-5))
    np.testing.assert_allclose(behind, before.conj(), atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aperture": 1e-3}, "either"),
        ({"outer_zone_m": 0.0}, "either"),
        ({"outer_zone_m": 5e-9}, "wider than the detector"),
        ({"stop": 1.0}, "central stop is 1"),
        ({"wavelength_m": 0.0}, "wavelength is 0"),
        ({"defocus_m": np.inf}, "defocus is inf"),
        ({"outer_zone_m": -1.0}, "numerical aperture is"),
    ],
)
def test_what_is_wrong_is_said(changes, said):
    with pytest.raises(InputError, match=said):
        Optics(**(ZONE_PLATE | changes))


def test_a_beam_wider_than_the_window_is_refused():
    with pytest.raises(InputError, match="the window 32 px"):
        Optics(**ZONE_PLATE, defocus_m=1e-3).probe(32)
