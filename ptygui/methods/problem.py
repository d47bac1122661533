"""The input of every method: the measured scan as tensors on one device."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ptygui.analysis.metrics import expected_errors, noise_errors, stabilised_error
from ptygui.detector import STABILISING
from ptygui.errors import InputError
from ptygui.physics.amplitudes import Amplitudes, amplitudes_of, counts_measured, stabilised_amplitudes
from ptygui.physics.forward import Forward, energy, part_of, squared_modulus
from ptygui.scan import Geometry, Scan

PHOTON_VARIANCE = 0.25  # of the square root of a Poisson count


@dataclass(frozen=True, eq=False)
class Problem:
    """A scan on a device, a start, a seeded generator, and the state to resume from.

    Attributes
    ----------
    forward : Forward
        With the scan's probe, in square roots of counts.
    amplitudes : float32 tensor, shape (K, m, m)
        Square roots of the counts, zero frequency in the corner; of a large scan in a file
        `AmplitudesInFile`.
    mask : bool tensor, shape (m, m) or (K, m, m), optional
        True where trusted, zero frequency in the corner.
    given : complex64 tensor, shape (H, W), optional
        The object to start from; see `start`.
    generator : torch.Generator
        On the host for every device, so that a seed gives the same numbers everywhere.
    resume : dict
        State of the Step to continue from; empty for a new run.
    specimen : str
        What the object is, if known, see `Geometry`.
    measured : bool
        Whether the scan was measured, not simulated: then its model is known only about.
    floor : float
        The misfit that noise alone leaves (`metrics.noise_floor`); 0 if there is none.
    expected : float64 array, shape (K,), optional
        The sum of (y - |A f|)² that noise alone leaves of each pattern; of a scan without noise, its sum of
        y² [counts].
    counted : bool
        Whether the scan's values are whole numbers, as photons are.
    """

    forward: Forward
    amplitudes: Amplitudes
    mask: Tensor | None
    given: Tensor | None
    generator: torch.Generator
    resume: dict[str, Any]
    specimen: str = ""
    measured: bool = False
    floor: float = 0.0
    expected: np.ndarray | None = None
    counted: bool = False

    @classmethod
    def of(
        cls,
        scan: Scan,
        device: str | torch.device,
        seed: int = 0,
        start: np.ndarray | None = None,
        resume: dict[str, Any] | None = None,
    ) -> "Problem":
        """Move a scan to a device."""
        if start is not None and start.shape != scan.object_shape:
            raise InputError(f"start object is {start.shape}, the scan's object is {scan.object_shape}")
        if start is not None and not np.any(start):
            raise InputError("start object is zero everywhere: its waves have no phase to start from")
        device = torch.device(device)

        def to(array: np.ndarray) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device)

        resume = {key: to(v) if isinstance(v, np.ndarray) else v for key, v in (resume or {}).items()}
        generator = torch.Generator().manual_seed(seed)
        if "generator" in resume:
            generator.set_state(resume["generator"].cpu())
        errors, counts = noise_errors(scan.patterns, scan.mask)
        noisy = scan.noise != "none"
        return cls(
            forward=forward_of(scan, device),
            amplitudes=amplitudes_of(scan, device),
            mask=None if scan.mask is None else to(np.fft.ifftshift(scan.mask, axes=(-2, -1))),
            given=None if start is None else to(start.astype(np.complex64)),
            generator=generator,
            resume=resume,
            specimen=scan.specimen,
            measured=not scan.simulated,
            floor=float(errors.sum() / max(counts.sum(), 1e-30)) if noisy else 0.0,
            expected=errors if noisy else counts,
            counted=noisy and scan.counted,
        )

    def stabilised(self) -> Self:
        """The same with y = (sqrt(n) + sqrt(n + 1)) / 2, and the model sqrt(|A f|² + 1/4); for photons.

        The mean of sqrt(n) is too low in dark pixels (`detector.stabilised`), and these pull where the bright
        ones leave freedom: tilts and slow phases of large objects, and nearly all at few photons. Values that
        are no counts stay as they are.
        """
        if not self.counted or self.forward.added:
            return self
        total, counts = np.zeros(self.amplitudes.shape[1:]), np.empty(len(self.forward))
        for _, which in self.forward.chunks():
            some = counts_measured(self.amplitudes[which], 0.0)
            some = some if self.mask is None else some * part_of(self.mask, which)
            total += some.sum(0).cpu().double().numpy()
            counts[which] = some.sum((-2, -1)).cpu().numpy()
        y = stabilised_amplitudes(self.amplitudes)
        errors = expected_errors(total, counts, stabilised_error)
        floor = float(errors.sum()) / float(energy(self.forward, y, self.mask))
        forward = self.forward.with_added(STABILISING)
        return replace(self, forward=forward, amplitudes=y, floor=floor, expected=errors)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.amplitudes.device

    @cached_property
    def illumination(self) -> Tensor:
        """Diagonal w of A^H A for the scan's probe, shape (H, W) [counts]."""
        return self.forward.illumination()

    @cached_property
    def ratio(self) -> Tensor:
        """Transmission of each patch, ||y_k|| / ||P|| on trusted pixels and without background, (K,)."""
        # into one tensor: many small ones would keep the memory between them from being used again
        sums = torch.empty(len(self.forward), device=self.device)
        for _, which in self.forward.chunks():
            counts = counts_measured(self.amplitudes[which], self.forward.added)
            if self.forward.background is not None:
                counts = (counts - self.forward.background).clamp_min(0)
            if self.mask is not None:
                counts = counts * part_of(self.mask, which)
            sums[which] = counts.sum((-2, -1))
        return sums.sqrt() / torch.linalg.vector_norm(self.forward.probe)

    @cached_property
    def data_per_unknown(self) -> float:
        """See the function of that name."""
        return data_per_unknown(self.forward, self.mask)

    @cached_property
    def start(self) -> Tensor:
        """The given object, or `masked_average`."""
        return masked_average(self) if self.given is None else self.given

    def randn(self, *shape: int) -> Tensor:
        """Standard normal numbers on the device, float32."""
        return torch.randn(*shape, generator=self.generator).to(self.device)


