import pytest
import torch

from ptygui.errors import InputError
from ptygui.networks.denoiser import PRESETS, build_network, edm_denoise


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return build_network("tiny").eval().requires_grad_(False)


def parameters(preset: str) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in build_network(preset).parameters())


def test_the_paper_preset_has_the_size_of_its_text():
    # Counted from the ADM configuration of Cam et al. 2025 (method notes, section 1.6).
    assert parameters("paper") == pytest.approx(105.2e6, rel=1e-3)


def test_shipped_presets_fit_their_size_limit():
    assert 2e6 < parameters("compact") < 7e6  # two bytes each: at most 15 MB
    assert 8e6 < parameters("medium") < 13e6


def test_paper_blocks_are_those_of_guided_diffusion():
    paper = PRESETS["paper"]
    assert paper["stem"] == 1
    assert paper["block_out_channels"] == (128, 128, 256, 384, 512)
    assert paper["down_block_types"].count("AttnDownBlock2D") == 3


@pytest.mark.parametrize("size", [(8, 8), (16, 16), (17, 30), (3, 50), (1, 1)])
def test_any_image_size_comes_back_at_its_size(tiny, size):
    x = torch.randn(2, 2, *size)
    assert tiny(x, torch.tensor([0.1, 0.2])).shape == x.shape


def test_padding_leaves_multiples_of_the_stride_alone(tiny):
    x = torch.randn(1, 2, 24, 24)
    whole = tiny(x, torch.zeros(1))
    folded = torch.nn.functional.pixel_unshuffle(x, 2)
    direct = torch.nn.functional.pixel_shuffle(tiny.unet(folded, torch.zeros(1)).sample, 2)
    assert torch.equal(whole, direct)


def test_preconditioning_has_the_right_limits(tiny):
    x = torch.randn(2, 2, 16, 16)
    mean = torch.tensor([0.5, -0.2]).view(2, 1, 1)
    calm = edm_denoise(tiny, x, torch.full((2,), 1e-4), 0.25, mean)
    torch.testing.assert_close(calm, x, atol=2e-3, rtol=0)  # no noise: the identity
    loud = edm_denoise(tiny, mean + 1e4 * x, torch.full((2,), 1e4), 0.25, mean)
    # Noise alone: the mean and an estimate of the size of the data, however large the input.
    assert (loud - mean).abs().max() < 0.25 * 6


def test_preconditioned_target_has_unit_variance():
    # With F = 0 the error left is c_out times the training target, which Karras et al. make unit variance.
    class Zero(torch.nn.Module):
        def forward(self, x, level):
            return torch.zeros_like(x)

    generator = torch.Generator().manual_seed(1)
    d, sigma = 0.25, 0.4
    x0 = d * torch.randn(16, 2, 32, 32, generator=generator)
    x = x0 + sigma * torch.randn(x0.shape, generator=generator)
    error = edm_denoise(Zero(), x, torch.full((16,), sigma), d) - x0
    assert error.std() == pytest.approx(sigma * d / (sigma**2 + d**2) ** 0.5, rel=0.02)


def test_a_misspelt_preset_or_parameterisation_is_refused():
    with pytest.raises(InputError, match="compact"):
        build_network("compct")
    with pytest.raises(InputError, match="epsilon"):
        build_network("tiny", "eps")
