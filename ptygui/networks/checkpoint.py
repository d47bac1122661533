"""A model folder: the network as saved by diffusers, and prior.json.

    blood-compact/
      config.json                            shape of the UNet2DModel
      diffusion_pytorch_model.safetensors    its weights, half precision; in shards if they are large
      prior.json                             description of the network: channels, noise, training
      README.md                              the card

Everything read is checked before anything is allocated; nothing is ever unpickled.
"""

import copy
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ptygui.atomic import write_text
from ptygui.errors import InputError
from ptygui.networks.channels import CHANNELS, Channels
from ptygui.networks.model_folder import (
    CARD,
    TRAINING,
    described,
    empty_network,
    read_description,
    save_folder,
)
from ptygui.networks.schema import Group, Listed, Number, Place, Table, Text, Word, read_group, read_json
from ptygui.networks.spectrum import ErrorSpectrum
from ptygui.networks.weights import SHARD_BYTES, WEIGHTS, fill, identity_of, is_of_weights, weights_files

if TYPE_CHECKING:
    import torch

    from ptygui.networks.denoiser import Denoiser

CONFIG, DESCRIPTION = "config.json", "prior.json"

_LARGEST_NETWORK = 2**30  # parameters
_SCHEDULE = ("num_steps", "beta_first", "beta_last")
_DEPTH = 8  # levels at most
_LEVELS = Listed(Number(1, 2048, whole=True), 1, _DEPTH)
_DOWN = Listed(Word("DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D"), 1, _DEPTH)
_UP = Listed(Word("UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"), 1, _DEPTH)
_SAMPLING = Word("conv", "resnet")
_FOLDED = Number(1, 1024, whole=True)
_EACH_CHANNEL = Listed(Number(1e-6, 1e6), CHANNELS, CHANNELS, alike=True)
_MEANS = Listed(Number(-1e6, 1e6), CHANNELS, CHANNELS)
_BETA = Number(1e-12, 1)


@dataclass(frozen=True)
class _Shape:
    """The part of config.json for a UNet2DModel that this program uses."""

    block_out_channels: Annotated[tuple[int, ...], _LEVELS]
    down_block_types: Annotated[tuple[str, ...], _DOWN]
    up_block_types: Annotated[tuple[str, ...], _UP]
    layers_per_block: Annotated[int, Number(1, 8, whole=True)]
    norm_num_groups: Annotated[int, Number(1, 256, whole=True)]
    attention_head_dim: Annotated[int, Number(1, 512, whole=True)]
    in_channels: Annotated[int, _FOLDED]
    out_channels: Annotated[int, _FOLDED]
    resnet_time_scale_shift: Annotated[str, Word("default", "scale_shift")] = "default"
    downsample_type: Annotated[str, _SAMPLING] = "conv"
    upsample_type: Annotated[str, _SAMPLING] = "conv"

    @property
    def fault(self) -> str:
        """The inconsistency, in words; empty if there is none."""
        levels = {len(each) for each in (self.block_out_channels, self.down_block_types, self.up_block_types)}
        return "" if len(levels) == 1 else "has not as many down_block_types and up_block_types as widths"


