"""One training of a prior: network, average, optimiser, data and files."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ptygui.errors import InputError
from ptygui.methods.solvers.guided import gradient_scale
from ptygui.networks.checkpoint import PriorInfo, load_checkpoint, save_checkpoint
from ptygui.networks.denoiser import PRESETS, Denoiser, build_network, edm_denoise
from ptygui.networks.grow import grown
from ptygui.networks.spectrum import ErrorSpectrum, error_spectrum
from ptygui.prior.prior import Prior
from ptygui.prior.schedule import Schedule
from ptygui.training.base import BaseTrainer
from ptygui.training.card import card
from ptygui.training.options import PriorTraining
from ptygui.training.patches import Crops, channels_of, unseen_crops, validation_crops
from ptygui.training.sheet import save_sheet

_MEASURED = 128  # px
_LEAST_SPREAD = 1e-3  # of a channel: an image of constant phase has none
VALIDATION_SIGMAS = (0.05, 0.1, 0.3, 0.5, 1.0, 3.0)
_VALIDATION_SEED = 20_250
_SMALLEST_UNSEEN = 48  # px: an error on smaller crops says little


def _unseen_size(objects: Mapping[str, ArrayLike], crop: int) -> int:
    """Side of the crops to validate on: that of the training, or less where the objects are smaller [px]."""
    side = min(min(np.shape(obj)[-2:]) for obj in objects.values())
    return crop if side >= crop or side < _SMALLEST_UNSEEN else side // 16 * 16


class Trainer(BaseTrainer[Denoiser]):
    """The state of a prior's training between two steps; it keeps the average of the weights."""

    warm_up, kept_name = 500, "ema"

    def __init__(
        self,
        objects: Mapping[str, ArrayLike],
        options: PriorTraining,
        device: str = "cpu",
        command: str = "",
        validation: Mapping[str, ArrayLike] | None = None,
    ):
        super().__init__(objects, options, device, command)
        self.earlier: list[dict[str, Any]] = []  # the trainings that this one continues
        self.unseen_names = list(validation or {})
        images, weights = self.images, self.weights
        self.crops = Crops([i.to(self.device) for i in images], weights, options.crop, options.holdout)
        if validation:
            held = unseen_crops(validation, _unseen_size(validation, options.crop), options.flatten_phase)
        else:
            # One image of each stack: twelve procedural smears must not outweigh the measured images.
            held = validation_crops([images[i] for i in self.firsts], min(options.crop, 126))
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

    def _adopt(self, network: Denoiser) -> None:
        """Set the network to train, with a new average and optimiser."""
        # Measured with compact in bfloat16, 8 crops of 128 px, one thread with AVX512-BF16: a step takes
        # 0.59 s in the plain layout and 0.75 s with channels last, which GPUs prefer.
        layout = torch.contiguous_format if self.device.type == "cpu" else torch.channels_last
        self.network = network.to(self.device, memory_format=layout)  # type: ignore[call-overload]  # torch knows it
        self.network.train()
        self.kept = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.options.learning_rate,
            betas=(0.9, 0.99),
            weight_decay=0.01,
            fused=True,
        )
        self._run = torch.compile(self.network) if self.options.compile else self.network

    def _fixed_patches(self) -> Tensor | None:
        """The paper's fixed set of patches, if requested."""
        if not self.options.fixed_crops:
            return None
        count, size = self.options.fixed_crops, self.options.crop
        patches = torch.empty(count, 2, size, size)  # filled in place: a list of parts would need twice that
        for part in patches.split(256):
            part.copy_(self.crops.draw(len(part), self.generator))
        return patches

    # ------------------------------------------------------------------ one step

    def _batch(self) -> Tensor:
        channels, options = self.info.channels, self.options
        jitter = options.phase_jitter * 2 * channels.phase_scale * channels.phase_reach
        if self._fixed is None:
            polar = self.crops.draw(options.batch, self.generator, jitter)
        else:
            polar = self._fixed[torch.randint(len(self._fixed), (options.batch,), generator=self.generator)]
        return channels.from_polar(polar[:, 0], polar[:, 1]).to(self.device)

    def _stepped(self) -> None:
        with torch.no_grad():
            # The average forgets its start quickly: at step k it covers at most k/10 steps.
            decay = min(self.options.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.kept.parameters()), list(self.network.parameters()), 1 - decay)

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

    def _denoise(self, network: Callable[[Tensor, Tensor], Tensor], x: Tensor, sigma: Tensor) -> Tensor:
        spread, mean = self._of_channels(self.info.sigma_data), self._of_channels(self.info.data_mean)
        return edm_denoise(network, x, sigma, spread, mean, self.autocast)

    def _of_channels(self, pair: tuple[float, float]) -> Tensor:
        return torch.tensor(pair, dtype=torch.float32, device=self.device).view(2, 1, 1)

    # ------------------------------------------------------------------ validation

    def prior(self) -> Prior:
        """The averaged weights as a Prior."""
        info = self.info
        schedule = Schedule.linear(info.num_steps, info.beta_first, info.beta_last)
        return Prior(
            self.kept,
            info.channels,
            info.parameterisation,
            info.sigma_data,
            info.data_mean,
            schedule,
            autocast=self.autocast,
        )

    def validates(self, moment: str) -> bool:  # noqa: D102
        return moment != "step"

    @property
    def latest_validation(self) -> dict[float, float]:
        """The last validation losses per noise level; empty before the first."""
        return {float(s): v for s, v in self.history[-1]["losses"].items()} if self.history else {}

    def validate(self, loss: float | None) -> None:
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
        self._record(loss=loss, losses=losses)

    # ------------------------------------------------------------------ files

    def _write(self, folder: Path, info: PriorInfo) -> None:
        prior = self.prior()
        info = replace(info, zeta_scale=gradient_scale(prior, self._measured()), errors=self.errors())
        save_checkpoint(folder, self.kept, info, card(info, folder.name))
        save_sheet(folder / "sheet.png", prior, self.held_out, self.options.crop)

    def errors(self) -> ErrorSpectrum:
        """The error of the averaged weights on held-out crops, or on training crops if there are none."""
        prior = self.prior()
        return error_spectrum(lambda x, s: prior.denoise(x.to(self.device), s).cpu(), self._unseen())

    def _measured(self) -> np.ndarray:
        """The object for scaling the guidance of `dps`: the middle of the first training image."""
        image = self.crops.images[0]
        rows, columns = ((n - min(n, _MEASURED)) // 2 for n in image.shape[-2:])
        amplitude, phase = image[:, rows : rows + _MEASURED, columns : columns + _MEASURED].cpu()
        return torch.polar(amplitude.abs(), phase).numpy()

    def _unseen(self) -> Tensor:
        """Crops for the error spectrum in channel units: the held-out ones, or drawn if there are none."""
        crops = self.held_out
        if crops is None:
            crops = self.crops.draw(self.options.batch, torch.Generator().manual_seed(_VALIDATION_SEED)).cpu()
        return self.info.channels.from_polar(crops[:, 0], crops[:, 1])

    def _more_provenance(self) -> dict[str, Any]:
        return {
            "validation_data": self.unseen_names,
            "validation_crops": 0 if self.held_out is None else len(self.held_out),
            "earlier": self.earlier,
        }

    def _described(self) -> dict[str, Any]:
        info = self.info
        return {
            "parameterisation": info.parameterisation,
            "sigma_data": list(info.sigma_data),
            "data_mean": list(info.data_mean),
            "earlier": self.earlier,
        }

    def _told(self, described: Mapping[str, Any]) -> str:
        return f"{described.get('preset')} ({described.get('parameterisation', 'no prior')})"

    def _restore(self, described: Mapping[str, Any]) -> None:
        spread = described["sigma_data"]  # one number for both channels in earlier states
        spread = tuple(spread) if isinstance(spread, list) else (spread, spread)
        self.info = replace(self.info, sigma_data=spread, data_mean=tuple(described["data_mean"]))
        self.earlier = described.get("earlier", [])

    def continue_from(self, folder: str | Path) -> None:
        """Continue with the weights and channels of a model folder; the new card names it.

        Earlier channels, not matched to photon noise, are rescaled: the network's input from the
        data stays the same, and it learns in a few hundred steps that there is less noise in the phase.
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
        # The meaning of the channels stays, whatever the data are now.
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
