"""The orientation of a scan is found by misfit, and it is said where it cannot be."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import small_object

from ptygui.errors import InputError
from ptygui.experiment.orientation import Orientations, Tried, orientations, oriented
from ptygui.files.scans import read_scan
from ptygui.physics.orientation import ORIENTATIONS, Orientation
from ptygui.physics.probe import pupil_of
from ptygui.physics.simulate import Simulation, simulate


@pytest.fixture(scope="module")
def lopsided():
    """A scan of an oblong object, by a probe like none of its turned copies."""
    obj = np.concatenate((small_object(32), small_object(32, 1)[:16]))
    return simulate(obj, pupil_of("medium", 16).probe(16), Simulation(overlap=0.7, whole_pixels=False))


def test_a_turned_scan_is_turned_back(lopsided):
    wrong = Orientation.named("transpose-flip-rows").turned(lopsided)
    found = oriented(replace(wrong, simulated=False), "best", "cpu")
    assert found.object_shape == lopsided.object_shape
    np.testing.assert_allclose(found.positions, lopsided.positions, atol=1e-9)
    assert "Orientation transpose-flip-columns fits best" in found.notes[-1]


def test_every_orientation_is_tried_and_the_first_says_where_it_stands(lopsided):
    seen = [found for found in orientations(lopsided, "cpu") if found is not None]
    assert [len(found.tried) for found in seen] == list(range(1, 9))
    assert [found.done for found in seen] == [False] * 7 + [True]
    misfits = [one.misfit for one in seen[-1].tried]
    assert misfits == sorted(misfits)
    assert seen[-1].best.orientation == Orientation()


def test_frames_that_do_not_overlap_tell_nothing(lopsided):
    apart = simulate(small_object(64), lopsided.probe, Simulation(overlap=-0.3, layout="centred"))
    *_, found = orientations(Orientation(True).turned(apart), "cpu")
    assert len(found.alike) == 8
    assert not found.best.orientation  # as the file says
    assert "too little overlap" in found.verdict
    with pytest.raises(InputError, match="one position"):
        next(orientations(lopsided.subset([0])))


def test_half_a_turn_is_told_apart_from_other_doubt():
    tried = [Tried(one, 5.0, np.ones((2, 2))) for one in ORIENTATIONS]
    for name in ("flip-rows", "flip-columns"):
        place = [one.orientation.name for one in tried].index(name)
        tried[place] = replace(tried[place], misfit=1.0)
    found = Orientations(tuple(sorted(tried, key=lambda one: one.misfit)), True, 9, True)
    assert found.choice.startswith("Orientation flip-rows, but flip-columns fits as well: only the curvature")


@pytest.mark.slow
def test_the_measured_star(shared_data):
    star = read_scan(shared_data / "scans/tike/siemens-star-small.npz.bz2")
    middle = np.argsort(np.abs(star.positions - star.positions.mean(0)).max(1))[:25]
    part = star.subset(middle)
    *_, found = orientations(Orientation(True).turned(part), "cpu")
    assert found.best.orientation == Orientation(True)
    assert len(found.alike) == 1
