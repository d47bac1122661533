"""The picture of a trained prior: denoised crops and samples."""

import os

import numpy as np
import torch
from torch import Tensor

from ptygui.atomic import replacing
from ptygui.networks.channels import Channels
from ptygui.prior.prior import Prior, sample

_SIGMAS = (0.1, 0.5, 2.0)
_SAMPLES = 4


def save_sheet(path: str | os.PathLike[str], prior: Prior, held_out: Tensor | None, size: int) -> None:
    """Write a PNG of denoised held-out crops and of samples drawn from the prior.

    Rows: amplitude, then phase, of: the clean crop, noisy and denoised at three noise levels; then the same
    for unconditional samples of `size` px.
    """
    from PIL import Image

    generator = torch.Generator().manual_seed(7)
    rows = []
    if held_out is not None:
        clean = prior.channels.from_polar(held_out[:1, 0], held_out[:1, 1])
        row = [clean]
        for sigma in _SIGMAS:
            noisy = clean + sigma * torch.randn(clean.shape, generator=generator)
            with torch.no_grad():
                row += [noisy, prior.denoise(noisy.to(prior.device), sigma).cpu()]
        rows.append(torch.cat(row))
    drawn = sample(prior, (_SAMPLES, 2, size, size), generator).cpu()
    rows.append(drawn)
    picture = [_strip(row, prior.channels, channel) for row in rows for channel in (0, 1)]
    width = max(strip.shape[1] for strip in picture)
    picture = [np.pad(strip, ((0, 4), (0, width - strip.shape[1])), constant_values=255) for strip in picture]
    with replacing(path) as scratch:
        Image.fromarray(np.concatenate(picture)).save(scratch)


def _strip(row: Tensor, channels: Channels, channel: int) -> np.ndarray:
    """One channel of a row of images, grey: amplitude 0 ... 1.1, phase -1 ... 2.5 rad."""
    low, high = ((0.0, 1.1), (-1.0, 2.5))[channel]
    values = torch.stack(channels.polar(row))[channel]
    grey = ((values - low) / (high - low)).clamp(0, 1).mul(255).to(torch.uint8).numpy()
    return np.concatenate([np.pad(g, ((0, 0), (0, 4)), constant_values=255) for g in grey], axis=1)
