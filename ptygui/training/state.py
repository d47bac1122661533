"""The state that a training needs to continue after a stop or kill: tensors in safetensors, the rest in JSON.

Two generations are never mixed: the tensors of a save have their own name, and the small JSON file, renamed
into place last, says which tensors belong to it.
"""

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ptygui.atomic import write_text
from ptygui.errors import InputError
from ptygui.networks.weights import write_tensors

_FILE = "training.json"


@dataclass
class TrainingState:
    """The state of a training.

    Attributes
    ----------
    tensors : dict of str to tensor
        Weights ("net/..."), their running average ("ema/..."), both moments of Adam ("first/...",
        "second/...") and the generator ("rng").
    step, seconds : int, float
        Steps taken and time spent in all.
    described : dict
        Contents of prior.json (channels, sigma_data, ...), fixed at the start of the training.
    validation : list
        The losses so far: one dict per validation.
    """

    tensors: dict[str, Tensor]
    step: int = 0
    seconds: float = 0.0
    described: dict[str, Any] = field(default_factory=dict)
    validation: list[dict[str, Any]] = field(default_factory=list)

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors under a prefix, by the rest of their names."""
        start = f"{prefix}/"
        return {key.removeprefix(start): v for key, v in self.tensors.items() if key.startswith(start)}


def moments_of(optimiser: torch.optim.Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """Both moments of Adam under their names in a `TrainingState`; none before the first step."""
    tensors = {}
    for name, parameter in network.named_parameters():
        moments = optimiser.state.get(parameter, {})
        if moments:
            tensors[f"first/{name}"] = moments["exp_avg"]
            tensors[f"second/{name}"] = moments["exp_avg_sq"]
    return tensors


def restore_moments(optimiser: torch.optim.Optimizer, network: nn.Module, state: TrainingState) -> None:
    """Give an optimiser the moments of a state, in the memory layout that its fused step relies on."""
    first, second = state.part("first"), state.part("second")
    for name, parameter in network.named_parameters():
        if name in first:
            optimiser.state[parameter] = {
                "step": torch.tensor(float(state.step), device=parameter.device),
                "exp_avg": torch.empty_like(parameter).copy_(first[name]),
                "exp_avg_sq": torch.empty_like(parameter).copy_(second[name]),
            }


def save_state(folder: str | os.PathLike[str], state: TrainingState) -> None:
    """Write a state so that a kill at any moment leaves the last one or this one complete."""
    folder = Path(folder)
    name = f"state-{state.step:08d}.safetensors"
    write_tensors(folder / name, state.tensors)
    said = {field.name: getattr(state, field.name) for field in fields(state)}
    write_text(folder / _FILE, json.dumps({**said, "tensors": name}, indent=1) + "\n")
    for old in folder.glob("*state-*.safetensors*"):
        if old.name != name:
            old.unlink(missing_ok=True)


def refuse_to_lose(folder: Path, weights: bool, state: Path) -> None:
    """Refuse to train over the weights that a folder holds, if there is no state to continue from."""
    if weights and not (state / _FILE).is_file():
        raise InputError(
            f"{folder} holds a model without a state: continue from its weights with --continue "
            f"{folder}, choose another folder, or replace the model with --fresh"
        )


def load_state(folder: str | os.PathLike[str]) -> TrainingState | None:
    """Read a saved state; None if there is none."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(folder) / _FILE
    if not path.is_file():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        tensors = load_file(path.parent / Path(said.pop("tensors")).name)
        return TrainingState(tensors, **said)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, SafetensorError) as error:
        raise InputError(f"{path} is not a training state that can be resumed") from error
