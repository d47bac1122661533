"""The prior's share: of each pixel, how much of what the prior did not know the data leave unknown."""

import math

import torch
from torch import Tensor

from ptygui.networks.channels import Channels
from ptygui.networks.spectrum import BLOCK, Cosines

# Upper ends of the rings but the last [half waves over 128 px]: within one the power hardly changes.
_RINGS = (1.5, 3.5, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 56.0, 80.0, 112.0)
_REACH = 0.1 * BLOCK  # half waves times px over which the light of neighbours tells of a coefficient
_TOLD = 0.5  # share of w that a modulus tells of a real unknown: of each wave it knows one of two numbers


def prior_share(light: Tensor, scale: Tensor, power: Tensor, radius: Tensor, cosines: Cosines) -> Tensor:
    """The variance that prior and data leave of a pixel, relative to that which the prior leaves alone.

    With the Fisher information of the data ``h(p) = a_c(p)² w(p) / (2 s²)`` of channel c at pixel p, and the
    precision 1 / S_c(k) of the prior at frequency k::

        share(p) = Σ_c a_c² V_c(p) / Σ_c a_c² mean_k S_c(k),    V_c(p) = mean_k 1 / (1 / S_c(k) + h_k(p))

    h_k is h averaged over about a tenth of a block divided by k, since coarse waves are told by the light of
    their surroundings. 1: the prior decides; 0: the data do; where S is white and h constant it is
    ``(1/S) / (1/S + h)``. That is a local approximation: it neglects that neighbouring pixels share patterns,
    and with few data for each unknown the exact share is larger.

    Parameters
    ----------
    light : tensor, shape (H, W)
        w / s²: illumination over the variance of the measured amplitudes.
    scale : tensor, shape (C, H, W)
        a_c, change of the object for a unit of each channel.
    power : tensor, shape (C, h, w)
        S of each cosine coefficient [channel units squared]; infinite ones are left out.
    radius : tensor, shape (h, w)
        Their frequency [half waves over 128 px].
    cosines : Cosines
        Of the object's shape.

    Returns
    -------
    float32 tensor, shape (H, W)
        From 0 to 1.
    """
    ring = torch.bucketize(radius, torch.tensor(_RINGS, device=radius.device)).flatten()
    members = ring.bincount(minlength=len(_RINGS) + 1).to(power.dtype)
    unknown = torch.zeros_like(light)
    alone = torch.zeros_like(light)
    for a, each in zip(scale.square(), power.flatten(-2), strict=True):
        known = each.isfinite()
        total = power.new_zeros(len(members)).index_add_(0, ring[known], each[known])
        counted = power.new_zeros(len(members)).index_add_(0, ring, known.to(power.dtype))
        waves = cosines.forward(_TOLD * a * light)
        for k in counted.nonzero().flatten().tolist():
            width = _REACH / _middle(k)
            blurred = torch.exp(-0.5 * (math.pi * width / BLOCK * cosines.radius).square())
            told = cosines.back(waves * blurred).clamp_min(0)
            spread = total[k] / counted[k]
            unknown += members[k] * a / (1 / spread + told)
            alone += members[k] * a * spread
    return (unknown / alone.clamp_min(1e-30)).clamp(0, 1)


def channel_scales(channels: Channels, amplitude: Tensor) -> Tensor:
    """Change of an object of this amplitude (H, W) for a unit of each channel, shape (2, H, W)."""
    across = channels.phase_scale * amplitude
    return torch.stack((torch.full_like(across, channels.amplitude_scale), across))


def _middle(ring: int) -> float:
    """The middle frequency of a ring."""
    low = _RINGS[ring - 1] if ring else 0.5
    return math.sqrt(low * (_RINGS[ring] if ring < len(_RINGS) else 182.0))
