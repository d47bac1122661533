"""Aberrations of the probe: a smooth phase of its far field, found by a few Gauss-Newton steps.

Errors of a probe that a lens makes are of this kind: defocus, astigmatism, coma. Pixel by pixel the probe
crawls there, since every pixel must change at once; as a dozen coefficients they are determined by far more
data than unknowns, at any overlap.
"""

import torch
from torch import Tensor

from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import part_of, squared_modulus

DEGREE = 4  # of the polynomials: defocus, astigmatism; coma, trefoil; spherical aberration and others
_LONGEST = 0.7  # of a step [rad rms over the pupil]
_RIDGE = 1e-3
_APART = 1e-3  # least share of a polynomial that those before it do not explain
_LIT = 1e-3  # of the brightest far field: where there is less, a polynomial is large and means nothing


class Aberrations:
    """Phase polynomials of a probe's far field, orthonormal over its intensity; 0 where that is not.

    The probe is ``F^H exp(i sum_j c_j Z_j) F P``: of the same energy, for any c. A constant is the global
    phase, and a linear term moves the probe: both belong to the object and are left out.

    Parameters
    ----------
    probe : complex tensor, shape (m, m) or (M, m, m)
    """

    def __init__(self, probe: Tensor, degree: int = DEGREE):
        self.phases = _polynomials(probe.cpu(), degree).to(
            probe.device
        )  # in float64, which not all GPUs have

    def step(self, data: ModulusStep, obj: Tensor) -> Tensor:
        """A Gauss-Newton step of all coefficients, (J,) [rad], for an object (H, W) that is held."""
        if not len(self.phases):
            return self.phases.new_zeros(0)
        return self.solved(*self.normal_equations(data, obj))

    @staticmethod
    def solved(gradient: Tensor, normal: Tensor) -> Tensor:
        """The coefficients of that step, from its normal equations; of data in parts, from their sums."""
        scale = normal.diagonal()
        ridge = torch.diag(_RIDGE * scale + 1e-7 * scale.max().clamp_min(1e-30))
        change, _ = torch.linalg.solve_ex(normal + ridge, gradient)  # unlike `solve`, does not wait for a GPU
        length = torch.linalg.vector_norm(change)
        return change * (_LONGEST / length.clamp_min(1e-12)).clamp_max(1)

    def applied(self, probe: Tensor, coefficients: Tensor) -> Tensor:
        """The probe with the phase sum_j c_j Z_j more in its far field."""
        if not len(coefficients):
            return probe
        phase = torch.tensordot(coefficients, self.phases, 1)
        return torch.fft.ifft2(torch.fft.fft2(probe) * torch.polar(torch.ones_like(phase), phase))

    def normal_equations(self, data: ModulusStep, obj: Tensor) -> tuple[Tensor, Tensor]:
        """J^T r and J^T J of r = y - |A f| for the coefficients, summed over trusted pixels."""
        forward, count = data.forward, len(self.phases)
        phases = 1j * self.phases.view(count, *([1] * (forward.probe.ndim - 1)), *self.phases.shape[1:])
        gradient = obj.real.new_zeros(count)
        normal = obj.real.new_zeros(count, count)
        for part, which in forward.chunks(count + 1):
            y, mask = data.amplitudes[which], part_of(data.mask, which)
            patches = part.patches(obj)
            waves = torch.fft.fft2(patches * part.probes(), norm="ortho")
            modulus = part.modulus(waves).clamp_min(1e-6)
            # A shift is a phase of the far field as well: one after the other, for these positions alone.
            probes = torch.fft.ifft2(phases * torch.fft.fft2(part.probes()))
            towards = torch.fft.fft2(patches * probes, norm="ortho")
            slopes = (waves.conj() * towards).real
            slopes = (slopes.sum(1) if forward.probe.ndim == 3 else slopes) / modulus
            left = y - modulus
            if mask is not None:
                left, slopes = left * mask, slopes * mask
            jacobian = slopes.flatten(1)
            gradient += jacobian @ left.flatten()
            normal += jacobian @ jacobian.T
        return gradient, normal


def _polynomials(probe: Tensor, degree: int) -> Tensor:
    """Orthonormal polynomials of degree 2 to `degree` of the frequency, (J, m, m), zero frequency first."""
    size = probe.shape[-1]
    power = squared_modulus(torch.fft.fft2(probe)).double()
    power = power.sum(0) if power.ndim == 3 else power
    lit = power > _LIT * power.max()
    power = power * lit / (power * lit).sum()
    axis = torch.fft.fftfreq(size, dtype=torch.float64, device=probe.device)
    rows, columns = (_centred(axis, power.sum(1 - along)) for along in (0, 1))
    spread = ((rows.square()[:, None] + columns.square()) * power).sum().sqrt()
    rows, columns = rows / spread, columns / spread
    found: list[Tensor] = []
    low = 0  # those of degree 0 and 1
    for total in range(degree + 1):
        for k in range(total + 1):
            term = lit * rows[:, None] ** (total - k) * columns**k
            before = (power * term.square()).sum().sqrt()
            for _ in range(2):  # Gram-Schmidt, twice for precision
                for other in found:
                    term = term - (power * term * other).sum() * other
            length = (power * term.square()).sum().sqrt()
            if length > _APART * before:  # a far field of a few pixels has fewer
                found.append(term / length)
        low = len(found) if total == 1 else low
    phases = torch.stack(found)[low:] if found else power.new_zeros(0, size, size)
    return phases.to(probe.real.dtype)


def _centred(axis: Tensor, power: Tensor) -> Tensor:
    """Frequencies relative to the centre of a circular distribution over them."""
    turn = 2 * torch.pi * axis
    centre = torch.atan2((power * turn.sin()).sum(), (power * turn.cos()).sum()) / (2 * torch.pi)
    return (axis - centre + 0.5).remainder(1) - 0.5
