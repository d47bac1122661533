"""One training of a post-processing U-Net: network, optimiser, pairs and the files it writes."""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ptygui.analysis import metrics
from ptygui.errors import Diverged, InputError
from ptygui.networks.channels import Channels
from ptygui.networks.corrector import UNetInfo, load_corrector, save_corrector
from ptygui.networks.unet import UNet, build_unet
from ptygui.prior.prior import bfloat16_pays
from ptygui.training.card import read_notice
from ptygui.training.options import UNetTraining
from ptygui.training.pairs import PairMaker, Pairs
from ptygui.training.patches import HELD_OUT_ROWS, Crops, images_of, validation_crops
from ptygui.training.state import TrainingState, load_state, moments_of, restore_moments, save_state
from ptygui.training.unet_card import unet_card

_CLIP = 1.0  # largest norm of the gradient


class UNetTrainer:
    """Everything a training holds between two steps."""

    pairs: Pairs

    def __init__(
        self, objects: Mapping[str, ArrayLike], options: UNetTraining, device: str = "cpu", command: str = ""
    ):
        if not objects:
            raise InputError("there is nothing to train on: give at least one DATA")
        self.options, self.device, self.command = options, torch.device(device), command
        self.step, self.seconds, self.started_from = 0, 0.0, ""
        self.history: list[dict[str, Any]] = []
        self.generator = torch.Generator().manual_seed(options.seed)
        self.names = list(objects)
        self.notice = read_notice(options.notice)
        images, weights, firsts = images_of(objects, options)
        self.crops = Crops(images, weights, options.crop, options.holdout)
        held = validation_crops([images[i] for i in firsts], min(options.crop, HELD_OUT_ROWS))
        self._unseen = held if options.holdout and len(held) else None
        channels = correction_channels(images, weights)
        self.info = UNetInfo(channels, options.overlap, options.awf_iterations, options.preset)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = build_unet(options.preset)
        self._adopt(network)

    def _adopt(self, network: UNet) -> None:
        """Take a network as the one to train, with a fresh optimiser."""
        self.network = network.to(self.device, memory_format=torch.channels_last).train()
        self.best, self.best_loss = copy.deepcopy(self.network).eval(), math.inf
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), lr=self.options.learning_rate, fused=True
        )

    @property
    def autocast(self) -> bool:
        """Whether the network runs in bfloat16."""
        if self.options.bfloat16 != "auto":
            return self.options.bfloat16 == "yes"
        return bfloat16_pays(self.device)

    def make_pairs(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Read or make the pairs; yields how many there are, and will be."""
        self.pairs = Pairs(PairMaker(self.options, self.info.channels), self.crops, self._unseen)
        yield from self.pairs.make(folder)

    # ------------------------------------------------------------------ one step

    def take_step(self, learning_rate: float) -> float:
        """Draw a batch and step the weights; return the mean squared error in channel units."""
        x, target = self._batch()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            corrected = self.network(x)
        loss = (corrected.float() - target).square().mean()
        value = loss.item()  # the only wait for the device: the next batch is drawn while it works
        if not math.isfinite(value):  # before the weights are touched: the saved state stays good
            raise Diverged(f"the training diverged at step {self.step}: lower --learning-rate and resume")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        self.step += 1
        return value

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

    # ------------------------------------------------------------------ validation

    @torch.no_grad()
    def validate(self, loss: float) -> None:
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
        mean = lambda values: sum(values) / len(values)  # noqa: E731
        if mean(errors) < self.best_loss:
            self.best_loss = mean(errors)
            self.best.load_state_dict(self.network.state_dict())
        self.history.append(
            {
                "step": self.step,
                "minutes": round(self.seconds / 60, 2),
                "training": loss,
                "loss": mean(errors),
                "nrmse_awf": mean(before),
                "nrmse": mean(after),
            }
        )

    # ------------------------------------------------------------------ files

    def save(self, folder: Path, state: Path) -> None:
        """Write the state to resume from, then the model folder and its card."""
        save_state(state, self._state())
        info = replace(self.info, training=self._provenance())
        best = self.best if math.isfinite(self.best_loss) else self.network
        save_corrector(folder, best, info, unet_card(info, folder.name))

    def _provenance(self) -> dict[str, Any]:
        kept = min(self.history, key=lambda entry: entry["loss"], default={"step": self.step})
        return {
            "command": self.command,
            "data": self.names,
            "notice": self.notice,
            "options": {k: v for k, v in self.options.asdict().items() if k != "notice"},
            "start": self.started_from,
            "steps": self.step,
            "samples": self.step * self.options.batch,
            "kept_step": kept["step"],
            "hours": round(self.seconds / 3600, 3),
            "seed": self.options.seed,
            "device": self.device.type,
            "threads": torch.get_num_threads(),
            "held_out_blocks": self._unseen is not None,
            "validation_pairs": len(self.pairs.held_out),
            "validation": self.history,
        }

    def _state(self) -> TrainingState:
        tensors = {f"net/{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"best/{k}": v for k, v in self.best.state_dict().items()}
        tensors |= moments_of(self.optimiser, self.network)
        tensors["rng"] = self.generator.get_state()
        described = {
            "kind": "unet",
            "preset": self.info.preset,
            "overlap": self.info.overlap,
            "channels": asdict(self.info.channels),
            "start": self.started_from,
        }
        return TrainingState(tensors, self.step, self.seconds, described, self.history)

    def resume(self, folder: Path) -> bool:
        """Go on from a saved state; False where there is none."""
        state = load_state(folder)
        if state is None:
            return False
        said = state.described
        if said.get("kind") != "unet" or (said["preset"], said["overlap"]) != (
            self.info.preset,
            self.info.overlap,
        ):
            trained = f"{said.get('preset')} at overlap {said.get('overlap', 'none')}"
            raise InputError(
                f"{folder} holds a training of {trained}, not of {self.info.preset} at overlap "
                f"{self.info.overlap:g}: choose another folder or start afresh"
            )
        self.info = replace(self.info, channels=Channels(**said["channels"]))
        self.started_from = said["start"]
        self.network.load_state_dict(state.part("net"))
        self.best.load_state_dict(state.part("best"))
        restore_moments(self.optimiser, self.network, state)
        self.generator.set_state(state.tensors["rng"])
        self.step, self.seconds, self.history = state.step, state.seconds, state.validation
        self.best_loss = min((entry["loss"] for entry in self.history), default=math.inf)
        return True

    def start_from(self, folder: str | Path) -> None:
        """Begin from the weights and the channels of a model folder."""
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
    is that of the mean object: where the mean phase of a reconstruction is turned to.
    """
    shares = torch.tensor(weights, dtype=torch.float64)
    shares = shares / shares.sum()
    amplitude = square = total = 0.0
    for share, image in zip(shares, images, strict=True):
        a, phase = image.double()
        amplitude += share * a.mean()
        square += share * a.square().mean()
        total = total + share * torch.polar(a, phase).mean()
    scale = (square - amplitude**2).sqrt().clamp_min(1e-3)
    return Channels(float(amplitude), float(scale), float(total.angle()), float(scale / square.sqrt()))
