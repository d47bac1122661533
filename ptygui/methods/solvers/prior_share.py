"""The prior's share of each pixel: how little the result follows a change of the object there."""

import torch
from torch import Tensor

from ptygui.networks.channels import Channels

# Upper ends of the rings but the last [half waves over 128 px]: within one the power hardly changes.
_RINGS = (1.5, 3.5, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 56.0, 80.0, 112.0)
_TOLD = 0.5  # share of w that a modulus tells of a real unknown: of each wave it knows one of two numbers


def prior_share(light: Tensor, scale: Tensor, power: Tensor, radius: Tensor) -> Tensor:
    """How little a pixel of the result follows the object where that changes in this pixel alone.

    The estimate is linear in small changes. With the Fisher information of the data
    ``h(p) = a_c(p)² w(p) / (2 s²)`` about channel c of pixel p, and the prior's precision 1 / S_c(k) at
    frequency k, the coefficient k of a change is kept by the factor h S / (1 + h S). The mean of that over
    the frequencies is the diagonal of the averaging kernel (Rodgers, "Inverse Methods for Atmospheric
    Sounding", 2000); what is missing to 1 is the prior's share::

        share(p) = mean over c and k of  1 / (1 + h_c(p) S_c(k))

    1: the prior decides; 0: the data do. Changes of many pixels are kept better, since S is large at coarse
    detail. The formula is local: it takes the light of the neighbourhood to be that of the pixel, and
    neglects that neighbours share patterns, which with few data for each unknown makes the share larger.

    Parameters
    ----------
    light : tensor, shape (H, W)
        w / s²: illumination over the variance of the measured amplitudes.
    scale : tensor, shape (C, H, W)
        a_c, change of the object for a unit of each channel.
    power : tensor, shape (C, h, w)
        S of each cosine coefficient [channel units squared]; where infinite, the prior decides nothing.
    radius : tensor, shape (h, w)
        Their frequency [half waves over 128 px].

    Returns
    -------
    float32 tensor, shape (H, W)
        From 0 to 1.
    """
    ring = torch.bucketize(radius, torch.tensor(_RINGS, device=radius.device)).flatten()
    share = torch.zeros_like(light)
    for a, each in zip(scale.square(), power.flatten(-2), strict=True):
        known = each.isfinite()
        total = power.new_zeros(len(_RINGS) + 1).index_add_(0, ring[known], each[known])
        members = power.new_zeros(len(_RINGS) + 1).index_add_(0, ring, known.to(power.dtype))
        told = _TOLD * a * light
        for k in members.nonzero().flatten().tolist():
            share += members[k] / (1 + total[k] / members[k] * told)
    return (share / power.numel()).clamp(0, 1)


def channel_scales(channels: Channels, amplitude: Tensor) -> Tensor:
    """Change of an object of this amplitude (H, W) for a unit of each channel, shape (2, H, W)."""
    across = channels.phase_scale * amplitude
    return torch.stack((torch.full_like(across, channels.amplitude_scale), across))
