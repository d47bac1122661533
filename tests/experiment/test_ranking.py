"""Priors ranked by the counts that they predict. The networks here only pull towards an amplitude."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ptygui.errors import InputError
from ptygui.experiment.ranking import central_part, rank_priors
from ptygui.networks.channels import Channels
from ptygui.networks.checkpoint import PriorInfo, save_checkpoint
from ptygui.networks.denoiser import build_network
from ptygui.physics.probe import make_probe
from ptygui.physics.simulate import Simulation, simulate
from ptygui.scan import Reference

SIZE = 48


@pytest.fixture(scope="module")
def pulls_to(tmp_path_factory):
    """Make a prior whose clean estimate is a mean of its input and a fixed amplitude, at phase 0."""

    def make(amplitude: float, domain: str = ""):
        network = build_network("tiny")
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.zero_()  # the network adds nothing to EDM's mean
        channels = Channels(amplitude, 0.2, 0.0, 0.8)
        folder = tmp_path_factory.mktemp("priors") / f"to-{amplitude:g}"
        info = PriorInfo("edm", channels, sigma_data=(0.1, 0.1), stem=2, preset="tiny", domain=domain)
        save_checkpoint(folder, network, info)
        return str(folder)

    return make


@pytest.fixture(scope="module")
def sparse():
    """A scan at 10 % overlap of a nearly flat object of amplitude 0.8."""
    rng = np.random.default_rng(4)
    obj = 0.8 + 0.01 * rng.standard_normal((SIZE, SIZE))
    probe = make_probe("medium", 16)
    return simulate(obj, probe, Simulation(overlap=0.1, photons=1e4), name="flat")


def last_of(*arguments, **how):
    *_, last = rank_priors(*arguments, device="cpu", **how)
    return last


def test_priors_that_know_the_object_are_first_and_equal_ones_within_the_noise(sparse, pulls_to):
    right, nearly, wrong = pulls_to(0.8), pulls_to(0.799), pulls_to(0.3)
    ranking = last_of(sparse, [wrong, right, nearly])
    assert ranking.done
    first, second = ranking.candidates[:2]
    assert {first.prior, second.prior} == {right, nearly}
    assert {c.prior for c in ranking.candidates} == {right, nearly, wrong, ""}
    assert ranking.best == first
    assert first.behind == 0
    assert second.alike
    assert not next(c for c in ranking.candidates if c.prior == wrong).alike
    said = f"{Path(first.prior).name} is best, but {Path(second.prior).name} is within the noise"
    assert said in ranking.verdict


def test_where_no_prior_is_right_none_is_advised(pulls_to):
    rng = np.random.default_rng(4)
    obj = 0.8 * np.exp(0.5j * rng.standard_normal((SIZE, SIZE)))
    dense = simulate(obj, make_probe("medium", 16), Simulation(overlap=0.75, photons=1e6))
    ranking = last_of(dense, [pulls_to(0.3)])
    assert ranking.best.prior == ""
    assert "No prior beats AWF" in ranking.verdict


def test_the_truth_is_not_used(sparse, pulls_to, short_previews):
    prior = pulls_to(0.8)
    without = replace(sparse, truth=None)
    scores = [[c.deviance for c in last_of(scan, [prior]).candidates] for scan in (sparse, without)]
    assert scores[0] == scores[1]


def test_hidden_pixels_are_trusted_ones(sparse, pulls_to, short_previews):
    mask = np.ones((16, 16), bool)
    mask[:, 8:] = False
    ruined = sparse.patterns.copy()
    ruined[:, :, 8:] = 1e6
    masked = replace(sparse, patterns=ruined, mask=mask)
    ranking = last_of(masked, [pulls_to(0.8)])
    assert ranking.pixels < 0.15 * len(sparse) * mask.sum()
    assert ranking.candidates[0].deviance < 50
    mask = np.zeros((16, 16), bool)
    mask[0, 0] = True
    with pytest.raises(InputError, match="too few trusted"):
        last_of(replace(sparse, mask=mask, patterns=sparse.patterns[:1], positions=sparse.positions[:1]), [])


def test_a_prior_that_cannot_be_read_is_left_out_with_its_reason(sparse, tmp_path, short_previews):
    ranking = last_of(sparse, [str(tmp_path / "nowhere")])
    assert [c.prior for c in ranking.candidates] == [""]
    ((name, why),) = ranking.left_out
    assert name == str(tmp_path / "nowhere")
    assert "there is no model" in why


def test_time_is_bounded_and_a_caller_may_stop(sparse, pulls_to):
    right = pulls_to(0.8)
    ranking = last_of(sparse, [right], minutes=1e-9)
    assert not ranking.candidates
    assert [name for name, _ in ranking.left_out] == ["AWF", right]
    assert "not tried" in ranking.left_out[0][1]
    assert ranking.verdict == "No prior could be tried."
    steps = rank_priors(sparse, [], device="cpu")
    assert next(steps) is None  # a place to stop, long before the first candidate is done
    steps.close()


def test_of_a_large_scan_the_centre_is_used(monkeypatch):
    from ptygui.experiment import ranking

    monkeypatch.setattr(ranking, "MOST_VALUES", 16 * 16**2)
    obj = np.exp(1j * np.random.default_rng(0).random((128, 96)))
    scan = simulate(obj, make_probe("medium", 16), Simulation(overlap=0.5))
    reference = Reference(scan.truth, np.ones(scan.object_shape, bool), "another scan")
    part = central_part(replace(scan, held_out=scan.subset(slice(0, 5)), reference=reference))
    assert len(part) == 16
    assert part.positions.min() == 0
    equal = (part.patterns[:, None] == scan.patterns).all((-2, -1))
    assert (equal.sum(1) == 1).all()
    moved = scan.corners[equal.argmax(1)] - part.corners
    assert (moved == moved[0]).all()
    assert abs(moved[0] + np.array(part.object_shape) / 2 - np.array(scan.object_shape) / 2).max() <= 8
    assert central_part(part) is part


def test_what_a_scan_says_of_its_beam_is_used(sparse, pulls_to):
    beam = np.linspace(0.5, 1.5, len(sparse))
    counts = np.rint(sparse.patterns * beam[:, None, None] ** 2)
    weighted = replace(sparse, patterns=counts, weights=beam)
    right = pulls_to(0.8)
    known, unknown = (last_of(s, [right]).best.deviance for s in (weighted, replace(weighted, weights=None)))
    assert known < unknown / 3