def forward_of(scan: Geometry, device: str | torch.device = "cpu") -> Forward:
    """The forward model of a scan, with all that it says of the beam and the detector."""

    def to(array: np.ndarray, dtype: type[np.generic]) -> Tensor:
        return torch.from_numpy(np.array(array, dtype)).to(device)

    background = scan.background if isinstance(scan, Scan) else None
    return Forward(
        to(scan.modes, np.complex64),
        to(scan.corners, np.int64),
        scan.object_shape,
        None if scan.shifts is None else to(scan.shifts, np.float32),
        None if scan.weights is None else to(scan.weights, np.float32),
        None if background is None else to(np.fft.ifftshift(background), np.float32),
    )


def masked_average(problem: Problem) -> Tensor:
    """The start of the classical methods: transmission of each patch, averaged and smoothed.

    Each patch gets the real constant ||y_k|| / ||P|| (its transmission, without background), weighted with
    the probe's intensity; uncovered pixels get the median; then a Gaussian blur of 1 px, as the PMACE
    code starts AWF.
    """
    from scipy.ndimage import gaussian_filter

    forward = problem.forward
    intensity = squared_modulus(forward.probe)
    intensity = intensity.sum(0) if intensity.ndim == 3 else intensity
    ratio, weighted = problem.ratio, torch.zeros_like(problem.illumination)
    some = ratio if forward.weights is None else ratio * forward.weights
    # |y| / (w |P|), times the w² of the illumination
    for part, which in forward.chunks():
        part.place(some[which, None, None] * intensity, weighted)
    w = problem.illumination
    lit = w > 1e-4 * w.max()
    value = torch.where(lit, weighted / w.clamp_min(1e-30), ratio.median())
    smooth = gaussian_filter(value.cpu().numpy(), 1.0, mode="nearest")
    return torch.from_numpy(smooth).to(problem.device, torch.complex64)


def root_mean_square(change: Tensor) -> Tensor:
    """Root-mean-square change, a tensor without axes: nothing waits for a GPU before a Step is made."""
    return change.square().mean().sqrt()


def data_per_unknown(forward: Forward, mask: Tensor | None = None) -> float:
    """Measured values, masked ones (False) left out, for each real unknown of the whole object."""
    rows, columns = forward.object_shape
    trusted = 1.0 if mask is None else int(mask.sum()) / mask.numel()
    return trusted * len(forward) * forward.size**2 / (2 * rows * columns)
