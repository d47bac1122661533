"""A model folder: the network as diffusers saves it, and prior.json beside it.

    blood-compact/
      config.json                            shape of the UNet2DModel
      diffusion_pytorch_model.safetensors    its weights, half precision; in shards where they are large
      prior.json                             what the network means: channels, noise, training
      README.md                              the card

Everything read is checked before anything is allocated; nothing is ever unpickled.
"""

import copy
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from ptygui.atomic import replacing_in, write_text
from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.denoiser import CHANNELS, Denoiser, network_of
from ptygui.networks.spectrum import ErrorSpectrum
from ptygui.networks.weights import (
    SHARD_BYTES,
    WEIGHTS,
    disk_errors,
    fill,
    identity_of,
    is_of_weights,
    weights_files,
)

VERSION = 1
CONFIG, DESCRIPTION, CARD = "config.json", "prior.json", "README.md"

_LARGEST_JSON = 2**20  # bytes
_LARGEST_NETWORK = 2**30  # parameters
_LONGEST_TABLE = 64
_BLOCKS = {
    "down_block_types": {"DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D"},
    "up_block_types": {"UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"},
}
_WORDS = {
    "resnet_time_scale_shift": {"default", "scale_shift"},
    "downsample_type": {"conv", "resnet"},
    "upsample_type": {"conv", "resnet"},
}
_NUMBERS = {"layers_per_block": (1, 8), "norm_num_groups": (1, 256), "attention_head_dim": (1, 512)}


@dataclass(frozen=True)
class PriorInfo:
    """What prior.json says of a network.

    Attributes
    ----------
    parameterisation : str
        "edm" (preconditioned denoiser of ln(sigma)/4) or "epsilon" (noise of a VP state at step t).
    channels : Channels
    sigma_data : tuple of two floats
        Standard deviation of each channel of the training data about `data_mean`. A folder of before may
        give one number for both.
    data_mean : tuple of two floats
        Mean of each channel over the training data, in channel units.
    num_steps, beta_first, beta_last : int, float, float
        The linear schedule an epsilon network was trained on.
    stem : int
        Space-to-depth factor of the network.
    zeta_scale : dict
        Measured gradient scales of the `dps` method, by name.
    errors : ErrorSpectrum, optional
        The measured error of the network; None in folders of before it was measured.
    training : dict
        Where the weights come from: data, steps, seed, hours, losses.
    """

    parameterisation: str
    channels: Channels
    sigma_data: tuple[float, float]
    data_mean: tuple[float, float] = (0.0, 0.0)
    num_steps: int = 1000
    beta_first: float = 1e-4
    beta_last: float = 0.02
    stem: int = 1
    preset: str = ""
    zeta_scale: dict[str, float] = field(default_factory=dict)
    errors: ErrorSpectrum | None = None
    training: dict[str, Any] = field(default_factory=dict)

    def matched(self) -> "PriorInfo":
        """The same data in channels whose noise is that of photons (`Channels.matched`).

        At the root mean square of their amplitude, as |f|² weighs the phase.
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

    network: Denoiser
    info: PriorInfo
    identity: str


def save_checkpoint(
    folder: str | os.PathLike, network: Denoiser, info: PriorInfo, card: str = "", half: bool = True
) -> str:
    """Write a model folder and return the identity (SHA-256) of its weights.

    Each file is written under a temporary name and then renamed, so a reader never finds half a file.
    """
    folder = Path(folder)
    unet = copy.deepcopy(network.unet).to("cpu", memory_format=torch.contiguous_format)
    if half:
        unet = unet.half()
    with replacing_in(folder) as scratch:
        with disk_errors():
            unet.save_pretrained(scratch, safe_serialization=True, max_shard_size=SHARD_BYTES)
        (scratch / DESCRIPTION).write_text(_described(info), encoding="utf-8")
        if card:
            (scratch / CARD).write_text(card, encoding="utf-8")
        names = {file.name for file in scratch.iterdir()}
        for name in names:
            (scratch / name).chmod(0o644)  # safetensors writes files only the owner can read
    for file in folder.iterdir():
        if is_of_weights(file.name) and file.name not in names:  # of a network with other shards
            file.unlink()
    return weights_identity(folder)


def load_checkpoint(folder: str | os.PathLike) -> Checkpoint:
    """Read a model folder: the network in float32 on the CPU, its description and identity.

    Raises
    ------
    InputError
        Naming the file, if it is missing, malformed, of an unknown version or does not fit the others.
    """
    folder = Path(folder)
    files = weights_files(folder)
    for name in (CONFIG, DESCRIPTION):
        if not (folder / name).is_file():
            raise InputError(f"{folder} is not a model folder: {name} is missing")
    if not files:
        raise InputError(f"{folder} is not a model folder: {WEIGHTS} is missing, or one of its shards")
    info = load_info(folder)
    network = _empty_network(folder / CONFIG, info.stem)
    fill(network.unet, files)
    return Checkpoint(network, info, identity_of(files))


def load_info(folder: str | os.PathLike) -> PriorInfo:
    """Read and check prior.json alone."""
    path = Path(folder) / DESCRIPTION
    said = read_json(path)
    version = said.get("version")
    if version != VERSION:
        raise InputError(f"{path}: version is {version!r}, this program reads {VERSION}: update ptygui")
    if said.get("parameterisation") not in ("edm", "epsilon"):
        raise InputError(
            f"{path}: parameterisation is {said.get('parameterisation')!r}, expected edm or epsilon"
        )
    channels = said.get("channels")
    if not isinstance(channels, dict):
        raise InputError(f"{path}: channels is missing")
    spread = each_channel(said.get("sigma_data"))
    mean = said.get("data_mean", [0.0, 0.0])
    for name, pair in (("sigma_data", spread), ("data_mean", mean)):
        if not isinstance(pair, list) or len(pair) != CHANNELS:
            raise InputError(f"{path}: {name} is {pair!r}, expected two numbers")
    schedule = said.get("schedule", {})
    if not isinstance(schedule, dict):
        raise InputError(f"{path}: schedule is {schedule!r}, expected its numbers by name")
    return PriorInfo(
        parameterisation=said["parameterisation"],
        channels=read_channels(channels, path),
        sigma_data=tuple(read_number({"sigma_data": d}, "sigma_data", path, 1e-6, 1e6) for d in spread),
        data_mean=tuple(read_number({"data_mean": m}, "data_mean", path, -1e6, 1e6) for m in mean),
        num_steps=int(read_number(schedule, "num_steps", path, 1, 1e6, 1000)),
        beta_first=read_number(schedule, "beta_first", path, 1e-12, 1, 1e-4),
        beta_last=read_number(schedule, "beta_last", path, 1e-12, 1, 0.02),
        stem=int(read_number(said, "stem", path, 1, 8)),
        preset=str(said.get("preset", "")),
        zeta_scale={
            str(name): read_number(said["zeta_scale"], name, path, 0, 1e12)
            for name in _mapping(said, "zeta_scale", path)
        },
        errors=_errors(said, path),
        training=_mapping(said, "training", path),
    )


def store_zeta_scale(folder: str | os.PathLike, zeta_scale: Mapping[str, float]) -> None:
    """Replace the gradient scales in a folder's prior.json, leaving everything else as it is."""
    _store(folder, zeta_scale={str(name): float(value) for name, value in zeta_scale.items()})


