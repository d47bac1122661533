"""One training of a prior: network, average, optimiser, data and the files it writes."""

import copy
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ptygui.errors import Diverged, InputError
from ptygui.methods.solvers.guided import gradient_scale
from ptygui.networks.channels import Channels
from ptygui.networks.checkpoint import PriorInfo, each_channel, load_checkpoint, save_checkpoint
from ptygui.networks.denoiser import PRESETS, build_network, edm_denoise
from ptygui.networks.grow import grown
from ptygui.networks.spectrum import ErrorSpectrum, error_spectrum
from ptygui.prior.prior import Prior, bfloat16_pays
from ptygui.prior.schedule import Schedule
from ptygui.training.card import card, read_notice
from ptygui.training.options import PriorTraining
from ptygui.training.patches import Crops, channels_of, images_of, unseen_crops, validation_crops
from ptygui.training.sheet import save_sheet
from ptygui.training.state import TrainingState, load_state, moments_of, restore_moments, save_state

_MEASURED = 128  # px
_LEAST_SPREAD = 1e-3  # of a channel: an image of one phase throughout has none
_CLIP = 1.0  # largest norm of the gradient
VALIDATION_SIGMAS = (0.05, 0.1, 0.3, 0.5, 1.0, 3.0)
_VALIDATION_SEED = 20_250


