import json
import shutil

import pytest
import torch

from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.corrector import (
    UNETS,
    UNetInfo,
    encode_turned,
    load_corrector,
    save_corrector,
    unet_beside,
)
from ptygui.networks.trained import nearest
from ptygui.networks.unet import UNet
from ptygui.paths import MODELS

DESCRIPTION, WEIGHTS = UNETS.description, UNETS.weights
CHANNELS = Channels(0.8, 0.2, 0.5, 0.25)


def some_object(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    amplitude, phase = torch.rand(2, *shape, generator=generator)
    return torch.polar(0.5 + amplitude / 2, phase)


@pytest.fixture
def copy(unet_folder, tmp_path):
    return shutil.copytree(unet_folder, tmp_path / "copy")


def edit(folder, **changes):
    path = folder / DESCRIPTION
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_saved_network_is_read_back_in_half_precision(tmp_path):
    network = UNet((8, 12), blocks=2, stem=1)
    info = UNetInfo(CHANNELS, 0.38, 300, "mine", {"steps": 3})
    identity = save_corrector(tmp_path / "m", network, info, "# m\n")
    read = load_corrector(tmp_path / "m")
    assert (read.info, read.identity) == (info, identity)
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["README.md", DESCRIPTION, WEIGHTS]
    for name, value in network.state_dict().items():
        torch.testing.assert_close(read.network.state_dict()[name], value.half().float(), rtol=0, atol=0)


def test_a_folder_that_cannot_be_described_stays_as_it_was(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    info = UNetInfo(CHANNELS, 0.38, 300, "mine", {"loss": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_corrector(copy, UNet((8,), blocks=1, stem=1), info)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_the_same_is_given_again_while_the_files_are_unchanged(copy):
    first = load_corrector(copy)
    assert load_corrector(copy) is first
    edit(copy, overlap=0.1)
    assert load_corrector(copy).info.overlap == 0.1


def test_the_global_phase_does_not_matter(unet_folder):
    corrector, obj, w = load_corrector(unet_folder), some_object(20, 24), torch.rand(20, 24)
    turn = torch.polar(torch.ones(()), torch.tensor(2.6))
    torch.testing.assert_close(corrector(turn * obj, w), corrector(obj, w), atol=1e-5, rtol=0)


def test_the_mean_phase_is_turned_to_the_typical_one():
    obj, w = some_object(16, 16), torch.rand(16, 16)
    x = encode_turned(CHANNELS, -obj, w)
    assert float((w * CHANNELS.decode(x)).sum().angle()) == pytest.approx(0.5, abs=1e-5)
    assert x.shape == (2, 16, 16)


def test_leading_axes_are_a_batch(unet_folder):
    corrector, objs = load_corrector(unet_folder), some_object(3, 16, 20)
    together = corrector(objs, torch.ones(16, 20))
    for obj, one in zip(objs, together, strict=True):
        torch.testing.assert_close(corrector(obj, torch.ones(16, 20)), one, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 9}, "version is 9"),
        ({"overlap": "half"}, "overlap is 'half'"),
        ({"iterations": 0}, "iterations is 0"),
        ({"channels": []}, r"channels is \[\]"),
        ({"channels": {"amplitude_centre": 1, "amplitude_scale": 0}}, "amplitude_scale is 0"),
        ({"network": 3}, "network is 3"),
        ({"network": {"widths": [1e9], "blocks": 1, "stem": 1}}, "widths is"),
        ({"network": {"widths": [8], "blocks": 99, "stem": 1}}, "blocks is 99"),
        ({"network": {"widths": [2048] * 8, "blocks": 8, "stem": 1}}, "more than"),
        ({"network": {"widths": [8, 16], "blocks": 1, "stem": 2}}, "does not fit its description"),
    ],
)
def test_a_spoilt_description_is_refused(copy, changes, message):
    edit(copy, **changes)
    with pytest.raises(InputError, match=message):
        load_corrector(copy)


def test_spoilt_weights_are_refused(copy):
    (copy / WEIGHTS).write_bytes(b"not these")
    with pytest.raises(InputError, match="is not a safetensors file"):
        load_corrector(copy)


def test_weights_that_are_not_finite_are_refused(copy):
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / WEIGHTS)
    weights["last.weight"][0] = float("nan")
    save_file(weights, copy / WEIGHTS)
    with pytest.raises(InputError, match=r"unet\.safetensors holds values that are not finite"):
        load_corrector(copy)


def test_what_is_no_unet_is_named(copy, prior_folder):
    (copy / WEIGHTS).unlink()
    with pytest.raises(InputError, match=r"no unet\.safetensors"):
        load_corrector(copy)
    with pytest.raises(InputError, match=r"no unet\.json"):
        load_corrector(prior_folder)
    with pytest.raises(InputError, match="there is no U-Net 'nowhere'"):
        load_corrector("nowhere")


def test_the_nearest_shipped_overlap_is_taken(monkeypatch, unet_folder, tmp_path):
    for overlap in (0.2, 0.5):
        folder = shutil.copytree(unet_folder, tmp_path / f"net-{overlap}")
        edit(folder, overlap=overlap)
    monkeypatch.setattr("ptygui.networks.trained.MODELS", tmp_path)
    assert {name: one.overlap for name, one in UNETS.listed().items()} == {"net-0.2": 0.2, "net-0.5": 0.5}
    assert [nearest(UNETS, o) for o in (-0.3, 0.34, 0.36, 0.9)] == ["net-0.2"] * 2 + ["net-0.5"] * 2
    monkeypatch.setattr("ptygui.networks.trained.MODELS", tmp_path / "none")
    with pytest.raises(InputError, match=r"there is no U-Net in models/.*ptygui train unet"):
        nearest(UNETS, 0.2)


def test_the_unet_of_the_same_images_is_found_whatever_part_of_them_was_taken():
    data = UNETS.read(MODELS / "unet-20").training["data"]
    assert any("@" in name for name in data)
    whole = [name.partition("@")[0] for name in data]
    assert unet_beside(data, 0.22) == unet_beside(whole, 0.22) == "unet-20"
    assert unet_beside([f"{name}@-160:,:-8" for name in whole], 0.22) == "unet-20"
    assert unet_beside([*whole, "more"], 0.22) is unet_beside(None, 0.22) is None
    assert unet_beside(whole, 0.7) is None


shipped = pytest.mark.parametrize("name", UNETS.listed())


@shipped
def test_a_shipped_network_is_small_and_carries_a_card(name):
    folder = MODELS / name
    assert (folder / WEIGHTS).stat().st_size <= 5_000_000
    card, info = (folder / "README.md").read_text(encoding="utf-8"), UNETS.read(folder)
    assert all(data in card for data in info.training["data"])
    assert name == f"unet-{round(100 * info.overlap)}"
    assert info.training["validation"][-1]["nrmse"] < info.training["validation"][-1]["nrmse_awf"]
    if any("blood" in data for data in info.training["data"]):
        assert "Pengming Song and Guoan Zheng" in card  # their notice asks for it
