import math

import torch

from ptygui.networks.channels import Channels

CHANNELS = Channels(0.6, 0.4, 0.7, 1.7)


def test_decode_inverts_encode():
    obj = torch.polar(torch.rand(3, 8, 9) + 0.1, 5 * torch.rand(3, 8, 9) - 2.5)
    x = CHANNELS.encode(obj)
    assert x.shape == (3, 2, 8, 9)
    assert x.dtype == torch.float32
    assert CHANNELS.decode(x).dtype == torch.complex64
    torch.testing.assert_close(CHANNELS.decode(x), obj)


def test_the_branch_follows_a_reference_phase():
    phase = torch.linspace(-2, 9, 40)[None].expand(4, 40)  # well beyond one turn
    obj = torch.polar(torch.full((4, 40), 0.8), phase)
    x = CHANNELS.encode(obj, reference_phase=phase + 0.9 * math.pi * torch.rand(4, 40))
    torch.testing.assert_close(CHANNELS.polar(x)[1], phase, atol=1e-4, rtol=0)


def test_without_a_reference_the_phase_is_the_principal_value():
    x = CHANNELS.encode(torch.polar(torch.ones(2, 2), torch.full((2, 2), 4.0)))
    torch.testing.assert_close(CHANNELS.polar(x)[1], torch.full((2, 2), 4.0 - 2 * math.pi))


def test_decode_is_smooth_through_zero_amplitude():
    x = torch.zeros(2, 1, 3)
    x[0, 0] = torch.tensor([-1.6, -1.5, -1.4])  # amplitude -0.04, 0, 0.04
    obj = CHANNELS.decode(x.requires_grad_())
    torch.testing.assert_close(obj[0, 0] + obj[0, 2], torch.zeros((), dtype=torch.complex64))
    obj.abs().sum().backward()
    assert torch.isfinite(x.grad).all()


def test_in_matched_channels_photon_noise_is_white():
    """Noise alike along and across an object of the typical amplitude has one deviation in both channels."""
    matched = CHANNELS.matched(0.8)
    obj = torch.polar(torch.full((200, 200), 0.8), torch.full((200, 200), 0.9))
    noise = torch.randn(200, 200, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))
    amplitude, phase = (matched.encode(obj + 0.01 * noise) - matched.encode(obj)).std((-2, -1))
    assert abs(float(phase / amplitude) - 1) < 0.02
    before = (CHANNELS.encode(obj + 0.01 * noise) - CHANNELS.encode(obj)).std((-2, -1))
    assert before[1] < 0.4 * before[0]


def test_matched_channels_mean_the_same_and_reach_as_far():
    matched = CHANNELS.matched(0.8)
    obj = torch.polar(torch.rand(8, 9) + 0.1, 2 * torch.rand(8, 9) - 1)
    torch.testing.assert_close(matched.decode(matched.encode(obj)), obj)
    reach = matched.phase_scale * matched.phase_reach
    assert math.isclose(reach, CHANNELS.phase_scale)
    assert math.isclose(matched.matched(0.8).phase_reach, matched.phase_reach)
