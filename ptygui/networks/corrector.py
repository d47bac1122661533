"""A trained post-processing U-Net for the method `unet`, and its model folder.

corrector = load_corrector("unet-20")
better = corrector(obj, illumination)
"""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor

from ptygui.networks.channels import Channels
from ptygui.networks.schema import Group, Listed, Number
from ptygui.networks.trained import OneOverlap, Trained
from ptygui.networks.unet import UNet

_FEW = Number(1, 8, whole=True)
_WIDTHS = Listed(Number(1, 2048, whole=True), 1, 8)


@dataclass(frozen=True)
class _Shape:
    """The shape of the network in unet.json."""

    widths: Annotated[tuple[int, ...], _WIDTHS]
    blocks: Annotated[int, _FEW]
    stem: Annotated[int, _FEW]


@dataclass(frozen=True)
class _Described:
    """The part of unet.json that `UNetInfo` leaves to the network."""

    network: Annotated[_Shape, Group(_Shape)]


@dataclass(frozen=True)
class UNetInfo(OneOverlap):
    """The description of a network in unet.json."""


@dataclass(frozen=True, eq=False)
class Corrector:
    """A U-Net with everything needed to use it; called with an object, it returns the corrected one."""

    network: UNet
    info: UNetInfo
    identity: str = ""

    @torch.no_grad()
    def __call__(self, obj: Tensor, w: Tensor) -> Tensor:
        """Correct a reconstruction by one network evaluation.

        Parameters
        ----------
        obj : complex tensor, shape (..., H, W)
        w : real tensor, shape (H, W)
            Illumination: the weight of the pixels for the global phase.

        Returns
        -------
        complex64 tensor, shape (..., H, W)
        """
        channels = self.info.channels
        x = encode_turned(channels, obj, w)
        corrected = self.network(x.reshape(-1, *x.shape[-3:]))
        return channels.decode(corrected.reshape(x.shape))


def encode_turned(channels: Channels, obj: Tensor, w: Tensor) -> Tensor:
    """Channels of an object whose global phase is free: its mean is shifted to the typical phase first.

    Each pixel takes the branch within π of the typical phase, so that a pixel has the same value for any
    global phase was.
    """
    turn = channels.phase_centre - (w * obj).sum((-2, -1), keepdim=True).angle()
    turned = obj * torch.polar(torch.ones_like(turn), turn)
    return channels.encode(turned, torch.full_like(turned.real, channels.phase_centre))


UNETS = Trained("unet", "U-Net", UNetInfo)


def save_corrector(folder: str | os.PathLike[str], network: UNet, info: UNetInfo, card: str = "") -> str:
    """Write a model folder and return the identity (SHA-256) of its weights."""
    return UNETS.save(folder, network, _Shape(network.widths, network.blocks, network.stem), info, card)


def load_corrector(folder: str | os.PathLike[str], device: str | torch.device = "cpu") -> Corrector:
    """Load a model folder, or a bare name from models/; cached while its files are unchanged.

    Raises
    ------
    InputError
        If there is no such model, or it cannot be read.
    """
    path = UNETS.folder(folder)
    return _load(path, UNETS.stamps(path), str(torch.device(device)))


@lru_cache(maxsize=8)
def _load(path: Path, stamps: tuple[int, ...], device: str) -> Corrector:
    info, shape = UNETS.read(path), UNETS.shape(path, _Described)
    network = UNETS.filled(path, lambda: UNet(**shape), device)
    return Corrector(network, info, UNETS.identity(path))


def unet_beside(data: list[str] | None, overlap: float) -> str | None:
    """The U-Net in models/ trained on the same data at the nearest overlap; None if over 0.1 away.

    `data` are the names of a prior's training data (`training["data"]` of its description). Which rows and
    columns of an image were used does not matter.
    """
    fitting = {
        name: abs(trained.overlap - overlap)
        for name, trained in UNETS.listed().items()
        if data and _images(trained.training.get("data", [])) == _images(data)
    }
    nearest = min(fitting, key=fitting.__getitem__, default=None)
    return nearest if nearest is not None and fitting[nearest] <= 0.1 else None


def _images(data: list[str]) -> list[str]:
    """Names of training data without the selected rows and columns, such as `@4:508,4:508` or `@-160:,:`."""
    return [re.sub(r"@[-\d:,]*$", "", name) for name in data]
