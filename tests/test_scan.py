"""Scan: what it refuses, and what it works out."""

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.scan import Scan


def parts(**changes):
    given = {
        "patterns": np.ones((3, 8, 8)),
        "positions": np.array([[0, 0], [2.4, 5.6], [4, 1]]),
        "probe": np.ones((8, 8)),
    }
    return given | changes


def test_works_out_shape_and_corners():
    scan = Scan(**parts())
    assert scan.object_shape == (12, 14)
    assert scan.corners.tolist() == [[0, 0], [2, 6], [4, 1]]
    assert scan.positions[1, 1] == 5.6
    assert scan.span == (slice(0, 12), slice(0, 14))
    assert scan.patterns.dtype == np.float32
    assert len(scan) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patterns": np.ones((3, 8, 9))}, "must be square"),
        ({"patterns": -np.ones((3, 8, 8))}, "negative count"),
        ({"patterns": np.full((3, 8, 8), np.nan)}, "192 values that are not finite"),
        ({"patterns": np.ones((0, 8, 8)), "positions": np.ones((0, 2))}, "no patterns"),
        ({"positions": np.zeros((2, 2))}, "expected 3 x 2"),
        ({"positions": np.full((3, 2), -1.0)}, "outside the object"),
        ({"probe": np.ones((4, 4))}, "probe is 4 x 4 px"),
        ({"probe": np.zeros((8, 8))}, "zero everywhere"),
        ({"object_shape": (10, 10)}, "outside the object of 10 x 10"),
        ({"mask": np.ones((4, 4))}, "mask is 4 x 4"),
        ({"mask": np.zeros((8, 8))}, "leaves no detector pixel"),
        ({"truth": np.ones((5, 5))}, "truth is 5 x 5 px"),
        ({"object_shape": (20, 20), "truth": np.zeros((20, 20))}, "truth is zero everywhere"),
    ],
)
def test_contradictions_are_named(changes, message):
    with pytest.raises(InputError, match=message):
        Scan(**parts(**changes))


def test_notes_accumulate():
    scan = Scan(**parts()).noted("one", name="x").noted("two")
    assert scan.notes == ("one", "two")
    assert scan.name == "x"


def test_illumination_is_the_diagonal_of_the_operator(scan):
    torch = pytest.importorskip("torch")
    from ptygui.physics.forward import Forward

    forward = Forward(torch.from_numpy(scan.probe), torch.from_numpy(scan.corners), scan.object_shape)
    np.testing.assert_allclose(scan.illumination, forward.illumination().numpy(), rtol=1e-5, atol=1e-3)


class Source:
    """Patterns that are read in parts, and never whole."""

    def __init__(self, values):
        self.values, self.shape, self.most = values, values.shape, 0

    def __getitem__(self, which):
        found = self.values[which]
        self.most = max(self.most, found.size)
        return found


def test_patterns_may_come_in_parts(monkeypatch):
    from ptygui import scan as module

    monkeypatch.setattr(module, "CHUNK_VALUES", 2 * 8 * 8)
    counts = np.arange(3 * 8 * 8, dtype=np.uint16).reshape(3, 8, 8)
    source = Source(counts)
    scan = Scan(**parts(patterns=source))
    assert source.most == 2 * 8 * 8
    assert (scan.brightest, scan.photons, scan.size) == (191, counts.sum(), counts.size)
    found = list(scan.chunks())
    assert [(which.start, which.stop) for which, _ in found] == [(0, 2), (2, 3)]
    np.testing.assert_array_equal(np.concatenate([part for _, part in found]), counts)
    assert all(part.dtype == np.float32 for _, part in found)


@pytest.mark.parametrize("kind", [np.uint32, np.float32])
def test_a_run_of_parts_is_that_of_the_whole(scan, monkeypatch, kind):
    from dataclasses import replace

    from ptygui import scan as module
    from ptygui.experiment.reconstruct import reconstruct
    from ptygui.methods import AWF

    def last(of):
        return [step for step in reconstruct(of, AWF(iterations=4), device="cpu") if step is not None][-1]

    whole = last(scan)
    monkeypatch.setattr(module, "CHUNK_VALUES", 3 * scan.width**2)
    parted = last(replace(scan, patterns=Source(scan.patterns.astype(kind))))
    np.testing.assert_array_equal(parted.obj, whole.obj)
    assert parted.misfit == whole.misfit


def test_a_subset_keeps_the_order_and_all_that_belongs_to_a_position():
    mask = np.ones((3, 8, 8), bool)
    mask[2, 0, 0] = False
    patterns = np.arange(3)[:, None, None] * np.ones((3, 8, 8))
    scan = Scan(**parts(patterns=patterns, mask=mask, object_shape=(20, 20), weights=[1.0, 2.0, 3.0]))
    part = scan.subset([2, 0], name="part")
    assert part.weights.tolist() == [1, 3]
    assert part.positions.tolist() == [[0, 0], [4, 1]]
    assert part.patterns[:].mean((1, 2)).tolist() == [0, 2]
    assert (part.object_shape, part.name, scan.name) == ((20, 20), "part", "scan")
    assert not part.mask[1, 0, 0]
    assert part.mask[0].all()
    assert len(scan.subset(np.array([False, True, False]))) == 1
    assert len(scan.subset(slice(1, None))) == 2
    with pytest.raises(InputError, match="no patterns"):
        scan.subset([])


def test_subsets_of_subsets_read_only_what_is_asked_for():
    source = Source(np.arange(60.0)[:, None, None] * np.ones((60, 8, 8)))
    scan = Scan(patterns=source, positions=np.zeros((60, 2)), probe=np.ones((8, 8)))
    part = scan.subset(slice(0, 60, 2)).subset(slice(3, 9))
    assert part.patterns.source is source
    source.most = 0
    np.testing.assert_array_equal(part.patterns[2:4], source.values[[10, 12]])
    assert source.most == 2 * 64
    assert float(part.patterns[1].mean()) == 8
    assert part.brightest == 16
