"""Frames of the near field are images that move with the sample; those of the far field are not.

Measured ones: tests/files/test_scans.py.
"""

import numpy as np
import pytest

from ptygui.prepare.near_field import image_motion, near_field_findings


def shadows(count, magnification, seed=0):
    """Shadows of a sample in a round beam of 48 px, moved by the positions, with photon noise."""
    from scipy.ndimage import gaussian_filter, shift

    rng = np.random.default_rng(seed)
    sample = 1 + 3 * gaussian_filter(rng.standard_normal((160, 160)), 2)
    positions = rng.uniform(0, 400, (count, 2))
    beam = np.hypot(*(np.indices((64, 64)) - 32)) < 24
    frames = [shift(sample, place * magnification, order=1)[48:112, 48:112] * beam for place in positions]
    return rng.poisson(500 * np.maximum(frames, 0)), positions


def test_shadows_of_a_sample_are_near_field():
    patterns, positions = shadows(40, 0.1)
    assert image_motion(patterns, positions, patterns.mean(0)) == pytest.approx(0.1, rel=0.15)
    assert "a near-field scan" in near_field_findings(patterns, positions)[0].text


@pytest.mark.parametrize("overlap", [0.2, 0.6])
def test_diffraction_is_not(overlap):
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from tests.conftest import small_object

    scan = simulate(small_object(96), make_probe("medium", 32), Simulation(overlap=overlap))
    assert near_field_findings(scan.patterns, scan.positions) == []
