"""Model folders of the networks that are not priors: one description, weights in half precision, a card.

    UNETS.listed()                                  # {"unet-20": UNetInfo(...), ...}
    UNETS.read("unet-20")                           # its description alone
    network = UNETS.filled("unet-20", lambda: UNet(...), "cpu")

    unet-20/
      unet.json            shape of the network, and what it is for
      unet.safetensors     its weights
      README.md            the card

Everything read is checked before anything is allocated; nothing is ever unpickled.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import torch
from torch import nn

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
from ptygui.networks.schema import Group, Number, Text
from ptygui.networks.weights import fill, identity_of, put_tensors
from ptygui.paths import MODELS

_LARGEST_NETWORK = 2**28  # parameters

_I = TypeVar("_I")
_N = TypeVar("_N", bound=nn.Module)


@dataclass(frozen=True)
class OneOverlap:
    """The description of a network that follows AWF at the overlap that it was trained for.

    Attributes
    ----------
    channels : Channels
        Of the objects; the phase centre is the typical phase, to which an object's mean is shifted.
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


@dataclass(frozen=True)
class Trained(Generic[_I]):
    """A kind of trained network, and how its folders are found, read and written.

    Attributes
    ----------
    key : str
        Its files are KEY.json and KEY.safetensors; it is trained by `ptygui train KEY`.
    name : str
        In sentences, such as "U-Net".
    info : type
        The dataclass of what KEY.json says.
    """

    key: str
    name: str
    info: type[_I]

    @property
    def description(self) -> str:
        """The name of the file that describes a network."""
        return f"{self.key}.json"

    @property
    def weights(self) -> str:
        """The name of the file of weights."""
        return f"{self.key}.safetensors"

    def folder(self, given: str | os.PathLike[str]) -> Path:
        """A folder of this kind: a path, or a bare name from models/.

        Raises
        ------
        InputError
            If it lacks a file, or there is no such folder.
        """
        path = Path(given).expanduser()
        path = MODELS / path if path.parent == Path() and not path.is_dir() else path
        missing = [name for name in (self.description, self.weights) if not (path / name).is_file()]
        if not path.is_dir() or missing:
            known = ", ".join(self.listed()) or "none"
            lacks = f" (no {missing[0]})" if path.is_dir() else ""
            raise InputError(
                f"there is no {self.name} {str(given)!r}{lacks}: give a folder written by "
                f"`ptygui train {self.key}`, or one of models/ ({known})"
            )
        return path.resolve()

    def read(self, folder: str | os.PathLike[str]) -> _I:
        """Read and check the description alone."""
        return read_description(Path(folder) / self.description, self.info)

    def shape(self, folder: Path, of: type[Any]) -> dict[str, Any]:
        """The shape of the network, an entry `network` of the description that `of` declares."""
        return asdict(read_description(folder / self.description, of).network)

    def listed(self) -> dict[str, _I]:
        """The networks of this kind in models/ by name, with their descriptions."""
        if not MODELS.is_dir():
            return {}
        files = self.description, self.weights
        found = sorted(p for p in MODELS.iterdir() if all((p / name).is_file() for name in files))
        return {p.name: self.read(p) for p in found}

    def save(
        self, folder: str | os.PathLike[str], network: nn.Module, shape: Any, info: _I, card: str = ""
    ) -> str:
        """Write a folder and return the identity (SHA-256) of its weights.

        Each file is written under a temporary name and then renamed, so a reader never finds half a file.
        """
        folder = Path(folder)
        weights = {name: value.half() for name, value in network.state_dict().items()}
        said: dict[str, Any] = asdict(info)  # type: ignore[call-overload]  # a dataclass
        save_folder(
            folder,
            lambda scratch: put_tensors(scratch / self.weights, weights),
            {self.description: described(network=asdict(shape), **said), CARD: card},
            self.weights.__eq__,
        )
        return self.identity(folder)

    def filled(self, folder: Path, make: Callable[[], _N], device: str | torch.device) -> _N:
        """The network that `make` returns, with the weights of a folder, ready to be used."""
        network = empty_network(folder / self.description, make, _LARGEST_NETWORK)
        fill(network, [folder / self.weights])
        network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch knows it
        network.eval().requires_grad_(False)
        return network

    def stamps(self, folder: Path) -> tuple[int, ...]:
        """When its files were written [ns]: what is loaded is kept while these are the same."""
        return tuple((folder / name).stat().st_mtime_ns for name in (self.weights, self.description))

    def identity(self, folder: Path) -> str:
        """SHA-256 of the weights."""
        return identity_of([folder / self.weights])


def nearest(kind: Trained[Any], overlap: float) -> str:
    """The name of the network in models/ that was trained for the nearest overlap."""
    known = kind.listed()
    if not known:
        raise InputError(
            f"there is no {kind.name} in models/: train one with `ptygui train {kind.key}`, give its folder "
            "as --network"
        )
    return min(known, key=lambda name: abs(known[name].overlap - overlap))
