import json
import re
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.checkpoint import (
    CONFIG,
    DESCRIPTION,
    PriorInfo,
    load_checkpoint,
    load_info,
    save_checkpoint,
    store_errors,
    store_zeta_scale,
    weights_identity,
)
from ptygui.networks.denoiser import build_network
from ptygui.networks.spectrum import ErrorSpectrum
from ptygui.networks.weights import WEIGHTS, weights_files

INFO = PriorInfo("edm", Channels(0.6, 0.4, 0.7, 1.7), (0.23, 0.3), (0.5, -0.2), stem=2, preset="tiny")


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(3)
    network = build_network("tiny")
    folder = tmp_path / "model"
    identity = save_checkpoint(folder, network, INFO, card="# model\n")
    return folder, network, identity


ERRORS = {"sigmas": [0.1, 1.0], "radii": [0, 9], "power": [[[1e-3, 1e-4], [1e-3, 1e-4]]] * 2}


def edit(path, **changes):
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, **changes}))


def test_a_saved_network_is_read_back_in_half_precision(saved):
    folder, network, identity = saved
    read = load_checkpoint(folder)
    assert read.info == INFO
    assert read.identity == identity == weights_identity(folder)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(read.network.state_dict()[name], value.half().float(), rtol=0, atol=0)
    assert sorted(p.name for p in folder.iterdir()) == ["README.md", CONFIG, WEIGHTS, DESCRIPTION]


def test_a_folder_of_before_gives_one_deviation_for_both_channels_and_no_reach(saved):
    folder = saved[0]
    channels = json.loads((folder / DESCRIPTION).read_text())["channels"]
    del channels["phase_reach"]
    edit(folder / DESCRIPTION, sigma_data=0.25, channels=channels)
    info = load_info(folder)
    assert info.sigma_data == (0.25, 0.25)
    assert info.channels == INFO.channels


def test_matching_changes_units_alone():
    matched = INFO.matched()
    for scale, of in ((INFO.channels.phase_scale, INFO), (matched.channels.phase_scale, matched)):
        assert scale * of.data_mean[1] == pytest.approx(1.7 * -0.2)
        assert scale * of.sigma_data[1] == pytest.approx(1.7 * 0.3)
    mean, spread = 0.6 + 0.4 * 0.5, 0.4 * 0.23
    assert matched.channels.phase_scale == pytest.approx(0.4 / (mean**2 + spread**2) ** 0.5)
    assert matched.matched() == matched


def test_full_precision_on_request(tmp_path):
    network = build_network("tiny")
    save_checkpoint(tmp_path, network, INFO, half=False)
    x = torch.randn(1, 2, 16, 16)
    with torch.no_grad():
        assert torch.equal(
            load_checkpoint(tmp_path).network.eval()(x, torch.zeros(1)), network.eval()(x, torch.zeros(1))
        )


def test_diffusers_reads_the_folder(saved):
    from diffusers import UNet2DModel

    unet = UNet2DModel.from_pretrained(saved[0], local_files_only=True)
    assert unet.config.in_channels == 8


def test_saving_over_a_model_leaves_no_scratch(saved):
    folder, network, _ = saved
    before = sorted(folder.iterdir())
    save_checkpoint(folder, network, INFO)
    assert sorted(folder.iterdir()) == before


def test_zeta_scale_is_stored_beside_everything_else(saved):
    folder, _, identity = saved
    store_zeta_scale(folder, {"l1": 12.5})
    read = load_checkpoint(folder)
    assert read.info.zeta_scale == {"l1": 12.5}
    assert read.info.channels == INFO.channels
    assert read.identity == identity


