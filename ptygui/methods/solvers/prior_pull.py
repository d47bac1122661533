"""How strongly the prior pulls an estimate to its clean one, at each spatial frequency."""

import torch
from torch import Tensor

from ptygui.networks.channels import Channels
from ptygui.networks.spectrum import Cosines

_LEAST_AMPLITUDE = 0.05  # below it the phase is free; this keeps its weight finite


class PriorPull:
    """Gradient of the prior's term at one noise level, times the data variance s².

    With u the change of the clean estimate in channel units, u_1 = Re Δg / a_s and u_2 = Im Δg / (a p_s),
    the term is ``s² Σ_k |C u(k)|² / (2 S(k))``: C the cosine transform, S the power of the network's error
    (`Prior.error_power`), larger where the scan says so (`Discrepancy`).

    Parameters
    ----------
    channels : Channels
        Of the prior.
    cosines : Cosines
        Of the object's shape.
    variance : float, or tensor without axes
        s² of the measured amplitudes.
    power : float32 tensor, shape (2, H, W)
        S [channel units squared].
    amplitude : float32 tensor, shape (S, H, W)
        a, of the clean estimate.

    Attributes
    ----------
    scale : float32 tensor, shape (S, 2, H, W)
        Channel units per unit of Δg.
    """

    def __init__(
        self,
        channels: Channels,
        cosines: Cosines,
        variance: float | Tensor,
        power: Tensor,
        amplitude: Tensor,
    ):
        across = 1 / (channels.phase_scale * amplitude.abs().clamp_min(_LEAST_AMPLITUDE))
        self.scale = torch.stack((torch.full_like(across, 1 / channels.amplitude_scale), across), -3)
        self._cosines, self._precision = cosines, variance / power
        # No frequency is pulled more strongly: with the data's w this bounds the curvature of each pixel.
        most = self._precision.amax((-2, -1), keepdim=True)
        self.steepest = (most * self.scale.square()).movedim(-3, -1)

    def __call__(self, change: Tensor) -> Tensor:
        """The gradient at changes (S, H, W, 2), real and imaginary part last, of that shape."""
        u = self._cosines.back(self._precision * self._cosines.forward(self.channels(change)))
        return (u * self.scale).movedim(-3, -1)

    def channels(self, change: Tensor) -> Tensor:
        """Changes (S, H, W, 2) in channel units, (S, 2, H, W)."""
        return change.movedim(-1, -3) * self.scale

    def change(self, channels: Tensor) -> Tensor:
        """The changes (S, H, W, 2) that are `channels`, (S, 2, H, W) in channel units."""
        return (channels / self.scale).movedim(-3, -1)
