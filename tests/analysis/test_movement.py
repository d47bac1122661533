"""Positions that are carried along with those that refinement has moved."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.analysis.held_out import held_out
from ptygui.analysis.movement import carried
from ptygui.experiment.thinning import Thinning, thinned
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.step import Step


@pytest.fixture(scope="module")
def scan():
    return simulate(small_object(64), make_probe("medium", 16), Simulation(overlap=0.6))


def test_others_follow_scale_rotation_shear_and_shift(scan):
    affine, shift = np.array([[1.02, 0.01], [-0.03, 0.99]]), np.array([0.4, -0.3])
    others = np.random.default_rng(0).uniform(0, 48, (7, 2))
    moved = carried(scan, scan.positions @ affine.T + shift, others)
    np.testing.assert_allclose(moved, others @ affine.T + shift, atol=1e-9)


def test_others_stay_where_positions_move_each_for_itself(scan):
    each = np.random.default_rng(1).normal(scale=0.3, size=scan.positions.shape)
    others = np.array([[20.0, 20.0], [30.0, 10.0]])
    assert np.abs(carried(scan, scan.positions + each, others) - others).max() < 0.2


@pytest.mark.parametrize("few", [slice(0, 1), slice(0, 3), slice(0, 5)])  # one, or all in one row
def test_others_stay_where_no_affine_map_can_be_told(scan, few):
    row = scan.subset(few)
    others = np.array([[20.0, 20.0]])
    np.testing.assert_array_equal(carried(row, row.positions + 1.0, others), others)


def test_patterns_held_out_are_predicted_where_the_stage_has_another_scale(scan):
    thin = thinned(scan, Thinning(overlap=0.4))
    true = Step(
        index=1, total=1, seconds=0.0, nfe=0, obj=scan.truth, probe=scan.probe, misfit=0.0, noise_floor=0.0
    )
    wrong = replace(thin, positions=thin.positions / 1.05, held_out=_moved(thin.held_out, 1 / 1.05))
    refined = replace(true, positions=thin.positions)
    assert held_out(thin, true).misfit < 1.3
    assert held_out(wrong, true).misfit > 3
    assert held_out(wrong, refined).misfit < 1.3


def _moved(scan, factor):
    return replace(scan, positions=scan.positions * factor)
