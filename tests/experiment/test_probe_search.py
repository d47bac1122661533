"""A probe from nothing: its far field from the mean pattern, its defocus by the misfit."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.experiment.probe_search import find_probe, focus_of, with_found_probe
from ptygui.physics.probe import Pupil, energy_diameter
from ptygui.physics.simulate import Simulation, simulate

PUPIL = Pupil(radius=0.2, stop=0.3, defocus=6.0, coma=0.0)


def scan_of(pupil=PUPIL, width=32):
    scan = simulate(small_object(60), pupil.probe(width), Simulation(overlap=0.75, jitter=1, photons=1e5))
    return replace(scan, simulated=False, truth=None)


def likeness(one, other):
    """Largest cosine of two probes over shifts."""
    spectra = np.fft.fft2(one) * np.fft.fft2(other).conj()
    return np.abs(np.fft.ifft2(spectra)).max() / np.linalg.norm(one) / np.linalg.norm(other)


@pytest.mark.parametrize("defocus", [6.0, -6.0])
def test_the_defocus_is_found_with_its_sign(defocus):
    scan = scan_of(replace(PUPIL, defocus=defocus))
    focus = focus_of(scan.patterns, scan.mask)
    found = find_probe(scan, focus)
    assert found.misfit < 0.2 * found.in_focus
    assert likeness(found.probe, scan.probe) > 0.9 > likeness(found.probe.conj(), scan.probe)
    assert found.diameter == pytest.approx(energy_diameter(scan.probe), rel=0.2)


def test_a_probe_in_focus_stays_there():
    scan = scan_of(Pupil(radius=0.12, stop=0.0, defocus=0.0, coma=0.0))
    found = find_probe(scan, focus_of(scan.patterns, scan.mask))
    assert likeness(found.probe, scan.probe) > 0.9


def test_dark_borders_of_the_detector_are_left_out_and_come_back():
    scan = scan_of(Pupil(radius=0.1, stop=0.3, defocus=3.0, coma=0.0))
    found = find_probe(scan, focus_of(scan.patterns, scan.mask))
    assert found.probe.shape == scan.probe.shape
    assert likeness(found.probe, scan.probe) > 0.9


def test_of_two_guesses_the_better_is_taken():
    scan = scan_of()
    right = with_found_probe(scan, replace(PUPIL, defocus=0.0).probe(32) * np.linalg.norm(scan.probe))
    assert any("its defocus was searched for" in note for note in right.notes)
    assert likeness(right.probe, scan.probe) > 0.9
    wrong = with_found_probe(scan, Pupil(radius=0.45, stop=0.0).probe(32) * np.linalg.norm(scan.probe))
    assert any("fits better than the optics" in note for note in wrong.notes)


def test_the_focus_has_the_mean_pattern_and_the_energy_of_the_brightest():
    scan = scan_of()
    focus = focus_of(scan.patterns)
    far = np.abs(np.fft.fftshift(np.fft.fft2(focus, norm="ortho"))) ** 2
    mean = scan.patterns.mean(0)
    np.testing.assert_allclose(far / far.sum(), mean / mean.sum(), atol=1e-5)
    brightest = np.percentile(scan.patterns.sum((1, 2)), 99.9)
    assert np.vdot(focus, focus).real == pytest.approx(brightest, rel=1e-4)