def test_errors_are_stored_beside_everything_else(saved):
    folder, _, identity = saved
    errors = ErrorSpectrum((0.1, 1.0), (0.0, 9.0), (((1e-3, 1e-4), (2e-3, 2e-4)),) * 2)
    store_errors(folder, errors)
    store_zeta_scale(folder, {"l1": 12.5})
    read = load_checkpoint(folder)
    assert read.info == replace(INFO, zeta_scale={"l1": 12.5}, errors=errors)
    assert read.identity == identity


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        (DESCRIPTION, {"version": 2}, "version is 2"),
        (DESCRIPTION, {"parameterisation": "v"}, "expected edm or epsilon"),
        (DESCRIPTION, {"sigma_data": 0}, "sigma_data is 0"),
        (DESCRIPTION, {"sigma_data": "0.2"}, "sigma_data is '0.2'"),
        (DESCRIPTION, {"sigma_data": [0.2]}, "expected two numbers"),
        (DESCRIPTION, {"sigma_data": [0.2, -1]}, "sigma_data is -1"),
        (DESCRIPTION, {"channels": {}}, "channels.amplitude_centre is missing"),
        (DESCRIPTION, {"channels": []}, "channels is [], expected values by name"),
        (DESCRIPTION, {"data_mean": [1.0]}, "expected two numbers"),
        (DESCRIPTION, {"schedule": 3}, "schedule is 3"),
        (DESCRIPTION, {"training": []}, "training is"),
        (DESCRIPTION, {"stem": 1}, "has not 2 channels"),
        (DESCRIPTION, {"errors": 3}, "errors is 3, expected values by name"),
        (DESCRIPTION, {"errors": ERRORS | {"sigmas": [1.0, 0.1]}}, "sigmas that do not increase"),
        (DESCRIPTION, {"errors": ERRORS | {"sigmas": [1.0]}}, "expected 2 to"),
        (DESCRIPTION, {"errors": ERRORS | {"radii": [0, "9"]}}, "radii is '9'"),
        (DESCRIPTION, {"errors": ERRORS | {"radii": [0, 1, 2]}}, "not hold one power per frequency"),
        (DESCRIPTION, {"errors": ERRORS | {"power": [[[1e-3, 0.0]] * 2] * 2}}, "power is 0"),
        (DESCRIPTION, {"errors": ERRORS | {"power": [[[1e-3, 1e-3]]] * 2}}, "not hold powers of 2 channels"),
        (DESCRIPTION, {"errors": ERRORS | {"power": []}}, "not hold one power per noise level"),
        (CONFIG, {"block_out_channels": [10**9, 16]}, "block_out_channels"),
        (CONFIG, {"block_out_channels": []}, "block_out_channels"),
        (CONFIG, {"block_out_channels": [9, 17]}, "no network of this shape"),
        (CONFIG, {"down_block_types": ["os.system", "DownBlock2D"]}, "does not build"),
        (CONFIG, {"layers_per_block": 10_000}, "layers_per_block"),
        (CONFIG, {"layers_per_block": True}, "layers_per_block"),
        (CONFIG, {"layers_per_block": 2}, "does not fit"),
    ],
)
def test_a_wrong_description_is_refused_by_name(saved, file, change, says):
    folder = saved[0]
    edit(folder / file, **change)
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        load_checkpoint(folder)
    assert str(folder) in str(caught.value)


def test_weights_of_other_shapes_are_refused(saved):
    folder = saved[0]
    weights = load_file(folder / WEIGHTS)
    weights["conv_in.weight"] = torch.zeros(1)
    save_file(weights, folder / WEIGHTS)
    with pytest.raises(InputError, match=r"conv_in\.weight"):
        load_checkpoint(folder)


@pytest.fixture
def sharded(tmp_path, monkeypatch):
    monkeypatch.setattr("ptygui.networks.checkpoint.SHARD_BYTES", 20_000)
    network = build_network("tiny")
    return tmp_path, network, save_checkpoint(tmp_path, network, INFO)


def test_large_weights_are_kept_in_shards(sharded):
    folder, network, identity = sharded
    files = weights_files(folder)
    assert len(files) > 2
    assert all(file.stat().st_size < 25_000 for file in files)
    read = load_checkpoint(folder)
    assert read.identity == identity
    for name, value in network.state_dict().items():
        torch.testing.assert_close(read.network.state_dict()[name], value.half().float(), rtol=0, atol=0)


def test_a_smaller_network_leaves_no_shards_behind(sharded, monkeypatch):
    monkeypatch.undo()
    folder, network, identity = sharded
    assert save_checkpoint(folder, network, INFO) != identity
    assert weights_files(folder) == [folder / WEIGHTS]
    assert sorted(p.name for p in folder.iterdir()) == [CONFIG, WEIGHTS, DESCRIPTION]


def test_a_missing_shard_is_no_model(sharded):
    weights_files(sharded[0])[1].unlink()
    with pytest.raises(InputError, match=r"is missing, or one of its shards"):
        load_checkpoint(sharded[0])


def test_a_tensor_in_two_shards_or_in_none_is_refused(sharded):
    first, second, *_ = weights_files(sharded[0])
    tensors = load_file(second)
    save_file(load_file(first), second)
    with pytest.raises(InputError, match=f"{second.name} does not fit its description, first at"):
        load_checkpoint(sharded[0])
    name = next(iter(tensors))
    save_file({n: t for n, t in tensors.items() if n != name}, second)
    with pytest.raises(InputError, match=f"{re.escape(name)} is missing"):
        load_checkpoint(sharded[0])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(sharded, value):
    path = weights_files(sharded[0])[1]
    tensors = load_file(path)
    name = next(iter(tensors))
    tensors[name].flatten()[0] = value
    save_file(tensors, path)
    with pytest.raises(
        InputError, match=f"{path.name} holds values that are not finite, first in {re.escape(name)}"
    ):
        load_checkpoint(sharded[0])


@pytest.mark.parametrize("file", [WEIGHTS, CONFIG, DESCRIPTION])
def test_a_file_cut_short_is_refused(saved, file):
    path = saved[0] / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=re.escape(file)):
        load_checkpoint(saved[0])


@pytest.mark.parametrize("file", [WEIGHTS, CONFIG, DESCRIPTION])
def test_a_missing_file_is_named(saved, file):
    (saved[0] / file).unlink()
    with pytest.raises(InputError, match=f"{re.escape(file)} is missing"):
        load_checkpoint(saved[0])


def test_the_info_of_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(InputError, match=r"not a model folder: prior\.json is missing"):
        load_info(tmp_path)
