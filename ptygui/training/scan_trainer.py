"""What the trainings of networks for scans have in common: held-out objects, and the best network so far."""

import copy
import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.training.base import BaseTrainer
from ptygui.training.patches import HELD_OUT_ROWS, Crops, validation_crops

_N = TypeVar("_N", bound=nn.Module)


class ScanTrainer(BaseTrainer[_N]):
    """Network, optimiser and crops of a training on simulated scans; keeps the best network so far.

    A subclass says what network, what is said of it, how a batch and its loss are made, and what is measured
    on the held-out objects, `loss` among it.

    Attributes
    ----------
    measured : tuple of str
        What a validation measures.
    """

    warm_up, kept_name = 100, "best"
    measured: ClassVar[tuple[str, ...]]

    def __init__(
        self, objects: Mapping[str, ArrayLike], options: Any, device: str = "cpu", command: str = ""
    ):
        super().__init__(objects, options, device, command)
        self.started_from = ""
        images, weights = self.images, self.weights
        self.crops = Crops(images, weights, options.crop, options.holdout)
        held = validation_crops([images[i] for i in self.firsts], min(options.crop, HELD_OUT_ROWS))
        self.unseen = held if options.holdout and len(held) else None
        self.info = self._info(object_channels(images, weights))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = self._new_network()
        self._adopt(network)

    @abstractmethod
    def _info(self, channels: Channels) -> Any:
        """What is said of the network besides its training."""

    @abstractmethod
    def _new_network(self) -> _N:
        """An untrained network."""

    def _adopt(self, network: _N) -> None:
        """Set the network to train, with a new optimiser."""
        layout = torch.channels_last
        self.network = network.to(self.device, memory_format=layout)  # type: ignore[call-overload]  # torch knows it
        self.network.train()
        self.kept, self.best_loss = copy.deepcopy(self.network).eval(), math.inf
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), lr=self.options.learning_rate, fused=True
        )

    def held_out_crops(self, count: int = 8) -> Tensor:
        """Crops to measure on, (n, 2, size, size): held-out blocks, else crops of the training images."""
        if self.unseen is not None:
            return self.unseen
        return self.crops.draw(count, torch.Generator().manual_seed(self.options.seed + 1))

    # ------------------------------------------------------------------ validation

    def validates(self, moment: str) -> bool:  # noqa: D102
        if moment == "end":
            return not self.history or self.history[-1]["step"] != self.step
        return bool(self.step % self.options.validate_every == 0)

    @property
    def latest_validation(self) -> dict[str, float]:
        """The last errors on the held-out objects, by name; empty before the first."""
        latest = self.history[-1] if self.history else {}
        return {name: latest[name] for name in self.measured if name in latest}

    @torch.no_grad()
    def validate(self, loss: float | None) -> None:
        """Measure the network on the held-out objects, and keep it if it is the best so far."""
        self.network.eval()
        found = self._measure()
        self.network.train()
        if found["loss"] < self.best_loss:
            self.best_loss = found["loss"]
            self.kept.load_state_dict(self.network.state_dict())
        self._record(training=loss, **found)

    @abstractmethod
    def _measure(self) -> dict[str, float]:
        """The means of `measured` over the held-out objects."""

    # ------------------------------------------------------------------ files

    def _write(self, folder: Path, info: Any) -> None:
        best = self.kept if math.isfinite(self.best_loss) else self.network
        self._save(folder, best, info)

    @abstractmethod
    def _save(self, folder: Path, network: _N, info: Any) -> None:
        """Write the model folder and its card."""

    @abstractmethod
    def _load(self, folder: str | Path) -> Any:
        """What a model folder holds, with its `network` and `info`."""

    def _more_provenance(self) -> dict[str, Any]:
        kept = min(self.history, key=lambda entry: entry["loss"], default={"step": self.step})
        return {
            "start": self.started_from,
            "kept_step": kept["step"],
            "held_out_blocks": self.unseen is not None,
        }

    def _restore(self, described: Mapping[str, Any]) -> None:
        self.started_from = described["start"]
        self.best_loss = min((entry["loss"] for entry in self.history), default=math.inf)

    def continue_from(self, folder: str | Path) -> None:
        """Start from the weights and the channels of a model folder."""
        loaded = self._load(folder)
        theirs, ours = loaded.info, self.info
        if theirs.preset != ours.preset:
            raise InputError(
                f"{folder} is a {theirs.preset} network, the training is of {ours.preset}: "
                f"give --preset {theirs.preset}"
            )
        self.info = replace(self.info, channels=theirs.channels)
        self.started_from = Path(folder).name
        self._adopt(copy.deepcopy(loaded.network).requires_grad_(True))


def object_channels(images: list[Tensor], weights: list[float]) -> Channels:
    """Channels in which a squared error is, to first order, that of the complex object.

    |Δf|² = (ΔA)² + A² (Δφ)², so the phase counts by the root mean square of the amplitude. The phase centre
    is that of the mean object, to which the mean phase of a reconstruction is shifted.
    """
    shares = torch.tensor(weights, dtype=torch.float64)
    shares = shares / shares.sum()
    amplitude = square = total = torch.zeros((), dtype=torch.float64)
    for share, image in zip(shares, images, strict=True):
        a, phase = image.double()
        amplitude = amplitude + share * a.mean()
        square = square + share * a.square().mean()
        total = total + share * torch.polar(a, phase).mean()
    scale = (square - amplitude**2).sqrt().clamp_min(1e-3)
    return Channels(float(amplitude), float(scale), float(total.angle()), float(scale / square.sqrt()))
