import pytest
import torch

from ptygui.errors import InputError
from ptygui.networks.unet import UNETS, UNet, build_unet


@pytest.mark.parametrize("preset", ["tiny", "compact"])
@pytest.mark.parametrize("size", [(32, 32), (45, 70), (128, 128), (3, 200)])
def test_any_size_goes_in_and_comes_out(preset, size):
    x = torch.randn(2, 2, *size)
    with torch.no_grad():
        assert build_unet(preset)(x).shape == x.shape


def test_an_untrained_network_changes_nothing():
    x = torch.randn(1, 2, 48, 48)
    with torch.no_grad():
        assert torch.equal(build_unet("tiny")(x), x)


def test_every_weight_is_reached_by_the_gradient():
    network = UNet((8, 16, 16), blocks=2, stem=1)
    torch.nn.init.normal_(network.last.weight)
    network(torch.randn(1, 2, 16, 16)).square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_padding_leaves_what_lies_far_from_it_alone():
    torch.manual_seed(0)
    network = UNet((8,), stem=2)
    torch.nn.init.normal_(network.last.weight)
    network.norm, network.down[0][0].norm1, network.down[0][0].norm2 = (torch.nn.Identity() for _ in range(3))
    x = torch.randn(1, 2, 33, 40)  # without the normalisation, which sees the whole image
    with torch.no_grad():
        a, b = network(x), network(x[..., :32, :])
    torch.testing.assert_close(a[..., :16, :], b[..., :16, :])


def test_the_papers_shape():
    # Cam et al. 2025, section 4: "starting with 32 channels and progressively increasing to 512", five levels
    assert UNETS["paper"]["widths"] == (32, 64, 128, 256, 512)


def test_the_shipped_shape_is_small():
    parameters = sum(p.numel() for p in build_unet("compact").parameters())
    assert 2 * parameters <= 4_000_000  # bytes in half precision


def test_an_unknown_preset_is_named():
    with pytest.raises(InputError, match="network preset is 'huge', expected one of tiny, compact, paper"):
        build_unet("huge")
