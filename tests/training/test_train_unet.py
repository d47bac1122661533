import math
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ptygui.analysis.metrics import best_factor
from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.corrector import UNETS, load_corrector
from ptygui.physics.smear import smear
from ptygui.training.options import UNetTraining
from ptygui.training.pairs import PairMaker
from ptygui.training.patches import training_image
from ptygui.training.scan_network import train_network
from ptygui.training.scan_trainer import object_channels
from ptygui.training.state import load_state

QUICK = UNetTraining(
    preset="tiny", overlap=0.4, awf_iterations=5, pairs=8, steps=6, batch=2, crop=32, probe_width=16, seed=1,
    bfloat16="no", threads=1, validate_every=2,
)  # fmt: skip
CHANNELS = Channels(0.8, 0.2, 0.4, 0.25)


@pytest.fixture(scope="module")
def objects():
    return {"a": smear((96, 96), 0), "stack": np.stack([smear((64, 64), s) for s in (1, 2)])}


@pytest.fixture(scope="module")
def trained(objects, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "unet-40"
    return folder, list(train_network(objects, QUICK, folder, command="ptygui train unet a stack"))


def weights(folder):
    return load_state(folder).tensors


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_pairs_then_steps_and_a_last_record(trained):
    folder, records = trained
    assert [(r.stage, r.step) for r in records] == [
        *(("pairs", k) for k in range(1, 9)), *(("steps", k) for k in range(1, 7)), ("steps", 6)
    ]  # fmt: skip
    last = records[-1]
    assert (last.saved, last.total, last.seconds_left) == (True, 6, 0)
    assert math.isnan(records[0].loss)
    assert all(math.isfinite(r.loss) for r in records[8:])
    assert last.validation.keys() == {"loss", "nrmse_awf", "nrmse"}
    files = {"unet.json", "unet.safetensors", "README.md", "training-state"}
    assert {p.name for p in folder.iterdir()} == files


def test_the_folder_is_a_network_for_its_overlap(trained):
    info = load_corrector(trained[0]).info
    assert (info.overlap, info.iterations, info.preset) == (0.4, 5, "tiny")
    assert info.training["steps"] == 6
    assert info.training["data"] == ["a", "stack"]
    assert [entry["step"] for entry in info.training["validation"]] == [2, 4, 6]


def test_the_card_says_where_it_comes_from(trained):
    text = (trained[0] / "README.md").read_text()
    for words in ("ptygui train unet a stack", "`stack`", "| steps | 6 |", "| seed | 1 |", "overlap of 40%"):
        assert words in text


@pytest.mark.parametrize("bfloat16", ["no", "yes"])
def test_closing_saves_and_the_rest_is_bit_for_bit_the_same(objects, tmp_path, bfloat16):
    options = replace(QUICK, bfloat16=bfloat16)
    list(train_network(objects, options, tmp_path / "whole"))
    training = train_network(objects, options, tmp_path)
    for record in training:
        if record.stage == "steps" and record.step == 3:
            break
    training.close()
    assert load_state(tmp_path / "training-state").step == 3
    assert [(r.stage, r.step) for r in train_network(objects, options, tmp_path)] == [
        ("pairs", 8), *(("steps", k) for k in (4, 5, 6, 6))
    ]  # fmt: skip
    assert same(weights(tmp_path / "training-state"), weights(tmp_path / "whole" / "training-state"))


def test_pairs_that_are_made_are_kept(objects, tmp_path, monkeypatch):
    monkeypatch.setattr("ptygui.training.pairs.PART", 3)
    training = train_network(objects, QUICK, tmp_path)
    for record in training:
        if record.step == 4:
            break
    training.close()
    assert len(list((tmp_path / "training-state").glob("pairs-*.safetensors"))) == 1
    steps = [r.step for r in train_network(objects, QUICK, tmp_path) if r.stage == "pairs"]
    assert steps == [3, 4, 5, 6, 7, 8]
    other = replace(QUICK, overlap=0.5)
    list(train_network(objects, other, tmp_path / "other", state=tmp_path / "training-state", resume=False))
    names = [path.name[:22] for path in (tmp_path / "training-state").glob("pairs-*.safetensors")]
    assert len(names) == 3  # those of the other overlap went
    assert len(set(names)) == 1


def test_training_teaches(objects, tmp_path):
    options = replace(QUICK, pairs=24, steps=60, batch=8, learning_rate=0.02, validate_every=10)
    last = list(train_network(objects, options, tmp_path))[-1]
    first = UNETS.read(tmp_path).training["validation"][0]
    assert last.validation["loss"] < first["loss"]
    assert last.validation["nrmse"] < 0.9 * last.validation["nrmse_awf"]


def test_the_best_weights_are_kept(objects, tmp_path):
    # A rate at which it gets worse and worse: what is saved is the first validation's.
    options = replace(QUICK, steps=40, learning_rate=0.1, cosine_decay=False, validate_every=1)
    list(train_network(objects, options, tmp_path))
    said = UNETS.read(tmp_path).training
    best = min(said["validation"], key=lambda entry: entry["loss"])
    assert said["kept_step"] == best["step"]
    saved, state = load_corrector(tmp_path).network.state_dict(), weights(tmp_path / "training-state")
    for name, value in saved.items():
        assert torch.equal(value, state[f"best/{name}"].half().float())


def test_a_pair_is_turned_alike():
    image = training_image(smear((48, 48), 3))
    options = replace(QUICK, crop=48, overlap=0.6, awf_iterations=200)
    for shift in (0.0, 2.5):  # the truth's own phase origin does not matter
        polar = image + torch.tensor([0.0, shift])[:, None, None]
        x, target = PairMaker(options, CHANNELS).pair(polar, seed=0)
        awf, truth = CHANNELS.decode(x).numpy(), CHANNELS.decode(target).numpy()
        assert abs(np.angle(best_factor(awf, truth))) < 0.05
        assert (x - target)[1].abs().mul(CHANNELS.phase_scale).median() < 0.2


def test_the_same_seed_makes_the_same_pair():
    polar = training_image(smear((32, 32), 3))
    maker = PairMaker(QUICK, CHANNELS)
    assert torch.equal(maker.pair(polar, 5), maker.pair(polar, 5))
    assert not torch.equal(maker.pair(polar, 5), maker.pair(polar, 6))


def test_a_squared_error_of_the_channels_is_that_of_the_object():
    image = training_image(smear((96, 96), 2))
    channels = object_channels([image], [1.0])
    truth = channels.from_polar(*image)
    change = 0.02 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    complex_error = (channels.decode(truth + change) - channels.decode(truth)).abs().square().mean()
    expected = channels.amplitude_scale**2 * change.square().sum(0).mean()
    assert float(complex_error) == pytest.approx(float(expected), rel=0.05)


def test_large_images_are_validated_on_a_block_never_trained_on(tmp_path):
    list(train_network({"large": smear((400, 400), 0)}, replace(QUICK, steps=1), tmp_path))
    said = UNETS.read(tmp_path).training
    assert (said["held_out_blocks"], said["validation_pairs"]) == (True, 2)


def test_starting_from_a_model_keeps_its_channels(objects, trained, tmp_path):
    options = replace(QUICK, overlap=0.2, steps=1, learning_rate=1e-7)
    list(train_network({"other": smear((64, 64), 9, phase=1.0)}, options, tmp_path, start=trained[0]))
    begun, old = load_corrector(tmp_path), load_corrector(trained[0])
    assert begun.info.channels == old.info.channels
    assert begun.info.training["start"] == "unet-40"
    for name, value in old.network.state_dict().items():
        torch.testing.assert_close(begun.network.state_dict()[name], value, atol=1e-3, rtol=1e-2)


def test_a_model_without_a_state_is_not_replaced_unasked(objects, trained, tmp_path):
    folder = tmp_path / "shipped"
    shutil.copytree(trained[0], folder, ignore=shutil.ignore_patterns("training-state"))
    with pytest.raises(
        InputError, match=r"shipped holds a model without a state.*--continue.*another folder.*--fresh"
    ):
        list(train_network(objects, QUICK, folder))
    assert next(train_network(objects, QUICK, folder, start=folder)).stage == "pairs"
    assert next(train_network(objects, QUICK, folder, resume=False)).stage == "pairs"


def test_what_cannot_be_trained_is_refused(objects, trained, tmp_path):
    def begin(data, options=QUICK, **kwargs):
        next(train_network(data, options, tmp_path, **kwargs))

    with pytest.raises(InputError, match="at least one DATA"):
        begin({})
    with pytest.raises(InputError, match="minutes and steps are both 0"):
        begin(objects, replace(QUICK, steps=0, minutes=0))
    with pytest.raises(InputError, match="smaller than the crops"):
        begin(objects, replace(QUICK, crop=80))
    with pytest.raises(InputError, match="notice nowhere"):
        begin(objects, replace(QUICK, notice="nowhere"))
    with pytest.raises(InputError, match=r"training of tiny at overlap 0\.4, not of tiny at overlap 0\.2"):
        begin(objects, replace(QUICK, overlap=0.2), state=trained[0] / "training-state")
    with pytest.raises(InputError, match="give --preset tiny"):
        begin(objects, replace(QUICK, preset="compact"), start=trained[0])


def test_spoilt_pairs_are_named(objects, trained, tmp_path):
    state = shutil.copytree(trained[0] / "training-state", tmp_path / "state")
    (path,) = state.glob("pairs-*")
    path.write_bytes(b"half a file")
    with pytest.raises(InputError, match=r"does not hold pairs.*delete it to make it again"):
        list(train_network(objects, QUICK, tmp_path / "m", state=state, resume=False))


def test_pairs_made_before_options_were_renamed_are_found():
    options = UNetTraining.read({"iterations": 5, "weights": "1,2"})
    assert options == UNetTraining(awf_iterations=5, data_weights="1,2")
    key = PairMaker(options, Channels(0.8, 0.2, 0.0, 0.8)).key(SimpleNamespace(images=[]))
    assert key == "012db70ddbd6da22"  # printed by the version before


def test_the_papers_training():
    # Cam et al. 2025, section 4: 20,000 AWF images, 19,000 to train on, 800 epochs, Adam at 2e-5
    paper = UNetTraining.of_paper()
    assert (paper.preset, paper.awf_iterations, paper.pairs) == ("paper", 10_000, 20_000)
    assert paper.steps * paper.batch == 800 * 19_000
    assert paper.learning_rate == 2e-5
    assert (paper.flips, paper.input_noise) == (True, 0.01)


@pytest.mark.gpu
def test_cuda_trains_as_the_cpu(objects, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    cpu, gpu = (
        list(train_network(objects, QUICK, tmp_path / device, device=device)) for device in ("cpu", "cuda")
    )
    assert gpu[-1].loss == pytest.approx(cpu[-1].loss, rel=1e-3)
    assert gpu[-1].validation == pytest.approx(cpu[-1].validation, rel=1e-2)
    for name, value in weights(tmp_path / "cpu" / "training-state").items():
        if name.startswith("net/"):
            other = weights(tmp_path / "cuda" / "training-state")[name]
            torch.testing.assert_close(other, value, atol=2e-3, rtol=0)
