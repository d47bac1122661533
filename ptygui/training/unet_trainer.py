"""One training of a post-processing U-Net: network, optimiser, pairs and files."""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ptygui.analysis import metrics
from ptygui.errors import InputError
from ptygui.networks.channels import Channels
from ptygui.networks.corrector import UNetInfo, load_corrector, save_corrector
from ptygui.networks.unet import UNet, build_unet
from ptygui.training.base import BaseTrainer
from ptygui.training.options import UNetTraining
from ptygui.training.pairs import PairMaker, Pairs
from ptygui.training.patches import HELD_OUT_ROWS, Crops, validation_crops
from ptygui.training.unet_card import unet_card

_MEASURED = ("loss", "nrmse_awf", "nrmse")  # of a validation


class UNetTrainer(BaseTrainer[UNet]):
    """Everything a training of a U-Net holds between two steps; it keeps the best network so far."""

    warm_up, kept_name = 100, "best"
    pairs: Pairs

    def __init__(
        self, objects: Mapping[str, ArrayLike], options: UNetTraining, device: str = "cpu", command: str = ""
    ):
        super().__init__(objects, options, device, command)
        self.started_from = ""
        images, weights = self.images, self.weights
        self.crops = Crops(images, weights, options.crop, options.holdout)
        held = validation_crops([images[i] for i in self.firsts], min(options.crop, HELD_OUT_ROWS))
        self._unseen = held if options.holdout and len(held) else None
        channels = correction_channels(images, weights)
        self.info = UNetInfo(channels, options.overlap, options.awf_iterations, options.preset)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = build_unet(options.preset)
        self._adopt(network)

    def _adopt(self, network: UNet) -> None:
        """Set the network to train, with a new optimiser."""
        layout = torch.channels_last
        self.network = network.to(self.device, memory_format=layout)  # type: ignore[call-overload]  # torch knows it
        self.network.train()
        self.kept, self.best_loss = copy.deepcopy(self.network).eval(), math.inf
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), lr=self.options.learning_rate, fused=True
        )

    def prepare(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Read or make the pairs; yields the number made and the total."""
        self.pairs = Pairs(PairMaker(self.options, self.info.channels), self.crops, self._unseen)
        yield from self.pairs.make(folder)

    # ------------------------------------------------------------------ one step

    def _batch(self) -> tuple[Tensor, Tensor]:
        options, train = self.options, self.pairs.train
        chosen = torch.randint(len(train), (options.batch,), generator=self.generator)
        batch = train[chosen].float()
        if options.flips:
            flips = torch.randint(2, (options.batch, 2), generator=self.generator).bool()
            for axis in (0, 1):
                batch[flips[:, axis]] = batch[flips[:, axis]].flip(axis - 2)
        x, target = batch.to(self.device).unbind(1)
        if options.input_noise and torch.rand((), generator=self.generator) < 0.5:
            x = x + options.input_noise * torch.randn(x.shape, generator=self.generator).to(self.device)
        return x.contiguous(memory_format=torch.channels_last), target

    def _loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The mean squared error in channel units."""
        x, target = batch
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            corrected = self.network(x)
        return (corrected.float() - target).square().mean()

    # ------------------------------------------------------------------ validation

    def validates(self, moment: str) -> bool:  # noqa: D102
        if moment == "end":
            return not self.history or self.history[-1]["step"] != self.step
        return self.step % self.options.validate_every == 0

    @property
    def latest_validation(self) -> dict[str, float]:
        """The last errors on the held-out pairs, by name; empty before the first."""
        latest = self.history[-1] if self.history else {}
        return {name: latest[name] for name in _MEASURED if name in latest}

    @torch.no_grad()
    def validate(self, loss: float | None) -> None:
        """Measure the network on the held-out pairs, and keep it if it is the best so far."""
        channels, errors, before, after = self.info.channels, [], [], []
        self.network.eval()
        for x, target in self.pairs.held_out.float().unbind(0):
            corrected = self.network(x[None].to(self.device))[0].cpu()
            errors.append(float((corrected - target).square().mean()))
            truth = channels.decode(target).numpy()
            before.append(metrics.nrmse(channels.decode(x).numpy(), truth))
            after.append(metrics.nrmse(channels.decode(corrected).numpy(), truth))
        self.network.train()
        means = [sum(values) / len(values) for values in (errors, before, after)]
        if means[0] < self.best_loss:
            self.best_loss = means[0]
            self.kept.load_state_dict(self.network.state_dict())
        self._record(training=loss, **dict(zip(_MEASURED, means, strict=True)))

    # ------------------------------------------------------------------ files

    def _write(self, folder: Path, info: UNetInfo) -> None:
        best = self.kept if math.isfinite(self.best_loss) else self.network
        save_corrector(folder, best, info, unet_card(info, folder.name))

    def _more_provenance(self) -> dict[str, Any]:
        kept = min(self.history, key=lambda entry: entry["loss"], default={"step": self.step})
        return {
            "start": self.started_from,
            "kept_step": kept["step"],
            "held_out_blocks": self._unseen is not None,
            "validation_pairs": len(self.pairs.held_out),
        }

    def _described(self) -> dict[str, Any]:
        return {"kind": "unet", "overlap": self.info.overlap, "start": self.started_from}

    def _told(self, described: Mapping[str, Any]) -> str:
        return f"{described.get('preset')} at overlap {described.get('overlap', 'none')}"

    def _restore(self, described: Mapping[str, Any]) -> None:
        self.started_from = described["start"]
        self.best_loss = min((entry["loss"] for entry in self.history), default=math.inf)

    def continue_from(self, folder: str | Path) -> None:
        """Start from the weights and the channels of a model folder."""
        corrector = load_corrector(folder)
        theirs, ours = corrector.info, self.info
        if theirs.preset != ours.preset:
            raise InputError(
                f"{folder} is a {theirs.preset} network, the training is of {ours.preset}: "
                f"give --preset {theirs.preset}"
            )
        self.info = replace(self.info, channels=theirs.channels)
        self.started_from = Path(folder).name
        self._adopt(copy.deepcopy(corrector.network).requires_grad_(True))


def correction_channels(images: list[Tensor], weights: list[float]) -> Channels:
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
