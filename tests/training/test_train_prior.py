import itertools
import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from ptygui.errors import InputError, WriteError
from ptygui.networks import spectrum
from ptygui.networks.checkpoint import load_checkpoint, load_info, save_checkpoint
from ptygui.networks.denoiser import PRESETS
from ptygui.physics.smear import smear
from ptygui.prior.prior import load_prior
from ptygui.training import trainer
from ptygui.training.data import training_smears
from ptygui.training.options import PriorTraining
from ptygui.training.prior import train_prior
from ptygui.training.state import TrainingState, load_state, save_state

QUICK = PriorTraining(preset="tiny", steps=6, batch=2, crop=32, seed=1, bfloat16="no", threads=1)


@pytest.fixture(scope="module")
def objects():
    return {"a": smear((96, 96), 0), "stack": np.stack([smear((64, 64), s) for s in (1, 2)])}


@pytest.fixture(scope="module")
def trained(objects, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "tiny-smear"
    return folder, list(train_prior(objects, QUICK, folder, command="ptygui train prior a stack"))


@pytest.fixture(autouse=True)
def saves_quickly(monkeypatch):
    """Saving measures the guidance and the error and draws samples for 2 s: that of `trained` alone does."""
    monkeypatch.setattr(trainer, "gradient_scale", lambda prior, obj: {"l1": 1.0, "l2": 1.0})
    monkeypatch.setattr(trainer, "save_sheet", lambda *sheet: None)
    monkeypatch.setattr(spectrum, "SIGMAS", (0.1, 1.0))


def weights(folder):
    return load_state(folder).tensors


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_one_record_a_step_and_a_last_one(trained):
    folder, records = trained
    assert [r.step for r in records] == [1, 2, 3, 4, 5, 6, 6]
    assert records[-1].saved
    assert records[-1].total == 6
    assert records[-1].seconds_left == 0
    assert all(math.isfinite(r.loss) for r in records)
    assert {p.name for p in folder.iterdir()} >= {"config.json", "prior.json", "README.md", "sheet.png"}


def test_the_folder_is_a_prior(trained):
    prior = load_prior(trained[0])
    x = torch.randn(1, 2, 32, 32)
    assert torch.isfinite(prior.denoise(x, 0.5)).all()
    assert all(0.1 < d < 2 for d in prior.sigma_data)
    info = load_info(trained[0])
    assert info.errors.power[0] != info.errors.power[-1]
    said = info.training
    assert said["steps"] == 6
    assert said["samples"] == 12
    assert said["data"] == ["a", "stack"]


def test_the_card_says_where_it_comes_from(trained):
    text = (trained[0] / "README.md").read_text()
    for words in ("ptygui train prior a stack", "`stack`", "| steps | 6 |", "| seed | 1 |"):
        assert words in text


@pytest.mark.parametrize("bfloat16", ["no", "yes"])
def test_closing_saves_and_the_rest_is_bit_for_bit_the_same(objects, tmp_path, bfloat16):
    options = replace(QUICK, bfloat16=bfloat16)
    list(train_prior(objects, options, tmp_path / "whole"))
    training = train_prior(objects, options, tmp_path)
    for record in training:
        if record.step == 3:
            break
    training.close()
    assert load_state(tmp_path / "training-state").step == 3
    assert [r.step for r in train_prior(objects, options, tmp_path)] == [4, 5, 6, 6]
    assert same(weights(tmp_path / "training-state"), weights(tmp_path / "whole" / "training-state"))


def test_a_training_runs_in_the_precision_that_is_fast_unless_told(objects, precision):
    chosen = [
        trainer.Trainer(objects, replace(QUICK, bfloat16=bfloat16)) for bfloat16 in ("auto", "yes", "no")
    ]
    assert [t.autocast for t in chosen] == [precision == "bfloat16", True, False]
    assert [t.prior().autocast for t in chosen] == [t.autocast for t in chosen]
    losses = [t.take_step(1e-3) for t in chosen]
    assert losses[0] == losses[1 if precision == "bfloat16" else 2]
    assert losses[1] == pytest.approx(losses[2], rel=0.02)
    assert losses[1] != losses[2]


def test_a_finished_training_is_not_trained_further(objects, trained, tmp_path):
    list(train_prior(objects, replace(QUICK, steps=1), tmp_path))
    before = weights(tmp_path / "training-state")
    assert [r.step for r in train_prior(objects, replace(QUICK, steps=1), tmp_path)] == [1]
    assert same(before, weights(tmp_path / "training-state"))


def test_a_training_of_before_goes_on_as_it_was(objects, tmp_path):
    """Its state gives one deviation for both channels, and no reach of the phase."""
    list(train_prior(objects, replace(QUICK, steps=1), tmp_path))
    path = tmp_path / "training-state" / "training.json"
    said = json.loads(path.read_text())
    said["described"]["sigma_data"] = 0.3
    del said["described"]["channels"]["phase_reach"]
    path.write_text(json.dumps(said))
    assert list(train_prior(objects, replace(QUICK, steps=2), tmp_path))[-1].step == 2
    info = load_info(tmp_path)
    assert info.sigma_data == (0.3, 0.3)
    assert info.channels.phase_reach == 1.0


def test_beginning_afresh(objects, tmp_path):
    list(train_prior(objects, replace(QUICK, steps=2), tmp_path))
    first = next(iter(train_prior(objects, replace(QUICK, steps=3), tmp_path, resume=False)))
    assert first.step == 1


def test_training_teaches(objects, tmp_path):
    def error(rate):
        options = replace(QUICK, steps=80, minutes=0, batch=4, learning_rate=rate)
        last = list(train_prior(objects, options, tmp_path / str(rate)))[-1]
        prior = load_prior(tmp_path / str(rate))
        unseen = torch.from_numpy(smear((64, 64), 77, background=0))
        clean = prior.channels.encode(unseen)
        noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
        return last.loss, float((prior.denoise(clean + 0.5 * noise, 0.5) - clean).square().mean())

    untaught, taught = error(1e-7), error(0.04)  # on the same crops and noise
    assert taught[0] < 0.95 * untaught[0]
    assert taught[1] < 0.85 * untaught[1]


def test_epsilon_networks_train_and_denoise(objects, tmp_path, monkeypatch):
    monkeypatch.undo()  # they are measured and sampled too
    options = replace(QUICK, parameterisation="epsilon", steps=2, cosine_decay=False, fixed_crops=10)
    list(train_prior(objects, options, tmp_path))
    prior = load_prior(tmp_path)
    assert prior.parameterisation == "epsilon"
    assert torch.isfinite(prior.x0_hat(torch.randn(1, 2, 16, 16), 0.4)).all()


def test_large_images_are_validated_on_a_block_never_trained_on(tmp_path):
    options = replace(QUICK, steps=1)
    last = list(train_prior({"large": smear((400, 400), 0)}, options, tmp_path))[-1]
    assert list(last.validation) == [0.05, 0.1, 0.3, 0.5, 1.0, 3.0]
    assert last.validation[0.05] < last.validation[3.0] < 1
    assert "| 1 | 0 |" in (tmp_path / "README.md").read_text()


def test_given_objects_are_validated_on(objects, tmp_path):
    unseen = {"easy": np.full((40, 40), 0.8 + 0.1j, np.complex64), "hard": smear((64, 48), 9)}
    options = replace(QUICK, steps=1, holdout=False)
    last = list(train_prior(objects, options, tmp_path, validation=unseen))[-1]
    assert list(last.validation) == [0.05, 0.1, 0.3, 0.5, 1.0, 3.0]
    said = load_info(tmp_path).training
    assert said["validation_data"] == ["easy", "hard"]
    assert said["validation_crops"] == 40
    text = (tmp_path / "README.md").read_text()
    assert "Validated on, and not trained on:" in text
    assert "- `hard`" in text


def test_the_error_spectrum_is_of_the_given_objects(objects, tmp_path):
    """A network is told how wrong it is elsewhere: on what is unlike its data, more wrong."""
    rng = np.random.default_rng(0)
    unlike = {"noise": (rng.uniform(0, 1, (64, 64)) * np.exp(1j * rng.uniform(-1, 1, (64, 64))))}
    options = replace(QUICK, steps=60, batch=4, learning_rate=0.02)
    list(train_prior(objects, options, tmp_path / "own"))
    unchanged = replace(options, steps=1, learning_rate=1e-7)
    list(train_prior(objects, unchanged, tmp_path / "other", start=tmp_path / "own", validation=unlike))
    own, other = (load_info(tmp_path / name).errors.variance(1.0) for name in ("own", "other"))
    assert all(o > 1.5 * s for s, o in zip(own, other, strict=True))


def test_a_card_says_when_nothing_was_held_out(objects, trained):
    assert "Nothing was held out" in (trained[0] / "README.md").read_text()


def test_starting_from_a_model_keeps_its_channels(objects, trained, tmp_path):
    folder = trained[0]
    options = replace(QUICK, steps=1, learning_rate=1e-7)
    list(train_prior({"other": smear((64, 64), 9, phase=1.0)}, options, tmp_path, start=folder))
    begun, old = load_checkpoint(tmp_path), load_checkpoint(folder)
    assert begun.info.channels == old.info.channels
    for name, value in old.network.state_dict().items():
        torch.testing.assert_close(begun.network.state_dict()[name], value, atol=1e-3, rtol=1e-2)


def test_a_prior_of_before_goes_on_in_channels_of_photon_noise(objects, trained, tmp_path):
    """The weights mean the same of the data: at a vanishing rate the clean estimate without noise stays."""
    old = tmp_path / "old"
    shutil.copytree(trained[0], old, ignore=shutil.ignore_patterns("training-state"))
    info = load_info(old)
    channels = replace(info.channels, phase_scale=3 * info.channels.phase_scale, phase_reach=1.0)
    wide = replace(info, channels=channels, data_mean=(info.data_mean[0], info.data_mean[1] / 3))
    save_checkpoint(old, load_checkpoint(old).network, replace(wide, sigma_data=(0.3, 0.3), errors=None))
    list(train_prior(objects, replace(QUICK, steps=1, learning_rate=1e-7), tmp_path / "new", start=old))
    before, after = load_prior(old), load_prior(tmp_path / "new")
    # Matched at another root mean square of the amplitude, as 0.3 is not what was measured of it.
    assert after.channels.phase_scale == pytest.approx(info.channels.phase_scale, rel=0.1)
    obj = torch.from_numpy(smear((32, 32), 5)).to(torch.complex64)
    found = [p.channels.decode(p.denoise(p.channels.encode(obj), 1e-3)) for p in (before, after)]
    torch.testing.assert_close(*found, atol=2e-3, rtol=0)


def test_stretches_of_training_add_up_in_the_card(objects, trained, tmp_path):
    """A shipped folder, which came without a state, is gone on with in place, twice."""
    folder = tmp_path / "shipped"
    shutil.copytree(trained[0], folder, ignore=shutil.ignore_patterns("training-state"))
    first = load_checkpoint(folder)
    options = replace(QUICK, steps=2)
    list(train_prior(objects, options, folder, start=folder))
    second = load_checkpoint(folder)
    assert second.info.training["steps"] == 2
    assert second.info.training["earlier"] == [
        {
            "model": "shipped",
            "weights": first.identity,
            **{name: first.info.training[name] for name in ("steps", "samples", "hours")},
        }
    ]
    more = train_prior(objects, replace(options, steps=3), folder, start=folder)
    assert next(more).step == 3  # from its own state, not from the weights anew
    more.close()
    assert load_checkpoint(folder).info.training["earlier"] == second.info.training["earlier"]
    assert f"weights {first.identity[:12]}" in (folder / "README.md").read_text()


def test_a_larger_network_begins_where_a_smaller_one_ended(objects, trained, monkeypatch, precision):
    wider = {**PRESETS["tiny"], "block_out_channels": (16, 32), "layers_per_block": 2}
    monkeypatch.setitem(PRESETS, "medium", wider)
    larger = trainer.Trainer(objects, replace(QUICK, preset="medium", bfloat16="auto"))
    larger.continue_from(trained[0])
    before = load_prior(trained[0])
    x = torch.randn(1, 2, 48, 48, generator=torch.Generator().manual_seed(0))
    close = {"float32": 2e-3, "bfloat16": 5e-2}[precision] * min(before.sigma_data)
    torch.testing.assert_close(larger.prior().denoise(x, 0.3), before.denoise(x, 0.3), rtol=0, atol=close)
    larger.take_step(1e-4)
    assert larger._provenance()["earlier"][0]["weights"] == before.identity


def test_a_time_budget_ends(objects, tmp_path):
    options = replace(QUICK, steps=0, minutes=0.003)
    records = list(train_prior(objects, options, tmp_path))
    assert records[-1].seconds >= 0.18
    assert records[0].seconds_left < 0.2


def test_no_minutes_and_no_steps_is_refused(objects, tmp_path):
    with pytest.raises(InputError, match="minutes and steps are both 0"):
        list(train_prior(objects, replace(QUICK, steps=0, minutes=0), tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_model_without_a_state_is_not_replaced_unasked(objects, trained, tmp_path):
    folder = tmp_path / "shipped"
    shutil.copytree(trained[0], folder, ignore=shutil.ignore_patterns("training-state"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for start in (None, trained[0]):
        with pytest.raises(InputError, match=r"shipped holds a model without a state.*--continue.*--fresh"):
            list(train_prior(objects, QUICK, folder, start=start))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert next(train_prior(objects, QUICK, folder, resume=False)).step == 1


def test_nothing_is_saved_before_the_first_step(objects, tmp_path, monkeypatch):
    def interrupted(trainer, rate):
        raise KeyboardInterrupt

    monkeypatch.setattr("ptygui.training.trainer.Trainer.take_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(train_prior(objects, QUICK, tmp_path, resume=False))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def full(monkeypatch, tmp_path):
    """Folders whose disk is full, on a day that brings a save with each step."""
    from types import SimpleNamespace

    from ptygui.training import state

    folders, whole, now = [], state.write_tensors, itertools.count(step=1000.0)

    def write(path, tensors):
        if any(folder in path.parents for folder in folders):
            raise WriteError(f"{path} could not be written, the disk is full", full=True)
        whole(path, tensors)

    monkeypatch.setattr(state, "write_tensors", write)
    monkeypatch.setattr("ptygui.training.loop.time", SimpleNamespace(monotonic=lambda: next(now)))
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path / "home")
    return folders


def test_a_disk_that_is_full_for_a_while_costs_no_training(objects, tmp_path, full):
    full.append(tmp_path / "m")
    seen = []
    for progress in train_prior(objects, replace(QUICK, minutes=0), tmp_path / "m"):
        seen.append((progress.saved, bool(progress.trouble)))
        if len(seen) == 2:
            full.clear()
    assert seen[:3] == [(False, True), (False, True), (True, False)]
    assert load_state(tmp_path / "m" / "training-state").step == 6


def test_a_folder_that_went_bad_costs_no_training(objects, tmp_path, full):
    full.append(tmp_path / "m")
    with pytest.raises(WriteError, match=r"the training is in .* instead") as caught:
        list(train_prior(objects, replace(QUICK, minutes=0), tmp_path / "m"))
    (place,) = (tmp_path / "home").iterdir()
    assert str(place) in str(caught.value)
    assert load_state(place / "training-state").step == 6
    assert load_checkpoint(place).info.training["steps"] == 6
    more = list(train_prior(objects, replace(QUICK, steps=7, minutes=0), place))
    assert [progress.step for progress in more] == [7, 7]


def test_a_state_of_other_weights_is_refused_in_our_words(objects, trained, tmp_path):
    state = shutil.copytree(trained[0] / "training-state", tmp_path / "state")
    found = load_state(state)
    name = next(iter(sorted(key for key in found.tensors if key.startswith("net/"))))
    for tensors, why in (
        (found.tensors | {name: torch.zeros(3)}, "its weights are those of another network"),
        ({key: value for key, value in found.tensors.items() if key != "rng"}, "rng is missing"),
    ):
        save_state(state, replace(found, tensors=tensors))
        with pytest.raises(InputError, match=rf"that can be resumed \({why}\): start again with --fresh"):
            next(train_prior(objects, QUICK, tmp_path / "m", state=state))


def test_a_kill_between_two_files_leaves_the_last_state(tmp_path):
    save_state(tmp_path, TrainingState({"a": torch.zeros(2)}, step=1))
    said = (tmp_path / "training.json").read_text()
    save_state(tmp_path, TrainingState({"a": torch.ones(2)}, step=2))
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    # Killed after the tensors of step 3 were renamed, before training.json was:
    (tmp_path / "state-00000003.safetensors").write_bytes(b"not yet whole")
    state = load_state(tmp_path)
    assert state.step == 2
    assert torch.equal(state.tensors["a"], torch.ones(2))
    assert json.loads(said)["step"] == 1


def test_what_cannot_be_trained_is_refused(objects, trained, tmp_path):
    def begin(data, options=QUICK, **kwargs):
        next(train_prior(data, options, tmp_path, **kwargs))

    with pytest.raises(InputError, match="at least one DATA"):
        begin({})
    with pytest.raises(InputError, match="small: expected a finite complex image"):
        begin({"small": np.ones((64, 64))})
    with pytest.raises(InputError, match="expected 2 numbers"):
        begin(objects, replace(QUICK, data_weights="1,2,3"))
    with pytest.raises(InputError, match="separated by commas"):
        begin(objects, replace(QUICK, data_weights="half"))
    with pytest.raises(InputError, match="smaller than the crops"):
        begin(objects, replace(QUICK, crop=80))
    with pytest.raises(InputError, match="notice nowhere"):
        begin(objects, replace(QUICK, notice="nowhere"))
    with pytest.raises(InputError, match="not of compact"):
        begin(objects, replace(QUICK, preset="compact"), state=trained[0] / "training-state")
    with pytest.raises(InputError, match="give --preset tiny"):
        begin(objects, replace(QUICK, preset="compact"), start=trained[0])
    with pytest.raises(InputError, match="give --parameterisation edm"):
        begin(objects, replace(QUICK, parameterisation="epsilon"), start=trained[0])
    (tmp_path / "training-state").mkdir()
    (tmp_path / "training-state" / "training.json").write_text("{}")
    with pytest.raises(InputError, match="can be resumed"):
        begin(objects)


@pytest.mark.parametrize("spoil", ["channels", "tensors", "another kind"])
def test_a_state_that_does_not_fit_is_refused(objects, trained, tmp_path, spoil):
    state = load_state(trained[0] / "training-state")
    if spoil == "channels":
        state.described["channels"] = {"amplitude": 1.0}
    elif spoil == "tensors":
        state.tensors["net/unet.conv_in.weight"] = torch.zeros(1)
    else:
        state.described = {"kind": "unet", "preset": "tiny", "overlap": 0.2, "start": ""}
    save_state(tmp_path / "state", state)
    with pytest.raises(
        InputError, match=r"state holds (a training of tiny \(no prior\)|no training state that)"
    ):
        next(train_prior(objects, QUICK, tmp_path / "m", state=tmp_path / "state"))


def test_a_notice_is_quoted_in_the_card(objects, tmp_path):
    (tmp_path / "notice.md").write_text("Grown in our own garden.")
    options = replace(QUICK, steps=1, notice=str(tmp_path / "notice.md"))
    list(train_prior(objects, options, tmp_path / "m"))
    assert "Grown in our own garden." in (tmp_path / "m" / "README.md").read_text()


def test_cards_read_options_by_their_earlier_names(trained):
    from ptygui.training.card import _data

    told = {"data": ["a", "b"], "options": {"weights": "1,2", "flatten": True}}
    card = _data(replace(load_info(trained[0]), training=told))
    assert "Drawn in the proportions 1,2." in card
    assert "training images was removed" in card


def test_the_papers_training():
    paper = PriorTraining.of_paper()
    assert (paper.preset, paper.predicts, paper.steps, paper.batch) == ("paper", "epsilon", 130_000, 8)
    assert PriorTraining().predicts == "edm"


def test_training_smears_are_a_stack():
    assert training_smears(1).shape == (1, 512, 512)


@pytest.mark.gpu
@pytest.mark.parametrize("parameterisation", ["edm", "epsilon"])
def test_cuda_trains_as_the_cpu(objects, tmp_path, parameterisation, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    options = replace(QUICK, steps=3, parameterisation=parameterisation)
    cpu, gpu = (
        list(train_prior(objects, options, tmp_path / device, device=device)) for device in ("cpu", "cuda")
    )
    assert gpu[-1].loss == pytest.approx(cpu[-1].loss, rel=1e-3)
    for name, value in weights(tmp_path / "cpu" / "training-state").items():
        if name.startswith("net/"):  # a step moves each by the rate, however small its gradient
            other = weights(tmp_path / "cuda" / "training-state")[name]
            torch.testing.assert_close(other, value, atol=2e-3, rtol=0)
    assert load_info(tmp_path / "cuda").training["device"] == "cuda"


@pytest.mark.gpu
def test_cuda_goes_on_in_bfloat16(objects, tmp_path):
    options = replace(QUICK, bfloat16="yes")
    training = train_prior(objects, options, tmp_path, device="cuda")
    for record in training:
        if record.step == 3:
            break
    training.close()
    steps = [r.step for r in train_prior(objects, options, tmp_path, device="cuda")]
    assert steps == [4, 5, 6, 6]
