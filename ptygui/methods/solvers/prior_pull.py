"""How strongly the prior pulls an estimate to its clean one, at each spatial frequency."""

import torch
from torch import Tensor

from ptygui.networks.spectrum import Cosines
from ptygui.prior.prior import Prior

_LEAST_AMPLITUDE = 0.05  # below it the phase is free; this keeps its weight finite


class PriorPull:
    """Gradient of the prior's term at one noise level, times the data variance s².

    With u the change of the clean estimate in channel units, u_1 = Re Δg / a_s and u_2 = Im Δg / (a p_s),
    the term is ``s² Σ_k |C u(k)|² / (2 S(k))``: C the cosine transform, S the power of the network's error
    where it was measured. Where it was not, S is r² = σ² d²/(σ² + d²) at all frequencies (`Prior.weight`).

    Parameters
    ----------
    prior : Prior
    cosines : Cosines
        Of the object's shape.
    variance : float
        s² of the measured amplitudes.
    sigma : float
        Noise level [channel units].
    amplitude : float32 tensor, shape (S, H, W)
        a, of the clean estimate.
    """

    def __init__(self, prior: Prior, cosines: Cosines, variance: float, sigma: float, amplitude: Tensor):
        channels = prior.channels
        across = 1 / (channels.phase_scale * amplitude.abs().clamp_min(_LEAST_AMPLITUDE))
        self._scale = torch.stack((torch.full_like(across, 1 / channels.amplitude_scale), across), -3)
        self._cosines = None if prior.errors is None else cosines
        self._precision = variance / prior.error_power(sigma, cosines.radius)
        # No frequency is pulled more strongly: with the data's w this bounds the curvature of each pixel.
        most = self._precision.amax((-2, -1), keepdim=True)
        self.steepest = (most * self._scale.square()).movedim(-3, -1)

    def __call__(self, change: Tensor) -> Tensor:
        """The gradient at changes (S, H, W, 2), real and imaginary part last, of that shape."""
        u = change.movedim(-1, -3) * self._scale
        if self._cosines is None:
            u = u * self._precision
        else:
            u = self._cosines.back(self._precision * self._cosines.forward(u))
        return (u * self._scale).movedim(-3, -1)
