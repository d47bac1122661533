"""An unrolled network: steps of Wirtinger flow and learned convolutional priors by turns; its model folder.

unrolled = load_unrolled("unrolled-20")
better = unrolled(obj, step.back, step.w)
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from ptygui.networks.channels import Channels
from ptygui.networks.schema import Group, Listed, Number
from ptygui.networks.trained import OneOverlap, Trained
from ptygui.networks.unet import UNet

# `blocks` of `steps` of Wirtinger flow and a prior each, a U-Net with these channels per level.
UNROLLED: dict[str, dict[str, Any]] = {
    "tiny": {"blocks": 2, "steps": 2, "widths": (4, 4)},
    "compact": {"blocks": 5, "steps": 4, "widths": (16, 32, 48)},
    "large": {"blocks": 8, "steps": 4, "widths": (32, 64, 96)},
}

Back = Callable[[Tensor], Tensor]


class Unrolled(nn.Module):
    """Blocks k of steps of Wirtinger flow, whose lengths are learned, and a convolutional network R_k each.

    After the second half of PtychoDV (Gan et al. 2024). A step is::

        f  <-  f - μ (w f - b(f)) / ((1 - α) w + α max w),      b(f) = A^H (y sgn A f)

    which with α = 1 and μ = 1 is one of Wirtinger flow; a smaller α takes longer steps where there is less
    light, as rPIE does. At the end of a block f <- f + R_k(f), on real and imaginary part.
    """

    def __init__(self, blocks: int, steps: int, widths: Sequence[int]):
        super().__init__()
        self.blocks, self.steps, self.widths = blocks, steps, tuple(widths)
        self.priors = nn.ModuleList(UNet(widths, stem=2) for _ in range(blocks))
        self.log_length = nn.Parameter(torch.zeros(blocks, steps))  # ln μ
        self.logit_alpha = nn.Parameter(torch.full((blocks, steps), -2.0))  # of α, 0.12

    def iterates(self, obj: Tensor, back: Back, w: Tensor, channels: Channels) -> Iterator[Tensor]:
        """The object after each block.

        Parameters
        ----------
        obj : complex64 tensor, shape (B, H, W)
            Of a mean phase of 0.
        back : function
            b(f) of objects (B, H, W).
        w : float32 tensor, shape (H, W) or (B, H, W)
            Illumination [counts].
        channels : Channels
            For the network the amplitude's centre and scale are those of the real part, the scale that of
            the imaginary part.
        """
        top = w.amax((-2, -1), keepdim=True)
        for prior, lengths, alphas in zip(
            self.priors, self.log_length.exp(), self.logit_alpha.sigmoid(), strict=True
        ):
            for length, alpha in zip(lengths, alphas, strict=True):
                obj = obj + (length / ((1 - alpha) * w + alpha * top)) * (back(obj) - w * obj)
            centre, scale = channels.amplitude_centre, channels.amplitude_scale
            x = torch.stack(((obj.real - centre) / scale, obj.imag / scale), -3)
            x = prior(x.contiguous(memory_format=torch.channels_last)).float()
            obj = torch.complex(centre + scale * x[..., 0, :, :], scale * x[..., 1, :, :])
            yield obj


@dataclass(frozen=True)
class _Shape:
    """The shape of the network in unrolled.json."""

    blocks: Annotated[int, Number(1, 64, whole=True)]
    steps: Annotated[int, Number(1, 64, whole=True)]
    widths: Annotated[tuple[int, ...], Listed(Number(1, 2048, whole=True), 1, 8)]


@dataclass(frozen=True)
class _Described:
    """The part of unrolled.json that `UnrolledInfo` leaves to the network."""

    network: Annotated[_Shape, Group(_Shape)]


@dataclass(frozen=True)
class UnrolledInfo(OneOverlap):
    """The description of a network in unrolled.json."""


@dataclass(frozen=True, eq=False)
class UnrolledSolver:
    """A trained unrolled network with everything needed to use it."""

    network: Unrolled
    info: UnrolledInfo
    identity: str = ""

    @torch.no_grad()
    def __call__(self, obj: Tensor, back: Back, w: Tensor) -> Tensor:
        """The object after all blocks, from one (H, W); arguments as of `Unrolled.iterates`."""
        *_, found = self.network.iterates(without_mean_phase(obj, w)[None], back, w, self.info.channels)
        return found[0]


def without_mean_phase(obj: Tensor, w: Tensor) -> Tensor:
    """An object (..., H, W) turned so that the phase of its mean, weighted with the illumination, is 0."""
    turn = -(w * obj).sum((-2, -1), keepdim=True).angle()
    return obj * torch.polar(torch.ones_like(turn), turn)


UNROLLEDS = Trained("unrolled", "unrolled network", UnrolledInfo)


def save_unrolled(
    folder: str | os.PathLike[str], network: Unrolled, info: UnrolledInfo, card: str = ""
) -> str:
    """Write a model folder and return the identity (SHA-256) of its weights."""
    shape = _Shape(network.blocks, network.steps, network.widths)
    return UNROLLEDS.save(folder, network, shape, info, card)


def load_unrolled(folder: str | os.PathLike[str], device: str | torch.device = "cpu") -> UnrolledSolver:
    """Load a model folder, or a bare name from models/; cached while its files are unchanged.

    Raises
    ------
    InputError
        If there is no such model, or it cannot be read.
    """
    path = UNROLLEDS.folder(folder)
    return _load(path, UNROLLEDS.stamps(path), str(torch.device(device)))


@lru_cache(maxsize=4)
def _load(path: Path, stamps: tuple[int, ...], device: str) -> UnrolledSolver:
    info, shape = UNROLLEDS.read(path), UNROLLEDS.shape(path, _Described)
    network = UNROLLEDS.filled(path, lambda: Unrolled(**shape), device)
    return UnrolledSolver(network, info, UNROLLEDS.identity(path))