@dataclass(frozen=True)
class PriorInfo:
    """The description of a network in prior.json.

    Attributes
    ----------
    parameterisation : str
        "edm" (preconditioned denoiser of ln(sigma)/4) or "epsilon" (noise of a VP state at step t).
    channels : Channels
    sigma_data : tuple of two floats
        Standard deviation of each channel of the training data about `data_mean`. Earlier folders give one
        number for both.
    data_mean : tuple of two floats
        Mean of each channel over the training data, in channel units.
    num_steps, beta_first, beta_last : int, float, float
        The linear schedule an epsilon network was trained on.
    stem : int
        Space-to-depth factor of the network.
    zeta_scale : dict
        Measured gradient scales of the `dps` method, by name.
    errors : ErrorSpectrum, optional
        The measured error of the network; None in earlier folders.
    domain : str
        What it is a prior of, in a word or two, such as "blood" or "chips"; "anything" for a generic one;
        empty if not stated.
    training : dict
        Where the weights come from: data, steps, seed, hours, date, losses.
    """

    parameterisation: Annotated[str, Word("edm", "epsilon")]
    channels: Annotated[Channels, Group(Channels)]
    sigma_data: Annotated[tuple[float, float], _EACH_CHANNEL]
    data_mean: Annotated[tuple[float, float], _MEANS] = (0.0, 0.0)
    num_steps: Annotated[int, Number(1, 1e6, whole=True)] = 1000
    beta_first: Annotated[float, _BETA] = 1e-4
    beta_last: Annotated[float, _BETA] = 0.02
    stem: Annotated[int, Number(1, 8, whole=True)] = 1
    preset: Annotated[str, Text()] = ""
    zeta_scale: Annotated[dict[str, float], Table(Number(0, 1e12))] = field(default_factory=dict)
    errors: Annotated[ErrorSpectrum | None, Group(ErrorSpectrum)] = None
    domain: Annotated[str, Text(60)] = ""
    training: Annotated[dict[str, Any], TRAINING] = field(default_factory=dict)

    def object_power(self, radius: "torch.Tensor") -> "torch.Tensor":
        """Power spectrum of the complex objects that the prior knows, shape (...).

        |C u|² for u = object - mean and C the orthonormal cosine transform, at frequencies (...) in half
        waves over 128 px. With u about δA + i A δφ it is the sum of the powers of both channels, from the
        measured error (`ErrorSpectrum.of_data`), else of white channels.
        """
        import torch

        c, spread = self.channels, self.sigma_data
        if self.errors is None:
            power = torch.tensor(spread, device=radius.device).square()[:, None].expand(2, radius.numel())
            power = power.view(2, *radius.shape)
        else:
            power = self.errors.interpolated(self.errors.of_data().log(), radius)
        across = c.phase_scale * (c.amplitude_centre + c.amplitude_scale * self.data_mean[0])
        return c.amplitude_scale**2 * power[0] + across**2 * power[1]

    def matched(self) -> "PriorInfo":
        """The same data in channels matched to photon noise (`Channels.matched`).

        Matched at the root mean square of their amplitude, since |f|² weights the phase.
        """
        c, mean, spread = self.channels, self.data_mean, self.sigma_data
        typical = math.hypot(c.amplitude_centre + c.amplitude_scale * mean[0], c.amplitude_scale * spread[0])
        channels = c.matched(typical)
        unit = c.phase_scale / channels.phase_scale
        return replace(
            self,
            channels=channels,
            data_mean=(mean[0], mean[1] * unit),
            sigma_data=(spread[0], spread[1] * unit),
        )


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model folder: network, description, and the SHA-256 of the weights."""

    network: "Denoiser"
    info: PriorInfo
    identity: str


def save_checkpoint(
    folder: str | os.PathLike[str], network: "Denoiser", info: PriorInfo, card: str = "", half: bool = True
) -> str:
    """Write a model folder and return the identity (SHA-256) of its weights.

    Each file is written under a temporary name and then renamed, so a reader never finds half a file.
    """
    import torch

    folder = Path(folder)
    host = copy.deepcopy(network)
    host.to("cpu", memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch knows it
    if half:
        host.half()
    unet = host.unet
    said = asdict(info)
    schedule = {name: said.pop(name) for name in _SCHEDULE}
    save_folder(
        folder,
        lambda scratch: unet.save_pretrained(scratch, safe_serialization=True, max_shard_size=SHARD_BYTES),
        {DESCRIPTION: described(**said, schedule=schedule), CARD: card},
        is_of_weights,
    )
    return weights_identity(folder)


def load_checkpoint(folder: str | os.PathLike[str]) -> Checkpoint:
    """Read a model folder: the network in float32 on the CPU, its description and identity.

    Raises
    ------
    InputError
        Naming the file, if it is missing, malformed, of an unknown version or does not fit the others.
    """
    from ptygui.networks.denoiser import network_of

    folder = Path(folder)
    files = weights_files(folder)
    for name in (CONFIG, DESCRIPTION):
        if not (folder / name).is_file():
            raise InputError(f"{folder} is not a model folder: {name} is missing")
    if not files:
        raise InputError(f"{folder} is not a model folder: {WEIGHTS} is missing, or one of its shards")
    info = load_info(folder)
    shape = _shape(folder / CONFIG, info.stem)
    network = empty_network(folder / CONFIG, lambda: network_of(shape, info.stem), _LARGEST_NETWORK)
    fill(network.unet, files)
    return Checkpoint(network, info, identity_of(files))


def _shape(path: Path, stem: int) -> dict[str, Any]:
    """The keywords for `network_of` that a config.json gives."""
    place = Place(path, "this program does not build others")
    shape = asdict(read_group(_Shape, read_json(path), place))
    folded, wanted = (shape.pop("in_channels"), shape.pop("out_channels")), CHANNELS * stem**2
    if folded != (wanted, wanted):
        raise InputError(
            f"{path}: the network has not {wanted} channels, as the stem of {DESCRIPTION} asks, but "
            f"{folded[0]} and {folded[1]}: take both files of one model"
        )
    return shape


def load_info(folder: str | os.PathLike[str]) -> PriorInfo:
    """Read and check prior.json alone."""
    return read_description(Path(folder) / DESCRIPTION, PriorInfo, flat="schedule")


def store_zeta_scale(folder: str | os.PathLike[str], zeta_scale: Mapping[str, float]) -> None:
    """Replace the gradient scales in a folder's prior.json, leaving everything else unchanged."""
    _store(folder, zeta_scale={str(name): float(value) for name, value in zeta_scale.items()})


def store_errors(folder: str | os.PathLike[str], errors: ErrorSpectrum) -> None:
    """Replace the measured error in a folder's prior.json, leaving everything else unchanged."""
    _store(folder, errors=asdict(errors))


def _store(folder: str | os.PathLike[str], **values: Any) -> None:
    path = Path(folder) / DESCRIPTION
    load_info(folder)
    write_text(path, json.dumps(read_json(path) | values, indent=2) + "\n")


def weights_identity(folder: str | os.PathLike[str]) -> str:
    """SHA-256 of the weights, in hexadecimal."""
    return identity_of(weights_files(Path(folder)))
