"""The denoising network: diffusers' UNet2DModel with presets, a stem and EDM preconditioning.

network = build_network("compact")
x0_hat = edm_denoise(network, x, sigma, sigma_data=0.25)     # x = x0 + sigma z

Shapes are chosen by name; a model folder stores the shape itself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ptygui.errors import InputError
from ptygui.networks.channels import CHANNELS

if TYPE_CHECKING:
    from diffusers.models.unets.unet_2d import UNet2DModel


def attended(levels: int, attention: int) -> dict[str, tuple[str, ...]]:
    """Block types of a U-Net with attention at its `attention` lowest levels."""
    down = ["DownBlock2D"] * (levels - attention) + ["AttnDownBlock2D"] * attention
    up = ["AttnUpBlock2D"] * attention + ["UpBlock2D"] * (levels - attention)
    return {"down_block_types": tuple(down), "up_block_types": tuple(up)}


# `stem` is the space-to-depth factor; the rest goes to UNet2DModel. Folding 2x2 pixels into channels
# makes a CPU forward about three times cheaper than full resolution at equal width (memory-bound levels).
PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {
        "stem": 2,
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "attention_head_dim": 8,
        "resnet_time_scale_shift": "scale_shift",
        **attended(2, 1),
    },
    "small": {  # no attention: the fastest
        "stem": 2,
        "block_out_channels": (32, 64, 96),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "attention_head_dim": 32,
        "resnet_time_scale_shift": "scale_shift",
        **attended(3, 0),
    },
    "compact": {
        "stem": 2,
        "block_out_channels": (32, 64, 128, 128),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "attention_head_dim": 32,
        "resnet_time_scale_shift": "scale_shift",
        **attended(4, 2),
    },
    "medium": {
        "stem": 2,
        "block_out_channels": (64, 128, 192),
        "layers_per_block": 2,
        "norm_num_groups": 8,
        "attention_head_dim": 32,
        "resnet_time_scale_shift": "scale_shift",
        **attended(3, 1),
    },
    # Cam et al. 2025, section 4: the guided-diffusion shape for 128 px images.
    "paper": {
        "stem": 1,
        "block_out_channels": (128, 128, 256, 384, 512),
        "layers_per_block": 2,
        "norm_num_groups": 32,
        "attention_head_dim": 64,
        "resnet_time_scale_shift": "scale_shift",
        "down_block_types": ("ResnetDownsampleBlock2D",) * 2 + ("AttnDownBlock2D",) * 3,
        "up_block_types": ("AttnUpBlock2D",) * 3 + ("ResnetUpsampleBlock2D",) * 2,
        "downsample_type": "resnet",
        "upsample_type": "resnet",
    },
}


class Denoiser(nn.Module):
    """A U-Net on two channels, with a space-to-depth stem, for any image size.

    Parameters
    ----------
    unet : diffusers.UNet2DModel
        With 2 stem² input and output channels.
    stem : int
        Space-to-depth factor; 1 means none.
    """

    def __init__(self, unet: "UNet2DModel", stem: int = 1):
        super().__init__()
        self.unet = unet
        self.stem = stem

    @property
    def stride(self) -> int:
        """Sides of the image are padded to a multiple of this many pixels."""
        return self.stem * 2 ** (len(self.unet.config["block_out_channels"]) - 1)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """The raw network output, shape (B, 2, H, W), for an image and its noise level.

        Parameters
        ----------
        x : real tensor, shape (B, 2, H, W)
        level : real tensor, shape (B,)
            Input of the time embedding: ln(sigma)/4 (EDM) or the time step (epsilon).
        """
        height, width = x.shape[-2:]
        x = functional.pixel_unshuffle(padded(x, self.stride), self.stem)
        x = self.unet(x, level, return_dict=False)[0]
        return functional.pixel_shuffle(x, self.stem)[..., :height, :width]


def padded(x: Tensor, stride: int) -> Tensor:
    """Pad below and to the right to multiples of `stride`, by reflection if the image is large enough."""
    height, width = x.shape[-2:]
    below, right = -height % stride, -width % stride
    if not below and not right:
        return x
    mode = "reflect" if below < height and right < width else "replicate"
    return functional.pad(x, (0, right, 0, below), mode=mode)


def build_network(preset: str = "compact", parameterisation: str = "edm") -> Denoiser:
    """Make an untrained network of a preset.

    The shape does not depend on the parameterisation ("edm" or "epsilon"); it is checked here so that
    a misspelt one is refused before hours of training.
    """
    if preset not in PRESETS:
        raise InputError(f"network preset is {preset!r}, expected one of {', '.join(PRESETS)}")
    if parameterisation not in ("edm", "epsilon"):
        raise InputError(f"parameterisation is {parameterisation!r}, expected edm or epsilon")
    shape = dict(PRESETS[preset])
    stem = shape.pop("stem")
    return network_of(shape, stem)


def network_of(shape: dict[str, Any], stem: int) -> Denoiser:
    """Make a network from the keywords of `UNet2DModel` (without its channel counts) and a stem."""
    from diffusers.models.unets.unet_2d import UNet2DModel

    folded = CHANNELS * stem**2
    unet = UNet2DModel(sample_size=128 // stem, in_channels=folded, out_channels=folded, **shape)
    return Denoiser(unet, stem)


def edm_denoise(
    network: Callable[[Tensor, Tensor], Tensor],
    x: Tensor,
    sigma: Tensor,
    sigma_data: Tensor | float,
    mean: Tensor | float = 0.0,
    autocast: bool = False,
) -> Tensor:
    """The posterior mean of x0 given x = x0 + sigma z, by EDM preconditioning (Karras et al. 2022, table 1).

        D(x; s) = m + c_skip (x - m) + c_out F(c_in (x - m); ln(s)/4)
        c_skip = d²/(s² + d²),  c_out = s d/√(s² + d²),  c_in = 1/√(s² + d²)

    with d the standard deviation and m the mean per channel of the data. The mean is our addition: smears are
    far from centred in [-1, 1], and without it the network spends its range on a constant. Both are set for
    each channel separately, so that the network's input does not depend on the channels' scales.

    Parameters
    ----------
    network : Denoiser
    x : float32 tensor, shape (B, 2, H, W)
    sigma : float32 tensor, shape (B,)
        Noise levels, in the units of x.
    sigma_data : tensor broadcastable to x
        Standard deviation d of the data about its mean, in the units of x.
    mean : tensor broadcastable to x, optional
    autocast : bool
        Run the network (not the preconditioning) in bfloat16.

    Returns
    -------
    float32 tensor, shape (B, 2, H, W)
    """
    s = sigma.reshape(-1, 1, 1, 1)
    total = (s**2 + sigma_data**2).sqrt()
    centred = x - mean
    with torch.autocast(x.device.type, torch.bfloat16, enabled=autocast):
        raw = network(centred / total, sigma.log() / 4)
    return mean + centred * (sigma_data / total) ** 2 + raw.float() * (s * sigma_data / total)
