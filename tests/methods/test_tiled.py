"""An object in tiles: what they compute together is what the method computes on the whole object."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import small_object

from ptygui.analysis.metrics import nrmse
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.tiled import TiledRun
from ptygui.files.patterns_on_disk import PatternsOnDisk, left_in_files
from ptygui.files.scans import read_scan, write_scan
from ptygui.methods import AWF, DAPS, RPIE
from ptygui.methods.solvers.annealing import STEPS_BY_PRIOR
from ptygui.methods.solvers.discrepancy import Discrepancy
from ptygui.methods.tiled.cut import Tiling
from ptygui.methods.tiled.probe import TileProbe
from ptygui.methods.tiled.tile import Part
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import SomePatterns


@pytest.fixture(scope="module")
def large():
    """264 px, three crops of the network along a side, 50 % overlap of a probe of 32 px."""
    return simulate(small_object(264), make_probe("medium", 32), Simulation(overlap=0.5), name="large")


@pytest.fixture(scope="module")
def real_large():
    """Positions between pixels, two modes, background and flicker, and a mask."""
    options = Simulation(overlap=0.6, whole_pixels=False, modes=2, background=20, flicker=0.05)
    found = simulate(small_object(160), make_probe("medium", 32), options, name="real")
    mask = np.ones((32, 32), bool)
    mask[3, 4:9] = False
    return replace(found, mask=mask, simulated=False)


def in_tiles(scan, method, tiles, **how):
    run = TiledRun(0, scan, method, RunSettings(device="cpu"), tiles=tiles)
    return [step for step in run.steps(**how) if step is not None]


def whole(scan, method):
    *_, last = reconstruct(scan, method, device="cpu", interval=np.inf)
    return last


# ---------------------------------------------------------------- cutting


@pytest.mark.parametrize("named", ["1x1", "2x3", "3 x 1"])
def test_every_pixel_and_every_position_belongs_to_one_tile(large, named):
    tiling, owners = Tiling.of(large.object_shape, named), np.zeros(large.object_shape, int)
    belong = []
    for tile in range(len(tiling)):
        own = tiling.owned(tile)
        owners[own.top : own.bottom, own.left : own.right] += 1
        touching, mine = tiling.positions(large, tile)
        belong.extend(touching[mine])
        around = tiling.grown(tile, large.width)
        corners = large.corners[touching]
        assert (corners >= (around.top, around.left)).all()
        assert (corners + large.width <= (around.bottom, around.right)).all()
    assert (owners == 1).all()
    assert sorted(belong) == list(range(len(large)))


def test_what_one_tile_sends_the_other_receives(large):
    tiling = Tiling.of(large.object_shape, "2x3")
    for margin in (1, 32, 200):
        sent = {(a, b): rect for a in range(6) for b, rect in tiling.sent(a, margin)}
        received = {(a, b): rect for b in range(6) for a, rect in tiling.received(b, margin)}
        assert sent == received
        for tile in range(6):
            got = sum(rect.area for (_, b), rect in received.items() if b == tile)
            assert got + tiling.owned(tile).area == tiling.grown(tile, margin).area


@pytest.mark.parametrize(
    ("named", "said"),
    [("2", "expected rows x columns"), ("0x2", "expected rows"), ("9x1", "at most 3 of 88 px")],
)
def test_tiles_that_cannot_be_are_refused(named, said):
    with pytest.raises(InputError, match=said):
        Tiling.of((264, 264), named)


# ---------------------------------------------------------------- the same as the whole


@pytest.mark.parametrize(
    ("method", "within"),
    [
        (AWF(iterations=8), 1e-5),
        (AWF(iterations=14, probe_update="yes", probe_update_start=2), 1e-4),
        (AWF(iterations=10, gaussian_prior="power-law"), 1e-3),  # whose filter ends at a halo
    ],
)
def test_awf_in_tiles_is_that_of_the_whole_object(large, method, within):
    expected = whole(large, method)
    *_, found = in_tiles(large, method, "2x2")
    assert nrmse(found.obj, expected.obj, "none") < within
    assert found.misfit == pytest.approx(expected.misfit, rel=100 * within)
    assert nrmse(found.probe, expected.probe, "none") < within


def test_awf_of_a_real_scan(real_large):
    method = AWF(iterations=8)  # with the probe, since it was measured
    expected = whole(real_large, method)
    *_, found = in_tiles(real_large, method, "2x1")
    assert nrmse(found.obj, expected.obj, "none") < 1e-4
    np.testing.assert_allclose(found.misfits, expected.misfits, rtol=0.05)  # of another mean pattern


@pytest.mark.parametrize("simulated", [True, False])
def test_daps_in_tiles_is_that_of_the_whole_object(large, prior_folder, monkeypatch, simulated):
    """Without noise of its own each level is the same: network, data steps, slow phase, discrepancy.

    And what of the estimate of an untrained network is left out of a measured scan.
    """
    large = replace(large, simulated=simulated)
    monkeypatch.setattr(torch, "randint", lambda *a, **_: torch.full((1,), 3))  # one orientation
    method = DAPS(
        prior=str(prior_folder), levels=2, awf_iterations=6, data_steps=6, renoise=0, start_unet=False,
        final_data_steps=2, overrule=False, probe_update="no",
    )  # fmt: skip
    left_out = []
    wrong = Discrepancy.wrong
    monkeypatch.setattr(
        Discrepancy, "wrong", lambda self, *of: left_out.append(wrong(self, *of)) or left_out[-1]
    )
    expected = whole(large, method)
    assert simulated or left_out[-1].abs().max() > 0
    first, found = in_tiles(large, method, "2x2")
    assert (first.index, found.index) == (1, method.total)
    assert nrmse(found.obj, expected.obj, "none") < 1e-3
    assert found.misfit == pytest.approx(expected.misfit, rel=1e-2)
    assert found.discrepancy == pytest.approx(expected.discrepancy, rel=1e-2)
    np.testing.assert_allclose(found.prior_share, expected.prior_share, atol=1e-2)


def test_the_prior_refines_a_wrong_probe_as_in_one_process(large, prior_folder, monkeypatch):
    monkeypatch.setattr(torch, "randint", lambda *a, **_: torch.full((1,), 3))  # one orientation
    steps, take = [], TileProbe.take
    monkeypatch.setattr(TileProbe, "take", lambda *asked: steps.append(asked[2:]) or take(*asked))
    noise = np.random.default_rng(0).normal(size=(2, 32, 32)) * 0.05 * np.abs(large.probe).max()
    wrong = replace(large, probe=large.probe + noise[0] + 1j * noise[1])
    method = DAPS(
        prior=str(prior_folder), levels=2, awf_iterations=6, data_steps=6, renoise=0, probe_update="yes",
        start_unet=False, overrule=False,
    )  # fmt: skip
    expected = whole(wrong, method)
    *_, found = in_tiles(wrong, method, "1x2")
    assert len([step for step in steps if step]) == 2 * STEPS_BY_PRIOR  # at one level, in two tiles
    assert nrmse(found.probe, expected.probe, "none") < 1e-3 < nrmse(found.probe, wrong.probe, "none")
    assert nrmse(found.obj, expected.obj, "none") < 1e-3


def test_tiles_go_on_from_an_object(large):
    start = np.roll(large.truth, 1, 0)
    *_, found = in_tiles(large, AWF(iterations=1), "1x2", start=start)
    *_, expected = reconstruct(large, AWF(iterations=1), device="cpu", start=start)
    assert nrmse(found.obj, expected.obj, "none") < 1e-5


def test_steps_are_those_asked_for(large):
    steps = in_tiles(large, AWF(iterations=5), "1x2", record=(2, 4))
    assert [step.index for step in steps] == [2, 4, 5]
    assert steps[-1].done
    assert "1 x 2 tiles of up to 264 x 176 px on this process" in steps[-1].note


# ---------------------------------------------------------------- what does not go


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (RPIE(), "does not work in tiles"),
        (AWF(position_update="yes"), "leave out --position-update"),
        (AWF(weight_update=True), "leave out --weight-update"),
        (DAPS(seeds=3), "give --seeds 1"),
    ],
)
def test_what_tiles_cannot_do_is_said(large, method, said):
    with pytest.raises(InputError, match=said):
        in_tiles(large, method, "2x2")


def test_a_tile_without_positions_is_named(large):
    left = large.subset(large.corners[:, 1] < 100)
    with pytest.raises(InputError, match="no position of large is in tile 1, rows 0 to 264"):
        in_tiles(left, AWF(), "1x2")


def test_a_step_cannot_be_gone_on_from(large):
    *_, step = in_tiles(large, AWF(iterations=1), "1x2")
    with pytest.raises(InputError, match="cannot be continued"):
        in_tiles(large, AWF(iterations=2), "1x2", resume=step)


def test_tiles_read_their_patterns_from_the_file(large, tmp_path):
    with left_in_files():
        scan = read_scan(write_scan(tmp_path / "large.h5", large))
    assert isinstance(scan.patterns, PatternsOnDisk)
    tiling = Tiling.of(scan.object_shape, "2x2")
    part = Part.of(scan, tiling, 3, 1.0)
    touching, _ = tiling.positions(scan, 3)
    assert isinstance(part.patterns, SomePatterns)
    assert len(touching) < len(scan) / 2
    np.testing.assert_array_equal(part.patterns[:], np.asarray(large.patterns)[touching])
    *_, found = in_tiles(scan, AWF(iterations=3), "2x2")
    assert nrmse(found.obj, whole(large, AWF(iterations=3)).obj, "none") < 1e-5
    assert isinstance(read_scan(tmp_path / "large.h5").patterns, np.ndarray)  # as ever


def test_sums_do_not_depend_on_who_carries_them():
    from ptygui.methods.tiled.talk import Talk, answers

    parts = [
        np.float32(0.1) * np.arange(3, dtype=np.float32),
        np.ones(3, np.float32),
        np.full(3, 1e-7, np.float32),
    ]
    said = [Talk(total=(part,), mail={(k + 1) % 3: part}) for k, part in enumerate(parts)]
    heard = answers(said)
    for a, b in itertools.pairwise(heard):
        np.testing.assert_array_equal(a.total[0], b.total[0])
    np.testing.assert_array_equal(heard[0].mail[2], parts[2])
