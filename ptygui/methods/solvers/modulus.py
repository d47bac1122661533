"""The step that AWF and the diffusion solvers share: replace the modulus, go back, divide."""

import torch
from torch import Tensor

from ptygui.methods.problem import Problem
from ptygui.networks.cuda_graphs import Replayed
from ptygui.physics.forward import part_of, squared_modulus, with_modulus


class ModulusStep:
    """b(f) = A^H (y sgn(A f)), the data term of every amplitude method, and gradient steps made of it.

    ``||y - |A f| ||² <= ||A f - y sgn(A f_0)||²`` with equality at f_0 (any f, f_0), and A^H A is
    diag(w), so that ``f_0 - (w f_0 - b(f_0)) / max(w)`` never increases the misfit.

    `objects` is how many will lie side by side in leading axes; it changes the speed alone.
    """

    def __init__(
        self, problem: Problem, probe: Tensor | None = None, mask: Tensor | None = None, objects: int = 1
    ):
        self.amplitudes, self.mask = problem.amplitudes, problem.mask if mask is None else mask
        self.forward = problem.forward
        self._chunks = [
            (part, self.amplitudes[..., which, :, :], part_of(self.mask, which))
            for part, which in self.forward.chunks(objects)
        ]
        self.set_probe(problem.forward.probe if probe is None else probe)

    def set_probe(self, probe: Tensor) -> None:
        """Use another probe from here on, shape (m, m)."""
        self._chunks = [(forward.with_probe(probe), y, mask) for forward, y, mask in self._chunks]
        self.forward = self.forward.with_probe(probe)
        self.w = self.forward.illumination()
        self.w_max = self.w.max()
        self._safe_step: float | None = None
        self._kept = 1 - self.w / self.w_max
        self._replayed = Replayed(self._back)

    def back(self, obj: Tensor) -> Tensor:
        """b(f) = A^H (y sgn(A f)), (..., H, W) -> (..., H, W); masked pixels keep the model's wave."""
        return self._replayed(obj)

    def _back(self, obj: Tensor) -> Tensor:
        total = obj.new_zeros(obj.shape)
        for forward, y, mask in self._chunks:
            forward.adjoint(with_modulus(forward.apply(obj), y, mask), total)
        return total

    def object(self, obj: Tensor) -> Tensor:
        """One gradient step of the object with the largest safe step, 1 / max(w)."""
        if self._safe_step is None:  # asked for once a probe: reading a number waits for the device
            self._safe_step = 1 / float(self.w_max)
        return (self._kept * obj).add_(self.back(obj), alpha=self._safe_step)

    def back_both(self, obj: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The data terms of object and probe from the same waves, and the probe's own diagonal.

        Returns
        -------
        b : complex tensor, shape (H, W)
            sum_i D_i^T conj(P) F^H(y_i sgn z_i), as `back`.
        c : complex tensor, shape (m, m)
            sum_i conj(D_i f) F^H(y_i sgn z_i): the same with object and probe exchanged.
        v : real tensor, shape (m, m)
            sum_i |D_i f|²: what w is to the object.
        """
        probe = self.forward.probe
        b, c, v = torch.zeros_like(obj), torch.zeros_like(probe), torch.zeros_like(probe.real)
        for forward, y, mask in self._chunks:
            patches = forward.patches(obj)
            waves = with_modulus(torch.fft.fft2(patches * probe, norm="ortho"), y, mask)
            exit_waves = torch.fft.ifft2(waves, norm="ortho")
            forward.place(exit_waves * probe.conj(), b)
            c += (patches.conj() * exit_waves).sum(-3)
            v = v + squared_modulus(patches).sum(-3)
        return b, c, v
