"""The state of a training between two steps, for any network."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from ptygui.errors import Diverged, InputError
from ptygui.files.unreadable import what_is_wrong
from ptygui.networks.channels import Channels
from ptygui.prior.prior import bfloat16_pays
from ptygui.training.card_parts import read_notice
from ptygui.training.patches import images_of
from ptygui.training.state import TrainingState, load_state, moments_of, restore_moments, save_state

_CLIP = 1.0  # largest norm of the gradient

_N = TypeVar("_N", bound=nn.Module)


class BaseTrainer(ABC, Generic[_N]):
    """Network, optimiser, data and the files of a training.

    A subclass defines how a batch and its loss are made, how the network is validated, and what is in its
    model folder. `kept` is the second network of a training, the one that is saved: an average, or the best
    so far; `kept_name` is the name of its tensors in a state.
    """

    warm_up: int  # steps
    kept_name: str
    network: _N
    kept: _N
    optimiser: torch.optim.Optimizer
    info: Any

    def __init__(self, objects: Mapping[str, ArrayLike], options: Any, device: str, command: str):
        if not objects:
            raise InputError("there is nothing to train on: give at least one DATA")
        self.options, self.device, self.command = options, torch.device(device), command
        self.step, self.seconds = 0, 0.0
        self.history: list[dict[str, Any]] = []
        self.generator = torch.Generator().manual_seed(options.seed)
        self.names = list(objects)
        self.notice = read_notice(options.notice)
        self.images, self.weights, self.firsts = images_of(objects, options)

    @property
    def autocast(self) -> bool:
        """Whether the network runs in bfloat16."""
        if self.options.bfloat16 != "auto":
            return self.options.bfloat16 == "yes"
        return bfloat16_pays(self.device)

    def prepare(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Make the training data kept in a folder; yields the amount made and the total."""
        return iter(())

    # ------------------------------------------------------------------ one step

    def take_step(self, learning_rate: float) -> float:
        """Draw a batch and step the weights; return the loss."""
        batch = self._batch()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        loss = self._loss(batch)
        value = loss.item()  # the only wait for the device: the next batch is drawn while it computes
        if not math.isfinite(value):  # before the weights change: the saved state stays valid
            raise Diverged(f"the training diverged at step {self.step}: lower --learning-rate and resume")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        self.step += 1
        self._stepped()
        return value

    @abstractmethod
    def _batch(self) -> Any:
        """The next batch."""

    @abstractmethod
    def _loss(self, batch: Any) -> Tensor:
        """The loss of the network on a batch, one number on the device."""

    def _stepped(self) -> None:
        """Called after a step of the weights."""

    # ------------------------------------------------------------------ validation

    @abstractmethod
    def validates(self, moment: str) -> bool:
        """Whether to validate now: after a "step", one that is followed by a "save", or at the "end"."""

    @abstractmethod
    def validate(self, loss: float | None) -> None:
        """Measure on the held-out data and add the result to the history, with the training's loss so far."""

    @property
    @abstractmethod
    def latest_validation(self) -> dict[Any, float]:
        """The last validation for a record of progress; empty before the first."""

    def _record(self, **measured: Any) -> None:
        self.history.append({"step": self.step, "minutes": round(self.seconds / 60, 2), **measured})

    # ------------------------------------------------------------------ files

    def save(self, folder: Path, state: Path) -> None:
        """Write the state to resume from, then the model folder and its card."""
        save_state(state, self._state())
        self._write(folder, replace(self.info, training=self._provenance()))

    @abstractmethod
    def _write(self, folder: Path, info: Any) -> None:
        """Write the model folder with this description."""

    def _provenance(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "data": self.names,
            "notice": self.notice,
            "options": {k: v for k, v in self.options.asdict().items() if k != "notice"},
            "steps": self.step,
            "samples": self.step * self.options.batch,
            "hours": round(self.seconds / 3600, 3),
            "seed": self.options.seed,
            "device": self.device.type,
            "threads": torch.get_num_threads(),
            **self._more_provenance(),
            "validation": self.history,
        }

    @abstractmethod
    def _more_provenance(self) -> dict[str, Any]:
        """The entries of the description for this kind of training only."""

    def _state(self) -> TrainingState:
        tensors = {f"net/{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"{self.kept_name}/{k}": v for k, v in self.kept.state_dict().items()}
        tensors |= moments_of(self.optimiser, self.network)
        tensors["rng"] = self.generator.get_state()
        described = {"preset": self.info.preset, "channels": asdict(self.info.channels), **self._described()}
        return TrainingState(tensors, self.step, self.seconds, described, self.history)

    @abstractmethod
    def _described(self) -> dict[str, Any]:
        """The entries of a state for this kind of training only."""

    @abstractmethod
    def _told(self, described: Mapping[str, Any]) -> str:
        """The subject of a state, in words; a state of another one cannot be resumed."""

    @abstractmethod
    def _restore(self, described: Mapping[str, Any]) -> None:
        """Restore what `_described` returned."""

    def resume(self, folder: Path) -> bool:
        """Continue from a saved state; False if there is none."""
        state = load_state(folder)
        if state is None:
            return False
        theirs, ours = self._told(state.described), self._told(self._state().described)
        if theirs != ours:
            raise InputError(
                f"{folder} holds a training of {theirs}, not of {ours}: choose another folder or start again"
            )
        try:
            self.info = replace(self.info, channels=Channels(**state.described["channels"]))
            self.step, self.seconds, self.history = state.step, state.seconds, state.validation
            self._restore(state.described)
            self.network.load_state_dict(state.part("net"))
            self.kept.load_state_dict(state.part(self.kept_name))
            restore_moments(self.optimiser, self.network, state)
            self.generator.set_state(state.tensors["rng"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            unlike = isinstance(error, RuntimeError)  # as torch says it of weights of other shapes
            why = "its weights are those of another network" if unlike else what_is_wrong(error)
            raise InputError(
                f"{folder} holds no training state that can be resumed ({why}): start again with --fresh"
            ) from error
        return True

    @abstractmethod
    def continue_from(self, folder: str | Path) -> None:
        """Start from the weights and the channels of a model folder."""
