"""What was refined, in words: from the start that the scan has to where a step is."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import step_of

from ptygui.experiment.refined_values import refined_values, told_values, with_refined
from ptygui.physics.simulate import with_modes


def refined(scan, **more):
    """A step that refined everything; one position is beyond the object."""
    positions = scan.positions + 0.02 * scan.positions.mean(0)
    positions[-1] = np.array(scan.object_shape) - scan.width + 0.75
    return replace(
        step_of(scan), positions=positions, weights=np.linspace(0.9, 1.1, len(scan)), probe=scan.probe * 2,
        background=np.full(scan.probe.shape, 2.0, np.float32), **more,
    )  # fmt: skip


def changed(scan, **values):
    return refined_values(scan, replace(step_of(scan), **values))


def test_a_step_that_is_as_its_scan_has_refined_nothing(scan):
    same = {"positions": scan.positions + 3.0, "weights": np.ones(len(scan)), "background": np.zeros((8, 8))}
    assert changed(scan) == {}
    assert changed(scan, **same) == {}  # all positions shifted alike are an object that is shifted


def test_the_probe_is_compared_whatever_its_phase(scan):
    turned = (scan.probe * 1.1 * np.exp(2j)).astype(np.complex64)
    assert changed(scan, probe=turned) == {"probe_update": "changed by 10 %"}


def test_modes_have_their_shares_before_and_after(scan):
    modes = with_modes(scan.probe, 2, 0.2)
    found = changed(scan, probe=modes[0], weaker_modes=modes[1:])
    assert found["probe_modes"] == "100 → 80, 20 % of the power"
    assert found["probe_update"] == "first mode changed by 11 %"  # 1 - sqrt(0.8)


def test_positions_tell_how_far_they_moved(scan):
    off = np.zeros((len(scan), 2))
    off[0, 0], off[1, 0] = 0.3, -0.3
    rms = 0.3 * np.sqrt(2 / len(scan))
    assert changed(scan, positions=scan.positions + off) == {
        "position_update": f"moved {rms:.2g} px rms, at most 0.3 px"
    }


def test_brightness_and_background_have_both_ends(scan):
    weights = np.resize([0.9, 1.1], len(scan))  # of an even number of frames
    assert changed(scan, weights=weights) == {"weight_update": "± 0 → 10 % from frame to frame"}
    background = np.full(scan.probe.shape, 2.0)
    assert changed(scan, background=background) == {"background_update": "0 → 2 counts a pixel"}
    known = replace(scan, background=np.full(scan.probe.shape, 1.0, np.float32))
    assert changed(known, background=background) == {"background_update": "1 → 2 counts a pixel"}


def test_a_scan_that_has_grown_since_is_not_compared(scan):
    fewer = {"positions": scan.positions[1:] * 1.01, "weights": np.linspace(0.9, 1.1, len(scan) - 1)}
    assert changed(scan, **fewer) == {}
    begun = with_refined(scan, replace(step_of(scan), probe=scan.probe * 2, **fewer))
    np.testing.assert_array_equal(begun.positions, scan.positions)
    assert begun.weights is scan.weights
    np.testing.assert_array_equal(begun.probe, scan.probe * 2)


def test_a_scan_as_refined_differs_in_nothing_any_more(scan):
    step = refined(scan)
    found = with_refined(scan, step)
    assert set(changed(scan, **vars(step))) == {
        "probe_update", "position_update", "weight_update", "background_update"
    }  # fmt: skip
    at_edge = replace(step, positions=found.positions)
    assert refined_values(found, at_edge) == {}
    np.testing.assert_array_equal(found.positions[:-1], step.positions[:-1])
    assert found.positions[-1] + found.width == pytest.approx(np.array(found.object_shape) + 0.499)
    kept = with_refined(scan, step_of(scan))  # a step that refined nothing
    assert kept.background is scan.background
    np.testing.assert_array_equal(kept.positions, scan.positions)


def test_patterns_held_out_move_with_the_others(scan):
    half = scan.subset(slice(0, None, 2), held_out=scan.subset(slice(1, None, 2), truth=None))
    away = np.add(half.positions, (0.3, 0.1)).clip(0, np.array(half.object_shape) - half.width)
    step = replace(step_of(half), positions=away, background=np.ones(half.probe.shape, np.float32))
    test = with_refined(half, step).held_out
    inner = (half.held_out.positions + 0.5 + half.width < half.object_shape).all(1)
    np.testing.assert_allclose(
        (test.positions - half.held_out.positions)[inner].mean(0), (away - half.positions).mean(0), atol=0.1
    )
    assert test.background.mean() == 1


def test_what_was_refined_is_told_in_one_line():
    found = {"background_update": "0 → 2 counts a pixel", "probe_modes": "100 → 80, 20 % of the power"}
    assert told_values(found) == "background 0 → 2 counts a pixel; probe modes 100 → 80, 20 % of the power"
