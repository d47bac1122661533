"""Splitting counts: two independent scans, and what a fit to one says of itself by the other."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object, step_of

from ptygui.analysis.count_splitting import Split, split_counts
from ptygui.analysis.residuals import ANSCOMBE, left_beside_noise
from ptygui.errors import InputError
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Scan


@pytest.fixture(scope="module")
def scan():
    return simulate(small_object(48, 1), make_probe("medium", 16), Simulation(overlap=0.5, photons=300))


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_the_parts_are_the_scan_and_have_their_share_of_photons(scan, share):
    one, other = split_counts(scan, share, seed=3)
    assert np.array_equal(one.patterns + other.patterns, scan.patterns)
    n = scan.photons
    assert one.photons == pytest.approx(share * n, abs=5 * np.sqrt(n * share * (1 - share)))
    power = np.square(np.abs(one.probe)).sum() / np.square(np.abs(scan.probe)).sum()
    assert power == pytest.approx(share, rel=1e-5)
    assert one.photons != split_counts(scan, share, seed=4)[0].photons


def test_the_parts_are_independent_poisson_counts():
    """Of 40,000 counts of mean 8 halves have mean and variance 4, and no correlation."""
    counts = np.random.default_rng(0).poisson(8.0, (10, 64, 64)).astype(np.float32)
    probe = np.ones((64, 64), np.complex64)
    scan = simulate(np.ones((64, 64), np.complex64), probe, Simulation(overlap=0.5))
    scan = replace(scan, patterns=counts, positions=np.zeros((10, 2)))
    one, other = (part.patterns.ravel().astype(float) for part in split_counts(scan))
    for part in (one, other):
        assert part.mean() == pytest.approx(4, abs=0.05)
        assert part.var() == pytest.approx(4, abs=0.15)
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(one.size)


def test_masked_pixels_hold_anything_and_background_is_shared(scan):
    mask = np.ones((16, 16), bool)
    mask[3, 4] = False
    patterns = np.array(scan.patterns)
    patterns[:, 3, 4] = 0.37
    one, other = split_counts(replace(scan, patterns=patterns, mask=mask, background=np.array(2.0)), 0.25)
    assert not one.patterns[:, 3, 4].any()
    assert np.allclose(one.background, 0.5)
    assert np.allclose(other.background, 1.5)


def test_nothing_predicts_dark_pixels_better_than_their_mean():
    """With plain square roots a tenth of it would: that of most counts is 0."""
    counts = np.random.default_rng(0).poisson(0.1, (8, 64, 64)).astype(np.float32)
    dark = np.full((64, 64), 1e-9, np.complex64)
    scan = Scan(patterns=counts, positions=np.zeros((8, 2)), probe=dark, truth=dark)

    def best(added):
        steps = {mean: step_of(scan, background=np.full((64, 64), mean)) for mean in (0.01, 0.03, 0.1, 0.3)}
        return min(steps, key=lambda mean: left_beside_noise(scan, steps[mean], added=added)[0].sum())

    assert best(ANSCOMBE) == 0.1
    assert best(0.0) == 0.01


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p * 0.7, "which is no count"),
        (lambda p: p * 12, "only multiples of 12"),
    ],
)
def test_what_is_not_counted_is_refused(scan, change, said):
    with pytest.raises(InputError, match=said):
        split_counts(replace(scan, patterns=change(np.asarray(scan.patterns))))


def test_exact_intensities_and_impossible_shares_are_refused(scan):
    with pytest.raises(InputError, match="exact intensities"):
        split_counts(replace(scan, noise="none"))
    with pytest.raises(InputError, match="share is 1"):
        split_counts(scan, 1.0)


def fits(scan, **changes):
    """AWF of one half, told by both halves."""
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.methods import AWF

    half, other = (replace(part, **{k: v(part) for k, v in changes.items()}) for part in split_counts(scan))
    *_, step = reconstruct(half, AWF(iterations=150), device="cpu", interval=1e9)
    return Split.of(half, other, step)


def test_a_fit_without_a_prior_uses_one_value_for_each_unknown_and_lacks_nothing_if_the_model_is_right():
    """5 values for each unknown: a fifth is used. With a defocused probe the fit lacks more than noise."""
    from ptygui.physics.overlap import data_per_unknown

    obj = small_object(48, 1)
    scan = simulate(obj, make_probe("medium", 16), Simulation(overlap=0.75, photons=1e4))
    right = fits(scan)
    assert right.used == pytest.approx(1 / data_per_unknown(scan), rel=0.15)
    assert abs(right.lack) < 0.05
    wrong = fits(scan, probe=lambda part: np.roll(part.probe, 1, 0) + 0.1 * np.abs(part.probe).max())
    assert wrong.lack > 0.5
    gain, error = right.better_than(wrong)
    assert gain > 5 * error > 0
    assert wrong.better_than(right) == (pytest.approx(-gain, rel=0.02), pytest.approx(error, rel=0.02))
