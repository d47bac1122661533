"""The eight orientations of positions: names, turning within the object, and what light cannot tell."""

from dataclasses import replace

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.physics.forward import misfit
from ptygui.physics.orientation import NAMES, ORIENTATIONS, Orientation
from ptygui.scan import Reference


def test_there_are_eight_and_each_has_its_name():
    corners = np.array([[0.0, 1.0], [2.0, 5.0]])
    assert len({one.apply(corners).tobytes() for one in ORIENTATIONS}) == 8
    assert [Orientation.named(name) for name in NAMES] == list(ORIENTATIONS)
    assert Orientation.named("transpose-flip-rows").note == "positions: swap axes, flip rows"
    assert not Orientation.named("as-given")
    with pytest.raises(InputError, match=r"'sideways', expected as-given, flip-rows"):
        Orientation.named("sideways")


@pytest.mark.parametrize("one", ORIENTATIONS, ids=lambda one: one.name)
def test_a_scan_is_turned_within_its_object(scan, one):
    wide = replace(scan, object_shape=(40, 36), truth=None)
    held = wide.subset([0, 3])
    known = Reference(np.ones((40, 36), np.complex64), np.ones((40, 36), bool), "the full scan")
    turned = one.turned(replace(wide, held_out=held, reference=known))
    assert turned.object_shape == ((36, 40) if one.swap_axes else (40, 36))
    assert np.array_equal(turned.patterns, scan.patterns)
    np.testing.assert_array_equal(turned.held_out.positions, turned.positions[[0, 3]])
    seen = np.zeros((40, 36), bool)  # patches of the turned scan are those of the given one, turned
    row, column = scan.corners[1]
    seen[row : row + scan.width, column : column + scan.width] = True
    seen = seen.T if one.swap_axes else seen
    seen = seen[:: -1 if one.flip_rows else 1, :: -1 if one.flip_columns else 1]
    row, column = turned.corners[1]
    assert seen[row : row + scan.width, column : column + scan.width].all()
    assert (turned.reference is None) == bool(one)
    if one:
        assert "the full scan does not fit transformed positions: omitted" in turned.notes


def test_half_a_turn_gives_the_same_patterns_of_the_conjugate_object(scan):
    """|F P O|² is that of conj(P(-r)) conj(O(-r)): only a probe whose curvature is known tells the two."""
    import torch

    from ptygui.methods.problem import Problem

    turned = replace(Orientation().half_turned.turned(scan), probe=scan.probe[::-1, ::-1].conj())
    problem, twin = Problem.of(turned, "cpu"), torch.from_numpy(scan.truth[::-1, ::-1].conj().copy())
    true = Problem.of(scan, "cpu")
    right = float(misfit(true.forward, torch.from_numpy(scan.truth), true.amplitudes))
    assert float(misfit(problem.forward, twin, problem.amplitudes)) == pytest.approx(right, rel=1e-4)
