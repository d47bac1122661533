"""Simulated scans: counts, noise, reproducibility."""

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis import metrics
from ptygui.errors import InputError
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate


def make(**options):
    return simulate(small_object(64), make_probe("medium"), Simulation(**options))


def test_brightest_pixel_has_the_photons():
    scan = make(noise="none", photons=2e4)
    assert scan.patterns.max() == pytest.approx(2e4, rel=1e-4)
    assert scan.noise == "none"


def test_probe_is_in_counts():
    scan = make(noise="none")
    r, c = scan.corners[0]
    wave = np.fft.fftshift(np.fft.fft2(scan.probe * scan.truth[r : r + 32, c : c + 32], norm="ortho"))
    np.testing.assert_allclose(np.abs(wave) ** 2, scan.patterns[0], rtol=1e-3, atol=1e-2)


def test_poisson_counts_have_the_variance_of_their_mean():
    clean, noisy = make(noise="none"), make(noise="poisson")
    deviation = (noisy.patterns - clean.patterns) / np.sqrt(clean.patterns + 1e-9)
    bright = clean.patterns > 5
    assert deviation[bright].std() == pytest.approx(1, abs=0.05)
    assert np.array_equal(noisy.patterns, np.rint(noisy.patterns))


def test_pmace_adds_dark_counts():
    dark = make(noise="none").patterns < 0.01
    assert make(noise="pmace").patterns[dark].mean() == pytest.approx(0.5, abs=0.05)
    assert make(noise="poisson").patterns[dark].mean() < 0.01


def test_gaussian_noise_has_the_same_variance():
    clean, noisy = make(noise="none"), make(noise="gaussian")
    bright = clean.patterns > 20
    deviation = ((noisy.patterns - clean.patterns) / np.sqrt(clean.patterns + 1e-9))[bright]
    assert deviation.std() == pytest.approx(1, abs=0.05)


def test_seed_decides():
    assert np.array_equal(make(seed=3).patterns, make(seed=3).patterns)
    assert not np.array_equal(make(seed=3).patterns, make(seed=4).patterns)


@pytest.mark.parametrize("photons", [1e3, 1e5])
def test_noise_floor_is_the_misfit_of_the_truth(photons):
    scan, clean = make(photons=photons), make(photons=photons, noise="none")
    difference = np.sqrt(scan.patterns) - np.sqrt(clean.patterns)
    true_misfit = (difference**2).sum() / scan.patterns.sum()
    # the estimate takes every frame's shape from the mean pattern
    assert metrics.noise_floor(scan.patterns) == pytest.approx(true_misfit, rel=0.25)


def test_dark_object_is_refused():
    with pytest.raises(InputError, match="no photon arrives"):
        simulate(np.zeros((64, 64), complex), make_probe("medium"), Simulation())


def test_overlap_out_of_range_is_refused():
    with pytest.raises(InputError, match="overlap is 2"):
        Simulation(overlap=2)
