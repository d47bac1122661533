"""Overlap figures: exact for discs and Gaussians, and near their analytic values for dense rasters."""

import numpy as np
import pytest

from ptygui.physics.overlap import (
    Acquisition,
    centre_of_mass,
    effective_diameter,
    pairwise_overlap,
    probe_area,
    redundancy_map,
    sampling,
)
from ptygui.physics.positions import raster
from ptygui.physics.probe import PROBES, make_probe


def gaussian(sigma, width=128):
    """An amplitude of this standard deviation."""
    y, x = np.indices((width, width)) - (width - 1) / 2
    return np.exp(-(x**2 + y**2) / (2 * sigma**2))


def lens(distance, diameter):
    """Share of a disc that another, so far away, covers."""
    u = min(distance / diameter, 1)
    return 2 / np.pi * (np.arccos(u) - u * np.sqrt(1 - u**2))


def test_area_of_disc_and_gaussian():
    assert effective_diameter(make_probe("disk", 64, 40)) == pytest.approx(40, rel=0.01)
    # ∫exp(-r²/σ²)² / ... : (π σ²)² / (π σ² / 2) = 2π σ²
    assert probe_area(gaussian(9)) == pytest.approx(2 * np.pi * 81, rel=1e-3)


@pytest.mark.parametrize("kind", PROBES)
def test_area_knows_no_scale_and_no_phase(kind):
    probe = make_probe(kind)
    assert probe_area(7 * probe * np.exp(1j)) == pytest.approx(probe_area(probe))
    assert probe_area(np.abs(probe)) == pytest.approx(probe_area(probe))


@pytest.mark.parametrize("kind", PROBES)
def test_pairwise_is_one_at_no_shift_and_the_same_both_ways(kind):
    probe = make_probe(kind)
    shifts = np.array([[0, 0], [3, -5], [-3, 5], [40, 0]])
    values = pairwise_overlap(probe, shifts)
    assert values[0] == pytest.approx(1)
    assert values[1] == pytest.approx(values[2])
    assert 0 < values[1] < 1
    assert values[3] == 0


def test_pairwise_of_a_gaussian_is_a_gaussian():
    # Ptychodus 1.7.0 gives 0.411 for this probe and step
    value = pairwise_overlap(gaussian(9), np.array([[12, 0]]))
    assert value == pytest.approx(np.exp(-(12**2) / (2 * 9**2)), rel=1e-3)
    assert value == pytest.approx(0.411, abs=5e-4)


@pytest.mark.parametrize("distance", [5, 20, 35])
def test_pairwise_of_a_disc_is_the_lens(distance):
    disc = make_probe("disk", 64, 40)
    assert pairwise_overlap(disc, np.array([[0, distance]])) == pytest.approx(lens(distance, 40), abs=0.01)


def test_pairwise_of_a_large_probe():
    wide = gaussian(9 * 5, 640)
    assert pairwise_overlap(wide, np.array([[60, 0]])) == pytest.approx(0.411, abs=2e-3)


def test_centre_of_mass():
    probe = np.zeros((16, 16), complex)
    probe[3, 10] = 1j
    np.testing.assert_allclose(centre_of_mass(probe), (3.5, 10.5))


def test_the_map_counts_discs():
    at = np.array([[8, 8], [8, 24]])
    counts = redundancy_map(at, 10, (16, 32))
    assert counts.shape == (16, 32)
    assert counts[8, 8] == pytest.approx(1, abs=1e-3)
    assert counts[0, 16] == pytest.approx(0, abs=1e-3)
    twice = redundancy_map(np.repeat(at, 2, 0), 10, (16, 32))
    np.testing.assert_allclose(twice, 2 * counts, atol=1e-3)
    # near an edge nothing comes in from the other side
    assert redundancy_map(np.array([[0, 0]]), 10, (16, 32))[-4:].max() < 1e-3
    assert max(redundancy_map(at, 10, (800, 1600), 192).shape) == 192


@pytest.mark.parametrize(("size", "most"), [(400, 768), (400, 200)])
def test_a_dense_raster_has_the_analytic_redundancy(size, most, monkeypatch):
    from ptygui.physics import overlap as module

    monkeypatch.setattr(module, "MOST", most)
    probe, step = make_probe("disk", 64, 40), 8
    positions = raster((size, size), 64, 1 - step / 64)
    inner = redundancy_map(positions + 32, 40, (size, size), most)
    middle = inner[len(inner) // 4 : -len(inner) // 4, len(inner) // 4 : -len(inner) // 4]
    assert middle.mean() == pytest.approx(np.pi * 40**2 / 4 / step**2, rel=0.05)
    figures = sampling(positions, probe, (size, size))
    edge = 1 + 40 / (size - 64) * (2 - np.pi / 4) / 2  # discs reach over the positions' rim
    assert figures.redundancy == pytest.approx(np.pi * 40**2 / 4 / step**2 / edge**2, rel=0.1)
    assert figures.linear == pytest.approx(1 - step / 64)
    assert figures.pairwise == pytest.approx(lens(step, 40), abs=0.01)


def test_equivalent_and_redundancy_are_two_ways_to_say_one_thing():
    # redundancy = N π d² / 4 / C and 1 - equivalent = sqrt(C / N) / d
    for overlap in (0.0, 0.38, 0.74):
        f = sampling(raster((128, 128), 32, overlap), make_probe("medium"), (128, 128))
        assert f.redundancy * (1 - f.equivalent) ** 2 == pytest.approx(np.pi / 4, rel=1e-3)


def test_figures_rise_with_overlap():
    probe = make_probe("medium")
    all_of = [sampling(raster((128, 128), 32, o), probe, (128, 128)) for o in (0, 0.2, 0.38, 0.5, 0.62, 0.74)]
    for name in ("count", "linear", "equivalent", "pairwise", "redundancy", "covered", "data_per_unknown"):
        values = [getattr(figures, name) for figures in all_of]
        assert values == sorted(values), name


def test_data_per_unknown():
    probe = make_probe("medium")
    # 25 patterns of 32² for 2 · 128² unknowns
    assert sampling(raster((128, 128), 32, 0.2), probe, (128, 128)).data_per_unknown == pytest.approx(0.78125)
    one = sampling(np.zeros((1, 2)), probe, (128, 128), trusted=0.5)
    assert one.data_per_unknown == pytest.approx(0.25)  # only the patch's own pixels are unknown
    assert np.isnan(one.linear)
    assert np.isnan(one.pairwise)


def test_acquisition():
    assert Acquisition(dwell=0.2, overhead=0.05).seconds(100) == pytest.approx(25)
