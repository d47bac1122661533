import pytest
import torch

from ptygui.errors import InputError
from ptygui.networks import denoiser
from ptygui.networks.denoiser import attended, build_network
from ptygui.networks.grow import grown

SHAPE = {
    "stem": 2,
    "block_out_channels": (8, 16),
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "attention_head_dim": 4,
    "resnet_time_scale_shift": "scale_shift",
    **attended(2, 0),
}
WIDER = {"block_out_channels": (24, 48)}
DEEPER = {"layers_per_block": 3}
ATTENTIVE = attended(2, 1)


def network_of(monkeypatch, name, **changes):
    monkeypatch.setitem(denoiser.PRESETS, name, {**SHAPE, **changes})
    torch.manual_seed(1)
    network = build_network(name)
    with torch.no_grad():  # a fresh network's biases and normalisations are alike, which would hide a mix-up
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network.eval()


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ({}, WIDER),
        ({}, DEEPER),
        ({}, ATTENTIVE),
        (ATTENTIVE, {**WIDER, **ATTENTIVE}),
        (ATTENTIVE, {**WIDER, **DEEPER, **attended(2, 2)}),
    ],
    ids=["wider", "deeper", "attention", "wider with attention", "all"],
)
def test_it_begins_as_the_same_function(monkeypatch, small, large):
    source = network_of(monkeypatch, "small", **small)
    network_of(monkeypatch, "large", **large)
    x, level = torch.randn(3, 2, 32, 48), torch.tensor([-1.0, 0.0, 0.4])
    with torch.no_grad():
        expected, got = source(x, level), grown(source, "large").eval()(x, level)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4 * float(expected.std()))


def test_copies_of_a_channel_learn_apart(monkeypatch):
    source = network_of(monkeypatch, "small")
    network_of(monkeypatch, "large", **WIDER)
    network = grown(source, "large")
    network(torch.randn(2, 2, 32, 32), torch.zeros(2)).square().mean().backward()
    gradient = network.unet.conv_in.weight.grad.flatten(1).unflatten(0, (-1, 3))
    assert ((gradient[:, 0] - gradient[:, 1]).norm(dim=-1) > 0.01 * gradient.norm(dim=-1).mean()).all()


def test_every_parameter_added_learns(monkeypatch):
    source = network_of(monkeypatch, "small")
    network_of(monkeypatch, "large", **DEEPER, **ATTENTIVE)
    network = grown(source, "large")
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    x, level = torch.randn(2, 2, 32, 32), torch.zeros(2)
    for _ in range(2):  # behind a layer that begins as zero nothing has a gradient at first
        optimiser.zero_grad()
        network(x, level).square().mean().backward()
        optimiser.step()
    # A shift of all keys alike changes no attention.
    still = [n for n, p in network.named_parameters() if not p.grad.any() and "to_k.bias" not in n]
    assert still == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"block_out_channels": (16, 24)}, "no common factor"),
        ({"block_out_channels": (4, 8)}, "no common factor"),
        ({"block_out_channels": (16, 32, 32), **attended(3, 0)}, "2 levels, not 3"),
        ({"norm_num_groups": 8}, "norm_num_groups is 4, not 8"),
        ({"stem": 1}, "stem is 2, not 1"),
    ],
)
def test_a_network_of_another_plan_is_refused(monkeypatch, changes, reason):
    source = network_of(monkeypatch, "small")
    network_of(monkeypatch, "large", **changes)
    with pytest.raises(InputError, match=f"cannot grow into large: .*{reason}"):
        grown(source, "large")


def test_attention_and_depth_are_not_given_up(monkeypatch):
    source = network_of(monkeypatch, "small", **ATTENTIVE)
    network_of(monkeypatch, "large", **WIDER)
    with pytest.raises(InputError, match="down_block_types"):
        grown(source, "large")
    source = network_of(monkeypatch, "small", **DEEPER)
    with pytest.raises(InputError, match="3 blocks per level, not at most 1"):
        grown(source, "large")
