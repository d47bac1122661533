"""The post-processing network: a plain U-Net that corrects an image of two channels.

network = build_unet("compact")
better = network(x)                            # (B, 2, H, W): x plus the predicted correction

Shapes are chosen by name; a model folder stores the shape itself.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ptygui.errors import InputError
from ptygui.networks.channels import CHANNELS
from ptygui.networks.denoiser import padded

# `widths` are the channels of each level, `blocks` the residual blocks of each level on either side, `stem`
# the space-to-depth factor: folding 2x2 pixels into channels makes the network several times faster on a CPU.
UNETS: dict[str, dict[str, Any]] = {
    "tiny": {"widths": (8, 8), "blocks": 1, "stem": 2},
    "compact": {"widths": (32, 64, 96, 128, 128), "blocks": 1, "stem": 2},
    # Cam et al. 2025, section 4: five levels, from 32 channels to 512.
    "paper": {"widths": (32, 64, 128, 256, 512), "blocks": 2, "stem": 1},
}

_GROUPS = 8  # of the group normalisation, fewer if a width is not a multiple


class ResidualBlock(nn.Module):
    """Twice normalisation, SiLU and a 3x3 convolution, added to the input."""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__()
        self.norm1, self.norm2 = _norm(channels_in), _norm(channels_out)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        same = channels_in == channels_out
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels_in, H, W) -> (B, channels_out, H, W)."""
        h = self.conv1(functional.silu(self.norm1(x)))
        return self.skip(x) + self.conv2(functional.silu(self.norm2(h)))


class UNet(nn.Module):
    """A U-Net of residual blocks with skip connections, for any image size.

    Parameters
    ----------
    widths : sequence of int
        Channels of each level, the finest first.
    blocks : int
        Residual blocks of each level, on the way down and on the way up.
    stem : int
        Space-to-depth factor; 1 means none.
    """

    def __init__(self, widths: Sequence[int], blocks: int = 1, stem: int = 1):
        super().__init__()
        self.widths, self.blocks, self.stem = tuple(widths), blocks, stem
        folded = CHANNELS * stem**2
        self.first = nn.Conv2d(folded, widths[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        above = widths[0]
        for width in widths:
            self.down.append(_level(above, width, blocks))
            above = width
        for width in reversed(widths[:-1]):
            self.up.append(_level(above + width, width, blocks))
            above = width
        self.norm = _norm(above)
        self.last = nn.Conv2d(above, folded, 3, padding=1)
        for weights in self.last.parameters():  # an untrained network changes nothing
            nn.init.zeros_(weights)

    @property
    def stride(self) -> int:
        """Sides of the image are padded to a multiple of this many pixels."""
        return self.stem * 2 ** (len(self.widths) - 1)

    def forward(self, x: Tensor) -> Tensor:
        """The corrected image, shape (B, 2, H, W) as x."""
        height, width = x.shape[-2:]
        h = self.first(functional.pixel_unshuffle(padded(x, self.stride), self.stem))
        skips = []
        for k, level in enumerate(self.down):
            h = level(functional.avg_pool2d(h, 2) if k else h)
            skips.append(h)
        for level, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            h = level(torch.cat((functional.interpolate(h, scale_factor=2.0), skip), 1))
        h = functional.pixel_shuffle(self.last(functional.silu(self.norm(h))), self.stem)
        return x + h[..., :height, :width]


def build_unet(preset: str = "compact") -> UNet:
    """Make an untrained network of a preset."""
    if preset not in UNETS:
        raise InputError(f"network preset is {preset!r}, expected one of {', '.join(UNETS)}")
    return UNet(**UNETS[preset])


def _level(channels_in: int, channels_out: int, blocks: int) -> nn.Sequential:
    first = ResidualBlock(channels_in, channels_out)
    return nn.Sequential(first, *(ResidualBlock(channels_out, channels_out) for _ in range(blocks - 1)))


def _norm(channels: int) -> nn.GroupNorm:
    groups = max(n for n in range(1, _GROUPS + 1) if channels % n == 0)
    return nn.GroupNorm(groups, channels)
