"""An untrained network whose weights are the unknowns of a reconstruction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from ptygui.methods.problem import Problem
from ptygui.networks.unet import UNet
from ptygui.physics.threads import all_threads

_LEVELS = 4
_FIRST, _SECOND = 0.9, 0.99  # decay of Adam's moments
_SMALL = 1e-8
_NEW: Mapping[str, Any] = {}


class Untrained:
    """Objects f(θ, z) = start + scale G(θ, z): a U-Net of real and imaginary part, weights θ, noise z.

    θ is one vector, so that a state is a few arrays. The last layer begins with zeros, f with `start`.

    Parameters
    ----------
    width : int
        Channels of the finest level; the coarser ones have twice as many.
    state : dict
        Of a run to go on with, its `theta` and `start`; else θ is drawn by the problem's generator.
    """

    def __init__(self, problem: Problem, width: int, state: Mapping[str, Any] = _NEW):
        self.start = state["start"] if "start" in state else problem.start
        self._scale = self.start.abs().mean()
        weights = state.get("theta")
        with torch.random.fork_rng(devices=()):
            if weights is None:
                torch.manual_seed(int(torch.randint(2**62, (), generator=problem.generator)))
            network = UNet((width, *[2 * width] * (_LEVELS - 1)), stem=2)
        named = dict(network.named_parameters())
        if weights is None:
            weights = torch.cat([values.detach().flatten() for values in named.values()]).to(problem.device)
        self.weights = weights
        self._shapes = {name: values.shape for name, values in named.items()}
        self._network = network

    def image(self, noise: Tensor) -> "Image":
        """The object of the present weights for noise (1, 2, H, W)."""
        with all_threads(), torch.enable_grad():
            weights = self.weights.detach().requires_grad_()
            parts = weights.split([shape.numel() for shape in self._shapes.values()])
            shaped = [part.view(shape) for part, shape in zip(parts, self._shapes.values(), strict=True)]
            channels = functional_call(self._network, dict(zip(self._shapes, shaped, strict=True)), (noise,))
            real, imaginary = (channels - noise)[0]  # a `UNet` adds its input
            obj = self.start + self._scale * torch.complex(real, imaginary)
        return Image(weights, obj)


@dataclass(frozen=True, eq=False)
class Image:
    """An object (H, W) and the weights that made it."""

    weights: Tensor
    made: Tensor

    @property
    def obj(self) -> Tensor:
        """The object, without gradients."""
        return self.made.detach()

    def gradient(self, slope: Tensor) -> Tensor:
        """That of the weights, for the slope dL / d Re f + i dL / d Im f of a loss at the object."""
        with all_threads():
            return torch.autograd.grad(self.made, self.weights, slope)[0]


class Adam:
    """Adam (Kingma and Ba 2014) on one vector, whose moments are part of a state."""

    def __init__(self, state: Mapping[str, Any], like: Tensor):
        self.first = state.get("first", torch.zeros_like(like))
        self.second = state.get("second", self.first)

    def step(self, weights: Tensor, gradient: Tensor, k: int, rate: float) -> Tensor:
        """The weights after iteration k, from 1."""
        self.first = torch.lerp(self.first, gradient, 1 - _FIRST)
        self.second = torch.lerp(self.second, gradient.square(), 1 - _SECOND)
        rate *= (1 - _SECOND**k) ** 0.5 / (1 - _FIRST**k)
        return weights - rate * self.first / (self.second.sqrt() + _SMALL)
