"""PtychoNN: a network from one diffraction pattern to one patch of the object, and its model folder.

predictor = load_predictor("ptychonn-blood")
patches = predictor(amplitudes, forward.probe)      # (K, m, m), complex
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ptygui.networks.channels import CHANNELS, Channels
from ptygui.networks.model_folder import TRAINING
from ptygui.networks.schema import Group, Listed, Number, Text
from ptygui.networks.trained import Trained

# Channels of each level, the finest first. Cherukara et al. 2020 have (32, 64, 128) for patterns of 64 px.
PTYCHONNS: dict[str, tuple[int, ...]] = {
    "tiny": (4, 8), "small": (16, 32, 64), "compact": (24, 48, 96), "paper": (32, 64, 128),
}  # fmt: skip

_CONTRAST = 5.0  # makes what the network is shown of the order of 1
_FILL = 5  # px: the side of the windows whose mean takes the place of a masked pixel


class PtychoNN(nn.Module):
    """One encoder and two decoders, of amplitude and phase (Cherukara et al. 2020, figure 1).

    Each level is twice a 3x3 convolution and a ReLU, then pooling on the way in, upsampling on the way out.
    There are no skip connections: a pattern and the patch behind it have no pixels in common.
    """

    def __init__(self, widths: Sequence[int]):
        super().__init__()
        self.widths = tuple(widths)
        inwards = zip((1, *widths[:-1]), widths, strict=True)
        self.encoder = nn.Sequential(*(nn.Sequential(_level(*pair), nn.MaxPool2d(2)) for pair in inwards))
        self.decoders = nn.ModuleList(_decoder(self.widths) for _ in range(CHANNELS))
        for layer in self.modules():  # without normalisation, torch's own start fades from layer to layer
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    @property
    def stride(self) -> int:
        """Sides of patterns must be multiples of this many pixels."""
        return int(2 ** len(self.widths))

    def forward(self, x: Tensor) -> Tensor:
        """(B, m, m) -> (B, 2, m, m): a patch in channel units from a pattern (see `seen`)."""
        code = self.encoder(x.unsqueeze(1))
        return torch.cat([decoder(code) for decoder in self.decoders], 1)


def _level(channels_in: int, channels_out: int) -> nn.Sequential:
    first, second = (nn.Conv2d(n, channels_out, 3, padding=1) for n in (channels_in, channels_out))
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())


def _decoder(widths: tuple[int, ...]) -> nn.Sequential:
    levels = [
        nn.Sequential(_level(a, b), nn.Upsample(scale_factor=2, mode="bilinear"))
        for a, b in zip((widths[-1], *widths[:0:-1]), widths[::-1], strict=True)
    ]
    return nn.Sequential(*levels, nn.Conv2d(widths[0], 1, 3, padding=1))


def seen(amplitudes: Tensor, probe: Tensor, mask: Tensor | None = None) -> Tensor:
    """What the network is shown of patterns: sqrt(m y / ||P||), less that of the empty beam, y = |F P|.

    Zero frequency in the centre. Photon counts only change the noise of it; the root evens out a pattern's
    large range, and convolutions could not tell by themselves where the beam is bright. A masked pixel gets
    the mean of the trusted ones around it.

    Parameters
    ----------
    amplitudes : float32 tensor, shape (K, m, m)
        Square roots of the counts, zero frequency in the corner.
    probe : complex64 tensor, shape (m, m) or (M, m, m)
    mask : bool tensor, shape (m, m) or (K, m, m), optional
        True for trusted pixels, zero frequency in the corner.
    """
    empty = torch.fft.fft2(probe, norm="ortho").abs().square()
    empty = (empty if empty.ndim == 2 else empty.sum(0)).sqrt()
    scale = amplitudes.shape[-1] / torch.linalg.vector_norm(probe)
    x = _CONTRAST * ((amplitudes * scale).sqrt() - (empty * scale).sqrt())
    x = torch.fft.fftshift(x, dim=(-2, -1))
    if mask is None:
        return x
    trusted = torch.fft.fftshift(mask, dim=(-2, -1)).expand_as(x)
    x = torch.where(trusted, x, 0.0)
    sums, counts = (
        functional.avg_pool2d(a.float().unsqueeze(1), _FILL, 1, _FILL // 2)[:, 0] for a in (x, trusted)
    )
    return torch.where(trusted, x, sums / counts.clamp_min(1e-6))


@dataclass(frozen=True)
class _Shape:
    """The shape of the network in ptychonn.json."""

    widths: Annotated[tuple[int, ...], Listed(Number(1, 2048, whole=True), 1, 8)]


@dataclass(frozen=True)
class _Described:
    """The part of ptychonn.json that `PtychoNNInfo` leaves to the network."""

    network: Annotated[_Shape, Group(_Shape)]


@dataclass(frozen=True)
class PtychoNNInfo:
    """The description of a network in ptychonn.json.

    Attributes
    ----------
    channels : Channels
    width : int
        Side of the patterns [px].
    probe : str
        The name of the probe that it was trained with.
    preset : str
    training : dict
        Where the weights come from: data, steps, seed, hours, losses.
    """

    channels: Annotated[Channels, Group(Channels)]
    width: Annotated[int, Number(2, 8192, whole=True)]
    probe: Annotated[str, Text()]
    preset: Annotated[str, Text()] = ""
    training: Annotated[dict[str, Any], TRAINING] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Predictor:
    """A trained PtychoNN with everything needed to use it."""

    network: PtychoNN
    info: PtychoNNInfo
    identity: str = ""

    @torch.no_grad()
    def __call__(self, amplitudes: Tensor, probe: Tensor, mask: Tensor | None = None) -> Tensor:
        """The patches behind patterns, complex64 (K, m, m); arguments as of `seen`."""
        return self.info.channels.decode(self.network(seen(amplitudes, probe, mask)))


PTYCHONN = Trained("ptychonn", "PtychoNN", PtychoNNInfo)


def save_predictor(
    folder: str | os.PathLike[str], network: PtychoNN, info: PtychoNNInfo, card: str = ""
) -> str:
    """Write a model folder and return the identity (SHA-256) of its weights."""
    return PTYCHONN.save(folder, network, _Shape(network.widths), info, card)


def load_predictor(folder: str | os.PathLike[str], device: str | torch.device = "cpu") -> Predictor:
    """Load a model folder, or a bare name from models/; cached while its files are unchanged.

    Raises
    ------
    InputError
        If there is no such model, or it cannot be read.
    """
    path = PTYCHONN.folder(folder)
    return _load(path, PTYCHONN.stamps(path), str(torch.device(device)))


@lru_cache(maxsize=4)
def _load(path: Path, stamps: tuple[int, ...], device: str) -> Predictor:
    info, shape = PTYCHONN.read(path), PTYCHONN.shape(path, _Described)
    network = PTYCHONN.filled(path, lambda: PtychoNN(**shape), device)
    return Predictor(network, info, PTYCHONN.identity(path))
