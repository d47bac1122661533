"""Trainings of PtychoNN and of unrolled networks: scans simulated as they are needed."""

from dataclasses import replace

import pytest
import torch

from ptygui.errors import InputError
from ptygui.files.info import describe
from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.networks.ptychonn import load_predictor
from ptygui.networks.unrolled import load_unrolled
from ptygui.physics.smear import smear
from ptygui.training.options import PtychoNNTraining, UnrolledTraining
from ptygui.training.scan_network import train_network
from ptygui.training.state import load_state
from ptygui.training.unrolled_trainer import _DataTerm, squared_error

SAME = {
    "preset": "tiny", "steps": 4, "crop": 32, "probe_width": 16, "seed": 1, "bfloat16": "no", "threads": 1,
    "validate_every": 2,
}  # fmt: skip
PTYCHONN = PtychoNNTraining(batch=16, **SAME)
UNROLLED = UnrolledTraining(overlap=0.4, awf_iterations=3, batch=2, **SAME)
BOTH = pytest.mark.parametrize("options", [PTYCHONN, UNROLLED], ids=["ptychonn", "unrolled"])


@pytest.fixture(scope="module")
def objects():
    return {"a": smear((64, 64), 0)}


def weights(folder):
    return load_state(folder / "training-state").tensors


@BOTH
def test_stopped_and_resumed_it_is_bit_for_bit_the_same(options, objects, tmp_path):
    records = list(train_network(objects, options, tmp_path / "whole"))
    assert [r.step for r in records] == [1, 2, 3, 4, 4]
    training = train_network(objects, options, tmp_path / "parts")
    while next(training).step < 3:
        pass
    training.close()
    assert [r.step for r in train_network(objects, options, tmp_path / "parts")] == [4, 4]
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


@BOTH
def test_training_teaches(options, objects, tmp_path):
    options = replace(options, steps=60, learning_rate=5e-3, validate_every=20)
    list(train_network(objects, options, tmp_path))
    load = load_predictor if options.__class__ is PtychoNNTraining else load_unrolled
    history = load(tmp_path).info.training["validation"]
    assert min(entry["loss"] for entry in history[1:]) < history[0]["loss"]


@BOTH
def test_the_card_and_info_say_where_it_comes_from(options, objects, tmp_path):
    folder = tmp_path / "mine"
    list(train_network(objects, options, folder, command="ptygui train it"))
    text = (folder / "README.md").read_text()
    for words in ("ptygui train it", "- `a`", "| steps | 4 |", "Nothing was held out", "## Errors"):
        assert words in text
    said = describe(folder)
    assert ("preset", "tiny") in said.lines
    assert said.title.startswith("trained")


def test_a_width_that_does_not_fit_is_refused(objects, tmp_path):
    with pytest.raises(InputError, match="multiple of 4 px"):
        list(train_network(objects, replace(PTYCHONN, probe_width=18), tmp_path))


def test_the_derivative_of_the_data_term_is_that_of_differences(scan):
    step = ModulusStep(Problem.of(scan, "cpu"))
    generator = torch.Generator().manual_seed(0)
    obj, change, slope = (
        torch.complex(*torch.randn(2, *scan.object_shape, generator=generator)) for _ in range(3)
    )
    step.amplitudes = 0.9 * step.forward.apply(obj).abs()
    step.set_forward(step.forward)
    leaf = obj.clone().requires_grad_(True)
    out = _DataTerm.apply(leaf, step)
    (out * slope.conj()).real.sum().backward()
    exact = float((leaf.grad.conj() * change).real.sum())
    h = 1e-3
    moved = (step.back(obj + h * change) - step.back(obj - h * change)) / (2 * h)
    assert exact == pytest.approx(float((slope.conj() * moved).real.sum()), rel=0.02)


def test_the_global_phase_costs_nothing():
    obj = torch.complex(*torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0)))
    assert float(squared_error(obj * torch.polar(torch.ones(()), torch.tensor(2.0)), obj)) < 1e-5
