"""Probes: the diameters they are defined by, and their energy."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.probe import PROBES, Pupil, energy_diameter, make_probe, orthogonal_modes, pupil_of


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


@pytest.mark.parametrize("width", [32, 48])
def test_named_pupils_make_the_named_probes(width):
    for kind in ("medium", "focused", "compact"):
        np.testing.assert_array_equal(pupil_of(kind, width).probe(width), make_probe(kind, width))
    assert pupil_of("disk", width) is None


def test_defocus_spreads_and_a_wider_pupil_focuses():
    wide = {d: energy_diameter(Pupil(defocus=d).probe(64)) for d in (0, 5, 10, 20)}
    assert list(wide.values()) == sorted(wide.values())
    sharp = [energy_diameter(Pupil(radius=r, defocus=0, coma=0).probe(128), 0.5) for r in (0.05, 0.1, 0.2)]
    assert sharp[0] / sharp[1] == pytest.approx(2, rel=0.1)  # λ / NA
    assert sharp[1] / sharp[2] == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("stop", [0, 0.4, 0.7])
def test_the_stop_is_dark_in_the_far_field(stop):
    pupil = Pupil(radius=0.3, stop=stop, defocus=0)
    far = np.abs(np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(pupil.probe(128)))))
    radius = np.hypot(*(np.indices((128, 128)) - 64)) / 128 / 0.3
    bright = far[(radius > stop + 0.1) & (radius < 0.9)].mean()
    assert far[radius > 1.2].mean() < 0.05 * bright
    middle = far[radius < max(0.1, stop - 0.15)].mean()
    assert middle < 0.1 * bright if stop else middle == pytest.approx(bright, rel=0.1)


def test_pupil_in_physical_units():
    pupil = Pupil(radius=0.25, defocus=np.pi)
    # phase at the edge is π λ z (radius / pixel)²
    assert pupil.numerical_aperture(1e-6, 5e-7) == pytest.approx(0.125)
    assert pupil.defocus_m(1e-6, 5e-7) == pytest.approx(1e-12 / (5e-7 * 0.0625))


def test_orthogonal_modes_are_the_same_beam():
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(3, 8, 8, 2)).view(np.complex128)[..., 0] * np.array([3, 1, 2])[:, None, None]
    modes, powers = orthogonal_modes(mixed)
    np.testing.assert_allclose((np.abs(modes) ** 2).sum(0), (np.abs(mixed) ** 2).sum(0), rtol=1e-5)
    far = [(np.abs(np.fft.fft2(each)) ** 2).sum(0) for each in (modes, mixed)]
    np.testing.assert_allclose(*far, rtol=1e-4)
    gram = modes.reshape(3, -1) @ modes.reshape(3, -1).conj().T
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-4)
    np.testing.assert_allclose(powers, np.diag(gram).real / np.trace(gram).real, rtol=1e-5)
    assert list(powers) == sorted(powers, reverse=True)
    strongest = np.linalg.svd(mixed.reshape(3, -1), compute_uv=False)
    np.testing.assert_allclose(powers, strongest**2 / (strongest**2).sum(), rtol=1e-5)


def test_one_mode_is_itself():
    probe = make_probe("medium", 16)
    modes, powers = orthogonal_modes(probe)
    np.testing.assert_allclose(modes[0], probe, atol=1e-6)
    assert powers == pytest.approx([1])
