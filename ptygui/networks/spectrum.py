"""The spectrum of a network's error: its power at each noise level and spatial frequency.

    spectrum = error_spectrum(prior, crops)             # when a training is saved; kept in prior.json
    cosines = Cosines(height, width)
    variance = spectrum.at(0.1, cosines.radius)         # of each cosine coefficient of both channels

A network's error is mostly coarse: at fine detail it has far less power than white noise of the
same variance. With it, a solver takes coarse detail from the data and fine detail from the prior.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from ptygui.networks.channels import CHANNELS
from ptygui.networks.schema import Listed, Number

if TYPE_CHECKING:
    import torch
    from torch import Tensor

BLOCK = 128  # longest side of a block of cosines [px]
SIGMAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# Upper ends of the rings, in half waves over 128 px; the last contains the corner of the frequency square.
_RINGS = (0.5, 1.5, 2.5, 3.5, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 56.0, 80.0, 112.0, 182.0)
_DRAWS = 2  # of noise for each crop
_LEAST = 1e-12
_LONGEST = 64  # levels or rings of a table that is read
_LEVELS = Listed(Number(1e-6, 1e6), 2, _LONGEST)
_RADII = Listed(Number(0, 1e6), 2, _LONGEST)
_POWER = Listed(Listed(Listed(Number(1e-30, 1e6), 2, _LONGEST), 0, _LONGEST), 0, _LONGEST)


class Cosines:
    """Orthonormal cosine transform (DCT-II) of images, in blocks of at most `BLOCK` px per side.

    With blocks the cost grows only with the area; the coefficients of neighbours are independent.

    Parameters
    ----------
    height, width : int
        Of the images [px].
    """

    def __init__(self, height: int, width: int, device: "torch.device | str" = "cpu"):
        import torch

        self._rows = [_dct(n, device) for n in block_lengths(height)]
        self._columns = [_dct(n, device) for n in block_lengths(width)]
        rows, columns = (
            torch.cat([_waves(len(m), device) for m in side]) for side in (self._rows, self._columns)
        )
        self.radius = torch.hypot(rows[:, None], columns)

    def forward(self, image: "Tensor") -> "Tensor":
        """Coefficients of images, both (..., H, W), each of `radius` half waves over 128 px."""
        return self._along(image, self._rows, self._columns)

    def back(self, coefficients: "Tensor") -> "Tensor":
        """The images of coefficients, both (..., H, W): the inverse, and the adjoint."""
        return self._along(coefficients, [m.mT for m in self._rows], [m.mT for m in self._columns])

    @staticmethod
    def _along(image: "Tensor", rows: "list[Tensor]", columns: "list[Tensor]") -> "Tensor":
        image = _joined([m @ part for m, part in zip(rows, _split(image, rows, -2), strict=True)], -2)
        columns_of = zip(columns, _split(image, columns, -1), strict=True)
        return _joined([part @ m.mT for m, part in columns_of], -1)


@dataclass(frozen=True)
class ErrorSpectrum:
    """Power of the denoising error by noise level, channel and frequency.

    Attributes
    ----------
    sigmas : tuple of float, rising
        Noise levels [channel units].
    radii : tuple of float, rising
        Frequencies [half waves over 128 px].
    power : tuple, of sigmas x 2 channels x radii
        Mean square of an orthonormal cosine coefficient [channel units squared]; its mean over the
        coefficients is the error's variance of a pixel.
    """

    sigmas: Annotated[tuple[float, ...], _LEVELS]
    radii: Annotated[tuple[float, ...], _RADII]
    power: Annotated[tuple[tuple[tuple[float, ...], tuple[float, ...]], ...], _POWER]

    @property
    def fault(self) -> str:
        """The inconsistency of a table that was read, in words."""
        for name, values in (("sigmas", self.sigmas), ("radii", self.radii)):
            if any(a >= b for a, b in pairwise(values)):
                return f"holds {name} that do not increase"
        if len(self.power) != len(self.sigmas):
            return "does not hold one power per noise level"
        if any(len(level) != CHANNELS for level in self.power):
            return f"does not hold powers of {CHANNELS} channels"
        if any(len(channel) != len(self.radii) for level in self.power for channel in level):
            return "does not hold one power per frequency"
        return ""

    def variance(self, sigma: float) -> tuple[float, float]:
        """The error's variance of a pixel in both channels: the mean of the power over the frequencies."""
        import torch

        waves = torch.arange(float(BLOCK))
        return tuple(self.at(sigma, torch.hypot(waves[:, None], waves)).mean((-2, -1)).tolist())

    def of_data(self) -> "Tensor":
        """Power of the data themselves at `radii`, shape (2, radii), from the highest noise level alone.

        There little but the mean is left to the network, and its error is nearly that of the best linear
        filter, ``1 / E = 1 / S + 1 / σ²``. At most 4 σ²: beyond, rounding decides.
        """
        import torch

        noise = self.sigmas[-1] ** 2
        error = torch.tensor(self.power[-1], dtype=torch.float32)
        return 1 / (1 / error - 1 / noise).clamp_min(0.25 / noise)

    def at(self, sigma: float, radius: "Tensor") -> "Tensor":
        """Power at a noise level and at frequencies (...), shape (2, ...), interpolated in logarithms.

        Below the lowest level it falls as sigma², above the highest it is constant.
        """
        import torch

        table = torch.tensor(self.power, dtype=torch.float32).log()
        levels = torch.tensor(self.sigmas).log()
        wanted = math.log(sigma)
        above = int(torch.searchsorted(levels, wanted).clamp(1, len(levels) - 1))
        share = (wanted - float(levels[above - 1])) / float(levels[above] - levels[above - 1])
        rings = torch.lerp(table[above - 1], table[above], min(max(share, 0.0), 1.0))
        if share < 0:
            rings = rings + 2 * (wanted - float(levels[0]))
        return self.interpolated(rings, radius)

    def interpolated(self, rings: "Tensor", radius: "Tensor") -> "Tensor":
        """Values (2, radii) that are logarithms, interpolated: their exp at frequencies (...), (2, ...)."""
        import torch

        radii = torch.tensor(self.radii).log1p()
        at = radius.cpu().log1p().clamp(float(radii[0]), float(radii[-1]))
        outer = torch.searchsorted(radii, at).clamp(1, len(radii) - 1)
        parts = (at - radii[outer - 1]) / (radii[outer] - radii[outer - 1])
        return torch.lerp(rings[:, outer - 1], rings[:, outer], parts).exp().to(radius.device)