def store_errors(folder: str | os.PathLike, errors: ErrorSpectrum) -> None:
    """Replace the measured error in a folder's prior.json, leaving everything else as it is."""
    _store(folder, errors=asdict(errors))


def _store(folder: str | os.PathLike, **values: Any) -> None:
    path = Path(folder) / DESCRIPTION
    load_info(folder)
    write_text(path, json.dumps(read_json(path) | values, indent=2) + "\n")


def weights_identity(folder: str | os.PathLike) -> str:
    """SHA-256 of the weights, in hexadecimal."""
    return identity_of(weights_files(folder))


def _described(info: PriorInfo) -> str:
    said = asdict(info)
    schedule = {name: said.pop(name) for name in ("num_steps", "beta_first", "beta_last")}
    said = {"version": VERSION, **said, "schedule": schedule}
    return json.dumps(said, indent=2, allow_nan=False) + "\n"


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a model folder, of a size that is checked first."""
    if not path.is_file():
        raise InputError(f"{path.parent} is not a model folder: {path.name} is missing")
    if path.stat().st_size > _LARGEST_JSON:
        raise InputError(f"{path} is larger than {_LARGEST_JSON} bytes, which no model description is")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from None
    if not isinstance(said, dict):
        raise InputError(f"{path}: expected a JSON object")
    return said


def _errors(said: dict[str, Any], path: Path) -> ErrorSpectrum | None:
    """The error spectrum, every number of it checked."""
    table = said.get("errors")
    if table is None:
        return None

    def refuse(what: str) -> None:
        raise InputError(f"{path}: errors {what}: take the entry out, or measure it anew")

    def numbers(values: Any, low: float, what: str) -> tuple[float, ...]:
        if not isinstance(values, list) or not 2 <= len(values) <= _LONGEST_TABLE:
            refuse(f"holds {what} {str(values)[:40]}, expected 2 to {_LONGEST_TABLE} numbers")
        return tuple(read_number({what: v}, what, path, low, 1e6) for v in values)

    if not isinstance(table, dict):
        refuse("is no table by name")
    sigmas, radii = numbers(table.get("sigmas"), 1e-6, "sigmas"), numbers(table.get("radii"), 0, "radii")
    for name, values in (("sigmas", sigmas), ("radii", radii)):
        if any(a >= b for a, b in pairwise(values)):
            refuse(f"holds {name} that do not rise")
    levels = table.get("power")
    if not isinstance(levels, list) or len(levels) != len(sigmas):
        refuse("holds not one power a noise level")
    power = []
    for level in levels:
        if not isinstance(level, list) or len(level) != CHANNELS:
            refuse(f"holds powers of not {CHANNELS} channels")
        power.append(tuple(numbers(values, 1e-30, "power") for values in level))
        if any(len(values) != len(radii) for values in power[-1]):
            refuse("holds not one power a frequency")
    return ErrorSpectrum(sigmas, radii, tuple(power))


def _mapping(said: dict, name: str, path: Path) -> dict:
    value = said.get(name, {})
    if not isinstance(value, dict):
        raise InputError(f"{path}: {name} is {value!r}, expected values by name")
    return value


def read_number(
    said: dict, name: str, path: Path, low: float, high: float, default: float | None = None
) -> float:
    """A finite number of a JSON object, between two bounds."""
    value = said.get(name, default)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        raise InputError(f"{path}: {name} is {value!r}, expected a number from {low:g} to {high:g}")
    return float(value)


def each_channel(value: Any) -> list:
    """One value a channel; folders and training states of before give one for both."""
    return value if isinstance(value, list) else [value] * CHANNELS


def read_channels(said: dict, path: Path) -> Channels:
    """The constants of both channels, each checked; the reach of the phase is 1 in folders of before."""
    low = {"amplitude_scale": 1e-6, "phase_scale": 1e-6, "phase_reach": 1e-6}
    default = {"phase_reach": 1.0}
    return Channels(
        **{
            f.name: read_number(said, f.name, path, low.get(f.name, -1e6), 1e6, default.get(f.name))
            for f in fields(Channels)
        }
    )


def _empty_network(path: Path, stem: int) -> Denoiser:
    """The network a config.json describes, on the meta device: shapes without memory."""
    shape = _checked_shape(read_json(path), path)
    if shape.pop("in_channels") != CHANNELS * stem**2:
        raise InputError(
            f"{path}: the network has not {CHANNELS * stem**2} channels, as prior.json's stem asks"
        )
    try:
        with torch.device("meta"):
            network = network_of(shape, stem)
    except Exception as error:
        raise InputError(f"{path}: no network of this shape can be made: {error}") from None
    if sum(p.numel() for p in network.parameters()) > _LARGEST_NETWORK:
        raise InputError(f"{path}: the network has more than {_LARGEST_NETWORK} parameters")
    return network


def _checked_shape(said: dict[str, Any], path: Path) -> dict[str, Any]:
    """The keywords for `network_of`, only those we know and only with values we expect."""

    def refuse(name: str) -> None:
        raise InputError(f"{path}: {name} is {said.get(name)!r}, which this program does not build")

    widths = said.get("block_out_channels")
    if not isinstance(widths, list) or not 1 <= len(widths) <= 8:
        refuse("block_out_channels")
    if not all(type(w) is int and 1 <= w <= 2048 for w in widths):
        refuse("block_out_channels")
    shape: dict[str, Any] = {"block_out_channels": tuple(widths)}
    for name, known in _BLOCKS.items():
        types = said.get(name)
        if not isinstance(types, list) or len(types) != len(widths) or not all(t in known for t in types):
            refuse(name)
        shape[name] = tuple(types)
    for name, known in _WORDS.items():
        if name in said:
            if said[name] not in known:
                refuse(name)
            shape[name] = said[name]
    for name, (low, high) in _NUMBERS.items():
        if type(said.get(name)) is not int or not low <= said[name] <= high:
            refuse(name)
        shape[name] = said[name]
    if said.get("in_channels") != said.get("out_channels"):
        refuse("out_channels")
    return {**shape, "in_channels": said["in_channels"]}
