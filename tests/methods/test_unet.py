"""U-Net post-processing: AWF as it is, one pass more, and what is said where it does not fit."""

from dataclasses import replace

import numpy as np
import pytest

from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.files.result import Result
from ptygui.history import History
from ptygui.methods.awf import AWF
from ptygui.methods.unet import UNet
from ptygui.networks.corrector import UNETS, load_corrector


def steps_of(scan, method, **how):
    return [s for s in reconstruct(scan, method, interval=0, device="cpu", **how) if s is not None]


@pytest.fixture
def method(unet_folder):
    return UNet(network=str(unet_folder), awf_iterations=12)


def test_it_is_awf_and_one_pass_more(scan, method):
    steps, awf = steps_of(scan, method), steps_of(scan, AWF(iterations=12))
    for a, b in zip(steps[:-1], awf, strict=True):
        assert np.array_equal(a.obj, b.obj)
    assert [s.nfe for s in steps] == [0] * 12 + [1]
    assert not np.allclose(steps[-1].obj, awf[-1].obj, atol=1e-3)


def test_a_whole_run_goes_on_with_more_iterations(scan, method):
    last, more = steps_of(scan, method)[-1], replace(method, awf_iterations=20)
    branch, straight = steps_of(scan, more, resume=last), steps_of(scan, more)
    assert [s.index for s in branch] == list(range(14, 22))
    assert np.array_equal(branch[-1].obj, straight[-1].obj)


def test_nothing_is_said_where_it_fits(scan, method):
    assert {s.note for s in steps_of(scan, method)} == {""}


def test_another_overlap_and_other_iterations_are_said(scan, method):
    from conftest import small_object

    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate

    other = simulate(small_object(), make_probe("medium", 16), Simulation(overlap=0.25))
    steps = steps_of(other, replace(method, awf_iterations=3))
    (note,) = {s.note for s in steps}
    assert "trained for an overlap of 60%, this scan has 25%" in note
    assert "for 12 AWF iterations, here there are 3" in note
    history = History()
    history.append(steps[-1])
    result = Result.of(other, replace(method, awf_iterations=3), history, seed=0, device="cpu")
    assert note in result.notes
    assert result.versions["unet sha256"] == load_corrector(method.network).identity


def test_a_missing_network_is_named(scan):
    with pytest.raises(InputError, match="there is no U-Net 'nowhere'"):
        steps_of(scan, UNet(network="nowhere"))


def test_a_network_for_every_low_overlap_of_the_paper_is_shipped():
    assert {one.overlap for one in UNETS.listed().values()} == {0.2, 0.38, 0.44, 0.5}


@pytest.mark.parametrize("overlap", [one.overlap for one in UNETS.listed().values()])
def test_a_shipped_network_improves_on_awf(overlap):
    from ptygui.physics.probe import make_probe
    from ptygui.physics.simulate import Simulation, simulate
    from ptygui.physics.smear import smear

    scan = simulate(smear((128, 128), 3), make_probe("medium"), Simulation(overlap=overlap))
    steps = reconstruct(scan, UNet(), interval=1e9, record=(300,), device="cpu")
    awf, last = (s for s in steps if s is not None and s.index >= 300)
    assert last.note == ""
    assert last.nrmse < 0.9 * awf.nrmse