def error_spectrum(denoise: "Callable[[Tensor, float], Tensor]", crops: "Tensor") -> ErrorSpectrum:
    """Measure the error of a denoiser on held-out clean crops.

    Parameters
    ----------
    denoise : function of (B, 2, H, W) and a noise level to (B, 2, H, W), on the host
        `Prior.denoise`, if the prior is on the host.
    crops : float32 tensor, shape (n, 2, H, W)
        In channel units.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    cosines = Cosines(*crops.shape[-2:])
    ring = torch.bucketize(cosines.radius, torch.tensor(_RINGS))
    filled = [r for r in range(len(_RINGS)) if bool((ring == r).any())]
    members = [ring == r for r in filled]
    power = []
    for sigma in SIGMAS:
        total = torch.zeros(2, *crops.shape[-2:], dtype=torch.float64)
        for _ in range(_DRAWS):
            x = crops + sigma * torch.randn(crops.shape, generator=generator)
            with torch.no_grad():
                error = denoise(x, sigma) - crops
            total += cosines.forward(error).double().square().mean(0)
        total = (total / _DRAWS).clamp_min(_LEAST)
        amplitude, phase = (tuple(float(channel[m].mean()) for m in members) for channel in total)
        power.append((amplitude, phase))
    radii = tuple(float(cosines.radius[m].mean()) for m in members)
    return ErrorSpectrum(SIGMAS, radii, tuple(power))


def block_lengths(side: int) -> list[int]:
    """Lengths, as equal as possible, of the fewest blocks along a side."""
    count = -(-side // BLOCK)
    return [side // count + (k < side % count) for k in range(count)]


def _dct(side: int, device: "torch.device | str") -> "Tensor":
    """The matrix whose row k is the cosine of k half waves over a side, of length 1."""
    import torch

    n = torch.arange(side, dtype=torch.float64)
    matrix = torch.cos(math.pi * n[:, None] * (n + 0.5) / side) * math.sqrt(2 / side)
    matrix[0] /= math.sqrt(2)
    return matrix.float().to(device)


def _waves(side: int, device: "torch.device | str") -> "Tensor":
    """Half waves over 128 px of each cosine of a side."""
    import torch

    return torch.arange(side, device=device) * (BLOCK / side)


def _split(image: "Tensor", matrices: "list[Tensor]", axis: int) -> "tuple[Tensor, ...]":
    return (image,) if len(matrices) == 1 else image.split([len(m) for m in matrices], axis)


def _joined(parts: "list[Tensor]", axis: int) -> "Tensor":
    import torch

    return parts[0] if len(parts) == 1 else torch.cat(parts, axis)
