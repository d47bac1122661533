"""The diffusion prior for solvers: one object that gives clean estimates at any noise level.

    prior = load_prior("blood-compact", "cpu")
    x0_hat = prior.denoise(x, sigma)               # x = x0 + sigma z
    x0_hat = prior.x0_hat(x_t, alpha_bar_t)        # x_t = sqrt(abar) x0 + sqrt(1 - abar) z

Both calls work with both kinds of network.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from ptygui.networks.channels import Channels
from ptygui.networks.checkpoint import DESCRIPTION, load_checkpoint
from ptygui.networks.cuda_graphs import Replayed
from ptygui.networks.denoiser import Denoiser, edm_denoise
from ptygui.networks.spectrum import ErrorSpectrum
from ptygui.networks.weights import weights_files
from ptygui.prior.folders import model_folder
from ptygui.prior.schedule import Schedule, karras_sigmas


class Prior:
    """A denoising network with everything needed to use it.

    Parameters
    ----------
    network : Denoiser
    channels : Channels
        Converts a complex object to the two channels.
    parameterisation : str
        "edm" or "epsilon".
    sigma_data : two floats
        Standard deviation of each channel's data about their mean: the uncertainty of a pixel at
        sigma = infinity.
    data_mean : two floats
        Mean of each channel.
    schedule : Schedule, optional
        The chain an epsilon network was trained on; DDPM's when not given.
    zeta_scale : mapping, optional
        Gradient scales measured for the `dps` method.
    errors : ErrorSpectrum, optional
        The network's measured error; None: assumed white.
    identity : str
        SHA-256 of the weights.
    autocast : bool, optional
        Run the network in bfloat16; None: if that is faster on the device. May be changed at any time.
    """

    def __init__(
        self,
        network: Denoiser,
        channels: Channels,
        parameterisation: str = "edm",
        sigma_data: tuple[float, float] = (0.5, 0.5),
        data_mean: tuple[float, float] = (0.0, 0.0),
        schedule: Schedule | None = None,
        zeta_scale: Mapping[str, float] | None = None,
        errors: ErrorSpectrum | None = None,
        identity: str = "",
        autocast: bool | None = None,
    ):
        self.network = network
        self.channels = channels
        self.parameterisation = parameterisation
        self.sigma_data = tuple(sigma_data)
        self.data_mean = tuple(data_mean)
        self.schedule = schedule if schedule is not None else Schedule.linear()
        self.zeta_scale = MappingProxyType(dict(zeta_scale or {}))
        self.errors = errors
        self.identity = identity
        self.autocast = bfloat16_pays(self.device) if autocast is None else autocast
        self._evaluate = Replayed(network)
        self._mean, self._spread = (
            torch.tensor(pair, dtype=torch.float32, device=self.device).view(2, 1, 1)
            for pair in (self.data_mean, self.sigma_data)
        )

    @property
    def device(self) -> torch.device:
        """The device of the network."""
        return next(self.network.parameters()).device

    def error_power(self, sigma: float, radius: Tensor) -> Tensor:
        """Expected power of the clean estimate's error, shape (2, H, W) [channel units squared].

        Of each coefficient of an orthonormal cosine transform, `radius` half waves over 128 px, (H, W):
        as measured on held-out images, else r² = σ² d²/(σ² + d²) at all frequencies.
        """
        if self.errors is not None:
            return self.errors.at(sigma, radius)
        white = torch.tensor(self._white(sigma), dtype=radius.dtype, device=radius.device)
        return white[:, None, None].expand(2, *radius.shape)

    def _white(self, sigma: float) -> tuple[float, float]:
        """r² = σ² d²/(σ² + d²), each channel's error if pixels are independent."""
        amplitude, phase = (d**2 / (1 + (d / sigma) ** 2) for d in self.sigma_data)
        return amplitude, phase

    def denoise(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """The posterior mean of x0 given x = x0 + sigma z.

        Differentiable in x where gradients are on; one network evaluation for each image of the batch.

        Parameters
        ----------
        x : float32 tensor, shape (..., 2, H, W)
        sigma : float, or tensor of the shape of the leading axes of x

        Returns
        -------
        float32 tensor, shape (..., 2, H, W)
        """
        flat, level = self._batch(x, sigma)
        if self.parameterisation == "edm":
            clean = edm_denoise(self._evaluate, flat, level, self._spread, self._mean, self.autocast)
        else:
            alpha_bar = 1 / (1 + level**2)
            clean = self._from_noise(flat * alpha_bar.sqrt()[:, None, None, None], alpha_bar)
        return clean.reshape(x.shape)

    def x0_hat(self, x_t: Tensor, alpha_bar: float | Tensor) -> Tensor:
        """The posterior mean of x0 given x_t = sqrt(abar) x0 + sqrt(1 - abar) z.

        Parameters
        ----------
        x_t : float32 tensor, shape (..., 2, H, W)
        alpha_bar : float, or tensor of the shape of the leading axes of x_t
            Between 0 and 1, both excluded.
        """
        flat, kept = self._batch(x_t, alpha_bar)
        if self.parameterisation == "epsilon":
            return self._from_noise(flat, kept).reshape(x_t.shape)
        clean = edm_denoise(
            self._evaluate,
            flat / kept.sqrt()[:, None, None, None],
            ((1 - kept) / kept).sqrt(),
            self._spread,
            self._mean,
            self.autocast,
        )
        return clean.reshape(x_t.shape)

    def _batch(self, x: Tensor, level: float | Tensor) -> tuple[Tensor, Tensor]:
        """Return x as (B, 2, H, W) and one float32 level per image, (B,)."""
        if x.shape[-3] != 2:
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (..., 2, H, W)")
        level = torch.as_tensor(level, dtype=torch.float32, device=x.device)
        flat = x.reshape(-1, *x.shape[-3:])
        return flat, level.expand(x.shape[:-3]).reshape(-1) if level.ndim else level.expand(len(flat))

    def _from_noise(self, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
        """(x_t - sqrt(1 - abar) eps(x_t, t))/sqrt(abar), t interpolated between the trained steps."""
        steps = [self.schedule.step_of(value) for value in alpha_bar.tolist()]
        t = torch.tensor(steps, dtype=torch.float32, device=x_t.device)
        with torch.autocast(x_t.device.type, torch.bfloat16, enabled=self.autocast):
            noise = self._evaluate(x_t, t)
        kept = alpha_bar[:, None, None, None]
        return (x_t - (1 - kept).sqrt() * noise.float()) / kept.sqrt()


@lru_cache
def _cpu_has_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0]
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def bfloat16_pays(device: torch.device | str) -> bool:
    """Whether networks run faster in bfloat16 on a device.

    Measured on a CPU with AVX512-BF16 for the compact network at 128 px: 24 ms against 33 ms on one thread,
    16 ms against 21 ms on two. Without these instructions bfloat16 is emulated and slower; so it is on GPUs
    of a compute capability below 8.0, although torch reports it as supported there.
    """
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and _cpu_has_bfloat16()


def load_prior(folder: str | os.PathLike[str], device: str = "cpu") -> Prior:
    """Load a model folder, or a bare name from models/; returns the same Prior while files are unchanged.

    Raises
    ------
    InputError
        If there is no such model, or it cannot be read.
    """
    path = model_folder(folder)
    files = (*weights_files(path), path / DESCRIPTION)
    stamps = tuple(file.stat().st_mtime_ns for file in files if file.exists())
    return _load(path, stamps, str(torch.device(device)))


@lru_cache(maxsize=4)
def _load(path: Path, stamps: tuple[int, ...], device: str) -> Prior:
    checkpoint = load_checkpoint(path)
    info = checkpoint.info
    network = checkpoint.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch knows it
    return Prior(
        network.eval().requires_grad_(False),
        info.channels,
        info.parameterisation,
        info.sigma_data,
        info.data_mean,
        Schedule.linear(info.num_steps, info.beta_first, info.beta_last),
        info.zeta_scale,
        info.errors,
        checkpoint.identity,
    )


def sample(prior: Prior, shape: tuple[int, ...], generator: torch.Generator, steps: int = 30) -> Tensor:
    """Draw images from the prior only, by Euler steps of the probability flow (Karras et al. 2022, alg. 1).

    `shape` is (..., 2, H, W); float32 in channel units.
    """
    sigmas = [*karras_sigmas(steps, 80 * max(prior.sigma_data), 0.02 * min(prior.sigma_data)).tolist(), 0.0]
    x = sigmas[0] * torch.randn(shape, generator=generator).to(prior.device)
    x = x + prior._mean
    for sigma, lower in pairwise(sigmas):
        with torch.no_grad():
            clean = prior.denoise(x, sigma)
        x = clean + (x - clean) * (lower / sigma)
    return x
