"""A trained post-processing U-Net for the method `unet`, and its model folder.

    unet-20/
      unet.json            shape of the network; channels, overlap and training
      unet.safetensors     its weights, half precision
      README.md            the card

corrector = load_corrector("unet-20")
better = corrector(obj, illumination)

Everything read is checked before anything is allocated; nothing is ever unpickled.
"""

import os
import re
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import torch
from torch import Tensor

from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.model_folder import (
    CARD,
    TRAINING,
    described,
    empty_network,
    read_description,
    save_folder,
)
from ptygui.networks.schema import Group, Listed, Number, Text
from ptygui.networks.unet import UNet
from ptygui.networks.weights import fill, identity_of, put_tensors
from ptygui.paths import MODELS

WEIGHTS, DESCRIPTION = "unet.safetensors", "unet.json"

_LARGEST_NETWORK = 2**28  # parameters
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
class UNetInfo:
    """The description of a network in unet.json.

    Attributes
    ----------
    channels : Channels
        Its phase centre is the typical phase, to which the mean phase of an object is shifted first.
    overlap : float
        Overlap ratio of the scans it was trained on.
    iterations : int
        AWF iterations that made the images it was trained on.
    preset : str
    training : dict
        Where the weights come from: data, steps, seed, hours, losses.
    """

    channels: Annotated[Channels, Group(Channels)]
    overlap: Annotated[float, Number(-1, 1)]
    iterations: Annotated[int, Number(1, 1e9, whole=True)]
    preset: Annotated[str, Text()] = ""
    training: Annotated[dict[str, Any], TRAINING] = field(default_factory=dict)


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


def save_corrector(folder: str | os.PathLike[str], network: UNet, info: UNetInfo, card: str = "") -> str:
    """Write a model folder and return the identity (SHA-256) of its weights.

    Each file is written under a temporary name and then renamed, so a reader never finds half a file.
    """
    folder = Path(folder)
    weights = {name: value.half() for name, value in network.state_dict().items()}
    shape = asdict(_Shape(network.widths, network.blocks, network.stem))
    save_folder(
        folder,
        lambda scratch: put_tensors(scratch / WEIGHTS, weights),
        {DESCRIPTION: described(network=shape, **asdict(info)), CARD: card},
        WEIGHTS.__eq__,
    )
    return _identity(folder)


def load_corrector(folder: str | os.PathLike[str], device: str | torch.device = "cpu") -> Corrector:
    """Load a model folder, or a bare name from models/; cached while its files are unchanged.

    Raises
    ------
    InputError
        If there is no such model, or it cannot be read.
    """
    path = unet_folder(folder)
    stamps = tuple((path / name).stat().st_mtime_ns for name in (WEIGHTS, DESCRIPTION))
    return _load(path, stamps, str(torch.device(device)))


@lru_cache(maxsize=8)
def _load(path: Path, stamps: tuple[int, ...], device: str) -> Corrector:
    info = load_unet_info(path)
    shape = read_description(path / DESCRIPTION, _Described).network
    network = empty_network(path / DESCRIPTION, lambda: UNet(**asdict(shape)), _LARGEST_NETWORK)
    fill(network, [path / WEIGHTS])
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch knows it
    network.eval().requires_grad_(False)
    return Corrector(network, info, _identity(path))


def load_unet_info(folder: str | os.PathLike[str]) -> UNetInfo:
    """Read and check unet.json alone."""
    return read_description(Path(folder) / DESCRIPTION, UNetInfo)


def list_unets() -> dict[str, float]:
    """Names of the U-Nets in models/ with the overlap that each was trained for."""
    if not MODELS.is_dir():
        return {}
    found = sorted(p for p in MODELS.iterdir() if (p / DESCRIPTION).is_file() and (p / WEIGHTS).is_file())
    return {p.name: load_unet_info(p).overlap for p in found}


def nearest_unet(overlap: float) -> str:
    """The name of the U-Net in models/ that was trained for the nearest overlap."""
    unets = list_unets()
    if not unets:
        raise InputError(
            "there is no U-Net in models/: train one with `ptygui train unet`, give its folder as --network"
        )
    return min(unets, key=lambda name: abs(unets[name] - overlap))


def unet_beside(data: list[str] | None, overlap: float) -> str | None:
    """The U-Net in models/ trained on the same data at the nearest overlap; None if over 0.1 away.

    `data` are the names of a prior's training data (`training["data"]` of its description). Which rows and
    columns of an image were used does not matter.
    """
    fitting = {
        name: abs(trained - overlap)
        for name, trained in list_unets().items()
        if data and _images(load_unet_info(MODELS / name).training.get("data", [])) == _images(data)
    }
    nearest = min(fitting, key=fitting.__getitem__, default=None)
    return nearest if nearest is not None and fitting[nearest] <= 0.1 else None


def _images(data: list[str]) -> list[str]:
    """Names of training data without the selected rows and columns, such as `@4:508,4:508` or `@-160:,:`."""
    return [re.sub(r"@[-\d:,]*$", "", name) for name in data]


def unet_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder of a U-Net: a path, or a bare name from models/."""
    given = Path(folder).expanduser()
    path = MODELS / given if given.parent == Path() and not given.is_dir() else given
    missing = [name for name in (DESCRIPTION, WEIGHTS) if not (path / name).is_file()]
    if not path.is_dir() or missing:
        known = ", ".join(list_unets()) or "none"
        lacks = f" (no {missing[0]})" if path.is_dir() else ""
        raise InputError(
            f"there is no U-Net {str(folder)!r}{lacks}: give a folder written by `ptygui train unet`, "
            f"or one of models/ ({known})"
        )
    return path.resolve()


def _identity(folder: Path) -> str:
    return identity_of([folder / WEIGHTS])
