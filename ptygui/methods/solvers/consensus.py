"""The operators of PMACE: every position fits its own patch, then all patches agree on one object."""

import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.methods.solvers.modulus import ModulusStep
from ptygui.physics.forward import Forward, squared_modulus

_DARK = 1e-6  # of the brightest pixel of the probe, added to |P|²: so that nothing is divided by zero


class Consensus(ModulusStep):
    """Data-fitting agents F and consensus operator G of PMACE (Zhai et al. 2023), over all positions.

    A state v is one patch per position, (K, m, m), which need not agree where they overlap. With P the
    probe and S = sum_m |P_m|² over its modes (|P|² of a single one)::

        F(v) = v + α sum_m conj(P_m) (F^H(y sgn F P_m v) - P_m v) / (S + ε)
        G(v) = D_i ( sum_i D_i^T S^(κ/2) v_i / sum_i D_i^T S^(κ/2) )

    F is the paper's (1 - α) v + α P^-1 F^H(y sgn F P v), but for pixels that the probe does not light: they
    keep v, where a regularised P^-1 draws them to zero.

    Parameters
    ----------
    alpha, kappa : float
        α and κ.
    """

    def __init__(self, problem: Problem, forward: Forward, alpha: float, kappa: float):
        self._alpha, self._kappa = alpha, kappa
        super().__init__(problem, forward=forward)

    def set_forward(self, forward: Forward) -> None:
        """As `ModulusStep.set_forward`; the weights of the consensus follow the probe."""
        super().set_forward(forward)
        total = torch.zeros_like(self.w)
        for part, _, _ in self._chunks:
            part.place(self._shares(_power(part)).expand(len(part), -1, -1).contiguous(), total)
        self._total = total

    def advance(self, state: Tensor, obj: Tensor, rho: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One Mann iteration, v + 2ρ (G(2F(v) - v) - F(v)).

        Parameters
        ----------
        state : complex tensor, shape (K, m, m)
        obj : complex tensor, shape (H, W)
            Its values are kept where the probe never is.
        rho : float

        Returns
        -------
        state : complex tensor, shape (K, m, m)
        obj : complex tensor, shape (H, W)
            The average of the fitted patches F(v).
        d : complex tensor, shape ([M,] m, m)
        v : real tensor, shape (m, m)
            Where the probe should go, as `ModulusStep.back_both`.
        """
        probe = self.forward.probe
        after = torch.empty_like(state)
        agreed, fitted, d = torch.zeros_like(obj), torch.zeros_like(obj), torch.zeros_like(probe)
        v = torch.zeros_like(probe.real if probe.ndim == 2 else probe[0].real)
        first = 0
        for part, y, mask in self._data():
            which = slice(first, first := first + len(part))
            patches, probes, power = state[which], part.probes(), _power(part)
            exits = patches * probes
            left = torch.fft.ifft2(part.fit(torch.fft.fft2(exits, norm="ortho"), y, mask), norm="ortho")
            left -= exits
            change = probes.conj() * left
            change = change if probe.ndim == 2 else change.sum(0)
            change *= self._alpha / (power + _DARK * power.max())
            shares = self._shares(power)
            part.place((patches + 2 * change).mul_(shares), agreed)
            change += patches
            part.place(change * shares, fitted)
            torch.sub(patches, change, alpha=2 * rho, out=after[which])
            towards, seen = part.probe_terms(patches, left)
            d += towards
            v = v + seen
        first = 0
        agreed = self._mean(agreed, obj)
        for part, _, _ in self._chunks:
            after[first : (first := first + len(part))].add_(part.patches(agreed), alpha=2 * rho)
        return after, self._mean(fitted, obj), d, v

    def _mean(self, weighted: Tensor, obj: Tensor) -> Tensor:
        return torch.where(self._total > 0, weighted / self._total.clamp_min(1e-30), obj)

    def _shares(self, power: Tensor) -> Tensor:
        """Weights of the pixels of a patch in the consensus."""
        return (power / power.max()).pow(self._kappa / 2)


def _power(part: Forward) -> Tensor:
    """S = sum_m |P_m|² at each position, (K, m, m), or (1, m, m) where all share a probe."""
    power = squared_modulus(part.probes())
    return power if power.ndim == 3 else power.sum(0)
