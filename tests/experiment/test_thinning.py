"""A measured scan at a lower overlap: what is kept and held out, and what results are compared with."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object, step_of

from ptygui.analysis.align import Alignment
from ptygui.analysis.held_out import held_out, predictable, told
from ptygui.analysis.scores import ToReference, lit_by, scores_of
from ptygui.errors import InputError
from ptygui.experiment import overlap_limit
from ptygui.experiment import thinning as thinning_module
from ptygui.experiment.overlap_limit import HELD_OUT, NRMSE, curves_of, table_of
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.thinning import FULL, OTHER_HALF, Thinning, kept, reference_scan, thinned
from ptygui.files.scans import read_scan, write_scan
from ptygui.methods import AWF, RPIE
from ptygui.physics.overlap import overlap_by
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Reference, SomePatterns
from ptygui.tasks.plans import ThinnedPlan, overlaps_between
from ptygui.tasks.sweep import sweep


@pytest.fixture(scope="module")
def full():
    """A scan as it is measured: dense, and its object is not known."""
    scan = simulate(
        small_object(72), make_probe("medium", 16), Simulation(overlap=0.8, jitter=1), name="real"
    )
    apart = np.linspace(0, 0.4, len(scan))[:, None]  # no two positions are the same
    return replace(scan, truth=None, positions=scan.positions + [[0, 1]] * apart, object_shape=None)


@pytest.fixture(scope="module")
def dense(full):
    *_, step = reconstruct(full, RPIE(iterations=40, probe_update=True), device="cpu", interval=1e9)
    return step


def places(scan):
    return {tuple(position) for position in scan.positions}


@pytest.mark.parametrize("how", ["regular", "random"])
@pytest.mark.parametrize("by", ["window", "d90"])
def test_kept_and_held_out_are_a_partition(full, how, by):
    thinning = Thinning(overlap=0.4, by=by, how=how)
    scan = thinned(full, thinning)
    assert len(scan) + len(scan.held_out) == len(full)
    assert places(scan) | places(scan.held_out) == places(full)
    assert not places(scan) & places(scan.held_out)
    reached = overlap_by(by, scan.positions, full.probe, full.object_shape)
    assert reached == pytest.approx(0.4, abs=0.2)
    assert f"{len(scan)} of {len(full)} positions" in scan.notes[-1]
    for part in (scan, scan.held_out):  # each pattern still belongs to its position
        at = [np.flatnonzero((full.positions == place).all(1))[0] for place in part.positions]
        np.testing.assert_array_equal(part.patterns[:], full.patterns[at])


def test_halves_share_nothing(full):
    thinning = Thinning(overlap=0.4, halves=True, seed=3)
    scan, other = thinned(full, thinning), reference_scan(full, thinning)
    parts = [places(scan), places(scan.held_out), places(other)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(full)
    assert len(other) == len(full) // 2
    draws = {tuple(kept(full, thinning, draw)) for draw in range(3)}
    assert len(draws) == 3  # other choices, of the same half
    assert not {place for draw in draws for place in map(tuple, full.positions[list(draw)])} & places(other)
    half = thinned(full, Thinning(halves=True, seed=3))
    assert len(half) == len(full) - len(full) // 2
    assert places(half.held_out) == places(other)  # there is nothing else to test with
    with pytest.raises(InputError, match="at least 4"):
        thinned(full.subset([0, 1, 2]), thinning)
    bare = thinned(full, replace(thinning, reference=0))  # of which no reference is made: it tests, too
    assert places(bare.held_out) == places(scan.held_out) | places(other)


def test_what_thinning_again_leaves_out_is_said(full, dense):
    once = thinned(full, Thinning(overlap=0.6), dense)
    again = thinned(once, Thinning(overlap=0.3))
    said = "; ".join(again.notes[len(once.notes) :])
    assert f"the {len(once.held_out)} patterns that were held out before are left out" in said
    assert "the reference is the one in the file: the full scan" in said
    assert "no position is dropped" not in said
    same = thinned(once, Thinning(overlap=0.97))
    assert places(same) == places(once)
    assert places(same.held_out) == places(once.held_out)
    said = "; ".join(same.notes[len(once.notes) :])
    assert "no position is dropped: the scan has no more overlap than was asked for" in said
    assert "left out" not in said
    first = "; ".join(once.notes[len(full.notes) :])
    assert "in the file" not in first
    assert "no position" not in first


@pytest.mark.parametrize("halves", [False, True])
def test_the_reference_of_a_large_scan_is_of_its_middle(full, monkeypatch, halves):
    whole = reference_scan(full, Thinning(overlap=0.4, halves=halves))
    monkeypatch.setattr(thinning_module, "_MOST_VALUES", 20 * full.width**2)
    monkeypatch.setattr(thinning_module, "_FEWEST", 1)
    thinning = Thinning(overlap=0.4, halves=halves)
    some = reference_scan(full, thinning)
    assert len(some) == 20 < len(whole)
    assert places(some) < places(whole)
    assert some.object_shape == full.object_shape
    middle = (full.positions.min(0) + full.positions.max(0)) / 2
    rest = places(whole) - places(some)
    away = [max(np.abs(np.subtract(place, middle)).max() for place in places(some))]
    assert all(np.abs(np.subtract(place, middle)).max() >= away[0] - 1 for place in rest)
    *_, dense = reconstruct(some, RPIE(iterations=20), device="cpu", interval=1e9)
    scan = thinned(full, thinning, dense)
    assert scan.compared_with == f"the middle of {OTHER_HALF if halves else FULL}"
    assert 0 < scan.reference.lit.mean() < lit_by(whole).mean()
    assert any("on 20 positions" in note for note in scan.notes)
    everything = Thinning(overlap=0.4, halves=halves, reference_positions=len(full))
    assert len(reference_scan(full, everything)) == len(whole)


def test_patterns_in_a_file_stay_there(full, tmp_path, monkeypatch):
    from ptygui.files import patterns_on_disk

    monkeypatch.setattr(patterns_on_disk, "LARGE", 0)
    lazy = read_scan(write_scan(tmp_path / "scan.h5", full))
    thinning = Thinning(overlap=0.4, halves=True)
    scan, eager = thinned(lazy, thinning), thinned(full, thinning)
    for part, whole in ((scan, eager), (scan.held_out, eager.held_out)):
        assert isinstance(part.patterns, SomePatterns)
        assert part.patterns.source is lazy.patterns
        np.testing.assert_array_equal(part.patterns[:], whole.patterns[:])
        np.testing.assert_array_equal(part.patterns[2:5], whole.patterns[2:5])
        assert part.photons == whole.photons


def test_it_is_stored_with_all_that_it_is_tested_with(full, dense, tmp_path):
    scan = thinned(full, Thinning(overlap=0.4), dense)
    again = read_scan(write_scan(tmp_path / "scan.h5", scan))
    np.testing.assert_array_equal(again.held_out.patterns[:], scan.held_out.patterns[:])
    np.testing.assert_array_equal(again.reference.obj, scan.reference.obj)
    np.testing.assert_array_equal(again.reference.lit, scan.reference.lit)
    assert again.compared_with == FULL
    assert again.notes == scan.notes
    assert scores_of(again).of(dense.obj) == scores_of(scan).of(dense.obj)


def test_results_are_compared_with_the_dense_scan(full, dense):
    scan = thinned(full, Thinning(overlap=0.5), dense)
    *_, last = reconstruct(scan, AWF(iterations=60), device="cpu", interval=1e9)
    np.testing.assert_array_equal(scan.probe, dense.probe)
    assert scan.compared_with == FULL
    assert 0.01 < last.nrmse < 0.3
    assert 0.5 < last.ssim < 1
    assert last.held_out > 0
    assert thinned(full, Thinning(overlap=0.5, halves=True), dense).compared_with == OTHER_HALF
    own = thinned(full, Thinning(overlap=0.5, reference_probe=False), dense)
    np.testing.assert_array_equal(own.probe, full.probe)


def test_a_known_truth_needs_no_reference(full, scan):
    assert Thinning(overlap=0.4).needs_reference(full)
    assert not Thinning(overlap=0.4, reference=0).needs_reference(full)
    assert not Thinning(overlap=0.4).needs_reference(scan)
    assert not Thinning().needs_reference(full)
    assert thinned(scan, Thinning(overlap=0.2)).compared_with == "the truth"


@pytest.mark.parametrize("seed", range(4))
def test_scores_against_a_reference_ignore_what_no_scan_can_know(seed):
    rng = np.random.default_rng(seed)
    obj, lit = small_object(72, seed), np.zeros((72, 72), bool)
    lit[16:-16, 16:-16] = True
    reference = Reference(obj, lit, FULL)
    noise = 0.02 * rng.standard_normal((2, 72, 72))
    other = obj + (noise[0] + 1j * noise[1]).astype(np.complex64)
    moved = Alignment(rng.uniform(-3, 3), tuple(rng.uniform(-0.2, 0.2, 2)), tuple(rng.uniform(-1.5, 1.5, 2)))
    scored = ToReference(reference, lit)
    error, likeness = scored.of(other)
    again = scored.of((2.5 * moved.apply(other)).astype(np.complex64))
    assert again[0] == pytest.approx(error, abs=3e-3)
    assert again[1] == pytest.approx(likeness, abs=0.02)
    assert scored.of(obj) == pytest.approx((0, 1), abs=1e-4)
    other[~lit] = 7  # where one of the scans has no light
    assert scored.of(other) == pytest.approx((error, likeness), abs=5e-3)


@pytest.mark.parametrize("photons", [1e3, 1e5])
def test_the_truth_predicts_patterns_up_to_their_noise(photons):
    scan = simulate(small_object(72), make_probe("medium", 16), Simulation(overlap=0.8, photons=photons))
    some = thinned(scan, Thinning(overlap=0.5))
    found = held_out(some, step_of(some))
    assert found.misfit == pytest.approx(1, abs=0.05)
    assert len(found.misfits) == len(found.which) > 10
    assert held_out(some, step_of(some, scale=1.1)).misfit > 1.5
    lit, m = lit_by(some), some.width
    for row, column in some.held_out.corners[found.which]:
        assert np.mean(lit[row : row + m, column : column + m]) > 0.5
    text = told(some, step_of(some))
    assert f"{len(some.held_out)} patterns are held out, {len(found.which)} where" in text


def test_nothing_is_told_of_patterns_that_cannot_be_predicted(full):
    assert len(predictable(full)) == 0
    sparse = thinned(full, Thinning(overlap=-1.0))
    exact = replace(thinned(full, Thinning(overlap=0.5)), noise="none")
    for scan in (sparse, exact):
        assert held_out(scan, step_of(replace(scan, truth=small_object(72)))) is None


def test_a_sweep_thins_the_scan_to_each_overlap(full):
    thinning = Thinning(halves=True, reference=20, seed=2)
    methods = (AWF(iterations=20), RPIE(iterations=10))
    plan = ThinnedPlan(full, thinning, methods, (0.2, 0.5, 0.95, 0.98), seeds=2, first_seed=2, number=4)
    steps = [progress for progress in sweep(plan, "cpu") if progress is not None]
    shares = [progress.share for progress in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert steps[0].doing == "reconstructing the reference"
    runs = steps[-1].runs
    assert len(runs) == plan.count == 2 * 2 * 3  # two overlaps are more than the half has
    assert {run.sweep for run in runs} == {4}
    assert len({id(run.scan.reference.obj) for run in runs}) == 1
    other = places(reference_scan(full, thinning))
    for run in runs:
        assert run.outcome == "done"
        assert not places(run.scan) & other
        assert run.scan.compared_with == OTHER_HALF
        assert run.last.nrmse > 0
    curves = curves_of(runs)
    assert [len(curve.places) for curve in curves] == [3, 3]
    assert all(len(place.runs) == 2 for curve in curves for place in curve.places)
    told = overlap_limit.told(curves[0], NRMSE, 0.5)
    assert "NRMSE below 0.5 against the other half from" in told
    assert "of D90" in told
    assert "held-out misfit over noise below 1e+09 from" in overlap_limit.told(curves[0], HELD_OUT, 1e9)
    table = table_of(curves).splitlines()
    assert len(table) == 1 + len(runs)
    assert "held-out misfit over noise" in table[0]
    assert OTHER_HALF in table[1]


def test_a_reference_in_the_scan_is_used_in_its_sweep(full, dense):
    half = thinned(full, Thinning(halves=True), dense)
    plan = ThinnedPlan(half, Thinning(), (AWF(iterations=3),), (0.3,))
    assert plan.reference_count == 0
    (*_, last) = (progress for progress in sweep(plan, "cpu") if progress is not None)
    assert last.runs[0].scan.reference is half.reference


def test_overlaps_at_an_interval():
    assert overlaps_between(0.2, 0.5, 0.1) == pytest.approx((0.2, 0.3, 0.4, 0.5))
    assert overlaps_between(0.5, 0.2, 0.1) == overlaps_between(0.2, 0.5, 0.1)
    assert len(overlaps_between(0.2, 0.4, 0)) == 5
