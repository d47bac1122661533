"""A Gaussian prior on the object: any constant plus a stationary complex normal part of a known power."""

import math

import torch
from torch import Tensor

from ptygui.methods.problem import PHOTON_VARIANCE, Problem
from ptygui.methods.solvers.prior_share import prior_share
from ptygui.networks.checkpoint import PriorInfo
from ptygui.networks.spectrum import BLOCK
from ptygui.physics.amplitudes import counts_measured
from ptygui.physics.forward import part_of
from ptygui.physics.power_law import fit_power_law

TOP = 1000.0  # weight at the first iteration, relative to the last
_LEAST_POWER = 1e-12  # keeps the weight of a frequency finite


def weight_at(k: int, iterations: int, top: float = TOP) -> float:
    """Weight of a prior in iteration k, counted from 0: it falls geometrically over the first half to 1."""
    return top ** max(0.0, 1 - 2 * k / iterations)


class CosineTransform:
    """Orthonormal cosine transform (DCT-II) of whole complex images, by one FFT each.

    A stationary object has nearly independent coefficients, and unlike those of the Fourier transform they
    do not tie opposite sides of the image to each other. With the samples of an axis in the order 0, 2, 4,
    ..., 5, 3, 1 and V their FFT, coefficient k is (h_k V_k + conj(h_k) V_{N-k}) / 2 with h_k = exp(-iπk/2N)
    (Makhoul 1980), up to a factor; this holds for real and imaginary part alike.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the images.
    device : torch.device
    """

    def __init__(self, shape: tuple[int, int], device: torch.device | str = "cpu"):
        self._axes = [_Axis(side, axis, device) for side, axis in zip(shape, (-2, -1), strict=True)]
        rows, columns = (torch.arange(side, device=device) / (2 * side) for side in shape)
        self.frequency = torch.hypot(rows[:, None], columns)

    def forward(self, image: Tensor) -> Tensor:
        """Coefficients of images, both complex (..., H, W), each of `frequency` [cycles/px]."""
        for axis in self._axes:
            image = image.index_select(axis.number, axis.order)
        image = torch.fft.fft2(image, norm="ortho")
        for axis in self._axes:
            image = axis.half * image + axis.half_conj * image.index_select(axis.number, axis.mirrored)
        return image

    def back(self, coefficients: Tensor) -> Tensor:
        """The images of coefficients, both complex (..., H, W): the inverse, and the adjoint."""
        for axis in self._axes:
            mirrored = coefficients.index_select(axis.number, axis.mirrored)
            coefficients = axis.whole * coefficients + axis.whole_mirrored * mirrored
        image = torch.fft.ifft2(coefficients, norm="ortho")
        for axis in self._axes:
            image = image.index_select(axis.number, axis.place)
        return image


class _Axis:
    """The orders and factors of one axis of a `CosineTransform`."""

    def __init__(self, side: int, number: int, device: torch.device | str):
        self.number = number
        k = torch.arange(side)
        self.order = torch.cat((k[::2], k[1::2].flip(0))).to(device)
        self.place = self.order.argsort()
        self.mirrored = ((side - k) % side).to(device)
        turn = torch.exp(-1j * math.pi / (2 * side) * k.double())
        scale = torch.where(k > 0, math.sqrt(0.5), 0.5).double()
        back = turn.conj() / (2 * scale)
        # Coefficient N is 0; the index N - 0 would give that of k = 0 itself.
        factors = (scale * turn, scale * turn.conj(), back, -1j * back * (k > 0))
        shape = (side, 1) if number == -2 else (side,)
        self.half, self.half_conj, self.whole, self.whole_mirrored = (
            factor.to(torch.complex64).view(shape).to(device) for factor in factors
        )


class GaussianPrior:
    """The prior f = mean + u with u stationary complex normal: -ln p(f) = Σ_k |C u(k)|² / S(k).

    C is the cosine transform and S the power spectrum; the mean may be any constant, so that the global
    phase is free. Times s², the variance of the measured amplitudes, it is a term of the sum that AWF makes
    smaller::

        J(f) = 1/2 ||y - |A f| ||²  +  weight s² Σ_{k > 0} |C f(k)|² / S(k)

    Parameters
    ----------
    transform : CosineTransform
    power : real tensor, shape (H, W)
        S at `transform.frequency`: the mean of |C u(k)|².
    variance : float
        s².
    """

    def __init__(self, transform: CosineTransform, power: Tensor, variance: float = PHOTON_VARIANCE):
        self.transform, self.power, self.variance = transform, power, variance
        self._precision = 2 * variance / power.clamp_min(_LEAST_POWER)
        self._precision[0, 0] = 0

    def pulled(self, f: Tensor, curvature: Tensor, weight: float) -> Tensor:
        """The minimum over g of 1/2 curvature ||g - f||² plus the prior's term, exactly.

        After a data step of 1 / curvature this is a step of proximal gradient descent, which never raises J
        if curvature is at least that of the data's term, max(w).
        """
        kept = curvature / (curvature + weight * self._precision)
        return self.transform.back(kept * self.transform.forward(f))

    def gradient(self, f: Tensor, weight: float) -> Tensor:
        """The gradient of the prior's term, of real and imaginary part as one complex number."""
        return self.transform.back(weight * self._precision * self.transform.forward(f))

    def share(self, illumination: Tensor, weight: float) -> Tensor:
        """The prior's share of each pixel at an illumination (H, W) [counts]."""
        power = self.power.clone() / (2 * max(weight, _LEAST_POWER))  # of real and imaginary part, each
        power[0, 0] = torch.inf  # the mean is free
        light, scale = illumination / self.variance, torch.ones_like(illumination)[None]
        return prior_share(light, scale, power[None], 2 * BLOCK * self.transform.frequency)

    def cost(self, f: Tensor, weight: float) -> Tensor:
        """The prior's term in J."""
        return weight / 2 * (self._precision * self.transform.forward(f).abs().square()).sum((-2, -1))


def prior_of_objects(problem: Problem, info: PriorInfo) -> GaussianPrior:
    """The prior with the power spectrum of a trained prior's objects (`PriorInfo.object_power`)."""
    transform = CosineTransform(problem.forward.object_shape, problem.device)
    return GaussianPrior(transform, info.object_power(2 * BLOCK * transform.frequency))


def power_law_prior(problem: Problem) -> GaussianPrior:
    """The prior with the power law that fits the scan itself (`fit_power_law`)."""
    forward, background = problem.forward, problem.forward.background
    law = fit_power_law(
        _mean_pattern(problem).numpy(),
        forward.probe.cpu().numpy(),
        len(forward),
        0.0 if background is None else background.cpu().numpy(),
    )
    transform = CosineTransform(problem.forward.object_shape, problem.device)
    power = torch.from_numpy(law.at(transform.frequency.cpu().numpy())).float()
    return GaussianPrior(transform, power.to(problem.device))


def _mean_pattern(problem: Problem) -> Tensor:
    """Mean counts of each detector pixel over the positions where it is trusted, on the host; else NaN."""
    size = problem.forward.size
    total, count = torch.zeros(2, size, size, dtype=torch.float64)
    for _, part in problem.forward.chunks():
        intensities = counts_measured(problem.amplitudes[part], problem.forward.added)
        mask = part_of(problem.mask, part)
        used = torch.ones_like(intensities) if mask is None else mask.expand_as(intensities).float()
        total += (used * intensities).sum(0).cpu().double()
        count += used.sum(0).cpu().double()
    return total / count
