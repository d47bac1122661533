"""Complex object <-> the two real channels (amplitude, phase) a network works on.

channels = Channels(amplitude_centre=0.6, amplitude_scale=0.4, phase_centre=0.8, phase_scale=1.6)
channels.decode(channels.encode(obj))          # obj again

The constants belong to the training data and are stored in prior.json.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from ptygui.networks.schema import Number

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = 2  # amplitude and phase

_CENTRE, _SCALE = Number(-1e6, 1e6), Number(1e-6, 1e6)


@dataclass(frozen=True)
class Channels:
    """The affine map between a complex object and two channels.

    amplitude = amplitude_centre + amplitude_scale x[0];  phase = phase_centre + phase_scale x[1] [rad].
    Amplitudes of the training data are in about [-1, 1], the phases in [-phase_reach, phase_reach].
    """

    amplitude_centre: Annotated[float, _CENTRE]
    amplitude_scale: Annotated[float, _SCALE]
    phase_centre: Annotated[float, _CENTRE]
    phase_scale: Annotated[float, _SCALE]
    phase_reach: Annotated[float, _SCALE] = 1.0

    def matched(self, typical: float) -> "Channels":
        """The same channels, with the phase scaled so that equal noise in both is noise of the object.

        |Δf|² = (ΔA)² + A² (Δφ)² to first order: at the amplitude `typical` a unit of either channel is the
        same change of f. Photon noise, equal along and across f, is then white noise in both channels.
        """
        scale = self.amplitude_scale / typical
        return replace(self, phase_scale=scale, phase_reach=self.phase_reach * self.phase_scale / scale)

    def encode(self, obj: "Tensor", reference_phase: "Tensor | None" = None) -> "Tensor":
        """Channels of an object.

        Parameters
        ----------
        obj : complex tensor, shape (..., H, W)
        reference_phase : float32 tensor, shape (..., H, W), optional
            An unwrapped phase [rad] near that of `obj`: each pixel takes the branch within π of it.
            Without it the phase is the principal value.

        Returns
        -------
        float32 tensor, shape (..., 2, H, W)
        """
        import torch

        if reference_phase is None:
            phase = obj.angle()
        else:
            reference_phase = reference_phase.float()
            phase = reference_phase + (obj * torch.exp(-1j * reference_phase)).angle()
        return self.from_polar(obj.abs(), phase)

    def from_polar(self, amplitude: "Tensor", phase: "Tensor") -> "Tensor":
        """Channels, shape (..., 2, H, W), of an amplitude and an unwrapped phase [rad], each (..., H, W)."""
        import torch

        x0 = (amplitude - self.amplitude_centre) / self.amplitude_scale
        x1 = (phase - self.phase_centre) / self.phase_scale
        return torch.stack((x0, x1), dim=-3).float()

    def polar(self, x: "Tensor") -> "tuple[Tensor, Tensor]":
        """Amplitude and unwrapped phase [rad], each (..., H, W), of channels (..., 2, H, W)."""
        amplitude = self.amplitude_centre + self.amplitude_scale * x[..., 0, :, :]
        return amplitude, self.phase_centre + self.phase_scale * x[..., 1, :, :]

    def decode(self, x: "Tensor") -> "Tensor":
        """The object, complex64 of shape (..., H, W), of channels (..., 2, H, W).

        A negative amplitude is kept (a phase shift of π), so that the map stays smooth.
        """
        import torch

        amplitude, phase = self.polar(x.float())
        return torch.complex(amplitude * phase.cos(), amplitude * phase.sin())
