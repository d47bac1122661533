"""What a training needs to go on after it was stopped or killed: tensors in safetensors, the rest in JSON.

Two generations are never mixed: the tensors of a save have their own name, and the small JSON file, renamed
into place last, says which tensors belong to it.
"""

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from torch import Tensor

from ptygui.errors import InputError
from ptygui.networks.checkpoint import write_text

_FILE = "training.json"


@dataclass
class TrainingState:
    """Where a training stands.

    Attributes
    ----------
    tensors : dict of str to tensor
        Weights ("net/..."), their running average ("ema/..."), both moments of Adam ("first/...",
        "second/...") and the generator ("rng").
    step, seconds : int, float
        Steps taken and time spent in all.
    described : dict
        What prior.json will say (channels, sigma_data, ...), fixed when the training began.
    validation : list
        The losses so far: one dict a validation.
    """

    tensors: dict[str, Tensor]
    step: int = 0
    seconds: float = 0.0
    described: dict[str, Any] = field(default_factory=dict)
    validation: list[dict[str, Any]] = field(default_factory=list)


def save_state(folder: str | os.PathLike, state: TrainingState) -> None:
    """Write a state so that a kill at any moment leaves the last or this one, whole."""
    from safetensors.torch import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"state-{state.step:08d}.safetensors"
    scratch = folder / f".{name}.{os.getpid()}"
    save_file({key: value.detach().cpu().contiguous() for key, value in state.tensors.items()}, scratch)
    os.replace(scratch, folder / name)
    said = {field.name: getattr(state, field.name) for field in fields(state)}
    write_text(folder / _FILE, json.dumps({**said, "tensors": name}, indent=1) + "\n")
    for old in folder.glob("*state-*.safetensors*"):
        if old.name != name:
            old.unlink(missing_ok=True)


def holds_state(folder: str | os.PathLike) -> bool:
    """Whether a training was saved in a folder."""
    return (Path(folder) / _FILE).is_file()


def load_state(folder: str | os.PathLike) -> TrainingState | None:
    """Read a saved state; None where there is none."""
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
        raise InputError(f"{path} is not a training state that can be resumed: {error}") from None