class Trainer:
    """Everything a training holds between two steps."""

    def __init__(
        self,
        objects: Mapping[str, ArrayLike],
        options: PriorTraining,
        device: str = "cpu",
        command: str = "",
        validation: Mapping[str, ArrayLike] | None = None,
    ):
        if not objects:
            raise InputError("there is nothing to train on: give at least one DATA")
        self.options, self.device, self.command = options, torch.device(device), command
        self.step, self.seconds = 0, 0.0
        self.history: list[dict[str, Any]] = []
        self.earlier: list[dict[str, Any]] = []  # the trainings this one goes on with
        self.generator = torch.Generator().manual_seed(options.seed)
        self.names, self.unseen_names = list(objects), list(validation or {})
        self.notice = read_notice(options.notice)
        images, weights, firsts = images_of(objects, options)
        self.crops = Crops([i.to(self.device) for i in images], weights, options.crop, options.holdout)
        if validation:
            held = unseen_crops(validation, options.crop, options.flatten_phase)
        else:
            # One image of each stack: twelve procedural smears must not outvote the measured images.
            held = validation_crops([images[i] for i in firsts], min(options.crop, 126))
        self.held_out = held if (validation or options.holdout) and len(held) else None
        self.info = self._describe(images, weights)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = build_network(options.preset, options.predicts)
        self._adopt(network)
        self._fixed = self._fixed_patches()

    def _describe(self, images: list[Tensor], weights: list[float]) -> PriorInfo:
        channels = channels_of(images, weights)
        x = [channels.from_polar(image[0], image[1]) for image in images]
        shares = torch.tensor(weights, dtype=torch.float64)
        shares = shares / shares.sum()
        mean = sum(s * v.mean((1, 2)).double() for s, v in zip(shares, x, strict=True))
        square = sum(
            s * (v.double() - mean[:, None, None]).square().mean((1, 2))
            for s, v in zip(shares, x, strict=True)
        )
        info = PriorInfo(
            parameterisation=self.options.predicts,
            channels=channels,
            sigma_data=tuple(square.sqrt().clamp_min(_LEAST_SPREAD).tolist()),
            data_mean=tuple(mean.tolist()),
            stem=PRESETS[self.options.preset]["stem"],
            preset=self.options.preset,
        )
        return info.matched() if info.parameterisation == "edm" else info

    def _adopt(self, network) -> None:
        """Take a network as the one to train, with a fresh average and optimiser."""
        # Measured with compact in bfloat16, 8 crops of 128 px, one thread with AVX512-BF16: a step takes
        # 0.59 s in the plain layout and 0.75 s with channels last, which GPUs prefer.
        layout = torch.contiguous_format if self.device.type == "cpu" else torch.channels_last
        self.network = network.to(self.device, memory_format=layout).train()
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.options.learning_rate,
            betas=(0.9, 0.99),
            weight_decay=0.01,
            fused=True,
        )
        self._run = torch.compile(self.network) if self.options.compile else self.network

    def _fixed_patches(self) -> Tensor | None:
        """The paper's fixed set of patches, where one is asked for."""
        if not self.options.fixed_crops:
            return None
        count, size = self.options.fixed_crops, self.options.crop
        patches = torch.empty(count, 2, size, size)  # filled in place: a list of parts would need twice that
        for part in patches.split(256):
            part.copy_(self.crops.draw(len(part), self.generator))
        return patches

    @property
    def latest_validation(self) -> dict[float, float]:
        """The last validation losses per noise level; empty before the first."""
        return {float(s): v for s, v in self.history[-1]["losses"].items()} if self.history else {}

    # ------------------------------------------------------------------ one step

    def take_step(self, learning_rate: float) -> float:
        """Draw a batch, step the weights and their average; return the weighted loss."""
        x0 = self._batch()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        loss = self._loss(x0)
        value = loss.item()  # the only wait for the device: the next batch is drawn while it works
        if not math.isfinite(value):  # before the weights are touched: the saved state stays good
            raise Diverged(f"the training diverged at step {self.step}: lower --learning-rate and resume")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        self.step += 1
        with torch.no_grad():
            # The average forgets its start quickly: at step k it looks back over k/10 steps at most.
            decay = min(self.options.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)
        return value

    def _batch(self) -> Tensor:
        channels, options = self.info.channels, self.options
        jitter = options.phase_jitter * 2 * channels.phase_scale * channels.phase_reach
        if self._fixed is None:
            polar = self.crops.draw(options.batch, self.generator, jitter)
        else:
            polar = self._fixed[torch.randint(len(self._fixed), (options.batch,), generator=self.generator)]
        return channels.from_polar(polar[:, 0], polar[:, 1]).to(self.device)

    def _loss(self, x0: Tensor) -> Tensor:
        count = len(x0)
        noise = torch.randn(x0.shape, generator=self.generator).to(self.device)
        if self.info.parameterisation == "epsilon":
            return self._epsilon_loss(x0, noise)
        # A stratified draw of the noise levels: each batch covers the distribution evenly.
        u = (torch.arange(count) + torch.rand(count, generator=self.generator)) / count
        u = u[torch.randperm(count, generator=self.generator)].clamp(1e-5, 1 - 1e-5)
        normal = math.sqrt(2) * torch.erfinv(2 * u - 1)
        sigma = (self.options.noise_mean + self.options.noise_spread * normal).exp().to(self.device)
        denoised = self._denoise(self._run, x0 + sigma[:, None, None, None] * noise, sigma)
        d, s = self._of_channels(self.info.sigma_data), sigma[:, None, None, None]
        weight = (s**2 + d**2) / (s * d) ** 2
        return (weight * (denoised - x0).square()).mean()

    def _epsilon_loss(self, x0: Tensor, noise: Tensor) -> Tensor:
        alpha_bar = self._alpha_bar()
        t = torch.randint(len(alpha_bar), (len(x0),), generator=self.generator)
        kept = alpha_bar[t].to(self.device, torch.float32)[:, None, None, None]
        x_t = kept.sqrt() * x0 + (1 - kept).sqrt() * noise
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            predicted = self._run(x_t, t.to(self.device))
        return (predicted.float() - noise).square().mean()

    def _alpha_bar(self) -> Tensor:
        info = self.info
        schedule = Schedule.linear(info.num_steps, info.beta_first, info.beta_last)
        return torch.from_numpy(schedule.alpha_bar)

    def _denoise(self, network, x: Tensor, sigma: Tensor) -> Tensor:
        spread, mean = self._of_channels(self.info.sigma_data), self._of_channels(self.info.data_mean)
        return edm_denoise(network, x, sigma, spread, mean, self.autocast)

    def _of_channels(self, pair: tuple[float, float]) -> Tensor:
        return torch.tensor(pair, dtype=torch.float32, device=self.device).view(2, 1, 1)

    @property
    def autocast(self) -> bool:
        """Whether the network runs in bfloat16."""
        if self.options.bfloat16 != "auto":
            return self.options.bfloat16 == "yes"
        return bfloat16_pays(self.device)

    # ------------------------------------------------------------------ validation

    def prior(self) -> Prior:
        """The averaged weights as a Prior."""
        info = self.info
        schedule = Schedule.linear(info.num_steps, info.beta_first, info.beta_last)
        return Prior(
            self.average,
            info.channels,
            info.parameterisation,
            info.sigma_data,
            info.data_mean,
            schedule,
            autocast=self.autocast,
        )

    def validate(self, loss: float) -> None:
        """Measure the averaged weights on the held-out crops, always with the same noise."""
        losses = {}
        if self.held_out is not None:
            channels, prior = self.info.channels, self.prior()
            x0 = channels.from_polar(self.held_out[:, 0], self.held_out[:, 1])
            for sigma in VALIDATION_SIGMAS:
                generator = torch.Generator().manual_seed(_VALIDATION_SEED)
                x = x0 + sigma * torch.randn(x0.shape, generator=generator)
                with torch.no_grad():
                    denoised = prior.denoise(x.to(self.device), sigma).cpu()
                losses[str(sigma)] = float((denoised - x0).square().mean())
        self.history.append(
            {"step": self.step, "minutes": round(self.seconds / 60, 2), "loss": loss, "losses": losses}
        )

    # ------------------------------------------------------------------ files

    def save(self, folder: Path, state: Path) -> None:
        """Write the state to resume from, then the model folder, its card and its sheet."""
        save_state(state, self._state())
        info = replace(self.info, training=self._provenance())
        prior = self.prior()
        info = replace(info, zeta_scale=gradient_scale(prior, self._measured()), errors=self.errors())
        save_checkpoint(folder, self.average, info, card(info, folder.name))
        save_sheet(folder / "sheet.png", prior, self.held_out, self.options.crop)

    def errors(self) -> ErrorSpectrum:
        """The error of the averaged weights on what is held out, or on training crops where nothing is."""
        prior = self.prior()
        return error_spectrum(lambda x, s: prior.denoise(x.to(self.device), s).cpu(), self._unseen())

    def _measured(self) -> np.ndarray:
        """The object that the guidance of `dps` is scaled on: the middle of the first training image."""
        image = self.crops.images[0]
        rows, columns = ((n - min(n, _MEASURED)) // 2 for n in image.shape[-2:])
        amplitude, phase = image[:, rows : rows + _MEASURED, columns : columns + _MEASURED].cpu()
        return torch.polar(amplitude.abs(), phase).numpy()

    def _unseen(self) -> Tensor:
        """Crops for the error spectrum in channel units: the held-out ones, or drawn where none are held."""
        crops = self.held_out
        if crops is None:
            crops = self.crops.draw(self.options.batch, torch.Generator().manual_seed(_VALIDATION_SEED)).cpu()
        return self.info.channels.from_polar(crops[:, 0], crops[:, 1])

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
            "validation_data": self.unseen_names,
            "validation_crops": 0 if self.held_out is None else len(self.held_out),
            "earlier": self.earlier,
            "validation": self.history,
        }

    def _state(self) -> TrainingState:
        tensors = {f"net/{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"ema/{k}": v for k, v in self.average.state_dict().items()}
        tensors |= moments_of(self.optimiser, self.network)
        tensors["rng"] = self.generator.get_state()
        info = self.info
        described = {
            "preset": info.preset,
            "parameterisation": info.parameterisation,
            "channels": asdict(info.channels),
            "sigma_data": list(info.sigma_data),
            "data_mean": list(info.data_mean),
            "earlier": self.earlier,
        }
        return TrainingState(tensors, self.step, self.seconds, described, self.history)

    def resume(self, folder: Path) -> bool:
        """Go on from a saved state; False where there is none."""
        state = load_state(folder)
        if state is None:
            return False
        said = state.described
        if (said["preset"], said["parameterisation"]) != (self.info.preset, self.info.parameterisation):
            raise InputError(
                f"{folder} holds a training of {said['preset']} ({said['parameterisation']}), not of "
                f"{self.info.preset} ({self.info.parameterisation}): choose another folder or start afresh"
            )
        self.info = replace(
            self.info,
            channels=Channels(**said["channels"]),
            sigma_data=tuple(each_channel(said["sigma_data"])),
            data_mean=tuple(said["data_mean"]),
        )
        self.network.load_state_dict(state.part("net"))
        self.average.load_state_dict(state.part("ema"))
        restore_moments(self.optimiser, self.network, state)
        self.generator.set_state(state.tensors["rng"])
        self.step, self.seconds, self.history = state.step, state.seconds, state.validation
        self.earlier = said.get("earlier", [])
        return True

    def continue_from(self, folder: str | Path) -> None:
        """Go on with the weights and channels of a model folder; its card is told of in the new one.

        Channels of before, whose noise is not that of photons, are scaled anew: what the network sees of the
        data stays the same, and it learns in some hundred steps that there is less noise in the phase.
        """
        checkpoint = load_checkpoint(folder)
        theirs, ours = checkpoint.info, self.info
        if theirs.parameterisation != ours.parameterisation:
            raise InputError(
                f"{folder} predicts {theirs.parameterisation}, the training is of {ours.parameterisation}: "
                f"give --parameterisation {theirs.parameterisation}"
            )
        network = checkpoint.network
        if theirs.preset != ours.preset:
            try:
                network = grown(network, ours.preset, self.options.seed)
            except InputError as error:
                raise InputError(f"{folder}: {error}: give --preset {theirs.preset}") from None
        theirs = theirs.matched() if theirs.parameterisation == "edm" else theirs
        # The meaning of the numbers stays, whatever the data are now.
        self.info = replace(
            self.info, channels=theirs.channels, sigma_data=theirs.sigma_data, data_mean=theirs.data_mean
        )
        self._adopt(network)
        said = theirs.training
        self.earlier = [
            *said.get("earlier", []),
            {
                "model": Path(folder).name,
                "weights": checkpoint.identity,
                **{name: said.get(name) for name in ("steps", "samples", "hours")},
            },
        ]
